"""An account full of leaks at moto, asked over the line: every one is found, by reading alone."""

from __future__ import annotations

import contextlib
import json
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.config import Config

from multistore.compliance.checker import check
from multistore.compliance.collect.guard import reads_only
from multistore.compliance.model import Status
from tests.compliance.test_service_rules import RULES
from tests.compliance.worlds import settings
from tests.servers.fault_proxy import Answer, FaultProxy

pytestmark = [pytest.mark.s3, pytest.mark.usefixtures("quiet_environment")]
TOKYO = "ap-northeast-1"
BUCKET, TRAIL, WEST = "leaky-video", "leaky-trail", "leaky-west"
HUSH = "hush-hush-4711"
STRANGER = "arn:aws:iam::999988887777:role/x"


class Account:
    """One account of moto's, with a session of its own; some answers come from the proxy."""

    def __init__(self, server, proxy, number):
        self.url, self.proxy, self.number = server.url, proxy, number
        self.key, self.secret, self.token = server.access_key, server.secret_key, None
        sts = self.client("sts")
        role = f"arn:aws:iam::{number}:role/auditor"
        given = sts.assume_role(RoleArn=role, RoleSessionName="audit")["Credentials"]
        self.key, self.secret = given["AccessKeyId"], given["SecretAccessKey"]
        self.token = given["SessionToken"]

    def client(self, service, region=TOKYO):
        made = boto3.client(
            service,
            endpoint_url=self.url,
            region_name=region,
            aws_access_key_id=self.key,
            aws_secret_access_key=self.secret,
            aws_session_token=self.token,
            config=Config(s3={"addressing_style": "path"}),
        )

        def one_host(request, **_):  # the emulator has no name per account
            request.url = request.url.replace(f"//{self.number}.", "//")

        made.meta.events.register_first("before-send", one_host)
        return made

    def mend(self):
        """Answer that there is nothing where moto answers that it knows no such thing."""
        for part, body in NOTHING.items():
            self.proxy.on("GET", Answer(200, body), containing=part, times=None)

    def check(self, monkeypatch, bucket=BUCKET):
        for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN"):
            value = {"ACCESS_KEY_ID": self.key, "SECRET_ACCESS_KEY": self.secret}
            monkeypatch.setenv(f"LEAKY_{name}", value.get(name, self.token))
        store = {"provider": "aws", "region": TOKYO, "bucket": bucket, "accepts": ["video"]}
        store |= {"endpoint": self.proxy.url, "credentials": "env:LEAKY"}
        return check(settings({"tokyo": store}))


