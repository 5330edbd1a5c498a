"""LOG-004, LOG-005: the clocks that the logs are dated by."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from multistore.compliance.answers import number, text
from multistore.compliance.clocks import offset
from multistore.compliance.collect import log_dates
from multistore.compliance.collect.clock import CALL
from multistore.compliance.judgements import failed, not_asked, passed, unknown
from multistore.compliance.model import Rule, Severity, Text
from multistore.compliance.reading import listed
from multistore.residency.rules_subject import CLOCK_WARN_SECONDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

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


def in_utc(view: View) -> Iterable[Judgement]:
    """LOG-005: the newest entries of our own log say their time in UTC, offset included.

    A time of another zone under the name of UTC is told where it lies ahead: Japan's is by nine
    hours.
    """
    call = log_dates.CALL
    value = view.answer(call)
    if value is None:
        return [not_asked("There is no ledger here.", "台帳がありません。", call=call)]
    chains = {name: listed(view, call, name) for name in ("events", "erasure_log")}
    looked = sum(len(found) for found in chains.values())
    if not looked:
        return [
            not_asked(
                "Nothing has been written to the ledger's log yet.",
                "台帳のログには、まだ記録がありません。",
                call=call,
            )
        ]
    latest = view.now + timedelta(seconds=FAIL_SECONDS)
    faults = [
        _misdated(name, number(entry, "seq"), fault)
        for name, found in chains.items()
        for entry in found
        if (fault := _fault(entry, latest)) is not None
    ]
    return faults or [
        passed(
            f"The newest {looked} entries of the ledger's log are dated in UTC, with the offset.",
            f"台帳のログの最新 {looked} 件は、いずれも UTC で、時差を付けて記録されています。",
            call=call,
            confidence="machine",
        )
    ]


def _fault(entry: Mapping[str, Any], latest: datetime) -> Text | None:
    """Say what is wrong with an entry's date; None where nothing is."""
    written = text(entry, "at")
    try:
        at = datetime.fromisoformat(written)
    except ValueError:
        return Text("has no date that can be read", "に読み取れる日時がありません")
    if at.tzinfo is None:
        return Text(
            f"is dated {written}, without an offset", f"の日時 {written} に時差がありません"
        )
    if at.utcoffset() != timedelta(0):
        return Text(
            f"is dated {written}, which is not UTC", f"の日時 {written} が UTC ではありません"
        )
    if at > latest:
        return Text(
            f"is dated {written}, later than now: another zone's time, or a wrong clock",
            f"の日時 {written} が現在より後です（別の時間帯の時刻か、時計のずれ）",
        )
    return None


def _misdated(chain: str, seq: int | None, fault: Text) -> Judgement:
    return failed(
        f"Entry {seq} of {chain} {fault.en}.",
        f"{chain} の {seq} 番{fault.ja}。",
        call=log_dates.CALL,
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
        reads=(log_dates.CALL,),
        permission="-",
        whitepaper=("WP-7",),
        controls=("ISO/IEC 27001 A.8.15", "ISO/IEC 27001 A.8.17"),
        cost=Text("The same moment is written in two ways.", "同じ時刻が二通りに記録されます。"),
        remedy=Text(
            "multistore events verify: multistore dates every entry in UTC, so somebody else wrote "
            "this one, or the clock was wrong (timedatectl).",
            "multistore events verify を実行してください。multistore はすべての記録を UTC で"
            "記録するため、別のプログラムによる書き込みか、時計のずれ（timedatectl）が疑われます。",
        ),
        applies_to=("configuration",),
        judge=in_utc,
    ),
)
