"""What is changed in an AWS account that is in order, and what each rule says of it."""

from __future__ import annotations

from multistore.compliance.model import Status
from tests.compliance.aws_world import (
    ACCOUNT,
    BUCKET,
    JOB,
    KEY,
    KEY_ABROAD,
    LAMBDA,
    OREGON,
    OTHER,
    PLAN,
    POINT,
    REGION,
    RULE,
    SELECTION,
    STORE,
    TOKYO,
    TOPIC,
    TOPIC_ABROAD,
    WHOLE,
    copy_to,
    distributions,
    encrypted,
    function,
    job,
    key_policy,
    metadata,
    multi_region,
    notifications,
    plan,
    point,
    points,
    replicas,
    selection,
    subscriptions,
    targets,
    trails,
    vaults,
)
from tests.compliance.worlds import ABSENT

FAIL, PASS, UNKNOWN, NA = Status.FAIL, Status.PASS, Status.UNKNOWN, Status.NA

DESCRIBE, POLICY, GRANTS = "kms:DescribeKey", "kms:GetKeyPolicy", "kms:ListGrants"
BLOCK, MANY = "s3control:GetPublicAccessBlock", "s3control:ListMultiRegionAccessPoints"
LENS = "s3control:ListStorageLensConfigurations"
TRAILS, EDGES = "cloudtrail:DescribeTrails", "cloudfront:ListDistributions"
EVENTS, ENCRYPTION = "GetBucketNotificationConfiguration", "GetBucketEncryption"
TAGS = [{"ConditionType": "STRINGEQUALS", "ConditionKey": "b", "ConditionValue": "y"}]
STRANGER = {"AWS": f"arn:aws:iam::{OTHER}:root"}


def xks(host):
    return {
        KEY: {
            DESCRIBE: metadata(Origin="EXTERNAL_KEY_STORE", CustomKeyStoreId="cks-1"),
            "kms:DescribeCustomKeyStores": {
                "CustomKeyStores": [{"XksProxyConfiguration": {"UriEndpoint": f"https://{host}"}}]
            },
        }
    }


def grant(who):
    return {KEY: {GRANTS: {"Grants": [{"GranteePrincipal": who, "Operations": ["Decrypt"]}]}}}


def policy(*principals, **more):
    return {KEY: {POLICY: key_policy(*principals, **more)}}


def condition(operator, key, value):
    return {"Condition": {operator: {key: value}}}


def backed_up(of_plan=None, of_selection=None, of_vaults=None):
    changes = {}
    if of_plan:
        changes[PLAN] = {"backup:GetBackupPlan": of_plan}
    if of_selection:
        changes[SELECTION] = {"backup:GetBackupSelection": of_selection}
    if of_vaults:
        changes[REGION] = {"backup:ListBackupVaults": of_vaults}
    return changes


def whole(call, value):
    return {WHOLE: {call: value}}


def region(call, value):
    return {REGION: {call: value}}


