"""Which hosts the check asks at AWS: Japan's, and the control planes of whole accounts."""

from __future__ import annotations

import json
import re
from urllib.parse import urlsplit

import pytest
from botocore.awsrequest import AWSResponse
from botocore.httpsession import URLLib3Session

from multistore.compliance.collect import all_collectors, aws_account
from multistore.compliance.collect.reader import Reader
from multistore.compliance.model import Answer, Resource
from multistore.residency import pinning
from multistore.residency.catalog import Catalog
from tests.compliance.aws_world import KEY, KEY_ABROAD, OTHER, TOKYO, TOPIC, TOPIC_ABROAD
from tests.compliance.worlds import resource, settings

WHOLE = "aws-account:env:HOSTS"
OSAKA = "ap-northeast-3"
NUMBER = "123456789012"
STORES = {
    name: {
        "provider": "aws",
        "region": region,
        "bucket": f"b-{name}",
        "accepts": ["video"],
        "credentials": "env:HOSTS",
    }
    for name, region in (("tokyo", TOKYO), ("osaka", OSAKA))
}
JAPAN = re.compile(r"(\d{12}\.)?[a-z0-9-]+\.ap-northeast-[13]\.amazonaws\.com")
ELSEWHERE = {
    "cloudfront.amazonaws.com",
    "organizations.us-east-1.amazonaws.com",
    f"{NUMBER}.s3-control.us-west-2.amazonaws.com",
}
CALLER = (
    b"<GetCallerIdentityResponse><GetCallerIdentityResult><Account>123456789012</Account>"
    b"<Arn>a</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>"
)


class Raw:
    def __init__(self, body):
        self.body = body

    def stream(self, **_):
        yield self.body


@pytest.fixture
def hosts(monkeypatch):
    """Let nothing leave; return the hosts that would have been asked."""
    found = []

    def send(_, request):
        host = urlsplit(request.url).netloc
        found.append((request.url.partition(":")[0], host))
        body = CALLER if host.startswith("sts.") else b"<Error><Code>AccessDenied</Code></Error>"
        return AWSResponse(request.url, 200 if host.startswith("sts.") else 403, {}, Raw(body))

    monkeypatch.setattr(URLLib3Session, "send", send)
    monkeypatch.setenv("HOSTS_ACCESS_KEY_ID", "AKIAHOSTS")
    monkeypatch.setenv("HOSTS_SECRET_ACCESS_KEY", "x")
    return found


@pytest.fixture
def reader():
    whole = settings(STORES)
    catalog = Catalog.load()
    endpoints = {
        name: pinning.endpoint(catalog, name, whole.stores[name], proxy=None) for name in STORES
    }
    made = Reader(whole, catalog, endpoints)
    yield made
    made.close()


def collect(reader, first):
    """Collect from these and from what they lead to, as a check does."""
    pending, answers = list(first), []
    while pending:
        one = pending.pop()
        for collector in all_collectors():
            if one.kind in collector.kinds and (collector.targets or one.role != "target"):
                for found in collector.collect(one, reader):
                    if isinstance(found, Answer):
                        answers.append(found)
                    elif isinstance(found, Resource):
                        pending.append(found)
    return answers


@pytest.mark.usefixtures("quiet_environment")
def test_nobody_outside_japan_is_asked_but_three_control_planes(hosts, reader, monkeypatch):
    # Whatever the environment says, too.
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_KMS", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://evil.example")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setenv("AWS_USE_FIPS_ENDPOINT", "true")
    answers = collect(
        reader,
        [
            resource(WHOLE, "aws-account", "env:HOSTS"),
            resource(KEY, "kms-key", KEY, region=TOKYO),
            resource(KEY_ABROAD, "kms-key", KEY_ABROAD, region=TOKYO),
            resource(TOPIC, "sns-topic", "uploads", region=TOKYO),
            resource(TOPIC_ABROAD, "sns-topic", "uploads", region=TOKYO),
            resource(f"arn:aws:kms:{OSAKA}:{OTHER}:key/9", "kms-key", region=TOKYO),
        ],
    )
    assert {scheme for scheme, _ in hosts} == {"https"}
    asked = {host for _, host in hosts}
    assert {host for host in asked if not JAPAN.fullmatch(host)} == ELSEWHERE
    assert {
        f"{service}.{region}.amazonaws.com"
        for service in ("backup", "cloudtrail", "events", "glacier", "kms", "transfer")
        for region in (TOKYO, OSAKA)
    } <= asked
    assert f"{NUMBER}.s3-control.{OSAKA}.amazonaws.com" in asked
    known = {answer.call for answer in answers if answer.status == "read"}
    assert known == {"sts:GetCallerIdentity"}
    assert len(hosts) == reader.requests


