"""Foreign files beside a tenant's objects are named, are left, and stand in the way of COMPLETE."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from multistore.erasure import inventory
from multistore.erasure.subject import Subject
from multistore.errors import AccessDeniedError
from multistore.stores.local import LocalStore
from multistore.testing.faults import FaultyStore
from tests.erasure.estate import everything, put


@pytest.fixture
def disk(tmp_path):
    store = LocalStore("disk", tmp_path / "data")
    for name in ("acme/video/a", "acme/video/sub/b", "acme/access-log/1", "acme2/video/a"):
        put(store, name)
    return store


def _found(store, subject):
    seen = inventory.take(Subject.parse(subject), {"disk": store})
    assert seen.unseen == ()
    return [(one.what, one.path) for one in seen.foreign]


def test_a_store_alone_with_itself_has_none(disk):
    disk.delete([])
    assert list(disk.strays.list_strays("")) == []
    assert _found(disk, "acme/") == []


def test_every_kind_is_seen_and_no_object_is_taken_for_one(disk, tmp_path):
    root = tmp_path / "data" / "acme"
    (root / "notes.txt").write_bytes(b"12345")
    (root / "video" / ".hidden").mkdir()
    (root / "video" / ".hidden" / "copy.object").write_bytes(b"1")
    (root / "video" / "sub" / ".empty").mkdir()
    (root / "video" / "yamada" / "2026").mkdir(parents=True)
    (root / "video" / "elsewhere").symlink_to(tmp_path)
    (root / "video" / "twin.object").symlink_to("a.object")
    os.mkfifo(root / "video" / "pipe.object")
    Path(os.fsdecode(os.fsencode(root / "video") + b"/\xff\xfe")).touch()
    assert sorted(_found(disk, "acme/")) == [
        ("directory", "acme/video/sub/.empty/"),
        ("directory", "acme/video/yamada/2026/"),
        ("file", "acme/notes.txt"),
        ("file", "acme/video/.hidden/copy.object"),
        ("file", r"acme/video/\xff\xfe"),
        ("link", "acme/video/elsewhere/"),
        ("link", "acme/video/twin"),
        ("other", "acme/video/pipe"),
    ]
    assert _found(disk, "acme/video/sub/") == [("directory", "acme/video/sub/.empty/")]
    assert _found(disk, "acme/video/twin") == [("link", "acme/video/twin")]
    assert _found(disk, "acme/video/a") == []
    assert _found(disk, "acme2/") == []


def test_a_link_on_the_way_bars_the_view(disk, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    (tmp_path / "data" / "acme").rename(elsewhere)
    (tmp_path / "data" / "acme").symlink_to(elsewhere)
    for subject in ("acme/", "acme/video/", "acme/video/sub/", "acme/video/a"):
        assert _found(disk, subject) == [("link", "acme/")]
    assert _found(disk, "acme2/video/a") == []


def test_complete_is_not_issued_beside_one(eraser, disk, tmp_path):
    """``witnessed`` is on: without the stray this erasure is COMPLETE."""
    assert eraser("acme/video/sub/", {"disk": disk}).certificate.complete
    stray = tmp_path / "data" / "acme" / "video" / "export.zip"
    stray.write_bytes(b"everything of the customer")
    plan = eraser("acme/video/", {"disk": disk}, dry_run=True).report.plan
    assert [one.path for one in plan.foreign] == ["acme/video/export.zip"]
    erasure = eraser("acme/video/", {"disk": disk}, plan_digest=plan.digest)
    assert erasure.certificate.status == "PARTIAL"
    (left,) = erasure.certificate.payload["residual"]
    assert left["what"] == "disk: file acme/video/export.zip"
    assert "not put there by multistore" in left["why"]
    assert stray.read_bytes() == b"everything of the customer"
    assert {one[1] for one in everything(disk)} == {"acme/access-log/1", "acme2/video/a"}
    stray.unlink()
    assert eraser("acme/video/", {"disk": disk}).certificate.complete


def test_an_empty_directory_is_named_by_the_certificate(eraser, disk, tmp_path):
    empty = tmp_path / "data" / "acme" / "video" / "yamada"
    empty.mkdir()
    certificate = eraser("acme/video/", {"disk": disk}).certificate
    assert certificate.status == "PARTIAL"
    (left,) = certificate.payload["residual"]
    assert left["what"] == "disk: directory acme/video/yamada/"
    assert empty.is_dir()
    empty.rmdir()
    assert eraser("acme/video/", {"disk": disk}).certificate.complete


def test_the_empty_directory_of_the_subject_itself_is_no_stray(disk, tmp_path):
    (tmp_path / "data" / "acme3").mkdir()
    assert _found(disk, "acme3/") == []
    assert list(LocalStore("new", tmp_path / "new").strays.list_strays("")) == []


def test_one_in_a_collection_that_stays_is_not_of_the_erasure(eraser, disk, tmp_path):
    (tmp_path / "data" / "acme" / "access-log" / "index.txt").write_bytes(b"1")
    subject = Subject.whole_tenant("acme", except_collections={"access-log"})
    seen = inventory.take(subject, {"disk": disk})
    assert seen.foreign == ()
    assert len(inventory.take(Subject.parse("acme/"), {"disk": disk}).foreign) == 1


def test_what_cannot_be_looked_at_is_not_clean(eraser, disk):
    class Denied(FaultyStore):
        @property
        def strays(self):
            return self

        def list_strays(self, prefix):
            raise AccessDeniedError("the file system denies it", code="EACCES")

    certificate = eraser("acme/", {"disk": Denied(disk)}).certificate
    assert certificate.status == "PARTIAL"
    assert any("EACCES" in one["why"] for one in certificate.payload["residual"])
    (medium,) = certificate.payload["media"]
    assert medium["after"]["objects"] == 0
    assert medium["not_looked_at"][0]["what"] == "strays"


def test_the_error_of_a_partial_erasure_names_it(eraser, disk, tmp_path):
    from multistore.erasing import partial

    (tmp_path / "data" / "acme" / "export.zip").write_bytes(b"1")
    error = partial(eraser("acme/", {"disk": disk}))
    assert "acme/export.zip" in str(error)
