"""Who wants to hear, in this context, that a control client sent a request again.

obstore, which carries the bytes, retries inside itself and tells nobody.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

LISTENER: ContextVar[Callable[[], object] | None] = ContextVar("multistore_resent", default=None)


def resent() -> None:
    """Tell the listener of this context, where there is one."""
    listener = LISTENER.get()
    if listener is not None:
        listener()
