"""The cases that have no peer: the ledger, what time does, the keys, erasure and the check.

Each is a program of its own in this directory, and says what it measured in lines of text.
"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class House:
    """One program, and what it is given in a full and in a quick run."""

    title: str
    program: str
    full: tuple[str, ...] = ()
    quick: tuple[str, ...] = ()


HOUSE = {
    "ledger": House(
        "a key out of a ledger of ten tenants, and of 1,000,000",
        "ledger_size.py",
        ("1000000",),
        ("20000",),
    ),
    "lifecycle": House(
        "lifecycle run over 1,000,000 tenants", "lifecycle.py", ("1000000",), ("20000",)
    ),
    "roll": House("keys roll of 100,000 scopes", "ledger_roll.py", ("100000",), ("2000",)),
    "erase": House("erase 10,000 versions", "erase.py", ("10000", "ceph"), ("1000", "moto")),
    "check": House("check of 1,000 buckets", "check.py", ("1000",), ("20",)),
}


def told(name: str, *, quick: bool) -> dict[str, object]:
    """Run one program; give what it said, and whether it succeeded."""
    case = HOUSE[name]
    command = [sys.executable, f"benchmarks/{case.program}", *(case.quick if quick else case.full)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    said = done.stdout.strip().splitlines()
    if done.returncode:
        said += done.stderr.strip().splitlines()[-1:]
    return {"title": case.title, "command": " ".join(command[1:]), "said": said}


def shown(name: str, case: dict[str, object]) -> str:
    """Give it as text."""
    said = case["said"]
    assert isinstance(said, list)
    return "\n".join(
        ["", f"{name}: {case['title']}  ({case['command']})", *(f"  {s}" for s in said)]
    )
