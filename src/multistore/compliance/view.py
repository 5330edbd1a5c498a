"""What a judge sees: the answers about one resource, and the way to those of others. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from multistore.compliance.model import Answer, Copy, Resource
    from multistore.config import Settings, StoreSettings
    from multistore.residency.evidence import Evidence
    from multistore.residency.reasons import Reason


CALLER = "sts:GetCallerIdentity"
"""The answer that says as whom an AWS account is looked at."""


class UnreadableError(Exception):
    """A rule asked for an answer that could not be had; the checker makes it UNKNOWN.

    Attributes:
        answer: the unreadable one; None where the call was never made.
        call: the call.
        resource: the id of the resource that it is about.
    """

    def __init__(self, call: str, resource: str, answer: Answer | None) -> None:
        super().__init__(f"{call} of {resource} could not be read")
        self.call = call
        self.resource = resource
        self.answer = answer


@dataclass(frozen=True)
class Seen:
    """Everything that one check saw. Made by the checker, read by judges.

    Attributes:
        settings: the configuration.
        now: the time of the check, aware.
        resources: by id.
        answers: by resource and call.
        copies: the arrows.
        evidence: of the gate, by the store's name.
        refusals: of a store that the table refuses, why; it was not talked to.
        failures: of a resource that could not be asked at all, why; by id.
        account: whether whole accounts were looked at.
        offline: whether the network was left alone.
    """

    settings: Settings
    now: datetime
    resources: Mapping[str, Resource]
    answers: Mapping[tuple[str, str], Answer]
    copies: tuple[Copy, ...] = ()
    evidence: Mapping[str, Evidence] = field(default_factory=dict[str, "Evidence"])
    refusals: Mapping[str, tuple[Reason, ...]] = field(
        default_factory=dict[str, "tuple[Reason, ...]"]
    )
    failures: Mapping[str, str] = field(default_factory=dict[str, str])
    account: bool = False
    offline: bool = False

    @cached_property
    def by_kind(self) -> Mapping[str, Sequence[Resource]]:
        """Every resource, by its kind."""
        found: dict[str, list[Resource]] = {}
        for resource in self.resources.values():
            found.setdefault(resource.kind, []).append(resource)
        return found

    @cached_property
    def by_resource(self) -> Mapping[str, Sequence[Answer]]:
        """Every answer, by the id of its resource."""
        found: dict[str, list[Answer]] = {}
        for answer in self.answers.values():
            found.setdefault(answer.resource, []).append(answer)
        return found

    def identity(self, resource: Resource) -> str:
        """Say as whom a resource was looked at: what the account says, or the reference."""
        store = self.settings.stores.get(resource.via or resource.store or "")
        if store is None:
            return ""
        credentials = store.credentials or "default"
        caller = self.answers.get((f"{store.provider}-account:{credentials}", CALLER))
        named = caller.value.get("Arn") if caller is not None else None
        return str(named or credentials)


class View:
    """The answers about one resource. Remembers which it was asked for, as the evidence."""

    def __init__(self, seen: Seen, resource: Resource) -> None:
        self.seen = seen
        self.resource = resource
        self.asked: list[Answer] = []

    @property
    def settings(self) -> Settings:
        """The whole configuration."""
        return self.seen.settings

    @property
    def store(self) -> StoreSettings | None:
        """The entry of the configuration, where the resource has one."""
        return self.settings.stores.get(self.resource.store or "")

    @property
    def now(self) -> datetime:
        """The time of the check, aware."""
        return self.seen.now

    @property
    def evidence(self) -> Evidence | None:
        """What the gate would see of this store; None for what is no store."""
        return self.seen.evidence.get(self.resource.store or "")

    @property
    def copies(self) -> tuple[Copy, ...]:
        """The arrows that begin here."""
        return tuple(copy for copy in self.seen.copies if copy.source == self.resource.id)

    @property
    def collections(self) -> tuple[str, ...]:
        """The collections that the configuration routes here, sorted."""
        entries = self.settings.collections.items()
        return tuple(sorted(name for name, c in entries if c.store == self.resource.store))

    def account(self) -> str:
        """Return the number of the AWS account by whose credentials the resource was looked at.

        Raises:
            UnreadableError: the account does not say.
        """
        store = self.settings.stores.get(self.resource.via or self.resource.store or "")
        credentials = (store.credentials if store is not None else None) or "default"
        owner = f"aws-account:{credentials}"
        caller = self.seen.answers.get((owner, CALLER))
        if caller is None or not caller.value.get("Account"):
            raise UnreadableError(CALLER, owner, caller)
        return str(caller.value["Account"])

    def answer(self, call: str) -> Mapping[str, Any] | None:
        """Return what a call answered; None where the service says that nothing is configured.

        Raises:
            UnreadableError: it could not be read, or the call was never made.
        """
        found = self.look(call)
        if found is None or found.status == "unreadable":
            raise UnreadableError(call, self.resource.id, found)
        return found.value if found.status == "read" else None

    def read(self, call: str) -> Mapping[str, Any]:
        """Return what a call answered; empty where the service says that nothing is configured.

        Raises:
            UnreadableError: as ``answer``.
        """
        return self.answer(call) or {}

    def look(self, call: str) -> Answer | None:
        """Return the record of a call whatever became of it; None where it was never made."""
        found = self.seen.answers.get((self.resource.id, call))
        if found is not None:
            self.asked.append(found)
        return found

    def of(self, resource: str) -> View | None:
        """Return the view of another resource by its id; None where nothing led to it."""
        found = self.seen.resources.get(resource)
        if found is None:
            return None
        other = View(self.seen, found)
        other.asked = self.asked
        return other

    def every(self, *kinds: str) -> Iterator[View]:
        """Give the view of every resource of these kinds."""
        for kind in kinds:
            for resource in self.seen.by_kind.get(kind, ()):
                other = View(self.seen, resource)
                other.asked = self.asked
                yield other
