"""Files that a command writes: whole or not at all, and never in the place of a pipe or device."""

from __future__ import annotations

import os
import secrets
import stat
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from multistore.errors import InvalidArgumentError, MultistoreError

if TYPE_CHECKING:
    from collections.abc import Generator


def require_file_name(path: Path) -> None:
    """Refuse, before the work whose result it gets, what can never be written as a file.

    A pipe or a device is written to as it is, without a look beforehand: to open it may block.

    Raises:
        InvalidArgumentError: it is a directory or a disk, has no name, no directory, too long a
            name, or lies in a directory that takes no file.
    """
    try:
        there = os.stat(path)  # noqa: PTH116 - follows links, and says why it fails
    except (FileNotFoundError, NotADirectoryError):
        there = None
    except OSError as error:
        raise _refused(path, error) from None
    if there is not None and stat.S_ISDIR(there.st_mode):
        raise InvalidArgumentError(f"{path} is a directory", hint="Name a file in it.")
    if there is not None and stat.S_ISBLK(there.st_mode):
        raise InvalidArgumentError(f"{path} is a disk", hint="Name a file.")
    if there is not None and not stat.S_ISREG(there.st_mode):
        return
    for place in (path.parent, _target(path).parent):
        if not place.is_dir():
            raise InvalidArgumentError(f"{path}: there is no directory {place}")
    beside = _beside(path)
    try:
        os.close(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        beside.unlink()
    except OSError as error:
        raise _refused(path, error) from None


def require_regular(path: Path) -> None:
    """Refuse a pipe or a device, for what puts a file of its own in the place of a name.

    Raises:
        InvalidArgumentError: it is there, and neither a file nor a directory.
    """
    try:
        mode = os.stat(path).st_mode  # noqa: PTH116 - as above
    except OSError:  # whoever writes there says why it cannot be
        return
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        raise InvalidArgumentError(
            f"{path} is a pipe or a device, which a file would take the place of",
            hint="Name a file.",
        )


def replace_file(path: Path, text: str) -> None:
    """Write a file whole or not at all; the one that was there stays until then.

    What is there and no regular file, as a pipe or a terminal, is written to; it stays what it
    is. Of a symbolic link the file that it leads to is replaced; the link stays.

    Raises:
        InvalidArgumentError: see require_file_name.
        MultistoreError: it could not be written; the message names the path as it was given.
    """
    require_file_name(path)
    with _named(path):
        stream = _own_stream(path)
        if stream is not None:
            with os.fdopen(os.dup(stream), "w", encoding="utf-8") as file:
                file.write(text)
        elif path.exists() and not path.is_file():
            # Not created where it has gone meanwhile: a file would then be half written.
            with os.fdopen(os.open(path, os.O_WRONLY), "w", encoding="utf-8") as file:
                file.write(text)
        else:
            _replace(path, text)


def _replace(path: Path, text: str) -> None:
    target, beside = _target(path), _beside(path)
    try:
        beside.write_text(text, encoding="utf-8")
        if target.exists():
            beside.chmod(stat.S_IMODE(target.stat().st_mode))
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)


def _own_stream(path: Path) -> int | None:
    """Return 1 or 2 where a path is our own standard output or error, as ``/dev/stdout`` is.

    A file that the shell opened for us must not be replaced under its feet: ``>>`` adds to it.
    """
    if not path.exists():
        return None
    for number, stream in ((1, sys.stdout), (2, sys.stderr)):
        try:
            same = os.path.samestat(path.stat(), os.fstat(number))
        except OSError:  # the shell closed it
            continue
        if same:
            stream.flush()
            return number
    return None


def _target(path: Path) -> Path:
    return Path(os.path.realpath(path))


def _beside(path: Path) -> Path:
    """Give a name in the target's directory; short, so that a long name of a file is possible."""
    return _target(path).parent / f".multistore-{secrets.token_hex(8)}.new"


def _refused(path: Path, error: OSError) -> InvalidArgumentError:
    return InvalidArgumentError(
        f"{path} cannot be written: {error.strerror}",
        hint="Name a file in a directory that you may write to.",
    )


@contextmanager
def _named(path: Path) -> Generator[None]:
    try:
        yield
    except OSError as error:
        raise MultistoreError(
            f"{path} could not be written: {error.strerror}",
            hint="Name another file, or make room for it.",
        ) from error
