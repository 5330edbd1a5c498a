"""The rules about the way to a store: addresses, TLS, names, classes, findings."""

import pytest

from multistore.residency import names, rules
from multistore.residency.evidence import Kind
from multistore.residency.reasons import Effect, Reason
from tests.residency import seen

TOKYO = seen.address("52.219.0.1")
OSAKA = seen.address("52.95.182.1", region="ap-northeast-3")
TAIPEI = seen.address("15.220.80.1", "abroad", "ap-northeast-1", "ap-northeast-1-tpe-1")
GLOBAL = seen.address("52.92.0.1", "abroad", "GLOBAL")
UNLISTED = seen.address("203.0.114.9", "unlisted", None)
PRIVATE = seen.address("10.1.2.3", "private", None)

ADDRESSES = [
    ([TOKYO], {}, "admitted", None),
    ([TOKYO, OSAKA], {}, "admitted", None),
    ([TAIPEI], {}, "refused", "NET-006"),
    ([TOKYO, TAIPEI], {}, "refused", "NET-006"),
    ([GLOBAL], {}, "refused", "NET-006"),
    ([UNLISTED], {}, "unknown", "NET-006"),
    ([TOKYO, UNLISTED], {}, "unknown", "NET-006"),
    ([PRIVATE], {}, "admitted", None),
    ([], {}, "unknown", "NET-006"),
    ([], {"error": "Temporary failure in name resolution"}, "unknown", "NET-006"),
    ([], {"proxied": True}, "unknown", "NET-006"),
    ([TOKYO], {"dated": "2025-01-01"}, "admitted", None),
    ([UNLISTED], {"dated": "2025-01-01"}, "unknown", "NET-006"),
]


@pytest.mark.parametrize(("found", "facts", "kind", "rule"), ADDRESSES)
def test_the_addresses_of_s3(found, facts, kind, rule):
    evidence = seen.aws(seen.service("ap-northeast-1"))
    evidence = evidence.with_items(seen.addresses(seen.AWS_HOST, *found, **facts))
    verdict = seen.judge(evidence)
    assert verdict.kind == kind
    assert rule is None or rule in verdict.rules


def test_behind_a_named_proxy_addresses_say_nothing_and_the_service_decides():
    evidence = seen.aws(
        seen.service("ap-northeast-1"),
        seen.addresses(seen.AWS_HOST, proxied=True),
        proxied=True,
    )
    assert seen.judge(evidence).admitted


def test_old_ranges_are_told():
    for dated, text in ((seen.day(-31), "address.ageing"), (seen.day(-181), "address.old")):
        evidence = seen.aws(
            seen.service("ap-northeast-1"), seen.addresses(seen.AWS_HOST, TOKYO, dated=dated)
        )
        assert text in {reason.text for reason in seen.judge(evidence).reasons}


TLS = [
    ({}, "admitted", None),
    ({"version": "TLSv1.2", "cipher": "ECDHE-RSA-AES128-GCM-SHA256"}, "admitted", None),
    ({"version": "TLSv1.1"}, "refused", "ENC-005"),
    ({"version": "TLSv1"}, "refused", "ENC-005"),
    ({"version": "SSLv3"}, "refused", "ENC-005"),
    ({"version": None}, "refused", "ENC-005"),
    ({"cipher": "ECDHE-RSA-RC4-SHA"}, "refused", "ENC-005"),
    ({"cipher": "DES-CBC3-SHA"}, "refused", "ENC-005"),
    ({"cipher": "NULL-SHA256"}, "refused", "ENC-005"),
    ({"cipher": "EXP-RC2-CBC-MD5"}, "refused", "ENC-005"),
    ({"cipher": None}, "refused", "ENC-005"),
    ({"bits": 1024}, "refused", "ENC-005"),
    ({"bits": 2047}, "refused", "ENC-005"),
    ({"key": "EC", "bits": 256}, "admitted", None),
    ({"key": "EC", "bits": 224}, "refused", "ENC-005"),
    ({"key": "DSA", "bits": 4096}, "refused", "ENC-005"),
    ({"signature_hash": "sha1"}, "refused", "ENC-005"),
    ({"signature_hash": "md5"}, "refused", "ENC-005"),
    ({"names": ["*.ap-northeast-1.amazonaws.com"]}, "admitted", None),
    ({"names": ["other.example.jp"]}, "refused", "NET-008"),
    ({"names": ["*.amazonaws.com"]}, "refused", "NET-008"),
    ({"names": ["*"]}, "refused", "NET-008"),
    ({"names": []}, "refused", "NET-008"),
    ({"error": "certificate has expired", "failure": "rejected"}, "refused", "ENC-005"),
    ({"error": "Connection refused", "failure": "unreachable"}, "unknown", "ENC-005"),
    ({"error": "?", "failure": None}, "unknown", "ENC-005"),
]


@pytest.mark.parametrize(("facts", "kind", "rule"), TLS)
def test_tls(facts, kind, rule):
    evidence = seen.aws(seen.service("ap-northeast-1"), seen.tls(seen.AWS_HOST, **facts))
    verdict = seen.judge(evidence)
    assert verdict.kind == kind
    assert rule is None or rule in verdict.rules


