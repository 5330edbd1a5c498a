"""Where a bucket's replicas are, from hop to hop, until the ways end or could not be read. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from multistore.compliance.answers import MalformedError, entries, section, text
from multistore.compliance.view import UnreadableError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from multistore.compliance.view import View

_CALL = "GetBucketReplication"


@dataclass(frozen=True, slots=True)
class Hop:
    """One rule's target, and how it was reached.

    Attributes:
        way: the buckets' names, from the first to the target.
        region: where the target lies; None where nobody shows it.
        account: the account that the rule names as the new owner; empty for none.
        forbidden: whether the target's service refuses us.
        onward: whether the target's own rules could be read.
        rule: the rule.
        target: the target; None where nothing was seen of it.
    """

    way: tuple[str, ...]
    region: str | None
    account: str
    forbidden: bool
    onward: bool
    rule: Mapping[str, Any]
    target: View | None

    def looked_into(self) -> View:
        """Return the target, of which it is known where its own rules lead.

        Raises:
            UnreadableError: its rules could not be read.
            MalformedError: nothing was seen of it.
        """
        if self.target is None:
            raise MalformedError("the target of a rule was not looked at")
        if not self.onward:
            told = self.target.look(_CALL)
            raise UnreadableError(_CALL, self.target.resource.id, told)
        return self.target


def enabled(view: View) -> list[Mapping[str, Any]]:
    """Return the rules of a bucket that are switched on.

    Raises:
        UnreadableError: they could not be read.
    """
    rules = entries(view.read(_CALL), "ReplicationConfiguration", "Rules")
    return [rule for rule in rules if rule.get("Status") != "Disabled"]


def hops(view: View) -> Iterator[Hop]:
    """Give every target of every rule, and then the targets of theirs, each bucket once.

    Raises:
        UnreadableError: the first bucket's own rules could not be read.
    """
    yield from _from(view, (view.resource.name,), {view.resource.id}, enabled(view))


def _from(
    view: View, way: tuple[str, ...], seen: set[str], rules: list[Mapping[str, Any]]
) -> Iterator[Hop]:
    for rule in rules:
        to = section(rule, "Destination")
        name = text(to, "Bucket").rpartition(":")[2]
        target = view.of(f"{view.resource.id.partition('#')[0].rpartition('/')[0]}/{name}")
        region, forbidden, onward = None, False, False
        further: list[Mapping[str, Any]] = []
        if target is not None:
            head = target.look("HeadBucket")
            told = target.look(_CALL)
            region = text(head.value, "BucketRegion") or None if head is not None else None
            forbidden = head is None or head.http_status in (401, 403, 404)
            onward = told is not None and told.status != "unreadable"
            further = enabled(target) if onward else []
        yield Hop((*way, name), region, text(to, "Account"), forbidden, onward, rule, target)
        if target is not None and further and target.resource.id not in seen:
            yield from _from(target, (*way, name), seen | {target.resource.id}, further)
