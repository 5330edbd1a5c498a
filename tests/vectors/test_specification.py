"""The specification and the tests name each other: no requirement without, no idle vector."""

from __future__ import annotations

import ast
import re
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from tests.vectors.test_vectors import NEGATIVE, POSITIVE

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs/spec/object-format.md").read_text(encoding="utf-8")
LABELS = [vector["label"] for vector in POSITIVE + NEGATIVE]
RULE = re.compile(r"^- \*\*([WRM]\d+)\*\*", re.MULTILINE)
ROW = re.compile(r"^\| ([WRM]\d+) \|([^|]*)\|([^|]*)\|$", re.MULTILINE)
ROWS = ROW.findall(TEXT)
NAMED = re.compile(r"`([^`]+)`")


def test_every_rule_has_its_row_and_every_row_its_rule():
    rules = RULE.findall(TEXT)
    assert rules == [rule for rule, _, _ in ROWS]
    assert len(set(rules)) == len(rules) == 19


@pytest.mark.parametrize(("rule", "vectors", "tests"), ROWS, ids=[row[0] for row in ROWS])
def test_what_a_row_names_exists(rule, vectors, tests):
    for pattern in NAMED.findall(vectors):
        assert any(fnmatchcase(label, pattern) for label in LABELS), pattern
    named = NAMED.findall(tests)
    assert named, "no test"
    for name in named:
        path, function = name.split("::")
        tree = ast.parse((ROOT / "tests" / path).read_text(encoding="utf-8"))
        assert function in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_every_vector_proves_a_rule():
    patterns = [p for _, vectors, _ in ROWS for p in NAMED.findall(vectors)]
    lost = [label for label in LABELS if not any(fnmatchcase(label, p) for p in patterns)]
    assert not lost


def test_the_numbers_of_the_text_are_those_of_the_code():
    from multistore.sealing import framing, header, metadata

    assert header.MAGIC.hex(" ").upper() in TEXT
    for number in (framing.HEADER_BYTES, framing.CHUNK_LOG2_LEAST, framing.CHUNK_LOG2_MOST):
        assert str(number) in TEXT
    assert f"{metadata.MOST_CHARACTERS:,} characters" in TEXT
    assert f"k = {framing.CHUNK_LOG2}," in TEXT