CASES = {
    # rule, resource: what is changed -> what it says
    ("KEY-001", KEY): {
        "a replica in Osaka": ({KEY: {DESCRIBE: replicas("ap-northeast-3")}}, PASS),
        "a replica in Seoul": ({KEY: {DESCRIBE: replicas("ap-northeast-2")}}, FAIL),
        "one of two replicas abroad": (
            {KEY: {DESCRIBE: replicas("ap-northeast-3", "us-east-1")}},
            FAIL,
        ),
        "an answer about nothing": ({KEY: {DESCRIBE: {"KeyMetadata": {}}}}, UNKNOWN),
        "absent": ({KEY: {DESCRIBE: ABSENT}}, UNKNOWN),
    },
    ("KEY-001", STORE): {
        "a key abroad": ({STORE: {ENCRYPTION: encrypted(KEY_ABROAD)}}, FAIL),
        "one of two abroad": ({STORE: {ENCRYPTION: encrypted(KEY, KEY_ABROAD)}}, FAIL),
        "an alias": ({STORE: {ENCRYPTION: encrypted("alias/video")}}, PASS),
        "no key": ({STORE: {ENCRYPTION: encrypted()}}, NA),
        "absent": ({STORE: {ENCRYPTION: ABSENT}}, NA),
    },
    ("KEY-002", KEY): {
        "imported": ({KEY: {DESCRIBE: metadata(Origin="EXTERNAL")}}, UNKNOWN),
        "in an HSM of the region": ({KEY: {DESCRIBE: metadata(Origin="AWS_CLOUDHSM")}}, PASS),
        "a proxy abroad": (xks("xks.us-east-1.example.amazonaws.com"), FAIL),
        "a proxy somewhere": (xks("keys.example.jp"), UNKNOWN),
        "a store that is not listed": (
            xks("x") | {KEY: {**xks("x")[KEY], "kms:DescribeCustomKeyStores": ABSENT}},
            UNKNOWN,
        ),
    },
    ("KEY-003", KEY): {
        "another account": (policy(STRANGER), FAIL),
        "another account's number": (policy({"AWS": OTHER}), FAIL),
        "anybody": (policy("*"), FAIL),
        "anybody of this account": (
            policy("*", **condition("StringEquals", "kms:CallerAccount", ACCOUNT)),
            PASS,
        ),
        "anybody of another account": (
            policy("*", **condition("StringEquals", "kms:CallerAccount", OTHER)),
            FAIL,
        ),
        "anybody of the organisation": (
            policy({"AWS": "*"}, **condition("StringEquals", "aws:PrincipalOrgID", "o-1")),
            PASS,
        ),
        "anybody by way of a service": (
            policy("*", **condition("StringEquals", "kms:ViaService", "s3.amazonaws.com")),
            FAIL,
        ),
        "anybody of accounts alike": (
            policy("*", **condition("StringLike", "kms:CallerAccount", ACCOUNT)),
            FAIL,
        ),
        "no JSON": ({KEY: {POLICY: {"Policy": "{"}}}, UNKNOWN),
        "a grant to another account": (grant(f"arn:aws:iam::{OTHER}:role/r"), FAIL),
        "a grant to a service": (grant("s3.amazonaws.com"), PASS),
        "a grant to somebody without a name": (grant("AIDAEXAMPLE"), FAIL),
    },
    ("KEY-004", KEY): {
        "pending deletion": (
            {KEY: {DESCRIBE: metadata(KeyState="PendingDeletion", DeletionDate="2026-12-01")}},
            FAIL,
        ),
        "disabled": ({KEY: {DESCRIBE: metadata(KeyState="Disabled")}}, FAIL),
        "no rotation": ({KEY: {"kms:GetKeyRotationStatus": {"KeyRotationEnabled": False}}}, FAIL),
        "imported and enabled": ({KEY: {DESCRIBE: metadata(Origin="EXTERNAL")}}, PASS),
    },
    ("PUB-001", WHOLE): {
        "absent": (whole(BLOCK, ABSENT), FAIL),
        "one flag off": (whole(BLOCK, {"PublicAccessBlockConfiguration": {}}), UNKNOWN),
        "three flags on": (
            whole(
                BLOCK,
                {
                    "PublicAccessBlockConfiguration": {
                        "BlockPublicAcls": True,
                        "IgnorePublicAcls": True,
                        "BlockPublicPolicy": True,
                        "RestrictPublicBuckets": False,
                    }
                },
            ),
            FAIL,
        ),
    },
    ("PUB-008", WHOLE): {
        "a public one": (whole(MANY, multi_region((BUCKET, TOKYO), BlockPublicPolicy=False)), FAIL),
        "a public one of others": (
            whole(MANY, multi_region(("others", TOKYO), BlockPublicPolicy=False)),
            PASS,
        ),
        "none": (whole(MANY, {"AccessPoints": []}), PASS),
        "no list at all": (whole(MANY, {}), UNKNOWN),
    },
    ("PUB-008", POINT): {
        "public": ({POINT: {"s3control:GetAccessPoint": point(BlockPublicAcls=False)}}, FAIL),
        "of another bucket": ({POINT: {"s3control:GetAccessPoint": point("others")}}, NA),
    },
    ("RES-005", WHOLE): {
        "a member abroad": (whole(MANY, multi_region((BUCKET, TOKYO), ("b", OREGON))), FAIL),
        "of others": (whole(MANY, multi_region(("a", TOKYO), ("b", OREGON))), PASS),
        "no list at all": (whole(MANY, {}), UNKNOWN),
    },
    ("RES-007", REGION): {
        "a bucket of others": (
            region("s3control:ListAccessPoints", points(BucketAccountId=OTHER)),
            FAIL,
        ),
        "a point of others": (
            region(
                "s3control:ListAccessPoints",
                points(AccessPointArn=f"arn:aws:s3:{TOKYO}:{OTHER}:accesspoint/inside"),
            ),
            FAIL,
        ),
    },
    ("RES-007", LAMBDA): {
        "a function abroad": (
            {LAMBDA: {"s3control:GetAccessPointConfigurationForObjectLambda": function(OREGON)}},
            FAIL,
        ),
    },
    ("RES-011", STORE): {
        "a queue abroad": (
            {
                STORE: {
                    EVENTS: notifications(
                        QueueConfigurations=[{"QueueArn": f"arn:aws:sqs:{OREGON}:{ACCOUNT}:q"}]
                    )
                }
            },
            FAIL,
        ),
        "a topic abroad": (
            {STORE: {EVENTS: {"TopicConfigurations": [{"TopicArn": TOPIC_ABROAD}]}}},
            FAIL,
        ),
        "none": ({STORE: {EVENTS: {}}}, PASS),
    },
    ("RES-011", TOPIC): {
        "by e-mail": (
            {TOPIC: {"sns:ListSubscriptionsByTopic": subscriptions("email", "a@example.jp")}},
            FAIL,
        ),
        "by https": (
            {TOPIC: {"sns:ListSubscriptionsByTopic": subscriptions("https", "https://x.jp")}},
            FAIL,
        ),
        "to a queue abroad": (
            {
                TOPIC: {
                    "sns:ListSubscriptionsByTopic": subscriptions(
                        "sqs", f"arn:aws:sqs:us-east-1:{ACCOUNT}:q"
                    )
                }
            },
            FAIL,
        ),
    },
    ("RES-011", RULE): {
        "a bus abroad": (
            {
                RULE: {
                    "events:ListTargetsByRule": targets(
                        f"arn:aws:events:us-east-1:{ACCOUNT}:event-bus/b"
                    )
                }
            },
            FAIL,
        ),
        "out of AWS": (
            {
                RULE: {
                    "events:ListTargetsByRule": targets(
                        f"arn:aws:events:{TOKYO}:{ACCOUNT}:api-destination/d/1"
                    )
                }
            },
            FAIL,
        ),
    },
    ("RES-012", JOB): {
        "a copy to an unknown place": ({JOB: {"s3control:DescribeJob": job("nowhere")}}, UNKNOWN),
        "a report to an unknown place": (
            {JOB: {"s3control:DescribeJob": job(report="nowhere")}},
            UNKNOWN,
        ),
        "an answer about nothing": ({JOB: {"s3control:DescribeJob": {}}}, UNKNOWN),
    },
    ("RES-013", REGION): {
        "abroad": (
            region(LENS, {"StorageLensConfigurationList": [{"Id": "d", "HomeRegion": OREGON}]}),
            FAIL,
        ),
        "no home": (region(LENS, {"StorageLensConfigurationList": [{"Id": "d"}]}), UNKNOWN),
        "none": (region(LENS, {}), PASS),
    },
    ("RES-015", PLAN): {
        "a copy abroad": (backed_up(plan(copy_to(OREGON))), FAIL),
        "kept for ever": (backed_up(plan(days=None)), FAIL),
        "kept too long": (backed_up(plan(days=61)), FAIL),
        "a copy kept too long": (backed_up(plan(copy_to("ap-northeast-3", days=90))), FAIL),
        "a locked vault": (backed_up(of_vaults=vaults(Locked=True)), FAIL),
        "a vault locked too long": (
            backed_up(of_vaults=vaults(Locked=True, MaxRetentionDays=90)),
            FAIL,
        ),
        "a vault locked shortly": (
            backed_up(of_vaults=vaults(Locked=True, MaxRetentionDays=35)),
            PASS,
        ),
        "taken by a pattern": (
            backed_up(plan(copy_to(OREGON)), selection("arn:aws:s3:::classtream-*")),
            FAIL,
        ),
        "taken with everything": (backed_up(plan(copy_to(OREGON)), selection("*")), FAIL),
        "other buckets": (backed_up(plan(copy_to(OREGON)), selection("arn:aws:s3:::x")), NA),
        "spared": (
            backed_up(
                plan(copy_to(OREGON)), selection("*", NotResources=[f"arn:aws:s3:::{BUCKET}"])
            ),
            NA,
        ),
        "by tags, abroad": (
            backed_up(plan(copy_to(OREGON)), selection(ListOfTags=TAGS)),
            UNKNOWN,
        ),
        "by tags, in order": (backed_up(of_selection=selection(ListOfTags=TAGS)), NA),
        "by name or by tags": (
            backed_up(plan(copy_to(OREGON)), selection(f"arn:aws:s3:::{BUCKET}", ListOfTags=TAGS)),
            FAIL,
        ),
    },
    ("RES-017", WHOLE): {
        "as a REST origin": (whole(EDGES, distributions(f"{BUCKET}.s3.amazonaws.com")), FAIL),
        "as a regional origin": (
            whole(EDGES, distributions(f"{BUCKET}.s3.{TOKYO}.amazonaws.com")),
            FAIL,
        ),
        "as a website": (
            whole(EDGES, distributions(f"{BUCKET}.s3-website-{TOKYO}.amazonaws.com")),
            FAIL,
        ),
        "a like name": (whole(EDGES, distributions(f"{BUCKET}x.s3.amazonaws.com")), PASS),
        "none": (whole(EDGES, distributions()), PASS),
        "no list at all": (whole(EDGES, {}), UNKNOWN),
    },
    ("RES-019", REGION): {
        "logs to an unknown place": (region(TRAILS, trails(S3BucketName="nowhere")), UNKNOWN),
        "a log group abroad": (
            region(
                TRAILS,
                trails(CloudWatchLogsLogGroupArn=f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:g"),
            ),
            FAIL,
        ),
        "a topic abroad": (region(TRAILS, trails(SnsTopicARN=TOPIC_ABROAD)), FAIL),
        "none": (region(TRAILS, {"trailList": []}), PASS),
        "no list at all": (region(TRAILS, {}), UNKNOWN),
    },
    ("LOG-003", REGION): {
        "unsigned": (region(TRAILS, trails(LogFileValidationEnabled=False)), FAIL),
        "silent": (region(TRAILS, trails(LogFileValidationEnabled=None)), FAIL),
        "none": (region(TRAILS, {"trailList": []}), NA),
    },
}
