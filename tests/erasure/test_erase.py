"""erase(): everything of the subject goes, nothing else does, and what is said of it is so."""

from __future__ import annotations

import json

import pytest

from multistore.erasure import signing
from multistore.erasure.fate import Fate
from multistore.erasure.subject import Subject
from multistore.errors import (
    ConflictError,
    InvalidArgumentError,
    NotFoundError,
    RetainedError,
    VetoedError,
)
from multistore.hooks import ObjectErased, ObjectErasing, TenantErased, TenantErasing, Veto
from multistore.ledger import chain
from multistore.ledger.erasures import Erasures
from multistore.ledger.holds import Holds
from multistore.ledger.schema import events
from multistore.stores.base import Ref
from multistore.stores.local import LocalStore
from multistore.stores.memory import MemoryStore
from tests.erasure.estate import everything, put

TWINS = [
    "acme/video/a",
    "acme/video/a/",
    "acme/video/a/b",
    "acme/video/ab",
    "acme/video/a.b",
    "acme/video/\u304c",  # が in one character
    "acme/video/\u304b\u3099",  # and in two: as stored, another name
    "acme/videos/a",
    "acme/attachment/a",
    "acme2/video/a",
    "acm/video/a",
]


def _crowd(store):
    """Each twin with two versions; every other one ends under a delete marker."""
    for number, name in enumerate(TWINS):
        put(store, name, b"old " + name.encode())
        put(store, name, b"new " + name.encode())
        if number % 2:
            store.delete([Ref(name)])


@pytest.mark.parametrize(
    ("subject", "gone"),
    [
        ("acme/video/a", {"acme/video/a"}),
        ("acme/video/a/", {"acme/video/a/", "acme/video/a/b"}),
        ("acme/video/\u304b\u3099", {"acme/video/\u304c"}),  # an address is normalised
        ("acme/video/\u304c", {"acme/video/\u304c"}),
        ("acme/video/", {name for name in TWINS if name.startswith("acme/video/")}),
        ("acme/", {name for name in TWINS if name.startswith("acme/")}),
    ],
)
def test_exactly_the_subject_goes(eraser, memory, subject, gone):
    _crowd(memory)
    kept = [one for one in everything(memory) if one[1] not in gone]
    erasure = eraser(subject, {"memory": memory})
    assert everything(memory) == kept
    assert {fate.item.name for fate in erasure.report.fates} == gone
    assert all(fate.fate is Fate.ERASED for fate in erasure.report.fates)
    before = erasure.certificate.payload["media"][0]["before"]
    assert before["objects"] == 2 * len(gone)
    assert before["delete_markers"] == sum(TWINS.index(name) % 2 for name in gone)


def test_a_tenant_may_keep_a_collection(eraser, memory):
    _crowd(memory)
    kept = [
        one
        for one in everything(memory)
        if not one[1].startswith("acme/") or one[1].startswith("acme/attachment/")
    ]
    subject = Subject.whole_tenant("acme", except_collections={"attachment"})
    eraser(subject, {"memory": memory})
    assert everything(memory) == kept


def test_a_second_run_changes_nothing_and_says_so(eraser, memory):
    _crowd(memory)
    first = eraser("acme/video/a", {"memory": memory}).certificate
    state = everything(memory)
    second = eraser("acme/video/a", {"memory": memory}).certificate
    assert everything(memory) == state
    assert second.complete
    assert second.payload["previous"] == [first.id]
    assert second.payload["media"][0]["before"]["objects"] == 0


def test_a_certificate_verifies_with_the_public_key_alone(eraser, memory):
    put(memory, "acme/video/a")
    certificate = eraser("acme/video/a", {"memory": memory}).certificate
    assert certificate.complete
    key = signing.opened(eraser.home / "signing.pem")
    again = type(certificate).from_json(certificate.to_json())
    again.verify(signing.public_key(signing.public_pem(key.public).encode(), "key"))
    assert (eraser.home / "signing.pem").stat().st_mode & 0o777 == 0o600


def test_an_own_disk_is_no_witness(eraser, tmp_path):
    eraser.witnessed = False
    store = LocalStore("disk", tmp_path / "data")
    put(store, "acme/video/a")
    erasure = eraser("acme/video/a", {"disk": store})
    assert not everything(store)
    assert erasure.certificate.status == "LOGICAL_DELETE"
    assert "not attestable" in erasure.certificate.payload["residual"][0]["why"]


