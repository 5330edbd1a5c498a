"""Every rule about S3 buckets: violated, kept, unreadable, absent, fallen through."""

from __future__ import annotations

import pytest

from multistore.compliance.judging import judged
from multistore.compliance.model import FELL_THROUGH, Copy, Status
from multistore.compliance.rules import all_rules
from tests.compliance.bucket_answers import (
    ABSENT,
    ACCOUNT,
    AROUND,
    BUCKET,
    CLEAN,
    CLEAN_LOGS,
    GOOD,
    GRANT,
    LIFECYCLE,
    LOG_LIFECYCLE,
    LOGS,
    OWNER,
    REGION_ID,
    WORLD,
    allow,
    block,
    encryption,
    found,
    policy,
    replication,
    resource,
    rules,
    seen,
    settings,
    statuses,
    tls_only,
    to,
)

BUCKET_RULES = [rule for rule in all_rules() if rule.implemented and "s3-bucket" in rule.applies_to]
NOT_ABROAD = {"BucketRegion": "ap-northeast-3", "HTTPStatus": 200}
LOCKED = {"ObjectLockConfiguration": {"ObjectLockEnabled": "Enabled"}}


def lock(mode, **period):
    return {
        "ObjectLockConfiguration": {
            "ObjectLockEnabled": "Enabled",
            "Rule": {"DefaultRetention": {"Mode": mode, **period}},
        }
    }


def inventory(**changes):
    destination = {"Bucket": f"arn:aws:s3:::{LOGS}", "Encryption": {"SSES3": {}}, **changes}
    return {
        "InventoryConfigurationList": [
            {
                "Id": "all",
                "IsEnabled": True,
                "Destination": {"S3BucketDestination": destination},
            }
        ]
    }


def analysis(**changes):
    export = {"Destination": {"S3BucketDestination": {**to(LOGS), **changes}}}
    return {
        "AnalyticsConfigurationList": [
            {"Id": "classes", "StorageClassAnalysis": {"DataExport": export}}
        ]
    }


def sampled(**entry):
    return {"Sampled": 1, "Listed": 4, "Objects": [entry]}


def versions(**changes):
    return {**CLEAN["ListObjectVersions"], **changes}


def without(rule, *parts):
    return {name: value for name, value in rule.items() if name not in parts}


