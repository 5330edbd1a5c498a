"""Which error ends the command with which code. Pure; the table is the whole rule."""

from __future__ import annotations

from enum import IntEnum

from multistore import errors


class CheckStoppedError(Exception):
    """``check`` could not do its work, for the cause that this error has; its own code 4."""


class Code(IntEnum):
    """What a script may rely on; docs/reference/cli.md says the same in words."""

    OK = 0
    FAILED = 1
    USAGE = 2
    RESIDENCY = 3
    KEYS = 4
    CHECK_STOPPED = 4
    INTEGRITY = 5
    UNAVAILABLE = 6
    OVERDUE = 7
    PENDING = 8
    INTERRUPTED = 130
    READER_GONE = 141
    TERMINATED = 143


# The first row that fits wins, so a class stands before its bases.
TABLE: tuple[tuple[type[BaseException], Code], ...] = (
    (CheckStoppedError, Code.CHECK_STOPPED),
    (errors.InvalidArgumentError, Code.USAGE),
    (errors.ResidencyError, Code.RESIDENCY),
    (errors.KeyUnavailableError, Code.KEYS),
    (errors.KeyDestroyedError, Code.KEYS),
    (errors.TenantSuspendedError, Code.KEYS),
    (errors.IntegrityError, Code.INTEGRITY),
    (errors.UnavailableError, Code.UNAVAILABLE),
    (errors.MultistoreError, Code.FAILED),
    (KeyboardInterrupt, Code.INTERRUPTED),
    (BaseException, Code.FAILED),
)


def code_of(error: BaseException) -> Code:
    """Return the exit code for an error.

    Two errors of a class are told apart: a source that was not as long as it said is no fault of
    what is stored, and what waiting does not cure is not to be tried again later.
    """
    if isinstance(error, errors.LengthError) and error.code == errors.SOURCE_LENGTH:
        return Code.FAILED
    if isinstance(error, errors.UnavailableError) and not error.retryable:
        return Code.FAILED
    return next(code for kind, code in TABLE if isinstance(error, kind))