def test_a_dry_run_touches_nothing_and_its_digest_is_the_plan_s(eraser, memory):
    _crowd(memory)
    state = everything(memory)
    dry = eraser("acme/video/", {"memory": memory}, dry_run=True)
    assert everything(memory) == state
    assert dry.certificate is None
    assert not (eraser.home / "signing.pem").exists()
    assert Erasures(eraser.keyring.ledger).finished() == ()
    done = eraser("acme/video/", {"memory": memory}, plan_digest=dry.report.plan.digest)
    assert done.certificate.payload["plan"]["digest"] == dry.report.plan.digest
    again = eraser("acme/video/", {"memory": memory}, plan_digest=dry.report.plan.digest)
    assert again.certificate == done.certificate


@pytest.mark.parametrize("change", ["more", "less", "other"])
def test_a_changed_store_stops_an_approved_plan(eraser, memory, change):
    put(memory, "acme/video/a")
    put(memory, "acme/video/b")
    digest = eraser("acme/video/", {"memory": memory}, dry_run=True).report.plan.digest
    if change == "more":
        put(memory, "acme/video/c")
    elif change == "less":
        (version, *_) = memory.versions.list_versions("acme/video/a")
        memory.delete([Ref(version.name, version.version)])
    else:
        put(memory, "acme/video/a")
    state = everything(memory)
    with pytest.raises(ConflictError, match="PlanChanged"):
        eraser("acme/video/", {"memory": memory}, plan_digest=digest)
    assert everything(memory) == state


def test_a_rewritten_object_is_another_one_where_no_versions_are_kept(eraser):
    store = MemoryStore("plain")
    put(store, "acme/video/a")
    digest = eraser("acme/video/a", {"plain": store}, dry_run=True).report.plan.digest
    put(store, "acme/video/a")
    with pytest.raises(ConflictError):
        eraser("acme/video/a", {"plain": store}, plan_digest=digest)
    assert everything(store)


def test_what_a_writer_adds_meanwhile_is_told_and_left(eraser, memory):
    from multistore.testing.faults import Before, FaultyStore

    put(memory, "acme/video/a")
    faulty = FaultyStore(memory)
    faulty.on("delete", Before(lambda: put(memory, "acme/video/a", b"newer")))
    erasure = eraser("acme/video/a", {"memory": faulty})
    assert erasure.certificate.status == "PARTIAL"
    (left,) = erasure.report.remaining
    assert "written after the plan" in str(left)
    assert [one[3] for one in everything(memory) if one[0] == "object"] == [b"newer"]


def test_a_veto_comes_before_anything_moves(eraser, memory):
    put(memory, "acme/video/a")
    state = everything(memory)

    @eraser.hooks.on(ObjectErasing)
    def guard(event):
        raise Veto(f"an export of {event.subject} is open")

    with pytest.raises(VetoedError, match="export of acme/video/a is open"):
        eraser("acme/video/a", {"memory": memory})
    assert everything(memory) == state
    assert not Erasures(eraser.keyring.ledger).finished()


def test_events_are_told_and_kept(eraser, memory):
    told = []
    for kind in (ObjectErasing, ObjectErased, TenantErasing, TenantErased):
        eraser.hooks.on(kind)(told.append)
    put(memory, "acme/video/a")
    one = eraser("acme/video/a", {"memory": memory}).certificate
    two = eraser("acme/", {"memory": memory}).certificate
    assert [type(event) for event in told] == [
        ObjectErasing,
        ObjectErased,
        TenantErasing,
        TenantErased,
    ]
    assert (told[1].certificate, told[3].certificate) == (one.id, two.id)
    ledger = eraser.keyring.ledger
    with ledger.reading() as connection:
        kinds = [entry.content["kind"] for entry in chain.entries(connection, events)]
    assert kinds.count("erasure-begun") == kinds.count("erasure-finished") == 2


def test_the_plan_s_names_leave_the_ledger_with_its_end(eraser, memory):
    put(memory, "acme/video/secret-name")
    eraser("acme/", {"memory": memory})
    (row,) = Erasures(eraser.keyring.ledger).finished()
    assert row.plan is None
    assert "secret-name" not in json.dumps(row.certificate)


def test_two_people_are_two(eraser, memory):
    with pytest.raises(InvalidArgumentError, match="cannot both"):
        eraser("acme/", {"memory": memory}, validated_by="sato")
    certificate = eraser("acme/", {"memory": memory}, validated_by="suzuki").certificate
    said = certificate.payload["verification"]
    assert (said["performed_by"], said["validated_by"]) == ("sato", "suzuki")


