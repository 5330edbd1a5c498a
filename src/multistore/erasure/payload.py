"""What a certificate says, field by field, after NIST SP 800-88 Rev. 2, section 4.6. Pure."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from multistore.erasure.certificate import TYPE, VERSION, utc
from multistore.erasure.fate import Fate
from multistore.erasure.inventory import KINDS, STRAYS, UPLOAD
from multistore.erasure.plan import listing_digest
from multistore.erasure.subject import SubjectKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from multistore.erasure.fate import VersionFate
    from multistore.erasure.inventory import Inventory, Item, Unseen
    from multistore.erasure.key_evidence import KeyEvidence
    from multistore.erasure.plan import Plan
    from multistore.erasure.residual import Residual
    from multistore.erasure.verdict import Verdict

_METHODS = {
    True: ("purge", "cryptographic erase, and deletion of every version through the service"),
    False: ("clear", "deletion of every version through the service"),
}


@dataclass(frozen=True, slots=True)
class Medium:
    """One store, as a certificate names it; what is not known is None.

    Attributes:
        provider: as the configuration names it.
        bucket: the bucket, container or directory.
        operator: the legal entity that runs it.
        jurisdiction: the country of that entity.
        region: where the bytes are.
        versions: ``kept``, ``not kept`` or ``unknown``.
        lock: what forbids deletions there, as the store says.
    """

    provider: str
    bucket: str
    operator: str | None = None
    jurisdiction: str | None = None
    region: str | None = None
    versions: str = "unknown"
    lock: str | None = None


@dataclass(frozen=True, slots=True)
class Contract:
    """The dates of a tenant's end; None where they do not apply."""

    tenant_id: str
    contract_end: date | None = None
    stopped_at: datetime | None = None
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """Who did it, why, when, with what."""

    id: str
    reason: str
    performed_by: str
    validated_by: str | None
    begun_at: datetime
    issued_at: datetime
    rounds: int
    previous: tuple[str, ...]
    tool: str
    module: str
    log_head: tuple[int, str] | None


def tenant_reference(ledger_id: bytes, tenant: str) -> str:
    """Give a tenant's keyed reference: certificates of one tenant have it in common."""
    domain = b"multistore-tenant-reference-v1\0"
    return hmac.new(ledger_id, domain + tenant.encode(), sha256).hexdigest()[:32]


def payload(
    *,
    told: Told,
    plan: Plan,
    after: Inventory,
    fates: Sequence[VersionFate],
    verdict: Verdict,
    media: Mapping[str, Medium],
    keys: KeyEvidence,
    contract: Contract,
    reference: str,
) -> dict[str, Any]:
    """Put the fields together."""
    method, technique = _METHODS[bool(keys.keys) and not keys.left]
    subject = plan.subject
    return {
        "type": TYPE,
        "version": VERSION,
        "id": told.id,
        "issued_at": utc(told.issued_at),
        "status": str(verdict.status),
        "reissue_at": utc(verdict.reissue_at),
        "previous": list(told.previous),
        "standard": {
            "sanitization": "NIST SP 800-88 Rev. 2",
            "method": method,
            "technique": technique,
            "algorithms": ["AES-256-GCM", "HKDF-SHA-256", "HMAC-SHA-256"],
            "crypto_module": {"name": told.module, "validation": "not validated by CMVP or JCMVP"},
        },
        "subject": {
            "kind": str(subject.kind),
            "name": str(subject),
            "except_collections": sorted(subject.except_collections),
            "scope_ids": list(keys.scope_ids),
            "tenant_id": contract.tenant_id,
            "tenant_reference": reference,
            "contract_end": str(contract.contract_end) if contract.contract_end else None,
            "stopped_at": utc(contract.stopped_at),
            "due_at": utc(contract.due_at),
        },
        "reason": told.reason,
        "plan": {"digest": plan.digest, "items": len(plan.items), "begun_at": utc(told.begun_at)},
        "outcomes": {str(fate): sum(1 for one in fates if one.fate is fate) for fate in Fate},
        "media": [
            _medium(name, medium, plan.items, after) for name, medium in sorted(media.items())
        ],
        "keys": [
            {
                "fingerprint": key.fingerprint,
                "collection": key.collection,
                "version": key.version,
                "wrapped_under": list(key.wrapped_under),
                "destroyed_at": utc(key.destroyed_at),
            }
            for key in keys.keys
        ],
        "kek_destruction": [
            {
                "number": kek.number,
                "kind": kek.kind,
                "key_id": kek.key_id,
                "scheduled_for": utc(kek.scheduled_for),
                "destroyed_at": utc(kek.destroyed_at),
                "evidence": keys.service,
                "location": keys.location,
                "attestable": keys.attestable,
                "probe": kek.probe,
            }
            for kek in keys.keks
        ],
        "residual": [_residual(left) for left in verdict.residual],
        "holds": [
            {
                "name": hold.name,
                "subject": hold.subject,
                "reason": hold.reason,
                "placed_by": hold.placed_by,
                "placed_at": utc(hold.placed_at),
            }
            for hold in plan.holds
        ],
        "verification": {
            "method": "a fresh listing of versions, markers, copies and uploads in every store"
            + (", and a question to the key service about every key" if keys.keks else ""),
            "rounds": told.rounds,
            "performed_by": told.performed_by,
            "validated_by": told.validated_by,
        },
        "tool": told.tool,
        "erasure_log": None
        if told.log_head is None
        else {"entry": told.log_head[0], "hash": told.log_head[1]},
    }


def _residual(left: Residual) -> dict[str, Any]:
    said: dict[str, Any] = {"what": left.what, "why": left.why, "until": utc(left.until)}
    if left.item is not None:
        item = left.item
        said["item"] = {
            "store": item.store,
            "kind": item.kind,
            "name": item.name,
            "version": item.version,
            "mark": item.mark,
        }
    return said


def _medium(
    name: str, medium: Medium, before: tuple[Item, ...], after: Inventory
) -> dict[str, Any]:
    own = tuple(item for item in before if item.store == name)
    left = after.of_store(name)
    not_seen = tuple(one for one in after.unseen if one.store == name)
    return {
        "store": name,
        "provider": medium.provider,
        "operator": medium.operator,
        "jurisdiction": medium.jurisdiction,
        "region": medium.region,
        "bucket": medium.bucket,
        "versions": medium.versions,
        "lock": medium.lock,
        "before": {**_counts(own, ()), "listing_digest": listing_digest(own)},
        "after": {**_counts(left, not_seen), "listing_digest": listing_digest(left)},
        "not_looked_at": [{"what": one.what, "why": one.why} for one in not_seen],
    }


def _counts(items: tuple[Item, ...], unseen: tuple[Unseen, ...]) -> dict[str, int | None]:
    """Count by kind; None, and never zero, where nobody could look."""
    blind = {one.what for one in unseen}
    counts: dict[str, int | None] = {}
    for kind in KINDS:
        hidden = "uploads" in blind if kind == UPLOAD else bool(blind - {"uploads", STRAYS})
        counts[f"{kind.replace('-', '_')}s"] = (
            None if hidden else sum(1 for item in items if item.kind == kind)
        )
    counts["bytes"] = None if blind - {STRAYS} else sum(item.size for item in items)
    return counts


def concerns_keys(kind: SubjectKind) -> bool:
    """Whether the keys go with the subject: only a whole tenant's do."""
    return kind is SubjectKind.TENANT
