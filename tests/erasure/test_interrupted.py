"""Killed at any point, two at once, cut off at any request: the end is the same."""

from __future__ import annotations

import os
import signal
import threading

import pytest

from multistore.erasure import deleting
from multistore.erasure.fate import Fate
from multistore.keys import keyring as keyrings
from multistore.ledger.erasures import Erasures
from multistore.stores.local import LocalStore
from multistore.stores.memory import MemoryStore
from multistore.testing.faults import Before, FaultyStore
from tests.erasure.conftest import s3_place
from tests.erasure.estate import Eraser, everything, put

NAMES = [f"acme/video/x/{number}" for number in range(6)]


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch):
    monkeypatch.setattr(deleting, "BATCH", 2)
    monkeypatch.setattr(deleting, "IN_FLIGHT", 1)


def _filled(store):
    for name in NAMES:
        put(store, name)
    put(store, "acme/video/xx")
    return store


class Killing(FaultyStore):
    """Kills its process at the n-th call of anything, before or after it."""

    def __init__(self, inner, at):
        super().__init__(inner)
        self.at = at
        self.count = 0

    def _faults(self, call):
        self.count += 1
        if self.count == self.at:
            os.kill(os.getpid(), signal.SIGKILL)
        return super()._faults(call)


def _in_a_child(home, at):
    """Erase in a child that is killed at a moment; whether it was killed."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            with keyrings.open("sqlite:///ledger.db", "local:keys/", base=home) as ring:
                from multistore.ledger.ledger import Ledger

                store = Killing(LocalStore("disk", home / "data"), at)
                writing = Ledger.writing

                def watched(ledger):
                    store._faults(_LEDGER)
                    return writing(ledger)

                Ledger.writing = watched
                Eraser(ring, home)("acme/video/x/", {"disk": store})
            status = 0
        finally:
            os._exit(status)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    assert code in {0, -signal.SIGKILL}
    return code != 0


class _LEDGER:  # what a transaction counts as
    operation = "ledger"


@pytest.mark.parametrize("first", range(1, 8))
def test_killed_again_and_again_it_ends_in_one_certificate(tmp_path, first):
    with keyrings.open("sqlite:///ledger.db", "local:keys/", base=tmp_path) as ring:
        ring.ledger.tenants.add("acme")
    store = _filled(LocalStore("disk", tmp_path / "data"))
    at, kills = first, 0
    while _in_a_child(tmp_path, at):
        at, kills = at + 1, kills + 1
        assert kills < 60
    assert kills
    assert [entry.name for entry in store.list("")] == ["acme/video/xx"]
    with keyrings.open("sqlite:///ledger.db", "local:keys/", base=tmp_path) as ring:
        rows = Erasures(ring.ledger).finished()
        assert Erasures(ring.ledger).running(rows[-1].subject) is None
        # One plan of all six survived the kills; nothing was counted twice or forgotten.
        from multistore.erasure.certificate import Certificate

        said = [Certificate.from_json(row.certificate).payload for row in rows]
        assert sum(one["outcomes"]["erased"] for one in said) == len(NAMES)
        assert all(one["status"] == "COMPLETE" for one in said)


def test_an_approved_plan_goes_on_after_a_kill(eraser, memory):
    _filled(memory)
    digest = eraser("acme/video/x/", {"memory": memory}, dry_run=True).report.plan.digest
    dying = FaultyStore(memory)

    def die():
        raise KeyboardInterrupt

    dying.on("delete", Before(die), call=2)
    with pytest.raises(KeyboardInterrupt):
        eraser("acme/video/x/", {"memory": dying}, plan_digest=digest)
    assert len([one for one in everything(memory) if one[0] == "object"]) == len(NAMES) - 2 + 1
    erasure = eraser("acme/video/x/", {"memory": memory}, plan_digest=digest)
    assert erasure.certificate.complete
    assert {fate.item.name for fate in erasure.report.fates} == set(NAMES)
    assert erasure.certificate.payload["media"][0]["before"]["objects"] == len(NAMES)


def test_an_approved_plan_does_not_go_on_over_what_is_new(eraser, memory):
    from multistore.errors import ConflictError

    _filled(memory)
    digest = eraser("acme/video/x/", {"memory": memory}, dry_run=True).report.plan.digest
    dying = FaultyStore(memory)

    def die():
        raise KeyboardInterrupt

    dying.on("delete", Before(die), call=2)
    with pytest.raises(KeyboardInterrupt):
        eraser("acme/video/x/", {"memory": dying}, plan_digest=digest)
    put(memory, "acme/video/x/new")
    state = everything(memory)
    with pytest.raises(ConflictError, match="x/new"):
        eraser("acme/video/x/", {"memory": memory}, plan_digest=digest)
    assert everything(memory) == state
    # Without the digest, the caller asks for whatever is there: the plan grows.
    erasure = eraser("acme/video/x/", {"memory": memory})
    assert erasure.certificate.complete
    assert erasure.certificate.payload["plan"]["items"] == len(NAMES) + 1


def test_two_erasers_end_with_one_certificate(eraser, memory):
    _filled(memory)
    together, certificates, errors = threading.Barrier(2), [], []

    def erase():
        try:
            slow = FaultyStore(memory)
            slow.on("delete", Before(lambda: together.wait(20)), call=1)
            certificates.append(eraser("acme/video/x/", {"memory": slow}).certificate)
        except Exception as error:  # noqa: BLE001 - told below, in the test's own thread
            errors.append(error)

    threads = [threading.Thread(target=erase) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(certificates) == 2
    assert certificates[0] == certificates[1]
    assert certificates[0].complete
    assert [one[1] for one in everything(memory) if one[0] == "object"] == ["acme/video/xx"]


@pytest.mark.s3
def test_a_connection_lost_at_every_request(eraser, request, fault_proxy):
    """The n-th request of an erasure fails, for every n: never COMPLETE over something left."""
    from dataclasses import replace
    from urllib.parse import urlsplit

    from multistore.stores.s3.store import S3Store
    from tests.servers.fault_proxy import CutAnswer, ResetAnswer

    server = request.getfixturevalue("moto_server")
    parts = urlsplit(server.url)
    seen = 0
    for number in range(1, 9):
        place = s3_place(server, request)
        for name in NAMES[:2]:
            put(place.store, name)
        proxy = fault_proxy(parts.hostname, parts.port)
        endpoint = replace(
            place.store._bucket.place.endpoint,
            url=proxy.url,
            hosts=frozenset({urlsplit(proxy.url).netloc}),
        )
        credentials = request.getfixturevalue("s3_credentials")(server)
        store = S3Store("main", endpoint=endpoint, bucket=place.bucket, credentials=credentials)
        spoil = ResetAnswer(after=0) if number % 2 else CutAnswer(after=10)
        proxy._due = lambda _, n=number, p=proxy, s=spoil: s if len(p.requests) == n else None
        erasure = eraser("acme/video/x/", {"main": store})
        store.close()
        left = [one for one in everything(place.store) if one[1] in NAMES]
        assert erasure.certificate.complete == (not left)
        assert all(fate.fate is Fate.ERASED for fate in erasure.report.fates) == (not left)
        seen = max(seen, len(proxy.requests))
    assert seen >= 7


def test_a_fault_that_does_not_pass_is_told(eraser):
    from multistore.errors import UnavailableError

    def down():
        raise UnavailableError("no answer", code="RequestTimeout")

    memory = _filled(MemoryStore("memory", versioned=True))
    faulty = FaultyStore(memory)
    faulty.on("delete", Before(down))
    erasure = eraser("acme/video/x/", {"memory": faulty})
    assert erasure.certificate.status == "PARTIAL"
    assert {str(fate) for fate in erasure.report.remaining} == {
        "not verified because RequestTimeout: no answer"
    }


def test_a_fault_that_passes_is_overcome(eraser):
    from multistore.errors import UnavailableError

    def down():
        raise UnavailableError("no answer", code="RequestTimeout")

    memory = _filled(MemoryStore("memory", versioned=True))
    faulty = FaultyStore(memory)
    faulty.on("delete", Before(down), call=1)
    certificate = eraser("acme/video/x/", {"memory": faulty}).certificate
    assert certificate.complete
    assert certificate.payload["verification"]["rounds"] == 2


def test_what_was_deleted_before_the_connection_broke_is_erased(eraser):
    from multistore.errors import UnavailableError

    class Breaking(FaultyStore):
        def delete(self, refs):
            self.inner.delete(refs)
            raise UnavailableError("the connection broke", code="ConnectionReset")

    memory = _filled(MemoryStore("memory", versioned=True))
    certificate = eraser("acme/video/x/", {"memory": Breaking(memory)}).certificate
    assert certificate.complete
