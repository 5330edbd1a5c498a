"""The figures of one run: as a table, as JSON, and held against what was to be shown."""

from __future__ import annotations

import json
import os
import platform
import shlex
import statistics
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.floors import shown
from benchmarks.targets import GIBIBYTE, LIMITS, TARGETS, figure

if TYPE_CHECKING:
    from collections.abc import Sequence


def begun(arguments: Sequence[str], rounds: int, *, quick: bool) -> dict[str, Any]:
    """Begin the record of a run."""
    return {
        "date": datetime.now().astimezone().isoformat(timespec="seconds"),
        "command": shlex.join(["nox", "-s", "bench", "--", *map(_without_place, arguments)]),
        "rounds": rounds,
        "quick": quick,
        "machine": {
            "processor": _processor(),
            "processors": os.cpu_count(),
            "kernel": platform.release(),
            "python": platform.python_version(),
            "cryptography": version("cryptography"),
        },
        "load": [round(figure, 2) for figure in os.getloadavg()],
        "peers": {},
        "absent": {},
        "cases": {},
        "house": {},
    }


def ended(found: dict[str, Any]) -> None:
    """Note the load at the end."""
    found["load_at_end"] = [round(figure, 2) for figure in os.getloadavg()]


def _without_place(argument: str) -> str:
    """Where a file lies on one machine is nothing to another."""
    return Path(argument).name if argument.startswith("/") else argument


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def heading(found: dict[str, Any]) -> str:
    """Say what is measured where, and the floors."""
    machine = found["machine"]
    return "\n".join(
        [
            f"{found['command']}   {found['date']}",
            (
                f"{machine['processors']} x {machine['processor']}, Linux {machine['kernel']}, "
                f"Python {machine['python']}, load {found['load'][0]}"
            ),
            "",
            "floors, in this run:",
            *shown(found["floors"]),
        ]
    )


def rate(case: dict[str, Any], peer: str) -> float:
    """Bytes or operations per second: of the median round."""
    amount: int = case["amount"]
    return amount / statistics.median(case["peers"][peer]["seconds"])


def rates(case: dict[str, Any], peer: str) -> str:
    """Give the rate in its unit, with the slowest and the quickest round."""
    seconds = case["peers"][peer]["seconds"]
    figures = [case["amount"] / s for s in (statistics.median(seconds), max(seconds), min(seconds))]
    if case["amount"] == 1:
        middle, slow, quick = (1e3 / one for one in figures)
        return f"{middle:8.0f} ms   ({quick:.0f}-{slow:.0f})"
    if case["unit"] == "bytes":
        middle, slow, quick = (one / 1e9 for one in figures)
        return f"{middle:8.2f} GB/s ({slow:.2f}-{quick:.2f})"
    middle, slow, quick = figures
    return f"{middle:8,.0f} /s   ({slow:,.0f}-{quick:,.0f})"


def spent(case: dict[str, Any], peer: str) -> str:
    """Give the CPU time: per GiB, or per operation."""
    used = statistics.median(case["peers"][peer]["cpu"]) / case["amount"]
    if case["unit"] == "bytes":
        return f"{used * GIBIBYTE:6.2f} s/GiB"
    return f"{used * 1e3:6.0f} ms" if case["amount"] == 1 else f"{used * 1e6:6.0f} us"


def ratio(case: dict[str, Any], peer: str) -> float | None:
    """How many times as fast multistore is."""
    if "multistore" not in case["peers"] or peer not in case["peers"]:
        return None
    return rate(case, "multistore") / rate(case, peer)


def table(found: dict[str, Any], name: str) -> str:
    """Give one case as text."""
    case = found["cases"][name]
    lines = ["", f"{name}: {case['title']}"]
    for peer, kept in case["peers"].items():
        faster = ratio(case, peer)
        lines.append(
            f"  {peer:29} {rates(case, peer):32} CPU {spent(case, peer)}"
            f"  peak {max(kept['peak']) / (1 << 20):6.0f} MiB"
            f"  {'' if faster is None or peer == 'multistore' else f'multistore x {faster:.2f}'}"
        )
    without = [
        f"  {peer:29} -  {reason}"
        for peer, reason in case["without"].items()
        if not reason.startswith(("it has no", "there is no"))
    ]
    return "\n".join([*lines, *without])


def judged(found: dict[str, Any]) -> list[tuple[str, str, str, str, bool]]:
    """Give (case, against whom, what was to be, what is, whether it is met), where measured."""
    lines = []
    for target in TARGETS:
        case = found["cases"].get(target.case)
        faster = None if case is None else ratio(case, target.peer)
        if case is not None and faster is not None:
            lines.append(
                (
                    case["title"],
                    target.peer,
                    f"≥ {target.ratio:g} ×",
                    f"{faster:.2f} ×",
                    faster >= target.ratio,
                )
            )
    for limit in LIMITS:
        case = found["cases"].get(limit.case)
        value = None if case is None else figure(limit, case)
        if case is not None and value is not None:
            lines.append(
                (
                    case["title"],
                    limit.what,
                    f"≤ {limit.most:g}",
                    f"{value:.2f}" if limit.most < 1 else f"{value:.0f}",
                    value <= limit.most,
                )
            )
    return lines


def verdicts(found: dict[str, Any]) -> str:
    """Say of every target whether it is met."""
    lines = ["", "targets:"]
    for case, against, wanted, got, met in judged(found):
        mark = "met    " if met else "NOT MET"
        lines.append(f"  {mark} {case:32} {against:48} {wanted:>8}  {got:>8}")
    lines += [f"  absent  {peer}: {reason}" for peer, reason in found["absent"].items()]
    lines.append(f"load at the end: {found['load_at_end'][0]}")
    return "\n".join(lines)


def write(found: dict[str, Any], path: Path) -> None:
    """Write everything as JSON."""
    path.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
