"""One opened object: what it releases, in which order, in which threads, into which memory."""

from __future__ import annotations

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from multistore.errors import (
    InvalidArgumentError,
    KeyDestroyedError,
    KeyUnavailableError,
    NameMismatchError,
    NotFoundError,
    ScopeMismatchError,
    TamperedError,
    TenantSuspendedError,
)
from multistore.values import From, PutMode, Span
from tests.sealing.inner import NAME, C, pattern, put, raw, sealed, tamper

PART = 2 * (C + 16)
SIZE = 20 * C + 77
DATA = pattern(SIZE)


def _damaged(chunk, **options):
    store = sealed(DATA, part_size=PART, **options)
    bad = raw(store)
    bad[160 + chunk * (C + 16) + 5] ^= 1
    tamper(store, bad)
    return store


@pytest.mark.parametrize("chunk", [0, 1, 2, 7, 19, 20])
def test_a_stream_gives_every_verified_chunk_before_the_damage_and_not_one_byte_more(chunk):
    out = []
    with pytest.raises(TamperedError, match=f"chunk {chunk} did not verify"):
        out.extend(bytes(piece) for piece in _damaged(chunk).open(NAME).stream())
    assert b"".join(out) == DATA[: chunk * C]


@pytest.mark.parametrize("chunk", [0, 7, 20])
def test_a_read_gives_all_or_nothing(chunk):
    store = _damaged(chunk)
    with pytest.raises(TamperedError, match=f"chunk {chunk} did not verify"):
        store.open(NAME).read()
    fine = Span(3 * C, 5 * C)
    assert store.open(NAME, first=fine).read(fine) == DATA[3 * C : 5 * C]


@pytest.mark.parametrize("chunk", [0, 7, 20])
@pytest.mark.parametrize("span", [From(0), Span(7 * C - 3, 7 * C + 3), Span(7 * C, 20 * C)])
def test_a_buffer_of_the_caller_holds_nothing_unverified(chunk, span):
    store = _damaged(chunk)
    start, stop = span.resolve(SIZE)
    buffer = bytearray(b"\xee" * (stop - start + 2))
    opened = store.open(NAME)
    inside = start < (chunk + 1) * C and stop > chunk * C
    if not inside:
        opened.readinto(span, memoryview(buffer)[1:-1])
        return
    with pytest.raises(TamperedError):
        opened.readinto(span, memoryview(buffer)[1:-1])
    assert buffer == b"\xee" + bytes(stop - start) + b"\xee"


def test_a_buffer_too_short_is_refused():
    with pytest.raises(InvalidArgumentError, match="the buffer has 9 bytes, the range 10"):
        sealed(DATA).open(NAME).readinto(Span(0, 10), bytearray(9))


def test_a_file_is_filled_in_parallel(tmp_path):
    store = sealed(DATA, part_size=PART)
    path = tmp_path / "out"
    path.write_bytes(b"x" * (SIZE + 1000))  # longer than the object: it is cut
    with path.open("r+b") as file:
        assert store.open(NAME).write_to(file.fileno()) == SIZE
    assert path.read_bytes() == DATA


def test_a_file_is_not_written_to_after_the_error(tmp_path):
    """A descriptor that is closed may be another file's by the time a slow answer comes."""
    store = _damaged(2, concurrency=4)
    opened = store.open(NAME)
    slow, begun, done = threading.Event(), threading.Event(), threading.Event()

    def before(number):
        if store.inner.gets[number].span.start < 160 + 4 * (C + 16):
            begun.wait(10)  # the damaged chunk comes once a later one is on its way
        else:
            begun.set()
            slow.wait(10)
            done.set()

    store.inner.before = before
    file = os.open(tmp_path / "out", os.O_RDWR | os.O_CREAT)
    with pytest.raises(TamperedError):
        opened.write_to(file)
    os.close(file)
    other = os.open(tmp_path / "somebody else's", os.O_RDWR | os.O_CREAT)
    assert other == file
    slow.set()
    assert done.wait(10)
    store.close()
    time.sleep(0.1)
    os.close(other)
    assert (tmp_path / "somebody else's").read_bytes() == b""


def test_requests_are_in_flight_together_and_never_more_than_allowed():
    store = sealed(DATA, part_size=PART, concurrency=3)
    running, most, lock = 0, 0, threading.Lock()

    def before(number):
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        time.sleep(0.02)
        with lock:
            running -= 1

    store.inner.before = before
    assert b"".join(store.open(NAME).stream()) == DATA
    assert most == 3
    most = 0
    assert store.open(NAME).read() == DATA
    assert most == 3


def test_a_slow_reader_is_not_run_ahead_of_without_bound():
    store = sealed(DATA, part_size=PART, concurrency=3)
    stream = store.open(NAME).stream()
    for taken in range(1, 4):
        next(stream)
        time.sleep(0.05)
        assert len(store.inner.gets) <= taken + 3
    stream.close()


def test_a_reader_that_stops_early_leaves_nothing_running():
    store = sealed(DATA, part_size=PART, concurrency=3)
    stream = store.open(NAME).stream()
    next(stream)
    stream.close()
    time.sleep(0.05)
    count = len(store.inner.gets)
    time.sleep(0.05)
    assert len(store.inner.gets) == count <= 4


