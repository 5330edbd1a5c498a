"""No request of the check changes anything: the guard, and that nothing gets past it."""

from __future__ import annotations

import socket
from io import BytesIO
from pathlib import Path

import pytest
from botocore.awsrequest import AWSResponse

from multistore.compliance.collect.behaviour import strangers
from multistore.compliance.collect.guard import reads_only
from multistore.compliance.collect.reader import Reader
from multistore.compliance.collect.s3_bucket import bucket
from multistore.compliance.model import Answer, Resource
from multistore.errors import ResidencyError, UnsupportedError
from multistore.residency import pinning
from multistore.residency.catalog import Catalog
from multistore.stores.endpoint import Endpoint
from tests.compliance.estate import REGION

pytestmark = [pytest.mark.s3, pytest.mark.usefixtures("quiet_environment")]
BUCKET = Resource("s3://guarded", "s3-bucket", "guarded", "aws", store="guarded")


@pytest.mark.parametrize(
    ("service", "operation", "method", "allowed"),
    [
        ("s3", "GetBucketAcl", "GET", True),
        ("s3", "HeadBucket", "HEAD", True),
        ("s3", "DeleteBucketEncryption", "DELETE", False),
        ("s3", "PutBucketAcl", "PUT", False),
        ("s3", "DeleteObjects", "POST", False),
        ("s3", "GetObject", "GET", False),
        ("s3control", "GetPublicAccessBlock", "GET", True),
        ("s3control", "CreateJob", "POST", False),
        ("azure", "Get Container Properties", "GET", True),
        ("azure", "Set Container Acl", "PUT", False),
        ("kms", "DescribeKey", "POST", True),
        ("kms", "ListGrants", "POST", True),
        ("kms", "ScheduleKeyDeletion", "POST", False),
        ("kms", "Decrypt", "POST", False),
        ("sts", "GetCallerIdentity", "POST", True),
        ("sts", "AssumeRole", "POST", False),
        ("sts", "GetSessionToken", "POST", False),
        ("sns", "Unsubscribe", "POST", False),
    ],
)
def test_what_reads_only(service, operation, method, allowed):
    assert reads_only(service, operation, method) is allowed


@pytest.fixture
def reader(the_estate):
    if "guarded" not in the_estate.buckets:
        the_estate.bucket("guarded")
    settings = the_estate.settings("guarded")
    catalog = Catalog.load()
    endpoint = pinning.endpoint(catalog, "guarded", settings.stores["guarded"], proxy=None)
    reader = Reader(settings, catalog, {"guarded": endpoint})
    yield reader
    reader.close()


@pytest.mark.parametrize(
    ("call", "arguments"),
    [
        ("delete_bucket", {}),
        ("delete_bucket_encryption", {}),
        ("put_bucket_acl", {"ACL": "public-read"}),
        ("put_object", {"Key": "a", "Body": b"1"}),
        ("get_object", {"Key": "a"}),
    ],
)
def test_a_clients_changing_request_never_leaves(the_estate, reader, call, arguments):
    before = len(the_estate.proxy.requests)
    with pytest.raises(UnsupportedError, match="a check only reads"):
        getattr(reader.s3(BUCKET), call)(Bucket="guarded", **arguments)
    assert len(the_estate.proxy.requests) == before


def test_a_collector_that_would_change_something_is_a_fault_and_no_finding(reader):
    with pytest.raises(UnsupportedError, match="a check only reads"):
        reader.ask(reader.s3(BUCKET), "DeleteBucketPolicy", BUCKET, Bucket="guarded")


def test_other_services_clients_are_held_as_well(the_estate, reader):
    before = len(the_estate.proxy.requests)
    with pytest.raises(UnsupportedError, match="kms:CreateKey"):
        reader.aws("kms", BUCKET).create_key()
    assert len(the_estate.proxy.requests) == before


