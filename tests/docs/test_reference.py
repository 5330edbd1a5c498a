"""The reference says what the code is: signatures, errors, links."""

from __future__ import annotations

import inspect
import re

import pytest

import multistore
from multistore import errors
from tests.docs.blocks import PAGES, ROOT, blocks, name

VERBS = (
    "put",
    "get",
    "read",
    "open",
    "head",
    "exists",
    "list",
    "copy",
    "rename",
    "delete",
    "erase",
)


@pytest.mark.parametrize("verb", VERBS)
def test_the_signature_on_the_page_is_the_method_s(verb):
    shown = blocks(ROOT / f"docs/reference/{verb}.md", "text")[0].text
    arguments = re.search(rf"vault\.{verb}\((.*?)\) ->", shown, re.DOTALL)[1]
    documented = [re.match(r"\w+|\*", argument.strip())[0] for argument in arguments.split(",")]
    parameters = list(inspect.signature(getattr(multistore.Vault, verb)).parameters.values())[1:]
    actual = []
    for parameter in parameters:
        if parameter.kind is parameter.KEYWORD_ONLY and "*" not in actual:
            actual.append("*")
        actual.append(parameter.name)
    assert documented == actual


def test_every_public_method_is_documented():
    text = "".join(page.read_text(encoding="utf-8") for page in PAGES if "reference" in name(page))
    methods = [method for method in vars(multistore.Vault) if not method.startswith("_")]
    missing = [method for method in methods if f"vault.{method}" not in text]
    assert not missing


def test_the_tree_of_errors_is_complete():
    tree = blocks(ROOT / "docs/concepts/errors.md", "text")[0].text
    drawn = set(re.findall(r"\b(\w+Error)\b", tree))
    actual = {
        kind.__name__
        for kind in vars(errors).values()
        if inspect.isclass(kind) and issubclass(kind, errors.MultistoreError)
    }
    builtin = {"FileNotFoundError", "FileExistsError", "PermissionError", "NotImplementedError"}
    assert drawn - builtin - {"ValueError", "RuntimeError"} == actual


@pytest.mark.parametrize("page", PAGES[:4], ids=name)
def test_links_outside_the_site_lead_somewhere(page):
    # Those inside docs/ are held by the strict build.
    for target in re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8")):
        if not target.startswith("https://"):
            assert (page.parent / target).exists(), target
