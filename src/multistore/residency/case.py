"""One store's case: what is to be looked at, and the look itself, in the order of the gate.

Configuration and environment first (no network), then names and addresses, then TLS, then one
question to the service. Where something already refuses, nothing further is touched: no name is
resolved, no socket opened, no credential used.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from multistore.residency import aws_profiles, environment, mounts, observe
from multistore.residency.evidence import Evidence, Item, Kind, Subject
from multistore.residency.location import is_loopback
from multistore.residency.verdict import stands_so_far

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from multistore.config import Settings, StoreSettings
    from multistore.residency.catalog import Catalog
    from multistore.residency.ranges import Published
    from multistore.residency.rows import Row
    from multistore.stores.base import Placement
    from multistore.stores.endpoint import Endpoint


@dataclass(frozen=True, slots=True)
class Case:
    """Everything that is looked at for one store. Building one does no I/O.

    Attributes:
        subject: the store.
        settings: its entry in the configuration.
        endpoint: its pinned endpoint; None for local and memory.
        catalog: the table.
        ranges: the published address ranges.
        environ: the process's environment, read at every look.
        directory: the directory of a local store, absolute.
        document: the paper of the claim, absolute.
        placement: asks the service; None where it cannot say.
        context: trust for the handshake; None is the system's.
    """

    subject: Subject
    settings: StoreSettings
    endpoint: Endpoint | None
    catalog: Catalog
    ranges: Sequence[Published]
    environ: Mapping[str, str]
    directory: Path | None = None
    document: Path | None = None
    placement: Callable[[], Placement] | None = None
    context: ssl.SSLContext | None = None

    @property
    def row(self) -> Row | None:
        """The row that the endpoint was matched with, if any."""
        if self.endpoint is None or self.subject.loopback:
            return None
        host, region = urlsplit(self.endpoint.url).hostname or "", self.endpoint.region
        return next(
            (
                row
                for row in self.catalog.rows
                if row.provider == self.endpoint.provider
                and host in row.hosts_for(self.settings.account)
                and row.region in (None, region)
            ),
            None,
        )


def build(
    store_name: str,
    settings: Settings,
    catalog: Catalog,
    endpoint: Endpoint | None,
    *,
    ranges: Sequence[Published],
    environ: Mapping[str, str],
    placement: Callable[[], Placement] | None = None,
) -> Case:
    """Make the case of one store of a configuration.

    Args:
        store_name: its name there.
        settings: the whole configuration.
        catalog: the table of providers.
        endpoint: what ``pinning.endpoint`` gave; None for local and memory.
        ranges: what ``ranges.load`` gave.
        environ: ``os.environ``; read again at every look.
        placement: the store's ``placement.placement``; None where it has no such facet.
    """
    store = settings.stores[store_name]
    family = catalog.family(store.provider)
    if endpoint is not None and family not in ("aws", "azure"):
        family = "s3-compatible"
    host = urlsplit(endpoint.url).hostname or "" if endpoint is not None else ""
    subject = Subject(
        store=store_name,
        family=family or "s3-compatible",
        provider=endpoint.provider if endpoint is not None else store.provider,
        bucket=store.bucket or (str(store.path) if store.path else store.provider),
        region=endpoint.region if endpoint is not None else None,
        url=endpoint.url if endpoint is not None else None,
        hosts=tuple(sorted(endpoint.hosts)) if endpoint is not None else (),
        account=store.account,
        accepts=store.accepts,
        collections=tuple(
            sorted(name for name, c in settings.collections.items() if c.store == store_name)
        ),
        loopback=is_loopback(host),
        proxied=endpoint is not None and endpoint.proxy is not None,
        claimed=store.placement is not None,
    )
    return Case(
        subject=subject,
        settings=store,
        endpoint=endpoint,
        catalog=catalog,
        ranges=tuple(ranges),
        environ=environ,
        directory=settings.resolve(store.path) if store.path is not None else None,
        document=settings.resolve(store.placement.document) if store.placement else None,
        placement=placement,
    )


def collect(case: Case) -> Evidence:
    """Look, in the order of the gate, and stop where something already refuses or blocks.

    Cost: for a store on the network at most two name lookups, one TLS handshake, and one or two
    requests to the service; for local and memory none.
    """
    evidence = Evidence(case.subject, (), observe.now(), complete=False)
    for stage in _STAGES:
        evidence = evidence.with_items(*stage(case))
        if not stands_so_far(evidence, now=observe.now()):
            return evidence
    return replace(evidence, complete=True)


def collect_all(case: Case, *, network: bool = True) -> Evidence:
    """Look at everything, whatever was seen before: for a report, which opens nothing.

    Cost: as ``collect``. Without ``network`` only the configuration and this machine are looked
    at, and what the others would have shown is unknown.
    """
    evidence = Evidence(case.subject, (), observe.now())
    for stage in _STAGES if network else _STAGES[:1]:
        evidence = evidence.with_items(*stage(case))
    return evidence


def _configuration(case: Case) -> Iterator[Item]:
    subject, endpoint = case.subject, case.endpoint
    if endpoint is not None:
        yield _environment(case, endpoint)
    row = case.row
    if row is not None:
        host = urlsplit(endpoint.url).hostname if endpoint is not None else None
        yield Item(Kind.ROW, _row_facts(row, str(host)), "table of providers", observe.now())
    if case.settings.placement is not None:
        yield _claim(case)
    if subject.family == "memory":
        yield Item(Kind.MACHINE, {"what": "memory"}, "-", observe.now())
    elif subject.family == "local" and case.directory is not None:
        kind, elsewhere = mounts.filesystem(case.directory)
        facts = {
            "what": "directory",
            "path": str(case.directory),
            "filesystem": kind,
            "elsewhere": elsewhere,
        }
        yield Item(Kind.MACHINE, facts, str(mounts.MOUNTS), observe.now())
    elif subject.loopback:
        facts = {"what": "loopback", "host": urlsplit(subject.url or "").hostname}
        yield Item(Kind.MACHINE, facts, "-", observe.now())


def _environment(case: Case, endpoint: Endpoint) -> Item:
    chosen = case.settings.credentials
    profile = chosen.removeprefix("profile:") if chosen and chosen.startswith("profile:") else None
    texts: list[str] = []
    if case.subject.family != "azure":
        for path in aws_profiles.files(case.environ):
            try:
                texts.append(path.read_text(encoding="utf-8"))
            except FileNotFoundError:
                continue
            except (OSError, UnicodeDecodeError):
                texts.append("unreadable")  # which is no such file, and is reported as such
    wanted = environment.Wanted(
        family=case.subject.family,
        region=case.subject.region,
        url=endpoint.url,
        proxy=endpoint.proxy,
        loopback=case.subject.loopback,
    )
    told = aws_profiles.settings(texts, case.environ, profile)
    found = environment.findings(case.environ, wanted, profile=told)
    value = {"findings": [reason.to_json() for reason in found]}
    return Item(Kind.ENVIRONMENT, value, "environment", observe.now())


def _row_facts(row: Row, host: str) -> dict[str, Any]:
    return {
        "provider": row.provider,
        "host": host,
        "region": row.region,
        "country": row.country,
        "place_en": row.place.en,
        "place_ja": row.place.ja,
        "confidence": row.confidence,
        "source": row.source,
        "date": row.date.isoformat(),
    }


def _claim(case: Case) -> Item:
    claim = case.settings.placement
    assert claim is not None  # noqa: S101  # the caller has looked
    assert case.document is not None  # noqa: S101  # build sets both
    fronts = case.catalog.fronts
    read = observe.document(case.document)
    value = {
        "operator": claim.operator,
        "country": claim.operator_country,
        "prefecture": claim.prefecture,
        "document": str(claim.document),
        "wanted": claim.sha256,
        "begin": claim.valid_from.isoformat() if claim.valid_from else None,
        "until": claim.valid_until.isoformat(),
        "networks": [str(network) for network in claim.addresses],
        "issuer": claim.certificate_issuer,
        "front_domains": list(fronts.domains) if fronts else [],
        "front_organisations": list(fronts.organisations) if fronts else [],
        **{("error_reading" if name == "error" else name): text for name, text in read.items()},
    }
    return Item(Kind.CLAIM, value, str(claim.document), observe.now(), sha256=read["found"])


def _names(case: Case) -> Iterator[Item]:
    subject = case.subject
    if not subject.networked or case.endpoint is None:
        return
    host = urlsplit(case.endpoint.url).hostname or ""
    if case.endpoint.proxy is not None:
        yield observe.proxied(host)
        return
    operator = subject.family if subject.family in ("aws", "azure") else None
    yield observe.resolve(host, case.ranges, of=operator)
    if subject.family == "azure" and subject.remote:
        second = f"{subject.account}-secondary.{host.partition('.')[2]}"
        yield observe.resolve(second, case.ranges, of=operator, kind=Kind.SECONDARY)


def _handshake(case: Case) -> Iterator[Item]:
    if case.endpoint is None:
        return
    parts = urlsplit(case.endpoint.url)
    if parts.scheme == "https":
        yield observe.handshake(
            parts.hostname or "",
            parts.port or 443,
            proxy=case.endpoint.proxy,
            context=case.context,
        )


def _service(case: Case) -> Iterator[Item]:
    """Ask the services whose word is evidence: S3's, and Azure's. Others' is none (ATT-003)."""
    subject = case.subject
    asked = subject.family == "aws" or (subject.family == "azure" and subject.remote)
    if not asked:
        return
    call = "s3:HeadBucket" if subject.family == "aws" else "Get Account Information"
    if case.placement is None:
        value = {"error": "the store has no way to ask"}
        yield Item(Kind.SERVICE, value, call, observe.now())
        return
    first, *rest = observe.ask(case.placement, call=call)
    region = first.value.get("region")
    if region and first.error is None:
        first = replace(first, value={**first.value, "places": _places(case, str(region))})
    yield first
    yield from rest


def _places(case: Case, region: str) -> dict[str, str]:
    provider = case.subject.provider
    place = case.catalog.place_of(provider, region)
    elsewhere = case.catalog.elsewhere(provider, region)
    names = {"en": place[0], "ja": place[1]} if place else {}
    return names | {"elsewhere_en": elsewhere[0], "elsewhere_ja": elsewhere[1]}


_STAGES: tuple[Callable[[Case], Iterable[Item]], ...] = (
    _configuration,
    _names,
    _handshake,
    _service,
)