def test_a_client_talks_to_its_own_host_and_no_other(reader):
    client = reader.aws("sts", BUCKET)
    client.meta.events.register_last(
        "request-created", lambda request, **_: setattr(request, "url", "http://127.0.0.1:1/")
    )
    with pytest.raises(ResidencyError, match="was stopped"):
        client.get_caller_identity()


@pytest.mark.parametrize(
    ("region", "host"),
    [
        (None, "s3.ap-northeast-1.amazonaws.com"),
        ("ap-northeast-1", "s3.ap-northeast-1.amazonaws.com"),
        ("us-east-1", "s3.us-east-1.amazonaws.com"),
        ("evil.example/", "s3.ap-northeast-1.amazonaws.com"),
    ],
)
def test_a_bucket_is_asked_at_its_own_regions_endpoint(the_estate, region, host):
    """Only its region's endpoint tells a bucket's configuration; no request is made here."""
    settings = the_estate.settings("guarded")
    endpoint = Endpoint(
        "aws",
        f"https://s3.{REGION}.amazonaws.com",
        REGION,
        frozenset({f"s3.{REGION}.amazonaws.com"}),
    )
    reader = Reader(settings, Catalog.load(), {"guarded": endpoint})
    assert reader.s3(BUCKET, region=region).meta.endpoint_url == f"https://{host}"
    reader.close()


def test_stores_of_one_host_may_each_be_asked(the_estate):
    """A client that is pinned to one bucket's host is never another bucket's."""
    settings = the_estate.settings("guarded", "second")
    catalog = Catalog.load()
    endpoints = {}
    for provider, region in {"aws": REGION, "alibaba": None}.items():
        for name in ("guarded", "second"):
            url = None if provider == "aws" else "https://oss-ap-northeast-1.aliyuncs.com"
            fields = {"provider": provider, "region": region, "endpoint": url, "bucket": name}
            store = settings.stores[name].model_copy(update=fields)
            endpoints[name] = pinning.endpoint(catalog, name, store, proxy=None)
        reader = Reader(settings, catalog, endpoints)
        for name, endpoint in endpoints.items():
            kind = "s3-bucket" if provider == "aws" else "s3-compatible-bucket"
            client = reader.s3(Resource(name, kind, name, provider, store=name))
            sent = []
            client.meta.events.register_last("before-send", _answering(sent))
            client.head_bucket(Bucket=name)
            endpoint.check(sent[0].url)
        reader.close()


def test_a_host_that_cannot_be_reached_is_not_tried_for_every_question(the_estate, monkeypatch):
    monkeypatch.setattr("multistore.compliance.collect.reader.ATTEMPTS", 1)
    settings = the_estate.settings("guarded")
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    endpoint = Endpoint("aws", url, REGION, frozenset({url.partition("://")[2]}))
    reader = Reader(settings, Catalog.load(), {"guarded": endpoint})
    answers = {a.call: a for a in bucket(BUCKET, reader) if isinstance(a, Answer)}
    answers |= {a.call: a for a in strangers(BUCKET, reader)}
    assert {a.why for a in answers.values()} == {"ConnectFailed"}
    assert {a.status for a in answers.values()} == {"unreadable"}
    assert len(answers) > 20
    assert reader.requests == 1
    reader.close()


def _answering(sent):
    """Answer in place of the network, and keep what was asked."""

    def answer(request, **_):
        sent.append(request)
        response = AWSResponse(request.url, 200, {}, BytesIO())
        response._content = b""
        return response

    return answer


def test_whoever_makes_a_client_holds_it():
    """A client of an SDK is made in a few places only, and each of them asks the guard."""
    folder = Path(__file__).parents[2] / "src" / "multistore" / "compliance" / "collect"
    texts = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.py")}
    words = ("boto3.Session", "fresh(", "ServiceClient(", "ManagementClient(", "HTTPSConnection(")
    makers = {name for name, text in texts.items() if any(word in text for word in words)}
    assert makers >= {"reader.py", "behaviour.py"}
    holds = ("hold(", "hold_azure", "reads_only(")
    assert [name for name in makers if not any(word in texts[name] for word in holds)] == []
