"""The estate that each test of the vault runs on: one of each kind of store."""

from __future__ import annotations

import pytest

from tests.vault.estate import KINDS

MARKS = {"s3": [pytest.mark.s3], "azure": [pytest.mark.azure]}


@pytest.fixture(params=[pytest.param(kind, marks=MARKS.get(kind, [])) for kind in KINDS])
def estate(request, tmp_path):
    return KINDS[request.param](tmp_path, request)


@pytest.fixture
def vault(estate):
    with estate.open() as vault:
        yield vault
