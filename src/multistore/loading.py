"""To load what stays: modules are searched for garbage only when all of them are there."""

from __future__ import annotations

import gc
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator


_is_paused = False


def _forked() -> None:
    """Go on collecting in a child: the thread that would is its parent's."""
    if _is_paused:
        gc.enable()


os.register_at_fork(after_in_child=_forked)


@contextmanager
def kept() -> Generator[None, None, None]:
    """Import within it what is large. No collection runs until it ends, in any thread.

    *Measured*: Python would look through all modules again and again while they are loaded; that
    is 70 of the 600 ms of a process that opens a vault and puts one object.
    """
    if not gc.isenabled():
        yield
        return
    global _is_paused  # noqa: PLW0603 - of the process, as the collector is
    try:
        _is_paused = True
        gc.disable()  # within the try: Ctrl-C may come with it
        yield
    finally:
        gc.enable()
        _is_paused = False
