"""Which servers must be there: a missing one skips, unless the caller insists on it."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest

SERVERS = frozenset({"s3", "azure", "ceph", "postgres", "chromium"})


def absent(server: str, reason: str) -> NoReturn:
    """Skip what needs this server, or fail where MULTISTORE_REQUIRE names it.

    Call it from a session fixture that could not start its server. ``reason`` says what is
    missing and how to install it.
    """
    if server in required():
        pytest.fail(f"MULTISTORE_REQUIRE names {server}, but {reason}", pytrace=False)
    pytest.skip(f"no {server} server: {reason}")


def required() -> frozenset[str]:
    """Read ``MULTISTORE_REQUIRE=s3,azure,…``; a name that no server has is an error."""
    asked = os.environ.get("MULTISTORE_REQUIRE", "").split(",")
    names = frozenset(name.strip() for name in asked if name.strip())
    if unknown := names - SERVERS:
        raise pytest.UsageError(
            f"MULTISTORE_REQUIRE names {', '.join(sorted(unknown))}; "
            f"the servers are {', '.join(sorted(SERVERS))}"
        )
    return names
