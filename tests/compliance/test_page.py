"""What stands on the page: the matrix, the evidence, the copies, the controls, the digest."""

from __future__ import annotations

import html
import re
from dataclasses import replace

import pytest

from multistore.compliance.model import Status
from multistore.compliance.report import page
from multistore.compliance.report.matrix import Cell, matrix
from multistore.compliance.report.words import FAMILIES
from tests.compliance import reports
from tests.compliance.reports import CLEAN, TROUBLED

PAGE = page.rendered(TROUBLED, "en")


def section(title, text=PAGE):
    """Give one section of the page, from its heading to the next."""
    return text.partition(f'<h2><span lang="en">{title}')[2].partition("<h2>")[0]


def test_a_cell_shows_the_worst_of_its_rules_and_how_many_said_so():
    found = matrix(TROUBLED)
    rows = {
        row.resource.store: dict(zip(found.families, row.cells, strict=True)) for row in found.rows
    }
    tokyo, osaka = rows["tokyo"], rows["osaka"]
    assert tokyo[FAMILIES["residency"]] == Cell(Status.FAIL, 1)
    assert osaka[FAMILIES["residency"]] == Cell(Status.UNKNOWN, 1)
    assert osaka[FAMILIES["erasure"]] == Cell(Status.WAIVED, 1)
    assert rows["bizgrand"][FAMILIES["attestation"]] == Cell(Status.ATTESTED, 1)
    assert rows["sakura"][FAMILIES["residency"]] == Cell(None, 0)
    twice = matrix(replace(TROUBLED, findings=(*TROUBLED.findings, TROUBLED.findings[3])))
    row = next(row for row in twice.rows if row.resource.store == "tokyo")
    assert row.cells[0] == Cell(Status.FAIL, 2)


def test_rows_are_stores_first_and_the_worst_on_top():
    roles = [row.resource.role for row in matrix(TROUBLED).rows]
    assert roles == sorted(roles, key=("store", "account", "target").index)
    stores = [row.worst for row in matrix(TROUBLED).rows if row.resource.role == "store"]
    assert stores[0] is Status.FAIL
    assert stores[-1] is Status.NA


def test_a_family_that_the_page_does_not_know_has_a_column_all_the_same():
    odd = replace(TROUBLED.findings[0], rule=replace(reports.REGION, family="tides"))
    assert matrix(replace(TROUBLED, findings=(odd,))).families[0].en == "tides"


def test_the_matrix_is_on_the_page():
    cells = re.findall(r'<td class="cell (\w+)">(.)', section("Each store, each subject"))
    assert sorted({status for status, _ in cells}) == sorted(Status)
    assert dict(cells) == {status.value: page.MARKS[status] for status in Status}


@pytest.mark.parametrize(
    "found",
    [found for found in TROUBLED.findings if found.status not in {Status.PASS, Status.NA}],
    ids=lambda found: f"{found.rule.id}-{found.resource.store}",
)
def test_whatever_asks_for_something_is_told_with_its_evidence(found):
    told = html.unescape(section("Findings that ask for something"))
    for text in (found.text, found.remedy, found.rule.title):
        assert text.en in told
        assert text.ja in told
    for fact in (
        found.call,
        found.raw_sha256,
        found.request_id,
        found.provider_date,
        found.identity,
    ):
        assert (fact or "") in told
    assert f"{reports.CONFIG}:{found.resource.config_line}" in told


def test_the_worst_is_told_first():
    told = re.findall(r'<section class="finding (\w+)">', PAGE)
    assert told == ["FAIL"] * 4 + ["UNKNOWN"] * 2 + ["WAIVED", "ATTESTED"]


def test_the_answer_itself_is_shown():
    assert "BlockPublicPolicy&#34;: false" in PAGE
    assert "DeleteMarkerReplication" in PAGE


def test_what_passes_is_there_with_its_evidence_too():
    quiet = section("In order, or not applicable")
    assert quiet.count("<tr>") == 1 + 10
    assert quiet.count(TROUBLED.findings[0].raw_sha256) == 8


def test_copies_that_leave_come_first():
    copies = section("Copies and what leaves a store")
    assert re.findall(r'pill (\w+)"', copies) == ["FAIL", "UNKNOWN", "PASS", "PASS"]
    assert "No copy or export was found" in page.rendered(CLEAN, "en")


def test_the_countries_of_server_and_operator_are_two_columns():
    rows = re.findall(r"<tr><td>(\w+)<br>.*?</tr>", section("Stores and countries"), re.DOTALL)
    assert {"tokyo", "archive", "contracted"} <= set(rows)
    tokyo = re.search(r"<tr><td>tokyo<.*?</tr>", section("Stores and countries"), re.DOTALL)[0]
    assert tokyo.endswith("<td>JP</td><td>US</td></tr>")


@pytest.mark.parametrize(
    ("region", "shown"),
    [("ap-northeast-1", "日本"), ("us-east-1", "国外"), (None, "不明")],
)
def test_a_bucket_whose_country_nobody_noted_is_placed_by_its_region(region, shown):
    found = replace(reports.TOKYO, country_server=None, place=None, region=region)
    account = replace(reports.TOKYO, id="env:X", kind="aws-account", name="X", store=None)
    text = page.rendered(replace(CLEAN, resources=(found, account)), "ja")
    table = section("Stores and countries", text)
    assert f'<span lang="ja">{shown}</span>' in table.partition("<td>")[2]
    assert "aws-account" not in table


def test_each_control_has_its_results():
    row = re.search(r"<tr><td>WP-1<.*?</tr>", section("By control"), re.DOTALL)[0]
    assert re.findall(r"pill (\w+)\">. (\d+)", row) == [
        ("FAIL", "2"),
        ("UNKNOWN", "1"),
        ("ATTESTED", "1"),
        ("PASS", "2"),
        ("NA", "1"),
    ]
    assert "ATT-001 RES-001 RES-004" in row


def test_the_population_says_who_looked_and_what_was_left_out():
    for text in (reports.WHO, "s3://classtream-scratch", "named by --exclude"):
        assert text in PAGE
    assert "Only the stores of the configuration" in PAGE
    partly = replace(TROUBLED, population=replace(TROUBLED.population, complete=False))
    assert "there may be more than is shown here" in page.rendered(partly, "en")
    whole = replace(TROUBLED, population=replace(TROUBLED.population, complete=True))
    assert "Only the stores of the configuration" not in page.rendered(whole, "en")


def test_every_word_of_the_page_is_in_both_languages():
    english = re.findall(r'<(?:span|tspan) lang="en">', PAGE)
    japanese = re.findall(r'<(?:span|tspan) lang="ja">', PAGE)
    assert len(english) == len(japanese) > 100
