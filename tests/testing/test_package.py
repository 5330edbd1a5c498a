"""The testing kit is part of the package, and asks for its tools only when they are used."""

from __future__ import annotations

import subprocess
import sys

import pytest

import multistore.testing

WITHOUT_TOOLS = """
import sys
sys.modules["pytest"] = sys.modules["hypothesis"] = None
import multistore.testing
import multistore.testing.faults
assert "multistore.testing.conformance" not in sys.modules
try:
    multistore.testing.StoreConformance
except ImportError as error:
    assert error.name == "pytest", error
else:
    raise AssertionError("the suite came without pytest")
"""


def test_it_imports_without_pytest_and_hypothesis():
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_TOOLS], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_its_names():
    assert multistore.testing.__all__ == ["StoreConformance"]
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        multistore.testing.Nothing  # noqa: B018 - the attribute is the test


def test_a_failing_assert_shows_its_values(tmp_path):
    """Without any set-up in the author's own project."""
    (tmp_path / "test_mine.py").write_text(
        """
import pytest
from multistore.stores.memory import MemoryStore
from multistore.testing import StoreConformance

class TestMine(StoreConformance):
    @pytest.fixture
    def store(self):
        class Mine(MemoryStore):
            def head(self, name, **options):
                return super().head(name, **options)._replace(size=4711)
        return Mine()
"""
    )
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "is_described"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "assert 4711 == 10" in done.stdout
