"""The end of a contract, day by day, as the white paper promises it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from multistore.errors import KeyDestroyedError, TenantSuspendedError
from multistore.lifecycle.run import Result
from tests.lifecycle.house import opened

END = date(2025, 5, 31)  # a Saturday


def did(report):
    return [(a.subject, a.step, a.result.value) for a in report.actions]


def daily(house, first, last):
    """Run once on every day, and say on which day what was done."""
    seen = {}
    day = date.fromisoformat(first)
    while day <= date.fromisoformat(last):
        house.clock.on(day)
        done = [a.step for a in house.run().actions if a.result is Result.DONE]
        if done:
            seen[day.isoformat()] = done
        day += timedelta(days=1)
    return seen


def test_the_whole_way_on_the_promised_days(house):
    house.tenants.end_contract("acme", END, by="sato")
    assert daily(house, "2025-05-25", "2025-06-10") == {"2025-06-01": ["stop", "close-keys"]}
    house.roll()
    assert daily(house, "2025-06-11", "2025-08-05") == {
        "2025-07-23": ["schedule-key"],  # the 52nd day
        "2025-07-30": ["settle-key"],
        "2025-07-31": ["destroy-keys", "erase"],  # the 60th
    }
    assert house.states() == {"acm": "active", "acme": "erased", "acme2": "active"}
    assert house.names("acme/") == ["acme/access-log/2025-04.log"]
    assert house.read("acme2/video/lesson.mp4") == b"acme2"
    assert house.read("acm/video/lesson.mp4") == b"acm"


@pytest.mark.postgres
def test_the_whole_way_on_postgresql(tmp_path, clock, postgres_url):
    house = opened(tmp_path, clock, ledger=postgres_url)
    leave(house)
    for day in ("2025-07-23", "2025-07-30", "2025-07-31"):
        house.clock.on(day)
        house.run()
        before = house.everything()
        house.run()
        assert house.everything() == before
    assert house.states()["acme"] == "erased"
    assert house.names("acme/") == ["acme/access-log/2025-04.log"]
    house.close()


def leave(house, name="acme", until="2025-06-01"):
    """End a contract and stop the tenant, with the epoch key rolled since."""
    house.tenants.end_contract(name, END, by="sato")
    house.clock.on(until)
    report = house.run()
    house.roll()
    return report


def test_nothing_due_does_nothing(house):
    before = house.everything()
    assert house.run().actions == ()
    assert house.everything() == before


def test_until_the_contract_is_over_the_tenant_is_served(house):
    house.tenants.end_contract("acme", END, by="sato")
    house.clock.on("2025-05-31", hour=23)
    assert house.run().actions == ()
    assert house.read("acme/video/lesson.mp4") == b"acme"


def test_a_stopped_tenant_is_refused_and_the_others_are_not(house):
    leave(house)
    for name in ("acme/video/lesson.mp4", "acme/access-log/2025-04.log"):
        with pytest.raises(TenantSuspendedError):
            house.read(name)
        with pytest.raises(TenantSuspendedError):
            house.put(name)
    assert house.read("acme2/video/lesson.mp4") == b"acme2"


def test_a_second_run_on_the_same_day_changes_nothing(house):
    house.tenants.end_contract("acme", END, by="sato")
    for day in ("2025-06-01", "2025-07-23", "2025-07-30", "2025-07-31", "2025-08-01"):
        house.clock.on(day)
        house.run()
        before = house.everything()
        house.clock.forward(hours=2)
        house.run()
        assert house.everything() == before, day
        if day == "2025-06-01":
            house.roll()


def test_a_dry_run_says_what_would_be_done_and_does_nothing(house):
    house.tenants.end_contract("acme", END, by="sato")
    house.clock.on("2025-06-01")
    before = house.everything()
    assert did(house.run(dry_run=True)) == [
        ("acme", "stop", "would"),
        ("acme", "close-keys", "would"),
    ]
    assert house.everything() == before
    assert did(house.run()) == [("acme", "stop", "done"), ("acme", "close-keys", "done")]


def test_a_dry_run_foresees_all_that_a_late_run_does(house):
    leave(house)
    house.clock.on("2026-07-01")
    before = house.everything()
    foreseen = [step for _, step, result in did(house.run(dry_run=True)) if result == "would"]
    assert house.everything() == before
    assert foreseen == ["schedule-key", "destroy-keys", "erase"]
    done = [step for _, step, result in did(house.run()) if result in {"done", "waits"}]
    assert done[:3] == foreseen


def test_a_run_that_was_off_for_a_year_catches_up_in_order(house):
    house.tenants.end_contract("acme", END, by="sato")
    house.clock.on("2026-06-15")
    late = house.run(dry_run=True)
    assert late.overdue  # the stop was promised for June 2025
    assert did(house.run()) == [("acme", "stop", "done"), ("acme", "close-keys", "done")]
    assert not house.run().overdue
    house.roll()
    house.clock.on("2027-06-15")  # and for another year: the erasure was due in August
    assert house.run(dry_run=True).overdue
    report = house.run()
    assert [step for _, step, result in did(report) if result == "done"] == [
        "schedule-key",
        "destroy-keys",
    ]
    assert house.names("acme/video/") == []
    # The master key keeps its seven days; the certificate waits for them, and says so.
    assert report.overdue
    assert "PENDING" in str(report.actions)
    house.clock.on("2027-06-22", hour=4)
    assert not house.run().overdue
    assert house.states()["acme"] == "erased"


def test_the_erased_stay_erased_in_every_copy(house):
    leave(house)
    for day in ("2025-07-23", "2025-07-30", "2025-07-31"):
        house.clock.on(day)
        house.run()
    with pytest.raises(KeyDestroyedError):
        house.read("acme/access-log/2025-04.log")
    house.clock.on("2027-12-31")  # before the log of another tenant expires
    assert house.run().actions == ()


def certificates(house):
    from multistore.erasure.certificate import Certificate
    from multistore.ledger.erasures import Erasures

    rows = Erasures(house.keyring.ledger).finished()
    return [Certificate.from_json(row.certificate) for row in rows]


def test_the_certificate_names_the_dates_the_people_and_what_survives(house):
    house.two_people = True
    leave(house)
    house.tenants.approve("acme", by="suzuki")
    for day in ("2025-07-23", "2025-07-30", "2025-07-31"):
        house.clock.on(day)
        house.run()
    (certificate,) = certificates(house)
    said = str(certificate.payload)
    assert certificate.status == "LOGICAL_DELETE"  # local keys: not attestable
    for fact in ("2025-05-31", "sato", "suzuki", "collection access-log", "36 months"):
        assert fact in said


def test_without_a_roll_the_erasure_is_pending_and_overdue(house):
    """The epoch key opens the tenant's keys from old copies of the ledger."""
    house.tenants.end_contract("acme", END, by="sato")
    for day in ("2025-06-01", "2025-07-23", "2025-07-30", "2025-07-31"):
        house.clock.on(day)
        report = house.run()
    assert house.states()["acme"] == "erasing"
    assert house.names("acme/video/") == []
    assert report.overdue
    assert "multistore keys roll" in str(report.actions)
    house.roll()
    house.clock.on("2025-08-01")
    assert not house.run().overdue
    assert house.states()["acme"] == "erased"


