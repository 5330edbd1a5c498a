"""Claims, classes of data and clocks: violated, kept, unreadable, absent, changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from multistore.compliance.clocks import offset, offsets
from multistore.compliance.collect import claims, clock
from multistore.compliance.model import Resource, Status
from multistore.residency.evidence import Kind
from tests.compliance.bucket_answers import NOW, answer
from tests.compliance.worlds import LOST, NEVER, World, resource, settings
from tests.residency import seen as gate

FAIL, PASS, UNKNOWN, NA = Status.FAIL, Status.PASS, Status.UNKNOWN, Status.NA
ATTESTED = Status.ATTESTED
HOST = gate.HOST
STORE = f"s3-compatible://{HOST}/video"
KEY = "b" * 64
PLACEMENT = {
    "operator": "株式会社電算システム",
    "prefecture": "岐阜県",
    "document": "contract.pdf",
    "valid_until": gate.day(120),
    "observed": {"location": "jp-1", "server": "Ceph", "zone": "gifu", "certificate_key": KEY},
}
HEADERS = {"server": "Ceph", "zone": "gifu"}


def configured(accepts=("video",), placement=PLACEMENT, **changes):
    store = {"provider": "s3-compatible", "endpoint": f"https://{HOST}", "bucket": "video"}
    if placement:
        store["placement"] = placement
    store |= {"accepts": list(accepts), **changes}
    return settings({"store": store}, {accepts[0]: {"store": "store"}})


def bucket(**changes):
    fields = {
        "provider": "s3-compatible",
        "store": "store",
        "role": "store",
        "via": None,
        "country_server": "JP",
        "country_operator": "JP",
        **changes,
    }
    return resource(STORE, "s3-compatible-bucket", "video", **fields)


def evidence(*, claim=None, **tls):
    seen = gate.claimed(claim or gate.claim())
    return gate.without(seen, Kind.TLS).with_items(gate.tls(HOST, key_sha256=KEY, **tls))


CLAIMED = World(
    configured(),
    [bucket()],
    {STORE: {"GetBucketLocation": {"LocationConstraint": "jp-1"}, claims.HEADERS: HEADERS}},
    evidence={"store": evidence()},
)


def shown(**changes):
    return CLAIMED.but({STORE: {claims.HEADERS: {**HEADERS, **changes}}})


def observed(**changes):
    kept = {n: v for n, v in {**PLACEMENT["observed"], **changes}.items() if v is not None}
    world = CLAIMED.but()
    world.settings = configured(placement={**PLACEMENT, "observed": kept})
    return world


def unclaimed(**fields):
    seen = gate.without(gate.claimed(gate.claim()), Kind.CLAIM)
    seen = replace(seen, subject=replace(seen.subject, claimed=False))
    world = CLAIMED.but(resources=[bucket(**fields)], evidence={"store": seen})
    world.settings = configured(placement=None)
    return world


CASES = {
    "a claim that stands": (CLAIMED, "ATT-001", {ATTESTED}),
    "a claim that has ended": (
        CLAIMED.but(evidence={"store": evidence(claim=gate.claim(until=gate.day(-1)))}),
        "ATT-001",
        {UNKNOWN},
    ),
    "a claim for too long": (
        CLAIMED.but(evidence={"store": evidence(claim=gate.claim(until=gate.day(401)))}),
        "ATT-001",
        {UNKNOWN},
    ),
    "another document": (
        CLAIMED.but(evidence={"store": evidence(claim=gate.claim(found="c" * 64))}),
        "ATT-001",
        {FAIL},
    ),
    "no document": (
        CLAIMED.but(evidence={"store": evidence(claim=gate.claim(found=None))}),
        "ATT-001",
        {UNKNOWN},
    ),
    "a prefecture abroad": (
        CLAIMED.but(evidence={"store": evidence(claim=gate.claim(prefecture="Seoul"))}),
        "ATT-001",
        {FAIL},
    ),
    "an address outside the networks": (
        CLAIMED.but(evidence={"store": evidence(claim=gate.claim(networks=["203.0.113.0/24"]))}),
        "ATT-001",
        {FAIL},
    ),
    "no claim": (unclaimed(), "ATT-001", {NA}),
    "an operator that is known": (CLAIMED, "ATT-002", {ATTESTED}),
    "an operator by the table": (unclaimed(), "ATT-002", {PASS}),
    "an operator of no known country": (unclaimed(country_operator=None), "ATT-002", {UNKNOWN}),
    "a resold cloud": (
        CLAIMED.but(evidence={"store": evidence(names=[HOST, "x.s3.amazonaws.com"])}),
        "ATT-002",
        {FAIL},
    ),
    "a CDN in between": (shown(**{"x-cache": "HIT"}), "ATT-002", {FAIL}),
    "Cloudflare in between": (shown(**{"cf-ray": "8f0-NRT"}), "ATT-002", {FAIL}),
    "a service as it was": (CLAIMED, "ATT-003", {ATTESTED}),
    "another location": (
        CLAIMED.but({STORE: {"GetBucketLocation": {"LocationConstraint": "eu-1"}}}),
        "ATT-003",
        {FAIL},
    ),
    "no location any more": (
        CLAIMED.but({STORE: {"GetBucketLocation": {"LocationConstraint": None}}}),
        "ATT-003",
        {FAIL},
    ),
    "another server": (shown(server="nginx"), "ATT-003", {FAIL}),
    "another zone": (shown(zone="elsewhere"), "ATT-003", {FAIL}),
    "another key": (observed(certificate_key="d" * 64), "ATT-003", {FAIL}),
    "a location that cannot be read": (
        CLAIMED.but({STORE: {"GetBucketLocation": None}}),
        "ATT-003",
        {UNKNOWN},
    ),
    "a location that nobody asked for": (
        observed(location=None).but({STORE: {"GetBucketLocation": NEVER}}),
        "ATT-003",
        {ATTESTED},
    ),
    "nothing written down": (
        observed(location=None, server=None, zone=None, certificate_key=None),
        "ATT-003",
        {UNKNOWN},
    ),
    "no claim to compare with": (unclaimed(), "ATT-003", {NA}),
}


@pytest.mark.parametrize(("world", "name", "statuses"), CASES.values(), ids=CASES)
def test_a_claim_is_judged(world, name, statuses):
    found = world.findings(name, STORE)
    assert {finding.status for finding in found} == statuses
    assert all(finding.text.en and finding.text.ja for finding in found)


def test_an_attestation_says_that_nothing_was_verified():
    for name in ("ATT-001", "ATT-002"):
        (finding,) = CLAIMED.findings(name, STORE)
        assert "operator's word; nothing of it was verified" in finding.text.en
        assert "事業者の証明に基づくものであり、独自に検証したものではありません" in finding.text.ja


def test_what_is_not_written_down_is_given_as_a_line_to_write():
    world = observed(location=None, server=None, zone=None, certificate_key=None)
    (finding,) = world.findings("ATT-003", STORE)
    assert f'certificate_key = "{KEY}", location = "jp-1"' in finding.remedy.en
    assert 'server = "Ceph", zone = "gifu"' in finding.remedy.ja


@pytest.mark.parametrize("how", LOST)
@pytest.mark.parametrize("call", ["GetBucketLocation", claims.HEADERS])
def test_what_was_pinned_and_is_not_seen_is_unknown(call, how):
    value, why = LOST[how]
    assert CLAIMED.but({STORE: {call: value}}).statuses("ATT-003", STORE, why) == {UNKNOWN}


@pytest.mark.parametrize("how", LOST)
def test_who_answers_in_between_is_unknown_where_nothing_was_heard(how):
    value, why = LOST[how]
    lost = CLAIMED.but({STORE: {claims.HEADERS: value}})
    assert lost.statuses("ATT-002", STORE, why) == {UNKNOWN}
    resold = lost.but(evidence={"store": evidence(names=[HOST, "x.s3.amazonaws.com"])})
    assert resold.statuses("ATT-002", STORE, why) == {FAIL, UNKNOWN}


def test_the_headers_that_tell_are_kept_and_no_others():
    said = {
        "server": "Ceph Object Gateway",
        "via": "1.1 proxy",
        "set-cookie": "secret",
        "x-amz-request-id": "tx00000a-0065f0-1234-gifu-1",
    }
    assert claims.kept(said) == {
        "server": "Ceph Object Gateway",
        "via": "1.1 proxy",
        "zone": "gifu-1",
    }
    assert claims.kept({"x-amz-request-id": "0A1B2C"}) == {}


# --- classes --------------------------------------------------------------------------------------


def at(kind, provider, accepts, **changes):
    """Give a world with one store of a provider."""
    given = {"provider": provider, "accepts": list(accepts), **changes}
    seen = {
        "aws": lambda: gate.aws(gate.service("ap-northeast-1"), accepts=tuple(accepts)),
        "azure": lambda: gate.azure(accepts=tuple(accepts)),
    }.get(provider, lambda: replace(evidence(), subject=replace(CLEAR, accepts=tuple(accepts))))()
    seen = replace(seen, subject=replace(seen.subject, collections=()))
    one = resource("it", kind, "it", provider=provider, store="store", role="store", via=None)
    whole = settings({"store": given}, {accepts[0]: {"store": "store"}})
    return World(whole, [one], {}, evidence={"store": seen})


CLEAR = evidence().subject
AWS = {"region": "ap-northeast-1", "bucket": "b"}
AZURE = {"region": "japaneast", "account": "acct1", "bucket": "b"}
OURS = {"endpoint": f"https://{HOST}", "bucket": "b", "placement": PLACEMENT}
OTHERS = {**OURS, "placement": {**PLACEMENT, "operator": "株式会社ほか"}}
EASY = {**OURS, "placement": {**PLACEMENT, "operator": "株式会社アイネット"}}
CLASSES = {
    "everything at AWS": (("s3-bucket", "aws", ["user-info", "attachment", "video"], AWS), PASS),
    "videos at Azure": (("azure-container", "azure", ["video"], AZURE), PASS),
    "user information at Azure": (("azure-container", "azure", ["user-info"], AZURE), FAIL),
    "attachments at Azure": (("azure-container", "azure", ["attachment"], AZURE), FAIL),
    "videos at BizGr@nd": (
        ("s3-compatible-bucket", "s3-compatible", ["video"], OURS),
        PASS,
    ),
    "videos at EASY Cloud": (("s3-compatible-bucket", "s3-compatible", ["video"], EASY), PASS),
    "user information at BizGr@nd": (
        ("s3-compatible-bucket", "s3-compatible", ["video", "user-info"], OURS),
        FAIL,
    ),
    "videos at another company": (
        ("s3-compatible-bucket", "s3-compatible", ["video"], OTHERS),
        FAIL,
    ),
    "a class that the paper does not name": (
        ("s3-compatible-bucket", "s3-compatible", ["notes"], OTHERS),
        PASS,
    ),
    "user information on this machine": (("local", "local", ["user-info"], {"path": "x"}), NA),
}


@pytest.mark.parametrize(("world", "status"), CLASSES.values(), ids=CLASSES)
def test_a_class_is_held_against_the_provider(world, status):
    kind, provider, accepts, changes = world
    assert at(kind, provider, accepts, **changes).statuses("CLS-001", "it") == {status}


# --- clocks ---------------------------------------------------------------------------------------


def dated(seconds, call="GetBucketAcl"):
    """Give an answer that came when our clock was so far ahead of the service's."""
    date = (NOW - timedelta(seconds=seconds)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    return replace(answer(call, STORE, {}), provider_date=date)


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ([dated(0)], -0.5),
        ([dated(3), dated(9)], 2.5),
        ([dated(-120)], -120.5),
        ([replace(dated(0), provider_date=None)], None),
        ([replace(dated(0), provider_date="yesterday")], None),
        ([], None),
    ],
)
def test_the_quickest_answer_says_how_far_the_clocks_are_apart(answers, expected):
    assert offset(answers, "store").seconds == expected


