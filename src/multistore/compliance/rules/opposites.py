"""GOV-002: what other scanners demand of this configuration, and why the opposite is deliberate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multistore.compliance.judgements import failed, not_asked, passed
from multistore.compliance.model import Rule, Severity, Text
from multistore.compliance.opposites import OPPOSITES, concerned
from multistore.compliance.waivers import expired, waivers

if TYPE_CHECKING:
    from collections.abc import Iterable

    from multistore.compliance.model import Judgement, Waiver
    from multistore.compliance.opposites import Opposite
    from multistore.compliance.view import View

_MUTE = Text(
    "Mute the rule there, with this answer as the reason; “How the check knows” lists them all.",
    "そのツールで該当する規則を無効にし、この回答を理由として記録してください。一覧は文書"
    "「How the check knows」にあります。",
)


def answered(view: View) -> Iterable[Judgement]:
    """GOV-002: each opposite demand has an answer, and the configuration does not deny it.

    A waiver of one of the rules that hold an answer to its word is the answer there, while it is
    in force: its owner gives it. One that has expired leaves the demand unanswered.
    """
    found = [(each, concerned(each, view.settings)) for each in OPPOSITES]
    applying = [(each, whom) for each, whom in found if whom]
    for opposite, whom in applying:
        yield _answer(opposite, whom, view)
    elsewhere = len(found) - len(applying)
    if elsewhere:
        yield not_asked(
            f"{elsewhere} more demands are known that nobody makes of this configuration.",
            f"このほかに知られている {elsewhere} 件の要求は、この設定には該当しません。",
        )


def _answer(opposite: Opposite, whom: tuple[str, ...], view: View) -> Judgement:
    names, ours = ", ".join(whom), ", ".join(opposite.ours)
    en = f"Demanded by {opposite.names}: {opposite.demands.en} ({names})."
    ja = f"{opposite.names} の要求：{opposite.demands.ja}（対象: {names}）。"
    given = [w for w in waivers(view.settings) if w.rule in opposite.ours]
    over = [w for w in given if not _renewed(w, given) and expired(w, view.now)]
    endless = [n for n in whom if opposite.where == "logs" and not _ends(view, n)]
    if over:
        waiver = over[0]
        return failed(
            f"{en} The answer is {waiver.rule}, but its waiver for {waiver.resource}, owned by "
            f"{waiver.owner}, expired on {waiver.expires.isoformat()}: nobody answers.",
            f"{ja}回答の根拠は {waiver.rule} ですが、{waiver.resource} に対する適用除外"
            f"（担当: {waiver.owner}）が {waiver.expires.isoformat()} に期限切れとなり、"
            "回答する担当者がいません。",
        )
    if endless:
        return failed(
            f"{en} {opposite.answer.en} But {', '.join(endless)} has no end here ({ours}).",
            f"{ja}{opposite.answer.ja}しかし、{'、'.join(endless)} には保存期間の設定がありません"
            f"（{ours}）。",
            remedy=Text(
                f'[collections.{endless[0]}] retention = "36 months"',
                f'[collections.{endless[0]}] に retention = "36 months" を書いてください。',
            ),
        )
    return passed(
        f"{en} {opposite.answer.en} Whether it is so is judged by {ours}."
        f"{_waived(given, view, 'en')}",
        f"{ja}{opposite.answer.ja}実際にそうなっているかは {ours} で判定します。"
        f"{_waived(given, view, 'ja')}",
        confidence="configuration",
    )


def _ends(view: View, collection: str) -> bool:
    return view.settings.collections[collection].retention is not None


def _renewed(waiver: Waiver, given: Iterable[Waiver]) -> bool:
    """Whether a later waiver is about the same."""
    same = (waiver.rule, waiver.resource)
    return any((w.rule, w.resource) == same and w.expires > waiver.expires for w in given)


def _waived(given: Iterable[Waiver], view: View, language: str) -> str:
    """Say where somebody answers otherwise."""
    words = [
        f" For {w.resource} {w.owner} answers instead, until {w.expires.isoformat()}: {w.reason}"
        if language == "en"
        else f" {w.resource} については {w.owner} が {w.expires.isoformat()} まで別途承認して"
        f"います（{w.rule}、理由: {w.reason}）。"
        for w in given
        if not expired(w, view.now)
    ]
    return "".join(words)


RULES = (
    Rule(
        id="GOV-002",
        severity=Severity.MEDIUM,
        title=Text(
            "Other scanners' opposite demands are answered", "他のツールの逆の要求に回答している"
        ),
        family="governance",
        reads=("configuration",),
        permission="-",
        whitepaper=("WP-1", "WP-4", "WP-5", "WP-6"),
        controls=("ISO/IEC 27001 A.5.36",),
        cost=Text(
            "Somebody follows another tool and copies data abroad, or locks it beyond its erasure.",
            "他のツールに従い、データを国外へ複製したり、消去できない状態にしたりするおそれが"
            "あります。",
        ),
        remedy=_MUTE,
        applies_to=("configuration",),
        judge=answered,
    ),
)
