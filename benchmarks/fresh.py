"""What a fresh process costs: an import, the command line's help, the first object put."""

from __future__ import annotations

import importlib.util
import resource
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.servers import Server

ROOT = Path(__file__).parents[1]

MODULES = {
    "multistore": "multistore",
    "obstore": "obstore",
    "opendal": "opendal",
    "boto3": "boto3",
    "minio": "minio",
    "s3fs": "s3fs",
    "smart_open": "smart_open",
    "cloudpathlib": "cloudpathlib",
    "azure-storage-blob": "azure.storage.blob",
    "adlfs": "adlfs",
}


@dataclass(frozen=True)
class Fresh:
    """A case of whole processes; ``limit`` is in seconds, for multistore alone."""

    title: str
    what: str
    limit: float


FRESH = {
    "import": Fresh("a fresh process: the import", "import", 0.150),
    "help": Fresh("a fresh process: --help", "help", 0.300),
    "first": Fresh("a fresh process: open, and put 4 KiB", "first", 0.500),
}


def started(
    case: Fresh, peers: Sequence[str], server: Server, home: Path, rounds: int
) -> dict[str, Any]:
    """Run the processes, interleaved. What an idle interpreter costs is taken off an import."""
    result: dict[str, Any] = {
        "title": case.title,
        "unit": "process",
        "peers": {},
        "without": {},
    }
    commands = {peer: _command(case.what, peer, server, home) for peer in peers}
    for peer in [peer for peer, command in commands.items() if command is None]:
        result["without"][peer] = f"there is no {case.what} of its own"
        del commands[peer]
    for peer in [peer for peer in commands if not _installed(peer)]:
        result["without"][peer] = "it is not installed"
        del commands[peer]
    idle: list[float] = []
    for number in range(rounds * 2 + 1):
        seconds, _ = _timed([sys.executable, "-c", "pass"])
        idle.append(seconds)
        for peer, command in commands.items():
            assert command is not None
            seconds, used = _timed(command)
            if number == 0:  # the first may have to compile and to read from the disk
                continue
            kept = result["peers"].setdefault(
                peer, {"amount": 1, "seconds": [], "cpu": [], "peak": [], "server": []}
            )
            kept["seconds"].append(seconds - (min(idle) if case.what == "import" else 0.0))
            kept["cpu"].append(used)
    return result


def _installed(peer: str) -> bool:
    try:
        return importlib.util.find_spec(MODULES[peer]) is not None
    except ModuleNotFoundError:  # of a package above it
        return False


def _command(what: str, peer: str, server: Server, home: Path) -> list[str] | None:
    if what == "import":
        module = MODULES.get(peer)
        return None if module is None else [sys.executable, "-c", f"import {module}"]
    if what == "help":
        if peer != "multistore":
            return None
        return [str(Path(sys.executable).with_name("multistore")), "--help"]
    if peer not in MODULES:  # the same library by other calls
        return None
    place = server.place(home / peer)
    place.home.mkdir(exist_ok=True)
    program = [sys.executable, "-W", "ignore", "-m", "benchmarks.first"]
    return [*program, peer, place.as_argument()]


def _timed(command: list[str]) -> tuple[float, float]:
    before, begun = _children(), time.perf_counter()
    subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begun, _children() - before


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
