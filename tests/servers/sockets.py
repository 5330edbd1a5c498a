"""Sockets that an SDK leaves to the garbage collector when its call is interrupted."""

from __future__ import annotations

import gc
import warnings

import pytest


@pytest.fixture
def abandoned_sockets():
    """Collect them with the test that left them: later they would fail somebody else's."""
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()
