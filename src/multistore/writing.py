"""A binary file that becomes one sealed object when it is closed, or nothing."""

from __future__ import annotations

import atexit
import contextvars
import io
import logging
import os
import sys
import threading
import warnings
import weakref
from functools import partial
from typing import TYPE_CHECKING, Literal, Self

from multistore.errors import ClosedError, ForkedProcessError, InvalidArgumentError
from multistore.stores.base import MEBIBYTE
from multistore.values import PutMode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType

    from multistore.sources import Source
    from multistore.stores.base import Buffer
    from multistore.values import ObjectInfo

PIECE = 8 * MEBIBYTE
MODES = {"wb": PutMode.OVERWRITE, "xb": PutMode.CREATE}

_log = logging.getLogger(__name__)
_unfinished: weakref.WeakSet[ObjectWriter] = weakref.WeakSet()


class ObjectWriter(io.BufferedIOBase):
    """Writes one object, in order; made by Vault.open.

    ``close`` commits: the object is there, whole, when it returns. Nothing becomes visible
    where the ``with`` block ends by an exception, where ``discard`` is called, where the file is
    closed while an exception is handled that came after it was opened (so that a wrapper, which
    closes without saying why, cannot commit the half of a file), where it is forgotten, or
    where the interpreter ends.

    Cost: as Vault.put. Up to 8 MiB are put by ``close`` in one request; beyond, a thread puts
    while one writes. Memory: 24 MiB beside what put needs. For one thread at a time.

    Attributes:
        name: the address.
        info: what was written; None before.
    """

    def __init__(self, put: Callable[[Source], ObjectInfo], name: str) -> None:
        super().__init__()
        self.name = name
        self.mode = "wb"
        self.info: ObjectInfo | None = None
        self._put = put
        self._deferred = False
        self._state: Literal["open", "complete", "given up"] = "open"
        self._buffer = bytearray()
        self._position = 0
        self._upload: _Upload | None = None
        self._process = os.getpid()
        self._handled_at_open = sys.exc_info()[1]
        _unfinished.add(self)

    def readable(self) -> bool:
        """Return False."""
        return False

    def writable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return False: what is sealed is not gone back to."""
        return False

    def tell(self) -> int:
        """Return the number of bytes written."""
        self._require_open()
        return self._position

    def write(self, data: Buffer, /) -> int:  # type: ignore[override]
        """Take all of the buffer; it is copied.

        Raises:
            MultistoreError: the upload failed, as Vault.put tells it.
            ForkedProcessError: the file was opened before this process was forked off.
        """
        self._require_open()
        if isinstance(data, str):
            raise TypeError("a binary file takes bytes, and not str")
        view = memoryview(data)
        flat = view.cast("B") if view.c_contiguous and view.nbytes else memoryview(bytes(view))
        for start in range(0, len(flat), PIECE):
            piece = flat[start : start + PIECE]
            self._buffer += piece
            self._position += len(piece)
            if len(self._buffer) > PIECE:
                self._hand_over()
        return len(flat)

    def flush(self) -> None:
        """Do nothing: no part of an object is ever visible."""
        self._require_open()

    def close(self) -> None:
        """Commit, or give up; see the class. Idempotent.

        Raises:
            MultistoreError: the object could not be written, as Vault.put tells it.
            ForkedProcessError: the file was opened before this process was forked off.
        """
        if self.closed:
            return
        self._require_this_process()
        error = sys.exc_info()[1]
        if error is not None and error is not self._handled_at_open:
            # Without the key, which may name a person: the caller has it in the exception.
            scope = "/".join(self.name.split("/", 2)[:2])
            _log.warning("a file in %s was not written: %s", scope, type(error).__name__)
            self.discard()
        elif self._deferred:
            self._shut()
        else:
            self.commit()

    def deferred(self) -> Self:
        """Let ``close`` not commit: ``commit`` or ``discard`` will be called, as by fsspec."""
        self._deferred = True
        return self

    def commit(self) -> None:
        """Make the object visible and close the file; a transaction calls it after ``close``.

        Raises:
            ClosedError: the file was given up.
            MultistoreError: as close.
        """
        self._require_this_process()
        if self._state == "given up":
            raise ClosedError("the file was given up; nothing was written", key=self.name)
        if self._state == "complete":
            return
        self._state = "given up"
        try:
            if self._upload is None:
                self.info = self._put(self._buffer)
            else:
                self._upload.give(self._buffer)
                self.info = self._upload.finish()
            self._state = "complete"
        finally:
            self._shut()

    def discard(self) -> None:
        """Give up: nothing becomes visible, and an upload that has begun is aborted."""
        self._require_this_process()
        if self._state == "open":
            self._state = "given up"
            if self._upload is not None:
                self._upload.abort()
        self._shut()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Commit, or give up where the block ended by an exception."""
        if error is None or self.closed:
            self.close()
        else:
            self.discard()

    def __del__(self) -> None:
        """Give up what nobody closed."""
        if getattr(self, "_state", "complete") != "open":
            return
        if self._process == os.getpid():
            warnings.warn(
                f"{self.name} was not written: its file was never closed",
                ResourceWarning,
                stacklevel=2,
                source=self,
            )
            self.discard()
        else:
            self._state = "given up"
            self._shut()

    def _hand_over(self) -> None:
        if self._upload is None:
            self._upload = _Upload(self._put)
        piece, self._buffer = self._buffer, bytearray()
        self._upload.give(piece)

    def _shut(self) -> None:
        if self._state != "open":
            self._buffer = bytearray()
            _unfinished.discard(self)
        # IOBase.close would flush, which a closed file refuses.
        if not self.closed:
            super().close()

    def _require_open(self) -> None:
        if self.closed:
            raise ClosedError("the file is closed", key=self.name)
        self._require_this_process()

    def _require_this_process(self) -> None:
        if self._process != os.getpid():
            raise ForkedProcessError(
                f"this file was opened by process {self._process}, which forked this one off",
                key=self.name,
                hint="Open files for writing after the fork.",
            )


