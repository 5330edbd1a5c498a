"""The rounds: of each case one by every peer, then the next, so that all meet the same load."""

from __future__ import annotations

import json
import selectors
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from benchmarks import report
from benchmarks.cases import CASES
from benchmarks.fresh import FRESH, started

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from benchmarks.cases import Case
    from benchmarks.peers.base import Place
    from benchmarks.servers import Server

ROOT = Path(__file__).parents[1]
PATIENCE = 60.0
"""Seconds for one round of one peer; what takes longer is reported as that."""
FULL, QUICK = 0.5, 0.3
"""Seconds of a round of small operations."""
SLOW, FEWER = 1.0, 3
"""A peer whose round takes longer than so many seconds has so many rounds, as before a service."""
REALISTIC = (
    *("multistore", "obstore", "boto3", "boto3-transfer", "minio", "s3fs"),
    *("azure-storage-blob", "adlfs", "obstore-azure", "azure-client-side-encryption"),
)
"""The peers before a real server: there the service decides, not the client."""


class Worker:
    """A peer's process, new for each case: what an earlier case has left behind is in no figure."""

    def __init__(self, name: str, place: Place) -> None:
        place.home.mkdir(exist_ok=True)
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "benchmarks.worker", name, place.as_argument()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        self._answers = selectors.DefaultSelector()
        self._answers.register(self._process.stdout, selectors.EVENT_READ)  # type: ignore[arg-type]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._answers.close()
        self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()

    def ask(self, what: str, case: str, amount: int, seconds: float = FULL) -> dict[str, Any]:
        """Have one thing done."""
        assert self._process.stdin is not None
        if self._process.poll() is not None:
            return {"absent": "its process has ended"}
        asked = {"do": what, "case": case, "amount": amount, "seconds": seconds}
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        return self.heard()

    def heard(self) -> dict[str, Any]:
        """Wait for its next line."""
        assert self._process.stdout is not None
        if not self._answers.select(PATIENCE):
            self._process.kill()
            return {"absent": f"no answer in {PATIENCE:.0f} s"}
        line = self._process.stdout.readline()
        if not line:
            return {"absent": f"its process ended with {self._process.wait()}"}
        heard: dict[str, Any] = json.loads(line)
        return heard


@dataclass(frozen=True)
class Setting:
    """Where a case is run: before which server, by whom, and how often."""

    server: Server
    home: Path
    peers: Sequence[str]
    rounds: int
    quick: bool
    floors: dict[str, Any]


def run(
    found: dict[str, Any], setting: Setting, cases: Sequence[str], done: Callable[[], object]
) -> None:
    """Run the cases, and put what they show into ``found``; each is printed when it is done.

    ``found`` is the part of the record that is this server's: its peers, the absent ones, and
    the cases.
    """
    for name in cases:
        if name in FRESH:
            here = [peer for peer in setting.peers if peer not in found["absent"]]
            found["cases"][name] = started(
                FRESH[name], here, setting.server, setting.home, setting.rounds
            )
        else:
            found["cases"][name] = _case(name, found, setting)
        print(report.table(found, name, setting.floors), flush=True)
        setting.server.tidy()
        done()


def _case(name: str, found: dict[str, Any], setting: Setting) -> dict[str, Any]:
    case = CASES[name]
    amount = case.scaled(quick=setting.quick)
    less = "" if amount == case.amount else f" (here {amount >> 20} MiB)"
    result: dict[str, Any] = {
        "title": case.title + less,
        "unit": case.unit,
        "peers": {},
        "without": {},
    }
    wanted = [peer for peer in setting.peers if _wanted(peer, case, found, setting)]
    with ExitStack() as stack:
        ready: dict[str, Worker] = {}
        workers = {
            peer: stack.enter_context(Worker(peer, setting.server.place(setting.home / peer)))
            for peer in wanted
        }
        for peer, worker in workers.items():
            hello = worker.heard()
            if "absent" in hello:
                found["absent"][peer] = hello["absent"]
                continue
            found["peers"][peer] = {key: hello[key] for key in hello if key != "idle"}
            if case.needs not in hello["verbs"]:
                continue
            answer = worker.ask("prepare", name, amount, QUICK if setting.quick else FULL)
            if "amount" not in answer:
                result["without"][peer] = answer.get("absent") or answer["failed"]
                continue
            ready[peer] = worker
            result["peers"][peer] = {
                "amount": answer["amount"],
                "idle": hello["idle"],
                **{figure: [] for figure in ("seconds", "cpu", "peak", "server")},
            }
        for number in range(min(setting.rounds, case.rounds)):
            for peer, worker in list(ready.items()):
                slow = (
                    setting.server.real or min(result["peers"][peer]["seconds"], default=0) > SLOW
                )
                if slow and number >= FEWER:
                    continue
                if reason := _round(worker, name, setting.server, result["peers"][peer]):
                    result["without"][peer] = reason
                    del result["peers"][peer], ready[peer]
        for peer, worker in ready.items():
            worker.ask("after", name, result["peers"][peer]["amount"])
    return result


def _wanted(peer: str, case: Case, found: dict[str, Any], setting: Setting) -> bool:
    """Say whether a peer has to be started: it may be known that there is nothing to measure."""
    if peer in found["absent"] or (case.peers is not None and peer not in case.peers):
        return False
    if setting.server.real and peer not in REALISTIC:
        return False
    return peer not in found["peers"] or case.needs in found["peers"][peer]["verbs"]


def _round(worker: Worker, case: str, server: Server, kept: dict[str, Any]) -> str | None:
    """Have one round done, and keep its figures; why there are none, where there are none."""
    before = server.cpu()
    answer = worker.ask("round", case, kept["amount"])
    if "seconds" not in answer:
        return str(answer.get("absent") or answer["failed"])
    after = server.cpu()
    kept["seconds"].append(answer["seconds"])
    kept["cpu"].append(answer["cpu"])
    if kept["idle"] is not None:
        kept["peak"].append(max(0, answer["most"] - kept["idle"]))
    if before is not None and after is not None:
        kept["server"].append(after - before)
    return None
