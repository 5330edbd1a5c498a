"""Whole checks over moto: a clean estate is green, a bad one is found out, and nothing changes."""

from __future__ import annotations

from collections import defaultdict

import pytest

from multistore.compliance.model import Severity, Status, worst
from tests.compliance.bucket_answers import LIFECYCLE, allow
from tests.compliance.estate import LOGS, estate, secure
from tests.servers.fault_proxy import SLOW_DOWN, Answer

pytestmark = [pytest.mark.s3, pytest.mark.usefixtures("quiet_environment")]
GOOD = {Status.PASS, Status.NA}


def failures(report, status=Status.FAIL):
    """Return what failed, as rule ids by the resource's own name."""
    found = defaultdict(set)
    for finding in report.findings:
        if finding.status is status:
            found[finding.resource.name].add(finding.rule.id)
    return dict(found)


def passes(report, name):
    return {f.rule.id for f in report.findings if f.resource.name == name and f.status in GOOD}


def test_a_clean_estate_is_green(the_estate):
    the_estate.bucket("clean")
    report = the_estate.check("clean")
    bad = [(f.status, f.rule.id, f.text.en) for f in report.findings if f.status not in GOOD]
    assert bad == []
    assert worst(report) == 0
    assert report.population.unknown == 0
    assert report.population.identity == ("arn:aws:sts::123456789012:user/moto",)
    finding = next(f for f in report.findings if f.rule.id == "RES-018")
    assert finding.request_id
    assert finding.raw_sha256
    assert finding.provider_date
    assert finding.at is not None
    assert finding.identity == "arn:aws:sts::123456789012:user/moto"


def without(part):
    return {name: value for name, value in LIFECYCLE.items() if name != part}


def replicate(estate, name, target):
    estate.client.put_bucket_replication(
        Bucket=name,
        ReplicationConfiguration={
            "Role": "arn:aws:iam::123456789012:role/r",
            "Rules": [
                {
                    "ID": "all",
                    "Status": "Enabled",
                    "Priority": 1,
                    "Filter": {"Prefix": ""},
                    "DeleteMarkerReplication": {"Status": "Enabled"},
                    "Destination": {"Bucket": f"arn:aws:s3:::{target}"},
                }
            ],
        },
    )


def crowd(estate, name):
    estate.client.delete_bucket_policy(Bucket=name)
    for body in b"1", b"2", b"3":
        estate.client.put_object(Bucket=name, Key="acme/video/one", Body=body)
    estate.policy(name, secure(name))


def inventory(estate, name):
    estate.client.put_bucket_inventory_configuration(
        Bucket=name,
        Id="all",
        InventoryConfiguration={
            "Id": "all",
            "IsEnabled": True,
            "IncludedObjectVersions": "All",
            "Schedule": {"Frequency": "Daily"},
            "Destination": {
                "S3BucketDestination": {
                    "AccountId": "999999999999",
                    "Bucket": f"arn:aws:s3:::{LOGS}",
                    "Format": "CSV",
                    "Encryption": {"SSES3": {}},
                }
            },
        },
    )


