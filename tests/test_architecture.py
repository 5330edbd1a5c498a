"""The house stays in order: small files, telling names, no trace of the machine it was built on."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LINES = 440  # "about 400"
LONGER = {
    "src/multistore/vault.py": 550,  # every verb, and what each promises
    "src/multistore/filesystem.py": 480,  # every verb of fsspec
}
ONE_TABLE = {"src/multistore/residency/texts.py"}  # every sentence of a verdict, in two languages
VAGUE = {"common", "helper", "helpers", "manager", "managers", "misc", "util", "utils"}
BINARY = {".gz", ".ico", ".jpg", ".mp4", ".png", ".zip"}
# Written so that no pattern finds itself.
FORBIDDEN = {
    "a path of one machine": re.compile(
        r"(?<![\w.])/(?:(?:[w]ork|[r]oot)/\w|(?:[h]ome|[U]sers|[t]mp)/\w{2,}/)"
    ),
    "unfinished work": re.compile(r"\b(?:T[O]DO|F[I]XME|H[A]CK)\b"),
    "a merge that was not resolved": re.compile(r"^(?:<{7}|>{7}) ", re.MULTILINE),
    "a private key": re.compile(r"-----B[E]GIN [A-Z ]*PRIVATE KEY-----"),
    "an issue's number": re.compile(r"\b[i]ssue #?\d+\b", re.IGNORECASE),
    "a directory outside the project": re.compile(r"(?<![\w/])(?:\.\./)?[s]hared/"),
}


def _files():
    """Give every file under version control, or every one there is in an unpacked archive."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    names = listed.stdout.decode().split("\0")[:-1]
    paths = [ROOT / name for name in names] or [
        path for part in ("src", "tests", "docs", "examples") for path in (ROOT / part).rglob("*")
    ]
    return [path for path in paths if path.is_file() and path.suffix not in BINARY]


FILES = _files()
PYTHON = [path for path in FILES if path.suffix == ".py"]


def test_there_is_something_to_look_at():
    assert len(PYTHON) > 50


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_has(what):
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in FILES
        if (match := FORBIDDEN[what].search(path.read_text(encoding="utf-8", errors="replace")))
    ]
    assert not found, "\n".join(found)


def test_no_file_hides_a_second_idea():
    long = [
        f"{path.relative_to(ROOT)}: {count} lines"
        for path in PYTHON
        if str(path.relative_to(ROOT)) not in ONE_TABLE
        and (count := path.read_text(encoding="utf-8").count("\n"))
        > LONGER.get(str(path.relative_to(ROOT)), LINES)
    ]
    assert not long, "\n".join(long)


def test_every_name_says_what_lives_there():
    vague = [
        str(path.relative_to(ROOT))
        for path in PYTHON
        if VAGUE & {path.stem, *(part for part in path.relative_to(ROOT).parts)}
    ]
    assert not vague


def test_every_module_of_the_package_says_what_it_is_for():
    silent = [
        str(path.relative_to(ROOT))
        for path in PYTHON
        if path.is_relative_to(ROOT / "src")
        and not path.read_text(encoding="utf-8").startswith(('"""', 'r"""'))
    ]
    assert not silent