@pytest.mark.parametrize("kind", [Kind.ENVIRONMENT, Kind.ADDRESSES, Kind.TLS, Kind.SERVICE])
def test_what_was_not_looked_at_is_unknown(kind):
    evidence = seen.aws(seen.service("ap-northeast-1"))
    assert seen.judge(evidence).admitted
    assert seen.judge(seen.without(evidence, kind)).kind == "unknown"


SUBJECTS = [
    ({"hosts": ("elsewhere.example",)}, "NET-001"),
    ({"hosts": ()}, "NET-001"),
    ({"url": None}, "NET-001"),
    ({"url": "http://s3.ap-northeast-1.amazonaws.com"}, "ENC-006"),
    ({"collections": ("video", "user-info")}, "CLS-001"),
    ({"accepts": ()}, "CLS-001"),
    ({"bucket": "arn:aws:s3:::x"}, "NET-014"),
]


@pytest.mark.parametrize(("fields", "rule"), SUBJECTS)
def test_a_subject_that_may_not_be_opened(fields, rule):
    verdict = seen.judge(seen.aws(seen.service("ap-northeast-1"), **fields))
    assert verdict.kind == "refused"
    assert rule in verdict.rules


BUCKETS = [
    ("aws", "classtream-prod", None),
    ("aws", "with.dots.example", None),
    ("aws", "abc", None),
    ("aws", None, "NET-014"),
    ("aws", "", "NET-014"),
    ("aws", "ab", "NET-014"),
    ("aws", "Capital", "NET-014"),
    ("aws", "under_score", "NET-014"),
    ("aws", "two..dots", "NET-014"),
    ("aws", "192.168.5.4", "NET-014"),
    ("aws", "-begins", "NET-014"),
    ("aws", "a" * 64, "NET-014"),
    ("aws", "line\nbreak", "NET-014"),
    ("aws", "trailing-newline\n", "NET-014"),
    ("aws", "arn:aws:s3:ap-northeast-1:1:accesspoint/x", "NET-014"),
    ("aws", "ARN:aws:s3:::x", "NET-014"),
    ("aws", "arn:aws:s3-outposts:ap-northeast-1:1:outpost/op-1/bucket/x", "RES-003"),
    ("aws", "x--op-s3", "RES-003"),
    ("aws", "arn:aws:s3::1:accesspoint/abc.mrap", "RES-005"),
    ("aws", "abc.mrap", "RES-005"),
    ("aws", "video--apne1-tpe1-az1--x-s3", "RES-002"),
    ("aws", "video--apne1-az1--x-s3", "RES-002"),
    ("aws", "video--X-S3", "RES-002"),
    ("aws", "ap-xyz-s3alias", "NET-014"),
    ("aws", "ap-xyz--ol-s3", "NET-014"),
    ("aws", "https://evil.example/x", "NET-014"),
    ("aws", "evil.example/x", "NET-014"),
    ("aws", "user@evil.example", "NET-014"),
    ("aws", "a%2Fb", "NET-014"),
    ("s3-compatible", "Capital_and_under", None),
    ("s3-compatible", "arn:aws:s3:::x", "NET-014"),
    ("s3-compatible", "x#y", "NET-014"),
    ("s3-compatible", "x?versions", "NET-014"),
    ("azure", "video", None),
    ("azure", "$web", "NET-014"),
    ("azure", "$root", "NET-014"),
    ("azure", "video--x", "NET-014"),
    ("azure", "Video", "NET-014"),
    ("local", "anything at all/here", None),
]


@pytest.mark.parametrize(("family", "name", "rule"), BUCKETS)
def test_bucket_names(family, name, rule):
    found = names.bucket(name, family)
    assert (found.rule if found else None) == rule


@pytest.mark.parametrize("effect", [Effect.REFUSED, Effect.UNKNOWN])
def test_the_findings_of_the_environment_decide(effect):
    finding = Reason("NET-003", effect, "env.override", {"variable": "AWS_DATA_PATH"})
    evidence = seen.aws(seen.service("ap-northeast-1"), seen.environment(finding))
    assert seen.judge(evidence).kind == effect.value


def test_a_clock_that_is_off_is_told_and_does_not_refuse():
    for offset, told in ((0.9, False), (1.1, True), (-400.0, True)):
        evidence = seen.aws(seen.service("ap-northeast-1"), seen.item(Kind.CLOCK, offset=offset))
        verdict = seen.judge(evidence)
        assert verdict.admitted
        assert ("clock.off" in {reason.text for reason in verdict.reasons}) == told


CANARIES = [
    (None, Effect.UNKNOWN),
    ({"fell_through": True}, Effect.REFUSED),
    ({"fell_through": None}, Effect.REFUSED),
    ({"error": "timeout"}, Effect.REFUSED),
    ({"fell_through": False}, None),
]


@pytest.mark.parametrize(("facts", "effect"), CANARIES)
def test_no_subresource_is_deleted_where_the_canary_fell_through(facts, effect):
    (rule,) = (rule for rule in rules.RULES if "CAP-003" in rule.ids)
    evidence = seen.aws(*([] if facts is None else [seen.item(Kind.CANARY, **facts)]))
    assert [reason.effect for reason in rule.judge(evidence, seen.NOW)] == (
        [effect] if effect else []
    )
    assert not rule.gate


def test_every_rule_id_has_a_severity():
    ids = {rule_id for rule in rules.RULES for rule_id in rule.ids}
    assert ids <= rules.SEVERITIES.keys()