def mode_of_write(mode: object) -> PutMode:
    """Give what a file's mode means for the object that may be there.

    Raises:
        InvalidArgumentError: the mode can never work.
    """
    if not isinstance(mode, str) or mode not in MODES:
        raise InvalidArgumentError(
            f"an object cannot be opened with mode {mode!r}",
            hint="Use rb, wb or xb: an object is never edited in place.",
        )
    return MODES[mode]


class _Abort(Exception):  # noqa: N818 - a word between two threads, and no error
    """What the source of an aborted upload raises, so that the store aborts too."""


class _Upload:
    """One put on a thread of its own, fed piece by piece; at most one piece waits."""

    def __init__(self, put: Callable[[Source], ObjectInfo]) -> None:
        self._put = put
        self._changed = threading.Condition()
        self._waiting: bytearray | None = None
        self._ended = False
        self._aborted = False
        self._error: BaseException | None = None
        self._info: ObjectInfo | None = None
        # A daemon: an open file must not keep the interpreter from ending.
        # The put belongs to whatever the writer is a part of: to its trace, for one.
        run = partial(contextvars.copy_context().run, self._run)
        self._thread = threading.Thread(target=run, name="multistore-writer", daemon=True)
        self._thread.start()

    def give(self, piece: bytearray) -> None:
        """Hand over the next piece; waits while one is waiting. Raises what put raised."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting is None or not self._running)
            self._raise()
            self._waiting = piece
            self._changed.notify_all()

    def finish(self) -> ObjectInfo:
        """Say that it was all, and wait for the object."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()
        self._thread.join()
        self._raise()
        assert self._info is not None  # noqa: S101 - put gives it or raises
        return self._info

    def abort(self) -> None:
        """Let the put fail, and wait until it has cleaned up."""
        with self._changed:
            self._aborted = True
            self._changed.notify_all()
        self._thread.join()

    @property
    def _running(self) -> bool:
        return self._error is None and self._info is None

    def _raise(self) -> None:
        if self._error is not None:
            raise self._error

    def _pieces(self) -> Iterator[bytearray]:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._ended or self._aborted)
                if self._aborted:
                    raise _Abort
                piece, self._waiting = self._waiting, None
                self._changed.notify_all()
            if not piece:
                return
            yield piece

    def _run(self) -> None:
        try:
            info = self._put(self._pieces())
        except BaseException as error:  # noqa: BLE001 - raised in the thread that writes
            with self._changed:
                self._error = error
                self._changed.notify_all()
        else:
            with self._changed:
                self._info = info
                self._changed.notify_all()


@atexit.register
def _give_up_at_exit() -> None:
    for writer in list(_unfinished):
        writer.__del__()  # what being forgotten means is said there, once
