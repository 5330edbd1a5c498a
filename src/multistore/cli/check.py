"""``check``: is everything in Japan, sealed, not exposed, erasable? Never yes without knowing.

Its exit codes are its own: 0 all pass, 1 a failure, 2 usage, 3 could not verify, 4 it stopped.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, cast

import typer

from multistore.cli import destination, messages, output
from multistore.cli.exits import CheckStoppedError
from multistore.cli.options import DEFAULT_CONFIG, Config
from multistore.cli.progress import counting
from multistore.errors import InvalidArgumentError, MultistoreError

if TYPE_CHECKING:
    from multistore.compliance.model import Language, Report, Rule
    from multistore.config import Settings

Level = Literal["critical", "high", "medium", "low", "info"]
Form = Literal["text", "json", "sarif", "junit", "html", "ocsf"]


def check(
    stores: Annotated[
        list[str] | None,
        typer.Argument(metavar="STORE", help="Stores of the configuration; else all."),
    ] = None,
    *,
    account: Annotated[
        bool, typer.Option("--account", help="Look at every bucket of the account as well.")
    ] = False,
    form: Annotated[
        Form,
        typer.Option("--format", metavar="FORM", help="text, json, sarif, junit, html or ocsf."),
    ] = "text",
    target: Annotated[
        Path | None,
        typer.Option("--output", metavar="FILE", help="Write the report to a file."),
    ] = None,
    fail_on: Annotated[
        Level,
        typer.Option(
            "--fail-on",
            metavar="LEVEL",
            help="Only failures of this severity or worse end with 1: critical to info.",
        ),
    ] = "info",
    rules: Annotated[
        bool, typer.Option("--rules", help="List every rule, and look at nothing.")
    ] = False,
    explain: Annotated[
        str | None,
        typer.Option("--explain", metavar="RULE", help="Tell all about one rule."),
    ] = None,
    offline: Annotated[
        bool, typer.Option("--offline", help="Judge the configuration alone, without any request.")
    ] = False,
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Check with evidence that data is in Japan, sealed, not exposed and erasable."""
    if target is not None:
        destination.require_file_name(target)
    if rules or explain is not None:
        if form not in {"text", "json"}:
            raise InvalidArgumentError(
                f"--format {form} is for reports", hint="Rules are shown as text or json."
            )
        _told(_about_rules(explain, form), target)
        return
    report = _checked(config, tuple(stores or ()), account=account, offline=offline)
    _shown(report, form, target, fail_on)


def _checked(path: Path, stores: tuple[str, ...], *, account: bool, offline: bool) -> Report:
    from multistore.compliance import checker  # noqa: PLC0415 - help and --rules need no SDK
    from multistore.config import load  # noqa: PLC0415 - as above

    settings: Settings = load(path)
    try:
        with counting(messages.say("checking")) as progress:
            return checker.check(
                settings, stores=stores, account=account, offline=offline, progress=progress
            )
    except InvalidArgumentError:
        raise
    except Exception as error:
        raise CheckStoppedError from error


def _shown(report: Report, form: Form, target: Path | None, fail_on: Level) -> None:
    from multistore.compliance.model import Severity, worst  # noqa: PLC0415 - as above
    from multistore.compliance.report import forms, ordering, words  # noqa: PLC0415 - as above

    severity, language = Severity(fail_on), _language()
    colour = target is None and sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    _told(
        forms.rendered(report, form, language, colour=colour, fail_on=severity, base=Path.cwd()),
        target,
    )
    if target is not None:
        counts = ordering.counted(report)
        said = [f"{n} {words.STATUSES[status].say(language)}" for status, n in counts.items() if n]
        output.note(", ".join(said))
    code = worst(report, severity)
    if code:
        raise typer.Exit(code)


def _about_rules(explain: str | None, form: Form) -> str:
    from multistore.compliance.report.master import rule_fields  # noqa: PLC0415 - as above
    from multistore.compliance.report.rule_list import explained, listed  # noqa: PLC0415 - as above
    from multistore.compliance.rules import all_rules  # noqa: PLC0415 - as above

    known = all_rules()
    if explain is None:
        if form == "json":
            return json.dumps([rule_fields(rule) for rule in known], ensure_ascii=False) + "\n"
        return listed(known, _language())
    rule = _named(explain, known)
    if form == "json":
        return json.dumps(rule_fields(rule), ensure_ascii=False) + "\n"
    return explained(rule, _language())


def _named(name: str, rules: tuple[Rule, ...]) -> Rule:
    found = next((rule for rule in rules if rule.id == name.upper()), None)
    if found is None:
        raise InvalidArgumentError(
            f"there is no rule {name!r}", hint="multistore check --rules lists them."
        )
    return found


def _told(text: str, target: Path | None) -> None:
    try:
        if target is None:
            _on_standard_output(text)
        else:
            destination.replace_file(target, text)
    except MultistoreError as error:
        raise CheckStoppedError from error
    if target is not None:
        output.note(messages.say("written to {path}", path=str(target)))


def _on_standard_output(text: str) -> None:
    try:
        output.text(text)
        output.flush()
    except OSError as error:
        raise MultistoreError(
            f"standard output could not be written: {error.strerror}",
            hint="Make room for it, or name a file with --output.",
        ) from error


def _language() -> Language:
    return cast("Language", messages.language())
