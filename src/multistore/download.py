"""One object on its way to the reader: iterated, read whole, or saved to a file."""

from __future__ import annotations

import errno
import os
import stat
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Self

from multistore.errors import InvalidArgumentError
from multistore.values import WHOLE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from types import TracebackType

    from multistore.sealing.reader import SealedObject
    from multistore.sources import Progress
    from multistore.values import ObjectInfo

_OF_THE_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}


class Download:
    """What Vault.get returns. Iterating gives verified pieces, in order, of up to 8 MiB.

    The end of the iteration is the proof that the object is whole; where it raises, what came
    before was verified and is not the whole. Memory: two parts per request in flight.

    Attributes:
        info: what is known about the object.
    """

    def __init__(
        self,
        opened: SealedObject,
        info: ObjectInfo,
        told: Callable[[], AbstractContextManager[object]],
    ) -> None:
        self._opened = opened
        self._told = told
        self.info = info

    def __iter__(self) -> Iterator[memoryview]:
        """Give the object, piece by piece; each call begins anew."""
        pieces = self._opened.stream()
        while True:
            with self._told():
                piece = next(pieces, None)
            if piece is None:
                return
            yield piece

    def read(self) -> bytes:
        """Return the whole object. Memory: the object, and two parts per request in flight.

        Raises:
            IntegrityError: a chunk did not verify; nothing is returned.
        """
        with self._told():
            return self._opened.read(WHOLE)

    def readinto(self, buffer: bytearray | memoryview) -> int:
        """Fill the caller's buffer with the whole object; return the number of bytes.

        Parts are fetched in parallel and opened where they land. On an error what was to be
        filled is zero.

        Raises:
            InvalidArgumentError: the buffer is shorter than the object.
        """
        with self._told():
            return self._opened.readinto(WHOLE, buffer)

    def save(self, path: str | os.PathLike[str], *, progress: Progress | None = None) -> Path:
        """Write the object to a file, parts in parallel; the file appears when it is whole.

        It goes to a temporary name in the same directory and is renamed after the last chunk
        was verified and the disk has all of it. An error or Ctrl-C leaves what was there before,
        a power failure that or the whole file. Mode 0600. From a MiB on it is written past the
        page cache where the file system can do that: who reads it next reads from the disk.
        A symbolic link of that name is replaced by the file, and what it leads to is left.

        Args:
            path: of the file.
            progress: called with the number of bytes written since its last call; what it raises
                ends the saving.

        Raises:
            InvalidArgumentError: the path is a directory, a pipe or a device, or its directory is
                missing.
            OSError: the file system refuses, or has no room for it; names the path.
        """
        path = Path(path)
        descriptor, temporary = _begun(path)
        try:
            try:
                with self._told():
                    self._opened.write_to(descriptor, progress)
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            Path(temporary).replace(path)
        except BaseException as error:
            Path(temporary).unlink(missing_ok=True)
            if isinstance(error, OSError) and error.errno in _OF_THE_DISK:
                error.filename = error.filename or str(path)
            raise
        return path

    def __enter__(self) -> Self:
        """Return the download itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Nothing is held open: no connection outlives the call that used it."""


def _begun(path: Path) -> tuple[int, str]:
    """Begin a file beside the one that it will become; give its descriptor and its name."""
    try:
        _require_place(path)
        # A name has at most 255 bytes, a letter up to four.
        return tempfile.mkstemp(prefix=f".{path.name[:48]}.", dir=path.parent)
    except (FileNotFoundError, NotADirectoryError):
        raise InvalidArgumentError(f"there is no directory {path.parent}") from None
    except OSError as error:
        error.filename = str(path)
        raise


def _require_place(path: Path) -> None:
    """Refuse what a file must not take the place of, and a name that no file can have."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return
    if stat.S_ISDIR(mode):
        raise InvalidArgumentError(f"{path} is a directory", hint="Name the file in it.")
    if not stat.S_ISREG(mode):
        raise InvalidArgumentError(
            f"{path} is a pipe or a device, which a file would take the place of",
            hint="Name a file, or iterate and write the pieces there.",
        )
