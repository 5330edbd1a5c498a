"""ATT-*: what an operator claims, who that is, and whether the service is still the same one.

The best that is said here is "attested": nothing in S3's protocol shows where a machine stands.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from multistore.compliance.answers import text
from multistore.compliance.collect.claims import HEADERS, TRACES
from multistore.compliance.gate import by_gate
from multistore.compliance.judgements import attested, failed, not_asked, passed, unknown
from multistore.compliance.model import Rule, Severity, Status, Text
from multistore.residency.evidence import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from multistore.compliance.model import Judgement
    from multistore.compliance.view import View

_COMPATIBLE = ("s3-compatible-bucket",)
_NETWORKED = ("s3-bucket", "s3-compatible-bucket", "azure-container", "third-party")
_WORD = Text(
    " This rests on the operator's word; nothing of it was verified.",
    "事業者の証明に基づくものであり、独自に検証したものではありません。",
)


def claimed(view: View) -> Iterable[Judgement]:
    """ATT-001: the claim stands: dated, with its document, for Japan, at the pinned addresses."""
    for judgement in by_gate(view, "ATT-001", kinds=(Kind.CLAIM,)):
        if judgement.status is Status.ATTESTED:
            said = judgement.text
            yield replace(judgement, text=Text(said.en + _WORD.en, said.ja + _WORD.ja))
        else:
            yield judgement


def disclosed(view: View) -> Iterable[Judgement]:
    """ATT-002: it is known who runs the service, from which country, and nobody stands before it.

    APPI's guidance asks for the country of the operator as well as that of the server.
    """
    if view.evidence is not None and view.evidence.subject.loopback:
        yield not_asked(
            "The endpoint is this machine: nobody else runs it.",
            "接続先はこのマシンであり、ほかの事業者は関与しません。",
        )
        return
    against = [
        judgement
        for judgement in by_gate(view, "ATT-002", kinds=(Kind.CLAIM,))
        if judgement.status in (Status.FAIL, Status.UNKNOWN)
    ]
    yield from against
    traces = list(_traces(view))
    yield from traces
    if not against and not traces:
        yield _operator(view)


def _operator(view: View) -> Judgement:
    operator, server = view.resource.country_operator, view.resource.country_server
    if operator is None:
        return unknown(
            "It is not known in which country the operator is incorporated.",
            "事業者の設立国が分かりません。",
            remedy=Text(
                "Obtain it in writing: [stores.NAME.placement] operator_country = …",
                "書面で確認し、[stores.NAME.placement] に operator_country を書いてください。",
            ),
        )
    claim = view.store.placement if view.store is not None else None
    en = f"Country of the server: {server or '?'}; country of the operator: {operator}."
    ja = f"サーバーの所在国: {server or '不明'}、事業者の設立国: {operator}。"
    if claim is None:
        return passed(en, ja, confidence="configuration")
    return attested(f"{claim.operator}. {en}{_WORD.en}", f"{claim.operator}。{ja}{_WORD.ja}")


def _traces(view: View) -> Iterator[Judgement]:
    if view.resource.kind not in _COMPATIBLE:
        return
    said = view.read(HEADERS)
    for name in TRACES:
        value = text(said, name)
        if value:
            yield failed(
                f"A content delivery network answers in between: {name}: {value}.",
                f"CDN を経由した応答です（{name}: {value}）。",
                call=HEADERS,
            )


def drift(view: View) -> Iterable[Judgement]:
    """ATT-003: the service shows itself as it did when the claim was signed.

    A change proves nothing about a place; it says that somebody moved something.
    """
    claim = view.store.placement if view.store is not None else None
    if claim is None:
        return [
            not_asked(
                "The store has no claim, so nothing was written down to compare with.",
                "申告のないストアのため、比較する記録がありません。",
            )
        ]
    wanted = {name: seen for name, seen in claim.observed.model_dump().items() if seen is not None}
    shown = _shown(view, set(wanted))
    changed = [
        failed(
            f"{name} was {seen} when the claim was signed, and is {shown.get(name, 'absent')} now.",
            f"{name} は申告時に {seen} でしたが、現在は {shown.get(name, 'なし')} です。",
        )
        for name, seen in wanted.items()
        if shown.get(name) != seen
    ]
    if changed:
        return changed
    line = ", ".join(f'{name} = "{value}"' for name, value in sorted(shown.items()))
    if not wanted:
        return [
            unknown(
                "Nothing was written down when the claim was signed, so a change goes unseen.",
                "申告時の記録がないため、変化を検出できません。",
                remedy=Text(
                    f"[stores.NAME.placement] observed = {{ {line} }}",
                    f"次のように記録してください: [stores.NAME.placement] observed = {{ {line} }}",
                ),
            )
        ]
    return [
        attested(
            f"The service shows itself as it did when the claim was signed ({line}).",
            f"申告時の記録から変化はありません（{line}）。",
        )
    ]


def _shown(view: View, needed: set[str]) -> dict[str, str]:
    """Return what the service shows now; what is needed and cannot be read is no absence."""
    found: dict[str, str] = {}
    tls = view.evidence.of(Kind.TLS) if view.evidence is not None else None
    if tls is not None and tls.error is None and tls.value.get("key_sha256"):
        found["certificate_key"] = tls.text("key_sha256")
    location = "GetBucketLocation"
    answer = view.read(location) if "location" in needed else _value(view, location)
    if text(answer, "LocationConstraint"):
        found["location"] = text(answer, "LocationConstraint")
    headers = view.read(HEADERS) if needed & {"server", "zone"} else _value(view, HEADERS)
    found |= {n: text(headers, n) for n in ("server", "zone") if text(headers, n)}
    return found


def _value(view: View, call: str) -> object:
    answer = view.look(call)
    return answer.value if answer is not None else None


RULES = (
    Rule(
        id="ATT-001",
        severity=Severity.CRITICAL,
        title=Text(
            "The operator's claim stands",
            "事業者による所在地の申告が有効であること",
        ),
        family="attestation",
        reads=("the claim's document", "getaddrinfo"),
        permission="-",
        whitepaper=("WP-1",),
        controls=("ISO/IEC 27001 A.5.23", "ISO/IEC 27018 A.12.1"),
        cost=Text(
            "Nobody answers any more for where the data is.",
            "データの所在地について責任を負う者がいなくなります。",
        ),
        remedy=Text(
            "Obtain the operator's signed statement anew, and set document, sha256 and "
            "valid_until.",
            "事業者の署名済み書面を取り直し、document、sha256、valid_until を更新してください。",
        ),
        applies_to=("s3-compatible-bucket", "azure-container", "third-party", "local"),
        roles=("store",),
        gate=True,
        judge=claimed,
    ),
    Rule(
        id="ATT-002",
        severity=Severity.HIGH,
        title=Text(
            "It is known who runs the service, and from where",
            "事業者とその設立国が明らかであること",
        ),
        family="attestation",
        reads=("configuration", "TLS handshake", "getaddrinfo", HEADERS),
        permission="s3:ListBucket",
        whitepaper=("WP-1", "WP-8"),
        controls=("APPI 23", "APPI 25", "ISO/IEC 27001 A.5.23"),
        cost=Text(
            "A foreign company, and its country's law, reach the data unseen.",
            "外国の事業者とその国の法制度が、知らないうちにデータに及びます。",
        ),
        remedy=Text(
            "Have the operator disclose what stands behind the service, subcontractors included.",
            "再委託先を含め、サービスの基盤を事業者に開示してもらってください。",
        ),
        applies_to=_NETWORKED,
        roles=("store",),
        judge=disclosed,
    ),
    Rule(
        id="ATT-003",
        severity=Severity.MEDIUM,
        title=Text(
            "The service is the one that was claimed",
            "申告時からサービスの様子が変わっていないこと",
        ),
        family="attestation",
        reads=("GetBucketLocation", "TLS handshake", HEADERS),
        permission="s3:GetBucketLocation, s3:ListBucket",
        whitepaper=("WP-1",),
        controls=("ISO/IEC 27001 A.5.23",),
        cost=Text(
            "The service was moved, and the claim speaks of another one.",
            "サービスが移設され、申告の内容と実態が食い違います。",
        ),
        remedy=Text(
            "Ask the operator what changed; renew the claim only if that is explained.",
            "変更の内容を事業者に確認し、理由が明らかな場合だけ申告を更新してください。",
        ),
        applies_to=_COMPATIBLE,
        roles=("store",),
        judge=drift,
    ),
)
