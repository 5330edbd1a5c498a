"""The whole look against a real server on loopback: what S3 itself says decides."""

import json
import uuid
from pathlib import Path

import boto3
import pytest

from multistore import config
from multistore.residency import case, observe, pinning, ranges, verdict
from multistore.residency.catalog import Catalog
from multistore.residency.evidence import Evidence, Kind
from multistore.stores.s3.store import S3Store

CATALOG = Catalog.load()


@pytest.fixture
def look(moto_server, s3_credentials, tmp_path):
    credentials = s3_credentials(moto_server)
    opened = []

    def collect(bucket, *, region="ap-northeast-1", provider="aws", environ=None):
        settings = config.parse(
            {
                "vault": {"ledger": "sqlite://", "keys": "local:keys"},
                "stores": {
                    "x": {
                        "provider": provider,
                        "region": region,
                        "bucket": bucket,
                        "endpoint": moto_server.url,
                        "credentials": credentials,
                        "accepts": ["video"],
                    }
                },
                "collections": {"video": {"store": "x"}},
            },
            base=Path(tmp_path),
        )
        endpoint = pinning.endpoint(CATALOG, "x", settings.stores["x"], proxy=None)
        store = S3Store("x", endpoint=endpoint, bucket=bucket, credentials=credentials)
        opened.append(store)
        built = case.build(
            "x",
            settings,
            CATALOG,
            endpoint,
            ranges=ranges.shipped(),
            environ={"HOME": str(tmp_path)} | (environ or {}),
            placement=store.placement.placement,
        )
        return case.collect(built)

    yield collect
    for store in opened:
        store.close()


def bucket_in(server, region):
    """Make a bucket in a region; the server takes the region from the request's signature."""
    name = f"test-{uuid.uuid4().hex[:16]}"
    client = boto3.client(
        "s3",
        endpoint_url=server.url,
        region_name=region,
        aws_access_key_id=server.access_key,
        aws_secret_access_key=server.secret_key,
    )
    where = {"CreateBucketConfiguration": {"LocationConstraint": region}}
    client.create_bucket(Bucket=name, **({} if region == "us-east-1" else where))
    return name


def judge(evidence):
    return verdict.judge(evidence, now=observe.now())


CASES = [
    ("ap-northeast-1", "ap-northeast-1", "admitted"),
    ("ap-northeast-3", "ap-northeast-3", "admitted"),
    ("ap-northeast-3", "ap-northeast-1", "refused"),
    ("ap-northeast-2", "ap-northeast-1", "refused"),
    ("us-east-1", "ap-northeast-1", "refused"),
    ("eu-west-1", "ap-northeast-1", "refused"),
]


@pytest.mark.s3
@pytest.mark.parametrize(("really", "configured", "kind"), CASES)
def test_the_bucket_is_where_s3_says_and_not_where_the_configuration_does(
    really, configured, kind, look, moto_server
):
    evidence = look(bucket_in(moto_server, really), region=configured)
    found = judge(evidence)
    assert found.kind == kind, found.explain("en")
    assert evidence.of(Kind.SERVICE).value["region"] == really
    assert evidence.of(Kind.SERVICE).request_id
    if kind == "admitted":
        assert found.strength == "service"
    replayed = Evidence.from_json(evidence.to_json())
    assert judge(replayed).kind == kind


@pytest.mark.s3
def test_a_bucket_that_does_not_exist_is_unknown(look):
    found = judge(look("no-such-bucket-anywhere"))
    assert (found.kind, found.rules) == ("unknown", ("RES-001",))


@pytest.mark.s3
def test_an_s3_compatible_service_on_loopback_is_this_machine(look, moto_server):
    found = judge(look(bucket_in(moto_server, "us-east-1"), provider="s3-compatible"))
    assert (found.kind, found.strength) == ("admitted", "machine")


@pytest.mark.s3
def test_no_key_gets_into_the_record(look, moto_server):
    record = look(bucket_in(moto_server, "ap-northeast-1")).to_json()
    assert json.loads(record)["complete"] is True
    assert moto_server.secret_key not in record
    assert moto_server.access_key not in record


@pytest.mark.s3
def test_a_proxy_variable_stops_a_loopback_store_before_a_request(look, moto_server):
    evidence = look(
        bucket_in(moto_server, "ap-northeast-1"),
        environ={"HTTP_PROXY": "http://proxy.example.jp:1"},
    )
    assert evidence.of(Kind.SERVICE) is None
    assert judge(evidence).rules == ("NET-005",)
