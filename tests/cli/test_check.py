"""``multistore check``: what it shows, where it writes it, and how it ends."""

from __future__ import annotations

import json
import sys
from dataclasses import replace

import pytest

from multistore.cli import messages
from multistore.cli.run import run
from multistore.compliance import checker
from multistore.compliance.model import Status
from multistore.compliance.report import forms, rule_list
from multistore.compliance.rules import all_rules
from multistore.errors import UnavailableError
from tests.cli.command import multistore
from tests.compliance.reports import CLEAN, FINDINGS, TROUBLED

CONFIG = """\
[vault]
ledger = "sqlite:///multistore.db"
keys = "local:keys/"
[stores.here]
provider = "local"
path = "objects"
accepts = ["video"]
[collections.video]
store = "here"
"""


def only(*statuses):
    kept = tuple(found for found in FINDINGS if found.status in statuses)
    return replace(TROUBLED, findings=kept)


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    (tmp_path / "multistore.toml").write_text(CONFIG, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.delenv("MULTISTORE_CONFIG", raising=False)
    yield tmp_path
    messages.choose("en")


@pytest.fixture
def found(monkeypatch):
    """Let the check find a report that was made by hand; returns how it was asked."""
    asked = []

    def set_(report):
        def check(settings, **options):
            asked.append((settings, options))
            if isinstance(report, BaseException):
                raise report
            return report

        monkeypatch.setattr(checker, "check", check)
        return asked

    return set_


# --- how it ends ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("report", "words", "code"),
    [
        (CLEAN, [], 0),
        (only(Status.PASS, Status.ATTESTED, Status.NA, Status.WAIVED), [], 0),
        (TROUBLED, [], 1),
        (only(Status.FAIL), ["--fail-on", "critical"], 1),
        (only(Status.UNKNOWN, Status.PASS), [], 3),
        (only(Status.UNKNOWN, Status.PASS), ["--fail-on", "critical"], 3),
        (replace(CLEAN, findings=()), [], 3),
    ],
)
def test_the_exit_code_says_what_was_found(found, report, words, code):
    found(report)
    assert run(["check", *words]) == code


def test_a_failure_below_the_asked_level_does_not_count(found):
    found(replace(TROUBLED, findings=tuple(f for f in FINDINGS if f.rule.id == "LOG-002")))
    assert [run(["check", "--fail-on", level]) for level in ("info", "medium", "high")] == [1, 1, 0]


@pytest.mark.parametrize(
    "words",
    [
        ["nowhere"],
        ["--format", "pdf"],
        ["--fail-on", "some"],
        ["--explain", "RES-999"],
        ["--rules", "--format", "sarif"],
        ["--config", "absent.toml"],
        ["--output", "."],
        ["--output", "no/such/directory/report.json"],
    ],
)
def test_wrong_usage_ends_with_2_and_checks_nothing(words, capsys):
    assert run(["check", *words]) == 2
    out, err = capsys.readouterr()
    assert not out
    assert err.startswith("multistore: not understood: ")


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (UnavailableError("the table is gone"), "the check stopped: the table is gone"),
        (OSError(28, "No space left on device"), "the check stopped: [Errno 28]"),
        (RuntimeError("secret"), "the check stopped: a fault of multistore itself: RuntimeError"),
    ],
)
def test_a_check_that_stopped_ends_with_4_and_one_line(found, error, told, capsys):
    found(error)
    assert run(["check"]) == 4
    out, err = capsys.readouterr()
    assert not out
    assert told in err
    assert "secret" not in err
    assert err.count("\n") == 1


def test_an_interruption_stays_one(found):
    found(KeyboardInterrupt())
    assert run(["check"]) == 130


# --- what it asks for -----------------------------------------------------------------------


def test_every_option_reaches_the_check(found):
    asked = found(CLEAN)
    assert run(["check", "here", "--account", "--offline", "-c", "multistore.toml"]) == 0
    assert run(["check"]) == 0
    (settings, first), (_, second) = asked
    assert str(settings.source) == "multistore.toml"
    assert (first["stores"], first["account"], first["offline"]) == (("here",), True, True)
    assert (second["stores"], second["account"], second["offline"]) == ((), False, False)
    assert second["progress"] is None  # standard error is no terminal here


def test_a_terminal_sees_the_progress(found, monkeypatch, capsys):
    asked = found(CLEAN)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert run(["check"]) == 0
    assert callable(asked[0][1]["progress"])
    assert "checking" in capsys.readouterr().err


# --- where it goes --------------------------------------------------------------------------


