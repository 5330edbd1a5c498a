"""One peer in a process of its own, which does what it is told, line by line.

A process each: no peer shares an interpreter lock, a pool of threads or memory with another.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import sys
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from benchmarks import peers
from benchmarks.cases import CASES
from benchmarks.peers.base import AbsentError, Place


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
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")
    idle, begun, used = memory("VmRSS"), time.perf_counter(), cpu()
    CASES[case].run(peer, amount)
    seconds, used = time.perf_counter() - begun, cpu() - used
    return {"seconds": seconds, "cpu": used, "peak": max(0, memory("VmHWM") - idle)}


def _version(module: str) -> str:
    for name in (module, module.replace(".", "-"), module.replace("_", "-")):
        try:
            return version(name)
        except PackageNotFoundError:
            continue
    return ""


def answered(peer: Any, asked: dict[str, Any]) -> dict[str, Any]:
    """Do one thing; what fails is an answer too."""
    case, amount = asked["case"], asked["amount"]
    found = CASES[case]
    try:
        if asked["do"] == "prepare":
            if getattr(peer, found.needs, None) is None or (
                found.needs not in getattr(peer, "only", (found.needs,))
            ):
                return {"absent": f"it has no equivalent of {found.needs}"}
            found.prepare(peer, amount)
            found.run(peer, max(1, amount // 10) if found.unit == "operations" and "4k" in case
                      else amount)  # fmt: skip
            return {"ready": True}
        if asked["do"] == "after":
            found.after(peer, amount)
            return {"done": True}
        return measured(peer, case, amount)
    except Exception as error:  # noqa: BLE001 - a peer's failure is a line of the report
        return {"failed": f"{type(error).__name__}: {str(error)[:300]}"}


def main() -> None:
    """Serve until the input ends."""
    # What libraries print must not be taken for an answer.
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    name, url, port, home = sys.argv[1:]
    try:
        kind = peers.load(name)
        peer = kind(Place(url, int(port), Path(home)))
        hello = {"version": _version(kind.module), "note": kind.note}
    except (ImportError, AbsentError) as error:
        hello = {"absent": str(error)}
    print(json.dumps(hello), file=out, flush=True)
    if "absent" in hello:
        return
    for line in sys.stdin:
        print(json.dumps(answered(peer, json.loads(line))), file=out, flush=True)
    peer.close()


if __name__ == "__main__":
    main()
