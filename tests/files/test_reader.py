"""A file for reading behaves as io.BytesIO of the same bytes, and asks for little."""

from __future__ import annotations

import io
import os
import shutil
import tarfile
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from multistore import ClosedError, NotFoundError

CHUNK = 128 * 1024
KIB, MIB = 1 << 10, 1 << 20
SIZES = (0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 17, MIB, MIB + 1, 2 * MIB + 5)


def content(size):
    return (bytes(range(251)) * (size // 251 + 1))[:size]


positions = st.one_of(
    st.integers(-10, 3 * MIB),
    st.sampled_from([0, 1, CHUNK - 1, CHUNK, CHUNK + 1, MIB - 1, MIB, MIB + 1, 2 * MIB]),
)
sizes = st.one_of(st.none(), st.integers(-1, 3 * CHUNK), st.sampled_from([0, 1, MIB, 2 * MIB]))
steps = st.lists(
    st.one_of(
        st.tuples(st.just("seek"), positions, st.just(0)),
        st.tuples(st.just("seek"), st.integers(-3 * MIB, 3 * MIB), st.sampled_from([1, 2, 3])),
        st.tuples(st.just("read"), sizes),
        st.tuples(st.just("readline"), st.integers(-1, 300)),
        st.tuples(st.just("readinto"), st.integers(0, 3 * CHUNK)),
        st.tuples(st.just("tell")),
    ),
    max_size=25,
)


def do(file, step):
    name, *arguments = step
    if name == "readinto":
        buffer = bytearray(arguments[0])
        count = file.readinto(buffer)
        return count, bytes(buffer)
    try:
        return getattr(file, name)(*arguments)
    except (ValueError, OSError):
        return "refused"


def do_as_bytesio(file, step):
    # BytesIO stops at 0 where a real file refuses to go before its first byte.
    if step[0] == "seek" and step[2] in (1, 2):
        base = file.tell() if step[2] == 1 else len(file.getbuffer())
        if base + step[1] < 0:
            return "refused"
    return do(file, step)


@pytest.fixture
def objects(vault):
    for size in SIZES:
        vault.put(f"acme/video/{size}", content(size))
    return vault


@settings(
    max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(size=st.sampled_from(SIZES), steps=steps)
def test_it_is_a_bytesio(objects, size, steps):
    model = io.BytesIO(content(size))
    with objects.open(f"acme/video/{size}") as file:
        for step in steps:
            assert do(file, step) == do_as_bytesio(model, step), step


@pytest.mark.parametrize("size", SIZES)
def test_it_is_iterated_and_copied_whole(objects, size):
    with objects.open(f"acme/video/{size}") as file:
        assert list(file) == list(io.BytesIO(content(size)))
    target = io.BytesIO()
    with objects.open(f"acme/video/{size}") as file:
        shutil.copyfileobj(file, target)
        assert (file.size, file.tell()) == (size, size)
    assert target.getvalue() == content(size)


def test_read1_and_peek_give_some_and_not_nothing_before_the_end(objects):
    with objects.open(f"acme/video/{CHUNK + 1}") as file:
        assert content(CHUNK + 1).startswith(file.peek(1))
        assert file.peek(1)
        assert file.tell() == 0
        taken = b""
        while piece := file.read1():
            taken += piece
        assert taken == content(CHUNK + 1)
        assert file.peek() == b""


def test_what_was_closed_refuses_everything(objects):
    file = objects.open(f"acme/video/{MIB}")
    file.close()
    file.close()
    for use in (
        file.read,
        file.tell,
        file.readable,
        file.seekable,
        file.peek,
        lambda: file.seek(0),
        lambda: file.readinto(bytearray(1)),
    ):
        with pytest.raises(ClosedError) as told:
            use()
        assert isinstance(told.value, ValueError)


def test_it_cannot_be_written_to(objects):
    with objects.open(f"acme/video/{MIB}") as file:
        assert not file.writable()
        for use in (lambda: file.write(b""), file.truncate, file.fileno):
            with pytest.raises(io.UnsupportedOperation):
                use()
        with pytest.raises(TypeError):
            file.readinto(b"read-only")


# What the call itself fetches: the header with 9 chunks, 1.125 MiB, each sealed 16 bytes longer.
BIG = 24 * MIB


@pytest.mark.parametrize(
    ("reads", "requests", "at_most"),
    [
        pytest.param([(0, 100)], 1, 1.2 * MIB, id="a magic number"),
        pytest.param([(0, MIB)], 1, 1.2 * MIB, id="the first MiB"),
        pytest.param([(BIG - 8, 8)], 2, 1.4 * MIB, id="a footer"),
        pytest.param([(0, 4), (BIG - 8, 8), (10 * MIB, 5)], 3, 1.5 * MIB, id="as parquet does"),
        pytest.param([(0, 10)] * 50, 1, 1.2 * MIB, id="the same again"),
    ],
)
def test_a_few_bytes_cost_few_bytes(vault, traffic, reads, requests, at_most):
    whole = content(BIG)
    vault.put("acme/video/big", whole)
    vault._routing.named("main").store._opener.seen.drop("acme/video/big", None)
    traffic.clear()
    with vault.open("acme/video/big") as file:
        for start, size in reads:
            file.seek(start)
            assert file.read(size) == whole[start : start + size]
    assert len(traffic) == requests, traffic
    assert traffic.bytes <= at_most


@pytest.mark.parametrize("size", [1, CHUNK, MIB - 1, MIB, MIB + 1])
@pytest.mark.parametrize("how", ["read", "readall", "readinto", "in pieces"])
def test_a_small_object_is_one_request_whole(vault, traffic, size, how):
    vault.put("acme/video/small", content(size))
    vault._routing.named("main").store._opener.seen.drop("acme/video/small", None)
    traffic.clear()
    with vault.open("acme/video/small") as file:
        if how == "readinto":
            buffer = bytearray(size)
            assert file.readinto(buffer) == size
            data = bytes(buffer)
        elif how == "in pieces":
            data = b"".join(iter(lambda: file.read(50_000), b""))
        else:
            data = getattr(file, how)()
    assert data == content(size)
    assert len(traffic) == 1


def test_reading_on_asks_for_more_and_more(vault, traffic):
    vault.put("acme/video/big", content(BIG))
    traffic.clear()
    with vault.open("acme/video/big") as file:
        while file.read(10_000):
            pass
    assert len(traffic) < 16
    assert traffic.bytes < BIG * 1.05


def test_zipfile_tarfile_and_text_read_it(vault):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("第1回/要点.txt", "はじめに")
        archive.writestr("others.bin", content(3 * MIB))
    vault.put("acme/video/a.zip", packed.getvalue())
    with vault.open("acme/video/a.zip") as file, zipfile.ZipFile(file) as archive:
        assert archive.testzip() is None
        assert archive.read("第1回/要点.txt").decode() == "はじめに"
    assert not packed.closed

    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        entry = tarfile.TarInfo("講義.txt")
        entry.size = MIB
        archive.addfile(entry, io.BytesIO(os.urandom(MIB)))
    vault.put("acme/video/a.tgz", packed.getvalue())
    with vault.open("acme/video/a.tgz") as file, tarfile.open(fileobj=file) as archive:
        assert archive.extractfile("講義.txt").read(MIB + 1)
        assert archive.getnames() == ["講義.txt"]

    vault.put("acme/video/a.txt", "一行目\n二行目\n".encode())
    with vault.open("acme/video/a.txt") as file, io.TextIOWrapper(file, "utf-8") as text:
        assert text.readlines() == ["一行目\n", "二行目\n"]
        text.seek(0)
        assert text.readline() == "一行目\n"


def test_an_absent_object_is_told_at_the_call(vault):
    with pytest.raises(NotFoundError):
        vault.open("acme/video/absent")
