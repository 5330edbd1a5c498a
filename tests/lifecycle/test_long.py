"""Five hundred days, three tenants, a hold, an end called off, and crashes in between."""

from __future__ import annotations

import shutil
from datetime import date, timedelta

import pytest

from tests.erasure.estate import everything
from tests.keys.killing import killed_at
from tests.lifecycle.house import TENANTS, Clock, opened

FIRST = date(2025, 4, 1)


def holdings(house):
    """Everything that the stores hold, bytes and versions included, by tenant."""
    found = {name: [] for name in TENANTS}
    for store in house.stores.values():
        for entry in everything(store.inner):
            found[entry[1].split("/")[0]].append(entry)
    return found


def test_five_hundred_days(tmp_path):
    """acme leaves under a hold, acme2 leaves and comes back, acm stays."""
    from multistore.ledger.holds import Holds

    house = opened(tmp_path, Clock())
    holds = Holds(house.keyring.ledger, house.clock)
    begun = holdings(house)
    days: dict[str, list[str]] = {}
    states: dict[str, str] = {}

    def on_the_day(number):
        if number == 10:
            house.tenants.end_contract("acme", date(2025, 4, 30), by="sato")
            house.tenants.end_contract("acme2", date(2025, 4, 28), by="sato")
        if number == 84:  # within the last week: the master keys wait for their destruction
            holds.place("acme/video/", "suit 17", reason="a law suit", placed_by="legal")
            house.tenants.cancel_end("acme2", reason="renewed", by="sato")
        if number == 400:
            holds.release("acme", "suit 17", reason="settled", released_by="legal")
        if number in {60, 450}:
            house.roll()

    for number in range(500):
        day = FIRST + timedelta(days=number)
        house.clock.on(day)
        on_the_day(number)
        report = house.run()
        done = [f"{a.subject} {a.step}" for a in report.actions if a.result.value == "done"]
        if done:
            days[day.isoformat()] = done
        assert not report.failed, report.actions
        # The shared key was rolled on day 60; until then, and never else, that is late or due.
        assert not [a for a in report.actions if a.overdue and a.step != "roll-keys"]
        now = holdings(house)
        assert now["acm"] == begun["acm"], day
        assert now["acme2"] == begun["acme2"], day
        assert (now["acme"] == begun["acme"]) == (number < 400), day
        if house.states() != states:
            before = house.everything()
            house.run()
            assert house.everything() == before, day
            states = house.states()

    assert states == {"acm": "active", "acme": "erased", "acme2": "active"}
    assert house.read("acme2/video/lesson.mp4") == b"acme2"
    assert house.read("acm/video/lesson.mp4") == b"acm"
    # The golden week lies between, and the stop waits for none of the business days.
    assert days == {
        "2025-04-29": ["acme2 stop", "acme2 close-keys"],
        "2025-05-01": ["acme stop", "acme close-keys"],
        "2025-06-20": ["acme2 schedule-key"],
        "2025-06-22": ["acme schedule-key"],
        "2025-06-24": ["KEK 2 settle-key", "acme spare-key"],  # acme2's, who came back
        "2026-05-06": ["acme schedule-key", "acme destroy-keys"],
        "2026-05-13": ["KEK 3 settle-key", "acme erase"],
    }
    house.close()


@pytest.fixture(scope="module")
def stages(tmp_path_factory):
    """The directory of a house before each of the runs that move something."""
    home = tmp_path_factory.mktemp("stages")
    house = opened(home / "now" if (home / "now").mkdir() is None else home, Clock())
    house.tenants.end_contract("acme", date(2025, 5, 31), by="sato")
    kept = []
    for day in ("2025-06-01", "2025-07-23", "2025-07-31"):
        house.close()
        shutil.copytree(home / "now", home / day)
        kept.append((day, home / day))
        house = opened(home / "now", Clock())
        house.clock.on(day)
        house.run()
        if day == "2025-06-01":
            house.roll()
    final = outcome(house)
    house.close()
    return kept, final


def outcome(house):
    """What must not depend on where it was cut short."""
    tenant = house.tenants.get("acme")
    return (
        house.states(),
        house.names(),
        tenant.stopped_at,
        tenant.erase_due,
        tenant.erased_at,
    )


def finish(home, day):
    """Run on the days that are left, from a day on."""
    house = opened(home, Clock())
    for left in ("2025-06-01", "2025-07-23", "2025-07-31"):
        if left >= day:
            house.clock.on(left)
            house.run()
            if left == "2025-06-01":
                house.roll()
    final = outcome(house)
    assert house.read("acme2/video/lesson.mp4") == b"acme2"
    assert house.read("acm/video/lesson.mp4") == b"acm"
    house.close()
    return final


@pytest.mark.parametrize("stage", [0, 1, 2], ids=["stop", "schedule", "erase"])
def test_a_run_that_is_killed_anywhere_is_taken_up(stages, tmp_path, stage):
    kept, final = stages
    day, home = kept[stage]

    def work(at):
        def inner():
            house = opened(at, Clock())
            house.clock.on(day)
            house.run()
            house.close()

        return inner

    shutil.copytree(home, tmp_path / "whole")
    moments = killed_at(None, work(tmp_path / "whole"))
    assert moments
    assert finish(tmp_path / "whole", day) == final
    for moment in sorted({round(n * (moments - 1) / 6) for n in range(7)}):
        at = tmp_path / f"killed{moment}"
        shutil.copytree(home, at)
        assert killed_at(moment, work(at)) is None, moment
        assert finish(at, day) == final, f"killed at {moment} of {moments}"
        shutil.rmtree(at)
