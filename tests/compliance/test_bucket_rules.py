"""Every rule about S3 buckets: violated, kept, unreadable, absent, fallen through."""

from __future__ import annotations

import pytest

from multistore.compliance.judging import judged
from multistore.compliance.model import FELL_THROUGH, Status
from multistore.compliance.rules import all_rules
from tests.compliance.bucket_answers import (
    ABSENT,
    BUCKET,
    CLEAN,
    GOOD,
    GRANT,
    LIFECYCLE,
    LOGS,
    OWNER,
    WORLD,
    allow,
    block,
    encryption,
    found,
    policy,
    resource,
    rules,
    seen,
    settings,
    statuses,
    to,
)

BUCKET_RULES = [rule for rule in all_rules() if "s3-bucket" in rule.applies_to]
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


def test_every_rule_about_buckets_has_a_violation():
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
    assert missing <= {"RES-011", "NET-009"}, missing  # these have tests of their own


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


# --- exemptions, undeclared buckets -------------------------------------------------------------


def test_the_log_of_erasures_may_be_locked():
    configured = settings(
        vault={"ledger": "sqlite:///x.db", "keys": "local:keys/", "erasure_log": "tokyo"},
        collections={"access-log": {"store": "logs", "survives_tenant": True}},
    )
    locked = {"GetObjectLockConfiguration": lock("COMPLIANCE", Years=5)}
    assert statuses(seen(locked, configured=configured), "ERA-001") == {Status.NA}
    assert statuses(seen(locked), "ERA-001") == {Status.FAIL}


def test_a_bucket_that_holds_customers_data_besides_is_not_exempt():
    vault = {"ledger": "sqlite:///x.db", "keys": "local:keys/", "erasure_log": "tokyo"}
    locked = {"GetObjectLockConfiguration": lock("COMPLIANCE", Years=5)}
    assert statuses(seen(locked, configured=settings(vault=vault)), "ERA-001") == {Status.FAIL}


def test_generations_that_were_not_counted_to_the_end_are_unknown():
    few = seen({"ListObjectVersions": versions(IsTruncated=True)})
    assert statuses(few, "ERA-010") == {Status.UNKNOWN}
    many = seen({"ListObjectVersions": versions(IsTruncated=True, MostNoncurrentOfOneKey=9)})
    assert statuses(many, "ERA-010") == {Status.FAIL}


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
