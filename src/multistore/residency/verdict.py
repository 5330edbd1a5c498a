"""From evidence to a verdict: a pure function, the same today and in a replay."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from multistore.errors import InvalidArgumentError
from multistore.residency.evidence import Evidence, Kind
from multistore.residency.reasons import Effect, Reason, Strength, refusal
from multistore.residency.rules import RULES
from multistore.residency.rules_claim import JAPAN
from multistore.residency.texts import HEADLINES

if TYPE_CHECKING:
    from multistore.errors import ResidencyError
    from multistore.residency.evidence import Subject
    from multistore.residency.reasons import Language

TTL = timedelta(hours=6)
SKEW = timedelta(minutes=5)
"""Evidence may seem to come from the future by this much: two machines' clocks."""


class VerdictKind(StrEnum):
    """Only ``ADMITTED`` opens."""

    ADMITTED = "admitted"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a store may be opened, why, and until when that is good.

    Attributes:
        kind: admitted, refused or unknown.
        strength: the strongest evidence that admits; None where nothing does.
        reasons: every reason of every rule, in the order of the gate.
        expires: from this moment on it says nothing.
        subject: which store it is about.
    """

    kind: VerdictKind
    strength: Strength | None
    reasons: tuple[Reason, ...]
    expires: datetime
    subject: Subject

    @property
    def admitted(self) -> bool:
        """Whether the store may be opened."""
        return self.kind is VerdictKind.ADMITTED

    @property
    def decisive(self) -> tuple[Reason, ...]:
        """The reasons that made it what it is."""
        effects = _DECISIVE[self.kind]
        return tuple(reason for reason in self.reasons if reason.effect in effects)

    @property
    def rules(self) -> tuple[str, ...]:
        """The ids of the decisive reasons, each once."""
        return tuple(dict.fromkeys(reason.rule for reason in self.decisive))

    def explain(self, language: Language) -> str:
        """Say in a few lines what was decided, on what it rests, and what to do next.

        Raises:
            InvalidArgumentError: there is no such language.
        """
        if language not in ("en", "ja"):
            raise InvalidArgumentError(f"{language!r} is no language", hint='It is "en" or "ja".')
        return report(self.subject.store, self, language)

    def error(self) -> ResidencyError:
        """Return the error that says why this verdict does not open."""
        return refusal(
            self.decisive,
            operation="open",
            store=self.subject.store,
            provider=self.subject.provider,
            bucket=self.subject.bucket,
        )


_DECISIVE: dict[VerdictKind, tuple[Effect, ...]] = {
    VerdictKind.ADMITTED: (Effect.ADMITTED,),
    VerdictKind.REFUSED: (Effect.REFUSED,),
    VerdictKind.UNKNOWN: (Effect.UNKNOWN, Effect.MISSING),
}


def judge(evidence: Evidence, *, now: datetime, ttl: timedelta = TTL) -> Verdict:
    """Decide. Pure: the same evidence at the same moment gives the same verdict, anywhere.

    A refusing reason decides alone; a blocking unknown comes next; then one admitting piece of
    evidence is needed, and the strongest gives the verdict its strength. Evidence that is older
    than ``ttl``, comes from the future or is not complete never admits.
    """
    reasons = [*_freshness(evidence, now, ttl)]
    for rule in RULES:
        if rule.gate:
            reasons += rule.judge(evidence, now)
    effects = {reason.effect for reason in reasons}
    strengths = [reason.strength for reason in reasons if reason.strength is not None]
    if Effect.REFUSED in effects:
        kind = VerdictKind.REFUSED
    elif Effect.UNKNOWN in effects:
        kind = VerdictKind.UNKNOWN
    elif not evidence.complete:
        reasons.append(Reason("CAP-005", Effect.UNKNOWN, "evidence.stopped"))
        kind = VerdictKind.UNKNOWN
    elif strengths:
        kind = VerdictKind.ADMITTED
    else:
        if Effect.MISSING not in effects:
            host = evidence.subject.url or evidence.subject.bucket
            reasons.append(Reason("CAP-005", Effect.MISSING, "evidence.none", {"host": host}))
        kind = VerdictKind.UNKNOWN
    strongest = min(strengths, key=lambda strength: strength.rank, default=None)
    return Verdict(
        kind=kind,
        strength=strongest if kind is VerdictKind.ADMITTED else None,
        reasons=tuple(reasons),
        expires=_expiry(evidence, ttl),
        subject=evidence.subject,
    )


def stands_so_far(evidence: Evidence, *, now: datetime) -> bool:
    """Whether nothing seen yet refuses or blocks: what the gate asks before it looks further."""
    kinds = {item.kind for item in evidence.items}
    return not any(
        reason.effect in (Effect.REFUSED, Effect.UNKNOWN)
        for rule in RULES
        if rule.gate and (rule.needs <= kinds)
        for reason in rule.judge(evidence, now)
    )


def _freshness(evidence: Evidence, now: datetime, ttl: timedelta) -> list[Reason]:
    values = {"taken": evidence.taken.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")}
    moments = [evidence.taken, *(item.taken for item in evidence.items)]
    if now - min(moments) >= ttl:
        return [Reason("CAP-005", Effect.UNKNOWN, "evidence.stale", values)]
    if max(moments) - now > SKEW:
        return [Reason("CAP-005", Effect.UNKNOWN, "evidence.future", values)]
    return []


def _expiry(evidence: Evidence, ttl: timedelta) -> datetime:
    """Return when the evidence ends: after ``ttl``, or with the last day of a claim in Japan."""
    moments = [evidence.taken, *(item.taken for item in evidence.items)]
    end = min(moments) + ttl
    item = evidence.of(Kind.CLAIM)
    if item is not None:
        day_after = date.fromisoformat(item.value["until"]) + timedelta(days=1)
        end = min(end, datetime.combine(day_after, time(), JAPAN))
    return end.astimezone(UTC)


def failed(subject: Subject, error: str, *, now: datetime) -> Verdict:
    """Return the verdict where the evidence could not be had at all: unknown."""
    reason = Reason("CAP-005", Effect.UNKNOWN, "evidence.failed", {"error": error})
    return Verdict(VerdictKind.UNKNOWN, None, (reason,), now, subject)


def report(store_name: str, verdict: Verdict, language: Language) -> str:
    """Say why a store is admitted or not, in a few lines of Japanese or English.

    Of an admission also the notes are given; of a refusal what to do about each reason.
    """
    headline = HEADLINES[verdict.kind.value].say(language).format(store=store_name)
    lines = [headline]
    if verdict.strength is not None:
        lines.append(f"  {verdict.strength.say(language)}")
    for reason in verdict.decisive:
        lines.append(f"  - {reason.say(language)}")
        advice = reason.advise(language)
        if advice and not verdict.admitted:
            lines.append(f"    {HEADLINES['next'].say(language).format(advice=advice)}")
    if verdict.admitted:
        lines += [
            f"  · {reason.say(language)}"
            for reason in verdict.reasons
            if reason.effect is Effect.NOTED
        ]
        expires = verdict.expires.astimezone(JAPAN).strftime("%Y-%m-%d %H:%M JST")
        lines.append(f"  {HEADLINES['expires'].say(language).format(expires=expires)}")
    return "\n".join(lines)