# What is done to a bucket that is in order, and which rules must find exactly that.
SEEDED = {
    "replicates-to-virginia": (
        lambda e, b: replicate(e, b, "virginia"),
        {"RES-004", "RES-024", "ERA-004", "ERA-006"},
    ),
    "replicates-to-seoul": (
        lambda e, b: replicate(e, b, "seoul"),
        {"RES-004", "RES-024", "ERA-004", "ERA-006"},
    ),
    "replicates-to-nowhere": (
        lambda e, b: replicate(e, b, "nobody-has-this"),
        {"RES-004", "RES-024"},
    ),
    "accelerated": (
        lambda e, b: e.client.put_bucket_accelerate_configuration(
            Bucket=b, AccelerateConfiguration={"Status": "Enabled"}
        ),
        {"RES-006"},
    ),
    "inventories-elsewhere": (inventory, {"RES-008"}),
    "website": (
        lambda e, b: e.client.put_bucket_website(
            Bucket=b, WebsiteConfiguration={"IndexDocument": {"Suffix": "i.html"}}
        ),
        {"RES-018"},
    ),
    "lets-another-account-in": (
        lambda e, b: e.policy(b, secure(b), allow({"AWS": "999999999999"})),
        {"RES-021"},
    ),
    "unencrypted": (
        lambda e, b: e.client.delete_bucket_encryption(Bucket=b),
        {"ENC-001", "ENC-003"},
    ),
    "denies-http-for-one-action": (
        lambda e, b: e.policy(b, secure(b, Action="s3:PutObject")),
        {"ENC-004"},
    ),
    "unblocked": (lambda e, b: e.client.delete_public_access_block(Bucket=b), {"PUB-002"}),
    "acl-of-the-world": (
        lambda e, b: (
            e.client.delete_bucket_ownership_controls(Bucket=b),
            e.client.delete_public_access_block(Bucket=b),
            e.client.put_bucket_acl(Bucket=b, ACL="public-read"),
        ),
        {"PUB-002", "PUB-004", "PUB-005"},
    ),
    "owned-by-writers": (
        lambda e, b: e.client.put_bucket_ownership_controls(
            Bucket=b, OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
        ),
        {"PUB-005"},
    ),
    "cors-for-all": (
        lambda e, b: e.client.put_bucket_cors(
            Bucket=b,
            CORSConfiguration={
                "CORSRules": [{"AllowedOrigins": ["*"], "AllowedMethods": ["GET"]}]
            },
        ),
        {"PUB-010"},
    ),
    "keeps-all-versions": (
        lambda e, b: e.lifecycle(b, without("NoncurrentVersionExpiration")),
        {"ERA-003", "ERA-004"},
    ),
    "keeps-too-long": (
        lambda e, b: e.lifecycle(
            b, {**LIFECYCLE, "NoncurrentVersionExpiration": {"NoncurrentDays": 90}}
        ),
        {"ERA-004"},
    ),
    "keeps-unfinished-uploads": (
        lambda e, b: e.lifecycle(b, without("AbortIncompleteMultipartUpload")),
        {"ERA-005"},
    ),
    "denies-deleting": (
        lambda e, b: e.policy(
            b,
            secure(b),
            {"Effect": "Deny", "Principal": "*", "Action": "s3:DeleteObject*",
             "Resource": f"arn:aws:s3:::{b}/*"},
        ),
        {"ERA-008"},
    ),
    "keeps-many-generations": (crowd, {"ERA-010"}),
    "archives": (
        lambda e, b: e.lifecycle(
            b, {**LIFECYCLE, "Transitions": [{"Days": 1, "StorageClass": "DEEP_ARCHIVE"}]}
        ),
        {"ERA-011"},
    ),
    "logs-nothing": (
        lambda e, b: e.client.put_bucket_logging(Bucket=b, BucketLoggingStatus={}),
        {"LOG-001"},
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def bad_estate(the_estate):
    for name, region in {"virginia": "us-east-1", "seoul": "ap-northeast-2"}.items():
        the_estate.bare(name, region)
        the_estate.client.put_bucket_versioning(
            Bucket=name, VersioningConfiguration={"Status": "Enabled"}
        )
    for name, (seed, _) in SEEDED.items():
        the_estate.bucket(name)
        seed(the_estate, name)
    the_estate.as_moto_is |= {"unencrypted"}
    return the_estate


def test_every_violation_is_found_and_nothing_else(bad_estate):
    report = bad_estate.check(*SEEDED)
    assert failures(report) == {name: rules for name, (_, rules) in SEEDED.items()}
    unknown = failures(report, Status.UNKNOWN)
    assert set(unknown) <= {"replicates-to-nowhere"}, unknown
    assert worst(report) == 1
    arrows = {(c.source, c.target, c.in_japan) for c in report.copies if c.kind == "replication"}
    assert ("s3://replicates-to-seoul", "s3://seoul", False) in arrows
    assert ("s3://replicates-to-nowhere", "s3://nobody-has-this", None) in arrows


def _action(request):
    if request.target != "/":  # a service whose path names the action: POST /listRegions
        name = request.target.strip("/")
        return name[0].upper() + name[1:]
    fields = dict(part.split(b"=") for part in request.body.split(b"&") if b"=" in part)
    return fields[b"Action"].decode()


def test_no_pass_appears_where_a_read_is_denied(bad_estate):
    """One bucket per read, each in order, and that one read of it denied."""
    reads = [
        "?accelerate", "?acl", "?analytics", "?cors", "?encryption", "?inventory", "?lifecycle",
        "?logging", "?metadataConfiguration", "?notification", "?object-lock",
        "?ownershipControls", "?policy", "?policyStatus", "?publicAccessBlock", "?replication",
        "?tagging", "?uploads", "?versioning", "?versions", "?website",
    ]  # fmt: skip
    names = {read: f"denied-{read[1:].lower()}" for read in reads}
    for read, name in names.items():
        bad_estate.bucket(name)
        bad_estate.deny("GET", f"/{name}{read}")
    bad_estate.bucket("denied-nothing")
    bad_estate.bucket("denied-head")
    bad_estate.deny("HEAD", "/denied-head")
    bad_estate.deny("GET", "/denied-head?location")
    report = bad_estate.check("denied-nothing", "denied-head", *names.values())
    assert "RES-001" in failures(report, Status.UNKNOWN)["denied-head"]
    assert passes(report, "denied-head").isdisjoint({"RES-001", "RES-002"})
    clean = passes(report, "denied-nothing")
    assert failures(report) == {}
    for read, name in names.items():
        assert passes(report, name) <= clean, read
        unknown = failures(report, Status.UNKNOWN).get(name, set())
        assert unknown | passes(report, name) == clean, read  # nothing is dropped
        assert unknown or read in {"?tagging", "?notification"}, read
    assert worst(report) == 3


def test_a_whole_account_is_looked_at_and_not_one_request_changes_anything(bad_estate):
    bad_estate.proxy.requests.clear()
    report = bad_estate.check("accelerated", account=True)
    sent = bad_estate.proxy.requests
    assert len(sent) == report.requests > 100
    others = [r for r in sent if r.method not in {"GET", "HEAD"}]
    verbs = {r.headers.get("x-amz-target", "").rpartition(".")[2] or _action(r) for r in others}
    assert {r.method for r in others} == {"POST"}
    assert all(verb.startswith(("Describe", "Get", "List")) for verb in verbs), verbs
    assert report.population.complete is True
    undeclared = failures(report)
    assert "RES-023" in undeclared["virginia"]
    assert "RES-023" in undeclared["seoul"]
    assert "PUB-002" in undeclared["virginia"], "what is not declared is judged all the same"
    assert "RES-023" not in undeclared["website"]
    total = report.population
    assert total.found == total.evaluated + total.unknown + len(total.excluded)


def test_an_account_that_may_not_be_listed_is_no_whole_account(bad_estate):
    order = bad_estate.deny("GET", "/", whole=True)
    denied = bad_estate.check("accelerated", account=True)
    bad_estate.allow(order)
    assert denied.population.complete is False
    assert "RES-023" in failures(denied, Status.UNKNOWN)["env:ESTATE"]


def test_an_account_that_answers_with_a_page_is_no_whole_account(bad_estate):
    order = bad_estate.deny("GET", "/", whole=True)
    order.fault = Answer(200, b"<html><body>hello</body></html>")
    odd = bad_estate.check("accelerated", account=True)
    bad_estate.allow(order)
    assert odd.population.complete is False
    assert "RES-023" in failures(odd, Status.UNKNOWN)["env:ESTATE"]


def test_throttling_is_waited_out_and_progress_told_to_the_end(bad_estate):
    proxy, told = bad_estate.proxy, []
    proxy.on("GET", SLOW_DOWN, containing="/accelerated?cors", times=2)
    proxy._orders.insert(0, proxy._orders.pop())
    report = bad_estate.check(
        "accelerated", progress=lambda done, known: told.append((done, known))
    )
    assert "PUB-010" in passes(report, "accelerated")
    assert told[-1][0] == told[-1][1] > 2
    assert [done for done, _ in told] == sorted(done for done, _ in told)


def test_a_service_that_answers_with_listings_passes_nothing_by_them():
    """moto as it is: it answers two of the questions with a listing of the bucket."""
    with estate(mended=False) as plain:
        plain.bucket("plain")
        report = plain.check("plain")
    unknown = failures(report, Status.UNKNOWN)["plain"]
    assert {"RES-009", "RES-014", "CAP-002", "RES-024"} <= unknown
    assert "PUB-007" in failures(report)["plain"], "moto lists a bucket to anybody"
    assert worst(report, Severity.CRITICAL) == 1
