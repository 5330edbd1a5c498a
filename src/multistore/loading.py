"""To load what stays: modules are searched for garbage only when all of them are there."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator


@contextmanager
def kept() -> Generator[None, None, None]:
    """Import within it what is large. No collection runs until it ends, in any thread.

    *Measured*: Python would look through all modules again and again while they are loaded; that
    is 70 of the 600 ms of a process that opens a vault and puts one object.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