@pytest.mark.parametrize("options", [{"reason": " "}, {"performed_by": ""}])
def test_a_reason_and_a_person_are_needed(eraser, memory, options):
    put(memory, "acme/video/a")
    with pytest.raises(InvalidArgumentError):
        eraser("acme/video/a", {"memory": memory}, **options)
    assert everything(memory)


def test_an_unknown_tenant_is_refused(eraser, memory):
    with pytest.raises(NotFoundError):
        eraser("acme3/", {"memory": memory})


@pytest.mark.parametrize("text", ["acme/video/a b/../c", "acme", "/", "acme//", "ACME/", ""])
def test_no_subject_can_be_read_two_ways(text):
    with pytest.raises(InvalidArgumentError):
        Subject.parse(text)


def test_an_open_prefix_is_refused():
    from multistore.values import Prefix

    with pytest.raises(InvalidArgumentError, match="only begin alike"):
        Subject.prefix(Prefix("acme", "video", "a"))


def test_a_hold_over_the_whole_subject_stops_it(eraser, memory):
    put(memory, "acme/video/a")
    state = everything(memory)
    Holds(eraser.keyring.ledger).place(
        "acme/video/", "case-7", reason="a court asked", placed_by="tanaka"
    )
    with pytest.raises(RetainedError, match=r"case-7.*tanaka"):
        eraser("acme/video/a", {"memory": memory})
    assert everything(memory) == state


def test_a_hold_inside_the_subject_is_left_and_told(eraser, memory):
    _crowd(memory)
    Holds(eraser.keyring.ledger).place(
        "acme/video/a", "case-7", reason="a court asked", placed_by="tanaka"
    )
    kept = [
        one
        for one in everything(memory)
        if not one[1].startswith("acme/") or one[1] == "acme/video/a"
    ]
    erasure = eraser("acme/", {"memory": memory})
    assert everything(memory) == kept
    assert erasure.certificate.status == "PARTIAL"
    assert {fate.item.name for fate in erasure.report.remaining} == {"acme/video/a"}
    assert str(erasure.report.remaining[0]).endswith("by the hold 'case-7'")
    assert erasure.certificate.payload["holds"][0]["name"] == "case-7"


def test_a_hold_that_comes_while_the_eraser_runs_is_obeyed(eraser, memory, monkeypatch):
    from multistore.erasure import deleting
    from multistore.testing.faults import Before, FaultyStore

    monkeypatch.setattr(deleting, "BATCH", 1)
    monkeypatch.setattr(deleting, "IN_FLIGHT", 1)
    for name in ("a", "b", "c"):
        put(memory, f"acme/video/{name}")
    faulty = FaultyStore(memory)
    holds = Holds(eraser.keyring.ledger)
    faulty.on(
        "delete",
        Before(lambda: holds.place("acme/video/b", "now", reason="wait", placed_by="tanaka")),
        call=1,
    )
    erasure = eraser("acme/video/", {"memory": faulty})
    assert {one[1] for one in everything(memory)} == {"acme/video/b"}
    assert erasure.certificate.status == "PARTIAL"
    assert [hold.name for hold in erasure.report.plan.holds] == ["now"]


@pytest.mark.parametrize("make", [lambda _: MemoryStore("plain"), lambda at: LocalStore("d", at)])
def test_an_object_written_anew_right_before_its_deletion_stays_and_is_told(eraser, tmp_path, make):
    """These two delete under a condition, so that nothing fits in between."""
    from multistore.testing.faults import Before, FaultyStore

    store = make(tmp_path / "data")
    for name in ("a", "b"):
        put(store, f"acme/video/{name}")
    faulty = FaultyStore(store)
    faulty.on("delete", Before(lambda: put(store, "acme/video/b", b"newer")), call=1)
    erasure = eraser("acme/", {"plain": faulty})
    assert everything(store) == [("now", "acme/video/b", b"newer")]
    assert erasure.certificate.status == "PARTIAL"
    (fate,) = erasure.report.remaining
    assert "written anew" in str(fate)


def test_a_damaged_object_goes(eraser, tmp_path):
    store = LocalStore("disk", tmp_path / "data")
    put(store, "acme/video/a")
    (file,) = (tmp_path / "data" / "acme").rglob("*.object")
    file.write_bytes(b"damaged")
    assert eraser("acme/", {"disk": store}).report.remaining == ()
    assert not everything(store)
