"""FaultyStore: every fault does what it says, and nothing else is changed on the way."""

from __future__ import annotations

import inspect

import pytest
from tests.stores import test_memory

from multistore.errors import PreconditionFailedError
from multistore.stores.base import Body, Ref, Store
from multistore.stores.memory import MemoryStore
from multistore.testing import StoreConformance
from multistore.testing.faults import Before, CutAt, FaultyStore, FlipAt, RaiseAt
from multistore.values import Last, PutMode, Span

DATA = bytes(range(100))


@pytest.fixture
def store():
    store = FaultyStore(MemoryStore("inner", versioned=True))
    put(store.inner, DATA)
    return store


def put(store, data, name="a"):
    return store.put(name, Body([data[:7], data[7:]], len(data)), mode=PutMode.OVERWRITE)


def get(store, span=Span(0, 100)):  # noqa: B008 - a frozen value
    return bytes(store.get("a", span).data)


class TestWithoutFaults(StoreConformance):
    """Nothing ordered: it is the store below, capability for capability."""

    suite = test_memory.TestVersionedMemoryStore()

    @pytest.fixture
    def store(self):
        return FaultyStore(MemoryStore(versioned=True))

    def raw_read(self, store, name):
        return self.suite.raw_read(store.inner, name)

    def raw_write(self, store, name, data):
        self.suite.raw_write(store.inner, name, data)


def test_it_forwards_every_member_of_the_protocol():
    members = {name for name in vars(Store) if not name.startswith("_")}
    assert members <= vars(FaultyStore).keys()
    for name in members:
        theirs, ours = inspect.getattr_static(Store, name), vars(FaultyStore)[name]
        assert type(theirs) is type(ours), name
        if inspect.isfunction(theirs):
            assert inspect.signature(theirs) == inspect.signature(ours), name


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        (Span(0, 100), DATA[:40]),
        (Span(30, 50), DATA[30:40]),
        (Span(40, 50), b""),
        (Span(50, 60), b""),
        (Span(0, 40), DATA[:40]),
        (Last(70), DATA[30:40]),
    ],
    ids=str,
)
def test_cut(store, span, expected):
    store.on("get", CutAt(40))
    assert get(store, span) == expected
    assert store.get("a", span).info.size == 100


@pytest.mark.parametrize("span", [Span(0, 100), Span(40, 41), Last(60)], ids=str)
def test_flip(store, span):
    store.on("get", FlipAt(40))
    start, stop = span.resolve(100)
    expected = bytearray(DATA)
    expected[40] ^= 1
    assert get(store, span) == expected[start:stop]
    assert get(store, Span(0, 40)) == DATA[:40]
    assert get(store, Span(41, 100)) == DATA[41:]


def test_raise_while_reading(store):
    store.on("get", RaiseAt(40, ConnectionResetError()))
    assert get(store, Span(0, 40)) == DATA[:40]
    assert get(store, Span(41, 100)) == DATA[41:]
    with pytest.raises(ConnectionResetError):
        get(store, Span(0, 41))


@pytest.mark.parametrize("at", [0, 3, 7, 50, 99, 100, 1000])
def test_raise_while_writing(store, at):
    """The store below takes what came before, and must undo it."""
    error = KeyboardInterrupt()
    taken = []
    written = store.inner.put

    def counted(name, body, **options):
        def parts():
            for part in body.parts:
                taken.append(bytes(part))
                yield part

        return written(name, Body(parts(), body.size), **options)

    store.inner.put = counted
    store.on("put", RaiseAt(at, error))
    with pytest.raises(KeyboardInterrupt) as caught:
        put(store, bytes(100))
    assert caught.value is error
    assert len(b"".join(taken)) == min(at, 100)
    assert get(store) == DATA


def test_another_writer_between_two_reads(store):
    store.on("get", Before(lambda: put(store.inner, bytes(100))), call=2)
    first = store.get("a", Span(0, 50))
    with pytest.raises(PreconditionFailedError):
        store.get("a", Span(50, 100), if_match=first.info.etag)
    assert store.get("a", Span(50, 100)).data == bytes(50)


def test_an_error_instead_of_an_answer(store):
    def fail():
        raise TimeoutError

    for operation, call in {
        "put": lambda: put(store, b"x"),
        "get": lambda: get(store),
        "head": lambda: store.head("a"),
        "list": lambda: store.list(""),
        "copy": lambda: store.copy("a", "b", head=b"", if_match="", mode=PutMode.OVERWRITE),
        "delete": lambda: store.delete([Ref("a")]),
        "close": store.close,
    }.items():
        store.on(operation, Before(fail), call=1)
        with pytest.raises(TimeoutError):
            call()
    assert get(store) == DATA


def test_one_call_or_every_call(store):
    store.on("get", CutAt(1), call=2)
    assert [len(get(store)) for _ in range(4)] == [100, 1, 100, 100]
    store.on("get", CutAt(2), call=1)
    store.on("get", CutAt(50))
    assert [len(get(store)) for _ in range(3)] == [2, 50, 50]


def test_the_calls_are_kept(store):
    store.head("a")
    get(store, Span(0, 5))
    assert [(call.operation, call.name, call.span) for call in store.calls] == [
        ("head", "a", None),
        ("get", "a", Span(0, 5)),
    ]
