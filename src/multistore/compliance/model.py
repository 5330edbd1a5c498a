"""What the check speaks in: rules, answers, findings and the report. Frozen, and without I/O.

A collector asks a service and records an ``Answer``; a rule's judge reads answers through a
``view.View`` and gives ``Judgement``s; the checker makes ``Finding``s of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal

from multistore.values import EMPTY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import date, datetime

    from multistore.compliance.view import View

Language = Literal["ja", "en"]

RULE_SET_VERSION = "1"
"""Goes up when a rule is added, taken away, or judges otherwise."""


class Status(StrEnum):
    """What a rule found. Only ``FAIL`` and ``UNKNOWN`` ask for something to be done.

    ``UNKNOWN``: it could not be read, and that never becomes a pass. ``ATTESTED``: true by the
    word of an operator, not verified. ``NA``: the question does not arise, and the text says why.
    ``WAIVED``: a failure that somebody answers for, by name and until a date.
    """

    PASS = "PASS"  # noqa: S105 - a status, no password
    FAIL = "FAIL"
    UNKNOWN = "UNKNOWN"
    ATTESTED = "ATTESTED"
    NA = "NA"
    WAIVED = "WAIVED"


class Severity(StrEnum):
    """How much a failure costs. ``rank`` orders them, the worst first."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFO = "info"

    @property
    def rank(self) -> int:
        """Give 0 for the worst."""
        return list(Severity).index(self)


@dataclass(frozen=True, slots=True)
class Text:
    """The same words in English and Japanese."""

    en: str
    ja: str

    def say(self, language: Language) -> str:
        """Give the words of one language."""
        return self.ja if language == "ja" else self.en

    def __bool__(self) -> bool:
        """Whether there are words at all."""
        return bool(self.en)


NOTHING = Text("", "")


Role = Literal["store", "account", "target"]


@dataclass(frozen=True, slots=True)
class Resource:
    """One thing that is looked at: a bucket, a container, a key, an account.

    Attributes:
        id: one per thing, whatever leads to it: ``s3://bucket``, ``azure://account/container``,
            an ARN.
        kind: ``s3-bucket``, ``s3-compatible-bucket``, ``azure-container``, ``azure-account``,
            ``aws-account``, ``local``, ``memory``, ``kms-key``, ``sns-topic`` …
        name: its own name.
        provider: as the configuration names it.
        store: the configuration's name for it; None for what only another thing led to.
        role: ``store``: the configuration names it. ``account``: it is looked at besides, by
            every rule that needs no store's entry. ``target``: something led to it, and it is
            read only for the rules of what led there.
        via: the store by whose credentials and endpoint it is looked at.
        region: as configured, or as the service said.
        place: the place's name in the table of providers.
        country_server: where it stands, ISO 3166-1 alpha-2; None where nobody says.
        country_operator: where its operator is incorporated; None where nobody says.
        config_file: the configuration that names it.
        config_line: the line of its entry there, from 1.
    """

    id: str
    kind: str
    name: str
    provider: str
    store: str | None = None
    role: Role = "store"
    via: str | None = None
    region: str | None = None
    place: Text | None = None
    country_server: str | None = None
    country_operator: str | None = None
    config_file: str | None = None
    config_line: int | None = None


FELL_THROUGH = "fell-through"
"""Why an answer is unreadable that is a listing of the bucket, and no answer to the question."""

ANONYMOUS = "anonymous"
"""The call of no API: a listing asked for without a signature."""

PLAIN_HTTP = "plain http"
"""The call of no API: anything at all on the host's port 80."""

LEDGER = "ledger"
"""The call of no API: the configuration's own ledger was read."""

LEFT_OVER = "ListObjectVersions of erased tenants"
"""The calls that count what a bucket still holds of tenants that were erased."""

