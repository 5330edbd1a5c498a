"""The page on the command line names every command and every exit code, and no other."""

from __future__ import annotations

import re

from multistore.cli.app import command
from multistore.cli.exits import Code
from tests.docs.blocks import ROOT

PAGE = (ROOT / "docs/reference/cli.md").read_text(encoding="utf-8")


def _paths(node, words=()):
    children = getattr(node, "commands", None)
    if children is None:
        return {" ".join(words)}
    return set().union(*(_paths(child, (*words, name)) for name, child in children.items()))


def test_every_command_is_on_the_page():
    known = _paths(command())
    documented = re.findall(r"^\| `multistore ([a-z ]+?)(?: [A-Z\[][^`]*)?` \|", PAGE, re.MULTILINE)
    assert set(documented) == known


def test_every_exit_code_is_on_the_page():
    rows = re.findall(r"^\| (\d+) \| (\w+) \|", PAGE, re.MULTILINE)
    assert {name: int(number) for number, name in rows} == {code.name: code.value for code in Code}
