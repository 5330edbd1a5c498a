"""Claims about clouds that publish nothing, in every state that they can be in."""

from datetime import UTC, datetime

import pytest

from multistore.residency.prefectures import JAPANESE, ROMAN, in_japan
from tests.residency import seen
from tests.residency.seen import HOST, day

CLAIMS = [
    ({}, "admitted", None),
    ({"wanted": None}, "admitted", None),
    # dates: the last day counts, in Japan
    ({"until": day(0)}, "admitted", None),
    ({"until": day(-1)}, "unknown", "ATT-001"),
    ({"begin": day(0)}, "admitted", None),
    ({"begin": day(1)}, "unknown", "ATT-001"),
    ({"begin": day(-100), "until": day(300)}, "admitted", None),
    ({"begin": day(-100), "until": day(301)}, "unknown", "ATT-001"),
    ({"until": day(400)}, "admitted", None),
    ({"until": day(401)}, "unknown", "ATT-001"),
    # the document
    ({"found": None, "error_reading": "No such file or directory"}, "unknown", "ATT-001"),
    ({"found": "b" * 64}, "refused", "ATT-001"),
    # the place
    ({"prefecture": "岐阜"}, "admitted", None),
    ({"prefecture": "Gifu"}, "admitted", None),
    ({"prefecture": "東京都、大阪府"}, "admitted", None),
    ({"prefecture": "California"}, "refused", "ATT-001"),
    ({"prefecture": "東京都, Seoul"}, "refused", "ATT-001"),
    ({"prefecture": "台北"}, "refused", "ATT-001"),
    ({"prefecture": ""}, "refused", "ATT-001"),
    # who runs it: noted for the report, no refusal
    ({"country": "US"}, "admitted", None),
    # the issuer of the certificate
    ({"issuer": "Example Trust K.K."}, "admitted", None),
    ({"issuer": "Another Trust K.K."}, "refused", "NET-008"),
    # the addresses
    ({"networks": ["160.17.0.0/16"]}, "admitted", None),
    ({"networks": ["160.18.0.0/16"]}, "refused", "ATT-001"),
    ({"networks": ["2001:db8::/32"]}, "refused", "ATT-001"),
]


@pytest.mark.parametrize(("fields", "kind", "rule"), CLAIMS)
def test_a_claim_in_every_state(fields, kind, rule):
    found = seen.judge(seen.claimed(seen.claim(**fields)))
    assert found.kind == kind
    assert found.strength == ("claim" if kind == "admitted" else None)
    assert rule is None or rule in found.rules


def test_the_wording_says_that_nothing_was_verified():
    found = seen.judge(seen.claimed(seen.claim()))
    assert "not verified independently" in found.explain("en")
    assert "独自に検証したものではありません" in found.explain("ja")


def test_the_last_day_of_a_claim_ends_in_japan():
    claim = seen.claim(until="2026-11-24")
    before = datetime(2026, 11, 24, 14, 59, tzinfo=UTC)
    after = datetime(2026, 11, 24, 15, 1, tzinfo=UTC)
    for moment, kind in ((before, "admitted"), (after, "unknown")):
        evidence = seen.at(seen.claimed(claim), moment)
        assert seen.judge(evidence, moment).kind == kind
    found = seen.judge(seen.at(seen.claimed(claim), before), before)
    assert found.expires == datetime(2026, 11, 24, 15, 0, tzinfo=UTC)


def test_a_claim_without_an_answer_of_the_resolver_is_unknown_where_addresses_are_pinned():
    claim = seen.claim(networks=["160.17.0.0/16"])
    for facts in ({"error": "SERVFAIL"}, {"proxied": True}, {}):
        found = seen.judge(seen.claimed(claim, found=seen.addresses(HOST, **facts)))
        assert found.kind == "unknown"


FRONTS = [
    (seen.addresses(HOST, canonical="d111111.cloudfront.net"), {}, True),
    (seen.addresses(HOST, canonical="lb.example.jp"), {}, False),
    (seen.addresses(HOST, canonical="notamazonaws.com"), {}, False),
    (seen.addresses(HOST, seen.address("52.219.0.1")), {}, True),
    (None, {"names": [HOST, "*.s3.amazonaws.com"]}, True),
    (None, {"issuer": "Amazon"}, True),
    (None, {"issuer": "Google Trust Services"}, True),
    (None, {"issuer": "AMAZON"}, True),
    (None, {"subject": "Google LLC"}, True),
]


@pytest.mark.parametrize(("found", "certificate", "fronted"), FRONTS)
def test_a_claimed_cloud_that_is_another_cloud(found, certificate, fronted):
    evidence = seen.claimed(seen.claim(), seen.tls(HOST, **certificate), found=found)
    verdict = seen.judge(evidence)
    assert ("ATT-002" in verdict.rules) == fronted
    assert verdict.kind == ("refused" if fronted else "admitted")


def test_an_issuer_that_the_claim_itself_names_is_no_surprise():
    amazon = seen.tls(HOST, issuer="Amazon")
    assert seen.judge(seen.claimed(seen.claim(issuer="Amazon"), amazon)).admitted
    fronted = seen.tls(HOST, issuer="Amazon", names=[HOST, "x.amazonaws.com"])
    assert seen.judge(seen.claimed(seen.claim(issuer="Amazon"), fronted)).kind == "refused"


def test_a_claim_that_was_to_be_there_and_was_not_seen():
    evidence = seen.claimed(seen.claim())
    assert seen.judge(seen.without(evidence, seen.Kind.CLAIM)).kind == "unknown"


def test_every_prefecture_is_known_by_its_names():
    assert len(JAPANESE) == len(set(ROMAN)) == 47
    for japanese, roman in zip(JAPANESE, ROMAN, strict=True):
        assert in_japan(japanese)
        assert in_japan(roman.title())
        assert in_japan(f"{roman.title()} Prefecture")
