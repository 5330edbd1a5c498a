"""What the inner store is handed: parts of one size, sealed once, in bounded memory."""

from __future__ import annotations

import threading
import time
import tracemalloc
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from multistore.errors import (
    InvalidArgumentError,
    KeyDestroyedError,
    LengthError,
    NotFoundError,
    TenantSuspendedError,
)
from multistore.sealing.framing import Framing
from multistore.sealing.sealed import SealedStore
from multistore.stores.base import Body
from multistore.stores.memory import MemoryStore
from multistore.values import IfMatch, PutMode
from tests.sealing.inner import NAME, C, Inner, pattern, put, sealed
from tests.sealing.scopes import Scopes

WHOLE = pattern(4 * C)


class Taking(MemoryStore):
    """Takes a body part by part, and remembers the parts and what it was told."""

    def __init__(self, part_size, parts=10_000):
        super().__init__()
        self.limits = replace(self.limits, part_size=part_size, parts=parts)
        self.taken = []
        self.told = None

    def put(self, name, body, **options):
        self.told = {**options, "size": body.size}
        self.taken = []

        def parts():
            for part in body.parts:
                self.taken.append(part)
                yield part

        return super().put(name, Body(parts(), body.size), **options)


def _cut(data, sizes):
    start = 0
    for size in sizes:
        yield data[start : start + size]
        start += size
    yield data[start:]


