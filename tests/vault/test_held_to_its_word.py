"""Ways to lose an object that somebody once found."""

from __future__ import annotations

import unicodedata
from datetime import date

import pytest

import multistore
from multistore import (
    AlreadyExistsError,
    ConflictError,
    IfMatch,
    InvalidArgumentError,
    PutMode,
    TenantSuspendedError,
)
from multistore.ledger.schema import TenantState
from tests.vault import estate as estates


@pytest.fixture
def estate(tmp_path):
    return estates.local(tmp_path, None)


@pytest.fixture
def vault(estate):
    with estate.open() as vault:
        yield vault


@pytest.mark.parametrize("mode", ["CREATE", None, "ifmatch", IfMatch, 1, True, ""])
def test_a_mode_that_is_not_understood_never_becomes_an_overwrite(vault, mode):
    vault.put("acme/video/x", b"old")
    vault.put("acme/video/y", b"other")
    for verb in (
        lambda: vault.put("acme/video/x", b"clobber", mode=mode),
        lambda: vault.copy("acme/video/y", "acme/video/x", mode=mode),
        lambda: vault.rename("acme/video/y", "acme/video/x", mode=mode),
    ):
        with pytest.raises(InvalidArgumentError):
            verb()
    assert vault.read("acme/video/x") == b"old"
    assert vault.read("acme/video/y") == b"other"


def test_the_word_of_a_mode_is_that_mode(vault):
    vault.put("acme/video/x", b"1", mode="create")
    with pytest.raises(AlreadyExistsError):
        vault.put("acme/video/x", b"2", mode="create")
    vault.put("acme/video/x", b"3", mode="overwrite")
    assert vault.read("acme/video/x") == b"3"


@pytest.mark.parametrize("etag", ["", None, 7])
def test_no_etag_matches_nothing(etag):
    with pytest.raises(InvalidArgumentError):
        IfMatch(etag)


def test_rename_keeps_what_was_written_meanwhile(vault, monkeypatch):
    vault.put("acme/video/source", b"old")
    copy = vault.copy

    def copy_then_somebody_writes(*arguments, **options):
        info = copy(*arguments, **options)
        vault.put("acme/video/source", b"new")
        return info

    monkeypatch.setattr(vault, "copy", copy_then_somebody_writes)
    with pytest.raises(ConflictError):
        vault.rename("acme/video/source", "acme/video/target")
    assert vault.read("acme/video/source") == b"new"
    assert vault.read("acme/video/target") == b"old"


def test_what_was_opened_before_a_stop_does_not_go_on(vault):
    vault.put("acme/video/x", b"x" * 30_000_000)
    vault.put("acme/video/y", b"y")
    file, download, listing = (
        vault.open("acme/video/x"),
        vault.get("acme/video/x"),
        vault.list("acme/video/"),
    )
    pieces = iter(download)
    next(pieces)
    next(listing)
    vault._keyring.ledger.tenants.move("acme", TenantState.SUSPENDED, reason="test")
    file.seek(20_000_000)
    for step in (
        lambda: file.read(1000),
        download.read,
        lambda: download.readinto(bytearray(30_000_000)),
        lambda: list(pieces),
        lambda: next(listing),
    ):
        with pytest.raises(TenantSuspendedError):
            step()


def test_moving_onto_another_spelling_of_its_own_name_keeps_it(vault, estate):
    from multistore.filesystem import MultistoreFileSystem

    fs = MultistoreFileSystem(str(estate.path))
    nfc, nfd = "acme/video/が", unicodedata.normalize("NFD", "acme/video/が")
    vault.put(nfc, b"precious", mode=PutMode.CREATE)
    vault.put(f"{nfc}d/1", b"below")
    fs.mv(nfc, nfd)
    fs.mv(nfc, f"multistore://{nfc}")
    fs.mv(f"multistore://{nfd}", "acme/video/")
    fs.mv(f"{nfc}d/", unicodedata.normalize("NFD", f"{nfc}d/"), recursive=True)
    assert vault.read(nfc) == b"precious"
    assert vault.read(f"{nfc}d/1") == b"below"
    fs.mv(nfc, "acme/video/elsewhere")
    assert not vault.exists(nfc)
    assert vault.read("acme/video/elsewhere") == b"precious"
    fs.mv(f"{nfc}d", "acme/video/moved", recursive=True)
    assert [entry.key for entry in vault.list("acme/video/")] == ["elsewhere", "moved/1"]
    fs.clear_instance_cache()


def test_a_whole_tenant_needs_its_second_person_on_every_path(tmp_path):
    path = estates.local(tmp_path, None).path
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("[vault]", "[vault]\ntwo_people = true", 1), encoding="utf-8")
    with multistore.open(path) as vault:
        vault.tenants.add("acme")
        vault.put("acme/video/x", b"1")
        vault.put("acme/video/y", b"1")
        with pytest.raises(ConflictError, match="approved"):
            vault.erase("acme/", reason="on request", performed_by="sato")
        assert vault.read("acme/video/x") == b"1"
        # The rule is about the end of a tenant, and not about one object.
        vault.erase("acme/video/y", reason="on request", performed_by="sato")
        vault.tenants.end_contract("acme", on=date(2026, 3, 31), by="sato")
        vault.tenants.approve("acme", by="suzuki")
        certificate = vault.erase("acme/", reason="on request", performed_by="sato")
        people = certificate.payload["verification"]
        assert (people["performed_by"], people["validated_by"]) == ("sato", "suzuki")
        assert list(vault.list("acme/video/")) == []
