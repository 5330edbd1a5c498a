"""An AWS account with movers, a vault and an organisation, all of them in order."""

from __future__ import annotations

import json

from tests.compliance.aws_world import ACCOUNT, BUCKET, OREGON, REGION, STORE, TOKYO, WHOLE
from tests.compliance.worlds import World, resource, settings

OTHER_REGION, SEOUL = "ap-northeast-3", "ap-northeast-2"
ABROAD, INSIDE, SOMEWHERE = "oregon-video", "osaka-video", "nobody-knows"
TASK = f"arn:aws:datasync:{TOKYO}:{ACCOUNT}:task/task-00000000000000001"
SERVER = f"arn:aws:transfer:{TOKYO}:{ACCOUNT}:server/s-1"
NFS = f"arn:aws:storagegateway:{TOKYO}:{ACCOUNT}:share/share-1"
SMB = f"arn:aws:storagegateway:{TOKYO}:{ACCOUNT}:share/share-2"
GATEWAY = f"arn:aws:storagegateway:{TOKYO}:{ACCOUNT}:gateway/sgw-1"
GROUP, STREAM = f"{REGION}/workgroup/primary", f"{REGION}/deliverystream/events"
STREAM_ARN = f"arn:aws:firehose:{TOKYO}:{ACCOUNT}:deliverystream/events"
TOPIC = f"arn:aws:sns:{TOKYO}:{ACCOUNT}:uploads"
VAULT = f"arn:aws:glacier:{TOKYO}:{ACCOUNT}:vaults/old"
VIRGINIA, THAILAND = f"{WHOLE}/us-east-1", f"{WHOLE}/ap-southeast-7"
PULL = f"arn:aws:datasync:us-east-1:{ACCOUNT}:task/task-00000000000000002"

LOCATIONS = {
    "ours": f"s3://{BUCKET}/video/",
    "theirs": "s3://theirs/",
    "inside": f"s3://{INSIDE}/",
    "abroad": f"s3://{ABROAD}/",
    "abroad by its region, too": f"s3://us-west-2.{ABROAD}/",
    "nowhere": f"s3://{SOMEWHERE}/",
    "point": f"s3://arn:aws:s3:{TOKYO}:{ACCOUNT}:accesspoint/a/",
    "point abroad": f"s3://arn:aws:s3:us-east-1:{ACCOUNT}:accesspoint/a/",
    "disk inside": f"efs://{TOKYO}.fs-0123/",
    "disk abroad": "fsxl://us-east-1.fs-0123/",
    "server": "smb://files.example.jp/share/",
}


def location(name, region=TOKYO):
    return f"arn:aws:datasync:{region}:{ACCOUNT}:location/loc-{name.replace(' ', '-')}"


def task(source, target):
    arns = [each if each.startswith("arn:") else location(each) for each in (source, target)]
    names = ("SourceLocationArn", "DestinationLocationArn")
    return {"TaskArn": TASK, "Status": "AVAILABLE", **dict(zip(names, arns, strict=True))}


def pull(source, target):
    """Describe a task that runs abroad."""
    return {**task(*(location(each, "us-east-1") for each in (source, target))), "TaskArn": PULL}


def server(endpoint="PUBLIC", addresses=(), **more):
    usual = {"Arn": SERVER, "Domain": "S3", "IdentityProviderType": "SERVICE_MANAGED"}
    reached = {"EndpointDetails": {"AddressAllocationIds": list(addresses)}}
    return {"Server": {**usual, "State": "ONLINE", "EndpointType": endpoint, **reached, **more}}


def users(*homes):
    return {"Users": [{"HomeDirectory": home, "HomeDirectoryType": "PATH"} for home in homes]}


def logical():
    return {"Users": [{"HomeDirectoryType": "LOGICAL"}]}


def mapped(*paths):
    return {"Users": [{"HomeDirectoryMappings": [{"Target": path} for path in paths]}]}


def share(arn, to):
    return [{"FileShareARN": arn, "LocationARN": to, "GatewayARN": GATEWAY}]


