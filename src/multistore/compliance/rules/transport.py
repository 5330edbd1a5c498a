"""NET-*: what holds by the way every client of this library is made, and names on the way."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from multistore.compliance.judgements import failed, not_asked, passed, unknown
from multistore.compliance.model import Rule, Severity, Text
from multistore.residency.evidence import Kind
from multistore.residency.rules import SEVERITIES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from multistore.compliance.model import Judgement
    from multistore.compliance.view import View

_S3 = ("s3-bucket", "s3-compatible-bucket")
_AZURE = ("azure-container",)
_LEAK = Text(
    "Bytes go to another region or country than the one that was checked.",
    "確認した場所とは別のリージョンや国へ、データが送られます。",
)
_NOTHING_TO_DO = Text(
    "Nothing: it holds in this version of multistore.",
    "対応は不要です（この版の multistore で保証されています）。",
)
# Under which names the two services themselves answer.
_OWN = {
    "s3-bucket": (".amazonaws.com",),
    "azure-container": (".core.windows.net", ".storage.azure.net"),
}


def _holds(_view: View, *, text: Text) -> Iterable[Judgement]:
    yield passed(text.en, text.ja, confidence="configuration")


def alias(view: View) -> Iterable[Judgement]:
    """NET-007: the host's canonical name is the service's own, and no edge's."""
    item = view.evidence.of(Kind.ADDRESSES) if view.evidence is not None else None
    if item is None or view.evidence is None:
        yield unknown("The name was not resolved.", "名前解決の結果がありません。")
        return
    name, host = str(item.value.get("canonical") or "").rstrip("."), item.text("host")
    if view.evidence.subject.loopback or item.value.get("proxied"):
        yield not_asked(
            "The name is not resolved here.", "このストアでは名前解決の対象になりません。"
        )
    elif item.error is not None:
        yield unknown(f"{host} does not resolve.", f"{host} の名前解決に失敗しました。")
    elif not name or name == host or name.endswith(_OWN[view.resource.kind]):
        yield passed(
            f"{host} leads to {name or 'no other name'}.",
            f"{host} の別名は {name or 'ありません'}。",
            confidence="network",
        )
    else:
        yield failed(
            f"{host} is an alias of {name}, which is not the service's own name.",
            f"{host} は {name} の別名で、サービス自身の名前ではありません。",
        )


def _rule(
    rule: str,
    severity: Severity,
    title: Text,
    text: Text,
    *,
    applies_to: tuple[str, ...] = _S3,
) -> Rule:
    return Rule(
        id=rule,
        severity=severity,
        title=title,
        family="network",
        reads=("configuration",),
        permission="-",
        whitepaper=("WP-1",),
        controls=("ISO/IEC 27001 A.5.14", "ISO/IEC 27001 A.8.20"),
        cost=_LEAK,
        remedy=_NOTHING_TO_DO,
        applies_to=applies_to,
        roles=("store",),
        gate=True,
        judge=partial(_holds, text=text),
    )


RULES = (
    _rule(
        "NET-002",
        Severity.CRITICAL,
        Text("No redirect is followed", "リダイレクトに従わない"),
        Text(
            "Every request is held against the pinned hosts before it leaves, redirects included.",
            "リダイレクトを含むすべての要求を、送信前に固定したホストと照合しています。",
        ),
        applies_to=(*_S3, *_AZURE),
    ),
    Rule(
        id="NET-007",
        severity=Severity.MEDIUM,
        title=Text("The host's alias is the service's own", "別名がサービス自身のものである"),
        family="network",
        reads=("getaddrinfo",),
        permission="-",
        whitepaper=("WP-1",),
        controls=("ISO/IEC 27001 A.8.20",),
        cost=_LEAK,
        remedy=Text(
            "Look at the name server: somebody put an edge or a proxy before the service.",
            "名前解決を確認してください。サービスの手前に CDN やプロキシが置かれています。",
        ),
        applies_to=("s3-bucket", "azure-container"),
        roles=("store",),
        judge=alias,
    ),
    _rule(
        "NET-010",
        Severity.CRITICAL,
        Text("No presigned URL names the global host", "署名付き URL が世界共通ホストを指さない"),
        Text(
            "multistore hands out no presigned URL, and its clients name the regional host only.",
            "multistore は署名付き URL を発行せず、接続先はリージョンのホストに限られます。",
        ),
    ),
    _rule(
        "NET-013",
        Severity.HIGH,
        Text("No transfer path skips the gate", "検査を迂回する転送経路がない"),
        Text(
            "No transfer manager of the SDK is used, so its CRT path never is.",
            "SDK の転送機能を使わないため、検査を迂回する CRT 経路は使われません。",
        ),
    ),
    _rule(
        "NET-015",
        Severity(SEVERITIES["NET-015"]),
        Text("The Azure secondary is never read", "Azure のセカンダリを読まない"),
        Text(
            "The secondary's host is not among the pinned ones: no request can reach it.",
            "セカンダリのホストは固定した接続先に含まれず、要求が届くことはありません。",
        ),
        applies_to=_AZURE,
    ),
    _rule(
        "NET-016",
        Severity.CRITICAL,
        Text("A copy's source passes the gate, too", "複製元も検査の対象である"),
        Text(
            "A copy on the service's side stays within one store; no URL is ever a source.",
            "サービス側での複製は同じストア内に限られ、URL を複製元にすることはありません。",
        ),
        applies_to=(*_S3, *_AZURE),
    ),
)
