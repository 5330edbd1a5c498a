"""The directories below one root: opened step by step, never through a link."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import stat
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from multistore.errors import ConfigurationError, UnavailableError
from multistore.stores.local import names

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    Pieces = tuple[bytes, ...]

# No piece of a name begins with a dot, so nothing in here is ever an object.
CONTROL = b".multistore"
UNFINISHED = (CONTROL, b"unfinished")
_LOCKS = (CONTROL, b"locks")
_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
# A FIFO of somebody else's must not block the one who meets it.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK


class Found(NamedTuple):
    """One result of a walk: an object by its pieces, or a group of names (pieces None)."""

    text: str
    pieces: Pieces | None


class _Entry(NamedTuple):
    text: str
    pieces: Pieces
    leaf: bool


class Tree:
    """One root directory. Holds a path only: no descriptor stays open between calls."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.root = os.path.realpath(path)

    def prepare(self) -> None:
        """Make the root and its control directories, where they are missing.

        Raises:
            ConfigurationError: the file system does not tell upper from lower case.
        """
        Path(self.root).mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._opened(()) as root:
            _make(root, CONTROL)
            if _is_same(root, CONTROL, CONTROL.upper()):
                raise ConfigurationError(
                    "the directory is on a file system that takes A and a for one name",
                    hint="Two objects would become one; use a case-sensitive file system.",
                )
        for pieces in (UNFINISHED, _LOCKS):
            with self.directory(pieces, create=True):
                pass

    @contextmanager
    def directory(self, pieces: Pieces, *, create: bool = False) -> Generator[int]:
        """Open a directory, step by step from the root, and close it afterwards.

        Raises:
            FileNotFoundError: it is not there, and was not to be created.
            NotADirectoryError: a link or a file is in the way.
            UnavailableError: the root itself is gone, or another disk's.
        """
        with self._opened(pieces, create=create) as opened:
            yield opened

    @contextmanager
    def file(self, pieces: Pieces) -> Generator[int]:
        """Open a regular file for reading; a link, FIFO or directory is an OSError."""
        with self._opened(pieces[:-1]) as directory:
            opened = os.open(pieces[-1], _FILE, dir_fd=directory)
        try:
            if not stat.S_ISREG(os.fstat(opened).st_mode):
                raise IsADirectoryError(errno.EISDIR, "not a regular file")
            yield opened
        finally:
            os.close(opened)

    @contextmanager
    def locked(self, name: str) -> Generator[None]:
        """Exclude every other writer of this name, in any thread or process.

        One of 256 locks, chosen by the name: two names may share one, so nobody holds two.
        """
        stripe = hashlib.sha256(name.encode()).hexdigest()[:2].encode()
        with self._opened(_LOCKS) as directory:
            flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
            opened = os.open(stripe, flags, 0o600, dir_fd=directory)
        try:
            fcntl.flock(opened, fcntl.LOCK_EX)
            try:
                yield
            finally:
                # By word, not by closing: a process forked meanwhile has it open as well.
                fcntl.flock(opened, fcntl.LOCK_UN)
        finally:
            os.close(opened)

    def walk(self, prefix: str, *, delimiter: str | None, after: bytes | None) -> Iterator[Found]:
        """Walk in the order of the names' bytes; memory: one directory per level."""
        branches = names.pieces(prefix)[:-1]
        text = "".join(names.fragment(piece, leaf=False) or "" for piece in branches)
        grouped = None
        levels = [iter(self._entries(branches, text))]
        while levels:
            entry = next(levels[-1], None)
            if entry is None:
                levels.pop()
                continue
            text = entry.text
            if not text.startswith(prefix) and (entry.leaf or not prefix.startswith(text)):
                continue
            end = text.find(delimiter, len(prefix)) if delimiter else -1
            if delimiter and end >= 0:
                group = text[: end + len(delimiter)]
                if group != grouped and _behind(group, after) and self._holds_any(entry):
                    grouped = group
                    yield Found(group, None)
            elif entry.leaf:
                if _behind(text, after):
                    yield Found(text, entry.pieces)
            elif _behind(text, after) or (after or b"").startswith(text.encode()):
                levels.append(iter(self._entries(entry.pieces, text)))

    def prune(self, pieces: Pieces) -> None:
        """Sync a directory; where it is empty, remove it and its empty parents.

        A directory's name is a piece of a customer's name: none may outlive its last object.
        """
        try:
            with self._opened(pieces) as directory:
                os.fsync(directory)
        except (FileNotFoundError, NotADirectoryError):
            return
        for end in range(len(pieces) - 1, -1, -1):
            try:
                with self._opened(pieces[:end]) as parent:
                    os.rmdir(pieces[end], dir_fd=parent)
                    os.fsync(parent)
            except OSError:
                return  # not empty, or somebody was faster

    def _holds_any(self, entry: _Entry) -> bool:
        waiting = [entry]
        while waiting:
            entry = waiting.pop()
            if entry.leaf:
                return True
            waiting += self._entries(entry.pieces, entry.text)
        return False

    def _entries(self, pieces: Pieces, text: str) -> list[_Entry]:
        """Read one directory: what is ours in it, sorted; nothing where it is gone."""
        found: list[_Entry] = []
        try:
            with self._opened(pieces) as directory, os.scandir(directory) as scan:
                for item in scan:
                    leaf = item.is_file(follow_symlinks=False)
                    if not leaf and not item.is_dir(follow_symlinks=False):
                        continue
                    piece = os.fsencode(item.name)
                    fragment = names.fragment(piece, leaf=leaf)
                    if fragment is not None:
                        found.append(_Entry(text + fragment, (*pieces, piece), leaf))
        except (FileNotFoundError, NotADirectoryError):
            return []
        found.sort(key=lambda entry: entry.text.encode())
        return found

    @contextmanager
    def _opened(self, pieces: Pieces, *, create: bool = False) -> Generator[int]:
        opened = self._open_root()
        try:
            for piece in pieces:
                opened, parent = _step(opened, piece, create=create), opened
                os.close(parent)
            yield opened
        finally:
            os.close(opened)

    def _open_root(self) -> int:
        try:
            return os.open(self.root, _DIRECTORY)
        except FileNotFoundError:
            raise UnavailableError(
                "the store's directory is gone", hint="Is its disk mounted?"
            ) from None


def _is_same(directory: int, one: bytes, other: bytes) -> bool:
    try:
        return os.path.samestat(os.stat(one, dir_fd=directory), os.stat(other, dir_fd=directory))
    except FileNotFoundError:
        return False


def _behind(text: str, after: bytes | None) -> bool:
    return after is None or text.encode() > after


def _step(parent: int, piece: bytes, *, create: bool) -> int:
    flags = _DIRECTORY | os.O_NOFOLLOW
    try:
        return os.open(piece, flags, dir_fd=parent)
    except FileNotFoundError:
        if not create:
            raise
    _make(parent, piece)
    return os.open(piece, flags, dir_fd=parent)


def _make(parent: int, piece: bytes) -> None:
    try:
        os.mkdir(piece, 0o700, dir_fd=parent)
    except FileExistsError:
        return
    os.fsync(parent)