@settings(max_examples=150)
@given(
    st.builds(lambda n, off: max(0, n * C + off), st.integers(0, 3), st.integers(-2, 2)),
    st.lists(st.one_of(st.integers(0, 3 * C), st.sampled_from([1, C, 2 * C])), max_size=6),
    st.sampled_from([8 << 20, C + 16, 160, 1000, 2 * C, 2 * C + 192, C // 3]),
    st.booleans(),
)
def test_parts_are_equal_and_hold_the_object(size, cuts, part_size, known):
    data = WHOLE[:size]
    inner = Taking(part_size)
    store = SealedStore(inner, Scopes())
    body = Body(_cut(data, cuts), size if known else None)
    info = store.put(NAME, body, mode=PutMode.OVERWRITE)
    total = Framing(17).total(size)
    assert info.size == size
    assert inner.told["size"] == (total if known else None)
    sizes = [len(part) for part in inner.taken]
    assert sum(sizes) == total
    assert all(size == part_size for size in sizes[:-1])
    assert 0 < sizes[-1] <= part_size
    assert store.open(NAME).read() == data
    store.close()


def test_the_provider_learns_nothing():
    inner = Taking(1 << 20)
    store = SealedStore(inner, Scopes())
    put(store, b"plain " * 100, content_type="text/plain", metadata={"title": "canary"})
    assert inner.told["content_type"] == "application/octet-stream"
    assert set(inner.told["metadata"]) == {"multistore"}
    assert "canary" not in inner.told["metadata"]["multistore"]
    put(store, b"plain " * 100)
    assert inner.told["metadata"] == {}
    assert b"plain" not in b"".join(bytes(part) for part in inner.taken)


def test_no_salt_is_used_twice():
    inner = Taking(1 << 20)
    store = SealedStore(inner, Scopes())
    salts = set()
    for _ in range(50):
        put(store, b"the same")
        salts.add(bytes(inner.taken[0][32:64]))
    assert len(salts) == 50


def test_what_was_handed_out_is_never_written_again():
    """A retry sends the stored ciphertext; so it must stay what it was."""
    inner = Taking(C)
    copies = []

    def source():
        for start in range(0, len(WHOLE), 1000):
            copies[:] = [*copies, *(bytes(part) for part in inner.taken[len(copies) :])]
            yield WHOLE[start : start + 1000]

    store = SealedStore(inner, Scopes())
    store.put(NAME, Body(source(), None), mode=PutMode.OVERWRITE)
    assert len(copies) >= 2
    assert [bytes(part) for part in inner.taken[: len(copies)]] == copies


def test_the_source_is_read_once_in_order_and_in_the_calling_thread():
    seen = []

    def source():
        for n in range(20):
            seen.append((n, threading.current_thread()))
            yield bytes([n]) * C

    store = sealed(part_size=2 * C)
    store.put(NAME, Body(source(), 20 * C), mode=PutMode.OVERWRITE)
    assert seen == [(n, threading.current_thread()) for n in range(20)]


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("buffer", [1 << 20, 100_000, 1 << 25])
def test_memory_is_bounded_by_parts_and_not_by_the_object(known, buffer):
    """The inner store lets go of each part at once; what is left is ours: two parts and runs."""
    part = 1 << 20

    class Discarding(Taking):
        def put(self, name, body, **options):
            total = sum(len(part) for part in body.parts)
            info = MemoryStore().put(name, Body([b""], 0), **options)
            return info._replace(size=total)

    size = 64 << 20
    block = bytes(buffer)
    body = Body((block for _ in range(size // buffer)), size // buffer * buffer if known else None)
    store = SealedStore(Discarding(part), Scopes())
    tracemalloc.start()
    try:
        store.put(NAME, body, mode=PutMode.OVERWRITE)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 5 * part


def test_parts_are_sealed_ahead_by_other_threads(monkeypatch):
    from multistore.sealing import writer

    threads = set()
    seal_into = writer.seal_into

    def spy(*arguments):
        threads.add(threading.current_thread())
        return seal_into(*arguments)

    monkeypatch.setattr(writer, "seal_into", spy)
    store = sealed(pattern(4 << 20), part_size=1 << 20)
    assert len(threads - {threading.current_thread()}) >= 1
    threads.clear()
    put(store, b"small")
    assert threads == {threading.current_thread()}


def test_a_source_faster_than_the_cipher_is_not_read_ahead_without_bound(monkeypatch):
    from multistore.sealing import writer

    seal_into, lock = writer.seal_into, threading.Lock()
    ahead = most = 0

    def slow(*arguments):
        nonlocal ahead
        time.sleep(0.01)
        written = seal_into(*arguments)
        with lock:
            ahead -= 1
        return written

    def source():
        nonlocal ahead, most
        for _ in range(30):
            with lock:
                ahead += 1
                most = max(most, ahead)
            yield bytes(8 * C)

    monkeypatch.setattr(writer, "seal_into", slow)
    store = sealed(part_size=64 << 20)
    store.put(NAME, Body(source(), 30 * 8 * C), mode=PutMode.OVERWRITE)
    assert 2 <= most <= 6


@pytest.mark.parametrize("size", [0, 3, 5 * C])
@pytest.mark.parametrize("off", [-1, 1, 2 * C])
def test_a_wrong_length_writes_nothing(size, off):
    if size + off < 0:
        return
    inner = Taking(C)
    store = SealedStore(inner, Scopes())
    put(store, b"old")
    with pytest.raises(LengthError, match="the source gave") as caught:
        store.put(NAME, Body([bytes(size + off)], size), mode=PutMode.OVERWRITE)
    assert (caught.value.operation, caught.value.key) == ("put", NAME)
    # The last part was never handed out, so no store could have finished the object.
    assert sum(map(len, inner.taken)) < Framing(17).total(size)
    assert store.open(NAME).read() == b"old"


def test_an_unknown_length_fails_before_it_exceeds_the_store_s_parts():
    inner = Taking(C, parts=3)
    store = SealedStore(inner, Scopes())
    fits = Framing(17).largest(3 * C)
    store.put(NAME, Body([bytes(fits)], None), mode=PutMode.OVERWRITE)
    assert len(inner.taken) == 3

    def endless():
        while True:
            yield bytes(1000)

    with pytest.raises(InvalidArgumentError, match=f"at most {fits} bytes") as caught:
        store.put(NAME, Body(endless(), None), mode=PutMode.OVERWRITE)
    assert caught.value.hint
    assert len(inner.taken) <= 3
    assert store.open(NAME).size == fits


def test_a_known_length_beyond_equal_parts_is_left_to_the_store():
    """It knows the total and may cut larger parts; a store here joins them anyway."""
    inner = Taking(1000, parts=3)
    store = SealedStore(inner, Scopes())
    put(store, bytes(5000))
    assert store.open(NAME).size == 5000


def test_an_object_too_large_for_the_store_is_refused_before_its_source_is_touched():
    inner = Taking(1000)
    inner.limits = replace(inner.limits, object_size=5000)
    store = SealedStore(inner, Scopes())
    largest = store.limits.object_size
    assert Framing(17).total(largest) == 5000

    def source():
        raise AssertionError("the source was touched")
        yield b""

    with pytest.raises(InvalidArgumentError, match=f"takes at most {largest}"):
        store.put(NAME, Body(source(), largest + 1), mode=PutMode.OVERWRITE)
    put(store, bytes(largest))


def test_a_store_that_kept_less_than_was_sent():
    inner = Taking(1000)
    store = SealedStore(inner, Scopes())
    taking = inner.put
    inner.put = lambda *a, **o: taking(*a, **o)._replace(size=7)
    with pytest.raises(LengthError, match="holds 7"):
        put(store, b"x")


@pytest.mark.parametrize(
    ("state", "error"), [("suspended", TenantSuspendedError), ("erased", KeyDestroyedError)]
)
def test_a_scope_that_is_not_active_is_not_written_to(state, error):
    scopes = Scopes()
    store = SealedStore(Inner(), scopes)
    getattr(scopes, state).add("acme")
    with pytest.raises(error):
        put(store, b"x")
    with pytest.raises(NotFoundError, match="nobody"):
        put(store, b"x", name="nobody/data/a")
    assert list(store.inner.list("")) == []


@pytest.mark.parametrize("name", ["", "a", "a/b", "a/b/", "/b/c", "a//c"])
def test_a_name_without_its_three_parts_is_refused(name):
    store = sealed()
    for act in (
        lambda: put(store, b"x", name=name),
        lambda: store.open(name),
        lambda: store.head(name),
        lambda: store.duplicate(NAME, name, mode=PutMode.OVERWRITE),
    ):
        with pytest.raises((InvalidArgumentError, NotFoundError)):
            act()
    assert list(store.inner.list("")) == []


def test_modes_are_the_inner_store_s():
    store = sealed()
    first = put(store, b"1", mode=PutMode.CREATE)
    second = put(store, b"2", mode=IfMatch(first.etag))
    assert store.inner.head(NAME).etag == second.etag
