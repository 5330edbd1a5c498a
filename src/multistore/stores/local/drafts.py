"""Puts that have not ended: files of their own, until one rename makes them objects.

A killed put leaves its draft behind. It is no object and is never listed as one, but its bytes
are a customer's; so each draft knows the name that it is for, and the uploads facet shows it.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import secrets
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from multistore.errors import ConflictError, MultistoreError
from multistore.stores.base import Upload
from multistore.stores.local.failures import reported
from multistore.stores.local.tree import UNFINISHED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from multistore.stores.base import Buffer
    from multistore.stores.local.tree import Tree

# A draft is swept when its writer is dead (its lock is free) and it is a day old: on a file
# system whose locks do not reach other hosts, age alone tells.
SWEEP_AFTER = 24 * 60 * 60
_DRAFT = re.compile(r"([0-9a-f]{32})\.(?:body|name)")


class Draft:
    """One put under way. The lock on its file ends with the process, whatever ends that."""

    def __init__(self, tree: Tree, name: str) -> None:
        self._tree = tree
        self._token = secrets.token_hex(16)
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        with tree.directory(UNFINISHED, create=True) as directory:
            self.file = os.open(f"{self._token}.body", flags, 0o600, dir_fd=directory)
            try:
                fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                label = os.open(f"{self._token}.name", flags, 0o600, dir_fd=directory)
                try:
                    os.write(label, name.encode())
                finally:
                    os.close(label)
            except BaseException:
                self.discard()
                raise

    def write(self, data: Buffer) -> int:
        """Append a buffer; return its length."""
        view = memoryview(data).cast("B")
        done = 0
        while done < len(view):
            done += os.write(self.file, view[done:])
        return done

    def publish(self, directory: int, piece: bytes, *, replace: bool) -> None:
        """Make the draft the object, in one step; it is synced already.

        Raises:
            FileExistsError: something is there, and ``replace`` is False.
            FileNotFoundError: the directory was removed meanwhile.
            ConflictError: the draft was aborted meanwhile.
        """
        body = f"{self._token}.body"
        if os.fstat(self.file).st_nlink == 0:
            raise ConflictError("this put was aborted by somebody else", code="Aborted")
        with self._tree.directory(UNFINISHED) as drafts:
            if replace:
                os.rename(body, piece, src_dir_fd=drafts, dst_dir_fd=directory)
            else:
                os.link(body, piece, src_dir_fd=drafts, dst_dir_fd=directory)
        os.fsync(directory)

    def discard(self) -> None:
        """Close the file, and remove what is left of the draft.

        It never raises: an error that is under way must not be replaced, and a draft that
        stays behind is shown by the uploads facet and swept later.
        """
        with contextlib.suppress(OSError, MultistoreError):
            os.close(self.file)
            _remove(self._tree, self._token)


class Drafts:
    """The uploads facet of a local store."""

    def __init__(self, tree: Tree, store: str) -> None:
        self._tree = tree
        self._store = store

    def list_uploads(self, prefix: str) -> Iterator[Upload]:
        """See UploadsFacet. A draft that was killed before it had a name is under every prefix."""
        with reported(operation="list", store=self._store, bucket=self._tree.root, key=prefix):
            found = [(token, *self._read(token)) for token in self._tokens()]
        for token, name, started in found:
            if not name or name.startswith(prefix):
                yield Upload(name, token, started)

    def abort(self, upload: Upload) -> None:
        """See UploadsFacet. A put that is still under way then ends in ConflictError."""
        if not _DRAFT.fullmatch(f"{upload.upload_id}.body"):
            return
        with reported(
            operation="abort", store=self._store, bucket=self._tree.root, key=upload.name
        ):
            _remove(self._tree, upload.upload_id)

    def sweep(self) -> None:
        """Remove what dead writers left long ago."""
        for token in self._tokens():
            _, started = self._read(token)
            old = started is not None and time.time() - started.timestamp() > SWEEP_AFTER
            if old and not self._is_alive(token):
                _remove(self._tree, token)

    def _tokens(self) -> list[str]:
        try:
            with self._tree.directory(UNFINISHED) as directory:
                found = os.listdir(directory)  # noqa: PTH208 - a descriptor is no Path
                matches = map(_DRAFT.fullmatch, found)
                return sorted({match[1] for match in matches if match})
        except FileNotFoundError:
            return []

    def _read(self, token: str) -> tuple[str, datetime | None]:
        """Return the name that a draft is for ("" where unknown), and when it was last written."""
        name, started = "", None
        for suffix in ("body", "name"):
            with (
                contextlib.suppress(FileNotFoundError),
                self._tree.file((*UNFINISHED, f"{token}.{suffix}".encode())) as opened,
            ):
                started = started or datetime.fromtimestamp(os.fstat(opened).st_mtime, UTC)
                name = os.pread(opened, 4096, 0).decode() if suffix == "name" else name
        return name, started

    def _is_alive(self, token: str) -> bool:
        try:
            with self._tree.file((*UNFINISHED, f"{token}.body".encode())) as opened:
                fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except FileNotFoundError:
            return False
        return False


def _remove(tree: Tree, token: str) -> None:
    """Remove the body last: without its name it is still shown, under every prefix."""
    with contextlib.suppress(FileNotFoundError), tree.directory(UNFINISHED) as directory:
        for suffix in ("name", "body"):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(f"{token}.{suffix}", dir_fd=directory)
