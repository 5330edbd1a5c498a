"""From answers to findings: every rule asked of every resource of its kinds. Pure.

What a rule could not read becomes UNKNOWN here, in one place, whatever the rule is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from multistore.compliance.answers import MalformedError
from multistore.compliance.model import (
    FELL_THROUGH,
    NOTHING,
    Finding,
    Judgement,
    Status,
    Text,
)
from multistore.compliance.view import UnreadableError, View
from multistore.errors import FormatError
from multistore.values import EMPTY

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from multistore.compliance.model import Answer, Resource, Rule
    from multistore.compliance.view import Seen

# What reading an answer of another shape raises; anything else is a fault of this program.
_ODD = (MalformedError, FormatError, LookupError, TypeError, ValueError, AttributeError)
_DENIED = frozenset({"AccessDenied", "AccessDeniedException", "AuthorizationFailed", "403"})
# What to do where no permission is missing.
_REMEDIES = {
    "NoAzureMgmt": Text(
        "pip install 'multistore[azure-mgmt]'",
        "pip install 'multistore[azure-mgmt]' を実行してください。",
    ),
    "NotInAnySubscription": Text(
        "Give the identity the role Reader on the account's subscription.",
        "アカウントのあるサブスクリプションで、閲覧者（Reader）ロールを割り当ててください。",
    ),
    "ClientAuthenticationError": Text(
        "Sign in to Entra ID: az login, or a managed identity.",
        "Entra ID にサインインしてください（az login、またはマネージド ID）。",
    ),
    "NoAccountNumber": Text(
        "Allow sts:GetCallerIdentity.", "sts:GetCallerIdentity を許可してください。"
    ),
}


def judged(seen: Seen, rules: Sequence[Rule]) -> Iterator[Finding]:
    """Give the findings of every rule about every resource that it applies to."""
    for resource in seen.resources.values():
        if resource.role == "target":
            continue
        for rule in rules:
            if resource.kind in rule.applies_to and resource.role in rule.roles:
                yield from _findings(seen, rule, resource)


def _findings(seen: Seen, rule: Rule, resource: Resource) -> Iterator[Finding]:
    view = View(seen, resource)
    said: list[tuple[Judgement, Answer | None]] = []
    try:
        said.extend((judgement, _evidence(view, judgement)) for judgement in rule.judge(view))
    except UnreadableError as error:
        said.append((_unreadable(error, rule, seen), error.answer))
    except _ODD as error:
        said.append((_odd(error), view.asked[-1] if view.asked else None))
    if not said:
        said.append((Judgement(Status.UNKNOWN, _SILENT), None))
    for judgement, answer in said:
        remedy = judgement.remedy
        if not remedy and judgement.status in (Status.FAIL, Status.UNKNOWN):
            remedy = rule.remedy if judgement.status is Status.FAIL else NOTHING
        yield Finding(
            rule=rule,
            resource=resource,
            status=judgement.status,
            text=judgement.text,
            call=judgement.call or (answer.call if answer else ""),
            raw=answer.value if answer else EMPTY,
            raw_sha256=answer.sha256 if answer else None,
            request_id=answer.request_id if answer else None,
            provider_date=answer.provider_date if answer else None,
            identity=seen.identity(resource),
            remedy=remedy,
            confidence=judgement.confidence if judgement.status is Status.PASS else "",
            at=answer.at if answer else None,
        )


_SILENT = Text(
    "The rule said nothing, so nothing is known.", "判定結果がないため、状態は不明です。"
)


def _evidence(view: View, judgement: Judgement) -> Answer | None:
    """Return the answer that a judgement rests on: the one it names, or the last one read."""
    named = [answer for answer in view.asked if answer.call == judgement.call]
    found = named or ([] if judgement.call else view.asked)
    return found[-1] if found else None


def _unreadable(error: UnreadableError, rule: Rule, seen: Seen) -> Judgement:
    answer, call = error.answer, error.call
    if answer is None and seen.offline:
        return Judgement(
            Status.UNKNOWN,
            Text(
                f"{call} was not asked: this check was offline.",
                f"オフラインで実行したため、{call} を確認していません。",
            ),
            remedy=Text(
                "Run the check again without --offline.",
                "--offline を付けずに、もう一度確認してください。",
            ),
        )
    failure = seen.failures.get(error.resource)
    if answer is None and failure:
        return Judgement(
            Status.UNKNOWN,
            Text(
                f"{call} could not be asked: {failure}",
                f"{call} を確認できませんでした（{failure}）。",
            ),
        )
    if answer is None:
        return Judgement(
            Status.UNKNOWN,
            Text(f"{call} was not asked.", f"{call} を確認していません。"),
        )
    if answer.why == FELL_THROUGH:
        return Judgement(
            Status.UNKNOWN,
            Text(
                f"{call} was answered with a listing of the bucket: the service does not know the "
                "question, and this says nothing.",
                f"{call} に対してバケットの一覧が返されました。"
                "サービスがこの問い合わせに対応していないため、状態は不明です。",
            ),
            call=call,
        )
    remedy = _REMEDIES.get(answer.why, NOTHING)
    if answer.why in _DENIED:
        remedy = Text(f"Allow {rule.permission}.", f"{rule.permission} を許可してください。")
    return Judgement(
        Status.UNKNOWN,
        Text(
            f"{call} could not be read: {answer.why}.",
            f"{call} を読み取れませんでした（{answer.why}）。",
        ),
        call=call,
        remedy=remedy,
    )


def _odd(error: Exception) -> Judgement:
    """Say that an answer has another shape than documented; its own words are not repeated."""
    name = type(error).__name__
    return Judgement(
        Status.UNKNOWN,
        Text(
            f"The answer has another shape than its API documents ({name}).",
            f"応答が API の仕様と異なる形式のため、判定できません（{name}）。",
        ),
    )
