"""How long data remains after its deletion: every way a sum, and no way left out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from multistore.compliance.model import Resource, Status
from multistore.compliance.residual import SCHEDULER_DAYS, Term, Text, Way
from tests.compliance.bucket_answers import (
    ABSENT,
    BUCKET,
    LIFECYCLE,
    REGION_ID,
    answer,
    found,
    rules,
    seen,
)

PLAN = "arn:aws:backup:ap-northeast-1:123456789012:backup-plan:p"
SELECTION = f"{PLAN}/selection/s"
LABEL = Text("x", "x")


def lifecycle(noncurrent=30, **more):
    end = {"NoncurrentDays": noncurrent, **more}
    return rules({**LIFECYCLE, "NoncurrentVersionExpiration": end})


def lock(days):
    retention = {"Mode": "GOVERNANCE", "Days": days}
    return {"ObjectLockConfiguration": {"Rule": {"DefaultRetention": retention}}}


@given(
    noncurrent=st.integers(1, 200),
    locked=st.none() | st.integers(1, 200),
)
@hypothesis_settings(max_examples=40)
def test_the_sum_is_what_its_parts_are(noncurrent, locked):
    changes = {"GetBucketLifecycleConfiguration": lifecycle(noncurrent)}
    if locked is not None:
        changes["GetObjectLockConfiguration"] = lock(locked)
    (said,) = found(seen(changes), "ERA-004")
    total = noncurrent + SCHEDULER_DAYS + (locked or 0)
    assert said.status is (Status.PASS if total <= 60 else Status.FAIL)
    assert f"= {total} days" in said.text.en
    assert f"= {total} 日" in said.text.ja
    assert f"旧バージョン {noncurrent} 日" in said.text.ja


@given(days=st.lists(st.none() | st.integers(0, 1000), max_size=5))
def test_a_way_with_a_part_that_never_ends_never_ends(days):
    way = Way("b", tuple(Term(LABEL, day) for day in days))
    assert way.days == (None if None in days else sum(days))


def test_a_bucket_without_versions_keeps_nothing():
    (said,) = found(seen({"GetBucketVersioning": {}}), "ERA-004")
    assert said.status is Status.PASS
    assert "= 0 days" in said.text.en


def test_versioning_that_is_suspended_still_has_its_versions():
    changes = {
        "GetBucketVersioning": {"Status": "Suspended"},
        "GetBucketLifecycleConfiguration": ABSENT,
    }
    (said,) = found(seen(changes), "ERA-004")
    assert said.status is Status.FAIL


def test_generations_that_are_kept_whatever_their_age_never_end():
    changes = {"GetBucketLifecycleConfiguration": lifecycle(30, NewerNoncurrentVersions=1)}
    (said,) = found(seen(changes), "ERA-004")
    assert said.status is Status.FAIL
    assert "∞ generations kept" in said.text.en


def locked(**retention):
    """A lock put by default, as the service says it."""
    return {"ObjectLockConfiguration": {"Rule": {"DefaultRetention": retention}}}


@pytest.mark.parametrize(
    ("period", "days"),
    [
        ({"Years": 0, "Days": 3000}, 3000),
        ({"Years": 2, "Days": 0}, 732),
        ({"Years": 1, "Days": 5}, 371),
    ],
)
def test_years_and_days_of_a_lock_are_added(period, days):
    changes = {"GetObjectLockConfiguration": locked(Mode="GOVERNANCE", **period)}
    for rule in ("ERA-001", "ERA-004"):
        (said,) = found(seen(changes), rule)
        assert said.status is Status.FAIL
        assert str(days) in said.text.en


@pytest.mark.parametrize("period", [{}, {"Days": 0, "Years": 0}, {"Days": -1}, {"Days": "soon"}])
def test_a_lock_without_a_period_is_unknown(period):
    changes = {"GetObjectLockConfiguration": locked(Mode="GOVERNANCE", **period)}
    for rule in ("ERA-001", "ERA-004"):
        assert {said.status for said in found(seen(changes), rule)} == {Status.UNKNOWN}


def test_a_lock_of_no_known_mode_counts():
    changes = {"GetObjectLockConfiguration": locked(Days=20)}
    (said,) = found(seen(changes), "ERA-001")
    assert said.status is Status.FAIL


# --- words and numbers that no service has --------------------------------------------------------

BENT = [
    *(("GetBucketVersioning", {"Status": word}) for word in ("enabled", "ENABLED", "On", "true")),
    *(("GetBucketLifecycleConfiguration", lifecycle(days)) for days in (-5, 0)),
    (
        "GetBucketLifecycleConfiguration",
        rules({**LIFECYCLE, "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 0}}),
    ),
    ("GetBucketLifecycleConfiguration", rules({**LIFECYCLE, "Status": "enabled"})),
]


@pytest.mark.parametrize(("call", "value"), BENT)
def test_a_word_or_number_that_no_service_has_is_unknown(call, value):
    for rule in ("ERA-003", "ERA-004"):
        (said,) = found(seen({call: value}), rule)
        assert said.status is Status.UNKNOWN, (rule, said.text.en)


def test_a_rule_with_no_known_status_may_archive():
    to_glacier = {"Transitions": [{"StorageClass": "GLACIER"}], "Status": "enabled"}
    changes = {"GetBucketLifecycleConfiguration": rules({**LIFECYCLE, **to_glacier})}
    assert found(seen(changes), "ERA-011")[0].status is Status.UNKNOWN


@pytest.mark.parametrize("word", ["enabled", "ENABLED", "true"])
def test_acceleration_in_a_word_of_its_own_is_unknown(word):
    changes = {"GetBucketAccelerateConfiguration": {"Status": word}}
    assert found(seen(changes), "RES-006")[-1].status is Status.UNKNOWN


# --- backups ------------------------------------------------------------------------------------


def backed_up(lifecycle=None, copies=(), selection=None, plan=True):
    """A bucket that a plan of AWS Backup takes."""
    around = {
        REGION_ID: {
            "backup:ListBackupPlans": {"BackupPlansList": [{"BackupPlanArn": PLAN}]},
            "cloudtrail:GetEventSelectors": {"Trails": []},
        }
    }
    about = seen(around=around)
    chosen = selection or {"Resources": [f"arn:aws:s3:::{BUCKET}"]}
    rule = {"RuleName": "daily", "CopyActions": list(copies)}
    if lifecycle is not None:
        rule["Lifecycle"] = lifecycle
    told = {
        PLAN: {
            "backup:GetBackupPlan": {"BackupPlan": {"BackupPlanName": "plan", "Rules": [rule]}},
            "backup:ListBackupSelections": {"BackupSelectionsList": [{"SelectionId": "s"}]},
        },
        SELECTION: {"backup:GetBackupSelection": {"BackupSelection": chosen}},
    }
    for identity, answers in told.items():
        kind = "backup-plan" if identity == PLAN else "backup-selection"
        about.resources[identity] = Resource(
            identity, kind, "p", "aws", role="account", via="tokyo"
        )
        for call, value in answers.items():
            known = None if call == "backup:GetBackupPlan" and not plan else value
            about.answers[identity, call] = answer(call, identity, known)
    return found(about, "ERA-004")[0]


@pytest.mark.parametrize(
    ("given", "status", "word"),
    [
        ({"lifecycle": {"DeleteAfterDays": 35}}, Status.PASS, "plan/daily: 35 backup = 35"),
        ({"lifecycle": {"DeleteAfterDays": 90}}, Status.FAIL, "90 backup = 90"),
        ({}, Status.FAIL, "∞ backup"),
        (
            {
                "lifecycle": {"DeleteAfterDays": 7},
                "copies": [{"Lifecycle": {"DeleteAfterDays": 365}}],
            },
            Status.FAIL,
            "365 backup",
        ),
        ({"selection": {"Resources": ["arn:aws:s3:::another"]}}, Status.PASS, "= 32 days"),
        (
            {"selection": {"Resources": ["*"], "NotResources": [f"arn:aws:s3:::{BUCKET}"]}},
            Status.PASS,
            "= 32 days",
        ),
        ({"selection": {"ListOfTags": [{"ConditionKey": "backup"}]}}, Status.FAIL, "∞ backup"),
        ({"plan": False}, Status.UNKNOWN, "backup:GetBackupPlan"),
    ],
)
def test_backups_count(given, status, word):
    said = backed_up(**given)
    assert said.status is status, said.text.en
    assert word in said.text.en
