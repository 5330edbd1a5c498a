"""What an erasure leaves, as a certificate names it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from multistore.erasure.inventory import Item


@dataclass(frozen=True, slots=True)
class Residual:
    """Something that remains: what, why, until when where that is known, and which item."""

    what: str
    why: str
    until: datetime | None = None
    item: Item | None = None
