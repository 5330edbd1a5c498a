"""What was seen about one store, frozen, so that a verdict can be replayed from its record."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from multistore.errors import InvalidArgumentError
from multistore.residency.reasons import Strength

if TYPE_CHECKING:
    from collections.abc import Mapping

FORMAT = 1

Family = Literal["aws", "azure", "s3-compatible", "local", "memory"]
_FAMILIES: tuple[Family, ...] = ("aws", "azure", "s3-compatible", "local", "memory")


class Kind(StrEnum):
    """What a piece of evidence is about."""

    ENVIRONMENT = "environment"
    ROW = "row"
    CLAIM = "claim"
    MACHINE = "machine"
    ADDRESSES = "addresses"
    SECONDARY = "secondary-addresses"
    TLS = "tls"
    SERVICE = "service"
    CLOCK = "clock"
    CANARY = "canary"

    @property
    def strength(self) -> Strength | None:
        """How strong an admission by this kind is; None for what never admits."""
        return _STRENGTHS.get(self)


_STRENGTHS: Mapping[Kind, Strength] = MappingProxyType(
    {
        Kind.SERVICE: Strength.SERVICE,
        Kind.ROW: Strength.TABLE,
        Kind.ADDRESSES: Strength.NETWORK,
        Kind.SECONDARY: Strength.NETWORK,
        Kind.CLAIM: Strength.CLAIM,
        Kind.MACHINE: Strength.MACHINE,
    }
)


@dataclass(frozen=True, slots=True)
class Subject:
    """Which store the evidence is about, as the configuration has it. No secret is in it.

    Attributes:
        store: its name in the configuration.
        family: which rules apply; a store that an installed package brings is held to those of
            an S3-compatible one.
        provider: its name in the table, or the configuration's own word.
        bucket: the bucket, container or directory.
        region: as configured, or from the row; None where there is none.
        url: the endpoint; None without a network.
        hosts: every host that a request may name, sorted.
        account: the Azure account, or a namespace.
        accepts: the collections that the store accepts.
        collections: the collections that the configuration routes to it.
        loopback: whether the endpoint is this machine.
        proxied: whether a named proxy stands in between.
        claimed: whether the configuration states a placement.
    """

    store: str
    family: Family
    provider: str
    bucket: str
    region: str | None = None
    url: str | None = None
    hosts: tuple[str, ...] = ()
    account: str | None = None
    accepts: tuple[str, ...] = ()
    collections: tuple[str, ...] = ()
    loopback: bool = False
    proxied: bool = False
    claimed: bool = False

    @property
    def networked(self) -> bool:
        """Whether its bytes pass a socket."""
        return self.family not in ("local", "memory")

    @property
    def remote(self) -> bool:
        """Whether its bytes leave this machine."""
        return self.networked and not self.loopback


@dataclass(frozen=True, slots=True)
class Item:
    """One piece of evidence.

    Attributes:
        kind: what it is about; its strength follows from it.
        value: the facts, as JSON would have them; ``error`` where it could not be had.
        call: what was done to learn it (``HeadBucket``, ``getaddrinfo`` …).
        taken: when, aware.
        request_id: the service's, where it gave one.
        sha256: of the raw answer, where there was one.
    """

    kind: Kind
    value: Mapping[str, Any]
    call: str
    taken: datetime
    request_id: str | None = None
    sha256: str | None = None

    @property
    def strength(self) -> Strength | None:
        """How strong an admission by it would be."""
        return self.kind.strength

    @property
    def error(self) -> str | None:
        """Why it could not be had, if so."""
        found = self.value.get("error")
        return None if found is None else str(found)

    def text(self, name: str) -> str:
        """Return one fact as text; ``?`` where it is not there."""
        found = self.value.get(name)
        return "?" if found is None else str(found)

    def texts(self, name: str) -> list[str]:
        """Return a list of texts; empty where it is not there."""
        found: list[Any] = self.value.get(name) or []
        return [str(entry) for entry in found]

    def entries(self, name: str) -> list[dict[str, Any]]:
        """Return a list of entries; empty where it is not there."""
        found: list[dict[str, Any]] = self.value.get(name) or []
        return found


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that was seen about one store at one time.

    Attributes:
        subject: which store.
        items: what was seen, in the order in which it was looked at.
        taken: when the look began, aware.
        complete: False where something already seen stopped the look; never admitted.
    """

    subject: Subject
    items: tuple[Item, ...]
    taken: datetime
    complete: bool = True

    def of(self, kind: Kind) -> Item | None:
        """Return the latest piece of this kind, if there is one."""
        return next((item for item in reversed(self.items) if item.kind is kind), None)

    def with_items(self, *items: Item) -> Evidence:
        """Return the same evidence and more."""
        return replace(self, items=(*self.items, *items))

    def to_json(self) -> str:
        """Give the record, from which ``from_json`` makes the same evidence."""
        subject = {name: getattr(self.subject, name) for name in Subject.__slots__}
        return json.dumps(
            {
                "format": FORMAT,
                "taken": self.taken.isoformat(),
                "complete": self.complete,
                "subject": subject,
                "items": [_item_to_json(item) for item in self.items],
            },
            ensure_ascii=False,
            sort_keys=True,
        )

    @classmethod
    def from_json(cls, text: str) -> Evidence:
        """Read a record.

        Raises:
            InvalidArgumentError: it is not the record of evidence, or of another format.
        """
        try:
            raw = json.loads(text)
            _check_format(raw["format"])
            return cls(
                subject=_subject_from_json(raw["subject"]),
                items=tuple(_item_from_json(item) for item in raw["items"]),
                taken=_aware(raw["taken"]),
                complete=raw["complete"] is True,
            )
        except InvalidArgumentError:
            raise
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InvalidArgumentError(f"this is not a record of evidence: {error}") from None


def _check_format(found: object) -> None:
    if found != FORMAT:
        raise InvalidArgumentError(f"evidence of format {found!r} cannot be read; this is {FORMAT}")


def _subject_from_json(raw: dict[str, Any]) -> Subject:
    if raw["family"] not in _FAMILIES:
        raise InvalidArgumentError(f"there is no family {raw['family']!r} of stores")
    tuples = ("hosts", "accepts", "collections")
    fields: dict[str, Any] = {n: tuple(v) if n in tuples else v for n, v in raw.items()}
    return Subject(**fields)


def _item_to_json(item: Item) -> dict[str, Any]:
    return {
        "kind": item.kind.value,
        "strength": item.strength.value if item.strength else None,
        "value": dict(item.value),
        "call": item.call,
        "taken": item.taken.isoformat(),
        "request_id": item.request_id,
        "sha256": item.sha256,
    }


def _item_from_json(raw: dict[str, Any]) -> Item:
    value: dict[str, Any] = raw["value"]
    if not hasattr(value, "items"):
        raise InvalidArgumentError("the facts of a piece of evidence are an object")
    return Item(
        kind=Kind(raw["kind"]),
        value=value,
        call=raw["call"],
        taken=_aware(raw["taken"]),
        request_id=raw["request_id"],
        sha256=raw["sha256"],
    )


def _aware(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise InvalidArgumentError(f"{text} has no time zone")
    return moment
