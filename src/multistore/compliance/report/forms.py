"""The forms that a report can be written in, by name: the one place that knows them all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from multistore.compliance.model import Severity
from multistore.compliance.report import junit, master, ocsf, page, sarif, text
from multistore.harmless import harmless_lines, visible_json

if TYPE_CHECKING:
    from pathlib import PurePath

    from multistore.compliance.model import Language, Report

Form = Literal["text", "json", "sarif", "junit", "html", "ocsf"]


def rendered(
    report: Report,
    form: Form,
    language: Language,
    *,
    colour: bool = False,
    fail_on: Severity = Severity.INFO,
    base: PurePath | None = None,
) -> str:
    """Write a report in one form. Pure: no file, no network.

    Args:
        report: the report.
        form: which form.
        language: of what people read; the JSON and the page hold both.
        colour: whether text is painted for a terminal.
        fail_on: failures below this do not decide the headline of text and page.
        base: the directory that SARIF's locations are relative to.
    """
    said = _written(report, form, language, colour=colour, fail_on=fail_on, base=base)
    # A name from outside may hold half of a surrogate pair, which no file can.
    return said.encode("utf-8", "replace").decode("utf-8")


def _written(
    report: Report,
    form: Form,
    language: Language,
    *,
    colour: bool,
    fail_on: Severity,
    base: PurePath | None,
) -> str:
    if form == "text":
        return text.rendered(report, language, colour=colour, fail_on=fail_on)
    if form == "json":
        return visible_json(master.rendered(report))
    if form == "sarif":
        return visible_json(sarif.rendered(report, language, base))
    if form == "junit":
        return junit.rendered(report, language)
    if form == "ocsf":
        return visible_json(ocsf.rendered(report, language))
    return harmless_lines(page.rendered(report, language, fail_on=fail_on))
