"""Large objects in blocks by Microsoft's client, for what obstore cannot: a condition at the end.

obstore takes a condition only on an upload in one piece, which it holds in memory whole. Azure
takes one when the blocks are committed (Put Block List with If-None-Match or If-Match). Until
then nothing of them is visible.

Blocks of an upload that failed stay with the service, invisible and unlisted, for a week at most
(Put Block, remarks): Azure can drop them sooner only by committing something under their name,
which a reader would see for a moment. So a failed put leaves them, and ``Uploads`` drops them when
it is told to.
"""

from __future__ import annotations

import io
import secrets
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from multistore.errors import (
    AlreadyExistsError,
    MultistoreError,
    NotFoundError,
    PreconditionFailedError,
    UnavailableError,
)
from multistore.stores.base import MEBIBYTE
from multistore.stores.parallel import in_parallel
from multistore.stores.streaming import recut
from multistore.stores.transfer import Written
from multistore.values import IfMatch, PutMode, WriteMode

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator, Mapping

    from azure.storage.blob import BlobClient

    from multistore.stores.azure.container import Container
    from multistore.stores.base import Buffer

PIECE = MEBIBYTE
"""With azure_client.CONNECT_SECONDS for each, a line of 52 kB/s is fast enough."""


def upload(
    container: Container,
    name: str,
    parts: Iterable[Buffer],
    *,
    mode: WriteMode,
    part_size: int,
    workers: int,
    content_type: str | None,
    metadata: Mapping[str, str],
) -> Written:
    """Write one large object under a condition. Nothing becomes visible before the last step.

    Cost: one request per block and two more: one before, to refuse early what the condition
    already forbids, and one to commit. Memory: ``part_size * (workers + 1)``.
    """
    refuse_early(container, name, mode, operation="put")
    blocks = Blocks(container, name, "put")

    def send(block: tuple[int, Buffer]) -> str:
        return blocks.send(*block)

    ids = in_parallel(send, enumerate(recut(parts, part_size)), workers)
    return blocks.commit(ids, mode=mode, content_type=content_type, metadata=metadata)


def refuse_early(container: Container, name: str, mode: WriteMode, *, operation: str) -> None:
    """Spare an upload that its condition would refuse at the end; the end still decides."""
    if mode is PutMode.OVERWRITE:
        return
    found: str | None
    try:
        found = container.ask_blob(
            lambda blob: blob.get_blob_properties().etag, operation=operation, name=name
        )
    except NotFoundError:
        found = None
    fields: dict[str, Any] = {"operation": operation, "key": name}
    if mode is PutMode.CREATE and found is not None:
        raise container.located(AlreadyExistsError("an object of this name exists", **fields))
    if isinstance(mode, IfMatch) and found != mode.etag:
        raise container.located(
            PreconditionFailedError("the object is not the one that was to be replaced", **fields)
        )


