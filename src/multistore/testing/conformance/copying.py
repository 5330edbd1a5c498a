"""copy: the source's very bytes behind a new head, at one state of the source."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from multistore.errors import (
    AlreadyExistsError,
    InvalidArgumentError,
    NotFoundError,
    PreconditionFailedError,
    UnsupportedError,
)
from multistore.stores.base import Capability
from multistore.testing.conformance.harness import Harness, noise
from multistore.values import IfMatch, PutMode

if TYPE_CHECKING:
    from multistore.stores.base import Store, StoredObject
    from multistore.values import WriteMode

HEAD = 160


class Copying(Harness):
    """The tests of copy."""

    @pytest.mark.parametrize("target", ["b", "a", "日本語/b"])
    @pytest.mark.parametrize("large", [False, True])
    @pytest.mark.parametrize("replaced", [True, False])
    def test_copy(self, store: Store, *, target: str, large: bool, replaced: bool) -> None:
        if Capability.NON_ASCII_NAMES not in store.capabilities and not target.isascii():
            target = "c/b"
        data = noise(2 * store.limits.part_size + 777 if large else 1000)
        head = noise(HEAD, seed=9) if replaced and not self.sealed else b""
        source = self.put(store, "a", data, content_type="text/old", metadata={"origin": "old"})
        made = self._copy(store, source, target, head)
        assert made.name == self.at(target)
        assert made.size == len(data)
        found = store.head(self.at(target))
        assert found.etag == made.etag
        assert (found.content_type, dict(found.metadata)) == ("text/new", {"origin": "new"})
        assert self.read(store, target) == head + data[len(head) :]
        if target != "a":
            kept = store.head(self.at("a"))
            assert (kept.etag, kept.content_type) == (source.etag, "text/old")
            assert self.read(store, "a") == data
        self.no_upload_left(store)

    @pytest.mark.parametrize("size", [0, 1, HEAD])
    def test_copy_of_the_smallest(self, store: Store, *, size: int) -> None:
        source = self.put(store, "a", noise(size))
        head = b"" if self.sealed else noise(size, seed=9)
        self._copy(store, source, "b", head)
        assert self.read(store, "b") == (head or noise(size))

    @pytest.mark.parametrize("large", [False, True])
    def test_copy_of_a_source_that_changed(self, store: Store, *, large: bool) -> None:
        data = noise(store.limits.part_size + 777 if large else 1000)
        old = self.put(store, "a", data)
        self.put(store, "a", noise(len(data), seed=2))
        self.put(store, "b", b"old target")
        with self.refused(store, PreconditionFailedError, "copy", "a", "b"):
            self._copy(store, old, "b")
        assert self.read(store, "b") == b"old target"
        assert self.listed(store) == ["a", "b"]
        self.no_upload_left(store)

    def test_copy_of_an_absent_source(self, store: Store) -> None:
        gone = self.put(store, "a", b"x" * 1000)
        store.delete([self.ref("a")])
        with self.refused(store, (NotFoundError, PreconditionFailedError), "copy", "a", "b"):
            self._copy(store, gone, "b")
        assert self.listed(store) == []

    @pytest.mark.parametrize("large", [False, True])
    def test_copy_create_only(self, store: Store, *, large: bool) -> None:
        data = noise(store.limits.part_size + 777 if large else 1000)
        source = self.put(store, "a", data)
        self.put(store, "b", b"old target")
        able = Capability.CONDITIONAL_CREATE in store.capabilities
        refusal = AlreadyExistsError if able else UnsupportedError
        with self.refused(store, refusal, "copy", "a", "b"):
            self._copy(store, source, "b", mode=PutMode.CREATE)
        assert self.read(store, "b") == b"old target"
        if able:
            self._copy(store, source, "c", mode=PutMode.CREATE)
            assert self.read(store, "c") == data
        self.no_upload_left(store)

    def test_copy_if_match(self, store: Store) -> None:
        source = self.put(store, "a", b"x" * 1000)
        old = self.put(store, "b", b"old target")
        if Capability.CONDITIONAL_UPDATE not in store.capabilities:
            with self.refused(store, UnsupportedError, "copy", "a", "b"):
                self._copy(store, source, "b", mode=IfMatch(old.etag))
            assert self.read(store, "b") == b"old target"
            return
        self._copy(store, source, "b", mode=IfMatch(old.etag))
        assert self.read(store, "b") == b"x" * 1000
        with self.refused(store, PreconditionFailedError, "copy", "a", "b"):
            self._copy(store, source, "b", mode=IfMatch(old.etag))

    def test_copy_with_a_head_in_a_sealing_layer(self, store: Store) -> None:
        if not self.sealed:
            return  # its heads are tested above
        source = self.put(store, "a", b"x" * 1000)
        with self.refused(store, (UnsupportedError, InvalidArgumentError), "copy", "a", "b"):
            self._copy(store, source, "b", b"head")
        assert self.listed(store) == ["a"]

    def _copy(
        self,
        store: Store,
        source: StoredObject,
        target: str,
        head: bytes = b"",
        *,
        mode: WriteMode = PutMode.OVERWRITE,
    ) -> StoredObject:
        return store.copy(
            source.name,
            self.at(target),
            head=head,
            if_match=source.etag,
            mode=mode,
            content_type="text/new",
            metadata={"origin": "new"},
        )
