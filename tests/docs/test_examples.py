"""Every program under examples/ runs as its README says."""

from __future__ import annotations

import subprocess
import sys

import pytest

import multistore
from tests.docs.blocks import ROOT

SAID = {
    "from_a_pipe.py": "4194304 bytes put, 4194304 bytes saved",
    "one_winner.py": "1 of 8 writers won",
    "read_inside_a_zip.py": "第1回 第2回",
}


def test_every_example_is_here():
    # An application is no program: tests/aio asks it as a browser does.
    programs = {path.name for path in (ROOT / "examples").glob("*.py")} - {"fastapi_range.py"}
    assert programs == set(SAID)


@pytest.mark.parametrize("program", SAID)
def test_the_example_runs(program, workplace):
    with multistore.open("multistore.toml") as vault:
        vault.tenants.add("example")
    done = subprocess.run(
        [sys.executable, "-X", "utf8", ROOT / "examples" / program, "multistore.toml"],
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert SAID[program] in done.stdout
