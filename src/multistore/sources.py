"""What a user may put: bytes, a buffer, a path, a binary file, a pipe, an iterator of buffers.

Each becomes a Body that is read once, in order, from where it stands. Whatever the caller
opened stays open; only a file that was named by its path is opened and closed here.
"""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Iterable
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

from multistore.errors import InvalidArgumentError, NotFoundError
from multistore.stores.base import MEBIBYTE, Body, Buffer

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    Progress = Callable[[int], None]

Source = Buffer | Path | IO[bytes] | Iterable[Buffer]

_READ = MEBIBYTE


@contextmanager
def body_of(source: Source, progress: Progress | None = None) -> Generator[Body]:
    """Give the source as a Body, for one put. Memory: 1 MiB; a buffer is not copied.

    Args:
        source: see the module.
        progress: told the number of plaintext bytes each time some were taken for sealing.

    Raises:
        InvalidArgumentError: the source is text, or nothing that gives bytes.
        NotFoundError: the path names nothing.
    """
    if isinstance(source, Path):
        with _opened(source) as file:
            yield _counted(_file_body(file), progress)
    else:
        yield _counted(_body(source), progress)


def _opened(path: Path) -> IO[bytes]:
    try:
        return path.open("rb", buffering=0)
    except FileNotFoundError:
        raise NotFoundError("there is no such file", key=str(path)) from None
    except IsADirectoryError:
        raise InvalidArgumentError(
            f"{path} is a directory", hint="Name the files in it one by one."
        ) from None


def _body(source: Any) -> Body:
    if isinstance(source, str):
        raise InvalidArgumentError(
            "text cannot be put", hint="Give bytes, or pathlib.Path(…) for the file of that name."
        )
    if isinstance(source, io.TextIOBase):
        raise InvalidArgumentError("a text file cannot be put", hint='Open it with mode "rb".')
    if hasattr(source, "read"):
        return _file_body(cast("IO[bytes]", source))
    try:
        view = memoryview(source)
    except TypeError:
        if hasattr(source, "__iter__"):
            return Body(parts=_checked(source), size=None)
        raise InvalidArgumentError(
            f"{type(source).__name__} cannot be put",
            hint="Give bytes, a buffer, a Path, a binary file, a pipe or an iterator of buffers.",
        ) from None
    if not view.c_contiguous:
        raise InvalidArgumentError("a buffer with gaps cannot be put", hint="Copy it first.")
    flat = view.cast("B") if view.nbytes else memoryview(b"")
    return Body(parts=[flat], size=flat.nbytes)


def _file_body(file: IO[bytes]) -> Body:
    return Body(parts=_pieces(file), size=_remaining(file))


def _remaining(file: IO[bytes]) -> int | None:
    """Return how many bytes are left, or None where only the end will tell (pipe, gzip)."""
    try:
        info = os.fstat(file.fileno())
    except (OSError, AttributeError, TypeError):
        # A BytesIO, SpooledTemporaryFile and the like: seeking tells, if it can be done.
        return _remaining_by_seek(file)
    if not stat.S_ISREG(info.st_mode):
        return None
    # GzipFile and the like have a descriptor too, but of other bytes than they give.
    if not isinstance(file, io.FileIO | io.BufferedReader | io.BufferedRandom):
        return _remaining_by_seek(file) if _is_temporary(file) else None
    return max(0, info.st_size - file.tell())


def _is_temporary(file: object) -> bool:
    return type(file).__module__ == "tempfile"


def _remaining_by_seek(file: IO[bytes]) -> int | None:
    if not isinstance(file, io.BytesIO) and not _is_temporary(file):
        return None
    here = file.tell()
    end = file.seek(0, os.SEEK_END)
    file.seek(here)
    return max(0, end - here)


def _pieces(file: IO[bytes]) -> Iterator[Buffer]:
    while True:
        piece: Any = file.read(_READ)
        if piece is None:
            raise InvalidArgumentError(
                "the source gives nothing now and does not wait",
                hint="Make the pipe or socket blocking.",
            )
        if isinstance(piece, str):
            raise InvalidArgumentError("the source gives text, not bytes")
        if not piece:
            return
        yield piece


def _checked(source: Iterable[Any]) -> Iterator[Buffer]:
    for piece in source:
        try:
            view = memoryview(piece)
        except TypeError:
            raise InvalidArgumentError(
                f"the iterator gave {type(piece).__name__}; it must give buffers of bytes"
            ) from None
        if view.nbytes:
            yield view.cast("B")


def _counted(body: Body, progress: Progress | None) -> Body:
    if progress is None:
        return body
    parts = body.parts

    def told() -> Iterator[Buffer]:
        for piece in parts:
            view = memoryview(piece)
            for start in range(0, len(view), 8 * _READ):
                step = view[start : start + 8 * _READ]
                yield step
                progress(len(step))

    return Body(parts=told(), size=body.size)