# Which answers break a rule, and a word of what is then said.
VIOLATED = [
    ("RES-006", {"GetBucketAccelerateConfiguration": {"Status": "Enabled"}}, "edge"),
    ("RES-008", {"ListBucketInventoryConfigurations": inventory(AccountId="9" * 12)}, "another"),
    ("RES-008", {"ListBucketInventoryConfigurations": inventory(Encryption={})}, "encryption"),
    (
        "RES-009",
        {"ListBucketAnalyticsConfigurations": analysis(BucketAccountId="9" * 12)},
        "another account",
    ),
    ("RES-014", {"GetBucketMetadataConfiguration": {"X": {}}}, "table"),
    ("RES-018", {"GetBucketWebsite": {"IndexDocument": {"Suffix": "i.html"}}}, "website"),
    (
        "RES-018",
        {"GetBucketWebsite": {"RedirectAllRequestsTo": {"HostName": "a.example"}}},
        "a.example",
    ),
    ("RES-021", {"GetBucketPolicy": policy(allow({"AWS": "9" * 12}))}, "999999999999"),
    ("RES-021", {"GetBucketPolicy": policy(allow("*"))}, "lets * do"),
    (
        "RES-021",
        {
            "GetBucketAcl": {
                "Owner": OWNER,
                "Grants": [{"Grantee": {"ID": "b" * 64}, "Permission": "READ"}],
            }
        },
        "READ",
    ),
    ("ENC-001", {"GetBucketEncryption": ABSENT}, "No encryption"),
    ("ENC-001", {"GetBucketEncryption": encryption("DES")}, "DES"),
    ("ENC-003", {"GetBucketEncryption": encryption(blocked=())}, "SSE-C"),
    ("ENC-004", {"GetBucketPolicy": ABSENT}, "plain http"),
    ("ENC-004", {"plain http": {"Status": 200}}, "served"),
    ("PUB-002", {"GetPublicAccessBlock": ABSENT}, "BlockPublicAcls"),
    ("PUB-002", {"GetPublicAccessBlock": block(BlockPublicPolicy=False)}, "BlockPublicPolicy"),
    ("PUB-003", {"GetBucketPolicyStatus": {"PolicyStatus": {"IsPublic": True}}}, "public"),
    ("PUB-004", {"GetBucketAcl": {"Owner": OWNER, "Grants": [GRANT, WORLD]}}, "AllUsers"),
    ("PUB-005", {"GetBucketOwnershipControls": ABSENT}, "nothing is configured"),
    (
        "PUB-005",
        {
            "GetBucketOwnershipControls": {
                "OwnershipControls": rules({"ObjectOwnership": "ObjectWriter"})
            }
        },
        "ObjectWriter",
    ),
    ("PUB-006", {"GetObjectAcl": sampled(Grants=[WORLD])}, "AllUsers"),
    ("PUB-007", {"anonymous": {"Status": 200}}, "lists the bucket"),
    ("PUB-010", {"GetBucketCors": {"CORSRules": [{"AllowedOrigins": ["*"]}]}}, "every origin"),
    ("ERA-001", {"GetObjectLockConfiguration": lock("COMPLIANCE", Days=1)}, "COMPLIANCE"),
    ("ERA-001", {"GetObjectLockConfiguration": lock("GOVERNANCE", Years=1)}, "366"),
    ("ERA-001", {"GetObjectLockConfiguration": lock("GOVERNANCE", Days=61)}, "61"),
    (
        "ERA-002",
        {
            "GetObjectLockConfiguration": LOCKED,
            "HeadObject": sampled(ObjectLockLegalHoldStatus="ON"),
        },
        "1 are under a legal hold",
    ),
    (
        "ERA-002",
        {
            "GetObjectLockConfiguration": LOCKED,
            "HeadObject": sampled(ObjectLockRetainUntilDate="2027-11-24T00:00:00+00:00"),
        },
        "1 are locked",
    ),
    ("ERA-003", {"GetBucketLifecycleConfiguration": ABSENT}, "old versions and delete markers"),
    (
        "ERA-003",
        {"GetBucketLifecycleConfiguration": rules({**LIFECYCLE, "Filter": {"Prefix": "a/"}})},
        "old versions",
    ),
    (
        "ERA-003",
        {"GetBucketLifecycleConfiguration": rules(without(LIFECYCLE, "Expiration"))},
        "ends delete markers",
    ),
    (
        "ERA-003",
        {"GetBucketLifecycleConfiguration": rules({**LIFECYCLE, "Status": "Disabled"})},
        "old versions",
    ),
    (
        "ERA-004",
        {
            "GetBucketLifecycleConfiguration": rules(
                {**LIFECYCLE, "NoncurrentVersionExpiration": {"NoncurrentDays": 59}}
            )
        },
        "59 noncurrent + 2 scheduler = 61",
    ),
    ("ERA-004", {"GetBucketLifecycleConfiguration": ABSENT}, "∞ noncurrent"),
    (
        "ERA-004",
        {"GetObjectLockConfiguration": lock("GOVERNANCE", Days=40)},
        "30 noncurrent + 2 scheduler + 40 lock = 72",
    ),
    (
        "ERA-005",
        {
            "GetBucketLifecycleConfiguration": rules(
                without(LIFECYCLE, "AbortIncompleteMultipartUpload")
            )
        },
        "No rule ends",
    ),
    (
        "ERA-005",
        {"ListMultipartUploads": {"Uploads": 1, "Oldest": "2026-01-01T00:00:00+00:00"}},
        "since 2026-01-01",
    ),
    ("ERA-007", {"GetBucketVersioning": {"Status": "Enabled", "MFADelete": "Enabled"}}, "MFA"),
    (
        "ERA-008",
        {
            "GetBucketPolicy": policy(
                {"Effect": "Deny", "Principal": "*", "Action": "s3:Delete*", "Resource": "*"}
            )
        },
        "denies deleting",
    ),
    ("ERA-010", {"ListObjectVersions": versions(MostNoncurrentOfOneKey=2)}, "2 old generations"),
    ("ERA-011", {"ListObjectVersions": versions(StorageClasses=["GLACIER"])}, "GLACIER"),
    (
        "ERA-011",
        {
            "GetBucketLifecycleConfiguration": rules(
                {**LIFECYCLE, "Transitions": [{"Days": 1, "StorageClass": "DEEP_ARCHIVE"}]}
            )
        },
        "DEEP_ARCHIVE",
    ),
    ("LOG-001", {"GetBucketLogging": {}}, "neither"),
]


def test_a_bucket_in_order_breaks_no_rule():
    bad = [
        (f.rule.id, f.status, f.text.en)
        for f in judged(seen(), all_rules())
        if f.resource.name in (BUCKET, LOGS) and f.status not in GOOD
    ]
    assert bad == []


@pytest.mark.parametrize(("rule", "changes", "word"), VIOLATED)
def test_a_violation_is_found(rule, changes, word):
    assert statuses(seen(), rule) <= {Status.PASS, Status.NA}, "the test has no clean ground"
    failures = [f for f in found(seen(changes), rule) if f.status is Status.FAIL]
    assert failures, [f.text.en for f in found(seen(changes), rule)]
    assert word in failures[0].text.en
    assert failures[0].text.ja
    assert failures[0].remedy, "a failure says what to do"


