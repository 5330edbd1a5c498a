"""Create-only and if-match: one winner among many, or a clean refusal; never a hope."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from multistore.errors import (
    AlreadyExistsError,
    MultistoreError,
    PreconditionFailedError,
    UnsupportedError,
)
from multistore.stores.base import Body, Capability
from multistore.testing.conformance.harness import Harness, noise
from multistore.values import IfMatch, PutMode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from multistore.stores.base import Store
    from multistore.values import WriteMode


class Conditions(Harness):
    """The tests of PutMode.CREATE and IfMatch."""

    @pytest.mark.parametrize("large", [False, True])
    def test_create_only(self, store: Store, *, large: bool) -> None:
        data = noise(store.limits.part_size + 1 if large else 100)
        if Capability.CONDITIONAL_CREATE not in store.capabilities:
            self._refuses_mode(store, PutMode.CREATE)
            return
        first = self.put(store, "a", data, mode=PutMode.CREATE)
        with self.refused(store, AlreadyExistsError, "put", "a"):
            self.put(store, "a", noise(len(data), seed=2), mode=PutMode.CREATE)
        assert store.head(self.at("a")).etag == first.etag
        assert self.read(store, "a") == data
        self.no_upload_left(store)
        store.delete([self.ref("a")])
        self.put(store, "a", b"again", mode=PutMode.CREATE)
        assert self.read(store, "a") == b"again"

    @pytest.mark.parametrize("large", [False, True])
    def test_if_match(self, store: Store, *, large: bool) -> None:
        data = noise(store.limits.part_size + 1 if large else 100)
        if Capability.CONDITIONAL_UPDATE not in store.capabilities:
            self._refuses_mode(store, IfMatch("etag"))
            return
        first = self.put(store, "a", b"first")
        second = self.put(store, "a", data, mode=IfMatch(first.etag))
        assert second.etag != first.etag
        with self.refused(store, PreconditionFailedError, "put", "a"):
            self.put(store, "a", noise(len(data), seed=2), mode=IfMatch(first.etag))
        assert self.read(store, "a") == data
        with self.refused(store, PreconditionFailedError, "put", "absent"):
            self.put(store, "absent", data, mode=IfMatch(first.etag))
        assert self.listed(store) == ["a"]
        self.no_upload_left(store)

    def test_if_match_knows_a_deleted_object(self, store: Store) -> None:
        if Capability.CONDITIONAL_UPDATE not in store.capabilities:
            return  # test_if_match asserts the refusal
        first = self.put(store, "a", b"first")
        store.delete([self.ref("a")])
        with self.refused(store, PreconditionFailedError, "put", "a"):
            self.put(store, "a", b"second", mode=IfMatch(first.etag))
        assert not self.has(store, "a")

    def test_one_of_many_racing_creators_wins(self, store: Store) -> None:
        if Capability.CONDITIONAL_CREATE not in store.capabilities:
            return  # test_create_only asserts the refusal
        won = self._race(store, PutMode.CREATE, AlreadyExistsError)
        assert len(won) == 1
        assert self.read(store, "a") == won[0]

    def test_one_of_many_racing_updaters_wins(self, store: Store) -> None:
        if Capability.CONDITIONAL_UPDATE not in store.capabilities:
            return  # test_if_match asserts the refusal
        first = self.put(store, "a", b"first")
        won = self._race(store, IfMatch(first.etag), PreconditionFailedError)
        assert len(won) == 1
        assert self.read(store, "a") == won[0]

    def _race(self, store: Store, mode: WriteMode, loses: type[MultistoreError]) -> list[bytes]:
        start = threading.Barrier(self.writers)

        def write(number: int) -> bytes | None:
            data = b"writer %d" % number
            start.wait()
            try:
                self.put(store, "a", data, mode=mode)
            except loses:
                return None
            return data

        with ThreadPoolExecutor(self.writers) as pool:
            return [data for data in pool.map(write, range(self.writers)) if data is not None]

    def _refuses_mode(self, store: Store, mode: WriteMode) -> None:
        """Assert a refusal before a byte moved, on a free and on a taken name."""
        self.put(store, "taken", b"old")

        def source() -> Iterator[bytes]:
            raise AssertionError("the body was begun")
            yield b""

        for key in ("taken", "free"):
            with self.refused(store, UnsupportedError, "put", key):
                store.put(self.at(key), Body(source(), None), mode=mode)
        assert self.listed(store) == ["taken"]
        assert self.read(store, "taken") == b"old"
        self.no_upload_left(store)