def gateway(host="EC2", region=TOKYO):
    where = {"Ec2InstanceRegion": region} if region else {}
    return {"GatewayARN": GATEWAY, "HostEnvironment": host, **where}


def group(to=None):
    result = {"ResultConfiguration": {"OutputLocation": to} if to else {}}
    return {"WorkGroup": {"Name": "primary", "Configuration": result}}


def stream(**destinations):
    """Describe a stream: kind of destination -> bucket, domain or nothing, and further buckets."""
    told = {f"{kind}DestinationDescription": value for kind, value in destinations.items()}
    description = {"DeliveryStreamARN": STREAM_ARN, "Destinations": [told]}
    return {"DeliveryStreamDescription": description}


def to(bucket):
    return {"BucketARN": f"arn:aws:s3:::{bucket}"}


def vault(name="old", archives=3):
    told = {} if archives is None else {"NumberOfArchives": archives}
    return {"VaultName": name, "VaultARN": VAULT, **told}


def lock(*statements, state="Locked"):
    return {"State": state, "Policy": json.dumps({"Statement": list(statements)})}


def keep(days=None, operator="NumericLessThan", **more):
    age = {"Condition": {operator: {"glacier:ArchiveAgeInDays": str(days)}}} if days else {}
    usual = {"Effect": "Deny", "Principal": "*", "Action": "glacier:DeleteArchive"}
    return {**usual, "Resource": VAULT, **age, **more}


def let_in(*principals):
    allow = {"Effect": "Allow", "Action": "glacier:InitiateJob", "Resource": VAULT}
    statements = [{**allow, "Principal": {"AWS": who}} for who in principals]
    return {"policy": {"Policy": json.dumps({"Statement": statements})}}


def denial(regions=(TOKYO, OTHER_REGION), operator="StringNotEquals", **changes):
    usual = {"Effect": "Deny", "NotAction": ["iam:*", "sts:*", "s3:ListAllMyBuckets"]}
    condition = {operator: {"aws:RequestedRegion": list(regions)}}
    return {**usual, "Resource": "*", "Condition": condition, **changes}


def by_action(*actions, **more):
    """Deny these actions, in place of all but some."""
    return {name: told for name, told in denial(Action=list(actions), **more).items()
            if name != "NotAction"}  # fmt: skip


def policies(*statements, target="ROOT", kind="SERVICE_CONTROL_POLICY"):
    """Give the answers about one policy of these statements, attached to one target or none."""
    summary = {"Id": "p-1", "Name": "japan-only", "Type": kind, "AwsManaged": False}
    content = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    attached = [{"TargetId": f"{target.lower()}-1", "Type": target}] if target else []
    regional = "requestedregion" in content.lower()
    told = [{"PolicyId": "p-1", "Targets": attached}] if regional else []
    return {
        "organizations:ListPolicies": {"Policies": [summary]},
        "organizations:DescribePolicy": {
            "Policies": [{"Policy": {"PolicySummary": summary, "Content": content}}]
        },
        "organizations:ListTargetsForPolicy": {"Policies": told},
    }


def organization(master=ACCOUNT):
    return {"Organization": {"Id": "o-1", "MasterAccountId": master}}


def bucket(name, region, role="target"):
    return resource(f"s3://{name}", "s3-bucket", name, role=role, region=region)


