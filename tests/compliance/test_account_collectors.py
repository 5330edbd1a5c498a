"""Movers, vaults and an organisation at moto, found by a whole check; nothing is changed.

moto plays DataSync, Transfer Family, Athena, Firehose, Organizations and Glacier's lists. What it
refuses is answered as the services' models have it: Storage Gateway, ListUsers, vault locks and
policies, and the account's regions.
"""

from __future__ import annotations

import contextlib
import json
from urllib.parse import urlsplit

import pytest

from multistore.compliance.checker import check
from multistore.compliance.collect.guard import reads_only
from multistore.compliance.model import Status
from tests.compliance.account_world import NFS, denial, gateway, keep, let_in, lock, share
from tests.compliance.modelled import faults
from tests.compliance.test_service_collectors import Account
from tests.compliance.worlds import settings
from tests.servers.fault_proxy import Answer, FaultProxy

pytestmark = [pytest.mark.s3, pytest.mark.usefixtures("quiet_environment")]
TOKYO, BUCKET, FAR = "ap-northeast-1", "moved-video", "moved-far"
RULES = ("RES-016", "RES-020", "RES-022")
HUSH = "hush-hush-4711"
TARGETS = {"storagegateway": "StorageGateway_20130630", "transfer": "TransferService"}


def answer(proxy, call, value):
    """Let the proxy give a modelled answer to one call, in place of moto."""
    assert faults(call, value) == []
    service, _, operation = call.partition(":")
    body = Answer(200, json.dumps(value).encode(), content_type="application/json")
    proxy.on("POST", body, times=None)
    target = f"{TARGETS[service]}.{operation}"
    proxy._orders[-1].matches = lambda request: request.headers.get("x-amz-target") == target


def page(proxy, containing, value, status=200):
    body = json.dumps(value).encode()
    told = Answer(status, body, content_type="application/json")
    proxy.on("GET", told, containing=containing, times=None)


@pytest.fixture
def account(moto_server):
    where = urlsplit(moto_server.url)
    with contextlib.ExitStack() as running:

        def make(number):
            proxy = running.enter_context(FaultProxy(where.hostname, where.port))
            return Account(moto_server, proxy, number)

        yield make


def run(account, monkeypatch, bucket=BUCKET, *, whole=True):
    """Check an account, or the stores of it."""
    for name, value in (
        ("ACCESS_KEY_ID", account.key),
        ("SECRET_ACCESS_KEY", account.secret),
        ("SESSION_TOKEN", account.token),
    ):
        monkeypatch.setenv(f"MOVED_{name}", value)
    store = {"provider": "aws", "region": TOKYO, "bucket": bucket, "accepts": ["video"]}
    store |= {"endpoint": account.proxy.url, "credentials": "env:MOVED"}
    return check(settings({"tokyo": store}), account=whole)


def seed(account):
    """Make one mover of every kind that leads abroad, a vault abroad and a policy with a gap."""
    account.client("s3").create_bucket(
        Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": TOKYO}
    )
    account.client("s3", "us-west-2").create_bucket(
        Bucket=FAR, CreateBucketConfiguration={"LocationConstraint": "us-west-2"}
    )
    role = f"arn:aws:iam::{account.number}:role/r"
    for region in (TOKYO, "us-east-1"):
        sync = account.client("datasync", region)
        ends = [
            sync.create_location_s3(
                S3BucketArn=f"arn:aws:s3:::{name}",
                Subdirectory="x",
                S3Config={"BucketAccessRoleArn": role},
            )["LocationArn"]
            for name in (BUCKET, FAR)
        ]
        sync.create_task(SourceLocationArn=ends[0], DestinationLocationArn=ends[1])
    account.client("transfer").create_server(
        Domain="S3", EndpointType="PUBLIC", IdentityProviderType="SERVICE_MANAGED"
    )
    result = {"ResultConfiguration": {"OutputLocation": f"s3://{FAR}/results/"}}
    account.client("athena").create_work_group(Name="far", Configuration=result)
    hose = account.client("firehose")
    hose.create_delivery_stream(
        DeliveryStreamName="two",
        ExtendedS3DestinationConfiguration={
            "RoleARN": role,
            "BucketARN": f"arn:aws:s3:::{BUCKET}",
            "S3BackupMode": "Enabled",
            "S3BackupConfiguration": {"RoleARN": role, "BucketARN": f"arn:aws:s3:::{FAR}"},
        },
    )
    hose.create_delivery_stream(
        DeliveryStreamName="outside",
        HttpEndpointDestinationConfiguration={
            "EndpointConfiguration": {"Url": "https://x.example.com/", "AccessKey": HUSH},
            "S3Configuration": {"RoleARN": role, "BucketARN": f"arn:aws:s3:::{BUCKET}"},
        },
    )
    for region in (TOKYO, "us-east-1"):
        account.client("glacier", region).create_vault(accountId="-", vaultName="old")
    root = account.client("organizations", "us-east-1")
    root.create_organization(FeatureSet="ALL")
    forbid(root, denial([TOKYO, "us-east-1"]))
    answer(account.proxy, "transfer:ListUsers", {"ServerId": "s", "Users": users()})
    share_of_ours = share(NFS, f"arn:aws:s3:::{BUCKET}/video/")
    one = {"FileShareARN": NFS, "FileShareId": "share-1", "FileShareType": "NFS"}
    answer(account.proxy, "storagegateway:ListFileShares", {"FileShareInfoList": [one]})
    answer(
        account.proxy,
        "storagegateway:DescribeNFSFileShares",
        {"NFSFileShareInfoList": share_of_ours},
    )
    answer(
        account.proxy,
        "storagegateway:DescribeGatewayInformation",
        gateway(region="us-east-1"),
    )
    page(account.proxy, "/vaults/old/lock-policy", lock(keep(365)))
    page(account.proxy, "/vaults/old/access-policy", let_in("*")["policy"])