@pytest.mark.parametrize("form", forms.Form.__args__)
@pytest.mark.parametrize("language", ["ja", "en"])
def test_each_form_goes_to_a_file_or_to_standard_output(found, form, language, place, capsys):
    found(TROUBLED)
    expected = forms.rendered(TROUBLED, form, language, base=place)
    assert run(["check", "--format", form, "--lang", language]) == 1
    assert capsys.readouterr().out == expected
    assert run(["check", "--format", form, "--output", "report", "--lang", language]) == 1
    assert (place / "report").read_text(encoding="utf-8") == expected
    out, err = capsys.readouterr()
    assert not out
    assert "report" in err
    assert ("4 不適合, 2 確認できず" if language == "ja" else "4 Fail, 2 Could not be") in err


@pytest.mark.parametrize(
    ("terminal", "no_colour"), [(True, ""), (True, "1"), (False, ""), (False, "1")]
)
def test_only_a_terminal_is_painted(found, monkeypatch, capsys, terminal, no_colour):
    found(TROUBLED)
    monkeypatch.setenv("NO_COLOR", no_colour)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: terminal)
    run(["check"])
    assert ("\x1b[" in capsys.readouterr().out) is (terminal and not no_colour)


# --- the rules ------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_rule_is_listed_with_all_that_is_asked_of_it(capsys, language):
    assert run(["check", "--rules", "--lang", language]) == 0
    lines = capsys.readouterr().out.splitlines()
    for number, rule in enumerate(all_rules()):
        head, facts = lines[2 * number], lines[2 * number + 1]
        assert head.startswith(f"{rule.id}  ")
        assert rule.title.say(language) in head
        for fact in (*rule.reads, rule.permission, *rule.whitepaper, *rule.controls):
            assert fact in facts


def test_the_rules_as_json(capsys):
    assert run(["check", "--rules", "--format", "json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert [rule["id"] for rule in listed] == [rule.id for rule in all_rules()]
    fields = {"severity", "reads", "permission", "white_paper", "controls", "gate"}
    assert all(fields <= rule.keys() for rule in listed)


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_rule_is_explained(language):
    for rule in all_rules():
        said = rule_list.explained(rule, language)
        for text in (rule.title, rule.cost, rule.remedy):
            assert text.say(language) in said
        for fact in (rule.id, rule.permission, *rule.reads, *rule.applies_to, *rule.controls):
            assert fact in said


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_rule_is_asked_for_in_any_case(capsys, language):
    assert run(["check", "--explain", "res-001", "--lang", language]) == 0
    rule = next(rule for rule in all_rules() if rule.id == "RES-001")
    assert capsys.readouterr().out == rule_list.explained(rule, language)


def test_a_rule_as_json(capsys):
    assert run(["check", "--explain", "RES-001", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["severity"] == "critical"


# --- for real -------------------------------------------------------------------------------


def test_a_directory_of_this_machine_passes(place):
    done = multistore("check", "--format", "json", cwd=place)
    report = json.loads(done.stdout)["report"]
    # Whether this machine's clock is synchronised is not ours to say.
    found = {f["status"] for f in report["findings"] if f["rule"] != "LOG-004"}
    assert found == {"PASS", "NA"}
    assert done.returncode in {0, 3}
    assert not done.stderr


@pytest.mark.s3
def test_an_open_bucket_fails_at_its_line_and_an_absent_one_is_unknown(
    moto_server, place, monkeypatch, capsys
):
    bucket, client = moto_server.bucket(), moto_server.client()
    client.put_bucket_acl(Bucket=bucket, ACL="public-read")
    store = '[stores.{0}]\nprovider = "aws"\nregion = "ap-northeast-1"\nendpoint = "{1}"\n'
    store += 'bucket = "{2}"\naccepts = ["video"]\ncredentials = "env:CLI"\n'
    text = CONFIG + store.format("open", moto_server.url, bucket)
    text += store.format("gone", moto_server.url, "absent-bucket")
    (place / "multistore.toml").write_text(text, encoding="utf-8")
    monkeypatch.setenv("CLI_ACCESS_KEY_ID", moto_server.access_key)
    monkeypatch.setenv("CLI_SECRET_ACCESS_KEY", moto_server.secret_key)
    assert run(["check", "open", "gone", "--format", "sarif"]) == 1
    out, err = capsys.readouterr()
    results = json.loads(out)["runs"][0]["results"]
    acl = next(
        result
        for result in results
        if (result["ruleId"], result["properties"]["status"]) == ("PUB-004", "FAIL")
    )
    line = acl["locations"][0]["physicalLocation"]["region"]["startLine"]
    assert text.splitlines()[line - 1] == "[stores.open]"
    of_gone = {
        result["properties"]["status"]
        for result in results
        if result["message"]["text"].startswith(("gone:", "Could not be verified: gone:"))
    }
    assert "UNKNOWN" in of_gone
    assert moto_server.secret_key not in out + err
