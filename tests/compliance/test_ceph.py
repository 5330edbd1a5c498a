"""A Ceph gateway answers what it does not know with a listing, and stores what it ignores.

None of that may become a pass; what it does answer is judged like anybody's answer.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from multistore import config
from multistore.compliance.checker import check
from multistore.compliance.model import Status, worst
from tests.compliance.bucket_answers import LIFECYCLE, tls_only

pytestmark = [pytest.mark.ceph, pytest.mark.usefixtures("quiet_environment")]


@pytest.fixture(scope="module")
def looked_at(ceph_server):
    """A bucket that Ceph believes to be in order, and what a check says of it."""
    client, name = ceph_server.client(), ceph_server.bucket(versioned=True)
    client.put_object(Bucket=name, Key="acme/video/one", Body=b"1")
    rule = {**LIFECYCLE, "Expiration": {"ExpiredObjectDeleteMarker": True}}
    client.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": [rule]})
    text = json.dumps({"Version": "2012-10-17", "Statement": [tls_only(name)]})
    client.put_bucket_policy(Bucket=name, Policy=text)
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("GATEWAY_ACCESS_KEY_ID", ceph_server.access_key)
        patched.setenv("GATEWAY_SECRET_ACCESS_KEY", ceph_server.secret_key)
        settings = config.parse(
            {
                "vault": {"ledger": "sqlite:///none.db", "keys": "local:keys/"},
                "stores": {
                    "gateway": {
                        "provider": "s3-compatible",
                        "region": ceph_server.region,
                        "endpoint": ceph_server.url,
                        "bucket": name,
                        "accepts": ["video"],
                        "credentials": "env:GATEWAY",
                    }
                },
                "collections": {"video": {"store": "gateway"}},
            },
            base=Path("absent"),
        )
        report = check(settings, account=True)
    found = {}
    for finding in report.findings:
        if finding.resource.store == "gateway":
            found.setdefault(finding.rule.id, []).append(finding)
    return report, found


FELL_THROUGH = ("ENC-001", "RES-008", "CAP-001", "CAP-002")


@pytest.mark.parametrize("rule", FELL_THROUGH)
def test_what_falls_through_is_unknown(looked_at, rule):
    _, found = looked_at
    (said,) = found[rule]
    assert said.status is Status.UNKNOWN, said.text.en
    assert said.text.ja


def test_the_answers_that_fell_through_are_named(looked_at):
    _, found = looked_at
    said = found["CAP-002"][0].text.en
    for call in ("GetBucketEncryption", "ListBucketInventoryConfigurations"):
        assert call in said


def test_what_it_does_answer_is_judged(looked_at):
    _, found = looked_at
    asked = ("PUB-004", "PUB-007", "ERA-001", "ERA-003", "ERA-005", "ERA-008", "ERA-010", "CLS-002")
    for rule in asked:
        assert {f.status for f in found[rule]} == {Status.PASS}, (rule, found[rule][0].text.en)
    assert found["PUB-002"][0].status is Status.FAIL


def test_its_replication_is_invisible_and_so_unknown(looked_at):
    """It answers with no rule while its zones are synchronised, too."""
    _, found = looked_at
    assert found["RES-004"][0].status is Status.UNKNOWN


def test_its_policy_proves_no_tls(looked_at):
    """It stores the denial of plain http, and serves plain http: this very check spoke it."""
    _, found = looked_at
    assert found["ENC-004"][0].status is Status.NA, "on loopback nothing goes over a network"
    assert "PASS" not in {f.status for f in found["ENC-004"]}


def test_the_whole_is_not_green(looked_at):
    report, _ = looked_at
    assert worst(report) == 1
    assert report.population.complete is True
