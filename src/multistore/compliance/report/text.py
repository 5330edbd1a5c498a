"""The report for people at a terminal: worst first, grouped, each with what to do about it."""

from __future__ import annotations

from datetime import timedelta, timezone
from typing import TYPE_CHECKING

from multistore.compliance.model import Severity, Status
from multistore.compliance.report.advice import advice, shared
from multistore.compliance.report.master import digest, moment
from multistore.compliance.report.ordering import Group, counted, grouped
from multistore.compliance.report.outcome import outcome
from multistore.compliance.report.words import SEVERITIES, STATUSES, copy_kind
from multistore.harmless import harmless

if TYPE_CHECKING:
    from collections.abc import Iterator

    from multistore.compliance.model import Finding, Language, Report, Text

_JAPAN = timezone(timedelta(hours=9), "JST")
_COLOURS = {
    Status.FAIL: "1;31",
    Status.UNKNOWN: "1;33",
    Status.WAIVED: "35",
    Status.ATTESTED: "36",
    Status.PASS: "32",
    Status.NA: "2",
}
_DIM, _BOLD = "2", "1"
_SHOWN = 20
"""How many resources of one rule are listed; the rest is counted, and in the JSON."""


class _Voice:
    """Says things in one language, coloured or not."""

    def __init__(self, language: Language, *, colour: bool) -> None:
        self.language: Language = language
        self._colour = colour

    def say(self, en: str, ja: str, **values: object) -> str:
        return (ja if self.language == "ja" else en).format(**values)

    def of(self, text: Text) -> str:
        return harmless(text.say(self.language))

    def painted(self, text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self._colour else text


def rendered(
    report: Report,
    language: Language,
    *,
    colour: bool = False,
    fail_on: Severity = Severity.INFO,
) -> str:
    """Write the report for people.

    Args:
        report: the report.
        language: of the words.
        colour: whether to paint with ANSI codes.
        fail_on: failures below this do not decide the outcome, and that is said.
    """
    voice = _Voice(language, colour=colour)
    lines = [*_head(report, voice), *_copies(report, voice)]
    for group in grouped(report.findings):
        lines += [] if group.status in {Status.PASS, Status.NA} else _group(group, voice)
    lines += _quiet(report, voice)
    lines += _end(report, voice, fail_on)
    return "\n".join(lines) + "\n"


def _head(report: Report, voice: _Voice) -> Iterator[str]:
    finished = report.finished.replace(microsecond=0)
    yield voice.painted(
        voice.say(
            "multistore check {version}, rule set {rules}",
            "multistore check {version}、規則 第 {rules} 版",
            version=report.version,
            rules=report.rule_set_version,
        ),
        _BOLD,
    )
    yield f"{finished.astimezone(_JAPAN):%Y-%m-%d %H:%M:%S JST} ({moment(finished)})"
    population = report.population
    yield voice.say(
        "looked at: {found} found, {evaluated} evaluated, {unknown} unknown, {excluded} excluded",
        "対象: 発見 {found}、評価 {evaluated}、確認できず {unknown}、除外 {excluded}",
        found=population.found,
        evaluated=population.evaluated,
        unknown=population.unknown,
        excluded=len(population.excluded),
    )
    for identity in population.identity:
        yield voice.say("  as {who}", "  確認者: {who}", who=harmless(identity))
    for resource, reason in population.excluded:
        yield voice.say(
            "  excluded: {what}: {why}",
            "  除外: {what}: {why}",
            what=harmless(resource),
            why=voice.of(reason),
        )
    if population.complete is False:
        yield voice.painted(
            voice.say(
                "  the account's own list could not be read: there may be more",
                "  アカウントの一覧を読み取れませんでした。ほかにもある可能性があります",
            ),
            _COLOURS[Status.UNKNOWN],
        )
    if report.offline:
        yield voice.say(
            "offline: nothing was asked of any service",
            "オフライン: どのサービスにも問い合わせていません",
        )
    yield ""


def _copies(report: Report, voice: _Voice) -> Iterator[str]:
    for copy in report.copies:
        if copy.in_japan is True:
            continue
        where = copy.region or "?"
        yield voice.painted(
            voice.say(
                "{kind}: {source} -> {target} ({where})",
                "{kind}: {source} -> {target}（{where}）",
                kind=voice.of(copy_kind(copy.kind)),
                source=harmless(copy.source),
                target=harmless(copy.target),
                where=harmless(where),
            ),
            _COLOURS[Status.FAIL if copy.in_japan is False else Status.UNKNOWN],
        )
    if any(copy.in_japan is not True for copy in report.copies):
        yield ""


def _group(group: Group, voice: _Voice) -> Iterator[str]:
    rule = group.rule
    status = voice.painted(f"{group.status.value:<8}", _COLOURS[group.status])
    severity = voice.of(SEVERITIES[rule.severity])
    yield f"{status} {rule.id}  {voice.of(rule.title)}  [{severity}]"
    together = shared(group)
    for finding in group.findings[:_SHOWN]:
        resource = finding.resource
        yield f"  {harmless(resource.store or resource.name)}: {voice.of(finding.text)}"
        yield from _evidence(finding, voice)
        if not together and (wanted := advice(finding)):
            yield f"    -> {voice.of(wanted)}"
    if len(group.findings) > _SHOWN:
        yield voice.say(
            "  and {n} more; --format json has them all",
            "  ほか {n} 件。--format json にすべて含まれます",
            n=len(group.findings) - _SHOWN,
        )
    if together:
        yield f"  -> {voice.of(together)}"
    yield ""


def _evidence(finding: Finding, voice: _Voice) -> Iterator[str]:
    resource = finding.resource
    parts = [
        finding.call,
        finding.request_id and f"request {finding.request_id}",
        resource.config_file and f"{resource.config_file}:{resource.config_line or 1}",
    ]
    shown = ", ".join(harmless(part) for part in parts if part)
    if shown:
        yield voice.painted(f"    {shown}", _DIM)
    if finding.waiver is not None:
        yield voice.say(
            "    waived by {owner} until {expires}: {reason}",
            "    承認者 {owner}、期限 {expires}: {reason}",
            owner=harmless(finding.waiver.owner),
            expires=finding.waiver.expires.isoformat(),
            reason=harmless(finding.waiver.reason),
        )


def _quiet(report: Report, voice: _Voice) -> Iterator[str]:
    """Name the rules that pass or do not apply, without their evidence."""
    for status in (Status.PASS, Status.NA):
        rules = [group.rule.id for group in grouped(report.findings) if group.status is status]
        if rules:
            yield voice.painted(f"{status.value:<8}", _COLOURS[status]) + " " + " ".join(rules)
    if report.findings:
        yield ""


def _end(report: Report, voice: _Voice, fail_on: Severity) -> Iterator[str]:
    for offset in report.clock:
        if offset.seconds is None:
            yield voice.say(
                "clock: {source}: not known", "時刻: {source}: 不明", source=harmless(offset.source)
            )
        else:
            yield voice.say(
                "clock: {seconds:+.1f} s against {source} (within {within:.1f} s)",
                "時刻: {source} との差 {seconds:+.1f} 秒（誤差 {within:.1f} 秒以内）",
                seconds=offset.seconds,
                source=harmless(offset.source),
                within=offset.within,
            )
    counts = counted(report)
    yield "  ".join(
        voice.painted(f"{count} {voice.of(STATUSES[status])}", _COLOURS[status])
        for status, count in counts.items()
        if count
    )
    came = outcome(report, fail_on)
    said = voice.painted(voice.of(came.headline), _COLOURS[came.status])
    meaning = voice.of(came.meaning)
    yield voice.say("{said}. {meaning}", "{said}。{meaning}", said=said, meaning=meaning)
    if fail_on is not Severity.INFO:
        yield voice.say(
            "failures below {level} do not count here (--fail-on)",
            "{level} 未満の不適合は終了コードに数えません (--fail-on)",
            level=voice.of(SEVERITIES[fail_on]),
        )
    yield voice.painted(f"SHA-256 {digest(report)}", _DIM)
