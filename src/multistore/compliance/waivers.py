"""Failures that somebody answers for, until a date. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from multistore.compliance.model import Status, Text, Waiver
from multistore.residency.rules_claim import JAPAN

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from multistore.compliance.model import Finding
    from multistore.config import Settings


def waivers(settings: Settings) -> tuple[Waiver, ...]:
    """Return the configuration's waivers."""
    return tuple(
        Waiver(entry.rule, entry.resource, entry.owner, entry.reason, entry.expires)
        for entry in settings.waivers
    )


def expired(waiver: Waiver, now: datetime) -> bool:
    """Whether the last day of a waiver, a day in Japan, is over."""
    return now.astimezone(JAPAN).date() > waiver.expires


def covers(waiver: Waiver, finding: Finding) -> bool:
    """Whether a waiver is about this finding: the same rule, and the store or the resource."""
    resource = finding.resource
    return waiver.rule == finding.rule.id and waiver.resource in (resource.store, resource.id)


def waived(finding: Finding, given: Iterable[Waiver], now: datetime) -> Finding:
    """Apply the waivers to one finding. Only a failure is ever waived: unknown stays unknown."""
    if finding.status is not Status.FAIL:
        return finding
    mine = [waiver for waiver in given if covers(waiver, finding)]
    if not mine:
        return finding
    waiver = max(mine, key=lambda w: w.expires)
    until = waiver.expires.isoformat()
    if expired(waiver, now):
        text = Text(
            f"{finding.text.en} The waiver of {waiver.owner} expired on {until}.",
            f"{finding.text.ja}{waiver.owner} による適用除外は {until} に期限が切れています。",
        )
        return replace(finding, text=text, waiver=waiver)
    text = Text(
        f"{finding.text.en} Accepted by {waiver.owner} until {until}: {waiver.reason}",
        f"{finding.text.ja}{until} まで {waiver.owner} が承認済みです（理由：{waiver.reason}）。",
    )
    return replace(finding, status=Status.WAIVED, text=text, waiver=waiver)
