"""The check, from a configuration to a report: what there is, what it says, what that means."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING

from multistore.compliance import population
from multistore.compliance.answers import MalformedError
from multistore.compliance.clocks import offsets
from multistore.compliance.collect import all_collectors
from multistore.compliance.collect.reader import CONNECTIONS, Reader
from multistore.compliance.judging import judged
from multistore.compliance.model import (
    RULE_SET_VERSION,
    Answer,
    Copy,
    Population,
    Report,
    Resource,
    Status,
    Text,
)
from multistore.compliance.rules import all_rules
from multistore.compliance.view import Seen
from multistore.compliance.waivers import waived, waivers
from multistore.errors import MultistoreError, UnavailableError
from multistore.residency import case, ranges
from multistore.residency.catalog import Catalog
from multistore.stores.base import Placement

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from multistore.compliance.collect import Collector
    from multistore.compliance.model import Finding
    from multistore.compliance.population import Pinned
    from multistore.config import Settings
    from multistore.residency.evidence import Evidence
    from multistore.residency.ranges import Published

Found = Answer | Resource | Copy | Placement

_LISTS = frozenset({"ListBuckets", "azure:ListContainers"})
"""The calls that list all that an account has."""

_RANK = (
    Status.FAIL,
    Status.UNKNOWN,
    Status.WAIVED,
    Status.ATTESTED,
    Status.PASS,
    Status.NA,
)


def _now() -> datetime:
    return datetime.now(UTC)


def check(
    settings: Settings,
    *,
    stores: Sequence[str] = (),
    account: bool = False,
    offline: bool = False,
    progress: Callable[[int, int], None] | None = None,
    clock: Callable[[], datetime] = _now,
) -> Report:
    """Look at what is configured everywhere, and judge it. Nothing is ever changed.

    Cost: about 25 reading requests per bucket and at most 18 more for one that is a store, 16
    at a time at most; memory for the answers, some 20 KB per bucket.

    Args:
        settings: the configuration.
        stores: only these; empty means all.
        account: also every bucket of the accounts of the stores.
        offline: no network at all: what only a service can say is unknown.
        progress: called with how many resources are done and how many are known, often.
        clock: gives the time, aware.

    Raises:
        ConfigurationError: there is no such store, or an entry is wrong. What a service says
            raises nothing: it is in the report.
    """
    started = clock()
    catalog = Catalog.load([settings.resolve(path) for path in settings.vault.providers])
    names = population.chosen(settings, stores)
    pinned = population.pinned(settings, catalog, names, account=account)
    with closing(Reader(settings, catalog, pinned.endpoints, account=account)) as reader:
        walk = _Walk(reader, offline=offline, progress=progress)
        walk.run(pinned.resources)
        published = ranges.load(settings.resolve(path) for path in settings.vault.address_ranges)
        evidence = _evidence(settings, catalog, pinned, walk, published)
        requests = reader.requests
    seen = Seen(
        settings=settings,
        now=clock(),
        resources=walk.resources,
        answers=walk.answers,
        copies=tuple(dict.fromkeys(walk.copies)),
        evidence=evidence,
        refusals=pinned.refusals,
        failures=walk.failures,
        account=account,
        offline=offline,
    )
    given = waivers(settings)
    findings = sorted((waived(f, given, seen.now) for f in judged(seen, all_rules())), key=_order)
    return Report(
        version=version("multistore"),
        rule_set_version=RULE_SET_VERSION,
        started=started,
        finished=clock(),
        settings_source=str(settings.source) if settings.source is not None else None,
        population=_population(seen, findings),
        resources=tuple(walk.resources.values()),
        findings=tuple(findings),
        copies=seen.copies,
        clock=offsets(seen),
        requests=requests,
        offline=offline,
    )


class _Walk:
    """Collects from resource to resource, wherever the answers lead, each once."""

    def __init__(
        self, reader: Reader, *, offline: bool, progress: Callable[[int, int], None] | None
    ) -> None:
        self.reader = reader
        self.resources: dict[str, Resource] = {}
        self.answers: dict[tuple[str, str], Answer] = {}
        self.copies: list[Copy] = []
        self.places: dict[str, Placement] = {}
        self.failures: dict[str, str] = {}
        self.offline = offline
        self._progress = progress
        self._done = 0

    def run(self, first: Iterable[Resource]) -> None:
        """Collect from these resources and from everything that they lead to."""
        pending = list(first)
        self.resources |= {resource.id: resource for resource in pending}
        with ThreadPoolExecutor(CONNECTIONS, thread_name_prefix="check") as pool:
            while pending:
                found = zip(pending, pool.map(self._collect, pending), strict=True)
                pending = [new for each, got in found for new in self._take(each, got)]

    def _collect(self, resource: Resource) -> tuple[list[Found], str]:
        got: list[Found] = []
        failure = ""
        for collector in all_collectors():
            if not self._fits(collector, resource):
                continue
            try:
                got += collector.collect(resource, self.reader)
            except (MultistoreError, MalformedError) as error:
                failure = str(error)
        return got, failure

    def _fits(self, collector: Collector, resource: Resource) -> bool:
        if resource.kind not in collector.kinds or (collector.network and self.offline):
            return False
        store = resource.via or resource.store
        own = resource.kind == "configuration"
        reachable = own or not collector.network or store in self.reader.endpoints
        return reachable and (collector.targets or resource.role != "target")

    def _take(self, resource: Resource, got: tuple[list[Found], str]) -> list[Resource]:
        """Keep what one resource gave; return what is to be collected next."""
        following: list[Resource] = []
        for found in got[0]:
            if isinstance(found, Answer):
                self.answers[found.resource, found.call] = found
            elif isinstance(found, Copy):
                self.copies.append(found)
            elif isinstance(found, Placement):
                self.places[resource.store or ""] = found
            else:
                following += self._meet(found)
        if got[1]:
            self.failures[resource.id] = got[1]
        self._done += 1
        if self._progress is not None:
            self._progress(self._done, len(self.resources))
        return following

    def _meet(self, resource: Resource) -> list[Resource]:
        """Take a resource in; collect it where it is new, or now to be judged as well."""
        known = self.resources.get(resource.id)
        if known is None or (known.role == "target" and resource.role != "target"):
            self.resources[resource.id] = resource
            return [resource]
        if known.role == resource.role:
            self.resources[resource.id] = resource
        elif known.region is None:
            self.resources[resource.id] = replace(known, region=resource.region)
        return []


def _evidence(
    settings: Settings,
    catalog: Catalog,
    pinned: Pinned,
    walk: _Walk,
    published: Sequence[Published],
) -> dict[str, Evidence]:
    """Take the gate's evidence about every store, with the service's word as it was collected."""

    def look(resource: Resource) -> tuple[str, Evidence]:
        name = resource.store or ""
        place = walk.places.get(name)

        def placement() -> Placement:
            if place is None:
                head = walk.answers.get((resource.id, "HeadBucket"))
                raise UnavailableError("the service did not say", code=head.why if head else None)
            return place

        looked_at = case.build(
            name,
            settings,
            catalog,
            pinned.endpoints.get(name),
            ranges=published,
            environ=os.environ,
            placement=placement,
        )
        return name, case.collect_all(looked_at, network=not walk.offline)

    stores = [
        resource
        for resource in pinned.resources
        if resource.store is not None and resource.store not in pinned.refusals
    ]
    with ThreadPoolExecutor(CONNECTIONS, thread_name_prefix="evidence") as pool:
        return dict(pool.map(look, stores))


def _order(finding: Finding) -> tuple[int, int, str, str]:
    severity = finding.rule.severity.rank
    return _RANK.index(finding.status), severity, finding.resource.id, finding.rule.id


def _population(seen: Seen, findings: Sequence[Finding]) -> Population:
    known = {f.resource.id for f in findings if f.status is not Status.UNKNOWN}
    asked = {finding.resource.id for finding in findings}
    things = [r for r in seen.resources.values() if r.kind != "configuration"]
    listed = [a.status == "read" for a in seen.answers.values() if a.call in _LISTS]
    return Population(
        found=len(things),
        evaluated=sum(r.id in known for r in things),
        unknown=sum(r.id in asked - known for r in things),
        excluded=tuple((r.id, _reason(r)) for r in things if r.id not in asked),
        identity=tuple(sorted({seen.identity(r) for r in things} - {""})),
        complete=(bool(listed) and all(listed)) if seen.account else None,
    )


def _reason(resource: Resource) -> Text:
    """Say why nothing was said of a resource."""
    if resource.role == "target":
        return Text(
            "only a copy leads there; it is judged with what leads to it",
            "コピー先としてのみ参照されているため、コピー元の項目で判定しています",
        )
    return Text(
        f"no rule is about a thing of the kind {resource.kind}",
        f"種別 {resource.kind} を対象とする規則はありません",
    )