AnswerStatus = Literal["read", "absent", "unreadable"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a service answered to one call about one resource.

    Attributes:
        call: the API's name for it: ``GetBucketReplication``, ``kms:DescribeKey``; calls of
            other services than S3 carry the service's prefix.
        resource: the id of the resource.
        at: when, aware.
        status: ``absent`` where the service says that nothing is configured; ``unreadable``
            where it does not let us know, for whatever reason.
        value: the parsed answer, JSON-like; empty unless read.
        why: of an unreadable answer the error code or ``fell-through``; of an absent one the
            code that says so.
        request_id: the service's.
        provider_date: its Date header, verbatim.
        sha256: of the answer's raw body.
        http_status: of the answer, where there was one.
    """

    call: str
    resource: str
    at: datetime
    status: AnswerStatus
    value: Mapping[str, Any] = field(default_factory=lambda: EMPTY)
    why: str = ""
    request_id: str | None = None
    provider_date: str | None = None
    sha256: str | None = None
    http_status: int | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a rule says about one resource.

    Attributes:
        status: never WAIVED: that is the checker's to say.
        text: what was found, in one sentence.
        call: which answer it rests on; empty: the last that the rule read.
        remedy: what to do, where it is more than the rule's own remedy.
        confidence: of a pass, what it rests on: ``control-plane``, ``network``,
            ``corroborated``, ``attested``, ``configuration``, ``machine``.
    """

    status: Status
    text: Text
    call: str = ""
    remedy: Text = NOTHING
    confidence: str = "control-plane"


@dataclass(frozen=True, slots=True)
class Rule:
    """One question, asked of every resource of the kinds that it applies to.

    Attributes:
        id: stable once published.
        severity: of its failures.
        title: the question, short.
        family: ``residency``, ``keys``, ``encryption``, ``exposure``, ``erasure``, ``logs``,
            ``clock``, ``class``, ``azure``, ``network``, ``evidence``, ``attestation``,
            ``governance``.
        reads: the calls that it reads, as ``Answer.call`` names them.
        permission: what the caller must be allowed, as the provider writes it.
        whitepaper: the sections of the white paper (``WP-1`` …).
        controls: the controls of standards.
        cost: what it costs to be wrong here.
        remedy: what to do; a command where there is one.
        applies_to: kinds of resources.
        judge: the pure function.
        roles: the roles of the resources that it judges; never ``target``.
        gate: asked before the first byte as well (``B`` and ``G`` rules).
    """

    id: str
    severity: Severity
    title: Text
    family: str
    reads: tuple[str, ...]
    permission: str
    whitepaper: tuple[str, ...]
    controls: tuple[str, ...]
    cost: Text
    remedy: Text
    applies_to: tuple[str, ...]
    judge: Callable[[View], Iterable[Judgement]]
    roles: tuple[Role, ...] = ("store", "account")
    gate: bool = False


@dataclass(frozen=True, slots=True)
class Waiver:
    """Somebody answers for a failure, until a date.

    Attributes:
        rule: the rule's id.
        resource: the store's name, or the resource's id.
        owner: who answers for it.
        reason: why it is accepted.
        expires: the last day on which it holds, in Japan.
    """

    rule: str
    resource: str
    owner: str
    reason: str
    expires: date


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule's word about one resource, with its evidence.

    Attributes:
        rule: the rule.
        resource: what it is about.
        status: what was found, after waivers.
        text: in one sentence.
        call: which answer it rests on; empty where it rests on the configuration alone.
        raw: what of that answer was looked at.
        raw_sha256: of the whole raw answer.
        request_id: the service's.
        provider_date: its Date header.
        identity: as whom it was looked at.
        remedy: what to do.
        confidence: what a pass rests on.
        at: when the answer was had.
        waiver: the waiver, in force or expired.
    """

    rule: Rule
    resource: Resource
    status: Status
    text: Text
    call: str = ""
    raw: Mapping[str, Any] = field(default_factory=lambda: EMPTY)
    raw_sha256: str | None = None
    request_id: str | None = None
    provider_date: str | None = None
    identity: str = ""
    remedy: Text = NOTHING
    confidence: str = ""
    at: datetime | None = None
    waiver: Waiver | None = None


@dataclass(frozen=True, slots=True)
class Population:
    """How many resources there were, and how many the findings cover.

    Attributes:
        found: every resource that was come upon.
        evaluated: those with at least one finding other than unknown.
        unknown: those of which nothing could be said.
        excluded: the ids of those that were left out, each with the reason.
        identity: as whom it was looked at, one entry per provider and credential.
        complete: whether the account's own list was read; None where it was not asked for.
    """

    found: int
    evaluated: int
    unknown: int
    excluded: tuple[tuple[str, Text], ...] = ()
    identity: tuple[str, ...] = ()
    complete: bool | None = None


@dataclass(frozen=True, slots=True)
class Copy:
    """One arrow of the map: from a resource to where its bytes or names go.

    Attributes:
        source: a resource's id.
        target: another's.
        kind: ``replication``, ``backup``, ``inventory``, ``analytics``, ``log``, ``geo``,
            ``event``, ``key-replica``, ``cdn``.
        region: where the target lies, as far as known.
        in_japan: None where nobody says.
    """

    source: str
    target: str
    kind: str
    region: str | None = None
    in_japan: bool | None = None


@dataclass(frozen=True, slots=True)
class ClockOffset:
    """How far this machine's clock is from another's, in seconds; positive: ours is ahead.

    Attributes:
        seconds: None where it could not be had.
        source: ``kernel``, or the store whose Date header it was.
        within: how exact it is, in seconds.
    """

    seconds: float | None
    source: str
    within: float = 1.0


@dataclass(frozen=True, slots=True)
class Report:
    """The whole outcome of one check. Everything that is shown derives from it.

    Attributes:
        version: of multistore.
        rule_set_version: of the rules.
        started: when, aware.
        finished: when, aware.
        settings_source: the configuration's path, or None.
        population: what was looked at.
        resources: each of them.
        findings: worst first, then by resource and rule.
        copies: where bytes and names go.
        clock: what was seen of the clocks.
        requests: how many requests were sent.
        offline: whether the network was left alone.
    """

    version: str
    rule_set_version: str
    started: datetime
    finished: datetime
    settings_source: str | None
    population: Population
    resources: tuple[Resource, ...]
    findings: tuple[Finding, ...]
    copies: tuple[Copy, ...] = ()
    clock: tuple[ClockOffset, ...] = ()
    requests: int = 0
    offline: bool = False


def worst(report: Report, fail_on: Severity = Severity.INFO) -> int:
    """Return the exit code of a report: 0 all pass, 1 a failure, 3 could not verify.

    Args:
        report: the report.
        fail_on: failures below this severity do not count; unknowns always do.
    """
    statuses = {
        finding.status
        for finding in report.findings
        if finding.status is not Status.FAIL or finding.rule.severity.rank <= fail_on.rank
    }
    if Status.FAIL in statuses:
        return 1
    return 3 if Status.UNKNOWN in statuses or not report.findings else 0
