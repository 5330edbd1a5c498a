"""The configuration's own ledger, read for an answer like a service's. It founds none."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NoReturn

from multistore.compliance.model import Answer
from multistore.errors import MultistoreError, NotFoundError
from multistore.ledger.ledger import open_ledger

if TYPE_CHECKING:
    from collections.abc import Callable

    from multistore.config import Settings
    from multistore.ledger.ledger import Ledger


def answered(settings: Settings, call: str, read: Callable[[Ledger], dict[str, Any]]) -> Answer:
    """Open the ledger, read from it, and record what came of that.

    Args:
        settings: the configuration.
        call: the answer's name.
        read: gives the answer's value; only reads.
    """
    at = datetime.now(UTC)
    try:
        opened = open_ledger(settings.vault.ledger, base=settings.base, found=_absent)
        try:
            value = read(opened)
        finally:
            opened.close()
    except NotFoundError:
        return Answer(call, "configuration", at, "absent", why="NoLedger")
    except MultistoreError as error:
        why = error.code or type(error).__name__
        return Answer(call, "configuration", at, "unreadable", why=why)
    return Answer(call, "configuration", at, "read", value)


def _absent(_ledger: Ledger) -> NoReturn:
    raise NotFoundError("there is no ledger", operation="check")
