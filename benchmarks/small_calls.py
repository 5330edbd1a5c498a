"""How much Python one call goes through: counted once, with a profile function, not timed."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

HERE = str(Path(__file__).parent)


class Counted(NamedTuple):
    """What one call has entered, what this directory does itself taken off.

    Attributes:
        frames: Python functions, a generator once for each time that it goes on.
        calls: functions of C.
    """

    frames: int
    calls: int


def counted(call: Callable[[int], object], number: int) -> Counted:
    """Call once, and count in this thread."""
    found = {"call": 0, "c_call": 0}

    def noted(frame: FrameType, event: str, _argument: object) -> None:
        if event in found and not frame.f_code.co_filename.startswith(HERE):
            found[event] += 1

    before = sys.getprofile()
    sys.setprofile(noted)
    try:
        call(number)
    finally:
        sys.setprofile(before)
    return Counted(found["call"], found["c_call"])
