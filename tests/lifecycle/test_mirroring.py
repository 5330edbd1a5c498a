"""Retention as the providers' rules: a net below the runs, which asks nobody what it may expire."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import update

from multistore.config import CollectionSettings
from multistore.errors import AccessDeniedError
from multistore.hooks import ObjectExpiring
from multistore.ledger.holds import Holds
from multistore.ledger.schema import TenantState, scopes, tenants
from multistore.lifecycle import mirroring
from multistore.lifecycle.calendar import Period
from multistore.lifecycle.run import Result
from multistore.sealing.sealed import SealedStore
from multistore.stores.facets import Rule, Rules
from multistore.testing.faults import FaultyStore
from tests.lifecycle.house import BEGIN, Clock, opened

OTHERS = Rule("multistore:00000000:acme/video", "acme/video/", days=1)


class Ruled(FaultyStore):
    """A store whose rules are a list; it may drop a field, as Ceph and moto do."""

    def __init__(self, inner):
        super().__init__(inner)
        self.own, self.writes, self.drops = (OTHERS,), 0, {}
        self.before_write = lambda: None

    @property
    def rules(self):
        return self

    def read(self):
        return Rules(self.own, ("of the customer",))

    def replace(self, own):
        self.before_write()
        self.writes += 1
        self.own = tuple(replace(rule, **self.drops) for rule in own)
        dropped = [f"{rule.id}: {field}" for rule in own for field in self.drops]
        return Rules(self.own, ("of the customer",), tuple(dropped))


@pytest.fixture
def house(tmp_path):
    house = opened(tmp_path, Clock())
    ruled = Ruled(house.stores["logs"].inner)
    house.stores["logs"] = SealedStore(ruled, house.keyring)
    house.ruled = ruled
    yield house
    house.close()


def _rules(house):
    return {rule.prefix: rule for rule in house.ruled.own if rule != OTHERS}


def _lines(report):
    return [
        (action.subject, action.result, action.detail)
        for action in report.actions
        if action.step == mirroring.MIRROR
    ]


def test_every_scope_with_retention_has_a_rule_and_no_other(house):
    assert _lines(house.run(dry_run=True)) == [("logs", Result.WOULD, "3 rules would be there")]
    assert house.ruled.own == (OTHERS,)
    assert _lines(house.run()) == [("logs", Result.DONE, "3 rules beside 1 foreign ones")]
    assert set(_rules(house)) == {f"{name}/access-log/" for name in ("acme", "acme2", "acm")}
    assert OTHERS in house.ruled.own
    assert _lines(house.run()) == []
    assert house.ruled.writes == 1


@pytest.mark.parametrize("period", ["1 days", "60 days", "1 months", "36 months", "7 years"])
@pytest.mark.parametrize("sealed", [BEGIN, datetime(2027, 12, 31, tzinfo=UTC)])
def test_no_rule_is_earlier_than_the_retention(period, sealed):
    told = Period.parse(period)
    rule = mirroring.rule_of(b"12345678" * 2, "acme", "video", told)
    ends = told.after(sealed)
    behind = rule.days - (ends - sealed).days
    assert (
        mirroring.BEHIND
        <= behind
        <= mirroring.BEHIND + 3 + told.months // 12 + told.months % 12 * 3
    )
    assert rule.noncurrent_days == rule.days


def test_what_a_hold_touches_has_none(house):
    house.run()
    Holds(house.keyring.ledger).place(
        "acme/access-log/2025-04.log", "case", reason="a court asked", placed_by="tanaka"
    )
    house.run()
    assert set(_rules(house)) == {"acme2/access-log/", "acm/access-log/"}
    Holds(house.keyring.ledger).release("acme", "case", reason="over", released_by="tanaka")
    house.run()
    assert len(_rules(house)) == 3


def test_a_hold_that_comes_while_they_are_written_wins(house):
    def place():
        house.ruled.before_write = lambda: None
        Holds(house.keyring.ledger).place(
            "acm/", "case", reason="a court asked", placed_by="tanaka"
        )

    house.ruled.before_write = place
    house.run()
    assert set(_rules(house)) == {"acme/access-log/", "acme2/access-log/"}


def test_where_a_handler_may_veto_there_is_none(house):
    house.run()
    house.hooks.on(ObjectExpiring)(lambda event: None)
    house.run()
    assert _rules(house) == {}
    assert OTHERS in house.ruled.own


def test_they_go_with_the_retention_and_with_the_tenant(house):
    house.collections["audit"] = CollectionSettings(store="logs", retention="60 days")
    house.put("acme/audit/1")
    house.run()
    assert "acme/audit/" in _rules(house)
    with house.keyring.ledger.writing() as connection:
        connection.execute(
            update(tenants).where(tenants.c.name == "acme").values(state=TenantState.ERASING.value)
        )
        connection.execute(
            update(scopes).where(scopes.c.collection == "access-log").values(survives_tenant=True)
        )
    list(mirroring.mirror(house.estate, dry=False))
    assert set(_rules(house)) == {f"{name}/access-log/" for name in ("acme", "acme2", "acm")}
    house.collections["access-log"] = CollectionSettings(store="logs")
    house.collections["audit"] = CollectionSettings(store="logs")
    list(mirroring.mirror(house.estate, dry=False))
    assert house.ruled.own == (OTHERS,)


def test_a_dropped_field_is_told_and_nothing_turns_in_circles(house):
    house.ruled.drops = {"upload_days": None}
    ((subject, result, detail),) = _lines(house.run())
    assert (subject, result) == ("logs", Result.WAITS)
    assert "did not keep" in detail
    assert "upload_days" in detail
    assert house.ruled.writes == 1


def test_a_bucket_that_cannot_have_so_many_says_how_many_are_left_out(house, monkeypatch):
    monkeypatch.setattr(mirroring, "MOST", 4)
    ((_, result, detail),) = _lines(house.run())
    assert result is Result.WAITS
    assert "1 more than a bucket can have" in detail
    assert len(house.ruled.own) == 3


def test_a_refusal_waits_and_is_silent_where_nothing_was_wanted(house, monkeypatch):
    def refused(*_):
        raise AccessDeniedError("no", code="AccessDenied", status=403)

    monkeypatch.setattr(Ruled, "read", refused)
    ((_, result, detail),) = _lines(house.run())
    assert result is Result.WAITS
    assert "AccessDenied" in detail
    house.collections["access-log"] = CollectionSettings(store="logs")
    assert _lines(house.run()) == []


@pytest.mark.s3
def test_on_moto(house, moto_server, s3_credentials):
    from multistore.stores.s3.store import S3Store

    store = S3Store(
        "logs",
        endpoint=moto_server.endpoint(),
        bucket=moto_server.bucket(versioned=True),
        credentials=s3_credentials(moto_server),
    )
    house.stores["logs"] = SealedStore(store, house.keyring)
    told = list(mirroring.mirror(house.estate, dry=False))
    assert [(one.detail, one.done) for one in told] == [("3 rules beside 0 foreign ones", True)]
    assert list(mirroring.mirror(house.estate, dry=False)) == []
    rules = moto_server.client().get_bucket_lifecycle_configuration(Bucket=store.bucket)["Rules"]
    assert {rule["Filter"]["Prefix"] for rule in rules} == {
        f"{name}/access-log/" for name in ("acme", "acme2", "acm")
    }