def users():
    home = {"UserName": HUSH, "HomeDirectory": f"/{BUCKET}/a", "HomeDirectoryType": "PATH"}
    return [{"Arn": "arn:aws:transfer:ap-northeast-1:1:user/s/a", **home}]


def forbid(root, statement):
    """Attach a policy to the root of an organisation."""
    kind, at = "SERVICE_CONTROL_POLICY", root.list_roots()["Roots"][0]["Id"]
    root.enable_policy_type(RootId=at, PolicyType=kind)
    made = root.create_policy(
        Name="japan-only",
        Description="Japan",
        Type=kind,
        Content=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
    )
    root.attach_policy(PolicyId=made["Policy"]["PolicySummary"]["Id"], TargetId=at)


def outcome(report, status):
    return {
        (finding.rule.id, finding.resource.kind, finding.resource.name)
        for finding in report.findings
        if finding.rule.id in RULES and finding.status is status
    }


def test_everything_that_leads_abroad_is_found_and_nothing_is_changed(account, monkeypatch):
    moved = account("710987654321")
    seed(moved)
    report = run(moved, monkeypatch)
    failed = {(rule, kind) for rule, kind, _ in outcome(report, Status.FAIL)}
    assert failed == {
        ("RES-016", "datasync-task"),
        ("RES-016", "transfer-server"),
        ("RES-016", "nfs-file-share"),
        ("RES-016", "athena-workgroup"),
        ("RES-016", "firehose-stream"),
        ("RES-020", "aws-region-abroad"),
        ("RES-020", "glacier-vault"),
        ("RES-022", "aws-account"),
    }
    assert outcome(report, Status.UNKNOWN) == {("RES-016", "firehose-stream", "outside")}
    tasks = [f.resource for f in report.findings if f.resource.kind == "datasync-task"]
    assert {(f.status, f.resource.region) for f in report.findings if f.resource in tasks} == {
        (Status.FAIL, TOKYO),
        (Status.FAIL, "us-east-1"),
    }
    found = [f for f in report.findings if f.rule.id in RULES and f.status is Status.FAIL]
    assert all(finding.raw_sha256 and finding.at for finding in found)
    assert HUSH not in repr(report)
    for request in moved.proxy.requests:
        action = request.headers.get("x-amz-target", "").rpartition(".")[2]
        if action:
            assert reads_only("datasync", action, request.method), action


def test_an_account_in_order_passes_and_its_policies_are_read(account, monkeypatch):
    kept = account("810987654321")
    kept.client("s3").create_bucket(
        Bucket="kept-video", CreateBucketConfiguration={"LocationConstraint": TOKYO}
    )
    root = kept.client("organizations", "us-east-1")
    root.create_organization(FeatureSet="ALL")
    forbid(root, denial())
    report = run(kept, monkeypatch, "kept-video")
    assert outcome(report, Status.FAIL) == outcome(report, Status.UNKNOWN) == set()
    assert ("RES-022", "aws-account", "env:MOVED") in outcome(report, Status.PASS)
    asked = [r.headers.get("x-amz-target", "").rpartition(".")[2] for r in kept.proxy.requests]
    one_each = {"DescribePolicy": 1, "ListTargetsForPolicy": 1, "ListPolicies": 2}
    assert {name: asked.count(name) for name in one_each} == one_each, "AWS's own are not read"
    assert ("RES-016", "athena-workgroup", "primary") in outcome(report, Status.NA)
    assert ("RES-020", "aws-region-abroad", "us-east-1") in outcome(report, Status.PASS)
    by_region = {("RES-016", "aws-region", TOKYO), ("RES-020", "aws-region", TOKYO)}
    assert by_region <= outcome(report, Status.PASS)


def test_a_second_page_of_streams_counts_and_one_that_is_lost_spoils_the_list(account, monkeypatch):
    paged = account("910987654321")
    hose = paged.client("firehose")
    role = f"arn:aws:iam::{paged.number}:role/r"
    for name in ("a", "b"):
        hose.create_delivery_stream(
            DeliveryStreamName=name,
            ExtendedS3DestinationConfiguration={
                "RoleARN": role,
                "BucketARN": "arn:aws:s3:::others",
            },
        )
    first = {"DeliveryStreamNames": ["a"], "HasMoreDeliveryStreams": True}
    assert faults("firehose:ListDeliveryStreams", first) == []
    told = Answer(200, json.dumps(first).encode(), content_type="application/json")
    denied = Answer(400, b'{"__type": "AccessDeniedException"}', content_type="application/json")

    def stream_lists(*answers):
        for each in answers:
            paged.proxy.on("POST", each)
            paged.proxy._orders[-1].matches = lambda request: request.headers.get(
                "x-amz-target", ""
            ).endswith(".ListDeliveryStreams")

    stream_lists(told)
    report = run(paged, monkeypatch, "paged-streams", whole=False)
    streams = {name for _, kind, name in outcome(report, Status.NA) if kind == "firehose-stream"}
    assert streams == {"a", "b"}

    stream_lists(told, denied)
    report = run(paged, monkeypatch, "paged-streams", whole=False)
    assert ("RES-016", "aws-region", TOKYO) in outcome(report, Status.UNKNOWN)
    assert not {kind for _, kind, _ in outcome(report, Status.NA)} & {"firehose-stream"}
    assert ("RES-020", "aws-account", "env:MOVED") in outcome(report, Status.NA)
