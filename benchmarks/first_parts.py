"""What the first operation of a process consists of: its steps, and the packages it loads.

Whole processes that open a vault and put 4 KiB say when each of their steps ended; in others
Python itself says how long each module took (``-X importtime``, which costs something itself, and
counts to a module the garbage collection that falls into it).

python -m benchmarks.first_parts ROUNDS
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.first import STEP
from benchmarks.import_times import by_package
from benchmarks.servers import Loopback

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

ROOT = Path(__file__).parents[1]
NAMED = ("sqlalchemy", "pydantic", "botocore", "cryptography", "obstore")
WORTH_A_LINE = 3.0
"""Milliseconds; the other packages below it are added up."""
STEPS = {
    "start": "start, up to the program's first line",
    "import": "import of multistore",
    "opening": "opening, and what it loads",
    "put": "the put, and what it loads",
    "close": "close",
    "end": "end of the process, after its last line",
}


FROZEN = "import gc; from benchmarks.first import main; main(); gc.freeze()"
"""The same, and nothing that is there at the end is looked through for garbage once more."""


class Process(NamedTuple):
    """One that has ended: what it said, when it was begun and gone, its CPU seconds."""

    said: list[str]
    begun: float
    gone: float
    used: float


class Spent(NamedTuple):
    """Seconds by the clock, and of CPU."""

    wall: float
    cpu: float


def run(arguments: Sequence[str]) -> Process:
    """Run a Python process to its end; where it fails, end with its last line."""
    used, begun = _used_by_children(), time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-W", "ignore", *arguments],
        check=False,
        cwd=ROOT,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    gone = time.perf_counter()
    if done.returncode:
        said = done.stdout.strip() or f"it ended with {done.returncode}"
        raise SystemExit(said.splitlines()[-1])
    return Process(done.stdout.splitlines(), begun, gone, _used_by_children() - used)


def _used_by_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def steps(process: Process) -> dict[str, Spent]:
    """Give what each step took; the last one is what came after the last line."""
    found, wall, cpu = {}, process.begun, 0.0
    for line in process.said:
        if line.startswith(STEP):
            _, step, *clocks = line.split()
            found[step] = Spent(float(clocks[0]) - wall, float(clocks[1]) - cpu)
            wall, cpu = float(clocks[0]), float(clocks[1])
    found["end"] = Spent(process.gone - wall, process.used - cpu)
    return found


def loaded(process: Process) -> dict[str, float]:
    """Give the milliseconds of each package's modules, in the order of their loading."""
    return {name: own / 1e3 for name, own in by_package(process.said).items()}


def beyond_imports(process: Process) -> dict[str, float]:
    """Give the milliseconds of each step that no module's loading took."""
    found: dict[str, float] = {}
    lines: list[str] = []
    took = steps(process)
    for line in process.said:
        if line.startswith(STEP):
            step = line.split()[1]
            found[step] = took[step].wall * 1e3 - sum(by_package(lines).values()) / 1e3
            lines = []
        else:
            lines.append(line)
    return found


def medians(rounds: Sequence[dict[str, float]]) -> dict[str, float]:
    """Give each figure's median."""
    return {what: median(found.get(what, 0.0) for found in rounds) for what in rounds[0]}


def told(what: str, spent: Iterable[Spent]) -> None:
    """Say both clocks of one thing."""
    wall, cpu = (median(clock) * 1e3 for clock in zip(*spent, strict=True))
    print(f"{what} = {wall:.1f} ms")
    print(f"{what}; CPU = {cpu:.1f} ms")


def measure(given: Sequence[str], rounds: int) -> None:
    """Run the processes, interleaved, and say it."""
    first = ["-m", "benchmarks.first", *given]
    run(first)  # founds the vault, compiles, reads from the disk
    idle, plain, frozen, traced = [], [], [], []
    for _ in range(rounds):
        idle.append(run(["-c", "pass"]))
        plain.append(run(first))
        frozen.append(run(["-c", FROZEN, *given]))
        traced.append(run(["-X", "importtime", *first]))
    told("an interpreter alone", (Spent(one.gone - one.begun, one.used) for one in idle))
    told("the first put's process", (Spent(one.gone - one.begun, one.used) for one in plain))
    each = [steps(one) for one in plain]
    for step, what in STEPS.items():
        told(what, (one[step] for one in each))
    told("the end, after gc.freeze()", (steps(one)["end"] for one in frozen))
    beyond = medians([beyond_imports(one) for one in traced])
    for step in ("opening", "put"):
        print(f"{step}, beyond the modules loaded in it = {beyond[step]:.1f} ms")
    small = 0.0
    for package, own in medians([loaded(one) for one in traced]).items():
        if package in NAMED or own >= WORTH_A_LINE:
            print(f"modules of {package} = {own:.1f} ms")
        else:
            small += own
    print(f"modules of all other packages = {small:.1f} ms")


def main() -> None:
    with Loopback() as server, tempfile.TemporaryDirectory() as home:
        place = server.place(Path(home))
        measure(["multistore", place.as_argument()], int(sys.argv[1]))


if __name__ == "__main__":
    main()