def test_every_implemented_rule_about_buckets_has_a_violation():
    by_construction = {
        "CAP-003", "CAP-004", "ENC-002", "NET-002", "NET-010", "NET-013", "NET-016", "PUB-009",
    }  # fmt: skip
    elsewhere = {
        "CAP-001", "CAP-002", "NET-007", "RES-004", "RES-010", "RES-023", "RES-024",
        "ERA-006", "ERA-009", "LOG-002",
    }  # fmt: skip
    gate_tests = {rule.id for rule in BUCKET_RULES if rule.gate}
    covered = {rule for rule, _, _ in VIOLATED} | by_construction | elsewhere | gate_tests
    own = {"RES", "ENC", "PUB", "ERA", "LOG", "CAP", "NET"}
    missing = {r.id for r in BUCKET_RULES if r.id[:3] in own} - covered
    assert missing <= {"RES-011", "LOG-004", "LOG-005"}, missing  # these have tests of their own


# --- what cannot be read ------------------------------------------------------------------------

READS = [
    (rule.id, call)
    for rule in BUCKET_RULES
    for call in rule.reads
    if call in CLEAN
    and rule.id[:3] in {"RES", "ENC", "PUB", "ERA", "LOG"}
    and "store" in rule.roles
]
# Where a rule passes without one of its answers, and why that is right.
NOT_NEEDED = {
    ("ENC-004", "plain http"): "the policy decides at AWS",
    ("ERA-009", "GetBucketReplication"): "no tenant was erased",
    ("RES-001", "HeadBucket"): "the gate's own evidence says it",
    ("RES-002", "HeadBucket"): "as RES-001",
    ("RES-004", "HeadBucket"): "there is no target to ask",
    ("RES-010", "HeadBucket"): "the arrow says where the target lies",
    ("ERA-002", "HeadObject"): "the bucket cannot lock",
    ("PUB-006", "ListObjectVersions"): "the sample carries what was listed",
    ("LOG-002", "GetBucketLifecycleConfiguration"): "it is the log bucket's that counts",
    ("LOG-002", "GetBucketVersioning"): "as above",
    ("LOG-002", "GetObjectLockConfiguration"): "as above",
    ("ERA-006", "GetBucketLifecycleConfiguration"): "it is the target's that counts",
}


@pytest.mark.parametrize("why", ["AccessDenied", FELL_THROUGH, "501"])
@pytest.mark.parametrize(
    ("rule", "call"), [pair for pair in READS if pair not in NOT_NEEDED], ids=str
)
def test_what_cannot_be_read_is_unknown_and_never_a_pass(rule, call, why):
    about = seen({call: None}, why=why)
    assert statuses(about, rule) == {Status.UNKNOWN}
    said = found(about, rule)[0]
    assert call in said.text.en
    assert call in said.text.ja
    if why == "AccessDenied":
        assert said.remedy.en == f"Allow {said.rule.permission}."


@pytest.mark.parametrize(
    ("rule", "call"), [pair for pair in READS if pair not in NOT_NEEDED], ids=str
)
def test_what_was_never_asked_is_unknown(rule, call):
    assert statuses(seen(missing=(call,)), rule) == {Status.UNKNOWN}


ABSENT_AND_GOOD = {
    "GetBucketReplication", "GetObjectLockConfiguration", "GetBucketCors", "GetBucketWebsite",
    "GetBucketMetadataConfiguration", "GetBucketTagging",
}  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "call"), [pair for pair in READS if pair[1] not in ABSENT_AND_GOOD], ids=str
)
def test_what_is_absent_is_judged_for_what_it_is(rule, call):
    """Absent is an answer: a rule that wants something there fails; no rule is left unknown."""
    expected = {
        ("ENC-001", "GetBucketEncryption"): Status.FAIL,
        ("ENC-003", "GetBucketEncryption"): Status.FAIL,
        ("ENC-004", "GetBucketPolicy"): Status.FAIL,
        ("PUB-002", "GetPublicAccessBlock"): Status.FAIL,
        ("PUB-004", "GetBucketAcl"): Status.UNKNOWN,  # a bucket always has an owner
        ("PUB-005", "GetBucketOwnershipControls"): Status.FAIL,
        ("PUB-006", "GetObjectAcl"): Status.NA,
        ("PUB-007", "anonymous"): Status.UNKNOWN,
        ("ERA-003", "GetBucketLifecycleConfiguration"): Status.FAIL,
        ("ERA-004", "GetBucketLifecycleConfiguration"): Status.FAIL,
        ("ERA-005", "GetBucketLifecycleConfiguration"): Status.FAIL,
        ("LOG-001", "GetBucketLogging"): Status.FAIL,
        ("LOG-002", "GetBucketLogging"): Status.NA,
        ("RES-010", "GetBucketLogging"): Status.NA,
    }
    assert statuses(seen({call: ABSENT}), rule) == {expected.get((rule, call), Status.PASS)}