@pytest.mark.parametrize(("account", "regions"), [(False, {TOKYO}), (True, {TOKYO, OSAKA})])
def test_the_regions_are_those_of_the_stores_or_all_of_japan(account, regions):
    whole = settings({"tokyo": STORES["tokyo"]})
    endpoint = pinning.endpoint(Catalog.load(), "tokyo", whole.stores["tokyo"], proxy=None)
    made = Reader(whole, Catalog.load(), {"tokyo": endpoint}, account=account)
    found = list(aws_account.regions(resource(WHOLE, "aws-account", "env:HOSTS"), made))
    made.close()
    assert {(one.kind, one.region, one.via) for one in found} == {
        ("aws-region", region, "tokyo") for region in regions
    }


@pytest.mark.usefixtures("quiet_environment")
def test_for_a_whole_account_its_regions_abroad_are_asked_for_vaults_and_tasks(hosts, monkeypatch):
    named = [TOKYO, OSAKA, "us-east-1", "ap-southeast-7"]  # the last has no vaults
    regions = [{"RegionName": name, "RegionOptStatus": "ENABLED"} for name in named]

    def send(_, request):
        host = urlsplit(request.url).netloc
        hosts.append(host)
        told = host == "account.us-east-1.amazonaws.com"
        body = json.dumps({"Regions": regions}) if told else "{}"
        return AWSResponse(request.url, 200 if told else 403, {}, Raw(body.encode()))

    monkeypatch.setattr(URLLib3Session, "send", send)
    whole = settings({"tokyo": STORES["tokyo"]})
    endpoint = pinning.endpoint(Catalog.load(), "tokyo", whole.stores["tokyo"], proxy=None)
    made = Reader(whole, Catalog.load(), {"tokyo": endpoint}, account=True)
    first = resource(WHOLE, "aws-account", "env:HOSTS")
    found = [one for one in aws_account.abroad(first, made) if isinstance(one, Resource)]
    collect(made, found)
    made.close()
    assert sorted(hosts) == [
        "account.us-east-1.amazonaws.com",
        *["datasync.ap-southeast-7.amazonaws.com"] * 2,
        *["datasync.us-east-1.amazonaws.com"] * 2,
        "glacier.us-east-1.amazonaws.com",
    ]


@pytest.mark.usefixtures("quiet_environment")
def test_without_the_number_of_the_account_nothing_is_asked_about_it(hosts, reader, monkeypatch):
    def send(_, request):
        hosts.append(("https", urlsplit(request.url).netloc))
        return AWSResponse(request.url, 403, {}, Raw(b"<Error><Code>AccessDenied</Code></Error>"))

    monkeypatch.setattr(URLLib3Session, "send", send)
    answers = collect(reader, [resource(WHOLE, "aws-account", "env:HOSTS")])
    assert not [host for _, host in hosts if "s3-control" in host]
    lost = {a.call for a in answers if a.call.startswith("s3control:")}
    assert {a.why for a in answers if a.call in lost} == {"NoAccountNumber"}
    assert lost == {
        "s3control:GetPublicAccessBlock",
        "s3control:ListMultiRegionAccessPoints",
        "s3control:ListAccessPoints",
        "s3control:ListAccessPointsForObjectLambda",
        "s3control:ListJobs",
        "s3control:ListStorageLensConfigurations",
    }
