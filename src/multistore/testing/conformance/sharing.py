"""Threads: one store serves many at once, and a reader sees whole objects only."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from multistore.errors import PreconditionFailedError
from multistore.stores.base import Capability
from multistore.testing.conformance.harness import Harness, noise
from multistore.values import IfMatch, Span

if TYPE_CHECKING:
    from multistore.stores.base import Store

THREADS = 8


class Sharing(Harness):
    """The tests of concurrent use."""

    def test_threads_do_not_meet(self, store: Store) -> None:
        def work(number: int) -> None:
            for turn in range(5):
                key, data = f"{number}/{turn}", noise(1000 + turn, seed=number)
                etag = self.put(store, key, data).etag
                assert self.read(store, key) == data
                assert store.head(self.at(key)).etag == etag
                assert key in self.listed(store, f"{number}/")
                if turn % 2:
                    store.delete([self.ref(key)])

        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(work, range(THREADS)))
        left = [f"{number}/{turn}" for number in range(THREADS) for turn in (0, 2, 4)]
        assert self.listed(store) == left

    def test_a_reader_never_sees_a_mixture(self, store: Store) -> None:
        """Contents of different lengths: a mixture would show in any byte or in the size."""
        contents = [bytes([n]) * (20_000 + n) for n in range(4)]
        self.put(store, "a", contents[0])
        done = threading.Event()

        def write() -> None:
            try:
                for turn in range(20):
                    self.put(store, "a", contents[turn % 4])
            finally:
                done.set()

        with ThreadPoolExecutor(1) as pool:
            writing = pool.submit(write)
            while not done.is_set():
                fetched = store.get(self.at("a"), Span(0, 30_000))
                assert bytes(fetched.data) in contents
                assert fetched.info.size == len(fetched.data)
            writing.result()

    def test_if_match_loses_no_update(self, store: Store) -> None:
        if Capability.CONDITIONAL_UPDATE not in store.capabilities:
            return  # Conditions asserts the refusal
        self.put(store, "counter", b"0")

        def count(_: int) -> None:
            while True:
                now = store.get(self.at("counter"), Span(0, 10))
                try:
                    new = b"%d" % (int(bytes(now.data)) + 1)
                    self.put(store, "counter", new, mode=IfMatch(now.info.etag))
                except PreconditionFailedError:
                    continue
                return

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(count, range(20)))
        assert self.read(store, "counter") == b"20"
