"""The page on the command line names every command and every exit code."""

from __future__ import annotations

import re

import pytest

from multistore.cli.app import command
from multistore.cli.exits import Code
from tests.docs.blocks import ROOT

PAGE = (ROOT / "docs/reference/cli.md").read_text(encoding="utf-8")


def _paths(node, words=()):
    children = getattr(node, "commands", None)
    if children is None:
        return {" ".join(words)}
    return set().union(*(_paths(child, (*words, name)) for name, child in children.items()))


@pytest.mark.parametrize("path", sorted(_paths(command())))
def test_every_command_is_on_the_page(path):
    assert re.search(rf"(?:multistore |`){path}[ `]", PAGE)


def test_every_exit_code_is_on_the_page():
    section = PAGE.partition("## Exit codes")[2].partition("\n## ")[0]
    codes = re.findall(r"^\| (\d+) \|", section, re.MULTILINE)
    assert [int(code) for code in codes] == sorted(Code)
