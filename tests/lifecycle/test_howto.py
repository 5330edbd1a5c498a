"""Every command of the page on ending a contract, in the order in which it is read."""

from __future__ import annotations

import shlex

from multistore.cli.exits import Code
from tests.cli.command import multistore, vault
from tests.docs.blocks import ROOT, blocks

PAGE = ROOT / "docs" / "howto" / "tenant-end.md"
# The erasure is years away on the page, and so is its certificate.
NOT_YET = "multistore certificate show ID"


def test_the_commands_of_the_page_run(tmp_path):
    home = vault(tmp_path)
    commands = [
        line.strip()[2:]
        for block in blocks(PAGE, "console")
        for line in block.text.splitlines()
        if line.strip().startswith("$ ")
    ]
    assert len(commands) > 8
    for command in commands:
        if command != NOT_YET:
            done = multistore(*shlex.split(command)[1:], cwd=home)
            assert done.returncode == Code.OK, f"{command}: {done.stderr.decode()}"