# What moto does not have, as AWS answers it.
NOTHING = {
    "/v20180820/accesspointforobjectlambda": b"<ListAccessPointsForObjectLambdaResult>"
    b"<ObjectLambdaAccessPointList/></ListAccessPointsForObjectLambdaResult>",
    "/v20180820/jobs?": b"<ListJobsResult><Jobs/></ListJobsResult>",
}
LAMBDA = "arn:aws:s3-object-lambda:ap-northeast-1:210987654321:accesspoint/redact"
SOMETHING = {
    "/v20180820/accesspointforobjectlambda/redact/configuration": (
        b"<GetAccessPointConfigurationForObjectLambdaResult><Configuration>"
        b"<SupportingAccessPoint>x</SupportingAccessPoint><TransformationConfigurations>"
        b"<TransformationConfiguration><Actions><Action>GetObject</Action></Actions>"
        b"<ContentTransformation><AwsLambda><FunctionArn>"
        b"arn:aws:lambda:us-east-1:210987654321:function:f"
        b"</FunctionArn></AwsLambda></ContentTransformation></TransformationConfiguration>"
        b"</TransformationConfigurations></Configuration>"
        b"</GetAccessPointConfigurationForObjectLambdaResult>"
    ),
    "/v20180820/accesspointforobjectlambda": (
        b"<ListAccessPointsForObjectLambdaResult><ObjectLambdaAccessPointList>"
        b"<ObjectLambdaAccessPoint><Name>redact</Name><ObjectLambdaAccessPointArn>"
        + LAMBDA.encode()
        + b"</ObjectLambdaAccessPointArn></ObjectLambdaAccessPoint>"
        b"</ObjectLambdaAccessPointList></ListAccessPointsForObjectLambdaResult>"
    ),
    "/v20180820/jobs/job-00001": (
        b"<DescribeJobResult><Job><JobId>job-00001</JobId><Operation><S3PutObjectCopy><TargetResource>"
        b"arn:aws:s3:::leaky-west</TargetResource></S3PutObjectCopy></Operation>"
        b"</Job></DescribeJobResult>"
    ),
    "nextToken=2": (
        b"<ListJobsResult><Jobs><member><JobId>job-00001</JobId></member></Jobs></ListJobsResult>"
    ),
    "/v20180820/jobs?": b"<ListJobsResult><NextToken>2</NextToken><Jobs/></ListJobsResult>",
    "/v20180820/mrap/instances": (
        b"<ListMultiRegionAccessPointsResult><AccessPoints><AccessPoint><Name>every</Name>"
        b"<PublicAccessBlock><BlockPublicAcls>true</BlockPublicAcls></PublicAccessBlock>"
        b"<Regions><Region><Bucket>leaky-video</Bucket><Region>ap-northeast-1</Region></Region>"
        b"<Region><Bucket>leaky-west</Bucket><Region>us-west-2</Region></Region></Regions>"
        b"</AccessPoint></AccessPoints></ListMultiRegionAccessPointsResult>"
    ),
    "/v20180820/storagelens": (
        b"<ListStorageLensConfigurationsResult><StorageLensConfiguration><Id>d</Id>"
        b"<HomeRegion>us-east-1</HomeRegion><IsEnabled>true</IsEnabled>"
        b"</StorageLensConfiguration></ListStorageLensConfigurationsResult>"
    ),
}
SELECTIONS = {
    "/selections/s1": {
        "BackupSelection": {
            "SelectionName": "s",
            "IamRoleArn": "r",
            "Resources": [f"arn:aws:s3:::{BUCKET}"],
        },
        "SelectionId": "s1",
    },
    "/selections/": {"BackupSelectionsList": [{"SelectionId": "s1", "SelectionName": "s"}]},
}


@pytest.fixture
def account(moto_server):
    """Give a function that makes an account with a number of its own; all end with the test."""
    where = urlsplit(moto_server.url)
    with contextlib.ExitStack() as running:

        def make(number):
            proxy = running.enter_context(FaultProxy(where.hostname, where.port))
            return Account(moto_server, proxy, number)

        yield make


