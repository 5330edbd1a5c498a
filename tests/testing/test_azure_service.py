"""The played Azure keeps the protocol, and refuses what it does not know."""

from __future__ import annotations

import urllib.error
import urllib.request

import pytest
from tests.stores.azure_case import KEY, SMALL, store_at

from multistore.stores.base import Body
from multistore.testing.azure_account import Account, Refused
from multistore.testing.azure_service import AzureService
from multistore.testing.conformance.conditions import Conditions
from multistore.testing.conformance.deleting import Deleting
from multistore.testing.conformance.reading import Reading
from multistore.values import PutMode


class TestAzureServiceKeepsTheProtocol(Conditions, Deleting, Reading):
    """What does not depend on copies is as with any store."""

    writers = 8

    @pytest.fixture(params=[False, True], ids=["plain", "versioned"])
    def store(self, request, monkeypatch):
        monkeypatch.setenv("TOKYO_ACCOUNT_KEY", KEY)
        self.account = Account(versioning=request.param)
        with AzureService(self.account) as service:
            store = store_at(service.url, versions=request.param, limits=SMALL)
            yield store
            store.close()

    def raw_read(self, store, name):
        try:
            return self.account.find(name, None, None).data
        except Refused:
            return None

    def raw_write(self, store, name, data):
        self.account.write(name, data, content_type="text/plain", metadata={})


@pytest.fixture
def served():
    with AzureService(Account()) as service:
        yield service


@pytest.mark.parametrize(
    ("target", "headers", "status"),
    [
        ("/box/a", {}, 401),
        ("/box/a", {"Authorization": "x"}, 400),
        ("/box/a?comp=tags", {"Authorization": "x", "x-ms-version": "2024-11-04"}, 400),
        ("/box/a?newthing=1", {"Authorization": "x", "x-ms-version": "2024-11-04"}, 400),
        ("/box/a", {"Authorization": "x", "x-ms-version": "2024-11-04"}, 404),
    ],
)
def test_what_it_does_not_know_it_refuses(served, target, headers, status):
    asked = urllib.request.Request(f"{served.url}{target}", headers=headers)
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(asked)
    assert caught.value.code == status
    caught.value.close()


def test_undelete_brings_back_what_soft_delete_keeps(monkeypatch):
    monkeypatch.setenv("TOKYO_ACCOUNT_KEY", KEY)
    account = Account(versioning=False, soft_delete_days=7)
    with AzureService(account) as service:
        store = store_at(service.url, versions=True)
        store.put("a", Body([b"one"], 1 + 2), mode=PutMode.OVERWRITE)
        account.delete("a")
        with pytest.raises(Refused):
            account.find("a", None, None)
        account.undelete("a")
        assert store.head("a").size == 3
        store.close()


def test_a_locked_policy_is_only_extended():
    from datetime import timedelta

    account = Account(immutability=True)
    made = account.write("a", b"1", content_type="text/plain", metadata={})
    now = account.clock()
    account.set_policy(made, now + timedelta(days=2), "Locked")
    for until, mode in ((now + timedelta(days=1), "Locked"), (now + timedelta(days=3), "Unlocked")):
        with pytest.raises(Refused, match="BlobImmutableDueToPolicy"):
            account.set_policy(made, until, mode)
    account.set_policy(made, now + timedelta(days=3), "Locked")
    account.delete("a")
    with pytest.raises(Refused, match="BlobImmutableDueToPolicy"):
        account.delete("a", version=made.version)
