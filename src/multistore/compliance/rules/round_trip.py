"""NET-009: what answers is nearer than any foreign land, where the round trip is that short.

A short round trip bounds where the machine is that answers, and not where the disk is: a front
end, a network's edge or an anycast address may answer for a service elsewhere. A long one shows
nothing. So the rule attests or says nothing; it never fails.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from multistore.compliance.answers import MalformedError, number, text
from multistore.compliance.collect.claims import HEADERS, TRACES
from multistore.compliance.collect.round_trip import CALL
from multistore.compliance.distances import ABROAD_KM, FIBRE_KM_PER_MS, prefecture, within_km
from multistore.compliance.judgements import attested, not_asked, unknown
from multistore.compliance.model import Rule, Severity, Status, Text
from multistore.compliance.rules.transport import alias
from multistore.residency.verdict import judge

if TYPE_CHECKING:
    from collections.abc import Iterable

    from multistore.compliance.model import Judgement
    from multistore.compliance.view import View

_DECLARE = Text(
    '[vault] vantage = "東京都": the prefecture in which the machine stands that runs the check.',
    '[vault] に vantage = "東京都" のように、check を実行するマシンのある都道府県を'
    "書いてください。",
)


def near(view: View) -> Iterable[Judgement]:
    """NET-009: the machine that answers is nearer to the declared vantage than foreign land."""
    declared = view.settings.vault.vantage
    if declared is None:
        return [
            not_asked(
                "No vantage in Japan is declared, so a round trip says nothing about a place.",
                "国内の測定地点が設定されていないため、往復時間から所在地は判断できません。",
            )
        ]
    evidence = view.evidence
    if evidence is not None and evidence.subject.loopback:
        return [
            not_asked(
                "The endpoint is this machine: there is no way to it to measure.",
                "接続先はこのマシンであり、測定の対象になりません。",
            )
        ]
    place = prefecture(declared)
    if place is None:
        return [
            unknown(
                f"The declared vantage {declared!r} is not one prefecture of Japan.",
                f"設定された測定地点「{declared}」は、日本の都道府県名ではありません。",
                remedy=_DECLARE,
            )
        ]
    return [_measured(view, place)]


def _measured(view: View, place: str) -> Judgement:
    said = view.read(CALL)
    took, host = _milliseconds(said.get("ShortestMilliseconds")), text(said, "Host")
    count, km = number(said, "Connects") or 0, within_km(took)
    en = f"The shortest of {count} round trips from {place} to {host} took {took:g} ms"
    ja = f"{place}から {host} への {count} 回の往復のうち、最短は {took:g} ミリ秒でした"
    foreign = ABROAD_KM.get(place)
    if _edge(view):
        return _nothing(
            view,
            f"{en}, but a network's edge answers there, which says nothing about the service.",
            f"{ja}が、応答しているのは CDN などの中継点のため、サービスの所在は分かりません。",
        )
    if foreign is None:
        return _nothing(
            view,
            f"{en}. Foreign land is so near to the islands of {place} that no round trip from "
            "there shows a country.",
            f"{ja}。{place}は離島が国外に近いため、往復時間から国は判断できません。",
        )
    if km >= foreign:
        return _nothing(
            view,
            f"{en}: what answers is at most {km:,.0f} km away, and foreign land may be "
            f"{foreign} km away. A long round trip shows neither Japan nor abroad.",
            f"{ja}。応答した機器までの距離は最大 {km:,.0f} km で、国外までは最短 {foreign} km の"
            "ため、国内とも国外とも言えません。",
        )
    return attested(
        f"{en}: if the vantage is where it is declared to be, what answers is within {km:,.0f} km "
        f"of it at the speed of light ({took * FIBRE_KM_PER_MS:,.0f} km in fibre), and no foreign "
        f"land is within {foreign} km. This bounds the machine that answers, and does not show "
        "where the disk is.",
        f"{ja}。測定地点が設定のとおりであれば、応答した機器は光速で {km:,.0f} km 以内"
        f"（光ファイバーでは {took * FIBRE_KM_PER_MS:,.0f} km 以内）にあり、{foreign} km 以内に"
        "国外の土地はありません。応答した機器の範囲を示すもので、ディスクの所在は示しません。",
        call=CALL,
    )


def _milliseconds(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
        raise MalformedError("the shortest round trip is no time")
    return float(value)


def _edge(view: View) -> bool:
    """Whether something stands before the service that answers for it."""
    if view.resource.kind == "s3-compatible-bucket":
        headers = view.look(HEADERS)
        return headers is not None and any(text(headers.value, name) for name in TRACES)
    return any(judgement.status is Status.FAIL for judgement in alias(view))


def _nothing(view: View, en: str, ja: str) -> Judgement:
    """Say that nothing is shown: unknown, unless something else shows where the store is."""
    evidence = view.evidence
    if evidence is not None and judge(evidence, now=view.now).admitted:
        return not_asked(
            f"{en} Something else shows where the bytes lie.",
            f"{ja}所在地は別の証拠で確認しています。",
            call=CALL,
        )
    return unknown(en, ja, call=CALL)


RULES = (
    Rule(
        id="NET-009",
        severity=Severity.MEDIUM,
        title=Text(
            "The round trip is too short to leave Japan",
            "往復時間が国外では不可能な短さである",
        ),
        family="network",
        reads=("configuration", CALL),
        permission="-",
        whitepaper=("WP-1",),
        controls=("ISO/IEC 27001 A.5.23", "ISO/IEC 27018 A.12.1"),
        cost=Text(
            "Where the service answers from rests on its operator's word alone.",
            "応答の発信地が、事業者の説明だけに基づくことになります。",
        ),
        remedy=_DECLARE,
        applies_to=("s3-bucket", "s3-compatible-bucket", "azure-container"),
        roles=("store",),
        judge=near,
    ),
)