def seed(account):
    """Make one leak for every rule that moto can hold one for."""
    number, s3 = account.number, account.client("s3")
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": TOKYO})
    account.client("s3", "us-east-1").create_bucket(Bucket=TRAIL)
    account.client("s3", "us-west-2").create_bucket(
        Bucket=WEST, CreateBucketConfiguration={"LocationConstraint": "us-west-2"}
    )
    kms = account.client("kms")
    key = kms.create_key(MultiRegion=True)["KeyMetadata"]
    kms.replicate_key(KeyId=key["KeyId"], ReplicaRegion="us-east-1")
    kms.create_grant(KeyId=key["KeyId"], GranteePrincipal=STRANGER, Operations=["Decrypt"])
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key["Arn"]}
    rules = [{"ApplyServerSideEncryptionByDefault": default}]
    s3.put_bucket_encryption(Bucket=BUCKET, ServerSideEncryptionConfiguration={"Rules": rules})
    sns = account.client("sns")
    topic = sns.create_topic(Name="uploads")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="https", Endpoint=f"https://x.example.jp/{HUSH}")
    events = {"TopicArn": topic, "Events": ["s3:ObjectCreated:*"]}
    s3.put_bucket_notification_configuration(
        Bucket=BUCKET, NotificationConfiguration={"TopicConfigurations": [events]}
    )
    bridge = account.client("events")
    bridge.put_rule(Name="uploads", EventPattern=json.dumps({"source": ["aws.s3"]}))
    bus = f"arn:aws:events:us-east-1:{number}:event-bus/b"
    bridge.put_targets(Rule="uploads", Targets=[{"Id": "1", "Arn": bus, "Input": HUSH}])
    account.client("s3control").create_access_point(
        AccountId=number,
        Name="open",
        Bucket=BUCKET,
        PublicAccessBlockConfiguration={"BlockPublicAcls": False},
    )
    backup = account.client("backup")
    backup.create_backup_vault(BackupVaultName="vault")
    copy = {"DestinationBackupVaultArn": f"arn:aws:backup:us-west-2:{number}:backup-vault:v"}
    daily = {"RuleName": "daily", "TargetBackupVaultName": "vault", "CopyActions": [copy]}
    backup.create_backup_plan(BackupPlan={"BackupPlanName": "p", "Rules": [daily]})
    account.client("cloudtrail").create_trail(Name="all", S3BucketName=TRAIL)
    origin = {
        "Id": "o",
        "DomainName": f"{BUCKET}.s3.{TOKYO}.amazonaws.com",
        "S3OriginConfig": {"OriginAccessIdentity": ""},
        "CustomHeaders": {
            "Quantity": 1,
            "Items": [{"HeaderName": "X-Secret", "HeaderValue": HUSH}],
        },
    }
    behavior = {
        "TargetOriginId": "o",
        "ViewerProtocolPolicy": "https-only",
        "MinTTL": 0,
        "ForwardedValues": {"QueryString": False, "Cookies": {"Forward": "none"}},
    }
    account.client("cloudfront", "us-east-1").create_distribution(
        DistributionConfig={
            "CallerReference": "x",
            "Comment": "",
            "Enabled": True,
            "Origins": {"Quantity": 1, "Items": [origin]},
            "DefaultCacheBehavior": behavior,
        }
    )
    for part, body in SOMETHING.items():
        account.proxy.on("GET", Answer(200, body), containing=part, times=None)
    for part, said in SELECTIONS.items():
        body = json.dumps(said).encode()
        answer = Answer(200, body, content_type="application/json")
        account.proxy.on("GET", answer, containing=part, times=None)


def outcome(report, status):
    return {
        (finding.rule.id, finding.resource.kind)
        for finding in report.findings
        if finding.rule.id in RULES and finding.status is status
    }


LEAKS = {
    ("KEY-001", "kms-key"),
    ("KEY-003", "kms-key"),
    ("KEY-004", "kms-key"),
    ("PUB-001", "aws-account"),
    ("PUB-008", "aws-account"),
    ("PUB-008", "s3-access-point"),
    ("RES-005", "aws-account"),
    ("RES-007", "s3-object-lambda"),
    ("RES-011", "sns-topic"),
    ("RES-011", "eventbridge-rule"),
    ("RES-012", "s3-batch-job"),
    ("RES-013", "aws-region"),
    ("RES-015", "backup-plan"),
    ("RES-017", "aws-account"),
    ("RES-019", "aws-region"),
    ("LOG-003", "aws-region"),
}


def test_every_leak_is_found_and_nothing_else(account, monkeypatch):
    leaky = account("210987654321")
    seed(leaky)
    report = leaky.check(monkeypatch)
    assert outcome(report, Status.FAIL) == LEAKS
    assert outcome(report, Status.UNKNOWN) == set()
    assert {(copy.kind, copy.in_japan) for copy in report.copies} >= {
        ("key-replica", False),
        ("backup", False),
        ("cdn", False),
        ("event", False),
    }
    leaks = [f for f in report.findings if f.rule.id in RULES and f.status is Status.FAIL]
    assert all(finding.raw_sha256 and finding.at for finding in leaks)
    assert all(
        finding.identity == f"arn:aws:sts::{leaky.number}:assumed-role/auditor/audit"
        for finding in leaks
    )
    assert HUSH not in repr(report)
    assert {request.method for request in leaky.proxy.requests} == {"GET", "HEAD", "POST"}
    assert _changes(leaky.proxy.requests) == []


