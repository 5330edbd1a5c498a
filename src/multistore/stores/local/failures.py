"""What the operating system refused, as the errors of multistore."""

from __future__ import annotations

import errno
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from multistore.errors import (
    AccessDeniedError,
    ConflictError,
    InvalidArgumentError,
    MultistoreError,
    NotFoundError,
    UnavailableError,
)

if TYPE_CHECKING:
    from collections.abc import Generator

_FULL = "Free space in the store's file system and call again; what was there is untouched."
_FOREIGN = "Something that this store did not make lies in the way; move it out of its directory."
_DENIED = "The process may not do this in the store's directory; check its owner and mode."

# Nothing that waiting alone would change: somebody must make room.
_LASTING = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_LARGE = "Split the object, or keep it in a file system or under a limit that allows it."

_KINDS: dict[int, tuple[type[MultistoreError], str, str | None]] = {
    errno.ENOENT: (NotFoundError, "there is no such object", None),
    errno.ENOTDIR: (ConflictError, "a link or a file is where a directory should be", _FOREIGN),
    errno.ELOOP: (ConflictError, "a link is where the object should be", _FOREIGN),
    errno.EISDIR: (ConflictError, "a directory is where the object should be", _FOREIGN),
    errno.EACCES: (AccessDeniedError, "the file system denies it", _DENIED),
    errno.EPERM: (AccessDeniedError, "the file system denies it", _DENIED),
    errno.EROFS: (AccessDeniedError, "the file system is read-only", _DENIED),
    errno.ENAMETOOLONG: (InvalidArgumentError, "the path is too long for the file system", None),
    errno.ENOSPC: (UnavailableError, "the disk is full", _FULL),
    errno.EDQUOT: (UnavailableError, "the quota is used up", _FULL),
    errno.EFBIG: (UnavailableError, "the file system does not allow so large a file", _LARGE),
}


@contextmanager
def reported(*, operation: str, store: str, bucket: str, key: str | None) -> Generator[None]:
    """Turn an OSError into its MultistoreError, and say where any error happened.

    The code is the errno's name. Whatever is not in the table is UnavailableError.
    A full disk, a used-up quota and a file too large are not ``retryable``.
    """
    where = {"operation": operation, "store": store, "provider": "local", "bucket": bucket}
    try:
        yield
    except MultistoreError as error:
        error.locate(**where, key=key)
        raise
    except OSError as error:
        number = error.errno or 0
        text = os.strerror(number) if number else "the file system failed"
        kind, message, hint = _KINDS.get(number, (UnavailableError, text, None))
        raise kind(
            message,
            code=errno.errorcode.get(number),
            retryable=False if number in _LASTING else None,
            hint=hint,
            key=key,
        ).locate(**where) from error
