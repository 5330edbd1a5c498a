"""What is held against the targets, and how."""

from __future__ import annotations

import pytest
from benchmarks import report
from benchmarks.cases import CASES
from benchmarks.fresh import FRESH
from benchmarks.house import HOUSE
from benchmarks.peers import PLACES
from benchmarks.targets import BOUNDS, LIMITS, TARGETS

from tests.measuring.record import case, peer, record


def verdicts(run):
    return {(title, what): met for title, what, _, _, met in report.judged(run)}


def test_every_target_names_a_case_and_a_peer_that_there_are():
    measured = {*CASES, *FRESH}
    assert {target.case for target in TARGETS} | {limit.case for limit in LIMITS} <= measured
    assert {target.peer for target in TARGETS} <= {*PLACES}
    assert {bound.case for bound in BOUNDS} <= {*HOUSE}
    few = {name for one in CASES.values() if one.peers is not None for name in one.peers}
    assert few <= {*PLACES}


@pytest.mark.parametrize(("seconds", "met"), [(1.24, True), (1.26, False)])
def test_a_ratio_is_of_rates_each_by_its_own_amount(seconds, met):
    title = CASES["put-4k"].title
    run = record(
        **{
            "put-4k": case(
                title,
                "operations",
                multistore=peer([9.0, seconds, 0.1], amount=1000),
                obstore=peer([1.0, 1.0, 1.0], amount=1000),
            )
        }
    )
    assert verdicts(run)[title, "obstore"] is met
    halved = run["servers"]["loopback"]["cases"]["put-4k"]["peers"]["obstore"]
    halved["amount"], halved["seconds"] = 500, [0.5, 0.5, 0.5]
    assert verdicts(run)[title, "obstore"] is met


def test_what_was_not_measured_is_not_judged():
    run = record(**{"put-4k": case("put", "operations", multistore=peer([1.0]))})
    assert verdicts(run) == {}


@pytest.mark.parametrize(("many", "met"), [(104.9, True), (105.1, False)])
def test_the_ledgers_size_may_cost_five_in_a_hundred(many, met):
    run = record()
    figures = {
        "SQLite, ten tenants: put": {"value": 100.0},
        "SQLite, many tenants: put": {"value": many},
    }
    run["house"]["ledger"] = {"title": "a ledger", "figures": figures}
    assert list(verdicts(run).values()) == [met]


@pytest.mark.parametrize(("theirs", "met"), [(500.0, True), (501.0, False)])
def test_an_erasure_is_to_be_twice_as_fast_as_the_bulk_loop(theirs, met):
    run = record()
    figures = {"erase": 1000.0, "boto3's bulk": theirs}
    run["house"]["erase"] = {
        "title": "an erasure",
        "figures": {
            what: {"value": value, "unit": "versions/s"} for what, value in figures.items()
        },
    }
    assert list(verdicts(run).values()) == [met]
