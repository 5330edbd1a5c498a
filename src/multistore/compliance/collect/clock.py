"""The kernel's own word about its clock: adjtimex(2), read and not set. No privilege is needed."""

from __future__ import annotations

import ctypes
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from multistore.compliance.collect import Collector
from multistore.compliance.model import Answer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from multistore.compliance.collect.reader import Reader
    from multistore.compliance.model import AnswerStatus, Resource

CALL = "adjtimex"
NOT_SYNCHRONISED = 5
"""TIME_ERROR of <sys/timex.h>: what adjtimex returns for a clock that nothing keeps."""


class _Timex(ctypes.Structure):
    """The struct timex of <sys/timex.h>; with ``modes`` 0 the kernel only fills it in."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_byte * 160),
    )


def kernel(resource: Resource, _reader: Reader) -> Iterator[Answer]:
    """Ask the kernel whether its clock is synchronised. No request."""
    yield read(resource.id)


def read(resource: str) -> Answer:
    """Return the kernel's answer about the clock."""
    status: AnswerStatus = "read"
    value: dict[str, Any] = {}
    why = ""
    try:
        timex = _Timex()
        state = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(timex))
        if state < 0:
            status, why = "unreadable", f"errno {ctypes.get_errno()}"
        else:
            value = {
                "state": state,
                "synchronised": state != NOT_SYNCHRONISED,
                "maxErrorMicroseconds": timex.maxerror,
            }
    except (AttributeError, OSError):
        status, why = "unreadable", f"no adjtimex on {sys.platform}"
    return Answer(
        call=CALL, resource=resource, at=datetime.now(UTC), status=status, value=value, why=why
    )


COLLECTORS = (Collector(("configuration",), kernel, network=False),)