def test_a_destruction_that_somebody_called_off_elsewhere_is_scheduled_again(house):
    leave(house)
    house.clock.on("2025-07-23")
    house.run()
    kms = house.keyring.kms
    (key_id,) = [f"local:{path.name.split('.')[0]}" for path in kms.directory.glob("*.destroy-*")]
    kms.enable(key_id)
    house.clock.on("2025-07-31")
    assert ("acme", "schedule-key", "done") in did(house.run())
    assert house.states()["acme"] == "erasing"
    house.clock.on("2025-08-08")
    house.run()
    assert house.states()["acme"] == "erased"


# -- holds -------------------------------------------------------------------------------------


def hold(house, subject="acme/", name="case 17"):
    from multistore.ledger.holds import Holds

    Holds(house.keyring.ledger, house.clock).place(
        subject, name, reason="a law suit", placed_by="legal"
    )


def release(house, name="case 17"):
    from multistore.ledger.holds import Holds

    Holds(house.keyring.ledger, house.clock).release(
        "acme", name, reason="it was settled", released_by="legal"
    )


@pytest.mark.parametrize("subject", ["acme/", "acme/video/", "acme/video/lesson.mp4"])
def test_a_hold_pauses_the_erasure_and_nothing_else(house, subject):
    house.tenants.end_contract("acme", END, by="sato")
    hold(house, subject)
    house.clock.on("2025-06-01")
    house.run()
    house.roll()
    assert house.states()["acme"] == "suspended"
    house.clock.on("2026-02-01")
    report = house.run()
    assert {(result, step) for _, step, result in did(report)} == {
        ("waits", "schedule-key"),
        ("waits", "erase"),
    }
    assert "case 17" in str(report.actions)
    assert not report.overdue
    release(house)
    house.run()
    house.clock.on("2026-02-09")
    house.run()
    assert house.states()["acme"] == "erased"


