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
    )


def not_deleted(remaining: Sequence[Outcome], of: int) -> ErasureError:
    """Make the error of a deletion of many, some of which were refused or failed."""
    named = "; ".join(
        f"{o.name}: {o.status} {o.code or ''} (request id {o.request_id})" for o in remaining[:10]
    )
    return ErasureError(
        f"{len(remaining)} of {of} objects were not deleted: {named}",
        operation="delete",
        remaining=tuple(remaining),
    )
