"""What is changed in an account whose movers, vaults and policies are in order; what is said."""

from __future__ import annotations

from multistore.compliance.model import Status
from tests.compliance.account_world import (
    ABROAD,
    ACCOUNT,
    BUCKET,
    GROUP,
    INSIDE,
    NFS,
    OTHER_REGION,
    PULL,
    REGION,
    SEOUL,
    SERVER,
    SMB,
    SOMEWHERE,
    STREAM,
    STREAM_ARN,
    TASK,
    TOKYO,
    TOPIC,
    VAULT,
    VIRGINIA,
    WHOLE,
    by_action,
    denial,
    gateway,
    group,
    keep,
    let_in,
    location,
    lock,
    logical,
    mapped,
    policies,
    pull,
    server,
    share,
    stream,
    task,
    to,
    users,
    vault,
)
from tests.compliance.worlds import ABSENT

FAIL, PASS, UNKNOWN, NA = Status.FAIL, Status.PASS, Status.UNKNOWN, Status.NA
OTHER = "999988887777"


def moved(source, target):
    return {TASK: {"datasync:DescribeTask": task(source, target)}}


def served(told=None, of_users=None, of_homes=None):
    return {
        SERVER: {
            "transfer:DescribeServer": told or server(),
            "transfer:ListUsers": of_users or logical(),
            "transfer:DescribeUser": of_homes or mapped("/theirs"),
        }
    }


def shown(of_gateway, where=f"arn:aws:s3:::{BUCKET}"):
    return {
        SMB: {
            "storagegateway:DescribeSMBFileShares": {"SMBFileShareInfoList": share(SMB, where)},
            "storagegateway:DescribeGatewayInformation": of_gateway,
        }
    }


def results(place):
    return {GROUP: {"athena:GetWorkGroup": group(place)}}


def delivered(**destinations):
    return {STREAM: {"firehose:DescribeDeliveryStream": stream(**destinations)}}


def domain(region):
    return {"DomainARN": f"arn:aws:es:{region}:{ACCOUNT}:domain/d", **backed_up(BUCKET)}


def backed_up(bucket):
    return {"S3DestinationDescription": to(bucket)}


def subscribed(**destinations):
    listeners = [{"Protocol": "firehose", "Endpoint": STREAM_ARN}]
    told = {TOPIC: {"sns:ListSubscriptionsByTopic": {"Subscriptions": listeners}}}
    return {**delivered(**destinations), **told}


def locked(*statements, **more):
    return {VAULT: {"glacier:GetVaultLock": lock(*statements, **more)}}


def but_deleting():
    statement = keep(365, NotAction="glacier:DeleteArchive")
    statement.pop("Action")
    return statement


def in_virginia(*vaults):
    return {VIRGINIA: {"glacier:ListVaults": {"VaultList": list(vaults)}}}


def forbidden(*statements, **more):
    return {WHOLE: policies(*statements, **more)}


def also(name, value, operator="ArnNotLike"):
    region = {"StringNotEquals": {"aws:RequestedRegion": [TOKYO]}}
    return denial(Condition={**region, operator: {name: value}})


POINT = f"arn:aws:s3:{TOKYO}:{ACCOUNT}:accesspoint/a"
POINT_ABROAD = f"arn:aws:s3:us-east-1:{ACCOUNT}:accesspoint/a"

