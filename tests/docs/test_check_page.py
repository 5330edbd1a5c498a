"""The pages on the check say what the check is: its rules, its codes, its permissions."""

from __future__ import annotations

import json
import re

import pytest

from multistore.compliance.model import Status
from multistore.compliance.report import forms, master
from multistore.compliance.rules import all_rules
from tests.compliance.reports import TROUBLED
from tests.docs.blocks import ROOT, blocks
from tests.docs.generated import ACTION, WRITTEN

TEXT = (ROOT / "docs/reference/check.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.name)
def test_what_is_generated_is_as_the_code_is_now(path):
    text = path.read_text(encoding="utf-8")
    assert WRITTEN[path](text) == text, "run python -m tests.docs.generated"


@pytest.mark.parametrize("status", Status)
def test_every_status_is_explained(status):
    assert f"| `{status.value}` |" in TEXT


@pytest.mark.parametrize("form", forms.Form.__args__)
def test_every_form_is_explained(form):
    assert f"| `{form}` |" in TEXT


def test_every_member_of_the_json_is_explained():
    section = TEXT.partition("The members of `report`")[2].partition("\nThe digest")[0]
    body = master.document(TROUBLED)
    names = {*body, *body["population"], *body["clock"][0], *body["resources"][0]}
    names |= {*body["copies"][0], *body["findings"][0], *body["findings"][0]["evidence"]}
    assert {name for name in names if f"`{name}`" not in section} == set()


def test_the_exit_codes_are_all_there():
    section = TEXT.partition("## Exit codes")[2].partition("\n## ")[0]
    assert re.findall(r"^\| (\d) \|", section, re.MULTILINE) == ["0", "1", "2", "3", "4"]


def _policy():
    (block,) = blocks(ROOT / "docs/howto/ci.md", "json")
    (statement,) = json.loads(block.text)["Statement"]
    return statement["Action"]


def test_the_policy_grants_what_every_rule_needs():
    needed = {action for rule in all_rules() for action in ACTION.findall(rule.permission)}
    assert len(needed) > 40
    assert {one for one in needed if not one.startswith("azure:")} <= set(_policy())


def test_the_policy_cannot_change_anything():
    assert _policy() == sorted(set(_policy()))
    assert all(re.fullmatch(r"[a-z0-9-]+:(Get|List|Describe)[A-Za-z]+", one) for one in _policy())
