"""GOV-002: which opposite demands are made of a configuration, and whether each is answered."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from multistore import config
from multistore.compliance.model import Status
from multistore.compliance.opposites import OPPOSITES, concerned
from multistore.compliance.report import forms
from multistore.compliance.rules import all_rules
from tests.compliance import reports
from tests.compliance.bucket_answers import NOW
from tests.compliance.worlds import World, replace, resource

PASS, FAIL, NA = Status.PASS, Status.FAIL, Status.NA
OWN = resource("configuration", "configuration", via=None)
AWS = {"provider": "aws", "region": "ap-northeast-1", "bucket": "b", "accepts": ["video", "log"]}
AZURE = {"provider": "azure", "region": "japaneast", "account": "a", "bucket": "video"}
STORES = {
    "tokyo": AWS,
    "east": {**AZURE, "accepts": ["video", "log"]},
    "disk": {"provider": "local", "path": "data", "accepts": ["video", "log"]},
    "cloud": {
        "provider": "s3-compatible",
        "endpoint": "https://objects.example.jp",
        "bucket": "b",
        "accepts": ["video", "log"],
    },
}
LAST_DAY = NOW.date()


def waiver(rule="RES-004", expires=LAST_DAY, **changes):
    given = {"rule": rule, "resource": "tokyo", "owner": "sato@example.jp", "reason": "until May"}
    return {**given, "expires": expires, **changes}


def said(*stores, keys="local:keys", log=None, waivers=()):
    collections = {"video": {"store": stores[0]}}
    if log is not None:
        collections["log"] = {"store": stores[0], "survives_tenant": True, **log}
    raw = {
        "vault": {"ledger": "sqlite://", "keys": keys},
        "stores": {name: STORES[name] for name in stores},
        "collections": collections,
        "waivers": list(waivers),
    }
    world = World(config.parse(raw, base=Path()), [OWN], {})
    return world.findings("GOV-002", "configuration")


def about(findings, word):
    (finding,) = [f for f in findings if word in f.text.en]
    return finding


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"stores": ["tokyo"]}, {"S3.7", "S3.15", "S3.20", "S3.14", "Transfer", "manual"}),
        ({"stores": ["east"]}, {"AZU-0058", "blobServiceImmutable", "storage_blob_versioning"}),
        ({"stores": ["disk"]}, set()),
        ({"stores": ["cloud"]}, set()),
        ({"stores": ["disk"], "keys": "aws-kms://ap-northeast-1"}, {"KMS.3"}),
        ({"stores": ["disk"], "log": {"retention": "36 months"}}, {"cw-loggroup"}),
    ],
)
def test_only_what_is_demanded_of_this_configuration_is_answered(asked, words):
    findings = said(*asked.pop("stores"), **asked)
    answered = [finding for finding in findings if finding.status is PASS]
    assert len(answered) == len(words)
    for word in words:
        assert about(answered, word).confidence == "configuration"
    (rest,) = [finding for finding in findings if finding.status is NA]
    assert str(len(OPPOSITES) - len(words)) in rest.text.en


def test_an_answer_names_the_stores_and_the_rules_that_hold_it_to_its_word():
    finding = about(said("tokyo", "disk"), "S3.7")
    for word in ("(tokyo)", "Data stays in Japan", "is judged by RES-004, ERA-006"):
        assert word in finding.text.en
    assert "データは国内に保管します" in finding.text.ja
    assert "CKV_AWS_144" in finding.text.ja
    assert "RES-004, ERA-006 で判定します" in finding.text.ja


@pytest.mark.parametrize(
    ("waivers", "status", "word"),
    [
        ([], PASS, "Data stays in Japan"),
        ([waiver()], PASS, "sato@example.jp answers instead"),
        ([waiver(rule="ERA-006")], PASS, "sato@example.jp answers instead"),
        ([waiver(expires=LAST_DAY - timedelta(1))], FAIL, "nobody answers"),
        ([waiver(rule="ERA-006", expires=LAST_DAY - timedelta(1))], FAIL, "nobody answers"),
        ([waiver(expires=LAST_DAY - timedelta(1)), waiver()], PASS, "answers instead"),
        ([waiver(expires=LAST_DAY - timedelta(1)), waiver(resource="x")], FAIL, "nobody answers"),
        ([waiver(rule="ENC-001", expires=LAST_DAY - timedelta(1))], PASS, "stays in Japan"),
    ],
)
def test_where_our_own_rule_is_waived_somebody_must_answer(waivers, status, word):
    finding = about(said("tokyo", waivers=waivers), "S3.7")
    assert finding.status is status
    assert word in finding.text.en
    assert ("sato@example.jp" in finding.text.ja) is ("answers" in word)
    assert bool(finding.remedy) is (status is FAIL)


def test_a_log_without_an_end_is_no_answer():
    finding = about(said("disk", log={}), "cw-loggroup")
    assert finding.status is FAIL
    assert "retention" in finding.remedy.en


def test_every_answer_is_held_to_its_word_by_a_rule_that_is_asked():
    asked = {rule.id for rule in all_rules()}
    names = [name for each in OPPOSITES for _, rules in each.rules for name in rules]
    assert len(set(names)) == len(names)
    for each in OPPOSITES:
        assert each.ours
        assert set(each.ours) <= asked
        for words in (each.demands, each.answer):
            assert words.en
            assert words.ja
            assert words.en != words.ja


def test_nothing_is_demanded_of_what_the_configuration_does_not_have():
    raw = {
        "vault": {"ledger": "sqlite://", "keys": "local:keys"},
        "stores": {"disk": STORES["disk"]},
        "collections": {"video": {"store": "disk"}},
    }
    settings = config.parse(raw, base=Path())
    assert {concerned(each, settings) for each in OPPOSITES} == {()}


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_auditors_page_shows_the_answers_in_both_languages(language):
    findings = tuple(said("tokyo"))
    page = forms.rendered(replace(reports.TROUBLED, findings=findings), "html", language)
    for word in ("only Tokyo–Osaka", "国内で完結するのは東京と大阪", "S3.7"):
        assert word in page