class _Block:
    """A buffer as a file, which the transport sends piece by piece, each with its own timeout.

    Bytes would go in one ``sendall``, whose timeout counts for all of them together; and of a file
    the transport asks 16 KiB at a time, so it gets more than it asks for. Nothing is copied.
    """

    def __init__(self, data: Buffer) -> None:
        self._data = memoryview(data)
        self._at = 0

    def read(self, _: int = -1, /) -> memoryview:
        """Give the next piece; at the end, an empty one."""
        piece = self._data[self._at : self._at + PIECE]
        self._at += len(piece)
        return piece

    def tell(self) -> int:
        """Say where the next piece begins."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Go back, for a repetition, or to the end, to be measured."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: len(self._data)}[whence]
        self._at = base + offset
        return self._at

    def __iter__(self) -> Iterator[memoryview]:
        """Yield the pieces that are left."""
        while piece := self.read():
            yield piece


class Blocks:
    """The blocks of one upload that is not committed yet. Safe for several threads.

    Args:
        container: where.
        name: the object that is to be.
        operation: the verb, for errors.
    """

    def __init__(self, container: Container, name: str, operation: str) -> None:
        self._container = container
        self._name = name
        self._operation = operation
        # Every block id of one object must have the same length, those of other uploads to it
        # too: 32 signs, as obstore's have. The random part keeps two uploads apart.
        self._upload = secrets.token_hex(12)

    def id_of(self, number: int) -> str:
        """Return the id of a block, as the SDK takes it (it encodes it in base64)."""
        return f"{self._upload}{number:08d}"

    def send(self, number: int, data: Buffer) -> str:
        """Stage one block; give its id. Cost: one request."""
        block_id, size = self.id_of(number), memoryview(data).nbytes

        def stage(blob: BlobClient) -> None:
            blob.stage_block(block_id, _Block(data), length=size)  # type: ignore[arg-type]

        self._container.ask_blob(stage, operation=self._operation, name=self._name)
        return block_id

    def commit(
        self,
        ids: Iterable[str],
        *,
        mode: WriteMode,
        content_type: str | None,
        metadata: Mapping[str, str],
    ) -> Written:
        """Make the blocks the object, under the condition of ``mode``; nothing was visible before.

        A conditional commit is sent once: a second sending could meet the first one's object. If
        its answer is lost, the committed blocks are asked for; their ids tell whose they are.

        Raises:
            AlreadyExistsError, PreconditionFailedError: the condition did not hold.
            ConflictError: another upload to this name was committed meanwhile.
        """
        from azure.storage.blob import BlobBlock, ContentSettings  # noqa: PLC0415

        blocks = [BlobBlock(block_id) for block_id in ids]
        options: dict[str, Any] = dict(condition(mode))
        if mode is not PutMode.OVERWRITE:
            options["retry_total"] = 0

        def put(blob: BlobClient) -> dict[str, Any]:
            return blob.commit_block_list(
                blocks,
                content_settings=ContentSettings(content_type=content_type),
                metadata=dict(metadata),
                **options,
            )

        try:
            with judged(mode):
                answer = self._container.ask_blob(put, operation=self._operation, name=self._name)
        except UnavailableError as error:
            settled = None if error.status == 503 else self._committed([b.id for b in blocks])
            if settled is None:
                raise
            return settled
        return Written(etag=answer["etag"], version=answer.get("version_id"))

    def _committed(self, ids: list[str]) -> Written | None:
        """Find out whether a commit took effect whose answer was lost."""

        def look(blob: BlobClient) -> tuple[list[str], Any]:
            properties = blob.get_blob_properties()
            return [block.id for block in blob.get_block_list("committed")[0]], properties

        try:
            found, properties = self._container.ask_blob(
                look, operation=self._operation, name=self._name
            )
        except MultistoreError:
            return None
        if found != ids:
            return None
        return Written(etag=properties.etag, version=properties.version_id)


def condition(mode: WriteMode) -> dict[str, Any]:
    """Return a write's condition as the SDK takes it."""
    from azure.core import MatchConditions  # noqa: PLC0415

    if mode is PutMode.CREATE:
        return {"match_condition": MatchConditions.IfMissing}
    if isinstance(mode, IfMatch):
        return {"match_condition": MatchConditions.IfNotModified, "etag": mode.etag}
    return {}


@contextmanager
def judged(mode: WriteMode) -> Generator[None]:
    """Call a condition that did not hold what it is called here, whatever the service calls it."""
    try:
        yield
    except PreconditionFailedError as error:
        if mode is PutMode.CREATE:
            raise _as(AlreadyExistsError, "an object of this name exists", error) from None
        raise
    except NotFoundError as error:
        if isinstance(mode, IfMatch) and error.code != "ContainerNotFound":
            raise _as(
                PreconditionFailedError, "the object that was to be replaced is gone", error
            ) from None
        raise


def _as(kind: type[MultistoreError], says: str, error: MultistoreError) -> MultistoreError:
    fields = ("operation", "store", "provider", "bucket", "key", "code", "status", "request_id")
    return kind(says, **{field: getattr(error, field) for field in fields})
