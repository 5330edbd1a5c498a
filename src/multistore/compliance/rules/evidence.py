"""CAP-*, GOV-*: what the answers are worth, and who answers for exceptions."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from multistore.compliance.judgements import failed, not_asked, passed, together, unknown
from multistore.compliance.model import FELL_THROUGH, Rule, Severity, Text
from multistore.compliance.waivers import expired, waivers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from multistore.compliance.model import Judgement
    from multistore.compliance.view import View

_S3 = ("s3-bucket", "s3-compatible-bucket")
_NONE = Text(
    '"Nothing is configured" is believed of a service that does not know the question.',
    "問い合わせに対応していないサービスの応答を「設定なし」と取り違えます。",
)


def canary(view: View) -> Iterable[Judgement]:
    """CAP-001: a subresource that nobody has heard of is refused, and not answered by a listing.

    Not asked of AWS, which documents every subresource that is read here.
    """
    if view.resource.kind == "s3-bucket":
        yield not_asked(
            "AWS documents every question that was asked; each answer's own form is checked "
            "(CAP-002).",
            "AWS では問い合わせの仕様がすべて公開されています（応答の形式は CAP-002 "
            "で確認します）。",
        )
        return
    answer = view.look("canary")
    if answer is not None and answer.http_status in (400, 404, 405, 501):
        yield passed(
            f"An unknown question is refused ({answer.http_status}).",
            f"未知の問い合わせは拒否されます（{answer.http_status}）。",
        )
    elif answer is not None and (answer.why == FELL_THROUGH or answer.status == "read"):
        yield unknown(
            "The service answers an unknown question as if it knew it: where it says that "
            "nothing is configured, that may mean nothing.",
            "未知の問い合わせにも応答するサービスです。「設定なし」という応答は信頼できない"
            "場合があります。",
        )
    else:
        why = answer.why if answer is not None else "-"
        yield unknown(
            f"How the service answers an unknown question could not be seen ({why}).",
            f"未知の問い合わせへの応答を確認できませんでした（{why}）。",
        )


def roots(view: View) -> Iterable[Judgement]:
    """CAP-002: no answer about a subresource is a listing of the bucket."""
    answers = view.seen.by_resource.get(view.resource.id, ())
    fallen = sorted(a.call for a in answers if a.why == FELL_THROUGH and a.call != "canary")
    if fallen:
        names = ", ".join(fallen)
        yield unknown(
            f"Answered with a listing of the bucket: {names}; each is unknown.",
            f"バケットの一覧が返された問い合わせがあります（{names}）。"
            f"いずれも不明として扱います。",
        )
    elif answers:
        yield passed(
            f"None of {len(answers)} answers is a listing of the bucket.",
            f"{len(answers)} 件の応答に、バケットの一覧と取り違えたものはありません。",
        )
    else:
        yield unknown("Nothing was asked.", "問い合わせを行っていません。")


def _holds(_view: View, *, text: Text) -> Iterable[Judgement]:
    yield passed(text.en, text.ja, confidence="configuration")


def exceptions(view: View) -> Iterable[Judgement]:
    """GOV-001: every waiver is in force and names a rule that there is."""
    from multistore.compliance.rules import all_rules  # noqa: PLC0415 - it imports this module

    known = {rule.id for rule in all_rules()}
    given = waivers(view.settings)
    faults = [
        *(
            failed(
                f"The waiver of {w.rule} for {w.resource}, owned by {w.owner}, expired on "
                f"{w.expires.isoformat()}.",
                f"{w.resource} の {w.rule} に対する適用除外（担当：{w.owner}）は "
                f"{w.expires.isoformat()} に期限が切れています。",
            )
            for w in given
            if expired(w, view.now)
        ),
        *(
            failed(
                f"The waiver for {w.resource} names {w.rule}, and there is no such rule.",
                f"{w.resource} の適用除外に記載された規則 {w.rule} は存在しません。",
            )
            for w in given
            if w.rule not in known
        ),
    ]
    yield from together(
        faults,
        passed(
            f"{len(given)} waivers are in force, each with an owner, a reason and an end.",
            f"適用除外は {len(given)} 件で、いずれも担当者・理由・期限が記載されています。",
            confidence="configuration",
        )
        if given
        else not_asked("There are no waivers.", "適用除外はありません。"),
    )


def _rule(
    rule: str,
    title: Text,
    *,
    reads: tuple[str, ...],
    judge: Callable[[View], Iterable[Judgement]],
    gate: bool,
    applies_to: tuple[str, ...] = _S3,
) -> Rule:
    return Rule(
        id=rule,
        severity=Severity.CRITICAL if rule == "CAP-003" else Severity.HIGH,
        title=title,
        family="evidence",
        reads=reads,
        permission="s3:ListBucket" if rule == "CAP-001" else "-",
        whitepaper=(),
        controls=("IPE completeness",),
        cost=_NONE,
        remedy=Text(
            "Ask the operator which subresources the service knows.",
            "対応している API を事業者に確認してください。",
        ),
        applies_to=applies_to,
        gate=gate,
        judge=judge,
    )


RULES = (
    _rule(
        "CAP-001",
        Text("An unknown question is refused", "未知の問い合わせが拒否される"),
        reads=("canary",),
        judge=canary,
        gate=True,
    ),
    _rule(
        "CAP-002",
        Text("No answer is a listing in disguise", "応答が一覧の取り違えでない"),
        reads=("every call of the bucket",),
        judge=roots,
        gate=True,
    ),
    _rule(
        "CAP-003",
        Text("No DELETE of a subresource is sent", "サブリソースの DELETE を送らない"),
        reads=("configuration",),
        judge=partial(
            _holds,
            text=Text(
                "The check sends GET and HEAD only; some services take an unknown DELETE for that "
                "of the bucket.",
                "チェックが送るのは GET と HEAD のみです"
                "（未知の DELETE でバケット自体を削除するサービスがあります）。",
            ),
        ),
        gate=True,
    ),
    _rule(
        "CAP-004",
        Text("A fix is believed only after reading it back", "修正は読み直して確認する"),
        reads=("configuration",),
        judge=partial(
            _holds,
            text=Text(
                "The check fixes nothing itself; a fix is seen when the check runs again.",
                "チェック自体は修正を行いません。修正の結果は、再実行して確認します。",
            ),
        ),
        gate=False,
    ),
    Rule(
        id="GOV-001",
        severity=Severity.MEDIUM,
        title=Text("Waivers have an owner, a reason, an end", "適用除外に担当者・理由・期限がある"),
        family="governance",
        reads=("configuration",),
        permission="-",
        whitepaper=(),
        controls=("ISO/IEC 27001 A.5.36",),
        cost=Text(
            "An exception that nobody remembers becomes the rule.",
            "忘れられた例外が常態化します。",
        ),
        remedy=Text(
            "Mend what the waiver covers, or have its owner set a new date.",
            "対象の問題を解消するか、担当者が期限を見直してください。",
        ),
        applies_to=("configuration",),
        judge=exceptions,
    ),
)
