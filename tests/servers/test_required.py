"""MULTISTORE_REQUIRE: what is asked for must be there, and nothing can be asked for in vain."""

from __future__ import annotations

import pytest

from tests.servers.required import SERVERS, absent, required


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (None, frozenset()),
        ("", frozenset()),
        (" s3 , ceph,", {"s3", "ceph"}),
        ("s3,azure,ceph,postgres,chromium", SERVERS),
    ],
)
def test_what_is_asked_for(monkeypatch, asked, expected):
    monkeypatch.delenv("MULTISTORE_REQUIRE", raising=False)
    if asked is not None:
        monkeypatch.setenv("MULTISTORE_REQUIRE", asked)
    assert required() == expected


def test_a_misspelt_server_stops_the_run(monkeypatch):
    monkeypatch.setenv("MULTISTORE_REQUIRE", "s3,cehp")
    with pytest.raises(pytest.UsageError, match="cehp"):
        required()


def test_an_absent_server_skips_unless_it_is_asked_for(monkeypatch):
    monkeypatch.setenv("MULTISTORE_REQUIRE", "s3")
    with pytest.raises(pytest.skip.Exception, match="no ceph server: radosgw is missing"):
        absent("ceph", "radosgw is missing")
    with pytest.raises(pytest.fail.Exception, match="names s3, but moto is missing"):
        absent("s3", "moto is missing")
