"""What a subclass of StoreConformance says about its store, and what the tests share."""

from __future__ import annotations

import random
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

from multistore.errors import MultistoreError, NotFoundError
from multistore.stores.base import Body, Ref, StoredObject
from multistore.values import CommonPrefix, PutMode, Span

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator

    from multistore.stores.base import Buffer, Store
    from multistore.values import WriteMode

E = TypeVar("E", bound=MultistoreError)


class Harness:
    """The options and hooks of one store under test.

    Attributes:
        prefix: goes before every name; with it a suite can run inside a shared bucket, or a
            layer that wants names of a certain form. It ends with a slash, or is empty.
        sealed: the bytes at rest are not the bytes given: reading past the store must not
            show them, foreign bytes are an IntegrityError, and a copy takes no head.
        many: how many objects the tests of paging make; more than one page.
        writers: how many threads race for one name.
        name_bytes: bytes of the longest name, where it is shorter than ``limits.name_bytes``.
        refused_names: names (without the prefix) that this service cannot hold; the suite
            asserts that the store refuses them and writes nothing.
    """

    prefix: str = ""
    sealed: bool = False
    many: int = 1_100
    writers: int = 50
    name_bytes: int | None = None
    refused_names: frozenset[str] = frozenset()

    @pytest.fixture
    def store(self) -> Iterator[Store]:
        """Give a store that holds nothing below the prefix; override this."""
        raise NotImplementedError("give a fresh store: override the fixture `store`")

    def raw_read(self, store: Store, name: str) -> bytes | None:
        """Read the bytes at rest without the store, or None where there is nothing."""
        raise NotImplementedError("read past the store: override `raw_read`")

    def raw_write(self, store: Store, name: str, data: bytes) -> None:
        """Write an object as somebody else would, without the store."""
        raise NotImplementedError("write past the store: override `raw_write`")

    def raw_upload(self, store: Store, name: str) -> None:
        """Begin an upload and leave it unfinished; only stores with UPLOADS need this."""
        raise NotImplementedError("the store has UPLOADS: override `raw_upload`")

    def at(self, key: str) -> str:
        """Return the name of a key of the tests."""
        return self.prefix + key

    def put(
        self,
        store: Store,
        key: str,
        data: bytes = b"",
        *,
        mode: WriteMode = PutMode.OVERWRITE,
        **described: Any,
    ) -> StoredObject:
        """Put whole bytes as one buffer of known size."""
        return store.put(self.at(key), whole(data), mode=mode, **described)

    def read(self, store: Store, key: str, *, version: str | None = None) -> bytes:
        """Read a whole object part by part, each pinned to the first one's etag."""
        head = store.head(self.at(key), version=version)
        assert head.size is not None
        pieces: list[bytes] = []
        part = store.limits.part_size
        for start in range(0, head.size, part):
            span = Span(start, min(start + part, head.size))
            fetched = store.get(self.at(key), span, if_match=head.etag, version=version)
            assert fetched.start == start
            pieces.append(bytes(fetched.data))
        return b"".join(pieces)

    def has(self, store: Store, key: str) -> bool:
        """Ask head whether the object is there."""
        try:
            store.head(self.at(key))
        except NotFoundError:
            return False
        return True

    def listed(self, store: Store, key: str = "", **options: Any) -> list[str]:
        """List below a key; names without the prefix, groups ending in the delimiter."""
        if options.get("start_after") is not None:
            options["start_after"] = self.at(options["start_after"])
        found = [
            item.prefix if isinstance(item, CommonPrefix) else item.name
            for item in store.list(self.at(key), **options)
        ]
        assert all(name.startswith(self.prefix) for name in found)
        return [name[len(self.prefix) :] for name in found]

    def objects(self, store: Store, key: str = "") -> list[StoredObject]:
        """List the objects below a key."""
        found = list(store.list(self.at(key)))
        return [item for item in found if not isinstance(item, CommonPrefix)]

    def ref(self, key: str, version: str | None = None) -> Ref:
        """Return the reference of a key of the tests."""
        return Ref(self.at(key), version)

    def no_upload_left(self, store: Store) -> None:
        """Assert that no unfinished upload is left, where the store can have one."""
        if store.uploads is not None:
            assert list(store.uploads.list_uploads(self.prefix)) == []

    @contextmanager
    def refused(
        self, store: Store, kind: type[E] | tuple[type[E], ...], operation: str, *keys: str
    ) -> Generator[None]:
        """Assert one of these errors, and that it says which verb, store and object failed."""
        with pytest.raises(kind) as caught:
            yield
        error = caught.value
        assert error.operation == operation
        assert error.store == store.name
        assert error.key in {self.at(key) for key in keys}


def whole(data: bytes) -> Body:
    """Return a body of one buffer and known size."""
    return Body([data], len(data))


def cut(data: bytes, sizes: Iterable[int]) -> Iterator[Buffer]:
    """Cut data into buffers of the given sizes, and the rest."""
    view, start = memoryview(data), 0
    for size in sizes:
        yield view[start : start + size]
        start += size
    yield view[start:]


def noise(size: int, seed: int = 0) -> bytes:
    """Return bytes without a pattern, the same for the same seed."""
    return random.Random(seed).randbytes(size)  # noqa: S311 - test data, no secret
