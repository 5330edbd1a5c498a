"""One estate for all tests of the check: buckets are made by name and never shared."""

from __future__ import annotations

import os

import pytest

from tests.compliance.estate import CREDENTIALS, estate
from tests.servers import moto


@pytest.fixture
def quiet_environment(monkeypatch, tmp_path):
    """Take away what the environment of this machine says of AWS, and name the estate's keys."""
    for name in list(os.environ):
        foreign = name.endswith("_CA_BUNDLE") or name.lower().endswith("_proxy")
        if foreign or name.startswith(("AWS_", "AZURE_", "SSL_CERT_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv(f"{CREDENTIALS}_ACCESS_KEY_ID", moto.ACCESS_KEY)
    monkeypatch.setenv(f"{CREDENTIALS}_SECRET_ACCESS_KEY", moto.SECRET_KEY)


@pytest.fixture(scope="session")
def the_estate():
    with estate() as made:
        yield made
