"""Access is logged in Japan, and the log has an end; what keeps logs may keep them."""

from __future__ import annotations

import pytest

from multistore.compliance.model import Copy, Status
from tests.compliance.bucket_answers import (
    AROUND,
    BUCKET,
    CLEAN_LOGS,
    LOG_LIFECYCLE,
    LOGS,
    REGION_ID,
    found,
    rules,
    seen,
    settings,
    statuses,
)


def without(rule, *parts):
    return {name: value for name, value in rule.items() if name not in parts}


def logging_to(bucket, region="ap-northeast-1", in_japan=True):
    return [Copy(f"s3://{BUCKET}", f"s3://{bucket}", "log", region, in_japan)]


@pytest.mark.parametrize(
    ("region", "in_japan"), [("us-east-1", False), (None, None)], ids=["abroad", "nobody knows"]
)
def test_a_log_that_is_not_shown_to_be_in_japan_is_a_failure(region, in_japan):
    about = seen(copies=logging_to(LOGS, region, in_japan))
    assert statuses(about, "RES-010") == {Status.FAIL}


@pytest.mark.parametrize(
    ("lifecycle", "versioning", "status", "word"),
    [
        (LOG_LIFECYCLE, {}, Status.PASS, "1095"),
        ({**LOG_LIFECYCLE, "Expiration": {"Days": 1097}}, {}, Status.FAIL, "1097"),
        (without(LOG_LIFECYCLE, "Expiration"), {}, Status.FAIL, "No rule"),
        ({**LOG_LIFECYCLE, "Filter": {"Prefix": "prod/"}}, {}, Status.PASS, "1095"),
        ({**LOG_LIFECYCLE, "Filter": {"Prefix": "prod/x/"}}, {}, Status.FAIL, "No rule"),
        ({**LOG_LIFECYCLE, "Filter": {"Tag": {"Key": "a"}}}, {}, Status.FAIL, "No rule"),
        (LOG_LIFECYCLE, {"Status": "Enabled"}, Status.FAIL, "old versions"),
        (
            {**LOG_LIFECYCLE, "NoncurrentVersionExpiration": {"NoncurrentDays": 5}},
            {"Status": "Enabled"},
            Status.FAIL,
            "1095 + 5 = 1100",
        ),
    ],
)
def test_an_access_log_ends_within_36_months(lifecycle, versioning, status, word):
    logs = {
        **CLEAN_LOGS,
        "GetBucketLifecycleConfiguration": rules(lifecycle),
        "GetBucketVersioning": versioning,
    }
    (said,) = found(seen(others={LOGS: logs}), "LOG-002")
    assert said.status is status
    assert word in said.text.en


def test_a_lock_on_the_access_log_counts():
    retention = {"Mode": "COMPLIANCE", "Days": 2}
    lock = {"ObjectLockConfiguration": {"Rule": {"DefaultRetention": retention}}}
    logs = {**CLEAN_LOGS, "GetObjectLockConfiguration": lock}
    (said,) = found(seen(others={LOGS: logs}), "LOG-002")
    assert said.status is Status.FAIL
    assert "1095 + 2 = 1097" in said.text.en


@pytest.mark.parametrize(
    ("retention", "status"),
    [("36 months", Status.PASS), ("37 months", Status.FAIL), ("3 years", Status.PASS),
     ("4 years", Status.FAIL), ("1096 days", Status.PASS), ("1100 days", Status.FAIL),
     (None, Status.FAIL)],
)  # fmt: skip
def test_a_collection_that_outlives_its_tenant_ends_within_36_months(retention, status):
    log = {"store": "logs", "survives_tenant": True, "retention": retention}
    configured = settings(collections={"video": {"store": "tokyo"}, "access-log": log})
    about = seen(configured=configured)
    assert statuses(about, "LOG-002", LOGS) == {status}


TRAIL = {"TrailARN": "arn:aws:cloudtrail:ap-northeast-1:123456789012:trail/t"}
OBJECTS = "AWS::S3::Object"


def advanced(**beginnings):
    fields = [
        {"Field": "eventCategory", "Equals": ["Data"]},
        {"Field": "resources.type", "Equals": [OBJECTS]},
        *({"Field": "resources.ARN", **beginnings} for _ in range(bool(beginnings))),
    ]
    return [{"FieldSelectors": fields}]


@pytest.mark.parametrize(
    ("trail", "status"),
    [
        ({"EventSelectors": [{"DataResources": [{"Type": OBJECTS, "Values": ["arn:aws:s3"]}]}]},
         Status.PASS),
        ({"EventSelectors": [{"DataResources": [
            {"Type": OBJECTS, "Values": [f"arn:aws:s3:::{BUCKET}/"]}]}]}, Status.PASS),
        ({"EventSelectors": [{"DataResources": [
            {"Type": OBJECTS, "Values": ["arn:aws:s3:::another/"]}]}]}, Status.FAIL),
        ({"EventSelectors": [{"DataResources": []}]}, Status.FAIL),
        ({"AdvancedEventSelectors": advanced()}, Status.PASS),
        ({"AdvancedEventSelectors": advanced(StartsWith=[f"arn:aws:s3:::{BUCKET}/"])},
         Status.PASS),
        ({"AdvancedEventSelectors": advanced(StartsWith=["arn:aws:s3:::another/"])}, Status.FAIL),
        ({"AdvancedEventSelectors": advanced(NotStartsWith=["arn:aws:s3:::x"])}, Status.FAIL),
    ],
)  # fmt: skip
def test_a_trail_of_data_events_is_a_log(trail, status):
    told = {**AROUND[REGION_ID], "cloudtrail:GetEventSelectors": {"Trails": [{**TRAIL, **trail}]}}
    about = seen({"GetBucketLogging": {}}, copies=[], around={REGION_ID: told})
    assert statuses(about, "LOG-001") == {status}


def test_trails_that_cannot_be_read_leave_it_unknown():
    told = {**AROUND[REGION_ID], "cloudtrail:GetEventSelectors": None}
    about = seen({"GetBucketLogging": {}}, copies=[], around={REGION_ID: told})
    assert statuses(about, "LOG-001") == {Status.UNKNOWN}


def test_backups_that_cannot_be_read_leave_the_residual_time_unknown():
    told = {**AROUND[REGION_ID], "backup:ListBackupPlans": None}
    assert statuses(seen(around={REGION_ID: told}), "ERA-004") == {Status.UNKNOWN}