CASES = {
    # rule, resource: what is changed -> what it says
    ("RES-016", REGION): {
        "no list of streams": ({REGION: {"firehose:ListDeliveryStreams": {}}}, UNKNOWN),
        "no list of servers": ({REGION: {"transfer:ListServers": {}}}, UNKNOWN),
    },
    ("RES-016", TASK): {
        "abroad": (moved("ours", "abroad"), FAIL),
        "abroad, with its region before its name": (
            moved("ours", "abroad by its region, too"),
            FAIL,
        ),
        "to a bucket of which nobody says where it is": (moved("ours", "nowhere"), UNKNOWN),
        "to a disk in Japan": (moved("ours", "disk inside"), PASS),
        "to a disk abroad": (moved("ours", "disk abroad"), FAIL),
        "to a server somewhere": (moved("ours", "server"), UNKNOWN),
        "to an access point abroad": (moved("ours", "point abroad"), FAIL),
        "to a location of another region abroad": (
            moved("ours", location("abroad", SEOUL)),
            FAIL,
        ),
        "to a location of Osaka, which was not asked": (
            moved("ours", location("inside", OTHER_REGION)),
            UNKNOWN,
        ),
        "from another bucket": (moved("theirs", "abroad"), NA),
        "from an access point, abroad": (moved("point", "abroad"), UNKNOWN),
        "from an access point, inside": (moved("point", "inside"), PASS),
        "from a location of another region": (
            moved(location("ours", SEOUL), "abroad"),
            UNKNOWN,
        ),
        "an answer about nothing": ({TASK: {"datasync:DescribeTask": {}}}, UNKNOWN),
    },
    ("RES-016", PULL): {
        "from our bucket": ({PULL: {"datasync:DescribeTask": pull("ours", "abroad")}}, FAIL),
        "within our bucket": ({PULL: {"datasync:DescribeTask": pull("ours", "ours")}}, PASS),
    },
    ("RES-016", VIRGINIA): {
        "no list": ({VIRGINIA: {"datasync:ListTasks": {}}}, UNKNOWN),
    },
    ("RES-016", SERVER): {
        "a home in the bucket": (served(of_users=users(f"/{BUCKET}/a")), FAIL),
        "a mapping to the bucket": (served(of_homes=mapped("/theirs", f"/{BUCKET}/a")), FAIL),
        "a home elsewhere, and a role for all": (served(of_users=users("/theirs/a")), UNKNOWN),
        "a mapping of the root": (served(of_homes=mapped("/")), UNKNOWN),
        "no user": (served(of_users=users()), NA),
        "inside a network": (served(server("VPC"), users(f"/{BUCKET}")), PASS),
        "inside a network, with an address outside": (
            served(server("VPC", ["eipalloc-1"]), users(f"/{BUCKET}")),
            FAIL,
        ),
        "of the kind that only a network reaches": (served(server("VPC_ENDPOINT")), PASS),
        "users told by a function": (
            served(server(IdentityProviderType="AWS_LAMBDA")),
            UNKNOWN,
        ),
        "for file systems": (served(server(Domain="EFS")), NA),
        "an answer about nothing": ({SERVER: {"transfer:DescribeServer": {}}}, UNKNOWN),
    },
    ("RES-016", SMB): {
        "a gateway abroad": (shown(gateway(region="us-east-1")), FAIL),
        "a gateway in a cellar": (shown(gateway("VMWARE", region=None)), UNKNOWN),
        "a cellar that names a region": (shown(gateway("VMWARE")), UNKNOWN),
        "a machine that does not say where it is": (shown(gateway(region=None)), UNKNOWN),
        "another bucket abroad": (shown(gateway(region="us-east-1"), "arn:aws:s3:::theirs"), NA),
        "an access point abroad": (shown(gateway(region="us-east-1"), POINT), UNKNOWN),
        "an access point": (shown(gateway(), POINT), PASS),
        "no share": ({SMB: {"storagegateway:DescribeSMBFileShares": {}}}, UNKNOWN),
        "no share in the list": (
            {SMB: {"storagegateway:DescribeSMBFileShares": {"SMBFileShareInfoList": []}}},
            UNKNOWN,
        ),
    },
    ("RES-016", NFS): {
        "a gateway abroad": (
            {NFS: {"storagegateway:DescribeGatewayInformation": gateway(region="eu-west-1")}},
            FAIL,
        ),
    },
    ("RES-016", GROUP): {
        "results abroad": (results(f"s3://{ABROAD}/r/"), FAIL),
        "results somewhere": (results(f"s3://{SOMEWHERE}/r/"), UNKNOWN),
        "results in the bucket": (results(f"s3://{BUCKET}/r/"), PASS),
        "no place for results": (results(None), NA),
        "an answer about nothing": ({GROUP: {"athena:GetWorkGroup": {}}}, UNKNOWN),
    },
    ("RES-016", STREAM): {
        "a copy abroad": (
            delivered(ExtendedS3={**to(BUCKET), "S3BackupDescription": to(ABROAD)}),
            FAIL,
        ),
        "a copy here, the rest abroad": (
            delivered(ExtendedS3={**to(ABROAD), "S3BackupDescription": to(BUCKET)}),
            FAIL,
        ),
        "a copy somewhere": (
            delivered(ExtendedS3={**to(BUCKET), "S3BackupDescription": to(SOMEWHERE)}),
            UNKNOWN,
        ),
        "a search in Tokyo": (delivered(Amazonopensearchservice=domain(TOKYO)), PASS),
        "a search in Seoul": (delivered(Amazonopensearchservice=domain(SEOUL)), FAIL),
        "an address of a company": (delivered(Splunk=backed_up(BUCKET)), UNKNOWN),
        "other buckets": (delivered(ExtendedS3=to(ABROAD)), NA),
        "other buckets, but our events": (subscribed(ExtendedS3=to(ABROAD)), FAIL),
        "our events, in Japan": (subscribed(ExtendedS3=to(INSIDE)), PASS),
        "our events, to nowhere": (subscribed(), UNKNOWN),
        "an answer about nothing": ({STREAM: {"firehose:DescribeDeliveryStream": {}}}, UNKNOWN),
    },
    ("RES-020", WHOLE): {
        "no list": ({WHOLE: {"account:ListRegions": {}}}, UNKNOWN),
    },
    ("RES-020", REGION): {
        "none": ({REGION: {"glacier:ListVaults": {"VaultList": []}}}, PASS),
        "no list": ({REGION: {"glacier:ListVaults": {}}}, UNKNOWN),
    },
    ("RES-020", VIRGINIA): {
        "one": (in_virginia(vault()), FAIL),
        "an empty one": (in_virginia(vault(archives=0)), FAIL),
        "one without an inventory": (in_virginia(vault(archives=None)), FAIL),
        "no list": ({VIRGINIA: {"glacier:ListVaults": {}}}, UNKNOWN),
    },
    ("RES-020", VAULT): {
        "no lock": ({VAULT: {"glacier:GetVaultLock": ABSENT}}, PASS),
        "no policy": ({VAULT: {"glacier:GetVaultAccessPolicy": ABSENT}}, PASS),
        "locked for ever": (locked(keep()), FAIL),
        "locked for a year": (locked(keep(365)), FAIL),
        "locked for 60 days": (locked(keep(60)), PASS),
        "locked for 61 days": (locked(keep(61)), FAIL),
        "being locked": (locked(keep(365), state="InProgress"), FAIL),
        "locked from an age on": (locked(keep(30, "NumericGreaterThan")), FAIL),
        "every action": (locked(keep(365, Action="*")), FAIL),
        "a pattern of actions": (locked(keep(365, Action="glacier:*Archive")), FAIL),
        "another action": (locked(keep(365, Action="glacier:DeleteVault")), PASS),
        "every action but deleting": (
            locked(but_deleting()),
            PASS,
        ),
        "a lock without a policy": ({VAULT: {"glacier:GetVaultLock": {"State": "x"}}}, UNKNOWN),
        "no JSON": (
            {VAULT: {"glacier:GetVaultLock": {"State": "Locked", "Policy": "{"}}},
            UNKNOWN,
        ),
        "another account": (
            {VAULT: {"glacier:GetVaultAccessPolicy": let_in(f"arn:aws:iam::{OTHER}:root")}},
            FAIL,
        ),
        "anybody": ({VAULT: {"glacier:GetVaultAccessPolicy": let_in("*")}}, FAIL),
    },
    ("RES-022", WHOLE): {
        "Tokyo alone": (forbidden(denial([TOKYO])), PASS),
        "every action": (forbidden(by_action("*")), PASS),
        "all of S3": (forbidden(by_action("s3:*")), PASS),
        "all of S3, by the resource": (
            forbidden(by_action("s3:*", Principal="*"), kind="RESOURCE_CONTROL_POLICY"),
            PASS,
        ),
        "where there is a region": (forbidden(denial(operator="StringNotEqualsIfExists")), PASS),
        "one good statement of two": (forbidden(denial(["us-east-1"]), denial()), PASS),
        "Virginia, too": (forbidden(denial([TOKYO, "us-east-1"])), FAIL),
        "Seoul, which looks like Tokyo": (forbidden(denial([SEOUL])), FAIL),
        "a pattern": (forbidden(denial(["ap-northeast-*"], "StringNotLike")), FAIL),
        "no region at all": (forbidden(denial([])), FAIL),
        "a list of regions to avoid": (forbidden(denial(["us-east-1"], "StringEquals")), FAIL),
        "all but Tokyo, and of those Virginia": (
            forbidden(also("aws:RequestedRegion", ["us-east-1"], "StringEquals")),
            FAIL,
        ),
        "for some of several values": (
            forbidden(denial(operator="ForAnyValue:StringNotEquals")),
            FAIL,
        ),
        "not for some roles": (forbidden(also("aws:PrincipalARN", "arn:aws:iam::*:role/x")), FAIL),
        "not for S3": (forbidden(denial(NotAction=["iam:*", "s3:*"])), FAIL),
        "not for keys": (forbidden(denial(NotAction=["kms:*"])), FAIL),
        "not for a pattern of services": (forbidden(denial(NotAction=["*"])), FAIL),
        "only for machines": (forbidden(by_action("ec2:*")), FAIL),
        "only for new buckets": (forbidden(by_action("s3:CreateBucket")), FAIL),
        "not for every resource": (forbidden(denial(Resource="arn:aws:s3:::a/*")), FAIL),
        "not for every principal": (forbidden(denial(Principal={"AWS": ACCOUNT})), FAIL),
        "allowed, not denied": (forbidden(denial(Effect="Allow")), FAIL),
        "attached to a part": (forbidden(denial(), target="ORGANIZATIONAL_UNIT"), FAIL),
        "attached to nothing": (forbidden(denial(), target=None), FAIL),
        "about something else": (forbidden({"Effect": "Deny", "Action": "*"}), FAIL),
        "no JSON": (
            {
                WHOLE: {
                    "organizations:DescribePolicy": {
                        "Policies": [{"Policy": {"PolicySummary": {"Id": "p-1"}, "Content": "{"}}]
                    }
                }
            },
            UNKNOWN,
        ),
        "no policy": (
            {WHOLE: {"organizations:DescribePolicy": {"Policies": []}}},
            FAIL,
        ),
        "no list": ({WHOLE: {"organizations:ListPolicies": {}}}, UNKNOWN),
        "no word on what it is attached to": (
            {WHOLE: {"organizations:ListTargetsForPolicy": {"Policies": []}}},
            UNKNOWN,
        ),
        "an organisation without a head": (
            {WHOLE: {"organizations:DescribeOrganization": {"Organization": {"Id": "o"}}}},
            UNKNOWN,
        ),
    },
}
