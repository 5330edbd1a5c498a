"""What has outlived its retention goes, counted from when it was sealed, and nothing else does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from multistore.config import CollectionSettings
from multistore.lifecycle.calendar import Period
from multistore.lifecycle.retention import Copy, judged, may_have_expired_since, sealed_since
from multistore.sealing.sealed import SealedStore
from multistore.stores.base import Body
from multistore.stores.memory import MemoryStore
from multistore.values import PutMode

NOW = datetime(2029, 1, 15, 3, tzinfo=UTC)
MONTHS = Period.parse("36 months")


def copy(name, sealed, *, version="", modified=None):
    return Copy(name, version, modified or sealed, sealed)


def old(days):
    return MONTHS.latest_begin(NOW) - timedelta(days=days)


def test_only_what_is_past_its_last_day_goes():
    found = judged([copy("a", old(0)), copy("b", old(-0.01)), copy("c", NOW)], MONTHS, NOW)
    assert found.names == {"a"}
    assert found.oldest_left == old(-0.01)
    assert found.overdue_since == NOW


def test_a_copy_is_as_old_as_what_it_was_copied_from():
    found = judged([copy("a", old(3), modified=NOW)], MONTHS, NOW)
    assert found.names == {"a"}


def test_what_tells_no_sealed_time_is_as_old_as_the_store_says():
    found = judged([Copy("a", "", old(1), None), Copy("b", "", NOW, None)], MONTHS, NOW)
    assert found.names == {"a"}


def test_an_old_version_goes_alone_and_a_name_only_with_all_its_versions():
    found = judged(
        [
            copy("lives", old(9), version="1"),
            copy("lives", NOW, version="2"),
            copy("ends", old(9), version="1"),
            copy("ends", old(1), version="2"),
        ],
        MONTHS,
        NOW,
    )
    assert (found.names, found.versions) == ({"ends"}, {("lives", "1")})


def test_nothing_that_could_expire_is_passed_over():
    assert sealed_since(old(-5), MONTHS, NOW) == old(-5)
    assert sealed_since(None, MONTHS, NOW) < NOW
    # After 31 days at the latest it is looked through again, whatever was there.
    later = NOW + timedelta(days=31)
    assert sealed_since(None, MONTHS, NOW) <= may_have_expired_since(MONTHS, later)
    assert sealed_since(NOW, MONTHS, NOW) > may_have_expired_since(MONTHS, NOW)


# -- on a store ----------------------------------------------------------------------------------


@pytest.fixture
def sealing(monkeypatch):
    """Turns the clock by which objects are sealed."""

    def at(moment):
        stamp = int(moment.timestamp() * 1e9)
        monkeypatch.setattr(
            "multistore.sealing.sealed.time", SimpleNamespace(time_ns=lambda: stamp)
        )

    return at


@pytest.fixture
def logs(house, clock, sealing):
    """Logs of three years, of a tenant that has had its scope since then, on a versioned store."""
    from sqlalchemy import update

    from multistore.ledger.schema import scopes

    memory = SealedStore(MemoryStore("logs", versioned=True), house.keyring)
    house.stores["logs"].close()
    house.stores["logs"] = memory
    clock.now = NOW
    with house.keyring.ledger.writing() as connection:
        connection.execute(update(scopes).values(sealed_since=old(400)))
    for days in (0, 1, 300, -1, -30):
        sealing(old(days))
        house.put(f"acme/access-log/{days}.log")
        house.put(f"acme2/access-log/{days}.log")
    return memory


def left(house, tenant="acme"):
    return [name.rpartition("/")[2] for name in house.names(f"{tenant}/access-log/")]


def test_a_run_erases_what_has_expired_and_certifies_it(house, logs):
    report = house.run()
    assert [(a.subject, a.step, a.result.value) for a in report.actions] == [
        ("acme/access-log", "expire", "done"),
        ("acme2/access-log", "expire", "done"),
    ]
    assert left(house) == left(house, "acme2") == ["-1.log", "-30.log"]
    assert {v.name for v in logs.inner.versions.list_versions("acme/")} == {
        "acme/access-log/-1.log",
        "acme/access-log/-30.log",
    }
    assert "LOGICAL_DELETE" in report.actions[0].detail
    house.clock.forward(days=1)
    house.run()
    assert left(house) == ["-30.log"]


def test_a_second_run_changes_nothing_and_asks_no_store(house, logs, monkeypatch):
    house.run()
    before = house.everything()
    monkeypatch.setattr("multistore.lifecycle.expiry.look_through", None)
    house.clock.forward(minutes=5)
    with house.keyring.ledger.writing() as connection:
        from sqlalchemy import update

        from multistore.ledger.schema import scopes

        connection.execute(update(scopes).values(sealed_since=house.clock.now))
    assert house.run().actions == ()
    monkeypatch.undo()
    assert house.everything()[1] == before[1]


def test_a_dry_run_counts(house, logs):
    before = house.everything()
    report = house.run(dry_run=True)
    assert [(a.result.value, a.detail) for a in report.actions] == [
        ("would", "3 objects would be erased")
    ] * 2
    assert report.overdue  # the oldest should have gone 300 days ago
    assert house.everything() == before


def test_an_overwritten_version_expires_by_its_own_age(house, logs, sealing):
    sealing(NOW)
    house.put("acme/access-log/300.log", b"rewritten today")
    house.run()
    assert house.read("acme/access-log/300.log") == b"rewritten today"
    versions = logs.inner.versions.list_versions("acme/access-log/300.log")
    assert len(list(versions)) == 1


def test_a_renamed_object_keeps_its_age(house, logs):
    logs.duplicate("acme/access-log/300.log", "acme/access-log/new.log", mode=PutMode.CREATE)
    house.run()
    assert "new.log" not in left(house)


def test_collections_without_retention_are_kept(house, logs, sealing):
    sealing(old(3000))
    house.put("acme/video/ancient.mp4")
    house.run()
    assert house.read("acme/video/ancient.mp4") == b"sealed"


def test_a_hold_keeps_what_it_covers(house, logs):
    from multistore.ledger.holds import Holds

    holds = Holds(house.keyring.ledger)
    holds.place("acme/access-log/300.log", "17", reason="a suit", placed_by="legal")
    holds.place("acme2/", "18", reason="a suit", placed_by="legal")
    report = house.run()
    assert left(house) == ["-1.log", "-30.log", "300.log"]
    assert len(left(house, "acme2")) == 5
    assert {a.result.value for a in report.actions} == {"waits"}
    assert "17" in str(report.actions)
    assert "18" in str(report.actions)
    assert not report.overdue
    holds.release("acme", "17", reason="settled", released_by="legal")
    house.run()
    assert left(house) == ["-1.log", "-30.log"]


def test_a_handler_may_keep_a_single_object(house, logs):
    from multistore.hooks import ObjectExpired, ObjectExpiring, Veto

    told = []

    @house.hooks.on(ObjectExpiring)
    def keep(event):
        if event.address.key == "300.log":
            raise Veto("still needed")

    @house.hooks.on(ObjectExpired)
    def note(event):
        told.append(str(event.address))

    report = house.run()
    assert left(house) == ["-1.log", "-30.log", "300.log"]
    assert "still needed" in str(report.actions)
    assert told[:2] == ["acme/access-log/0.log", "acme/access-log/1.log"]


def test_a_survivor_s_logs_expire_though_its_keys_are_refused(house, logs):
    from multistore.keys.closing import close_tenant

    close_tenant(house.keyring, "acme", reason="x", surviving=["access-log"])
    house.run()
    assert left(house) == ["-1.log", "-30.log"]


def test_what_was_put_there_past_the_sealing_expires_by_the_store_s_time(house, logs, clock):
    from multistore.stores.base import Body

    logs.inner.put("acme/access-log/foreign", Body([b"x"], 1), mode=PutMode.CREATE)
    house.run()
    assert "foreign" in left(house)
    clock.now = datetime.now(UTC) + timedelta(days=4 * 366)
    house.run()
    assert "foreign" not in left(house)


def test_what_cannot_be_listed_is_not_called_done(house, logs, monkeypatch):
    from multistore.errors import AccessDeniedError

    def refused(*_):
        raise AccessDeniedError("no", status=403)

    monkeypatch.setattr(type(logs.inner.versions), "list_versions", refused)
    report = house.run()
    assert {a.result.value for a in report.actions} == {"failed"}
    assert report.failed
    monkeypatch.undo()
    house.run()
    assert left(house) == ["-1.log", "-30.log"]


def test_sixty_days_are_sixty_days(house, clock, sealing):
    house.collections["video"] = CollectionSettings(store="main", retention="60 days")
    begun = datetime.now(UTC)
    sealing(begun)
    house.put("acme/video/new.mp4")
    clock.now = begun + timedelta(days=60) - timedelta(seconds=1)
    house.run()
    assert "acme/video/new.mp4" in house.names()
    clock.now = begun + timedelta(days=60, seconds=1)
    house.run()
    assert "acme/video/new.mp4" not in house.names()


# -- what is put under the name of something that has expired -------------------------------------


@pytest.fixture
def plain(house, logs, sealing):
    """The same on a disk, which keeps no versions: a write replaces what was there."""
    from multistore.stores.local import LocalStore

    house.stores["logs"] = SealedStore(LocalStore("logs", house.home / "plain"), house.keyring)
    sealing(old(300))
    for name in ("a.log", "b.log"):
        house.put(f"acme/access-log/{name}")
    sealing(NOW)
    return house.stores["logs"]


def _race(monkeypatch, function, action):
    """Let something happen once, right before a function of the erasure."""
    from multistore.erasure import deleting, inventory

    module = {"delete": deleting, "take": inventory}[function]
    original, waiting = getattr(module, function), [action]

    def racing(*args, **options):
        if waiting:
            waiting.pop()()
        return original(*args, **options)

    monkeypatch.setattr(module, function, racing)


def test_an_object_put_after_a_killed_run_stays(house, plain, monkeypatch):
    def killed():
        raise KeyboardInterrupt

    _race(monkeypatch, "delete", killed)
    with pytest.raises(KeyboardInterrupt):
        house.run()
    house.put("acme/access-log/a.log", b"new")
    report = house.run()
    assert left(house) == ["a.log"]
    assert house.read("acme/access-log/a.log") == b"new"
    assert report.actions[0].result.value == "done"


def test_a_killed_run_s_plan_is_not_resumed_over_a_longer_retention(
    house, plain, sealing, monkeypatch
):
    def killed():
        raise KeyboardInterrupt

    from sqlalchemy import update

    from multistore.ledger.schema import scopes

    sealing(old(2000))
    house.put("acme/access-log/ancient.log")
    with house.keyring.ledger.writing() as connection:
        connection.execute(update(scopes).values(sealed_since=None))
    _race(monkeypatch, "delete", killed)
    with pytest.raises(KeyboardInterrupt):
        house.run()
    house.collections["access-log"] = CollectionSettings(store="logs", retention="60 months")
    house.run()
    assert left(house) == ["a.log", "b.log"]


@pytest.mark.parametrize("moment", ["take", "delete"])
def test_an_object_put_while_a_run_erases_stays_and_is_told(house, plain, monkeypatch, moment):
    from multistore.hooks import ObjectExpired

    told = []
    house.hooks.on(ObjectExpired)(lambda event: told.append(event.address.key))
    _race(monkeypatch, moment, lambda: house.put("acme/access-log/a.log", b"new"))
    (action,) = house.run().actions
    assert house.read("acme/access-log/a.log") == b"new"
    assert left(house) == ["a.log"]
    assert action.result.value == "waits"
    assert "left" in action.detail
    assert told == ["b.log"]


def test_a_version_put_while_a_run_erases_stays(house, logs, monkeypatch):
    _race(monkeypatch, "take", lambda: house.put("acme/access-log/300.log", b"new"))
    house.run()
    assert house.read("acme/access-log/300.log") == b"new"


def test_what_a_store_lists_besides_is_left(house, logs, clock, monkeypatch):
    """As behind a gateway that loses the prefix: another tenant's object, long past any period."""
    name, facet = "acme2/video/lesson.mp4", type(logs.inner.versions)
    logs.inner.put(name, Body([b"x"], 1), mode=PutMode.OVERWRITE)
    listed = facet.list_versions
    monkeypatch.setattr(facet, "list_versions", lambda store, _: listed(store, ""))
    clock.now = datetime.now(UTC) + timedelta(days=4 * 366)
    house.run()
    assert [version.name for version in listed(logs.inner.versions, "")] == [name]
