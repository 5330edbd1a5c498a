"""An AWS account in order around one bucket: its key, its events, its backups, its doors."""

from __future__ import annotations

import json

from tests.compliance.bucket_answers import ACCOUNT, BUCKET, FLAGS
from tests.compliance.worlds import World, resource, settings

TOKYO, OREGON = "ap-northeast-1", "us-west-2"
OTHER = "999988887777"
WHOLE = "aws-account:default"
REGION = f"{WHOLE}/{TOKYO}"
STORE = f"s3://{BUCKET}"
KEY = f"arn:aws:kms:{TOKYO}:{ACCOUNT}:key/1"
KEY_ABROAD = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/2"
TOPIC = f"arn:aws:sns:{TOKYO}:{ACCOUNT}:uploads"
TOPIC_ABROAD = f"arn:aws:sns:us-east-1:{ACCOUNT}:uploads"
RULE = f"arn:aws:events:{TOKYO}:{ACCOUNT}:rule/uploads"
PLAN = f"arn:aws:backup:{TOKYO}:{ACCOUNT}:backup-plan:p1"
SELECTION = f"{PLAN}/selection/s1"
POINT = f"arn:aws:s3:{TOKYO}:{ACCOUNT}:accesspoint/inside"
LAMBDA = f"arn:aws:s3-object-lambda:{TOKYO}:{ACCOUNT}:accesspoint/redact"
JOB = f"{REGION}/job/j1"
LOG = "s3://trail-logs"
ON = dict.fromkeys(FLAGS, True)


def key_policy(*principals, **more):
    root = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    statements = [{"Effect": "Allow", "Principal": root, "Action": "kms:*", "Resource": "*"}]
    statements += [
        {"Effect": "Allow", "Principal": who, "Action": "kms:Decrypt", "Resource": "*", **more}
        for who in principals
    ]
    return {"Policy": json.dumps({"Version": "2012-10-17", "Statement": statements})}


