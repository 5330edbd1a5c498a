"""Where replicas are, how they end, and that they are proven empty: from hop to hop."""

from __future__ import annotations

from dataclasses import replace

import pytest

from multistore.compliance.model import Copy, Status
from tests.compliance.bucket_answers import (
    ABSENT,
    ACCOUNT,
    BUCKET,
    LIFECYCLE,
    answer,
    found,
    replication,
    rules,
    seen,
    statuses,
    to,
)

NOT_ABROAD = {"BucketRegion": "ap-northeast-3", "HTTPStatus": 200}


def replicated(region="ap-northeast-3", target=None, changes=None, **rule):
    """A bucket with one replica, which has an end of its own."""
    head = {"BucketRegion": region, "HTTPStatus": 200} if region else None
    its = {
        "HeadBucket": head,
        "GetBucketReplication": ABSENT,
        "GetBucketVersioning": {"Status": "Enabled"},
        "GetBucketLifecycleConfiguration": rules({**LIFECYCLE, "Expiration": {"Days": 20}}),
        "GetObjectLockConfiguration": ABSENT,
        **(target or {}),
    }
    return seen(
        {"GetBucketReplication": replication(to("copy", **rule)), **(changes or {})},
        others={"copy": its},
    )


def test_a_replica_in_osaka_is_in_order():
    assert statuses(replicated(), "RES-004") == {Status.PASS}
    assert "ap-northeast-3" in found(replicated(), "RES-004")[0].text.en
    assert statuses(replicated(), "ERA-006") == {Status.PASS}
    (sums,) = found(replicated(), "ERA-004")
    assert sums.status is Status.PASS
    assert "copy: 20 expiry of the replica + 30 noncurrent + 2 scheduler = 52" in sums.text.en


@pytest.mark.parametrize("region", ["us-east-1", "ap-northeast-2", "ap-northeast-1-tpe-1"])
def test_a_replica_abroad_is_a_failure(region):
    (said,) = found(replicated(region), "RES-004")
    assert said.status is Status.FAIL
    assert region in said.text.en


def test_a_replica_that_nobody_can_look_at_is_a_failure_as_it_is_at_the_gate():
    assert statuses(replicated(None), "RES-004") == {Status.FAIL}


def test_a_replica_in_another_account_is_a_failure():
    assert statuses(replicated(Account="9" * 12), "RES-004") == {Status.FAIL}
    assert statuses(replicated(Account=ACCOUNT), "RES-004") == {Status.PASS}


def test_a_replica_that_refuses_us_is_unknown():
    about = replicated(target={"GetBucketReplication": None})
    assert statuses(about, "RES-004") == {Status.UNKNOWN}


@pytest.mark.parametrize("rule", ["ERA-004", "ERA-006", "ERA-009"])
def test_what_lies_behind_a_replica_that_refuses_us_is_unknown(rule):
    """It ends by itself and is empty, and may hand everything on."""
    about = replicated(
        target={"GetBucketReplication": None, LEFT: NOTHING}, changes={LEFT: NOTHING}
    )
    about.answers["configuration", "ledger"] = answer(
        "ledger", "configuration", {"ErasedTenants": 2}
    )
    (said,) = found(about, rule)
    assert said.status is Status.UNKNOWN
    assert "GetBucketReplication could not be read" in said.text.en


def test_a_replica_that_was_not_looked_at_is_not_proven_empty():
    about = seen({"GetBucketReplication": replication(to("unseen")), LEFT: NOTHING}, around=ERASED)
    assert statuses(about, "ERA-009") == {Status.UNKNOWN}


def test_a_replica_whose_owner_may_not_be_seen_is_unknown():
    about = replicated()
    head = ("s3://copy", "HeadBucket")
    about.answers[head] = replace(about.answers[head], http_status=403)
    assert statuses(about, "RES-004") == {Status.UNKNOWN}


