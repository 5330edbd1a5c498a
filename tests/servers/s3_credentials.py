"""An S3 server's keys, where ``env:MSTEST`` finds them."""

from __future__ import annotations

import pytest


@pytest.fixture
def s3_credentials(monkeypatch):
    """Put a server's keys where ``env:MSTEST`` finds them; return the function that does it."""

    def use(server):
        monkeypatch.setenv("MSTEST_ACCESS_KEY_ID", server.access_key)
        monkeypatch.setenv("MSTEST_SECRET_ACCESS_KEY", server.secret_key)
        return "env:MSTEST"

    return use