def _changes(requests):
    """Return what was sent that is not named for reading."""
    found = []
    for request in requests:
        headers = {name.lower(): value for name, value in request.headers.items()}
        action = headers.get("x-amz-target", "").rpartition(".")[2]
        if not action and request.method == "POST":
            body = dict(p.split("=", 1) for p in request.body.decode().split("&"))
            action = body["Action"]
        service = "sns" if action else "s3"
        if not reads_only(service, action, request.method):
            found.append((request.method, request.target, action))
    return found


def test_an_account_with_nothing_in_it_leaks_nothing(account, monkeypatch):
    clean = account("310987654321")
    clean.client("s3").create_bucket(
        Bucket="tight-video", CreateBucketConfiguration={"LocationConstraint": TOKYO}
    )
    flags = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    clean.client("s3control").put_public_access_block(
        AccountId=clean.number, PublicAccessBlockConfiguration=dict.fromkeys(flags, True)
    )
    clean.mend()
    report = clean.check(monkeypatch, "tight-video")
    assert outcome(report, Status.FAIL) == set()
    assert outcome(report, Status.UNKNOWN) == set()
    assert ("KEY-001", "s3-bucket") not in outcome(report, Status.PASS)
    assert ("RES-005", "aws-account") in outcome(report, Status.PASS)
    assert report.population.identity == (
        f"arn:aws:sts::{clean.number}:assumed-role/auditor/audit",
    )


def page(origin, following=""):
    """Give a page of CloudFront's list, with one distribution."""
    marker = f"<NextMarker>{following}</NextMarker>" if following else ""
    return (
        f"<DistributionList>{marker}<Quantity>1</Quantity><Items><DistributionSummary><Id>E</Id>"
        f"<ARN>a</ARN><Origins><Items><Origin><DomainName>{origin}</DomainName></Origin></Items>"
        "</Origins></DistributionSummary></Items></DistributionList>"
    ).encode()


def test_the_last_page_counts_like_the_first(account, monkeypatch):
    paged = account("510987654321")
    paged.client("s3").create_bucket(
        Bucket="paged-video", CreateBucketConfiguration={"LocationConstraint": TOKYO}
    )
    paged.mend()
    last = Answer(200, page("paged-video.s3.amazonaws.com"))
    paged.proxy.on("GET", last, containing="Marker=m2", times=None)
    first = Answer(200, page("others.s3.amazonaws.com", "m2"))
    paged.proxy.on("GET", first, containing="/distribution", times=None)
    report = paged.check(monkeypatch, "paged-video")
    assert ("RES-017", "aws-account") in outcome(report, Status.FAIL)

    lost = account("610987654321")
    lost.mend()
    denied = Answer(403, b"<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>")
    lost.proxy.on("GET", denied, containing="Marker=m2", times=None)
    lost.proxy.on("GET", first, containing="/distribution", times=None)
    report = lost.check(monkeypatch, "paged-video")
    assert ("RES-017", "aws-account") in outcome(report, Status.UNKNOWN)


def test_credentials_that_open_nothing_leave_everything_unknown(account, monkeypatch):
    closed = account("410987654321")
    closed.client("s3").create_bucket(
        Bucket="closed-video", CreateBucketConfiguration={"LocationConstraint": TOKYO}
    )
    denied = Answer(403, b"<Error><Code>AccessDenied</Code></Error>")
    for method in ("GET", "HEAD", "POST"):
        closed.proxy.on(method, denied, times=None)
    report = closed.check(monkeypatch, "closed-video")
    assert outcome(report, Status.PASS) == set()
    by_account = {rule for rule, kind in outcome(report, Status.UNKNOWN) if kind == "aws-account"}
    by_region = {rule for rule, kind in outcome(report, Status.UNKNOWN) if kind == "aws-region"}
    assert by_account == {"PUB-001", "PUB-008", "RES-005", "RES-017"}
    assert by_region == {
        *("LOG-003", "RES-007", "RES-011", "RES-012", "RES-013", "RES-015", "RES-019")
    }
