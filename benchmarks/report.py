"""The figures of one run: as a table, as JSON, and held against what was to be shown."""

from __future__ import annotations

import json
import os
import platform
import shlex
import statistics
import subprocess
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.cases import CASES
from benchmarks.floors import beside, shown
from benchmarks.peers.base import OTHER
from benchmarks.targets import BOUNDS, GIBIBYTE, LIMITS, TARGETS, figure

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def begun(arguments: Sequence[str], rounds: int, *, quick: bool) -> dict[str, Any]:
    """Begin the record of a run."""
    return {
        "date": datetime.now().astimezone().isoformat(timespec="seconds"),
        "commit": _commit(),
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
        "servers": {},
        "house": {},
    }


def before(found: dict[str, Any], server: str, title: str) -> dict[str, Any]:
    """Begin the part of the record that is one server's."""
    part: dict[str, Any] = {"title": title, "peers": {}, "absent": {}, "cases": {}}
    found["servers"][server] = part
    return part


def ended(found: dict[str, Any]) -> None:
    """Note the load at the end."""
    found["load_at_end"] = [round(figure, 2) for figure in os.getloadavg()]


def _commit() -> str:
    """Give the commit that was measured, and say where something was changed after it."""
    asked = ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--abbrev=12"]
    described = subprocess.run(
        [*asked, "--exclude=*", "--dirty= with changes"],
        capture_output=True,
        text=True,
        check=False,
    )
    return described.stdout.strip() or "unknown"


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
    amount: int = case["peers"][peer]["amount"]
    return amount / statistics.median(case["peers"][peer]["seconds"])


def rates(case: dict[str, Any], peer: str) -> str:
    """Give the rate in its unit, with the slowest and the quickest round."""
    amount, seconds = (case["peers"][peer][field] for field in ("amount", "seconds"))
    figures = [amount / s for s in (statistics.median(seconds), max(seconds), min(seconds))]
    if case["unit"] == "process":
        middle, slow, quick = (1e3 / one for one in figures)
        return f"{middle:8.0f} ms   ({quick:.0f}-{slow:.0f})"
    if case["unit"] == "bytes":
        middle, slow, quick = (one / 1e9 for one in figures)
        return f"{middle:8.2f} GB/s ({slow:.2f}-{quick:.2f})"
    middle, slow, quick = figures
    return f"{middle:8,.0f} /s   ({slow:,.0f}-{quick:,.0f})"


def spent(case: dict[str, Any], peer: str, whose: str) -> str:
    """Give CPU time, the client's or the server's: per GiB, or per operation."""
    kept = case["peers"][peer]
    if not kept[whose]:
        return f"{'-':>12}"
    # The server's clock ticks a hundred times a second: all rounds together are exact enough.
    middle = statistics.median if whose == "cpu" else statistics.fmean
    used = middle(kept[whose]) / kept["amount"]
    if case["unit"] == "bytes":
        return f"{used * GIBIBYTE:6.2f} s/GiB"
    return f"{used * 1e3:9.0f} ms" if case["unit"] == "process" else f"{used * 1e6:9.1f} us"


def ratio(case: dict[str, Any], peer: str) -> float | None:
    """How many times as fast multistore is."""
    if "multistore" not in case["peers"] or peer not in case["peers"]:
        return None
    return rate(case, "multistore") / rate(case, peer)


def table(part: dict[str, Any], name: str, floors: dict[str, Any]) -> str:
    """Give one case as text, and below it what the machine does without any client."""
    case = part["cases"][name]
    lines = ["", f"{name}: {case['title']}"]
    for peer, kept in case["peers"].items():
        faster = None if peer == "multistore" else ratio(case, peer)
        peak = f"{max(kept['peak']) / (1 << 20):6.0f} MiB" if kept["peak"] else f"{'-':>10}"
        lines.append(
            f"  {peer:29} {rates(case, peer):32} CPU {spent(case, peer, 'cpu')}"
            f"  server {spent(case, peer, 'server')}  peak {peak}"
            f"  {'' if faster is None else f'multistore x {faster:.2f}'}".rstrip()
        )
    without = [
        f"  {peer:29} -  {reason}"
        for peer, reason in case["without"].items()
        if not reason.startswith("there is no")
    ]
    bounds = [] if name not in CASES else beside(CASES[name].needs, case["unit"])
    return "\n".join([*lines, *without, *shown(floors, bounds)])


def judged(found: dict[str, Any]) -> list[tuple[str, str, str, str, bool]]:
    """Give (case, against whom, what was to be, what is, whether it is met), where measured."""
    cases = found["servers"].get("loopback", {"cases": {}})["cases"]
    return [*_ratios(cases), *_limits(cases), *_of_the_house(found["house"])]


def _ratios(cases: dict[str, Any]) -> Iterator[tuple[str, str, str, str, bool]]:
    for target in TARGETS:
        case = cases.get(target.case)
        faster = None if case is None else ratio(case, target.peer)
        if case is not None and faster is not None:
            wanted, met = f"≥ {target.ratio:g} ×", faster >= target.ratio
            yield case["title"], target.peer, wanted, f"{faster:.2f} ×", met


def _limits(cases: dict[str, Any]) -> Iterator[tuple[str, str, str, str, bool]]:
    for limit in LIMITS:
        case = cases.get(limit.case)
        value = None if case is None else figure(limit, case)
        if case is not None and value is not None:
            got = f"{value:.2f}" if limit.most < 1 else f"{value:.0f}"
            yield case["title"], limit.what, f"≤ {limit.most:g}", got, value <= limit.most


def _of_the_house(house: dict[str, Any]) -> Iterator[tuple[str, str, str, str, bool]]:
    for bound in BOUNDS:
        figures = house.get(bound.case, {"figures": {}})["figures"]
        value = bound.value(figures)
        if value is not None:
            sign, met = ("≥", value >= bound.bound) if bound.least else ("≤", value <= bound.bound)
            wanted, got = (f"{one:g} {bound.unit}" for one in (bound.bound, round(value, 3)))
            yield house[bound.case]["title"], bound.what, f"{sign} {wanted}", got, met


def verdicts(found: dict[str, Any]) -> str:
    """Say of every target whether it is met."""
    lines = ["", "targets:"]
    for case, against, wanted, got, met in judged(found):
        mark = "met    " if met else "NOT MET"
        lines.append(f"  {mark} {case:42} {against:50} {wanted:>10}  {got:>10}")
    for part in found["servers"].values():
        title = part["title"]
        if "why" in part:
            lines.append(f"  absent  {title}: {part['why']}")
        lines += [f"  absent  {peer}, {title}: {why}" for peer, why in missing(part)]
    lines.append(f"load at the end: {found['load_at_end'][0]}")
    return "\n".join(lines)


def missing(part: dict[str, Any]) -> list[tuple[str, str]]:
    """Give the peers that could not be measured, and why; not those of another dialect."""
    return [(peer, why) for peer, why in part["absent"].items() if not why.endswith(OTHER)]


def write(found: dict[str, Any], path: Path) -> None:
    """Write everything as JSON."""
    path.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
