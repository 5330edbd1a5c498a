"""Every rule of the gate: evidence in, reasons out; pure, small, and known by its id.

The ids and severities are the project's own and stay as they are. The gate runs them before the
first byte; a report runs the very same functions over the same evidence.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from multistore.residency.evidence import Evidence, Kind
from multistore.residency.rules_claim import claim, fronted
from multistore.residency.rules_network import addresses, loopback_name, tls
from multistore.residency.rules_place import (
    aws_region,
    azure_location,
    azure_settings,
    listed,
    machine,
)
from multistore.residency.rules_subject import (
    bucket_name,
    classes,
    clock,
    environment,
    pinned,
    subresource_deletes,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from multistore.residency.reasons import Reason

Severity = Literal["critical", "high", "medium", "low"]


@dataclass(frozen=True, slots=True)
class Rule:
    """One question about a store.

    Attributes:
        name: what is asked, for the reader of this table.
        ids: the rule ids that its reasons carry.
        needs: the kinds of evidence without which it has nothing to say yet.
        judge: the pure function.
        gate: whether the gate asks it; the others are for reports and for changes.
    """

    name: str
    ids: tuple[str, ...]
    needs: frozenset[Kind]
    judge: Callable[[Evidence, datetime], Iterable[Reason]]
    gate: bool = True


# In the order of the gate: configuration and environment (no I/O), the names and addresses of
# the endpoint, its TLS, what the service says.
RULES: tuple[Rule, ...] = (
    Rule("the data's class is accepted here", ("CLS-001",), frozenset(), classes),
    Rule(
        "the bucket is the plain name of a bucket",
        ("NET-014", "RES-002", "RES-003", "RES-005"),
        frozenset(),
        bucket_name,
    ),
    Rule("the endpoint is pinned, and https", ("NET-001", "ENC-006"), frozenset(), pinned),
    Rule(
        "the environment changes nothing",
        ("NET-003", "NET-004", "NET-005", "NET-011", "NET-012", "ENC-006", "RES-006"),
        frozenset({Kind.ENVIRONMENT}),
        environment,
    ),
    Rule("this machine", ("LOC-001",), frozenset({Kind.MACHINE}), machine),
    Rule("the endpoint is in the table", ("TAB-001",), frozenset({Kind.ROW}), listed),
    Rule("the claim stands", ("ATT-001", "ATT-002"), frozenset({Kind.CLAIM}), claim),
    Rule("loopback is loopback", ("LOC-001",), frozenset({Kind.ADDRESSES}), loopback_name),
    Rule("the addresses are in Japan", ("NET-006",), frozenset({Kind.ADDRESSES}), addresses),
    Rule("TLS is sound", ("ENC-005", "NET-008"), frozenset({Kind.TLS}), tls),
    Rule(
        "a claimed cloud is not resold",
        ("ATT-001", "ATT-002", "NET-008"),
        frozenset({Kind.CLAIM, Kind.ADDRESSES, Kind.TLS}),
        fronted,
    ),
    Rule(
        "S3 says that the bucket is in Japan",
        ("RES-001", "RES-002", "RES-004"),
        frozenset({Kind.SERVICE}),
        aws_region,
    ),
    Rule(
        "the Azure account is in Japan, and so is its copy",
        ("AZR-001", "AZR-002"),
        frozenset({Kind.SERVICE, Kind.ADDRESSES}),
        azure_location,
    ),
    Rule("the Azure account wants https", ("AZE-001",), frozenset({Kind.SERVICE}), azure_settings),
    Rule("the clocks agree", ("LOG-004",), frozenset({Kind.CLOCK}), clock),
    Rule(
        "a subresource may be deleted",
        ("CAP-003",),
        frozenset({Kind.CANARY}),
        subresource_deletes,
        gate=False,
    ),
)

SEVERITIES: dict[str, Severity] = {
    "ATT-001": "critical",
    "ATT-002": "high",
    "AZE-001": "high",
    "AZR-001": "critical",
    "AZR-002": "critical",
    "AZR-011": "high",
    "CAP-003": "critical",
    "CAP-005": "high",
    "CLS-001": "critical",
    "ENC-005": "high",
    "ENC-006": "critical",
    "LOC-001": "high",
    "LOG-004": "high",
    "NET-001": "critical",
    "NET-003": "high",
    "NET-004": "high",
    "NET-005": "medium",
    "NET-006": "high",
    "NET-008": "high",
    "NET-011": "medium",
    "NET-012": "low",
    "NET-014": "critical",
    "NET-015": "high",
    "RES-001": "critical",
    "RES-002": "critical",
    "RES-003": "critical",
    "RES-004": "critical",
    "RES-005": "critical",
    "RES-006": "high",
    "RES-007": "high",
    "TAB-001": "critical",
}
