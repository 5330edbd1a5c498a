"""Leave one copy behind, of each class in turn: no COMPLETE is issued, and the copy is named.

Each test first shows that the same erasure without the fault is COMPLETE.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from multistore.erasure.subject import Subject
from multistore.keys import closing, ending, rolling
from multistore.keys.kms.base import MasterKey, MasterKeyState
from multistore.ledger.schema import TenantState
from multistore.stores.base import Capability, Ref, Upload, Version
from multistore.stores.memory import MemoryStore
from multistore.testing.faults import FaultyStore
from multistore.values import Outcome, OutcomeStatus
from tests.erasure.estate import put

NAME = "acme/video/a"


class Leaky(FaultyStore):
    """A store that says it deleted everything, and keeps one class of copies.

    It also has the classes that memory does not: uploads, snapshots, soft-deleted copies.
    """

    def __init__(self, inner, keeps=None):
        super().__init__(inner)
        self.keeps = keeps
        self.open = {Upload(NAME, "upload-1", None)}
        self.extra = {
            Version(NAME, "snapshot:1", 5, datetime.now(UTC), latest=False, kind="snapshot"),
            Version(NAME, "deleted:1", 5, datetime.now(UTC), latest=False, kind="soft-deleted"),
        }

    @property
    def capabilities(self):
        return self.inner.capabilities | {Capability.UPLOADS}

    @property
    def versions(self):
        return self

    @property
    def uploads(self):
        return self

    def list_versions(self, prefix):
        yield from self.inner.versions.list_versions(prefix)
        yield from (one for one in self.extra if one.name.startswith(prefix))

    def list_uploads(self, prefix):
        return iter([one for one in self.open if one.name.startswith(prefix)])

    def abort(self, upload):
        if self.keeps != "upload":
            self.open.discard(upload)

    def delete(self, refs):
        kinds = {one.version: one.kind for one in self.list_versions("")}
        gone = [ref for ref in refs if kinds.get(ref.version) != self.keeps]
        mine = {one.version: one for one in self.extra}
        for ref in gone:
            self.extra.discard(mine.get(ref.version))
        self.inner.delete([ref for ref in gone if ref.version not in mine])
        return [Outcome(ref.name, ref.version, OutcomeStatus.DELETED) for ref in refs]


def _store(keeps=None):
    memory = MemoryStore("one", versioned=True)
    put(memory, NAME, b"old")
    put(memory, NAME, b"new")
    memory.delete([Ref(NAME)])
    return Leaky(memory, keeps)


def test_without_a_fault_it_is_complete(eraser):
    certificate = eraser(NAME, {"one": _store()}).certificate
    assert certificate.status == "COMPLETE"
    assert certificate.payload["residual"] == []
    before = certificate.payload["media"][0]["before"]
    kinds = ("objects", "delete_markers", "snapshots", "soft_deleteds", "uploads")
    assert [before[kind] for kind in kinds] == [2, 1, 1, 1, 1]


@pytest.mark.parametrize("keeps", ["object", "delete-marker", "snapshot", "upload"])
def test_a_copy_left_behind_is_told(eraser, keeps):
    certificate = eraser(NAME, {"one": _store(keeps)}).certificate
    assert certificate.status == "PARTIAL"
    residual = certificate.payload["residual"]
    assert all(keeps in one["what"] for one in residual)
    assert all("still shows it" in one["why"] for one in residual)
    medium = certificate.payload["media"][0]
    assert medium["after"][f"{keeps.replace('-', '_')}s"] >= 1


def test_a_soft_deleted_copy_is_pending(eraser):
    certificate = eraser(NAME, {"one": _store("soft-deleted")}).certificate
    assert certificate.status == "PENDING"
    (left,) = certificate.payload["residual"]
    assert left["why"].startswith("soft-deleted until")


def test_a_second_store_is_looked_at(eraser):
    certificate = eraser(NAME, {"one": _store(), "two": _store("object")}).certificate
    assert certificate.status == "PARTIAL"
    assert all(one["what"].startswith("two:") for one in certificate.payload["residual"])


def test_a_store_that_cannot_be_listed_is_not_empty(eraser):
    from multistore.errors import UnavailableError
    from multistore.testing.faults import Before

    def silent():
        raise UnavailableError("no answer within 60 s", code="RequestTimeout")

    two = FaultyStore(MemoryStore("two", versioned=True))
    two.on("list", Before(silent))
    certificate = eraser(NAME, {"one": _store(), "two": two}).certificate
    assert certificate.status == "PARTIAL"
    assert "RequestTimeout" in certificate.payload["residual"][0]["why"]
    counts = {m["store"]: m["after"]["objects"] for m in certificate.payload["media"]}
    assert counts == {"one": 0, "two": None}


class Witness:
    """The local key service, as if somebody else ran it; it may lie about one key."""

    attestable = True
    says = None

    def __init__(self, inner):
        self.inner = inner

    def __getattr__(self, name):
        return getattr(self.inner, name)

    def describe(self, key_id):
        if self.says and self.says[0] == key_id:
            return MasterKey(key_id, self.says[1], "here")
        return self.inner.describe(key_id)


@pytest.fixture
def leaving(eraser):
    """A tenant whose keys are gone by the book: closed, rolled, destroyed."""
    ring = eraser.keyring
    ring.kms = Witness(ring.kms)
    ring.for_sealing("acme", "video")
    ring.for_sealing("acme2", "video")
    return eraser


def _end(ring, *, roll=True):
    closing.close_tenant(ring, "acme", reason="the contract ended")
    if roll:
        backup = ring.ledger.address.file.with_name("keys.backup")
        rolling.roll(ring, backup=backup, soak=timedelta(0))
    closing.destroy_tenant(ring, "acme", reason="60 days have passed")
    ending.settle(ring, datetime.now(UTC) + timedelta(days=400))


def _kek_states(certificate):
    return {kek["kind"]: kek["probe"] for kek in certificate.payload["kek_destruction"]}


def test_a_tenant_by_the_book_is_complete(leaving):
    _end(leaving.keyring)
    store = _store()
    certificate = leaving("acme/", {"one": store}).certificate
    assert _kek_states(certificate) == {"epoch": "destroyed", "closing": "destroyed"}
    assert certificate.status == "COMPLETE", certificate.payload["residual"]
    assert certificate.payload["standard"]["method"] == "purge"
    assert leaving.keyring.ledger.tenants.get("acme").state is TenantState.ERASING
    leaving.keyring.for_sealing("acme2", "video")  # the others live on


def test_a_backup_of_the_ledger_still_opens_before_the_next_roll(leaving):
    _end(leaving.keyring, roll=False)
    certificate = leaving("acme/", {"one": _store()}).certificate
    assert certificate.status == "PENDING"
    assert _kek_states(certificate)["epoch"] == "enabled"
    assert "backup of the ledger" in certificate.payload["residual"][0]["why"]


@pytest.mark.parametrize("state", [MasterKeyState.ENABLED, MasterKeyState.PENDING_DESTRUCTION])
def test_the_key_service_has_the_last_word(leaving, state):
    _end(leaving.keyring)
    kek = leaving("acme/", {"one": _store()}, dry_run=True)
    assert kek.certificate is None
    from sqlalchemy import select

    from multistore.ledger.schema import keks

    with leaving.keyring.ledger.reading() as connection:
        row = connection.execute(select(keks).where(keks.c.kind == "closing")).one()
    leaving.keyring.kms.says = (row.kms_key_id, state)
    certificate = leaving("acme/", {"one": _store()}).certificate
    assert certificate.status == "PENDING"
    assert str(state) in certificate.payload["residual"][0]["why"]


def test_local_key_files_are_never_complete(leaving):
    leaving.keyring.kms = leaving.keyring.kms.inner
    _end(leaving.keyring)
    certificate = leaving("acme/", {"one": _store()}).certificate
    assert certificate.status == "LOGICAL_DELETE"
    assert "not attestable" in certificate.payload["residual"][0]["why"]


def test_a_tenant_under_contract_keeps_its_keys_and_the_certificate_says_so(leaving):
    certificate = leaving("acme/", {"one": _store()}).certificate
    assert certificate.status == "PENDING"
    assert any(
        "not destroyed: the tenant is active" in one["why"]
        for one in certificate.payload["residual"]
    )


def test_a_collection_that_survives_is_named(leaving):
    leaving.keyring.for_sealing("acme", "access-log")
    closing.close_tenant(
        leaving.keyring, "acme", reason="the contract ended", surviving=["access-log"]
    )
    store = _store()
    put(store.inner, "acme/access-log/1")
    subject = Subject.whole_tenant("acme", except_collections={"access-log"})
    certificate = leaving(subject, {"one": store}).certificate
    assert any("access-log" in one["what"] for one in certificate.payload["residual"])
    assert {key["collection"] for key in certificate.payload["keys"]} == {"video"}
    assert [entry.name for entry in store.list("")] == ["acme/access-log/1"]
