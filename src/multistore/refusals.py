"""From the outcome of a deletion to the error that says so. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multistore.errors import (
    AccessDeniedError,
    ErasureError,
    MultistoreError,
    PreconditionFailedError,
    RetainedError,
    UnavailableError,
)
from multistore.values import OutcomeStatus

if TYPE_CHECKING:
    from collections.abc import Sequence

    from multistore.values import Outcome


_HINTS = {
    OutcomeStatus.RETAINED: (
        "A hold, a lock or a retention keeps it; multistore tenant holds lists the holds."
    ),
    OutcomeStatus.DENIED: "Grant the caller this action on the bucket and the object.",
    OutcomeStatus.FAILED: (
        "See the endpoint's name, the network and the firewall; deleting once more is safe."
    ),
}


def refusal(outcome: Outcome) -> MultistoreError:
    """Make the error of one deletion that was refused or failed."""
    kind: type[MultistoreError] = {
        OutcomeStatus.CHANGED: PreconditionFailedError,
        OutcomeStatus.RETAINED: RetainedError,
        OutcomeStatus.DENIED: AccessDeniedError,
    }.get(outcome.status, UnavailableError)
    return kind(
        outcome.detail or f"the object was not deleted: {outcome.status}",
        version=outcome.version,
        code=outcome.code,
        request_id=outcome.request_id,
        hint=_HINTS.get(outcome.status),
    )


def not_deleted(remaining: Sequence[Outcome], of: int) -> ErasureError:
    """Make the error of a deletion of many, some of which were refused or failed."""
    named = "; ".join(map(_named, remaining[:10]))
    statuses = {outcome.status for outcome in remaining}
    return ErasureError(
        f"{len(remaining)} of {of} objects were not deleted: {named}",
        operation="delete",
        remaining=tuple(remaining),
        hint=_HINTS.get(statuses.pop()) if len(statuses) == 1 else None,
    )


def _named(outcome: Outcome) -> str:
    request = f"request id {outcome.request_id}" if outcome.request_id else None
    why = ", ".join(filter(None, (outcome.code, request)))
    return f"{outcome.name}: {outcome.status}" + (f" ({why})" if why else "")
