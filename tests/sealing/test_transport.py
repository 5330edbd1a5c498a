"""A store, or a proxy before it, that answers something else than what was asked."""

from __future__ import annotations

import gzip

import pytest

from multistore.errors import (
    FormatError,
    IntegrityError,
    LengthError,
    PreconditionFailedError,
    TamperedError,
    TruncatedError,
)
from multistore.stores.base import Body
from multistore.values import PutMode, Span
from tests.sealing.inner import NAME, C, pattern, put, sealed

SIZE = 6 * C + 5
# The header comes with two chunks; three more requests follow.
PART = 2 * (C + 16) + 160


def _length(answer, size):
    return answer._replace(info=answer.info._replace(size=size))


def _shorter(answer):
    return answer._replace(data=answer.data[:-1])


def _longer(answer):
    return answer._replace(data=memoryview(bytes(answer.data) + b"\0"))


def _elsewhere(answer):
    return answer._replace(start=answer.start + 1)


def _other_bytes(answer):
    """Another range, and no word of it."""
    return answer._replace(data=memoryview(bytes(answer.data[1:]) + b"\0"))


LIES = {
    "a body shorter than announced": (_shorter, TruncatedError),
    "an empty body": (lambda a: a._replace(data=a.data[:0]), TruncatedError),
    "a body longer than announced": (_longer, LengthError),
    "another range than asked": (_elsewhere, TamperedError),
    "another range in the guise of the one asked": (_other_bytes, IntegrityError),
    "a smaller total than the header": (lambda a: _length(a, a.info.size - 1), IntegrityError),
    "a larger total than the header": (lambda a: _length(a, a.info.size + 1), IntegrityError),
    "no total": (lambda a: _length(a, None), FormatError),
}
READS = {
    "stream": lambda store, out: out.extend(bytes(p) for p in store.open(NAME).stream()),
    "read": lambda store, out: out.append(store.open(NAME).read()),
    "range": lambda store, out: out.append(store.get(NAME, Span(0, SIZE)).data),
    "head": lambda store, out: out.append(store.head(NAME)),
}


@pytest.mark.parametrize("read", READS)
@pytest.mark.parametrize("lie", LIES)
def test_a_lie_in_the_first_answer(lie, read):
    twist, error = LIES[lie]
    store = sealed(pattern(SIZE), part_size=PART)
    store.inner.lie = lambda number, answer: twist(answer)
    out = []
    with pytest.raises(error) as caught:
        READS[read](store, out)
    assert out == []
    assert caught.value.key == NAME
    assert caught.value.store == "inner"


@pytest.mark.parametrize("read", ["stream", "read", "range"])
@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize("lie", LIES)
def test_a_lie_in_a_later_answer(lie, number, read):
    twist, error = LIES[lie]
    data = pattern(SIZE)
    store = sealed(data, part_size=PART)
    store.inner.lie = lambda n, answer: twist(answer) if n == number else answer
    out = []
    with pytest.raises(error):
        READS[read](store, out)
    # What was streamed before is verified; everything else gives nothing.
    assert data.startswith(b"".join(out))
    assert len(b"".join(out)) <= 2 * C * number if read == "stream" else out == []


def test_a_store_that_says_less_than_the_header():
    """It cuts the object, and its answers agree with each other."""
    store = sealed(pattern(SIZE), part_size=PART)

    def lie(number, answer):
        answer = _length(answer, answer.info.size - 100)
        return answer._replace(data=answer.data[: answer.info.size - answer.start])

    store.inner.lie = lie
    with pytest.raises(TruncatedError, match="its header says"):
        store.open(NAME)


@pytest.mark.parametrize("honest_length", [True, False])
def test_a_proxy_that_unzips_in_passing(honest_length):
    """The object at rest was zipped by somebody; its length is told as it is at rest, or not."""
    store = sealed()
    put(store, b"x" * 5000)
    unzipped = bytes(store.inner.get(NAME, Span(0, 1 << 20)).data)
    zipped = gzip.compress(unzipped)
    store.inner.put(NAME, Body([zipped], len(zipped)), mode=PutMode.OVERWRITE)

    def lie(_, answer):
        size = len(zipped) if honest_length else len(unzipped)
        return _length(answer, size)._replace(data=memoryview(unzipped))

    store.inner.lie = lie
    if honest_length:
        # Nothing sealed can be compressed: it grew, and now it is too short.
        with pytest.raises(TruncatedError):
            store.open(NAME)
    else:  # then it is what was sealed, to the last bit
        assert store.open(NAME).read() == b"x" * 5000


