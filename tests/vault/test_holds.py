"""A hold is honoured by every verb that could destroy, on every kind of store."""

from __future__ import annotations

import pytest

import multistore
from multistore import IfMatch, OutcomeStatus, PutMode
from multistore.errors import AlreadyExistsError, ErasureError, NotFoundError, RetainedError

HELD = "acme/video/case/evidence"


def _put_over(vault):
    vault.put(HELD, b"other")


def _put_if_match(vault):
    vault.put(HELD, b"other", mode=IfMatch(vault.head(HELD).etag))


def _copy_over(vault):
    vault.put("acme/video/free", b"other")
    vault.copy("acme/video/free", HELD)


def _copy_over_from_elsewhere(vault):
    vault.put("acme2/video/free", b"other")
    vault.copy("acme2/video/free", HELD)


def _rename_over(vault):
    vault.put("acme/video/free", b"other")
    vault.rename("acme/video/free", HELD, mode=PutMode.OVERWRITE)


def _rename_away(vault):
    vault.rename(HELD, "acme/video/elsewhere")


def _delete(vault):
    vault.delete(HELD)


def _erase(vault):
    vault.erase(HELD, reason="asked")


VERBS = [
    _put_over,
    _put_if_match,
    _copy_over,
    _copy_over_from_elsewhere,
    _rename_over,
    _rename_away,
    _delete,
    _erase,
]


@pytest.fixture
def held(vault):
    vault.put(HELD, b"evidence")
    vault.put("acme/video/caselaw", b"not held")
    vault.holds.place("acme/video/case/", "case-7", reason="a court asked", placed_by="tanaka")
    return vault


@pytest.mark.parametrize("verb", VERBS)
def test_no_verb_destroys_what_is_held(held, verb):
    with pytest.raises(RetainedError, match=r"case-7.*tanaka.*a court asked"):
        verb(held)
    assert held.read(HELD) == b"evidence"
    assert not held.exists("acme/video/elsewhere")


def test_many_are_deleted_but_for_those_held(held):
    with pytest.raises(ErasureError) as caught:
        held.delete_many([HELD, "acme/video/caselaw"])
    (kept,) = caught.value.remaining
    assert (kept.name, kept.status, kept.code) == (HELD, OutcomeStatus.RETAINED, "Held")
    assert held.exists(HELD)
    assert not held.exists("acme/video/caselaw")


def test_a_larger_erasure_leaves_what_is_held_and_says_so(held):
    with pytest.raises(ErasureError, match="case-7") as caught:
        held.erase("acme/", reason="asked")
    assert [fate.item.name for fate in caught.value.remaining] == [HELD]
    assert [entry.key for entry in held.list("acme/video/")] == ["case/evidence"]
    (certificate,) = held.erasing.certificates()
    assert certificate.status == "PARTIAL"


def test_what_is_not_there_yet_may_be_written(held):
    held.put("acme/video/case/more", b"more evidence")
    assert held.read("acme/video/case/more") == b"more evidence"
    with pytest.raises(RetainedError):
        held.put("acme/video/case/more", b"less")
    with pytest.raises(AlreadyExistsError):
        held.put("acme/video/case/more", b"less", mode=PutMode.CREATE)


def test_neighbours_are_free(held):
    held.put("acme/video/caselaw", b"changed")
    held.delete("acme/video/caselaw")
    held.put("acme2/video/case/evidence", b"another tenant")
    held.delete("acme2/video/case/evidence")


def test_a_released_hold_binds_nobody_and_stays_on_record(held):
    held.holds.release("acme", "case-7", reason="the case is closed", released_by="suzuki")
    held.delete(HELD)
    assert held.holds.list("acme") == ()
    (hold,) = held.holds.list("acme", released=True)
    assert (hold.placed_by, hold.released_by, hold.release_reason) == (
        "tanaka",
        "suzuki",
        "the case is closed",
    )
    with pytest.raises(NotFoundError):
        held.holds.release("acme", "case-7", reason="again", released_by="suzuki")


def test_a_hold_before_the_first_put_is_honoured(estate):
    with estate.open() as vault:
        vault.holds.place("acme/", "all", reason="audit", placed_by="tanaka")
        vault.put("acme/video/a", b"first")
        with pytest.raises(RetainedError):
            vault.delete("acme/video/a")


def test_another_vault_obeys_an_erasure_s_hold_at_once(estate):
    with estate.open() as one, estate.open() as two:
        one.put(HELD, b"evidence")
        two.read(HELD)
        one.holds.place("acme/", "all", reason="audit", placed_by="tanaka")
        with pytest.raises(RetainedError):
            two.erase("acme/video/", reason="asked")
        two._keyring.drop()  # as the end of the 300 s does
        with pytest.raises(RetainedError):
            two.delete(HELD)


def test_a_tenant_without_holds_costs_no_query(vault, monkeypatch):
    from multistore.ledger.ledger import Ledger

    vault.put("acme/video/a", b"1")
    vault.put("acme/video/b", b"1")

    def forbidden(_):
        raise AssertionError("the ledger was asked")

    monkeypatch.setattr(Ledger, "reading", forbidden)
    vault.put("acme/video/a", b"2")
    vault.delete("acme/video/a")
    vault.delete_many(["acme/video/b"])


def test_the_api_of_the_readme(vault):
    vault.put("acme/video/lesson.mp4", b"lesson")
    certificate = vault.erase("acme/video/lesson.mp4", reason="requested by the customer")
    assert certificate.status in {"COMPLETE", "LOGICAL_DELETE"}
    assert not vault.exists("acme/video/lesson.mp4")
    assert vault.erasing.certificate(certificate.id[:8]) == certificate
    plan = vault.plan_erasure("acme/video/")
    assert plan.items == ()
    with pytest.raises(multistore.InvalidArgumentError):
        vault.erase("acme", reason="a tenant is written with its slash")
