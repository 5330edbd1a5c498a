"""Every copy that Azure can keep, on a service that keeps it as Microsoft's pages say.

For each class: it goes and the certificate is COMPLETE; or it is kept, and the certificate says by
what and until when; or the service lies about it, and no COMPLETE is issued.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from multistore.holding import Holds
from multistore.hooks import Hooks
from multistore.stores.azure import client as azure_client
from multistore.stores.base import Ref
from multistore.testing.azure_account import Account
from multistore.testing.azure_service import AzureService
from tests.erasure.estate import put
from tests.stores.azure_case import KEY, store_at

NAME = "acme/video/a"


class Clock:
    def __init__(self):
        self.now = datetime.now(UTC)

    def __call__(self):
        return self.now


@pytest.fixture
def served(monkeypatch):
    """Give a function that makes an account, its service and a store of it."""
    monkeypatch.setenv("TOKYO_ACCOUNT_KEY", KEY)
    monkeypatch.setattr(azure_client, "RETRIES", 0)
    running = []

    def make(kind=Account, **settings):
        account = kind(clock=Clock(), **settings)
        service = AzureService(account)
        service.__enter__()
        store = store_at(service.url, versions=True)
        running.append((store, service))
        return account, service, store

    yield make
    for store, service in running:
        store.close()
        service.__exit__(None)


def fill(account, store):
    """Two writes, two snapshots, blocks that were never committed; and a twin of another tenant."""
    for name in (NAME, "acme2/video/a"):
        put(store, name, b"old")
        account.snapshot(name)
        put(store, name, b"new")
        account.snapshot(name)
        account.blocks[f"{name}-blocks"] = {"MDAx": b"never committed"}


def left(account, tenant="acme/"):
    kept = [
        ("soft " if copy.deleted else "") + ("snapshot" if copy.snapshot else "object")
        for copy, _ in account.copies()
        if copy.name.startswith(tenant)
    ]
    return sorted([*kept, *("blocks" for name in account.blocks if name.startswith(tenant))])


@pytest.mark.parametrize("versioning", [True, False])
def test_everything_goes_at_once_where_nothing_is_kept(eraser, served, versioning):
    account, service, store = served(versioning=versioning)
    fill(account, store)
    twin = left(account, "acme2/")
    certificate = eraser("acme/video/", {"main": store}).certificate
    assert certificate.complete
    assert left(account) == []
    assert left(account, "acme2/") == twin
    assert not any("deletetype" in target and "blocks" not in target for _, target in service.asked)


def test_soft_deleted_versions_and_snapshots_go_for_good_where_that_is_allowed(eraser, served):
    account, service, store = served(soft_delete_days=7, permanent_delete=True)
    fill(account, store)
    certificate = eraser("acme/video/", {"main": store}).certificate
    assert certificate.complete
    assert left(account) == []
    forever = [target for _, target in service.asked if "deletetype=permanent" in target.lower()]
    assert forever
    assert all("versionid=" in target or "snapshot=" in target for target in forever)


def test_where_it_is_not_allowed_they_are_kept_and_the_date_is_told(eraser, served):
    account, _, store = served(soft_delete_days=7)
    fill(account, store)
    first = eraser("acme/video/", {"main": store})
    assert first.certificate.status == "PENDING"
    told = {fate.item.kind: str(fate) for fate in first.report.remaining}
    assert all(text.startswith("soft-deleted until 20") for text in told.values())
    until = datetime.fromisoformat(first.certificate.payload["reissue_at"])
    assert account.clock() + timedelta(days=7) <= until <= account.clock() + timedelta(days=9)
    account.clock.now += timedelta(days=8)
    last = eraser("acme/video/", {"main": store}).certificate
    assert last.complete
    assert last.payload["previous"] == [first.certificate.id]
    assert left(account) == []


def test_a_soft_deleted_base_without_versions_cannot_go_for_good(eraser, served):
    """Only versions and snapshots can; what an overwriting left is such a snapshot."""
    account, _, store = served(versioning=False, soft_delete_days=7, permanent_delete=True)
    put(store, NAME, b"old")
    put(store, NAME, b"new")
    assert left(account) == ["object", "soft snapshot"]
    certificate = eraser(NAME, {"main": store}).certificate
    assert certificate.status == "PENDING"
    assert left(account) == ["soft object"]
    account.clock.now += timedelta(days=8)
    assert eraser(NAME, {"main": store}).certificate.complete


def test_a_policy_keeps_a_version_until_its_date(eraser, served):
    account, _, store = served(immutability=True)
    put(store, NAME, b"old")
    until = account.clock().replace(microsecond=0) + timedelta(days=3)
    account.set_policy(account.find(NAME, None, None), until, "Locked")
    put(store, NAME, b"new")
    erasure = eraser(NAME, {"main": store})
    (fate,) = erasure.report.remaining
    assert str(fate).casefold() == (
        f"retained until {until:%Y-%m-%dT%H:%M:%SZ} by the service's lock (locked)".casefold()
    )
    assert erasure.certificate.status == "PENDING"
    account.clock.now += timedelta(days=4)
    assert eraser(NAME, {"main": store}).certificate.complete


def test_a_legal_hold_that_is_not_ours_is_told(eraser, served):
    account, _, store = served(immutability=True)
    put(store, NAME, b"old")
    account.set_hold(account.find(NAME, None, None), on=True)
    erasure = eraser(NAME, {"main": store})
    assert erasure.certificate.status == "PARTIAL"
    (fate,) = erasure.report.remaining
    assert "legal hold of the service, which no hold of this ledger explains" in str(fate)


def test_our_holds_are_set_and_lifted_there(eraser, served):
    account, _, store = served(immutability=True)
    fill(account, store)
    foreign = account.find("acme/video/a", None, None)
    account.set_hold(foreign, on=True)
    put(store, NAME, b"newest")
    holds = Holds(eraser.keyring, Hooks(), lambda: {"main": store})
    holds.place("acme/video/", "case", reason="a court asked", placed_by="tanaka")
    held = [copy for copy, _ in account.copies() if copy.hold]
    assert len(held) == 3
    assert all(copy.name == NAME for copy in held)
    holds.release("acme", "case", reason="over", released_by="tanaka")
    assert [copy for copy, _ in account.copies() if copy.hold] == [foreign]


def test_a_container_that_was_not_made_for_it_is_sent_no_hold(eraser, served):
    _, service, store = served()
    put(store, NAME)
    holds = Holds(eraser.keyring, Hooks(), lambda: {"main": store})
    holds.place("acme/video/", "case", reason="a court asked", placed_by="tanaka")
    assert not any("legalhold" in target for _, target in service.asked)


def test_a_write_in_between_stays(served):
    """Without versions: If-Match decides."""
    account, _, store = served(versioning=False)
    put(store, NAME, b"old")
    (seen,) = store.versions.list_versions("")
    put(store, NAME, b"new")
    (outcome,) = store.delete([Ref(NAME, seen.version, seen.etag)])
    assert outcome.status == "changed"
    assert account.find(NAME, None, None).data == b"new"


class Lying(Account):
    """Says that it deleted what it keeps."""

    keeps = None

    def _drop(self, copy):
        if self.keeps != ("snapshot" if copy.snapshot else "version"):
            super()._drop(copy)

    def _delete_for_good(self, copy):
        if self.keeps != "soft-deleted":
            super()._delete_for_good(copy)

    def _delete_base(self, name, snapshots, if_match, *, permanent):
        if self.keeps != "base":
            super()._delete_base(name, snapshots, if_match, permanent=permanent)


@pytest.mark.parametrize(
    ("keeps", "settings", "status"),
    [
        (None, {"soft_delete_days": 7, "permanent_delete": True}, "COMPLETE"),
        ("version", {}, "PARTIAL"),
        ("snapshot", {}, "PARTIAL"),
        ("snapshot", {"versioning": False}, "PARTIAL"),
        ("base", {"versioning": False}, "PARTIAL"),
        ("soft-deleted", {"soft_delete_days": 7, "permanent_delete": True}, "PENDING"),
    ],
)
def test_a_service_that_lies_gets_no_complete(eraser, served, keeps, settings, status):
    account, _, store = served(Lying, **settings)
    account.keeps = keeps
    fill(account, store)
    certificate = eraser("acme/video/", {"main": store}).certificate
    assert certificate.status == status, certificate.payload["residual"]
    assert bool(left(account)) == (keeps is not None)


def test_blocks_that_stay_are_told(eraser, served):
    class Keeping(dict):
        def pop(self, *_):
            return None

    account, _, store = served()
    put(store, NAME)
    account.blocks = Keeping({"acme/video/b": {"MDAx": b"never committed"}})
    certificate = eraser("acme/video/", {"main": store}).certificate
    assert certificate.status == "PARTIAL"
    assert any("upload acme/video/b" in one["what"] for one in certificate.payload["residual"])
