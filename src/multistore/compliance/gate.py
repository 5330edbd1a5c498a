"""The rules of the gate, asked again for a report: the very same functions, on the same evidence.

What opens a vault and what a report says can therefore never differ. Pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from multistore.compliance.judgements import attested, failed, not_asked, passed, unknown
from multistore.compliance.model import Answer, Text
from multistore.residency.reasons import Effect, Strength
from multistore.residency.rules import RULES
from multistore.residency.verdict import judge

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from multistore.compliance.model import Judgement
    from multistore.compliance.view import View
    from multistore.residency.evidence import Evidence, Item, Kind
    from multistore.residency.reasons import Language, Reason

_CONFIDENCE = {
    Strength.SERVICE: "control-plane",
    Strength.NETWORK: "network",
    Strength.MACHINE: "machine",
}
_NOTHING_AGAINST = Text("Nothing speaks against it.", "問題は見つかりませんでした。")


def by_gate(view: View, rule: str, *, kinds: Iterable[Kind] = ()) -> Iterator[Judgement]:
    """Say what the gate's rules of one id say about a store.

    An admission by the table or a claim is attested: nobody verified it.

    Args:
        view: of a store.
        rule: the id.
        kinds: the evidence without which the question does not arise for this store; empty:
            it always arises.
    """
    refused = view.seen.refusals.get(view.resource.store or "")
    if refused is not None:
        yield from _refused(refused, rule)
        return
    evidence = view.evidence
    if evidence is None:
        yield not_asked(
            "This is no store of the configuration.", "設定されたストアではありません。"
        )
        return
    item = _record(view, evidence, kinds)
    call = item.call if item is not None else ""
    reasons = [reason for reason in _reasons(evidence, view) if reason.rule == rule]
    weighty = [r for r in reasons if r.effect in (Effect.REFUSED, Effect.UNKNOWN)]
    if weighty:
        yield from (_judgement(reason, call) for reason in weighty)
        return
    missing = [reason for reason in reasons if reason.effect is Effect.MISSING]
    if missing:
        yield from _missing(missing, call, admitted=judge(evidence, now=view.now).admitted)
        return
    if kinds and item is None:
        if view.seen.offline and view.resource.kind not in ("local", "memory"):
            yield unknown(
                "It was not looked at: this check was offline.",
                "オフラインで実行したため、確認していません。",
            )
            return
        yield not_asked(
            "The question does not arise for this store.", "このストアには該当しません。"
        )
        return
    if item is not None and item.error is not None:
        yield unknown(
            f"{item.call} could not be had: {item.error}.",
            f"{item.call} の結果を得られませんでした（{item.error}）。",
            call=item.call,
        )
        return
    yield _kept(reasons, call)


def attested_place(view: View) -> bool:
    """Whether the store is admitted by an operator's word, or the table's, and nothing else."""
    evidence = view.evidence
    if evidence is None:
        return False
    return judge(evidence, now=view.now).strength in (Strength.CLAIM, Strength.TABLE)


def _refused(reasons: tuple[Reason, ...], rule: str) -> Iterator[Judgement]:
    mine = [reason for reason in reasons if reason.rule == rule]
    yield from (_judgement(reason, "") for reason in mine)
    if not mine:
        ids = ", ".join(dict.fromkeys(reason.rule for reason in reasons))
        yield unknown(
            f"The store is refused by its address alone ({ids}), and was not asked.",
            f"アドレスの時点で拒否されたストア（{ids}）のため、問い合わせていません。",
        )


def _missing(missing: list[Reason], call: str, *, admitted: bool) -> Iterator[Judgement]:
    """Say what would have shown the place: unknown, unless something else shows it."""
    for reason in missing:
        if admitted:
            yield not_asked(
                f"{_words(reason, 'en')} Something else shows where the bytes lie.",
                f"{_words(reason, 'ja')}所在地は別の証拠で確認しています。",
                call=call,
            )
        else:
            yield _judgement(reason, call)


def _reasons(evidence: Evidence, view: View) -> Iterator[Reason]:
    for rule in RULES:
        if rule.gate:
            yield from rule.judge(evidence, view.now)


def _record(view: View, evidence: Evidence, kinds: Iterable[Kind]) -> Item | None:
    """Hand the evidence on as an answer, for the finding's record."""
    found = next((item for kind in kinds if (item := evidence.of(kind)) is not None), None)
    if found is not None:
        view.asked.append(
            Answer(
                call=found.call,
                resource=view.resource.id,
                at=found.taken,
                status="read",
                value=dict(found.value),
                request_id=found.request_id,
                sha256=found.sha256,
            )
        )
    return found


def _judgement(reason: Reason, call: str) -> Judgement:
    remedy = Text(reason.advise("en"), reason.advise("ja"))
    say = failed if reason.effect is Effect.REFUSED else unknown
    return say(_words(reason, "en"), _words(reason, "ja"), call=call, remedy=remedy)


def _kept(reasons: list[Reason], call: str) -> Judgement:
    admissions = [r for r in reasons if r.effect is Effect.ADMITTED]
    en = " ".join(_words(reason, "en") for reason in reasons) or _NOTHING_AGAINST.en
    ja = "".join(_words(reason, "ja") for reason in reasons) or _NOTHING_AGAINST.ja
    strength = admissions[0].strength if admissions else None
    if strength in (Strength.TABLE, Strength.CLAIM):
        return attested(en, ja, call=call)
    confidence = "configuration" if strength is None else _CONFIDENCE[strength]
    return passed(en, ja, call=call, confidence=confidence)


def _words(reason: Reason, language: Language) -> str:
    """Give a reason's sentence without the id before it."""
    return reason.say(language).partition("] ")[2]
