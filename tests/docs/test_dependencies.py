"""Every dependency earns its place: pyproject.toml and the page name the same packages."""

from __future__ import annotations

import re
import tomllib

from tests.docs.blocks import ROOT

PAGE = (ROOT / "docs/dependencies.md").read_text(encoding="utf-8")


def _names(requirements):
    return {
        re.match(r"[A-Za-z0-9._-]+", line)[0].lower()
        for line in requirements
        if isinstance(line, str)
    }


def _documented(heading):
    section = PAGE.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    rows = [line.split("|")[1:3] for line in section.splitlines() if line.startswith("| ")][1:]
    cells = [cells[1] if cells[0].strip().startswith("`") else cells[0] for cells in rows]
    return {name.strip().lower() for cell in cells for name in cell.split(",")}


def test_the_page_names_what_is_installed_and_nothing_else():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    extras = project["project"]["optional-dependencies"]
    groups = project["dependency-groups"]
    assert _documented("At run time") == _names(project["project"]["dependencies"])
    assert _documented("Extras") == set().union(*map(_names, extras.values()))
    assert _documented("For development") == set().union(*map(_names, groups.values())) | {
        "hatchling",
        "nox",
    }
