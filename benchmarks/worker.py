"""One peer in a process of its own, which does what it is told, line by line.

A process each: no peer shares an interpreter lock, a pool of threads or memory with another.
"""

from __future__ import annotations

import gc
import json
import math
import os
import resource
import sys
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from benchmarks import peers
from benchmarks.cases import CASES, TASKS, THREADS, feeders, held, let_go
from benchmarks.peers.base import OTHER, AbsentError, Place

STEP = math.lcm(THREADS, TASKS)
"""A round is a multiple of it, so that every thread and every task has the same share."""


def memory(field: str) -> int:
    """Give VmRSS or VmHWM in bytes."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field):
            return int(line.split()[1]) * 1024
    raise LookupError(field)


def cpu() -> float:
    """Give the CPU seconds of this process and of those that it has waited for."""
    own, theirs = (resource.getrusage(w) for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return own.ru_utime + own.ru_stime + theirs.ru_utime + theirs.ru_stime


def measured(peer: Any, case: str, amount: int) -> dict[str, float]:
    """Run one round."""
    CASES[case].before(peer, amount)
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")
    body, begun, used, fed = held(), time.perf_counter(), cpu(), feeders()
    CASES[case].run(peer, amount)
    seconds, used = time.perf_counter() - begun, cpu() - used - (feeders() - fed)
    let_go()  # not measured, as little as its making
    return {"seconds": seconds, "cpu": used, "most": memory("VmHWM") - body}


def _version(module: str) -> str:
    for name in (module, module.replace(".", "-"), module.replace("_", "-")):
        try:
            return version(name)
        except PackageNotFoundError:
            continue
    return ""


def prepared(peer: Any, case: str, amount: int, seconds: float) -> dict[str, Any]:
    """Make ready what the rounds need; how much a round is to be."""
    found = CASES[case]
    found.prepare(peer, amount)
    if found.warm:
        found.before(peer, amount)
        begun = time.perf_counter()
        found.run(peer, amount)
        took = time.perf_counter() - begun
        let_go()
        if found.elastic:
            rounds = amount * seconds / took
            amount = max(1, round(rounds / STEP)) * STEP
    return {"amount": amount}


def answered(peer: Any, asked: dict[str, Any]) -> dict[str, Any]:
    """Do one thing; what fails is an answer too."""
    case, amount = asked["case"], asked["amount"]
    try:
        if asked["do"] == "prepare":
            return prepared(peer, case, amount, asked["seconds"])
        if asked["do"] == "after":
            CASES[case].after(peer, amount)
            return {"done": True}
        return measured(peer, case, amount)
    except Exception as error:  # noqa: BLE001 - a peer's failure is a line of the report
        return {"failed": f"{type(error).__name__}: {str(error)[:300]}"}


def made(name: str, place: Place) -> Any:
    """Make the peer, where it can speak to the server."""
    kind: Any = peers.load(name)
    if not set(kind.speaks) & set(place.dialects):
        spoken = " and ".join(place.dialects)
        raise AbsentError(f"the server speaks {spoken}, {OTHER}")
    return kind(place)


def greeting(peer: Any) -> dict[str, Any]:
    """Say who it is, and what its process occupies before it has moved a byte."""
    idle = None if peer.processes else memory("VmRSS")
    return {
        "version": _version(peer.module),
        "note": peer.note,
        "sealed": peer.sealed,
        "verbs": peer.verbs(),
        "idle": idle,
    }


def main() -> None:
    """Serve until the input ends."""
    # What libraries print must not be taken for an answer.
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    name, place = sys.argv[1], Place.of_argument(sys.argv[2])
    try:
        peer = made(name, place)
        hello = greeting(peer)
    except (ImportError, AbsentError) as error:
        hello = {"absent": str(error)}
    except Exception as error:  # noqa: BLE001 - it is said, and the others are measured
        hello = {"absent": f"{type(error).__name__}: {str(error)[:300]}"}
    print(json.dumps(hello), file=out, flush=True)
    if "absent" in hello:
        return
    for line in sys.stdin:
        print(json.dumps(answered(peer, json.loads(line))), file=out, flush=True)
    peer.close()


if __name__ == "__main__":
    main()
