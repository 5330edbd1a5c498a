"""Handlers: asked before anything moves, told afterwards, in order, and never in the way."""

from __future__ import annotations

import threading
from contextvars import ContextVar
from datetime import timedelta

import pytest

import multistore
from multistore import ConfigurationError, TamperedError, VetoedError
from multistore.hooks import (
    Event,
    Hooks,
    Incident,
    IntegrityFailed,
    ObjectDeleted,
    ObjectDeleting,
    ObjectPut,
    ObjectPutting,
    Veto,
)
from tests.vault import estate as estates


@pytest.fixture
def estate(tmp_path):
    return estates.local(tmp_path, None)


@pytest.fixture
def vault(estate):
    with estate.open() as vault:
        yield vault


def test_handlers_are_told_in_the_order_of_registration(vault):
    seen = []
    vault.on(ObjectPutting)(lambda event: seen.append(("first", event.address.key)))
    vault.on(Event)(lambda event: seen.append((type(event).__name__,)))
    vault.on(ObjectPut)(lambda event: seen.append(("put", event.size)))
    vault.put("acme/video/x", b"abc")
    assert seen == [("first", "x"), ("ObjectPutting",), ("ObjectPut",), ("put", 3)]


def test_a_veto_stops_it_before_anything_moves(vault):
    vault.put("acme/video/x", b"old")
    vault.put("acme/video/y", b"y")

    @vault.on(ObjectPutting)
    def no_more(event):
        raise Veto("an export is open")

    @vault.on(ObjectDeleting)
    def not_that(event):
        if event.address.key == "x":
            raise Veto("x is shown in court")

    for verb in (
        lambda: vault.put("acme/video/x", b"new"),
        lambda: vault.copy("acme/video/y", "acme/video/x"),
        lambda: vault.copy("acme/video/y", "acme2/video/x"),
    ):
        with pytest.raises(VetoedError, match="no_more: an export is open"):
            verb()
    for verb in (
        lambda: vault.delete("acme/video/x"),
        lambda: vault.delete_many(["acme/video/y", "acme/video/x"]),
    ):
        with pytest.raises(VetoedError, match="x is shown in court"):
            verb()
    assert vault.read("acme/video/x") == b"old"
    assert vault.read("acme/video/y") == b"y"
    assert not vault.exists("acme2/video/x")


def test_a_guard_that_fails_does_not_agree(vault):
    @vault.on(ObjectDeleting)
    def broken(event):
        raise KeyError("secret-token")

    vault.put("acme/video/x", b"1")
    with pytest.raises(VetoedError, match="KeyError") as caught:
        vault.delete("acme/video/x")
    assert "secret-token" not in str(caught.value)
    assert vault.exists("acme/video/x")


def test_a_handler_that_fails_afterwards_undoes_nothing(vault, caplog):
    seen = []

    @vault.on(ObjectDeleted)
    def broken(event):
        raise OSError("the mail server is away")

    vault.on(ObjectDeleted)(seen.append)
    vault.put("acme/video/x", b"1")
    assert vault.delete("acme/video/x").gone
    assert [event.address.key for event in seen] == ["x"]
    assert "broken" in caplog.text
    (failure,) = vault.hook_failures
    assert (failure.error, failure.handler.rpartition(".")[2]) == ("OSError", "broken")


def test_an_integrity_failure_is_an_incident_with_a_day_to_tell(vault, estate):
    incidents = []
    vault.on(Incident)(incidents.append)
    vault.put("acme/video/x", b"1" * 1000)
    raw = bytearray(estate.raw("acme/video/x"))
    raw[-1] ^= 1
    estate.replace("acme/video/x", bytes(raw))
    with pytest.raises(TamperedError):
        vault.read("acme/video/x")
    (incident,) = incidents
    assert isinstance(incident, IntegrityFailed)
    assert (str(incident.address), incident.store) == ("acme/video/x", "main")
    assert incident.notify_by - incident.at == timedelta(hours=24)


def test_the_configuration_names_who_registers(tmp_path, monkeypatch):
    (tmp_path / "my_hooks.py").write_text(
        "from multistore.hooks import ObjectPut\n"
        "seen = []\n"
        "def register(vault):\n"
        "    vault.on(ObjectPut)(seen.append)\n",
        encoding="utf-8",
    )
    monkeypatch.syspath_prepend(tmp_path)
    path = estates.local(tmp_path, None).path
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace("[vault]", '[vault]\nhooks = ["my_hooks:register"]', 1), encoding="utf-8"
    )
    with multistore.open(path) as vault:
        vault.tenants.add("acme")
        vault.put("acme/video/x", b"1")
    import my_hooks

    assert [event.size for event in my_hooks.seen] == [1]
    path.write_text(
        text.replace("[vault]", '[vault]\nhooks = ["no_such_module:x"]', 1), encoding="utf-8"
    )
    with pytest.raises(ConfigurationError, match="no_such_module"):
        multistore.open(path)


def test_a_slow_handler_is_reported(monkeypatch, caplog):
    monkeypatch.setattr("multistore.hooks.SLOW", timedelta(seconds=-1))
    hooks = Hooks()
    hooks.on(Event)(lambda _: None)
    hooks.after(Event())
    assert "took" in caplog.text


def test_a_handler_that_hangs_is_left_after_its_time(vault, monkeypatch):
    monkeypatch.setattr("multistore.hooks.LIMIT", timedelta(seconds=0.05))
    never = threading.Event()
    told = []

    @vault.on(ObjectDeleting)
    def guard(event):
        never.wait(20)

    @vault.on(ObjectPut)
    def teller(event):
        never.wait(20)

    vault.on(ObjectPut)(told.append)
    vault.put("acme/video/x", b"1")  # it was put, and the next handler is told
    assert [event.address.key for event in told] == ["x"]
    assert [failure.error for failure in vault.hook_failures] == ["TimeoutError"]
    with pytest.raises(VetoedError, match=r"guard failed with TimeoutError"):
        vault.delete("acme/video/x")
    never.set()
    assert vault.exists("acme/video/x")


def test_a_handler_has_the_caller_s_context(vault):
    request = ContextVar("request", default="none")
    seen = []
    vault.on(ObjectPut)(lambda event: seen.append(request.get()))
    request.set("request 17")
    vault.put("acme/video/x", b"1")
    assert seen == ["request 17"]
