"""Copies on the server whose beginning is another: a sealed object under a new header.

The first block is sent, every other one is copied inside the account (Put Block From URL, under
the source's etag), so that a large object never passes through this process. The service reads
the source with a right that is made for it; see azure_credentials.source_access.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from multistore.errors import InvalidArgumentError
from multistore.stores.azure.credentials import read, source_access
from multistore.stores.azure.upload import Blocks, refuse_early
from multistore.stores.base import MEBIBYTE, Body
from multistore.stores.parallel import in_parallel
from multistore.values import IfMatch, PutMode, Span

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from azure.storage.blob import BlobClient

    from multistore.stores.azure.container import Container
    from multistore.stores.base import Buffer, Fetched, Limits
    from multistore.stores.transfer import DataPlane, Written
    from multistore.values import WriteMode

COPIED_BLOCK = 64 * MEBIBYTE
"""Bytes of a block that is copied; Azure allows 4,000 MiB, and answers when it is done."""


@dataclass(frozen=True, slots=True)
class Copy:
    """One copy that is to be made; see Store.copy."""

    source: str
    target: str
    head: bytes
    if_match: str
    mode: WriteMode
    content_type: str | None
    metadata: Mapping[str, str]

    @property
    def commit_mode(self) -> WriteMode:
        """The condition of the last step: an object copied onto itself must still be itself."""
        onto_itself = self.source == self.target and self.mode is PutMode.OVERWRITE
        return IfMatch(self.if_match) if onto_itself else self.mode


def first_part(data: DataPlane, copy: Copy, part_size: int) -> Fetched:
    """Read the source's first part at its etag.

    Raises:
        InvalidArgumentError: the head would be longer than one part, or than the source.
    """
    first = data.get(copy.source, Span(0, part_size), if_match=copy.if_match)
    if len(copy.head) > len(first.data):
        raise InvalidArgumentError(
            f"a head of {len(copy.head)} bytes does not fit over the first "
            f"{len(first.data)} bytes of the source",
            key=copy.source,
        )
    return first


def rewritten(data: DataPlane, copy: Copy, first: Fetched, part_size: int) -> Body:
    """Return the copy as a body whose bytes pass through this process, one part at a time."""
    size = first.info.size or 0

    def parts() -> Iterator[Buffer]:
        yield copy.head + bytes(first.data[len(copy.head) :])
        for start in range(len(first.data), size, part_size):
            span = Span(start, min(start + part_size, size))
            yield data.get(copy.source, span, if_match=copy.if_match).data

    return Body(parts(), size)


def on_server(container: Container, copy: Copy, first: Fetched, limits: Limits) -> Written:
    """Copy an object of more than one part on the server.

    Cost: one request per 64 MiB and three more. Memory: the first part.

    Raises:
        AccessDeniedError: code CannotVerifyCopySource: the service could not read the source.
    """
    place, size = container.place, first.info.size or 0
    refuse_early(container, copy.target, copy.commit_mode, operation="copy")
    access = source_access(
        read(place.account.credentials, place.account.name),
        account=place.account,
        container=place.container,
        name=copy.source,
    )
    source = container.url(copy.source)
    blocks = Blocks(container, copy.target, "copy")
    start = len(first.data)
    step = max(COPIED_BLOCK, -(-size // (limits.parts - 1)))
    spans = [Span(at, min(at + step, size)) for at in range(start, size, step)]

    def copied(block: tuple[int, Span]) -> str:
        number, span = block
        block_id = blocks.id_of(number)

        def stage(blob: BlobClient) -> None:
            blob.stage_block_from_url(
                block_id,
                f"{source}?{access.query}" if access.query else source,
                source_offset=span.start,
                source_length=span.stop - span.start,
                source_authorization=access.header,
                headers={"x-ms-source-if-match": copy.if_match},
            )

        container.ask_blob(stage, operation="copy", name=copy.target)
        return block_id

    one = blocks.send(0, copy.head + bytes(first.data[len(copy.head) :]))
    rest = in_parallel(copied, enumerate(spans, 1), limits.concurrency)
    return blocks.commit(
        [one, *rest],
        mode=copy.commit_mode,
        content_type=copy.content_type,
        metadata=copy.metadata,
    )
