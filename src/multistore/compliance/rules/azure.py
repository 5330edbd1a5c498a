"""AZR-001 to AZR-003, AZR-011: where a storage account and its second copy are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multistore.compliance.answers import section, text
from multistore.compliance.azure_view import azure_rule, emulated, properties
from multistore.compliance.collect.azure_account import ACCOUNT, GEO
from multistore.compliance.collect.azure_data import INFORMATION
from multistore.compliance.gate import by_gate
from multistore.compliance.judgements import failed, passed, unknown
from multistore.compliance.model import Judgement, Severity, Status, Text
from multistore.residency.evidence import Kind
from multistore.residency.ranges import REGIONS_IN_JAPAN
from multistore.residency.rules_network import azure_inside
from multistore.residency.rules_place import keeps_one_region

if TYPE_CHECKING:
    from collections.abc import Iterable

    from multistore.compliance.view import View

_JAPAN = REGIONS_IN_JAPAN["azure"]
_STORE = ("azure-container",)
_RESIDENCY = ("ISO/IEC 27001 A.5.14", "ISO/IEC 27018 A.12.1", "APPI 23, 28")
_COST = Text(
    "Personal data lies in another country without anybody knowing.",
    "個人データが気付かないうちに国外に置かれます。",
)


def place(view: View) -> Iterable[Judgement]:
    """AZR-001: the account is in Japan East or West, by the ladder of evidence."""
    return by_gate(view, "AZR-001", kinds=(Kind.SERVICE,))


def host(view: View) -> Iterable[Judgement]:
    """AZR-011: the endpoint is the account's own host, and no variant of it."""
    return by_gate(view, "AZR-011")


def second_copy(view: View) -> Iterable[Judgement]:
    """AZR-002: the account keeps no second copy, or keeps it in Japan."""
    said = list(by_gate(view, "AZR-002", kinds=(Kind.SERVICE,)))
    evidence = view.evidence
    decided = any(each.status in (Status.FAIL, Status.UNKNOWN) for each in said)
    if decided or evidence is None or evidence.subject.loopback:
        return said
    item = evidence.of(Kind.SERVICE)
    if item is None or item.error is not None:
        return [_no_word()]
    redundancy, second = item.text("redundancy"), item.value.get("secondary")
    if second in _JAPAN:
        return [
            passed(
                f"The second copy ({redundancy}) is in {second}.",
                f"複製（{redundancy}）は {second} にあります。",
                call=item.call,
            )
        ]
    if keeps_one_region(redundancy):
        return [
            passed(
                f"{redundancy} keeps no copy in a second region.",
                f"{redundancy} のため、別のリージョンに複製されません。",
                call=item.call,
            )
        ]
    other = evidence.of(Kind.SECONDARY)
    if azure_inside(evidence, Kind.SECONDARY, view.now):
        return [
            passed(
                f"The second copy ({redundancy}) answers from addresses in Japan.",
                f"複製（{redundancy}）は国内のアドレスから応答します。",
                confidence="network",
            )
        ]
    if other is not None and other.value.get("absent") is True:
        return [
            passed(
                f"There is no host for a second copy, though the account says {redundancy}.",
                f"冗長性は {redundancy} ですが、複製用のホストは存在しません。",
                confidence="network",
            )
        ]
    return [_no_word()]


def _no_word() -> Judgement:
    return unknown(
        "Nothing shows where the account's second copy is.",
        "アカウントの複製がどこにあるかを示すものがありません。",
    )


def moving(view: View) -> Iterable[Judgement]:
    """AZR-003: the account is not moving, and could only fail over to Japan."""
    if local := emulated(view):
        yield local
        return
    said = properties(view)
    name = view.resource.name
    if said.get("failoverInProgress") is True or said.get("accountMigrationInProgress") is True:
        yield failed(
            f"The account {name} is being moved: what it says of its place is about to change.",
            f"アカウント {name} は移行中です。所在地の情報がまもなく変わります。",
            call=ACCOUNT,
        )
        return
    second = text(said, "secondaryLocation")
    if second and second not in _JAPAN:
        can = section(view.read(GEO), "properties", "geoReplicationStats").get("canFailover")
        if can is not False:
            yield failed(
                f"The account can fail over to {second}, outside Japan.",
                f"アカウントは国外の {second} にフェールオーバーできます。",
                call=GEO,
            )
            return
    yield passed(
        "The account is not being moved, and would fail over within Japan only.",
        "アカウントは移行中ではなく、フェールオーバー先も国内のみです。",
        call=ACCOUNT,
    )


RULES = (
    azure_rule(
        "AZR-001",
        Severity.CRITICAL,
        Text("The account is in Japan East or West", "アカウントが東日本または西日本にあること"),
        (ACCOUNT, INFORMATION, "getaddrinfo"),
        _COST,
        Text(
            "Make an account in Japan: az storage account create --location japaneast; copy, and "
            "erase the old one.",
            "国内にアカウントを作成して移行し（az storage account create --location japaneast）、"
            "元のアカウントのデータを消去します。",
        ),
        _STORE,
        controls=_RESIDENCY,
        gate=True,
        judge=place,
    ),
    azure_rule(
        "AZR-002",
        Severity.CRITICAL,
        Text("The second copy is in Japan, or there is none", "複製が国内にあるか、存在しないこと"),
        (ACCOUNT, INFORMATION, "getaddrinfo"),
        _COST,
        Text(
            "az storage account update --name ACCOUNT --sku Standard_ZRS, or use an account of "
            "Japan East, whose pair is Japan West.",
            "az storage account update --name ACCOUNT --sku Standard_ZRS を実行するか、"
            "東日本（ペアは西日本）のアカウントを使います。",
        ),
        _STORE,
        controls=_RESIDENCY,
        gate=True,
        judge=second_copy,
    ),
    azure_rule(
        "AZR-003",
        Severity.MEDIUM,
        Text("The account is not moving out of Japan", "アカウントが国外に移らないこと"),
        (ACCOUNT, GEO),
        _COST,
        Text(
            "Wait until the move has ended, then run the check again.",
            "移行の完了後に、もう一度確認してください。",
        ),
        controls=_RESIDENCY,
        judge=moving,
    ),
    azure_rule(
        "AZR-011",
        Severity.HIGH,
        Text("The host is the account's own", "ホスト名がアカウント本来のものであること"),
        ("configuration",),
        _COST,
        Text(
            "Leave the endpoint out: it is https://ACCOUNT.blob.core.windows.net.",
            "endpoint を省略してください。https://ACCOUNT.blob.core.windows.net になります。",
        ),
        _STORE,
        permission="-",
        controls=_RESIDENCY,
        gate=True,
        judge=host,
    ),
)
