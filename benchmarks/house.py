"""The cases that have no peer: what a small operation, a first one and a listing are made of,
the ledger, what time does, the keys, erasure and the check.

Each is a program of its own in this directory. What it has measured it says in lines of
``what = figure unit``; its other lines explain.
"""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
FIGURE = re.compile(r"(?P<what>.+) = (?P<value>[0-9][0-9.]*) (?P<unit>.+)")


@dataclass(frozen=True)
class House:
    """One program, and what it is given in a full and in a quick run."""

    title: str
    program: str
    full: tuple[str, ...] = ()
    quick: tuple[str, ...] = ()


HOUSE = {
    "small": House("where the CPU of 4 KiB goes, one by one", "small"),
    "first-parts": House(
        "what the first operation of a process consists of", "first_parts", ("7",), ("2",)
    ),
    "list-parts": House("where the CPU of a listing goes", "list_parts"),
    "ledger": House("a ledger of 1,000,000 tenants", "ledger_size", ("1000000",), ("20000",)),
    "lifecycle": House(
        "lifecycle run over 1,000,000 tenants",
        "lifecycle",
        ("1000000", "1000"),
        ("20000", "50"),
    ),
    "roll": House("keys roll of 100,000 scopes", "ledger_roll", ("100000",), ("2000",)),
    "erase": House(
        "erase 10,000 versions, before Ceph", "erase", ("10000", "ceph"), ("1000", "ceph")
    ),
    "check": House("check of 1,000 buckets", "check", ("1000",), ("20",)),
}


def told(name: str, *, quick: bool) -> dict[str, Any]:
    """Run one program; give its figures, what else it said, and why it failed where it did."""
    case = HOUSE[name]
    program = ["-m", f"benchmarks.{case.program}"]
    command = [sys.executable, *program, *(case.quick if quick else case.full)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    told: dict[str, Any] = {
        "title": f"{case.title} (here fewer)" if quick and case.quick != case.full else case.title,
        "command": " ".join(["python", *command[1:]]),
        "figures": {},
        "said": [],
    }
    for line in done.stdout.strip().splitlines():
        if match := FIGURE.fullmatch(line):
            told["figures"][match["what"]] = {
                "value": float(match["value"]),
                "unit": match["unit"],
            }
        else:
            told["said"].append(line)
    if done.returncode:
        told["why"] = (done.stderr.strip().splitlines() or [f"it ended with {done.returncode}"])[-1]
    return told


def shown(name: str, case: dict[str, Any]) -> str:
    """Give it as text."""
    return "\n".join(
        [
            "",
            f"{name}: {case['title']}  ({case['command']})",
            *(
                f"  {what:56} {one['value']:12,.6g} {one['unit']}"
                for what, one in case["figures"].items()
            ),
            *(f"  {line}" for line in case["said"]),
            *([f"  absent: {case['why']}"] if "why" in case else []),
        ]
    )
