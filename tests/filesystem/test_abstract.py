"""fsspec's own suites, on every kind of store."""

from __future__ import annotations

import itertools

import pytest
from fsspec.tests import abstract

_names = itertools.count()


class _Fixtures(abstract.AbstractFixtures):
    @pytest.fixture
    def fs(self, each_fs):
        return each_fs

    @pytest.fixture
    def fs_join(self):
        return lambda *parts: "/".join(parts)

    @pytest.fixture
    def fs_path(self):
        return f"acme/video/suite-{next(_names)}"

    @pytest.fixture
    def supports_empty_directories(self):
        return False


class TestCopy(abstract.AbstractCopyTests, _Fixtures):
    pass


class TestGet(abstract.AbstractGetTests, _Fixtures):
    pass


class TestPut(abstract.AbstractPutTests, _Fixtures):
    pass


class TestOpen(abstract.AbstractOpenTests, _Fixtures):
    pass


class TestPipe(abstract.AbstractPipeTests, _Fixtures):
    pass
