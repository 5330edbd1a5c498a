"""What the gate asks is asked again by its own functions: the report says what the gate does."""

from __future__ import annotations

from dataclasses import replace

import pytest

from multistore.compliance.judging import judged
from multistore.compliance.model import Resource, Status
from multistore.compliance.rules import all_rules
from multistore.residency.evidence import Kind
from multistore.residency.reasons import Effect, Reason
from multistore.residency.verdict import judge
from tests.compliance.bucket_answers import (
    ABSENT,
    BUCKET,
    answer,
    found,
    seen,
    settings,
    statuses,
)
from tests.residency import seen as gate

REFUSAL = Reason("TAB-001", Effect.REFUSED, "host.pinned", {"host": "s3.us-east-1.example.com"})
TOKYO = gate.service("ap-northeast-1")


def environment(rule, text="env.override", **values):
    return gate.environment(Reason(rule, Effect.REFUSED, text, {"variable": "X", **values}))


def bent(*items, **fields):
    """The evidence of a store in order, with these pieces after, and so before, its own."""
    return gate.aws(TOKYO, *items, **fields)


REFUSED = [
    ("RES-001", bent(gate.service("ap-northeast-2"))),
    ("RES-001", bent(gate.service("ap-northeast-3"))),  # in Japan, and not the configured one
    ("RES-002", bent(gate.service("ap-northeast-1", location_type="LocalZone"))),
    ("RES-003", bent(bucket="arn:aws:s3-outposts:ap-northeast-1:1:outpost/op/bucket/b")),
    ("NET-014", bent(bucket="https://b.example")),
    ("NET-001", bent(url="https://s3.us-east-1.amazonaws.com")),
    ("NET-003", bent(environment("NET-003"))),
    ("NET-004", bent(environment("NET-004", "env.region", value="x", configured="y"))),
    ("NET-005", bent(environment("NET-005", "env.proxy", value="p"))),
    ("NET-011", bent(environment("NET-011", "env.authority", value="a"))),
    ("NET-012", bent(environment("NET-012"))),
    ("RES-006", bent(environment("RES-006", "env.global", value="1"))),
    ("ENC-006", bent(environment("ENC-006", "env.trust"))),
    ("ENC-006", bent(url="http://s3.ap-northeast-1.amazonaws.com")),
    (
        "NET-006",
        bent(gate.addresses(gate.AWS_HOST, gate.address("3.5.0.1", "abroad", "us-east-1"))),
    ),
    ("NET-008", bent(gate.tls(gate.AWS_HOST, names=["other.example"]))),
    ("ENC-005", bent(gate.tls(gate.AWS_HOST, version="TLSv1"))),
    ("ENC-005", bent(gate.tls(gate.AWS_HOST, bits=1024))),
    ("TAB-001", bent(gate.row(country="KR"))),
]


@pytest.mark.parametrize(("rule", "evidence"), REFUSED)
def test_what_the_gate_refuses_is_a_failure(rule, evidence):
    verdict = judge(evidence, now=gate.NOW)
    assert rule in {reason.rule for reason in verdict.reasons if reason.effect is Effect.REFUSED}
    said = [f for f in found(seen(evidence=evidence), rule) if f.status is Status.FAIL]
    assert said
    assert said[0].text.en
    assert said[0].text.ja
    assert said[0].remedy


NEEDS = [
    ("RES-001", Kind.SERVICE),
    ("NET-003", Kind.ENVIRONMENT),
    ("NET-006", Kind.ADDRESSES),
    ("NET-007", Kind.ADDRESSES),
    ("ENC-005", Kind.TLS),
]


@pytest.mark.parametrize(("rule", "kind"), NEEDS)
def test_what_was_not_looked_at_is_unknown(rule, kind):
    about = seen(evidence=gate.without(bent(), kind))
    assert statuses(about, rule) == {Status.UNKNOWN}


FAILED = [
    ("RES-001", gate.item(Kind.SERVICE, error="AccessDenied")),
    ("RES-002", gate.item(Kind.SERVICE, error="AccessDenied")),
    ("NET-008", gate.item(Kind.TLS, host="h", error="timed out", failure="unreachable")),
    ("NET-006", gate.item(Kind.ADDRESSES, host="h", error="no such host")),
    ("NET-007", gate.item(Kind.ADDRESSES, host="h", error="no such host")),
    ("ENC-005", gate.item(Kind.TLS, host="h", error="timed out", failure="unreachable")),
]


@pytest.mark.parametrize(("rule", "item"), FAILED)
def test_what_could_not_be_had_is_unknown(rule, item):
    assert statuses(seen(evidence=bent(item)), rule) == {Status.UNKNOWN}


