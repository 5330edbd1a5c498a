"""Each form of a report says the same, and says it as its readers' programs want it."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from hashlib import sha256
from pathlib import Path, PurePath
from xml.etree import ElementTree as ET

import jsonschema
import pytest
import rfc8785
from junitparser import JUnitXml
from py_ocsf_models.events.findings.compliance_finding import ComplianceFinding

from multistore.compliance.model import Severity, Status, Text
from multistore.compliance.report import forms, junit, master, ocsf, ordering, sarif, text
from tests.compliance import reports
from tests.compliance.reports import CLEAN, CONFIG, TROUBLED

# As published by SchemaStore for OASIS's SARIF 2.1.0; this copy came with the npm package
# @microsoft/jest-sarif 1.0.0-beta.0 (MIT).
SARIF_SCHEMA = json.loads(
    (Path(__file__).parent / "sarif-2.1.0-rtm.5.schema.json").read_text(encoding="utf-8")
)
LANGUAGES = ("ja", "en")
EVIL = "\x1b]0;x\x07<b>&\ud800|\u202e\x00"
FORGED = "\n99 Pass\n::error::pwn\r\n\t\x85::error::pwn\u2028::error::pwn"
UNSEEN = "\xad\u200b\u2060\ufeff\U000e0041\U000e007f"
TURNED = "".join(map(chr, [0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]))


def hostile(evil=EVIL):
    """A report in which everything that comes from outside tries to break out."""
    resource = replace(reports.TOKYO, name=evil, store=evil, region=evil, config_file=evil)
    found = replace(
        reports.FINDINGS[3],
        resource=resource,
        text=Text(evil, evil),
        raw={evil: [evil, {evil: float("nan")}, 2**70, b"x", None]},
        call=evil,
        request_id=evil,
        identity=evil,
        remedy=Text(evil, evil),
    )
    waiver = replace(reports.WAIVER, owner=evil, reason=evil)
    waived = replace(found, status=Status.WAIVED, waiver=waiver)
    return replace(
        TROUBLED,
        settings_source=evil,
        population=replace(
            TROUBLED.population, identity=(evil,), excluded=((evil, Text(evil, evil)),)
        ),
        resources=(resource,),
        findings=(found, waived),
        copies=(replace(reports.COPIES[0], source=evil, target=evil, region=evil, kind=evil),),
        clock=(replace(TROUBLED.clock[0], source=evil), replace(TROUBLED.clock[1], source=evil)),
    )


# --- the order ------------------------------------------------------------------------------


def test_the_worst_comes_first():
    order = [(f.status, f.rule.severity) for f in ordering.worst_first(TROUBLED.findings)]
    ranks = [(ordering.WORST_FIRST.index(status), level.rank) for status, level in order]
    assert ranks == sorted(ranks)
    assert order[0] == (Status.FAIL, Severity.CRITICAL)


def test_every_status_has_a_rank_and_every_finding_a_group():
    assert set(ordering.WORST_FIRST) == set(Status)
    groups = ordering.grouped(TROUBLED.findings)
    assert sum(len(group.findings) for group in groups) == len(TROUBLED.findings)
    assert len({(group.rule.id, group.status) for group in groups}) == len(groups)


# --- JSON -----------------------------------------------------------------------------------


def test_the_digest_can_be_taken_again_by_anybody():
    whole = json.loads(master.rendered(TROUBLED))
    assert whole["format"] == "multistore-check/1"
    assert whole["manifest"]["report"] == sha256(rfc8785.dumps(whole["report"])).hexdigest()
    assert master.digest(TROUBLED) == whole["manifest"]["report"]


def test_the_digest_covers_every_finding():
    other = replace(TROUBLED, findings=TROUBLED.findings[1:])
    touched = replace(
        TROUBLED, findings=(replace(TROUBLED.findings[0], request_id="x"), *TROUBLED.findings[1:])
    )
    assert len({master.digest(report) for report in (TROUBLED, other, touched)}) == 3


def test_json_has_everything_that_was_found_with_its_evidence():
    body = json.loads(master.rendered(TROUBLED))["report"]
    assert len(body["findings"]) == len(TROUBLED.findings)
    replication = next(f for f in body["findings"] if f["rule"] == "RES-004")
    assert replication["status"] == "FAIL"
    assert replication["text"] == {
        "en": TROUBLED.findings[3].text.en,
        "ja": TROUBLED.findings[3].text.ja,
    }
    assert replication["evidence"]["value"]["Rules"][0]["ID"] == "dr"
    assert replication["evidence"]["request_id"] == "8T3ZQ6N1K4M7P9RA"
    assert replication["remedy"]["en"].endswith("--bucket classtream-tokyo")
    assert body["rules"]["RES-004"]["permission"] == "s3:GetReplicationConfiguration"
    assert body["population"]["found"] == 10
    assert body["population"]["excluded"][0]["resource"] == "s3://classtream-scratch"
    assert body["counts"] == {
        "FAIL": 4,
        "UNKNOWN": 2,
        "WAIVED": 1,
        "ATTESTED": 1,
        "PASS": 8,
        "NA": 2,
    }
    assert [copy["in_japan"] for copy in body["copies"]] == [False, True, None, True]
    tokyo = next(r for r in body["resources"] if r["store"] == "tokyo")
    assert (tokyo["country_server"], tokyo["country_operator"]) == ("JP", "US")


def test_json_of_a_waiver_names_who_answers_until_when():
    body = json.loads(master.rendered(TROUBLED))["report"]
    waived = next(f for f in body["findings"] if f["status"] == "WAIVED")
    assert waived["waiver"] == {
        "rule": "ERA-004",
        "resource": "osaka",
        "owner": "sato@example.jp",
        "reason": "migration until spring",
        "expires": "2027-03-31",
    }


# --- SARIF ----------------------------------------------------------------------------------


def _valid(log):
    jsonschema.Draft4Validator(SARIF_SCHEMA).validate(log)
    return log["runs"][0]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("report", [TROUBLED, CLEAN, hostile()], ids=["troubled", "clean", "evil"])
def test_sarif_is_valid(report, language):
    _valid(json.loads(forms.rendered(report, "sarif", language)))


def test_the_schema_would_notice():
    log = json.loads(sarif.rendered(TROUBLED, "en"))
    log["runs"][0]["results"][0]["level"] = "catastrophe"
    with pytest.raises(jsonschema.ValidationError):
        _valid(log)


def test_sarif_has_what_asks_for_something_and_no_pass():
    run = _valid(json.loads(sarif.rendered(TROUBLED, "en")))
    statuses = [result["properties"]["status"] for result in run["results"]]
    assert sorted(set(statuses)) == ["FAIL", "UNKNOWN", "WAIVED"]
    assert len(statuses) == 7
    assert run["properties"]["counts"]["PASS"] == 8
    assert run["properties"]["reportSha256"] == master.digest(TROUBLED)
    suppressed = [result for result in run["results"] if "suppressions" in result]
    assert [result["properties"]["status"] for result in suppressed] == ["WAIVED"]
    assert "sato@example.jp" in suppressed[0]["suppressions"][0]["justification"]


def test_sarif_says_that_the_run_was_not_complete_where_something_is_unknown():
    troubled = _valid(json.loads(sarif.rendered(TROUBLED, "en")))["invocations"][0]
    clean = _valid(json.loads(sarif.rendered(CLEAN, "en")))["invocations"][0]
    assert (troubled["executionSuccessful"], troubled["exitCode"]) == (False, 1)
    assert (clean["executionSuccessful"], clean["exitCode"]) == (True, 0)


def test_sarif_points_at_the_line_of_the_configuration():
    run = _valid(json.loads(sarif.rendered(TROUBLED, "en")))
    result = next(r for r in run["results"] if r["ruleId"] == "RES-004")
    where = result["locations"][0]["physicalLocation"]
    assert where["artifactLocation"] == {"uri": CONFIG, "uriBaseId": "%SRCROOT%"}
    assert where["region"]["startLine"] == reports.TOKYO.config_line
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == "RES-004"
    assert result["level"] == "error"


@pytest.mark.parametrize(
    ("source", "base", "location"),
    [
        ("/repo/conf/a b.toml", "/repo", {"uri": "conf/a%20b.toml", "uriBaseId": "%SRCROOT%"}),
        ("/else/where.toml", "/repo", {"uri": "file:///else/where.toml"}),
        ("multistore.toml", None, {"uri": "multistore.toml", "uriBaseId": "%SRCROOT%"}),
    ],
)
def test_a_location_is_relative_to_the_repository(source, base, location):
    resource = replace(reports.TOKYO, config_file=source)
    report = replace(TROUBLED, findings=(replace(TROUBLED.findings[3], resource=resource),))
    base = None if base is None else PurePath(base)
    run = _valid(json.loads(sarif.rendered(report, "en", base)))
    where = run["results"][0]["locations"][0]["physicalLocation"]
    assert where["artifactLocation"] == location


def test_a_fingerprint_stays_while_the_answer_changes():
    def fingerprint(report):
        result = json.loads(sarif.rendered(report, "en"))["runs"][0]["results"][0]
        return result["partialFingerprints"]

    found = TROUBLED.findings[3]
    one = replace(TROUBLED, findings=(found,))
    later = replace(TROUBLED, findings=(replace(found, request_id="other", raw={}),))
    elsewhere = replace(TROUBLED, findings=(replace(found, resource=reports.OSAKA),))
    assert fingerprint(one) == fingerprint(later) != fingerprint(elsewhere)


# --- JUnit ----------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_junit_counts_failures_errors_and_skips(language):
    read = JUnitXml.fromstring(junit.rendered(TROUBLED, language).encode())
    assert (read.tests, read.failures, read.errors, read.skipped) == (18, 4, 2, 3)
    cases = [case for suite in read for case in suite]
    kinds = [type(case.result[0]).__name__ if case.result else "Passed" for case in cases]
    assert {kind: kinds.count(kind) for kind in set(kinds)} == {
        "Failure": 4,
        "Error": 2,
        "Skipped": 3,
        "Passed": 9,
    }


def test_junit_names_the_remedy_and_the_waiver():
    out = junit.rendered(TROUBLED, "en")
    assert "aws s3api delete-bucket-replication --bucket classtream-tokyo" in out
    assert "sato@example.jp, 2027-03-31: migration until spring" in out
    assert "not verified independently" in out


def test_junit_survives_what_xml_cannot_hold():
    root = ET.fromstring(forms.rendered(hostile(), "junit", "en"))
    case = root.find(".//testcase")
    assert "<b>&" in case.get("name")
    assert "\x1b" not in case.get("name")


# --- OCSF -----------------------------------------------------------------------------------


def _shape(value):
    """The names of a JSON value, so that one that the model does not know is noticed."""
    if isinstance(value, dict):
        return {name: _shape(inner) for name, inner in value.items()}
    return [_shape(inner) for inner in value] if isinstance(value, list) else None


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("report", [TROUBLED, CLEAN, hostile()], ids=["troubled", "clean", "evil"])
def test_ocsf_events_are_compliance_findings_and_nothing_in_them_is_unknown(report, language):
    events = json.loads(forms.rendered(report, "ocsf", language))
    assert len(events) == len(report.findings)
    for event in events:
        read = ComplianceFinding.model_validate(event)
        again = json.loads(read.model_dump_json(exclude_unset=True))
        # The model lacks compliance.status, which OCSF 1.5 has and asks for beside "Other".
        assert event["compliance"].pop("status") in {
            "Pass",
            "Fail",
            "Unknown",
            event["status_code"],
        }
        assert _shape(again) == _shape(event)


def test_ocsf_tells_a_pass_from_a_word_and_from_a_waiver():
    events = json.loads(ocsf.rendered(TROUBLED, "en"))
    seen = {event["status_code"]: event["compliance"]["status_id"] for event in events}
    assert seen == {"FAIL": 3, "UNKNOWN": 0, "WAIVED": 99, "ATTESTED": 99, "PASS": 1, "NA": 99}
    waived = next(event for event in events if event["status_code"] == "WAIVED")
    assert (waived["status"], waived["status_id"]) == ("Suppressed", 3)
    assert {event["metadata"]["correlation_uid"] for event in events} == {master.digest(TROUBLED)}
    assert all(event["type_uid"] == 200301 for event in events)


# --- text -----------------------------------------------------------------------------------


def test_text_says_who_looked_at_how_much():
    said = text.rendered(TROUBLED, "en")
    assert "looked at: 10 found, 9 evaluated, 1 unknown, 1 excluded" in said
    assert f"as {reports.WHO}" in said
    assert "excluded: s3://classtream-scratch: named by --exclude" in said


def test_text_gives_the_worst_first_with_its_fix_and_the_line():
    said = text.rendered(TROUBLED, "en")
    order = [said.index(word) for word in ("FAIL ", "UNKNOWN ", "WAIVED ", "ATTESTED", "PASS ")]
    assert order == sorted(order)
    assert "-> aws s3api delete-bucket-replication --bucket classtream-tokyo" in said
    assert "multistore.toml:5" in said
    assert "Something is not in order" in said
    assert "waived by sato@example.jp until 2027-03-31: migration until spring" in said
    assert "replication: s3://classtream-tokyo -> s3://classtream-replica (us-east-1)" in said


def test_text_of_a_clean_estate_says_so():
    said = text.rendered(CLEAN, "ja")
    assert "すべての項目が適合しています" in said
    assert "不適合があります" not in said


def test_what_could_not_be_read_asks_for_the_permission_and_not_for_the_repair():
    found = replace(
        TROUBLED.findings[4], remedy=Text("", ""), rule=replace(reports.REPLICATION, permission="p")
    )
    said = text.rendered(replace(TROUBLED, findings=(found,)), "en")
    assert "Let the caller read it (p)" in said
    assert "delete-bucket-replication" not in said


def test_a_list_that_could_not_be_read_is_told():
    incomplete = replace(TROUBLED, population=replace(TROUBLED.population, complete=False))
    assert "there may be more" in text.rendered(incomplete, "en")
    assert "there may be more" not in text.rendered(TROUBLED, "en")


@pytest.mark.parametrize(
    ("statuses", "headline"),
    [
        ((Status.PASS, Status.NA), "Everything that was asked is in order"),
        ((Status.PASS, Status.ATTESTED), "part of it was not verified or is waived"),
        ((Status.PASS, Status.WAIVED), "part of it was not verified or is waived"),
        ((Status.PASS, Status.UNKNOWN), "Not everything could be verified"),
        ((Status.ATTESTED, Status.UNKNOWN, Status.FAIL), "Something is not in order"),
        ((), "Nothing was looked at"),
    ],
)
def test_the_headline_says_no_more_than_is_known(statuses, headline):
    kept = tuple(found for found in TROUBLED.findings if found.status in statuses)
    report = replace(TROUBLED, findings=kept)
    for form in ("text", "html"):
        assert headline in forms.rendered(report, form, "en")


def test_only_failures_of_the_asked_severity_decide_and_that_is_said():
    low = replace(TROUBLED, findings=(TROUBLED.findings[14],))  # LOG-002, medium
    assert "Something is not in order" in text.rendered(low, "en")
    said = text.rendered(low, "en", fail_on=Severity.HIGH)
    assert "No failure of the asked severity" in said
    assert "failures below high do not count here" in said


def test_text_is_painted_only_where_it_is_asked_for():
    assert "\x1b" not in text.rendered(TROUBLED, "en")
    assert "\x1b[1;31mFAIL" in text.rendered(TROUBLED, "en", colour=True)


@pytest.mark.parametrize("form", forms.Form.__args__)
def test_every_form_carries_the_digest_of_the_record(form):
    assert master.digest(TROUBLED) in forms.rendered(TROUBLED, form, "ja")


# --- all of them ----------------------------------------------------------------------------


@pytest.mark.parametrize("form", forms.Form.__args__)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_name_from_outside_breaks_no_form(form, language):
    said = forms.rendered(hostile(), form, language)
    assert said.encode("utf-8", "strict")
    assert not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", said)
    if form == "html":
        assert "<b>&" not in said


@pytest.mark.parametrize("form", forms.Form.__args__)
def test_a_report_is_written_the_same_each_time(form):
    assert forms.rendered(TROUBLED, form, "ja") == forms.rendered(TROUBLED, form, "ja")


@pytest.mark.parametrize("form", sorted(set(forms.Form.__args__) - {"html"}))
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_name_from_outside_writes_no_line_of_its_own(form, language):
    plain, forged = (
        forms.rendered(hostile(name), form, language).splitlines() for name in ("x", FORGED)
    )
    assert len(forged) == len(plain)
    # GitHub's runner and Azure Pipelines obey these wherever a log shows them.
    assert not [line for line in forged if line.lstrip().startswith(("::", "99 "))]


@pytest.mark.parametrize("name", ["::error::pwn", " ::error::pwn", "##[error]x", "##vso[task]x"])
def test_a_name_is_no_command_of_a_ci_in_the_text(name):
    said = text.rendered(hostile(name), "en")
    assert not re.search(r"(?m)^\s*::|##\w*\[", said)


@pytest.mark.parametrize("form", forms.Form.__args__)
@pytest.mark.parametrize("signs", [UNSEEN, TURNED])
def test_signs_that_hide_or_turn_a_name_are_seen_in_every_form(form, signs):
    said = forms.rendered(hostile(f"a{signs}b"), form, "en")
    assert not set(signs) & set(said)


def test_json_holds_what_was_read_though_it_shows_its_signs():
    raw = {"name": f"a{UNSEEN}{TURNED}b\n"}
    report = replace(TROUBLED, findings=(replace(reports.FINDINGS[3], raw=raw),))
    whole = json.loads(forms.rendered(report, "json", "en"))
    assert whole["report"]["findings"][0]["evidence"]["value"] == raw
    assert whole["manifest"]["report"] == sha256(rfc8785.dumps(whole["report"])).hexdigest()