def test_a_hold_within_the_last_week_saves_the_key(house):
    leave(house)
    house.clock.on("2025-07-23")
    house.run()
    hold(house, "acme/video/lesson.mp4")
    house.clock.on("2025-07-24")
    assert ("acme", "spare-key", "done") in did(house.run())
    house.clock.on("2025-09-01")
    house.run()
    assert house.names("acme/video/") == ["acme/video/lesson.mp4"]
    house.tenants.cancel_end("acme", reason="they came back", by="sato")
    assert house.read("acme/video/lesson.mp4") == b"acme"


# -- back again ------------------------------------------------------------------------------------


def test_an_end_is_called_off_before_the_stop(house):
    house.tenants.end_contract("acme", END, by="sato")
    house.tenants.cancel_end("acme", reason="renewed", by="sato")
    house.clock.on("2026-06-01")
    assert house.run().actions == ()
    assert house.tenants.get("acme").contract_end is None


@pytest.mark.parametrize("day", ["2025-06-01", "2025-07-22", "2025-07-23", "2025-07-29"])
def test_an_end_is_called_off_until_the_key_is_destroyed(house, day):
    leave(house)
    house.clock.on(min(day, "2025-07-23"))
    house.run()
    house.clock.on(day, hour=12)
    tenant = house.tenants.cancel_end("acme", reason="renewed", by="sato")
    assert (tenant.stopped_at, tenant.erase_due, tenant.ended_by) == (None, None, None)
    assert house.read("acme/video/lesson.mp4") == b"acme"
    house.clock.on("2026-12-01")
    assert [a for a in house.run().actions if a.subject == "acme"] == []
    assert house.read("acme/video/lesson.mp4") == b"acme"


def test_after_the_key_is_destroyed_there_is_no_way_back(house):
    leave(house)
    house.clock.on("2025-07-23")
    house.run()
    house.clock.on("2025-07-30", hour=12)
    with pytest.raises(KeyDestroyedError):
        house.tenants.cancel_end("acme", reason="too late", by="sato")


# -- those who object, and what fails --------------------------------------------------------------


def test_a_veto_holds_a_step_up_and_is_named(house):
    from multistore.hooks import TenantErasing, TenantStopping, Veto

    busy = [True]

    @house.hooks.on(TenantStopping)
    @house.hooks.on(TenantErasing)
    def still_exporting(event):
        if busy[0]:
            raise Veto("an export is open")

    house.tenants.end_contract("acme", END, by="sato")
    house.clock.on("2025-06-01")
    report = house.run()
    assert did(report) == [("acme", "stop", "waits")]
    assert "an export is open" in report.actions[0].detail
    assert not report.overdue
    house.clock.on("2025-06-10")  # past the 5th business day
    assert house.run().overdue
    busy[0] = False
    assert not house.run().overdue
    house.roll()
    busy[0] = True
    house.clock.on("2026-01-01")
    assert house.run().overdue
    assert house.tenants.status("acme").key_gone_at is None  # asked before the key goes
    busy[0] = False
    house.run()
    assert house.names("acme/video/") == []


def test_one_tenant_s_failure_holds_no_other_up(house, monkeypatch):
    from multistore.errors import UnavailableError
    from multistore.lifecycle import leaving

    house.tenants.end_contract("acme", END, by="sato")
    house.tenants.end_contract("acme2", END, by="sato")
    house.clock.on("2025-06-01")
    real = leaving.close_tenant

    def failing(keyring, name, **options):
        if name == "acme":
            raise UnavailableError("the key service is down")
        return real(keyring, name, **options)

    monkeypatch.setattr(leaving, "close_tenant", failing)
    report = house.run()
    assert ("acme", "close-keys", "failed") in did(report)
    assert ("acme2", "close-keys", "done") in did(report)
    assert report.failed
    monkeypatch.undo()
    assert did(house.run()) == [("acme", "close-keys", "done")]


def test_two_people_are_needed_where_the_configuration_says_so(house):
    house.two_people = True
    leave(house)
    house.clock.on("2025-08-15")
    report = house.run()
    assert report.overdue
    assert "a second person" in str(report.actions)
    assert house.states()["acme"] == "suspended"
    house.tenants.approve("acme", by="suzuki")
    house.run()
    house.clock.on("2025-08-23")
    house.run()
    assert house.states()["acme"] == "erased"
