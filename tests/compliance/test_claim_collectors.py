"""What a service shows of itself, heard over the line and held against what was written down."""

from __future__ import annotations

import hashlib

import boto3
import pytest

from multistore import config
from multistore.compliance.checker import check
from multistore.compliance.collect.claims import HEADERS
from multistore.compliance.model import Status
from tests.compliance.estate import CREDENTIALS
from tests.residency import seen as gate

pytestmark = [pytest.mark.s3, pytest.mark.usefixtures("quiet_environment")]
BUCKET = "claimed-video"


@pytest.fixture
def look(moto_server, tmp_path):
    client = boto3.client(
        "s3",
        endpoint_url=moto_server.url,
        region_name="us-east-1",
        aws_access_key_id=moto_server.access_key,
        aws_secret_access_key=moto_server.secret_key,
    )
    client.create_bucket(Bucket=BUCKET)
    paper = tmp_path / "contract.pdf"
    paper.write_bytes(b"signed")

    def looked(**observed):
        placement = {
            "operator": "株式会社電算システム",
            "prefecture": "岐阜県",
            "document": paper.name,
            "sha256": hashlib.sha256(b"signed").hexdigest(),
            "valid_until": gate.day(100),
            "observed": observed,
        }
        store = {
            "provider": "s3-compatible",
            "endpoint": moto_server.url,
            "bucket": BUCKET,
            "accepts": ["video"],
            "credentials": f"env:{CREDENTIALS}",
            "placement": placement,
        }
        raw = {
            "vault": {"ledger": "sqlite://", "keys": "local:keys"},
            "stores": {"claimed": store},
            "collections": {"video": {"store": "claimed"}},
        }
        return check(config.parse(raw, base=tmp_path))

    yield looked
    client.delete_bucket(Bucket=BUCKET)


def said(report, rule):
    return [finding for finding in report.findings if finding.rule.id == rule]


def test_a_change_of_the_service_is_reported(look):
    (first,) = said(look(), "ATT-003")
    assert first.status is Status.UNKNOWN
    server = first.remedy.en.partition('server = "')[2].partition('"')[0]
    assert server
    (same,) = said(look(server=server), "ATT-003")
    assert same.status is Status.ATTESTED
    assert same.call == HEADERS
    assert same.request_id
    (changed,) = said(look(server="Ceph"), "ATT-003")
    assert changed.status is Status.FAIL
    assert "server was Ceph" in changed.text.en


def test_a_claim_is_attested_and_never_a_pass(look):
    (finding,) = said(look(), "ATT-001")
    assert finding.status is Status.ATTESTED
    assert "nothing of it was verified" in finding.text.en
    assert finding.confidence == ""
