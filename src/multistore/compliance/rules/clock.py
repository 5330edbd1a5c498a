"""LOG-004, LOG-005: the clocks that the logs are dated by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multistore.compliance.clocks import offset
from multistore.compliance.collect.clock import CALL
from multistore.compliance.judgements import failed, not_asked, passed, unknown
from multistore.compliance.model import Rule, Severity, Text
from multistore.residency.rules_subject import CLOCK_WARN_SECONDS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from multistore.compliance.model import Judgement
    from multistore.compliance.view import View

FAIL_SECONDS = 5.0
_STORES = ("s3-bucket", "s3-compatible-bucket", "azure-container", "third-party")


def agree(view: View) -> Iterable[Judgement]:
    """LOG-004: our clock and each service's agree, and the kernel keeps its own."""
    if view.resource.kind == "configuration":
        return [_kernel(view)]
    if view.resource.role != "store":
        return [
            not_asked(
                "The service's clock is judged by the stores of the configuration.",
                "サービスの時計は、設定されたストアで判定します。",
            )
        ]
    own = view.seen.by_resource.get(view.resource.id, ())
    view.asked += [answer for answer in own if answer.provider_date][-1:]
    found = offset(own, view.resource.store or "")
    if found.seconds is None:
        return [
            unknown(
                "No answer of the service carried a date.",
                "サービスの応答に日時がありませんでした。",
            )
        ]
    off = max(0.0, abs(found.seconds) - found.within)
    seconds = f"{found.seconds:+.1f}"
    if off > FAIL_SECONDS:
        return [
            failed(
                f"This machine's clock and the service's differ by {seconds} s.",
                f"このマシンの時計とサービスの時計に {seconds} 秒のずれがあります。",
            )
        ]
    if off > CLOCK_WARN_SECONDS:
        return [
            passed(
                f"The clocks differ by {seconds} s, which is more than NTP leaves: look into it.",
                f"時計に {seconds} 秒のずれがあります。NTP の設定を確認してください。",
                confidence="network",
            )
        ]
    return [
        passed(
            f"The clocks agree within {found.within + abs(found.seconds):.1f} s.",
            f"時計のずれは {found.within + abs(found.seconds):.1f} 秒以内です。",
            confidence="network",
        )
    ]


def _kernel(view: View) -> Judgement:
    """Judge the kernel's clock; services that agree outweigh a flag that a container lacks."""
    said = view.read(CALL)
    if said.get("synchronised") is True:
        return passed(
            "The kernel says that its clock is synchronised.",
            "カーネルの時計は同期されています。",
            confidence="machine",
        )
    for store in view.every(*_STORES):
        own = view.seen.by_resource.get(store.resource.id, ())
        seen = offset(own, store.resource.store or "")
        if seen.seconds is not None and abs(seen.seconds) - seen.within <= CLOCK_WARN_SECONDS:
            return passed(
                "The kernel does not say that its clock is synchronised; "
                f"{store.resource.name}'s agrees with it within a second or so.",
                "カーネルは時計の同期を報告していませんが、"
                f"{store.resource.name} の時計との差は 1 秒程度です。",
                confidence="network",
            )
    return unknown(
        "The kernel does not say that its clock is synchronised, and no service's clock was "
        "there to compare.",
        "カーネルは時計の同期を報告しておらず、比べられるサービスの時計もありません。",
        remedy=Text("timedatectl set-ntp true", "timedatectl set-ntp true を実行します。"),
    )


RULES = (
    Rule(
        id="LOG-004",
        severity=Severity.HIGH,
        title=Text("The clocks agree", "時計が合っていること"),
        family="clock",
        reads=("Date headers", CALL),
        permission="-",
        whitepaper=("WP-7",),
        controls=("ISO/IEC 27001 A.8.17",),
        cost=Text(
            "Logs of two places cannot be put in order, and erasures carry a wrong date.",
            "複数のログを時系列に並べられず、消去の日時も正しくなくなります。",
        ),
        remedy=Text(
            "timedatectl set-ntp true, and look at chronyc tracking.",
            "timedatectl set-ntp true を実行し、chronyc tracking を確認します。",
        ),
        applies_to=(*_STORES, "configuration"),
        gate=True,
        judge=agree,
    ),
    Rule(
        id="LOG-005",
        severity=Severity.LOW,
        title=Text("Our own log is dated in UTC", "自らのログが UTC で記録されること"),
        family="clock",
        reads=("ledger",),
        permission="-",
        whitepaper=("WP-7",),
        controls=("ISO/IEC 27001 A.8.17",),
        cost=Text("The same moment is written in two ways.", "同じ時刻が二通りに記録されます。"),
        remedy=Text(
            "multistore events verify shows the dates of the ledger.",
            "台帳の日時は multistore events verify で確認できます。",
        ),
        applies_to=("configuration",),
    ),
)