@pytest.mark.parametrize("value", [{"Rules": "x"}, {"Rules": [1]}, {"Other": 1}, {}])
def test_an_answer_of_another_shape_is_unknown(value):
    about = seen({"GetBucketLifecycleConfiguration": value})
    for rule in ("ERA-003", "ERA-004", "ERA-005", "ERA-011"):
        assert statuses(about, rule) == {Status.UNKNOWN}


def test_a_policy_that_is_no_json_is_unknown():
    about = seen({"GetBucketPolicy": {"Policy": "{"}})
    for rule in ("ENC-004", "ERA-008", "RES-021"):
        assert statuses(about, rule) == {Status.UNKNOWN}


# --- policies -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        {"Effect": "Allow"},
        {"Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:user/one"}},
        {"Action": "s3:PutObject"},
        {"Resource": [f"arn:aws:s3:::{BUCKET}/*"]},
        {"Resource": [f"arn:aws:s3:::{BUCKET}"]},
        {"Resource": [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/private/*"]},
        {"Condition": {"Bool": {"aws:SecureTransport": "true"}}},
        {
            "Condition": {
                "Bool": {"aws:SecureTransport": "false"},
                "StringEquals": {"aws:PrincipalArn": "x"},
            }
        },
    ],
    ids=str,
)
def test_a_gap_in_the_denial_of_plain_http_is_a_failure(changes):
    assert statuses(seen({"GetBucketPolicy": policy(tls_only(**changes))}), "ENC-004") == {
        Status.FAIL
    }


def test_two_statements_may_deny_plain_http_together():
    both = [
        tls_only(Resource=f"arn:aws:s3:::{BUCKET}"),
        tls_only(Resource=f"arn:aws:s3:::{BUCKET}/*", Principal={"AWS": "*"}, Action=["s3:*"]),
    ]
    assert statuses(seen({"GetBucketPolicy": policy(*both)}), "ENC-004") == {Status.PASS}


@pytest.mark.parametrize(
    "principal",
    [{"AWS": ACCOUNT}, {"AWS": f"arn:aws:iam::{ACCOUNT}:role/app"}, {"Service": "x.amazonaws.com"}],
    ids=str,
)
def test_this_account_is_no_stranger(principal):
    about = seen({"GetBucketPolicy": policy(tls_only(), allow(principal))})
    assert statuses(about, "RES-021") == {Status.PASS}


def test_without_the_accounts_number_a_policy_that_allows_is_unknown():
    silent = {"aws-account:default": {"sts:GetCallerIdentity": None}}
    allowed = {"GetBucketPolicy": policy(allow({"AWS": ACCOUNT}))}
    assert statuses(seen(allowed, around=silent), "RES-021") == {Status.UNKNOWN}


# --- replication --------------------------------------------------------------------------------


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


def test_the_second_hop_is_followed():
    further = {"HeadBucket": {"BucketRegion": "us-west-2", "HTTPStatus": 200}}
    about = replicated(target={"GetBucketReplication": replication(to("far"))})
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


# --- logs ---------------------------------------------------------------------------------------


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


# --- zero proof ---------------------------------------------------------------------------------

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


# --- exemptions, undeclared buckets -------------------------------------------------------------


def test_the_log_of_erasures_may_be_locked():
    configured = settings(
        vault={"ledger": "sqlite:///x.db", "keys": "local:keys/", "erasure_log": "tokyo"},
        collections={"access-log": {"store": "logs", "survives_tenant": True}},
    )
    locked = {"GetObjectLockConfiguration": lock("COMPLIANCE", Years=5)}
    assert statuses(seen(locked, configured=configured), "ERA-001") == {Status.NA}
    assert statuses(seen(locked), "ERA-001") == {Status.FAIL}


@pytest.mark.parametrize(
    ("region", "status"),
    [("ap-northeast-1", Status.PASS), ("ap-northeast-2", Status.FAIL), (None, Status.UNKNOWN)],
)
def test_a_bucket_that_the_configuration_does_not_name(region, status):
    about = seen()
    other = resource("forgotten", role="account", region=region)
    about.resources[other.id] = other
    assert statuses(about, "RES-023", "forgotten") == {status}
    assert found(about, "RES-023") == []
