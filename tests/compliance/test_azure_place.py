"""Where a storage account and its second copy are, by every rung of the ladder of evidence."""

from __future__ import annotations

import pytest

from multistore.compliance.model import Status
from multistore.residency.evidence import Kind
from tests.compliance.azure_world import CLEAN, CONTAINER, evidence
from tests.residency import seen as gate

FAIL, PASS, UNKNOWN, NA = Status.FAIL, Status.PASS, Status.UNKNOWN, Status.NA

GEO = gate.addresses(
    "acct1-secondary.blob.core.windows.net",
    gate.address("20.150.0.2", region="japanwest", operator="azure"),
    kind=Kind.SECONDARY,
)
NOWHERE = gate.item(Kind.SECONDARY, host="acct1-secondary.blob.core.windows.net", error="timeout")
EVIDENCE = {
    # what was seen: AZR-001, AZR-002
    "in Japan, one region": (evidence(), PASS, PASS),
    "the pair in Japan": (evidence(sku="Standard_GRS", secondary="japanwest"), PASS, PASS),
    "a pair abroad": (evidence(sku="Standard_GRS", secondary="southeastasia"), PASS, FAIL),
    "abroad": (evidence(region="southeastasia"), FAIL, PASS),
    "the other region": (evidence(region="japanwest"), FAIL, PASS),
    "by addresses, one region": (evidence(region=None), PASS, PASS),
    "by addresses, the pair in Japan": (
        evidence(region=None, sku="Standard_RAGRS", second_host=GEO),
        PASS,
        PASS,
    ),
    "by addresses, no host of a pair": (evidence(region=None, sku="Standard_GRS"), PASS, PASS),
    "by addresses, a pair somewhere": (
        evidence(region=None, sku="Standard_GRS", second_host=NOWHERE),
        UNKNOWN,
        UNKNOWN,
    ),
    "no redundancy told": (evidence(sku=None, second_host=NOWHERE), PASS, UNKNOWN),
}


@pytest.mark.parametrize(("seen", "place", "copy"), EVIDENCE.values(), ids=EVIDENCE)
def test_the_place_is_judged_by_the_ladder(seen, place, copy):
    world = CLEAN.but(evidence={"az": seen})
    got = world.statuses("AZR-001", CONTAINER)
    # A store that is refused by one rule alone still has its place.
    assert got == {place} or (place is UNKNOWN and got <= {UNKNOWN, NA, PASS})
    assert world.statuses("AZR-002", CONTAINER) == {copy}


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        ({}, PASS),
        ({"enable_https_traffic_only": "false"}, FAIL),
        ({"minimum_tls_version": "TLS1_0"}, FAIL),
        ({"minimum_tls_version": "TLS1_1"}, FAIL),
        ({"minimum_tls_version": "TLS1_3"}, PASS),
    ],
)
def test_transport_is_judged_by_the_owners_side(raw, status):
    world = CLEAN.but(evidence={"az": evidence(**raw)})
    assert world.statuses("AZE-001", CONTAINER) == {status}


def test_a_store_without_any_evidence_is_unknown():
    world = CLEAN.but(evidence={"az": gate.without(evidence(), Kind.SERVICE)})
    assert UNKNOWN in world.statuses("AZR-001", CONTAINER)
    assert UNKNOWN in world.statuses("AZR-002", CONTAINER)
