"""The rules that say where a store is: the service's word, the table, this machine."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from multistore.residency.evidence import Evidence, Item, Kind
from multistore.residency.ranges import REGIONS_IN_JAPAN
from multistore.residency.reasons import Effect, Reason, Strength
from multistore.residency.rules_network import azure_inside
from multistore.residency.rules_subject import missing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

# Availability zones, by the id that is the same for every account; a Local Zone's has the
# place in it (apne1-tpe1-az1 is Taipei).
_ZONE_IN_JAPAN = re.compile(r"apne[13]-az\d+")
# The old names that GetBucketLocation still gives.
_OLD_NAMES = {None: "us-east-1", "": "us-east-1", "EU": "eu-west-1"}
_NO_REGION_IN_JAPAN = ("no region in Japan", "国内のリージョンではありません")
_CONFIDENCE = {"documented": "事業者の公表資料による", "observed": "第三者の報告による"}
_LOCAL_REDUNDANCY = re.compile(r"(Standard|Premium|StandardV2|PremiumV2)_(LRS|ZRS)")


def _words(item: Item, region: str, *, in_japan: bool = False) -> dict[str, str]:
    places: Mapping[str, Any] = item.value.get("places") or {}
    unnamed = ("in Japan", "日本国内") if in_japan else _NO_REGION_IN_JAPAN
    return {
        "region": region,
        "place_en": str(places.get("en") or unnamed[0]),
        "place_ja": str(places.get("ja") or unnamed[1]),
        "elsewhere_en": str(places.get("elsewhere_en") or ""),
        "elsewhere_ja": str(places.get("elsewhere_ja") or ""),
    }


def _failure(item: Item, rule: str, bucket: str) -> Reason:
    values = {"call": item.call, "bucket": bucket, "error": item.error or "?"}
    return Reason(rule, Effect.MISSING, "service.failed", values)


def aws_region(evidence: Evidence, _now: datetime) -> Iterator[Reason]:
    """RES-001, RES-002: HeadBucket or GetBucketLocation names Tokyo or Osaka, exactly.

    Source: HeadBucket gives the region whatever the caller may do, on a 403 too
    (botocore's model of S3). GetBucketLocation's empty answer means us-east-1.
    """
    subject = evidence.subject
    if subject.family != "aws":
        return
    item = evidence.of(Kind.SERVICE)
    if item is None:
        yield from missing(evidence, "RES-001", "The bucket's region", "バケットのリージョン")
        return
    if item.error is not None:
        yield _failure(item, "RES-001", subject.bucket)
        return
    region: str | None = item.value.get("region")
    if item.call.endswith("GetBucketLocation"):
        region = _OLD_NAMES.get(region, region)
    where = {"call": item.call, "bucket": subject.bucket}
    if not region:
        yield Reason("RES-001", Effect.MISSING, "service.silent", where)
        return
    yield from _zone(item, where)
    yield from _secondary(item, "aws", "RES-004", subject.bucket)
    if region not in REGIONS_IN_JAPAN["aws"]:
        values = where | _words(item, region)
        yield Reason("RES-001", Effect.REFUSED, "service.abroad", values)
    elif region != subject.region:
        values = where | {"region": region, "configured": str(subject.region)}
        yield Reason("RES-001", Effect.REFUSED, "service.other-region", values)
    else:
        values = where | _words(item, region, in_japan=True)
        yield Reason("RES-001", Effect.ADMITTED, "service.region", values, Strength.SERVICE)


def _zone(item: Item, where: dict[str, str]) -> Iterator[Reason]:
    kind, zone = item.value.get("location_type"), item.value.get("location_name")
    if kind in (None, "", "Region") and not zone:
        return
    if kind == "AvailabilityZone" and zone and _ZONE_IN_JAPAN.fullmatch(zone):
        return
    values = where | {"kind": kind or "zone", "zone": zone or "?"}
    yield Reason("RES-002", Effect.REFUSED, "service.zone", values)


def _secondary(item: Item, provider: str, rule: str, bucket: str) -> Iterator[Reason]:
    for region in (item.value.get("secondary"), *(item.value.get("replicas") or ())):
        if region and region not in REGIONS_IN_JAPAN[provider]:
            values = {"bucket": bucket, "region": region}
            yield Reason(rule, Effect.REFUSED, "service.secondary", values)


def azure_location(evidence: Evidence, now: datetime) -> Iterator[Reason]:
    """AZR-001, AZR-002: the account and its geo-redundant copy are in Japan East or West.

    The control plane's word is the strongest. With data-plane credentials only: every address
    lies in the storage ranges of the region, and either the redundancy keeps no second region
    or the secondary's addresses lie in Japan (or it has none).
    """
    subject = evidence.subject
    if subject.family != "azure" or subject.loopback:
        return
    item = evidence.of(Kind.SERVICE)
    if item is None:
        yield from missing(evidence, "AZR-001", "The account's place", "アカウントの所在地")
        return
    if item.error is not None:
        yield _failure(item, "AZR-001", subject.account or subject.bucket)
        return
    where = {"call": item.call, "bucket": subject.account or subject.bucket}
    yield from _secondary(item, "azure", "AZR-002", where["bucket"])
    if item.value.get("location_type") not in (None, "", "Region"):
        values = where | {
            "kind": str(item.value["location_type"]),
            "zone": str(item.value.get("location_name") or "?"),
        }
        yield Reason("AZR-001", Effect.REFUSED, "service.zone", values)
    region = item.value.get("region")
    if region is None:
        yield from _azure_by_network(evidence, item, now)
    elif region not in REGIONS_IN_JAPAN["azure"]:
        yield Reason("AZR-001", Effect.REFUSED, "service.abroad", where | _words(item, region))
    elif region != subject.region:
        values = where | {"region": region, "configured": str(subject.region)}
        yield Reason("AZR-001", Effect.REFUSED, "service.other-region", values)
    else:
        # A geo-redundant account in Japan has its second copy in Japan's other region:
        # https://learn.microsoft.com/azure/reliability/regions-list (Japan East and West pair).
        values = where | _words(item, region, in_japan=True)
        yield Reason("AZR-001", Effect.ADMITTED, "service.region", values, Strength.SERVICE)


def _azure_by_network(evidence: Evidence, item: Item, now: datetime) -> Iterator[Reason]:
    primary = azure_inside(evidence, Kind.ADDRESSES, now)
    if primary is None or primary != evidence.subject.region:
        yield Reason("AZR-001", Effect.MISSING, "address.no-place")
        return
    redundancy = str(item.value.get("redundancy") or "?")
    local = keeps_one_region(redundancy)
    second = evidence.of(Kind.SECONDARY)
    absent = second is not None and second.value.get("absent") is True
    if not (local or absent or azure_inside(evidence, Kind.SECONDARY, now)):
        values = {"redundancy": redundancy}
        yield Reason("AZR-002", Effect.MISSING, "service.secondary-unknown", values)
        return
    first = evidence.of(Kind.ADDRESSES)
    if first is not None:
        values = {
            "host": first.text("host"),
            "region": primary,
            "source": first.text("source"),
            "token": first.text("token"),
            "date": first.text("dated"),
        }
        yield Reason("AZR-001", Effect.ADMITTED, "address.inside", values, Strength.NETWORK)


def keeps_one_region(redundancy: str) -> bool:
    """Whether an Azure SKU keeps every copy in one region. Source: Azure Storage redundancy."""
    return _LOCAL_REDUNDANCY.fullmatch(redundancy) is not None


def azure_settings(evidence: Evidence, _now: datetime) -> Iterator[Reason]:
    """AZE-001: the account wants https and TLS 1.2, where the control plane tells."""
    item = evidence.of(Kind.SERVICE)
    if evidence.subject.family != "azure" or item is None or item.error is not None:
        return
    raw: Mapping[str, str] = item.value.get("raw") or {}
    if raw.get("enable_https_traffic_only", "true").lower() == "false":
        yield Reason("AZE-001", Effect.REFUSED, "service.insecure", {"what": "http"})
    version = raw.get("minimum_tls_version", "TLS1_2")
    if version in ("TLS1_0", "TLS1_1"):
        yield Reason("AZE-001", Effect.REFUSED, "service.insecure", {"what": version})


def listed(evidence: Evidence, _now: datetime) -> Iterator[Reason]:
    """TAB-001: the endpoint is one of the table's, in Japan.

    At AWS and Azure the host does not place the bucket, so the row admits nothing there.
    """
    item, subject = evidence.of(Kind.ROW), evidence.subject
    if item is None:
        return
    value = {name: str(found) for name, found in item.value.items() if found is not None}
    confidence = value.pop("confidence", "?")
    value["confidence_en"] = confidence
    value["confidence_ja"] = _CONFIDENCE.get(confidence, confidence)
    if value.get("country") != "JP":
        yield Reason("TAB-001", Effect.REFUSED, "table.abroad", value)
    elif subject.family in ("aws", "azure"):
        yield Reason("TAB-001", Effect.NOTED, "table.host-only", value)
    elif subject.family == "s3-compatible" and subject.remote:
        yield Reason("TAB-001", Effect.ADMITTED, "table.row", value, Strength.TABLE)


def machine(evidence: Evidence, _now: datetime) -> Iterator[Reason]:
    """LOC-001: the bytes stay on this machine, on a file system of its own.

    At AWS a loopback endpoint is not enough: the service's own word is still demanded.
    """
    item, subject = evidence.of(Kind.MACHINE), evidence.subject
    if item is None:
        if not subject.networked:
            yield from missing(evidence, "LOC-001", "The directory", "ディレクトリ")
        return
    what = item.value.get("what")
    if what == "memory" and subject.family == "memory":
        yield Reason("LOC-001", Effect.ADMITTED, "machine.memory", {}, Strength.MACHINE)
    elif what == "directory" and subject.family == "local":
        path, kind = str(item.value.get("path")), str(item.value.get("filesystem") or "?")
        values = {"path": path, "filesystem": kind}
        if item.value.get("elsewhere") is False:
            yield Reason("LOC-001", Effect.ADMITTED, "machine.directory", values, Strength.MACHINE)
        else:
            yield Reason("LOC-001", Effect.MISSING, "machine.mount", values)
    elif what == "loopback" and subject.loopback:
        values = {"host": str(item.value.get("host"))}
        if subject.family == "aws":
            yield Reason("LOC-001", Effect.NOTED, "machine.loopback", values)
        else:
            yield Reason("LOC-001", Effect.ADMITTED, "machine.loopback", values, Strength.MACHINE)
