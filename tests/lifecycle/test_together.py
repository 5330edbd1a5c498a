"""Two runs at once, and a run whose store fails at each of its calls: the end is the same."""

from __future__ import annotations

import shutil
import threading

import pytest

from multistore.errors import UnavailableError
from multistore.ledger import chain
from multistore.ledger.erasures import Erasures
from multistore.ledger.schema import events
from multistore.sealing.sealed import SealedStore
from multistore.testing.faults import FaultyStore
from tests.lifecycle.house import Clock, opened
from tests.lifecycle.test_long import holdings
from tests.lifecycle.test_run import END, certificates, leave

LAST = "2025-07-31"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def ledger(request):
    if request.param == "sqlite":
        return "sqlite:///ledger.db"
    return request.getfixturevalue("postgres_url")


def test_two_runs_at_once_are_one(tmp_path, ledger):
    """Two machines whose timers fire together, each with its own process's memory."""
    house = opened(tmp_path, Clock(), ledger=ledger)
    begun = holdings(house)
    house.tenants.end_contract("acme", END, by="sato")
    for day in ("2025-06-01", "2025-07-23", "2025-07-30", LAST):
        reports, together = [], threading.Barrier(2)

        def run(day=day, reports=reports, together=together):
            other = opened(tmp_path, Clock(), ledger=ledger)
            try:
                other.clock.on(day)
                together.wait(20)
                reports.append(other.run())
            finally:
                other.close()

        threads = [threading.Thread(target=run) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(reports) == 2, day
        house.clock.on(day)
        assert not house.run().overdue
        if day == "2025-06-01":
            house.roll()
    assert house.states() == {"acm": "active", "acme": "erased", "acme2": "active"}
    ended = holdings(house)
    assert (ended["acm"], ended["acme2"]) == (begun["acm"], begun["acme2"])
    assert house.names("acme/") == ["acme/access-log/2025-04.log"]
    (certificate,) = {one.id: one for one in certificates(house)}.values()
    assert certificate.status == "LOGICAL_DELETE"
    with house.keyring.ledger.reading() as connection:
        rows = list(chain.entries(connection, events))
    assert chain.verify("events", house.keyring.ledger.id, rows) is None
    kinds = [row.content["kind"] for row in rows]
    for once in ("tenant-suspended", "tenant-erasing", "tenant-erased", "erasure-finished"):
        assert kinds.count(once) == 1, once
    house.close()


class FailingAt(FaultyStore):
    """The n-th call of anything finds the connection lost; before it or after it was done."""

    def __init__(self, inner, at, *, after):
        super().__init__(inner)
        self.at = at
        self.after = after

    def _faults(self, call):
        faults = super()._faults(call)
        if len(self.calls) == self.at and not self.after:
            self.fail()
        return faults

    def delete(self, refs):
        outcomes = super().delete(refs)
        if len(self.calls) == self.at and self.after:
            self.fail()  # done, and nobody was told
        return outcomes

    def fail(self):
        raise UnavailableError("the connection was lost", code="ConnectionReset")


@pytest.fixture(scope="module")
def eve(tmp_path_factory):
    """The directory of a house on the eve of an erasure."""
    home = tmp_path_factory.mktemp("eve")
    house = opened(home, Clock())
    for number in range(3):
        house.put(f"acme/video/{number}.mp4")
    leave(house)
    for day in ("2025-07-23", "2025-07-30"):
        house.clock.on(day)
        house.run()
    house.close()
    return home


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_connection_lost_at_every_call_ends_in_the_same(eve, tmp_path, after):
    at, most = 0, 100
    while at < most:
        at += 1
        home = tmp_path / str(at)
        shutil.copytree(eve, home)
        house = opened(home, Clock())
        others = {name: kept for name, kept in holdings(house).items() if name != "acme"}
        inner = house.stores["main"].inner
        faulty = FailingAt(inner, at, after=after)
        house.stores["main"] = SealedStore(faulty, house.keyring)
        house.clock.on(LAST)
        report = house.run()
        said = [row.status for row in Erasures(house.keyring.ledger).finished()]
        left = [name for name in house.names("acme/") if "/video/" in name]
        assert house.states()["acme"] == ("erased" if "LOGICAL_DELETE" in said else "erasing")
        assert not (left and "LOGICAL_DELETE" in said), report.actions
        most = min(most, len(faulty.calls))
        house.stores["main"] = SealedStore(inner, house.keyring)
        house.clock.on("2025-08-01")
        house.run()
        assert house.states()["acme"] == "erased", at
        assert [n for n in house.names("acme/") if "/video/" in n] == []
        now = {name: kept for name, kept in holdings(house).items() if name != "acme"}
        assert now == others, at
        house.close()
        shutil.rmtree(home)
    assert at >= 3
