"""What a check looks at, what it never hides, and what a report's exit code says."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from multistore import config
from multistore.compliance.checker import check
from multistore.compliance.model import Finding, Severity, Status, Waiver, worst
from multistore.compliance.population import chosen, pinned
from multistore.compliance.waivers import waived
from multistore.errors import ConfigurationError
from multistore.residency.catalog import Catalog
from tests.compliance import reports

pytestmark = pytest.mark.usefixtures("quiet_environment")
HEAD = """
[vault]
ledger = "sqlite:///l.db"
keys = "local:keys/"

[stores.tokyo]
provider = "aws"
region = "ap-northeast-1"
bucket = "classtream-prod"
accepts = ["video"]
credentials = "env:NOBODY"

[stores."osaka"]
provider = "aws"
region = "ap-northeast-3"
bucket = "classtream-osaka"
accepts = ["video"]

  [stores.disk]
provider = "local"
path = "data"
accepts = ["video"]

[collections.video]
store = "tokyo"
"""


def written(tmp_path, text=HEAD):
    path = tmp_path / "multistore.toml"
    path.write_text(text, encoding="utf-8")
    return config.load(path)


def by_store(report):
    return {r.store: r for r in report.resources if r.store}


def test_a_store_is_found_at_its_line(tmp_path):
    settings = written(tmp_path)
    found = pinned(settings, Catalog.load(), settings.stores, account=False)
    lines = {r.store: r.config_line for r in found.resources if r.store}
    text = HEAD.splitlines()
    assert {name: text[line - 1].strip() for name, line in lines.items()} == {
        "tokyo": "[stores.tokyo]",
        "osaka": '[stores."osaka"]',
        "disk": "[stores.disk]",
    }
    tokyo = next(r for r in found.resources if r.store == "tokyo")
    assert (tokyo.country_server, tokyo.country_operator) == ("JP", "US")
    assert tokyo.place.ja == "東京"
    assert tokyo.config_file == str(tmp_path / "multistore.toml")


def test_two_stores_of_one_bucket_stay_two(tmp_path):
    settings = written(tmp_path, HEAD.replace("classtream-osaka", "classtream-prod"))
    found = pinned(settings, Catalog.load(), settings.stores, account=False)
    assert len({r.id for r in found.resources}) == len(found.resources)
    assert {r.store for r in found.resources if r.kind == "s3-bucket"} == {"tokyo", "osaka"}


def test_a_store_that_is_not_there_is_a_wrong_call(tmp_path):
    settings = written(tmp_path)
    assert chosen(settings, ()) == ("tokyo", "osaka", "disk")
    assert chosen(settings, ("disk", "disk")) == ("disk",)
    with pytest.raises(ConfigurationError, match="there is no store 'kyoto'"):
        check(settings, stores=("kyoto",))


def test_offline_sends_nothing_and_passes_nothing_that_a_service_must_say(tmp_path):
    report = check(written(tmp_path), offline=True)
    assert report.offline
    assert report.requests == 0
    said = {(f.resource.store, f.rule.id): f.status for f in report.findings}
    for rule in ("RES-001", "RES-004", "ENC-001", "PUB-002", "ERA-004", "NET-006", "ENC-005"):
        assert said["tokyo", rule] is Status.UNKNOWN, rule
    assert said["disk", "LOC-001"] is Status.PASS
    assert said["tokyo", "NET-014"] is Status.PASS
    assert worst(report) == 3
    texts = [f.text for f in report.findings if f.rule.id == "RES-004"]
    assert any("offline" in text.en for text in texts)


def test_without_credentials_everything_is_unknown_and_says_why(tmp_path):
    report = check(written(tmp_path), stores=("tokyo",))
    said = {f.rule.id: f for f in report.findings if f.resource.store == "tokyo"}
    assert said["RES-004"].status is Status.UNKNOWN
    assert "NOBODY" in said["RES-004"].text.en
    assert {said[rule].status for rule in ("ERA-001", "ERA-004", "PUB-002")} == {Status.UNKNOWN}
    assert worst(report) == 3


def test_a_refused_store_is_a_failure_and_is_not_asked(tmp_path):
    text = HEAD.replace(
        'provider = "aws"\nregion = "ap-northeast-1"',
        'provider = "s3-compatible"\nendpoint = "https://s3.us-east-1.amazonaws.com"',
    )
    report = check(written(tmp_path, text), stores=("tokyo",))
    assert report.requests == 0
    failed = {f.rule.id for f in report.findings if f.status is Status.FAIL}
    assert "CAP-005" in failed
    statuses = {f.status for f in report.findings if f.rule.family in {"residency", "encryption"}}
    assert Status.UNKNOWN in statuses
    assert worst(report) == 1


def test_a_local_directory_alone_is_green(tmp_path):
    report = check(written(tmp_path), stores=("disk",))
    own = [f for f in report.findings if f.resource.store == "disk"]
    assert {f.status for f in own} <= {Status.PASS, Status.NA}
    assert report.requests == 0
    assert report.population.found == 1


# --- exit codes ---------------------------------------------------------------------------------

RULE = reports.rule("XXX-001", Severity.MEDIUM, reports.REGION.title, "residency")
SOMETHING = Finding(RULE, reports.Resource("x", "s3-bucket", "x", "aws"), Status.PASS, RULE.title)
EMPTY = reports.Report("1", "1", reports.AT, reports.AT, None, reports.Population(0, 0, 0), (), ())


def report_of(*statuses):
    return replace(EMPTY, findings=tuple(replace(SOMETHING, status=s) for s in statuses))


@pytest.mark.parametrize(
    ("statuses", "fail_on", "code"),
    [
        ((Status.PASS, Status.NA, Status.ATTESTED, Status.WAIVED), Severity.INFO, 0),
        ((Status.PASS, Status.FAIL), Severity.INFO, 1),
        ((Status.PASS, Status.FAIL), Severity.MEDIUM, 1),
        ((Status.PASS, Status.FAIL), Severity.HIGH, 0),
        ((Status.PASS, Status.UNKNOWN), Severity.CRITICAL, 3),
        ((Status.UNKNOWN, Status.FAIL), Severity.INFO, 1),
        ((Status.UNKNOWN, Status.FAIL), Severity.HIGH, 3),
        ((), Severity.INFO, 3),
    ],
)
def test_the_exit_code_says_the_worst(statuses, fail_on, code):
    assert worst(report_of(*statuses), fail_on) == code


# --- waivers ------------------------------------------------------------------------------------

WAIVER = Waiver("XXX-001", "tokyo", "sre@example.jp", "until the move", date(2026, 11, 24))
TOKYO = reports.Resource("s3://b", "s3-bucket", "b", "aws", store="tokyo")
FAILURE = replace(SOMETHING, resource=TOKYO, status=Status.FAIL)
LAST_MOMENT = datetime(2026, 11, 24, 14, 59, tzinfo=UTC)  # 23:59 in Japan
AFTER = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)


def test_a_waiver_holds_to_the_end_of_its_last_day_in_japan():
    assert waived(FAILURE, [WAIVER], LAST_MOMENT).status is Status.WAIVED
    late = waived(FAILURE, [WAIVER], AFTER)
    assert late.status is Status.FAIL
    assert "expired on 2026-11-24" in late.text.en
    assert late.waiver == WAIVER


@pytest.mark.parametrize(
    "waiver",
    [replace(WAIVER, rule="XXX-002"), replace(WAIVER, resource="osaka")],
    ids=["another rule", "another store"],
)
def test_a_waiver_covers_nothing_else(waiver):
    assert waived(FAILURE, [waiver], LAST_MOMENT) == FAILURE


def test_a_waiver_may_name_the_resource_itself():
    waiver = replace(WAIVER, resource="s3://b")
    assert waived(FAILURE, [waiver], LAST_MOMENT).status is Status.WAIVED


@pytest.mark.parametrize("status", [s for s in Status if s is not Status.FAIL])
def test_nothing_but_a_failure_is_ever_waived(status):
    finding = replace(FAILURE, status=status)
    assert waived(finding, [WAIVER], LAST_MOMENT) == finding


def test_a_renewed_waiver_counts_and_not_the_old_one():
    renewed = replace(WAIVER, expires=date(2027, 1, 1))
    assert waived(FAILURE, [WAIVER, renewed], AFTER).waiver == renewed


@pytest.mark.parametrize("left_out", ["owner", "reason", "expires", "rule", "resource"])
def test_a_waiver_without_any_of_its_parts_is_no_waiver(tmp_path, left_out):
    parts = {
        "rule": '"ENC-001"', "resource": '"tokyo"', "owner": '"o"', "reason": '"r"',
        "expires": "2027-01-01",
    }  # fmt: skip
    lines = [f"{name} = {value}" for name, value in parts.items() if name != left_out]
    with pytest.raises(ConfigurationError, match=left_out):
        written(tmp_path, HEAD + "\n[[waivers]]\n" + "\n".join(lines))
