"""Every rule about AWS's other services: violated, kept, unreadable, absent, fallen through."""

from __future__ import annotations

import pytest

from tests.compliance.aws_cases import CASES, ENCRYPTION, EVENTS, FAIL, LENS, NA, UNKNOWN
from tests.compliance.aws_world import (
    CLEAN,
    JOB,
    KEY_ABROAD,
    LOG,
    OREGON,
    REGION,
    TOKYO,
    TOPIC,
    TOPIC_ABROAD,
    job,
    subscriptions,
)
from tests.compliance.worlds import GOOD, LOST, resource, rule

RULES = (
    *("KEY-001", "KEY-002", "KEY-003", "KEY-004"),
    *("PUB-001", "PUB-008", "RES-005", "RES-007", "RES-011", "RES-012", "RES-013"),
    *("RES-015", "RES-017", "RES-019", "LOG-003"),
)
ROWS = [
    pytest.param(name, identity, changes, status, id=f"{name} {what}")
    for (name, identity), rows in CASES.items()
    for what, (changes, status) in rows.items()
]


@pytest.mark.parametrize(("name", "identity"), list(CLEAN.judged_by(RULES)))
def test_what_is_in_order_breaks_no_rule(name, identity):
    assert CLEAN.statuses(name, identity) <= GOOD
    assert CLEAN.statuses(name, identity)


@pytest.mark.parametrize(("name", "identity", "changes", "status"), ROWS)
def test_a_change_is_judged(name, identity, changes, status):
    found = CLEAN.but(changes).findings(name, identity)
    assert {finding.status for finding in found} == {status}
    for finding in found:
        assert finding.text.en
        assert finding.text.ja
        assert status is not FAIL or finding.remedy


def test_every_rule_is_broken_once():
    broken = {name for (name, _), rows in CASES.items() if any(s is FAIL for _, s in rows.values())}
    assert set(RULES) - broken == {"RES-012"}  # its target's place is the other resource's
    outside = resource(LOG, "s3-bucket", "trail-logs", role="target", region=OREGON)
    abroad = CLEAN.but({JOB: {"s3control:DescribeJob": job("trail-logs")}}, [outside])
    assert abroad.statuses("RES-012", JOB) == {FAIL}
    assert abroad.statuses("RES-019", REGION) == {FAIL}


@pytest.mark.parametrize("how", LOST)
@pytest.mark.parametrize(
    ("name", "identity", "whose", "call"),
    [pytest.param(*row, id=f"{row[0]} {row[1]} {row[3]}") for row in CLEAN.rests_on(RULES)],
)
def test_an_answer_that_is_lost_is_unknown_and_no_pass(name, identity, whose, call, how):
    value, why = LOST[how]
    assert UNKNOWN in CLEAN.but({whose: {call: value}}).statuses(name, identity, why)


@pytest.mark.parametrize(
    ("name", "identity", "whose", "call"),
    [pytest.param(*row, id=f"{row[0]} {row[1]} {row[3]}") for row in CLEAN.rests_on(RULES)],
)
def test_an_answer_of_another_shape_is_no_pass(name, identity, whose, call):
    for value in ({"Unheard": "of"}, dict.fromkeys(["KeyMetadata", "Rules", "Policy"], 1)):
        found = CLEAN.but({whose: {call: value}}).statuses(name, identity)
        # S3 leaves the first two lists out where they are empty; the third is ENC-001's to judge.
        assert not found & GOOD or call in (EVENTS, LENS, ENCRYPTION)


def test_a_key_abroad_is_told_by_its_name_and_not_asked():
    world = CLEAN.but(resources=[resource(KEY_ABROAD, "kms-key", region=TOKYO)])
    assert world.statuses("KEY-001", KEY_ABROAD) == {FAIL}
    for name in ("KEY-002", "KEY-003", "KEY-004"):
        assert world.statuses(name, KEY_ABROAD) == {NA}


def test_a_topic_abroad_is_reported_by_its_bucket():
    world = CLEAN.but(resources=[resource(TOPIC_ABROAD, "sns-topic", "uploads")])
    assert world.statuses("RES-011", TOPIC_ABROAD) == {NA}


def test_an_address_of_a_person_is_not_repeated():
    changes = {TOPIC: {"sns:ListSubscriptionsByTopic": subscriptions("email", "a@example.jp")}}
    (finding,) = CLEAN.but(changes).findings("RES-011", TOPIC)
    assert "a@example.jp" not in finding.text.en + finding.text.ja


def test_every_rule_says_what_it_needs_in_both_languages():
    for name in RULES:
        one = rule(name)
        assert one.reads
        assert one.permission
        for words in (one.title, one.cost, one.remedy):
            assert words.en
            assert words.ja
