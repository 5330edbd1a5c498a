"""Listings: every name once, in the order of its UTF-8 bytes, whatever order the service has.

*Measured*: Azurite sorts by UTF-16 units, so that an emoji comes before half-width kana; Microsoft
documents "alphabetical". The two orders differ only where, behind equal beginnings, one name has a
sign beyond U+FFFF and the other one from U+E000 to U+FFFF. So a name with a sign of the first kind
is held back until no name of the second kind can follow.
"""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any, TypeVar

from multistore.stores.base import StoredObject
from multistore.values import CommonPrefix

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from azure.storage.blob import BlobProperties

    from multistore.stores.azure.container import Container

T = TypeVar("T")
PAGE = 1000


def objects(
    container: Container, prefix: str, *, delimiter: str | None, start_after: str | None
) -> Iterator[StoredObject | CommonPrefix]:
    """List; see Store.list.

    The service has no place to begin behind a name in the pinned API version: with
    ``start_after`` the pages before it are read and dropped. Memory: a page, and the names held
    back: those below one beginning that have a sign beyond U+FFFF next.
    """
    found = (_item(entry) for entry in entries(container, prefix, delimiter=delimiter))
    for item in by_bytes(found, _name_of):
        # The order of code points is the order of UTF-8 bytes.
        if start_after is None or _name_of(item) > start_after:
            yield item


def entries(
    container: Container, prefix: str, *, delimiter: str | None = None, **options: Any
) -> Iterator[Any]:
    """Yield what the service lists, page by page, in its order; groups among the objects."""
    asked = {"name_starts_with": prefix or None, "results_per_page": PAGE, **options}

    def begin(client: Any) -> Any:
        if delimiter is None:
            return client.list_blobs(**asked).by_page()
        return client.walk_blobs(delimiter=delimiter, **asked).by_page()

    pages = container.ask(begin, operation="list")
    while True:
        page = container.ask(lambda _: _next_page(pages), operation="list")
        if page is None:
            return
        if delimiter is not None:
            # The SDK gives a page's groups first and its objects behind them.
            page.sort(key=lambda entry: entry.name.encode("utf-16-be"))
        yield from page


def by_bytes(items: Iterable[T], name_of: Callable[[T], str]) -> Iterator[T]:
    """Sort by UTF-8 bytes what comes sorted by UTF-16 units, or already so, holding back little."""
    held: list[tuple[str, str, T]] = []
    for item in items:
        name = name_of(item)
        ready = [entry for entry in held if not name.startswith(entry[0])]
        if ready:
            held = [entry for entry in held if name.startswith(entry[0])]
            yield from _sorted(ready)
        beyond = next((at for at, sign in enumerate(name) if sign > "\uffff"), None)
        if beyond is None:
            yield item
        else:
            held.append((name[:beyond], name, item))
    yield from _sorted(held)


def etag_of(entry: BlobProperties) -> str:
    """Return an etag as head gives it: listings leave its quotes out."""
    etag = entry.etag or ""
    return etag if etag.startswith('"') else f'"{etag}"'


def _sorted(held: list[tuple[str, str, T]]) -> Iterator[T]:
    return (item for _, _, item in sorted(held, key=lambda entry: entry[1]))


def _next_page(pages: Iterator[Iterable[Any]]) -> list[Any] | None:
    try:
        return list(next(pages))
    except StopIteration:
        return None


def _item(entry: Any) -> StoredObject | CommonPrefix:
    if not hasattr(entry, "etag"):
        return CommonPrefix(entry.name)
    return StoredObject(
        name=entry.name,
        size=entry.size,
        modified=entry.last_modified.astimezone(UTC),
        etag=etag_of(entry),
        version=entry.version_id,
    )


def _name_of(item: StoredObject | CommonPrefix) -> str:
    return item.prefix if isinstance(item, CommonPrefix) else item.name
