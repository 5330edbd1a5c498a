"""Fixtures for every test. A server module adds itself to ``pytest_plugins``, one line each."""

from __future__ import annotations

import signal

import pytest
from hypothesis import settings

# Before the first import: the server modules import each other.
pytest.register_assert_rewrite("multistore.testing", "tests.servers")

pytest_plugins: list[str] = [
    "tests.servers.fault_proxy",
    "tests.servers.azurite",
    "tests.servers.moto",
    "tests.servers.s3_credentials",
    "tests.servers.scripted",
    "tests.servers.sockets",
    "tests.servers.watched",
    "tests.servers.ceph",  # imports moto's
    "tests.servers.postgres",
    "tests.servers.kms",
    "tests.servers.smtp",
    "tests.servers.chromium",
]

# Timing belongs to the benchmarks: a busy machine must not fail a property.
settings.register_profile("multistore", deadline=None)
settings.load_profile("multistore")


def pytest_configure():
    from tests.servers.required import required

    required()  # a misspelt MULTISTORE_REQUIRE must stop the run, not skip in silence
    # A shell without job control starts what it puts in the background with Ctrl-C ignored, and
    # every process below inherits that: the tests of an interruption would wait for ever.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