def encrypted(*keys):
    default = [{"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key} for key in keys]
    rules = [{"ApplyServerSideEncryptionByDefault": each} for each in default]
    return {"ServerSideEncryptionConfiguration": {"Rules": rules}}


def metadata(**changes):
    usual = {"KeyId": "1", "Arn": KEY, "KeyState": "Enabled", "Origin": "AWS_KMS"}
    return {"KeyMetadata": {**usual, "AWSAccountId": ACCOUNT, **changes}}


def replicas(*regions):
    keys = [{"Arn": f"arn:aws:kms:{r}:{ACCOUNT}:key/mrk-1", "Region": r} for r in regions]
    primary = {"Arn": KEY, "Region": TOKYO}
    return metadata(
        MultiRegion=True, MultiRegionConfiguration={"PrimaryKey": primary, "ReplicaKeys": keys}
    )


def plan(*actions, days=30, **more):
    rule = {
        "RuleName": "daily",
        "TargetBackupVaultName": "vault",
        "Lifecycle": {"DeleteAfterDays": days} if days else {},
        "CopyActions": list(actions),
        **more,
    }
    return {"BackupPlan": {"BackupPlanName": "p", "Rules": [rule]}}


def copy_to(region, days=30):
    vault = f"arn:aws:backup:{region}:{ACCOUNT}:backup-vault:v"
    return {"DestinationBackupVaultArn": vault, "Lifecycle": {"DeleteAfterDays": days}}


def selection(*arns, **more):
    return {"BackupSelection": {"SelectionName": "s", "Resources": list(arns), **more}}


def vaults(**changes):
    return {"BackupVaultList": [{"BackupVaultName": "vault", "Locked": False, **changes}]}


def multi_region(*members, **block):
    regions = [{"Bucket": bucket, "Region": region} for bucket, region in members]
    point = {"Name": "everywhere", "PublicAccessBlock": {**ON, **block}, "Regions": regions}
    return {"AccessPoints": [point]}


def points(**changes):
    point = {"Name": "inside", "Bucket": BUCKET, "AccessPointArn": POINT, **changes}
    return {"AccessPointList": [{"BucketAccountId": ACCOUNT, **point}]}


def point(bucket=BUCKET, **block):
    return {"Bucket": bucket, "PublicAccessBlockConfiguration": {**ON, **block}}


def function(region):
    arn = f"arn:aws:lambda:{region}:{ACCOUNT}:function:redact"
    change = {"ContentTransformation": {"AwsLambda": {"FunctionArn": arn}}}
    return {"Configuration": {"TransformationConfigurations": [change]}}


def job(target=BUCKET, report=None):
    operation = {"S3PutObjectCopy": {"TargetResource": f"arn:aws:s3:::{target}"}}
    reports = {"Enabled": bool(report), **({"Bucket": f"arn:aws:s3:::{report}"} if report else {})}
    return {"Job": {"JobId": "j1", "Operation": operation, "Report": reports}}


def distributions(*origins):
    items = [{"Id": "E1", "Origins": {"Items": [{"DomainName": o} for o in origins]}}]
    return {"DistributionList": {"Items": items if origins else [], "Quantity": len(origins)}}


def trails(**changes):
    trail = {"Name": "all", "S3BucketName": "trail-logs", "LogFileValidationEnabled": True}
    return {"trailList": [{**trail, "HomeRegion": TOKYO, **changes}]}


def subscriptions(protocol, endpoint):
    return {"Subscriptions": [{"Protocol": protocol, "Endpoint": endpoint}]}


def targets(*arns):
    return {"Targets": [{"Id": str(i), "Arn": arn} for i, arn in enumerate(arns)]}


def notifications(**changes):
    return {"TopicConfigurations": [{"TopicArn": TOPIC}], **changes}


CLEAN = World(
    settings(
        {
            "tokyo": {
                "provider": "aws",
                "region": TOKYO,
                "bucket": BUCKET,
                "accepts": ["video"],
            }
        }
    ),
    [
        resource(STORE, "s3-bucket", BUCKET, store="tokyo", role="store", via=None, region=TOKYO),
        resource(LOG, "s3-bucket", "trail-logs", role="target", region=TOKYO),
        resource(WHOLE, "aws-account", "default"),
        resource(REGION, "aws-region", TOKYO, region=TOKYO),
        resource(KEY, "kms-key", region=TOKYO),
        resource(TOPIC, "sns-topic", "uploads", region=TOKYO),
        resource(RULE, "eventbridge-rule", "uploads", region=TOKYO),
        resource(PLAN, "backup-plan", "p1", region=TOKYO),
        resource(SELECTION, "backup-selection", "s1", region=TOKYO),
        resource(POINT, "s3-access-point", "inside", region=TOKYO),
        resource(LAMBDA, "s3-object-lambda", "redact", region=TOKYO),
        resource(JOB, "s3-batch-job", "j1", region=TOKYO),
    ],
    {
        STORE: {
            "GetBucketNotificationConfiguration": notifications(),
            "GetBucketEncryption": encrypted(KEY),
        },
        WHOLE: {
            "sts:GetCallerIdentity": {"Account": ACCOUNT, "Arn": f"arn:aws:iam::{ACCOUNT}:user/a"},
            "s3control:GetPublicAccessBlock": {"PublicAccessBlockConfiguration": ON},
            "s3control:ListMultiRegionAccessPoints": multi_region(
                (BUCKET, TOKYO), ("second", "ap-northeast-3")
            ),
            "cloudfront:ListDistributions": distributions("other.s3.amazonaws.com"),
        },
        REGION: {
            "s3control:ListAccessPoints": points(),
            "s3control:ListAccessPointsForObjectLambda": {"ObjectLambdaAccessPointList": []},
            "s3control:ListJobs": {"Jobs": [{"JobId": "j1"}]},
            "s3control:ListStorageLensConfigurations": {
                "StorageLensConfigurationList": [
                    {"Id": "a", "HomeRegion": TOKYO, "IsEnabled": True},
                    {"Id": "b", "HomeRegion": "us-east-1", "IsEnabled": False},
                ]
            },
            "backup:ListBackupPlans": {"BackupPlansList": [{"BackupPlanArn": PLAN}]},
            "backup:ListBackupVaults": vaults(),
            "cloudtrail:DescribeTrails": trails(),
            "events:ListRules": {"Rules": [{"Name": "uploads", "Arn": RULE}]},
        },
        KEY: {
            "kms:DescribeKey": metadata(),
            "kms:GetKeyPolicy": key_policy({"Service": "cloudfront.amazonaws.com"}),
            "kms:ListGrants": {"Grants": [{"GranteePrincipal": f"arn:aws:iam::{ACCOUNT}:role/r"}]},
            "kms:GetKeyRotationStatus": {"KeyRotationEnabled": True},
        },
        TOPIC: {
            "sns:ListSubscriptionsByTopic": subscriptions(
                "sqs", f"arn:aws:sqs:ap-northeast-3:{ACCOUNT}:queue"
            )
        },
        RULE: {"events:ListTargetsByRule": targets(f"arn:aws:lambda:{TOKYO}:{ACCOUNT}:function:f")},
        PLAN: {
            "backup:GetBackupPlan": plan(copy_to("ap-northeast-3")),
            "backup:ListBackupSelections": {"BackupSelectionsList": [{"SelectionId": "s1"}]},
        },
        SELECTION: {"backup:GetBackupSelection": selection(f"arn:aws:s3:::{BUCKET}")},
        POINT: {"s3control:GetAccessPoint": point()},
        LAMBDA: {"s3control:GetAccessPointConfigurationForObjectLambda": function(TOKYO)},
        JOB: {"s3control:DescribeJob": job(report=BUCKET)},
    },
)