def test_every_reason_that_refuses_has_its_finding():
    """Whatever rule of the gate refuses, the report has a failure: nothing falls in between."""
    for _, evidence in REFUSED:
        failed = {
            f.rule.id for f in judged(seen(evidence=evidence), all_rules()) if f.status == "FAIL"
        }
        refused = {r.rule for r in judge(evidence, now=gate.NOW).reasons if r.effect == "refused"}
        assert refused <= failed


def test_a_store_that_the_table_refuses_passes_nothing():
    about = seen(refusals={"tokyo": (REFUSAL,)}, evidence=None)
    gated = [rule.id for rule in all_rules() if rule.gate and "s3-bucket" in rule.applies_to]
    said = {rule: statuses(about, rule) for rule in gated}
    assert said["CAP-005"] == {Status.FAIL}
    assert said["TAB-001"] == {Status.FAIL}
    assert said["RES-001"] == {Status.UNKNOWN}
    assert "TAB-001" in found(about, "RES-001")[0].text.en


def test_a_finding_carries_the_evidence_of_the_gate():
    (said,) = found(seen(), "RES-001")
    assert said.status is Status.PASS
    assert said.call == "s3:HeadBucket"
    assert said.raw["region"] == "ap-northeast-1"
    assert said.confidence == "control-plane"


def test_an_alias_of_somebody_else_is_a_failure():
    item = gate.addresses(gate.AWS_HOST, gate.address("52.219.0.1"), canonical="x.cloudfront.net")
    assert statuses(seen(evidence=bent(item)), "NET-007") == {Status.FAIL}
    own = gate.addresses(
        gate.AWS_HOST, gate.address("52.219.0.1"), canonical="s3-r-w.ap-northeast-1.amazonaws.com"
    )
    assert statuses(seen(evidence=bent(own)), "NET-007") == {Status.PASS}


# --- a directory, and a row of the table --------------------------------------------------------

MOUNTED = gate.item(Kind.MACHINE, what="directory", path="/data", filesystem="nfs4", elsewhere=True)
DISK = gate.item(Kind.MACHINE, what="directory", path="/data", filesystem="ext4", elsewhere=False)


def directory(*items, **fields):
    evidence = gate.Evidence(gate.subject("local", **fields), items, gate.NOW)
    about = seen(evidence=evidence)
    own = Resource("local:/data", "local", "/data", "local", store="tokyo")
    about.resources[own.id] = own
    return statuses(about, "LOC-001", "/data")


def test_a_directory_of_this_machine_passes_and_a_mount_must_be_claimed():
    assert directory(DISK) == {Status.PASS}
    assert directory(MOUNTED) == {Status.UNKNOWN}
    assert directory(MOUNTED, gate.claim(), claimed=True) == {Status.NA}, "it does not stay here"


def test_a_row_of_the_table_is_the_operators_word():
    host = "s3.isk01.sakurastorage.jp"
    subject = gate.subject(
        "s3-compatible",
        provider="sakura",
        url=f"https://{host}",
        hosts=(host,),
        region="jp-north-1",
    )
    items = (gate.environment(), gate.row(), gate.tls(host))
    about = compatible(gate.Evidence(subject, items, gate.NOW))
    assert statuses(about, "TAB-001") == {Status.ATTESTED}
    assert statuses(about, "RES-004") == {Status.ATTESTED}


def test_a_rule_that_says_nothing_leaves_it_unknown():
    silent = replace(next(iter(all_rules())), id="XXX-001", applies_to=("s3-bucket",))
    (said, *_) = judged(seen(), [replace(silent, judge=lambda _: (), roles=("store",))])
    assert said.status is Status.UNKNOWN


def test_a_fault_of_a_rule_itself_is_not_hidden():
    def broken(_):
        raise ZeroDivisionError

    rule = replace(next(iter(all_rules())), applies_to=("s3-bucket",), judge=broken)
    with pytest.raises(ZeroDivisionError):
        list(judged(seen(), [replace(rule, roles=("store",))]))


# --- a cloud that publishes nothing -------------------------------------------------------------

CLAIMED = gate.claimed(gate.claim())


def compatible(evidence=CLAIMED, **changes):
    return seen(changes, kind="s3-compatible-bucket", evidence=evidence)


def test_nothing_about_a_claimed_place_is_verified():
    """The best that is said of where such a cloud is: attested, and worded so."""
    (said,) = found(compatible(), "RES-004")
    assert said.status is Status.ATTESTED
    assert "not verified" in said.text.en
    assert "独自に検証したものではありません" in said.text.ja
    unclaimed = gate.without(CLAIMED, Kind.CLAIM)
    assert statuses(compatible(replace(unclaimed)), "RES-004") == {Status.UNKNOWN}


