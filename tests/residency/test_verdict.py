"""The verdict as a whole: pure, replayable, expiring, and never generous."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from multistore.errors import InvalidArgumentError, ResidencyError
from multistore.residency import rules, verdict
from multistore.residency.evidence import Evidence, Kind
from multistore.residency.reasons import LANGUAGES, Effect, Reason, Strength
from multistore.residency.texts import HEADLINES, TEXTS
from tests.residency import seen, test_claims, test_places, test_way
from tests.residency.seen import NOW

GOOD = seen.aws(seen.service("ap-northeast-1"))


def recorded():
    """Every piece of evidence of the tables of the other tests, whatever its verdict."""
    yield GOOD
    yield seen.aws()
    for call, answer, *_ in test_places.AWS:
        yield seen.aws(seen.item(Kind.SERVICE, call, **answer))
    for items, *_ in test_places.AZURE:
        yield seen.azure(*items)
    for fields, *_ in test_claims.CLAIMS:
        yield seen.claimed(seen.claim(**fields))
    for found, facts, *_ in test_way.ADDRESSES:
        yield GOOD.with_items(seen.addresses(seen.AWS_HOST, *found, **facts))
    for facts, *_ in test_way.TLS:
        yield GOOD.with_items(seen.tls(seen.AWS_HOST, **facts))
    yield test_places.listed()


RECORDED = list(recorded())


def test_a_replay_of_the_record_gives_the_same_verdict():
    assert len(RECORDED) > 100
    for evidence in RECORDED:
        read = Evidence.from_json(evidence.to_json())
        assert read == evidence
        assert seen.judge(read) == seen.judge(evidence)


def test_the_strength_of_recorded_evidence_follows_from_its_kind():
    forged = GOOD.to_json().replace('"strength": null', '"strength": "service"')
    assert Evidence.from_json(forged) == GOOD


DAMAGED = ["", "{}", "[]", "null", '{"format": 2}', '{"format": 1, "taken": "2026-11-24T00:00:00"}']


@pytest.mark.parametrize("text", DAMAGED)
def test_what_is_no_record_is_refused(text):
    with pytest.raises(InvalidArgumentError):
        Evidence.from_json(text)


def test_a_record_of_another_format_is_refused():
    assert '"format": 1' in GOOD.to_json()
    with pytest.raises(InvalidArgumentError, match="format 2"):
        Evidence.from_json(GOOD.to_json().replace('"format": 1', '"format": 2'))


@pytest.mark.parametrize("key", ["subject", "items", "taken", "complete", "format"])
def test_a_record_without_one_of_its_parts_is_refused(key):
    with pytest.raises(InvalidArgumentError):
        Evidence.from_json(GOOD.to_json().replace(f'"{key}"', '"other"'))


# --- never generous -----

ADMITTING = {Kind.SERVICE, Kind.ROW, Kind.ADDRESSES, Kind.CLAIM, Kind.MACHINE}
POOL = [item for evidence in RECORDED for item in evidence.items]
SUBJECTS = [evidence.subject for evidence in RECORDED]


@st.composite
def any_evidence(draw):
    return Evidence(
        subject=draw(st.sampled_from(SUBJECTS)),
        items=tuple(draw(st.lists(st.sampled_from(POOL), max_size=8))),
        taken=NOW,
        complete=draw(st.booleans()),
    )


@settings(max_examples=500)
@given(any_evidence())
def test_nothing_is_admitted_without_a_piece_of_evidence_for_it(evidence):
    found = seen.judge(evidence)
    if not found.admitted:
        assert found.strength is None
        return
    assert evidence.complete
    assert not {Effect.REFUSED, Effect.UNKNOWN} & {reason.effect for reason in found.reasons}
    held = {item.kind.strength for item in evidence.items if item.error is None}
    assert {reason.strength for reason in found.decisive} <= held
    assert found.strength in held
    bare = replace(
        evidence, items=tuple(item for item in evidence.items if item.kind not in ADMITTING)
    )
    assert not seen.judge(bare).admitted
    if evidence.subject.family == "aws":
        (service,) = [evidence.of(Kind.SERVICE)]
        assert service.value["region"] in ("ap-northeast-1", "ap-northeast-3")


@settings(max_examples=300)
@given(any_evidence(), st.sampled_from(sorted(TEXTS)))
def test_one_refusing_finding_refuses_whatever_else_is_seen(evidence, text):
    finding = seen.item(
        Kind.ENVIRONMENT,
        findings=[
            {"rule": "NET-003", "effect": "refused", "text": "env.override"}
            | {"values": {"variable": text}}
        ],
    )
    found = seen.judge(evidence.with_items(finding))
    assert found.kind == "refused"


def test_an_admission_cannot_be_smuggled_in_through_the_environment():
    raw = {
        "rule": "RES-001",
        "effect": "admitted",
        "text": "machine.memory",
        "values": {},
        "strength": "service",
    }
    evidence = seen.without(test_places.listed(), Kind.ROW)
    evidence = evidence.with_items(seen.item(Kind.ENVIRONMENT, findings=[raw]))
    assert not seen.judge(evidence).admitted


# --- time -----


def test_evidence_goes_stale_and_does_not_come_from_the_future():
    hours = timedelta(hours=1)
    assert seen.judge(GOOD, NOW + 6 * hours - timedelta(seconds=1)).admitted
    assert seen.judge(GOOD, NOW + 6 * hours).kind == "unknown"
    assert seen.judge(GOOD, NOW - timedelta(minutes=5)).admitted
    assert seen.judge(GOOD, NOW - timedelta(minutes=6)).kind == "unknown"
    assert verdict.judge(GOOD, now=NOW + hours, ttl=hours).kind == "unknown"


def test_one_old_piece_makes_the_whole_old():
    old = replace(seen.service("ap-northeast-1"), taken=NOW - timedelta(hours=7))
    assert seen.judge(seen.aws(old)).kind == "unknown"


def test_a_verdict_expires_with_its_evidence():
    assert seen.judge(GOOD).expires == NOW + timedelta(hours=6)


def test_a_look_that_was_stopped_is_never_admitted():
    found = seen.judge(replace(GOOD, complete=False))
    assert found.kind == "unknown"
    assert found.rules == ("CAP-005",)


# --- saying so -----


def test_every_verdict_says_itself_in_both_languages():
    for evidence in RECORDED:
        found = seen.judge(evidence)
        for language in LANGUAGES:
            text = found.explain(language)
            assert text.startswith(("Store tokyo", "ストア tokyo"))
            assert "{" not in text
            for rule in found.rules:
                assert f"[{rule}]" in text


def test_a_refusal_is_an_error_with_rules_reasons_and_what_to_do():
    error = seen.judge(seen.aws(seen.service("us-east-1"))).error()
    assert isinstance(error, ResidencyError)
    assert error.code == "RES-001"
    assert error.hint
    assert error.store == "tokyo"
    assert error.reasons[0].say("ja").startswith("[RES-001]")
    assert "us-east-1" in str(error)


def test_the_report_says_why_and_until_when():
    text = verdict.report("tokyo", seen.judge(GOOD), "en")
    assert "The service itself says" in text
    assert "Good until 2026-11-24 18:00 JST" in text
    assert "有効期限" in verdict.report("tokyo", seen.judge(GOOD), "ja")
    refused = verdict.report("tokyo", seen.judge(seen.aws()), "en")
    assert "not opened" in refused
    assert "What to do" in verdict.report(
        "tokyo", seen.judge(seen.aws(seen.service("us-east-1"))), "en"
    )


def test_every_sentence_has_both_languages_and_the_same_blanks():
    for name, text in (TEXTS | HEADLINES).items():
        assert text.en, name
        assert text.ja, name
        assert bool(text.do_en) == bool(text.do_ja), name
        assert blanks(text.en) == blanks(text.ja), name
        assert blanks(text.do_en) == blanks(text.do_ja), name
        assert any(ord(c) > 0x3000 for c in text.ja), name


def blanks(sentence):
    from string import Formatter

    return {field for _, field, *_ in Formatter().parse(sentence) if field}


def test_a_reason_is_held_to_its_shape():
    with pytest.raises(InvalidArgumentError):
        Reason("RES-001", Effect.ADMITTED, "machine.memory")
    with pytest.raises(InvalidArgumentError):
        Reason("RES-001", Effect.REFUSED, "machine.memory", {}, Strength.SERVICE)
    with pytest.raises(InvalidArgumentError):
        Reason("RES-001", Effect.REFUSED, "no.such.text")
    with pytest.raises(InvalidArgumentError):
        Reason("RES-001", Effect.REFUSED, "env.override")
    with pytest.raises(InvalidArgumentError):
        Reason.from_json({"rule": "RES-001"})


def test_the_strongest_evidence_names_the_verdict():
    ranks = [strength.rank for strength in Strength]
    assert ranks == sorted(ranks)
    both = seen.azure(seen.addresses(seen.AZURE_HOST, test_places.EAST), seen.claim())
    both = both.with_items(seen.service("japaneast", "ARM"))
    assert seen.judge(both).strength == "service"


def test_each_reason_carries_an_id_of_its_rule():
    for evidence in RECORDED:
        for rule in rules.RULES:
            for reason in rule.judge(evidence, NOW):
                assert reason.rule in {*rule.ids, "AZR-001"}
