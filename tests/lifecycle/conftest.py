"""A house with three tenants whose names begin alike."""

from __future__ import annotations

import pytest

from tests.lifecycle.house import Clock, opened


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def house(tmp_path, clock):
    house = opened(tmp_path, clock)
    yield house
    house.close()
