"""The page in a real browser: both languages, no error, no request, fit for the binder."""

from __future__ import annotations

import base64
import re

import pytest

from multistore.compliance.report import page
from tests.compliance.reports import CLEAN, TROUBLED


@pytest.fixture(params=["ja", "en"])
def language(request):
    return request.param


@pytest.fixture
def opened(chromium, tmp_path):
    def open_(text):
        path = tmp_path / "page.html"
        path.write_text(text, encoding="utf-8")
        return path.as_uri(), chromium.opened(path.as_uri())

    return open_


SAID = {
    "ja": ("データ保管状況点検報告書", "不適合があります", "読み取れませんでした", "独自検証"),
    "en": (
        "Data residency and protection check",
        "Something is not in order",
        "That is not a pass",
        "not verified independently",
    ),
}


def test_each_language_is_shown_alone_and_the_reader_can_change(opened, language):
    other = "en" if language == "ja" else "ja"
    _, shown = opened(page.rendered(TROUBLED, language))
    assert all(text in shown.visible() for text in SAID[language])
    assert not any(text in shown.visible() for text in SAID[other])
    shown.evaluate(f"document.querySelector('label[for=show-{other}]').click()")
    assert all(text in shown.visible() for text in SAID[other])
    assert not any(text in shown.visible() for text in SAID[language])


@pytest.mark.parametrize("report", [TROUBLED, CLEAN], ids=["troubled", "clean"])
def test_nothing_is_asked_for_and_nothing_fails(opened, report):
    url, shown = opened(page.rendered(report, "ja"))
    assert shown.requests == [url]
    assert shown.errors == []


@pytest.mark.parametrize(
    ("more", "seen"),
    [
        ('<img src="http://127.0.0.1:9/x.png">', "requests"),
        ("<script>missing()</script>", "errors"),
    ],
)
def test_a_request_and_an_error_would_be_noticed(opened, more, seen):
    url, shown = opened(f"<!doctype html><title>x</title><p>x</p>{more}")
    assert {"requests": shown.requests != [url], "errors": shown.errors != []}[seen]


def test_a_script_that_got_in_would_not_run(opened):
    text = page.rendered(CLEAN, "ja").replace("</main>", "<script>document.title='ran'</script>")
    _, shown = opened(text)
    assert shown.evaluate("document.title") != "ran"


def test_the_map_shows_every_store_inside_its_frame(opened):
    _, shown = opened(page.rendered(TROUBLED, "ja"))
    names = shown.evaluate(
        "[...document.querySelectorAll('.map text')].filter(t => t.getBBox().width)"
        ".map(t => [t.textContent, t.getBBox().x, t.getBBox().x + t.getBBox().width])"
    )
    text = " ".join(name for name, _, _ in names)
    for resource in TROUBLED.resources:
        assert (resource.store or resource.name) in text
    assert all(left >= 0 and right <= 900 for _, left, right in names)
    arrows = shown.evaluate(
        "['', '.abroad', '.unknown'].map(c => document.querySelectorAll('.map path.arrow' + c)"
        ".length)"
    )
    assert arrows == [3 + 3, 1 + 1, 1 + 1]  # those of the report, and one of each in the legend


def test_it_prints_on_a_few_sheets_without_the_switch(opened):
    _, shown = opened(page.rendered(TROUBLED, "ja"))
    shown.media("print")
    assert (
        shown.evaluate("getComputedStyle(document.querySelector('.languages')).display") == "none"
    )
    pdf = base64.b64decode(shown.printed())
    assert pdf.startswith(b"%PDF-")
    assert 2 <= len(re.findall(rb"/Type\s*/Page\b", pdf)) <= 9
    assert re.search(rb"/MediaBox\s*\[0 0 59[45][.\d]* 84[12][.\d]*\]", pdf)  # A4


def test_nothing_runs_out_of_the_sheet(opened, language):
    _, shown = opened(page.rendered(TROUBLED, language))
    assert shown.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
