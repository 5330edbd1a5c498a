"""The recorded answers of a bucket in order, for tests to bend; and what the rules say of them."""

from __future__ import annotations

import json
from pathlib import Path

from multistore import config
from multistore.compliance.judging import judged
from multistore.compliance.model import Answer, Copy, Resource, Status
from multistore.compliance.rules import all_rules
from multistore.compliance.view import Seen
from tests.residency import seen as gate

NOW = gate.NOW
BUCKET, LOGS, ACCOUNT = "classtream-prod", "classtream-logs", "123456789012"
REGION_ID = "aws-account:default/ap-northeast-1"
ROOTS = {"s3-bucket": "s3:/", "s3-compatible-bucket": "sakura://s3.example.jp"}

ABSENT = object()


def policy(*statements):
    return {"Policy": json.dumps({"Version": "2012-10-17", "Statement": list(statements)})}


def tls_only(bucket=BUCKET, **changes):
    return {
        "Sid": "tls",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        **changes,
    }


def allow(principal, action="s3:GetObject", **more):
    arn = f"arn:aws:s3:::{BUCKET}/*"
    return {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": arn, **more}


def rules(*given):
    return {"Rules": list(given)}


LIFECYCLE = {
    "ID": "ends",
    "Status": "Enabled",
    "Filter": {"Prefix": ""},
    "Expiration": {"ExpiredObjectDeleteMarker": True},
    "NoncurrentVersionExpiration": {"NoncurrentDays": 30},
    "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
}
LOG_LIFECYCLE = {
    "ID": "logs",
    "Status": "Enabled",
    "Filter": {"Prefix": ""},
    "Expiration": {"Days": 1095},
    "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
}
OWNER = {"ID": "a" * 64}
GRANT = {"Grantee": {"Type": "CanonicalUser", **OWNER}, "Permission": "FULL_CONTROL"}
WORLD = {
    "Grantee": {"Type": "Group", "URI": "http://acs.amazonaws.com/groups/global/AllUsers"},
    "Permission": "READ",
}
FLAGS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


def encryption(algorithm="AES256", blocked=("SSE-C",)):
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": algorithm}}
    if blocked:
        rule["BlockedEncryptionTypes"] = {"EncryptionType": list(blocked)}
    return {"ServerSideEncryptionConfiguration": rules(rule)}


def block(**changes):
    return {"PublicAccessBlockConfiguration": {**dict.fromkeys(FLAGS, True), **changes}}


def replication(*destinations):
    return {
        "ReplicationConfiguration": {
            "Role": "arn:aws:iam::123456789012:role/r",
            "Rules": [{"Status": "Enabled", "Destination": to} for to in destinations],
        }
    }


def to(bucket, **more):
    return {"Bucket": f"arn:aws:s3:::{bucket}", **more}


CLEAN = {
    "HeadBucket": {"BucketRegion": "ap-northeast-1", "HTTPStatus": 200},
    "GetBucketReplication": ABSENT,
    "GetBucketVersioning": {"Status": "Enabled"},
    "GetBucketLifecycleConfiguration": rules(LIFECYCLE),
    "GetObjectLockConfiguration": ABSENT,
    "GetBucketEncryption": encryption(),
    "GetPublicAccessBlock": block(),
    "GetBucketPolicy": policy(tls_only()),
    "GetBucketPolicyStatus": {"PolicyStatus": {"IsPublic": False}},
    "GetBucketAcl": {"Owner": OWNER, "Grants": [GRANT]},
    "GetBucketOwnershipControls": {
        "OwnershipControls": rules({"ObjectOwnership": "BucketOwnerEnforced"})
    },
    "GetBucketCors": ABSENT,
    "GetBucketWebsite": ABSENT,
    "GetBucketLogging": {"LoggingEnabled": {"TargetBucket": LOGS, "TargetPrefix": "prod/"}},
    "GetBucketNotificationConfiguration": {},
    "GetBucketTagging": ABSENT,
    "GetBucketAccelerateConfiguration": {},
    "ListBucketInventoryConfigurations": {"IsTruncated": False},
    "ListBucketAnalyticsConfigurations": {"IsTruncated": False},
    "GetBucketMetadataConfiguration": ABSENT,
    "ListMultipartUploads": {"Uploads": 0, "Oldest": None, "IsTruncated": False},
    "ListObjectVersions": {
        "Versions": 4,
        "NoncurrentVersions": 1,
        "MostNoncurrentOfOneKey": 1,
        "DeleteMarkers": 0,
        "StorageClasses": ["STANDARD"],
        "IsTruncated": False,
    },
    "GetObjectAcl": {"Sampled": 1, "Listed": 4, "Objects": [{"Grants": [GRANT]}]},
    "HeadObject": {"Sampled": 1, "Listed": 4, "Objects": [{}]},
    "classes of data (sample)": {
        "Found": {"video": 2},
        "Tenants": 2,
        "TenantsLookedInto": 2,
        "MoreAtRoot": False,
        "MoreBelow": False,
        "Objects": [{"Collection": "video", "Declares": []}],
    },
    "anonymous": {"Status": 403, "Code": "AccessDenied"},
    "plain http": {"Status": 403},
}
CLEAN_LOGS = {
    **CLEAN,
    "GetBucketVersioning": {},
    "GetBucketLifecycleConfiguration": rules(LOG_LIFECYCLE),
    "GetBucketPolicy": policy(tls_only(LOGS)),
    "GetBucketLogging": {},
    "classes of data (sample)": {
        "Found": {"access logs of the service": 1000},
        "Tenants": 0,
        "TenantsLookedInto": 0,
        "MoreAtRoot": True,
        "MoreBelow": False,
        "Objects": [],
    },
}
AROUND = {
    "configuration": {"ledger": ABSENT},
    "aws-account:default": {
        "sts:GetCallerIdentity": {
            "Account": ACCOUNT,
            "Arn": f"arn:aws:iam::{ACCOUNT}:role/auditor",
        },
    },
    REGION_ID: {
        "backup:ListBackupPlans": {"BackupPlansList": []},
        "cloudtrail:GetEventSelectors": {"Trails": []},
        "cloudtrail:DescribeTrails": {"trailList": []},
    },
}


def answer(call, resource, value, why="AccessDenied"):
    """Record what became of a call: a value, ABSENT, or unreadable where the value is None."""
    status = "absent" if value is ABSENT else "unreadable" if value is None else "read"
    return Answer(
        call=call,
        resource=resource,
        at=NOW,
        status=status,
        value=value if status == "read" else {},
        why={"read": "", "absent": "NoSuchConfiguration"}.get(status, why),
        request_id="REQ1",
        provider_date="Tue, 24 Nov 2026 03:00:00 GMT",
        sha256="0" * 64,
        http_status=200 if status == "read" else 403,
    )


def settings(**more):
    stores = {
        "tokyo": {
            "provider": "aws",
            "region": "ap-northeast-1",
            "bucket": BUCKET,
            "accepts": ["video", "backup"],
        },
        "logs": {
            "provider": "aws",
            "region": "ap-northeast-1",
            "bucket": LOGS,
            "accepts": ["access-log"],
        },
    }
    collections = {
        "video": {"store": "tokyo"},
        "access-log": {"store": "logs", "survives_tenant": True, "retention": "36 months"},
    }
    raw = {
        "vault": {"ledger": "sqlite:///x.db", "keys": "local:keys/"},
        "stores": stores,
        "collections": collections,
        **more,
    }
    return config.parse(raw, base=Path())


def resource(bucket=BUCKET, kind="s3-bucket", **more):
    store = {BUCKET: "tokyo", LOGS: "logs"}.get(bucket)
    where = {"country_server": "JP", "country_operator": "US" if kind == "s3-bucket" else "JP"}
    fields = {"store": store, "role": "store" if store else "target", "via": None, **where, **more}
    fields["via"] = fields["via"] or (None if fields["store"] else "tokyo")
    root = ROOTS[kind]
    provider = "aws" if kind == "s3-bucket" else "sakura"
    return Resource(f"{root}/{bucket}", kind, bucket, provider, **fields)


def seen(
    changes=None,
    *,
    kind="s3-bucket",
    others=None,
    copies=None,
    around=None,
    configured=None,
    why="AccessDenied",
    missing=(),
    evidence=None,
    **more,
):
    """Return everything that a check saw: a bucket in order, but for the changes.

    Args:
        changes: answers of the bucket, by call; None makes one unreadable.
        kind: of the bucket.
        others: further buckets' answers, by name; a resource may be given for its fields.
        copies: the arrows; the access log's where it is left out.
        around: answers of the account and its region, by resource and call.
        configured: the settings.
        why: of what is unreadable.
        missing: calls that were never made.
        evidence: of the gate.
    """
    answers = {}
    resources = {}
    root = ROOTS[kind]
    buckets = {BUCKET: {**CLEAN, **(changes or {})}, LOGS: CLEAN_LOGS, **(others or {})}
    for name, told in buckets.items():
        one = resource(name, kind)
        resources[one.id] = one
        for call, value in told.items():
            if not (name == BUCKET and call in missing):
                answers[one.id, call] = answer(call, one.id, value, why)
    for identity, told in {**AROUND, **(around or {})}.items():
        kinds = {REGION_ID: "aws-region", "configuration": "configuration"}
        which = kinds.get(identity, "aws-account")
        resources.setdefault(
            identity, Resource(identity, which, identity, "aws", role="account", via="tokyo")
        )
        for call, value in told.items():
            answers[identity, call] = answer(call, identity, value, why)
    if copies is None:
        region = "ap-northeast-1" if kind == "s3-bucket" else None
        copies = (Copy(f"{root}/{BUCKET}", f"{root}/{LOGS}", "log", region, region and True),)
    return Seen(
        settings=configured or settings(),
        now=NOW,
        resources=resources,
        answers=answers,
        copies=tuple(copies),
        evidence={
            "tokyo": evidence or gate.aws(gate.service("ap-northeast-1")),
            "logs": gate.aws(gate.service("ap-northeast-1"), store="logs", bucket=LOGS),
        },
        **more,
    )


def found(about, rule, bucket=BUCKET):
    """Return what one rule finds about one bucket."""
    chosen = [one for one in all_rules() if one.id == rule]
    assert chosen, rule
    return [f for f in judged(about, chosen) if f.resource.name == bucket]


def statuses(about, rule, bucket=BUCKET):
    return {finding.status for finding in found(about, rule, bucket)}


GOOD = {Status.PASS, Status.NA, Status.ATTESTED}
