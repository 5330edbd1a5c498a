"""Every python block of every document runs, page by page, in the order in which it is read."""

from __future__ import annotations

import pytest

import multistore
from tests.docs.blocks import blocks, name, pages_with


@pytest.mark.parametrize("page", pages_with("python"), ids=name)
def test_the_page_runs(page, workplace):
    namespace = {}
    for block in blocks(page, "python"):
        # Blank lines before the block, so that a traceback shows the page's own line.
        source = "\n" * (block.line - 1) + block.text
        exec(compile(source, str(page), "exec"), namespace)
    for value in namespace.values():
        if isinstance(value, multistore.Vault):
            value.close()