CLOCKS = {
    "together": (0, PASS),
    "a little apart": (3, PASS),
    "far apart": (7, FAIL),
    "far behind": (-30, FAIL),
}


def clocks(seconds, kernel=True):
    """Give a world whose only answer came with that date, and the kernel's word."""
    state = {"state": 0 if kernel else 5, "synchronised": kernel, "maxErrorMicroseconds": 500}
    own = Resource("configuration", "configuration", "x", "multistore", role="account")
    world = CLAIMED.but({"configuration": {clock.CALL: state}}, [own])
    seen = world.seen()
    told = {key: a for key, a in seen.answers.items() if key[0] != STORE}
    if seconds is not None:
        told[STORE, "GetBucketAcl"] = dated(seconds)
    world.seen = lambda _why="": replace(seen, answers=told)
    return world


@pytest.mark.parametrize(("seconds", "status"), CLOCKS.values(), ids=CLOCKS)
def test_the_clocks_are_judged(seconds, status):
    assert clocks(seconds).statuses("LOG-004", STORE) == {status}


def test_a_service_without_a_date_leaves_the_clock_unknown():
    assert clocks(None).statuses("LOG-004", STORE) == {UNKNOWN}


@pytest.mark.parametrize(
    ("seconds", "kernel", "status"),
    [(0, True, PASS), (30, True, PASS), (0, False, PASS), (30, False, UNKNOWN)],
)
def test_the_kernels_word_is_outweighed_by_services_that_agree(seconds, kernel, status):
    assert clocks(seconds, kernel).statuses("LOG-004", "configuration") == {status}


def test_a_kernel_that_does_not_tell_is_unknown():
    world = CLAIMED.but(
        {"configuration": {clock.CALL: None}},
        [Resource("configuration", "configuration", "x", "multistore", role="account")],
    )
    assert world.statuses("LOG-004", "configuration") == {UNKNOWN}


def test_this_kernel_answers_and_is_not_changed():
    first = clock.read("configuration")
    assert first.status == "read"
    assert first.value["state"] in range(6)
    assert first.value["synchronised"] is (first.value["state"] != 5)
    assert first.value["maxErrorMicroseconds"] >= 0


def test_the_report_carries_every_clock():
    seen = clocks(3, kernel=False).seen()
    assert [(found.source, found.seconds) for found in offsets(seen)] == [
        ("store", 2.5),
        ("kernel", None),
    ]
    synchronised = clocks(3).seen()
    assert offsets(synchronised)[-1].seconds == 0.0
