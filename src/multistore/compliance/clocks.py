"""How far this machine's clock is from the services', by the dates of their answers. Pure.

A Date header has whole seconds, cut off: a service that said ``date`` answered in the second that
begins there. What arrived at ``at`` by our clock therefore bounds the offset from above by
``at - date``; and, but for the time that the answer was on its way, from below by one second
less. Of many answers the one that was on its way for the shortest time says most.
"""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from multistore.compliance.collect.clock import CALL
from multistore.compliance.model import ClockOffset

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from multistore.compliance.model import Answer
    from multistore.compliance.view import Seen

HALF = 0.5
"""Seconds: how exact an offset is that a Date header gives."""

KERNEL = "kernel"


def offset(answers: Iterable[Answer], source: str) -> ClockOffset:
    """Return the middle of what these answers leave room for; positive: our clock is ahead.

    Args:
        answers: of one service.
        source: its name.
    """
    ages = [(answer.at - date).total_seconds() for answer in answers if (date := dated(answer))]
    if not ages:
        return ClockOffset(None, source)
    return ClockOffset(round(min(ages) - HALF, 3), source, HALF)


def dated(answer: Answer) -> datetime | None:
    """Return when the service said that it was; None where it did not, or not readably."""
    try:
        said = parsedate_to_datetime(answer.provider_date or "")
    except ValueError:
        return None
    return said if said.tzinfo is not None else None


def offsets(seen: Seen) -> tuple[ClockOffset, ...]:
    """Return what was seen of the clocks: each store's, by its own answers, and the kernel's."""
    found: list[ClockOffset] = []
    for resource in seen.resources.values():
        if resource.store is None:
            continue
        own = seen.by_resource.get(resource.id, ())
        if any(dated(answer) for answer in own):
            found.append(offset(own, resource.store))
    kernel = seen.answers.get(("configuration", CALL))
    if kernel is not None and kernel.value.get("synchronised") is True:
        error = int(kernel.value.get("maxErrorMicroseconds") or 0) / 1e6
        found.append(ClockOffset(0.0, KERNEL, error))
    else:
        found.append(ClockOffset(None, KERNEL))
    return tuple(found)