IN_ORDER = World(
    settings(
        {"tokyo": {"provider": "aws", "region": TOKYO, "bucket": BUCKET, "accepts": ["video"]}}
    ),
    [
        resource(STORE, "s3-bucket", BUCKET, store="tokyo", role="store", via=None, region=TOKYO),
        bucket(INSIDE, OTHER_REGION),
        bucket(ABROAD, OREGON),
        bucket(SOMEWHERE, None),
        resource(WHOLE, "aws-account", "default"),
        resource(REGION, "aws-region", TOKYO, region=TOKYO),
        resource(VIRGINIA, "aws-region-abroad", "us-east-1", region="us-east-1"),
        resource(THAILAND, "aws-region-abroad", "ap-southeast-7", region="ap-southeast-7"),
        resource(PULL, "datasync-task", region="us-east-1"),
        resource(VAULT, "glacier-vault", "old", region=TOKYO),
        resource(TASK, "datasync-task", region=TOKYO),
        resource(SERVER, "transfer-server", "s-1", region=TOKYO),
        resource(NFS, "nfs-file-share", "share-1", region=TOKYO),
        resource(SMB, "smb-file-share", "share-2", region=TOKYO),
        resource(GROUP, "athena-workgroup", "primary", region=TOKYO),
        resource(STREAM, "firehose-stream", "events", region=TOKYO),
        resource(TOPIC, "sns-topic", "uploads", region=TOKYO),
    ],
    {
        WHOLE: {
            "sts:GetCallerIdentity": {"Account": ACCOUNT, "Arn": f"arn:aws:iam::{ACCOUNT}:user/a"},
            "account:ListRegions": {"Regions": [{"RegionName": TOKYO}]},
            "organizations:DescribeOrganization": organization(),
            **policies(denial()),
        },
        REGION: {
            "datasync:ListLocations": {
                "Locations": [
                    {"LocationArn": location(name), "LocationUri": uri}
                    for name, uri in LOCATIONS.items()
                ]
            },
            "datasync:ListTasks": {"Tasks": [{"TaskArn": TASK}]},
            "transfer:ListServers": {"Servers": [{"ServerId": "s-1", "Arn": SERVER}]},
            "storagegateway:ListFileShares": {"FileShareInfoList": [{"FileShareARN": NFS}]},
            "athena:ListWorkGroups": {"WorkGroups": [{"Name": "primary"}]},
            "firehose:ListDeliveryStreams": {"DeliveryStreamNames": ["events"]},
            "glacier:ListVaults": {"VaultList": [vault()]},
        },
        VIRGINIA: {
            "glacier:ListVaults": {"VaultList": []},
            "datasync:ListTasks": {"Tasks": [{"TaskArn": PULL}]},
            "datasync:ListLocations": {
                "Locations": [
                    {"LocationArn": location(name, "us-east-1"), "LocationUri": LOCATIONS[name]}
                    for name in ("ours", "theirs", "abroad")
                ]
            },
        },
        THAILAND: {
            "datasync:ListTasks": {"Tasks": []},
            "datasync:ListLocations": {"Locations": []},
        },
        PULL: {"datasync:DescribeTask": pull("theirs", "abroad")},
        VAULT: {
            "glacier:GetVaultLock": lock(keep(30)),
            "glacier:GetVaultAccessPolicy": let_in(f"arn:aws:iam::{ACCOUNT}:root"),
        },
        TASK: {"datasync:DescribeTask": task("ours", "inside")},
        SERVER: {
            "transfer:DescribeServer": server(),
            "transfer:ListUsers": logical(),
            "transfer:DescribeUser": mapped("/theirs/home"),
        },
        NFS: {
            "storagegateway:DescribeNFSFileShares": {
                "NFSFileShareInfoList": share(NFS, f"arn:aws:s3:::{BUCKET}/video/")
            },
            "storagegateway:DescribeGatewayInformation": gateway(),
        },
        SMB: {
            "storagegateway:DescribeSMBFileShares": {
                "SMBFileShareInfoList": share(SMB, f"arn:aws:s3:::{BUCKET}")
            },
            "storagegateway:DescribeGatewayInformation": gateway(),
        },
        GROUP: {"athena:GetWorkGroup": group(f"s3://{INSIDE}/results/")},
        STREAM: {
            "firehose:DescribeDeliveryStream": stream(
                S3=to(BUCKET), ExtendedS3={**to(BUCKET), "S3BackupDescription": to(INSIDE)}
            )
        },
        TOPIC: {"sns:ListSubscriptionsByTopic": {"Subscriptions": []}},
    },
    account=True,
)