def test_many_threads_share_one_store_and_one_handle():
    store = sealed(DATA, part_size=PART)
    opened = store.open(NAME)

    def read(number):
        span = Span(number * C // 3, number * C // 3 + 3 * C)
        assert opened.read(span) == DATA[span.start : span.stop]
        assert b"".join(store.open(NAME).stream()) == DATA

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(read, range(24)))


def test_an_older_object_put_back_is_told_by_the_pin():
    store = sealed(b"old")
    old = raw(store)
    info = put(store, b"new")
    assert store.open(NAME, pin=info.header_tag).read() == b"new"
    tamper(store, old)
    assert store.open(NAME).read() == b"old"  # the format's stated limit
    with pytest.raises(TamperedError, match="pinned"):
        store.open(NAME, pin=info.header_tag)


def test_a_moved_object_is_adopted_only_when_the_caller_says_so():
    store = sealed(b"moved")
    target = "acme/data/elsewhere"
    store.inner._entries[target.encode()] = store.inner._entries[NAME.encode()]
    with pytest.raises(NameMismatchError) as caught:
        store.open(target)
    assert "adopt" in caught.value.hint
    assert store.open(target, adopt=True).read() == b"moved"
    # An adopted header is remembered, and yet not believed under this name.
    with pytest.raises(NameMismatchError):
        store.open(target, first=Span(0, 1))


@pytest.mark.parametrize("target", ["acme/backup/film.mp4", "acme2/data/film.mp4"])
def test_an_object_of_another_scope_is_refused_before_any_key_is_asked_for(target):
    store = sealed(b"theirs")
    store.inner._entries[target.encode()] = store.inner._entries[NAME.encode()]
    store._keys.calls.clear()
    for adopt in (False, True):
        with pytest.raises(ScopeMismatchError):
            store.open(target, adopt=adopt)
    assert store._keys.calls == []


def test_a_pair_that_never_sealed_anything_opens_nothing():
    store = sealed(b"x")
    store._keys.scope_id = lambda tenant, collection: None
    with pytest.raises(ScopeMismatchError):
        store.open(NAME)


def test_an_unknown_tenant_or_object_is_not_found():
    store = sealed(b"x")
    with pytest.raises(NotFoundError):
        store.open("acme/data/absent")
    store.inner._entries[b"nobody/data/a"] = store.inner._entries[NAME.encode()]
    with pytest.raises(NotFoundError, match="nobody"):
        store.open("nobody/data/a")


@pytest.mark.parametrize(
    ("state", "error"), [("suspended", TenantSuspendedError), ("erased", KeyDestroyedError)]
)
def test_the_state_of_the_scope_counts_at_every_opening_remembered_header_or_not(state, error):
    store = sealed(DATA, part_size=PART)
    span = Span(9 * C, 9 * C + 1)
    store.open(NAME, first=span).read(span)
    getattr(store._keys, state).add("acme")
    for first in (None, span):
        with pytest.raises(error):
            store.open(NAME, first=first)
    with pytest.raises(error):
        store.head(NAME)
    with pytest.raises(error):
        store.duplicate(NAME, NAME + "2", mode=PutMode.OVERWRITE)


def test_older_key_versions_open_and_unknown_ones_do_not():
    store = sealed(b"by the first key")
    store._keys.version = 2
    put(store, b"by the second key", name="acme/data/b")
    assert store.open(NAME).read() == b"by the first key"
    assert raw(store, "acme/data/b")[12:16] == b"\0\0\0\2"
    store._keys.version = 1
    with pytest.raises(KeyUnavailableError):
        store.open("acme/data/b")


def test_headers_are_remembered_within_bounds_and_hold_no_secret():
    store = sealed()
    for number in range(1100):
        put(store, b"x", name=f"acme/data/{number}")
        store.head(f"acme/data/{number}")
    assert len(store._opener.seen) == 1024
    assert store._opener.seen.find("acme/data/0", None) is None
    kept = store._opener.seen.find("acme/data/1099", None)
    assert kept.raw == bytes(raw(store, "acme/data/1099")[:160])
    assert {type(value) for value in (kept.raw, kept.etag, kept.total)} == {bytes, str, int}


def test_the_header_that_was_not_used_for_longest_is_forgotten_first():
    store = sealed()
    for number in range(1024):
        put(store, b"x", name=f"acme/data/{number}")
        store.head(f"acme/data/{number}")
    store._opener.seen.find("acme/data/0", None)
    put(store, b"x", name="acme/data/new")
    store.head("acme/data/new")
    assert store._opener.seen.find("acme/data/0", None)
    assert store._opener.seen.find("acme/data/1", None) is None


def test_a_version_is_read_and_followed_up_by_its_id():
    store = sealed(DATA, part_size=PART, versioned=True)
    old = store.head(NAME).version
    put(store, b"newer")
    store.inner.gets.clear()
    assert store.open(NAME, version=old).read() == DATA
    assert {get.version for get in store.inner.gets} == {old}
    assert store.open(NAME).read() == b"newer"
    span = Span(5 * C, 5 * C + 1)
    assert store.open(NAME, version=old, first=span).read(span) == DATA[5 * C : 5 * C + 1]


def test_a_handle_says_what_it_is():
    opened = sealed(b"secret canary").open(NAME)
    assert repr(opened) == f"SealedObject({NAME!r})"
    assert opened.name == NAME
