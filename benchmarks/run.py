"""The rounds: of each case one by every peer, then the next, so that all meet the same load."""

from __future__ import annotations

import json
import selectors
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from benchmarks import report
from benchmarks.cases import CASES
from benchmarks.fresh import FRESH, started

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from benchmarks.loopback import Server

ROOT = Path(__file__).parents[1]
PATIENCE = 60.0
"""Seconds for one round of one peer; what takes longer is reported as that."""


class Worker:
    """A peer's process."""

    def __init__(self, name: str, server: Server, home: Path) -> None:
        self._name, self._server, self._home = name, server, home

    def __enter__(self) -> Self:
        self._home.mkdir()
        self._process = subprocess.Popen(
            [
                sys.executable,
                "-W",
                "ignore",
                "-m",
                "benchmarks.worker",
                self._name,
                self._server.url,
                str(self._server.port),
                str(self._home),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        self._answers = selectors.DefaultSelector()
        self._answers.register(self._process.stdout, selectors.EVENT_READ)  # type: ignore[arg-type]
        self.hello = self._heard()
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

    def ask(self, what: str, case: str, amount: int) -> dict[str, Any]:
        """Have one thing done."""
        assert self._process.stdin is not None
        if self._process.poll() is not None:
            return {"absent": "its process has ended"}
        self._process.stdin.write(json.dumps({"do": what, "case": case, "amount": amount}) + "\n")
        self._process.stdin.flush()
        return self._heard()

    def _heard(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        if not self._answers.select(PATIENCE):
            self._process.kill()
            return {"absent": f"no answer in {PATIENCE:.0f} s"}
        line = self._process.stdout.readline()
        if not line:
            return {"absent": f"its process ended with {self._process.wait()}"}
        heard: dict[str, Any] = json.loads(line)
        return heard


def run(
    found: dict[str, Any],
    server: Server,
    home: Path,
    *,
    cases: Sequence[str],
    peers: Sequence[str],
    rounds: int,
    quick: bool,
    done: Callable[[], object],
) -> None:
    """Run the cases, and put what they show into ``found``; each is printed when it is done."""
    with ExitStack() as stack:
        workers: dict[str, Worker] = {}
        for name in peers:
            worker = stack.enter_context(Worker(name, server, home / name))
            if "absent" in worker.hello:
                found["absent"][name] = worker.hello["absent"]
            else:
                found["peers"][name] = worker.hello
                workers[name] = worker
        for name in cases:
            if name in CASES:
                found["cases"][name] = _case(name, workers, server, rounds, quick=quick)
            else:
                found["cases"][name] = started(FRESH[name], list(workers), server, home, rounds)
            print(report.table(found, name), flush=True)
            done()


def _case(
    name: str, workers: dict[str, Worker], server: Server, rounds: int, *, quick: bool
) -> dict[str, Any]:
    case = CASES[name]
    amount = case.scaled(quick=quick)
    result: dict[str, Any] = {
        "title": case.title,
        "unit": case.unit,
        "amount": amount,
        "peers": {},
        "without": {},
    }
    ready: dict[str, Worker] = {}
    for peer, worker in workers.items():
        answer = worker.ask("prepare", name, amount)
        if "ready" in answer:
            ready[peer] = worker
            result["peers"][peer] = {"seconds": [], "cpu": [], "peak": [], "server": []}
        else:
            result["without"][peer] = answer.get("absent") or answer["failed"]
    for _ in range(rounds):
        for peer, worker in list(ready.items()):
            spent = server.cpu()
            answer = worker.ask("round", name, amount)
            if "seconds" not in answer:
                result["without"][peer] = answer.get("absent") or answer["failed"]
                result["peers"].pop(peer, None)
                del ready[peer]
                continue
            answer["server"] = server.cpu() - spent
            for field, figure in answer.items():
                result["peers"][peer][field].append(figure)
    for worker in ready.values():
        worker.ask("after", name, amount)
    return result