@pytest.mark.parametrize("read", ["stream", "read", "range"])
def test_an_object_overwritten_between_header_and_chunks_is_read_anew(read):
    store = sealed(pattern(SIZE), part_size=PART)
    opened = store.open(NAME)
    put(store, pattern(SIZE, 1))
    if read == "stream":
        # The chunks that came with the header are released first, so nothing restarts there.
        pieces = opened.stream()
        assert bytes(next(pieces)) == pattern(SIZE)[: 2 * C]
        with pytest.raises(PreconditionFailedError) as caught:
            list(pieces)
        assert caught.value.key == NAME
    elif read == "read":
        assert opened.read() == pattern(SIZE, 1)
    else:
        assert opened.read(Span(3 * C, 4 * C)) == pattern(SIZE, 1)[3 * C : 4 * C]


@pytest.mark.parametrize(
    "give_out",
    [
        lambda opened: opened.size,
        lambda opened: opened.info,
        lambda opened: opened.etag,
        lambda opened: opened.header_tag,
        lambda opened: opened.created,
        lambda opened: opened.read(Span(0, 1)),
        lambda opened: next(opened.stream()),
        lambda opened: opened.readinto(Span(0, 1), bytearray(1)),
    ],
)
def test_a_handle_of_which_something_was_given_out_never_turns_into_another_object(give_out):
    store = sealed(pattern(SIZE), part_size=PART)
    opened = store.open(NAME)
    give_out(opened)
    put(store, pattern(SIZE, 1))
    for read in (
        opened.read,
        lambda: list(opened.stream(Span(3 * C, 4 * C))),
        lambda: opened.readinto(Span(3 * C, 4 * C), bytearray(C)),
    ):
        with pytest.raises(PreconditionFailedError):
            read()


def test_a_pinned_handle_is_not_read_anew_from_another_object():
    store = sealed(pattern(SIZE), part_size=PART)
    opened = store.open(NAME, pin=store.head(NAME).header_tag)
    put(store, pattern(SIZE, 1))
    with pytest.raises(TamperedError, match="pinned"):
        opened.read()


def test_a_named_etag_is_not_read_anew_from_another_object():
    store = sealed(pattern(SIZE), part_size=PART)
    etag = store.head(NAME).etag
    store.inner.gets.clear()
    store.inner.before = lambda number: number == 1 and put(store, pattern(SIZE, 1))
    with pytest.raises(PreconditionFailedError):
        store.get(NAME, Span(0, SIZE), if_match=etag)


def test_an_object_that_never_holds_still_is_given_up():
    store = sealed(pattern(SIZE), part_size=PART)
    seeds = iter(range(1, 1000))
    # Each later answer meets a newer object than the header did.
    store.inner.before = lambda number: put(store, pattern(SIZE, next(seeds)))
    with pytest.raises(PreconditionFailedError):
        store.open(NAME).read()
    assert 4 <= len(store.inner.gets) <= 40


def test_a_store_that_ignores_if_match():
    """It serves the new object under its new etag; the mixture is seen before a tag fails."""
    store = sealed(pattern(SIZE), part_size=PART)
    opened = store.open(NAME)
    size = opened.size
    put(store, pattern(SIZE, 1))
    get = type(store.inner).get

    def without(name, span, *, if_match=None, version=None):
        return get(store.inner, name, span, version=version)

    store.inner.get = without
    with pytest.raises(PreconditionFailedError, match="did not honour If-Match"):
        opened.read(Span(3 * C, size))


def test_a_known_header_of_an_object_that_was_overwritten():
    store = sealed(pattern(SIZE), part_size=PART)
    span = Span(4 * C, 4 * C + 10)
    store.open(NAME, first=span).read(span)
    # Past this layer, as another process would: what is remembered is now wrong.
    other = sealed(pattern(3 * C, 9))
    store.inner._entries[NAME.encode()] = other.inner._entries[NAME.encode()]
    near = Span(C, C + 10)
    store.inner.gets.clear()
    assert store.open(NAME, first=near).read(near) == pattern(3 * C, 9)[C : C + 10]
    assert len(store.inner.gets) == 2  # the refused one, and the header with the range
    store.inner.gets.clear()
    assert store.open(NAME, first=near).read(near) == pattern(3 * C, 9)[C : C + 10]
    assert len(store.inner.gets) == 1


def test_a_range_beyond_a_remembered_size_is_asked_anew():
    store = sealed(b"short")
    store.head(NAME)
    longer = sealed(pattern(SIZE))
    store.inner._entries[NAME.encode()] = longer.inner._entries[NAME.encode()]
    span = Span(3 * C, 3 * C + 10)
    assert store.open(NAME, first=span).read(span) == pattern(SIZE)[3 * C : 3 * C + 10]