def test_the_second_hop_is_followed():
    further = {"HeadBucket": {"BucketRegion": "us-west-2", "HTTPStatus": 200}}
    about = seen(
        {"GetBucketReplication": replication(to("copy"))},
        others={
            "copy": {
                "HeadBucket": NOT_ABROAD,
                "GetBucketReplication": replication(to("far")),
            },
            "far": {**further, "GetBucketReplication": ABSENT},
        },
    )
    (said,) = found(about, "RES-004")
    assert said.status is Status.FAIL
    assert f"{BUCKET} → copy → far" in said.text.en


def test_a_ring_of_replicas_ends():
    back = {"HeadBucket": NOT_ABROAD, "GetBucketReplication": replication(to(BUCKET))}
    about = seen({"GetBucketReplication": replication(to("copy"))}, others={"copy": back})
    assert statuses(about, "RES-004") == {Status.PASS}


def test_a_rule_that_is_switched_off_replicates_nothing():
    off = replication(to("far"))
    off["ReplicationConfiguration"]["Rules"][0]["Status"] = "Disabled"
    assert statuses(seen({"GetBucketReplication": off}), "RES-004") == {Status.PASS}


def test_a_replica_without_an_end_is_a_failure():
    about = replicated(target={"GetBucketLifecycleConfiguration": ABSENT})
    assert statuses(about, "ERA-006") == {Status.FAIL}
    assert statuses(about, "ERA-004") == {Status.FAIL}


def test_a_replica_whose_end_cannot_be_read_is_unknown():
    about = replicated(target={"GetBucketLifecycleConfiguration": None})
    assert statuses(about, "ERA-006") == {Status.UNKNOWN}
    assert statuses(about, "ERA-004") == {Status.UNKNOWN}


def test_a_copy_that_is_no_store_is_off_the_map():
    arrow = Copy(f"s3://{BUCKET}", "s3://copy", "replication", "ap-northeast-3", True)
    assert statuses(seen(copies=[arrow]), "RES-024") == {Status.FAIL}
    assert statuses(seen(), "RES-024") == {Status.PASS}


ERASED = {"configuration": {"ledger": {"ErasedTenants": 2}}}
LEFT = "ListObjectVersions of erased tenants"
NOTHING = {"Tenants": 2, "Versions": 0, "Uploads": 0}


@pytest.mark.parametrize(
    ("left", "status"),
    [
        (NOTHING, Status.PASS),
        ({**NOTHING, "Versions": 1}, Status.FAIL),
        ({**NOTHING, "Uploads": 1}, Status.FAIL),
        (None, Status.UNKNOWN),
        ({}, Status.UNKNOWN),
    ],
)
def test_of_erased_tenants_nothing_is_left(left, status):
    assert statuses(seen({LEFT: left}, around=ERASED), "ERA-009") == {status}


@pytest.mark.parametrize(
    ("ledger", "status"),
    [(ABSENT, Status.NA), (None, Status.UNKNOWN), ({"ErasedTenants": 0}, Status.NA)],
)
def test_without_an_erased_tenant_there_is_nothing_to_prove(ledger, status):
    around = {"configuration": {"ledger": ledger}}
    assert statuses(seen({LEFT: NOTHING}, around=around), "ERA-009") == {status}


@pytest.mark.parametrize(
    ("there", "status"),
    [({LEFT: NOTHING}, Status.PASS), ({LEFT: {**NOTHING, "Versions": 1}}, Status.FAIL),
     ({}, Status.UNKNOWN)],
)  # fmt: skip
def test_the_replica_is_proven_empty_as_well(there, status):
    copy = {"HeadBucket": NOT_ABROAD, "GetBucketReplication": ABSENT, **there}
    about = seen(
        {"GetBucketReplication": replication(to("copy")), LEFT: NOTHING},
        others={"copy": copy},
        around=ERASED,
    )
    assert statuses(about, "ERA-009") == {status}