def test_where_such_a_cloud_replicates_to_only_its_operator_knows():
    rule = {"Status": "Enabled", "Destination": {"Bucket": "arn:aws:s3:::copy"}}
    given = {"ReplicationConfiguration": {"Rules": [rule]}}
    assert statuses(compatible(GetBucketReplication=given), "RES-004") == {Status.UNKNOWN}


def test_the_policy_of_such_a_cloud_proves_no_tls():
    """Ceph 16 stores a policy that denies plain http, and goes on serving it."""
    assert statuses(compatible(), "ENC-004") == {Status.UNKNOWN}
    closed = compatible(**{"plain http": ABSENT})
    assert statuses(closed, "ENC-004") == {Status.PASS}
    moved = compatible(**{"plain http": {"Status": 301}})
    assert statuses(moved, "ENC-004") == {Status.PASS}
    served = compatible(**{"plain http": {"Status": 200}})
    assert statuses(served, "ENC-004") == {Status.FAIL}


def test_the_flag_that_breaks_writing_on_ceph_is_not_asked_there():
    flags = dict.fromkeys(("IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)
    given = {"PublicAccessBlockConfiguration": {**flags, "BlockPublicAcls": False}}
    assert statuses(compatible(GetPublicAccessBlock=given), "PUB-002") == {Status.PASS}
    assert statuses(seen({"GetPublicAccessBlock": given}), "PUB-002") == {Status.FAIL}


@pytest.mark.parametrize(
    ("told", "status"),
    [
        ({"Status": 403, "Code": "AccessDenied"}, Status.PASS),
        ({"Status": 401, "Code": ""}, Status.PASS),
        ({"Status": 403, "Code": "SecondLevelDomainForbidden"}, Status.UNKNOWN),
        ({"Status": 403, "Code": ""}, Status.UNKNOWN),
        ({"Status": 301, "Code": "PermanentRedirect"}, Status.UNKNOWN),
        ({"Status": 404, "Code": "NoSuchBucket"}, Status.UNKNOWN),
        ({"Status": 200, "Code": ""}, Status.FAIL),
    ],
)
def test_a_stranger_is_refused_for_being_one_and_for_nothing_else(told, status):
    assert statuses(compatible(anonymous=told), "PUB-007") == {status}


@pytest.mark.parametrize(
    ("canary", "status"),
    [
        ({"http_status": 400, "status": "unreadable", "why": "InvalidArgument"}, Status.PASS),
        ({"http_status": 501, "status": "unreadable", "why": "NotImplemented"}, Status.PASS),
        ({"http_status": 403, "status": "unreadable", "why": "AccessDenied"}, Status.UNKNOWN),
        ({"http_status": 200, "status": "unreadable", "why": "fell-through"}, Status.UNKNOWN),
        ({"http_status": 200, "status": "read", "why": ""}, Status.UNKNOWN),
        ({"http_status": None, "status": "unreadable", "why": "ConnectFailed"}, Status.UNKNOWN),
    ],
)
def test_the_canary(canary, status):
    about = compatible()
    one = next(r for r in about.resources.values() if r.name == BUCKET)
    about.answers[one.id, "canary"] = replace(answer("canary", one.id, {}), **canary)
    assert statuses(about, "CAP-001") == {status}


def test_answers_that_are_listings_are_counted():
    about = seen({"GetBucketCors": None, "GetBucketWebsite": None}, why="fell-through")
    (said,) = found(about, "CAP-002")
    assert said.status is Status.UNKNOWN
    assert "GetBucketCors, GetBucketWebsite" in said.text.en


# --- waivers ------------------------------------------------------------------------------------


def waivers_of(**changes):
    waiver = {
        "rule": "ENC-001",
        "resource": "tokyo",
        "owner": "sre@example.jp",
        "reason": "until the new bucket is there",
        "expires": "2026-11-24",
        **changes,
    }
    about = seen(configured=settings(waivers=[waiver]))
    own = Resource("configuration", "configuration", "c", "multistore", role="account")
    about.resources[own.id] = own
    return found(about, "GOV-001", "c")[0]


def test_the_report_says_how_many_waivers_are_in_force():
    assert waivers_of().status is Status.PASS
    assert waivers_of(expires="2026-11-23").status is Status.FAIL
    assert "sre@example.jp" in waivers_of(expires="2026-11-23").text.en
    assert waivers_of(rule="XYZ-999").status is Status.FAIL


def test_no_rule_is_there_twice_and_every_one_says_what_it_is():
    rules = all_rules()
    assert len({rule.id for rule in rules}) == len(rules)
    for rule in rules:
        words = (rule.title, rule.cost, rule.remedy)
        assert all(text.en and text.ja for text in words), rule.id
        assert rule.reads
        assert rule.applies_to, rule.id
        assert "target" not in rule.roles
