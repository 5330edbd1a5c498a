"""Memory that is used again, and never while somebody still looks at it."""

from __future__ import annotations

import ctypes
import threading

from multistore.sealing.buffers import BLOCK, Buffers
from multistore.stores.base import MEBIBYTE


def test_what_nobody_views_is_given_out_again():
    buffers = Buffers(2)
    first = buffers.take(MEBIBYTE)
    place = id(first.obj)
    del first
    assert id(buffers.take(MEBIBYTE).obj) == place


def test_what_is_viewed_is_never_given_out_not_even_a_slice_of_it():
    buffers = Buffers(3)
    whole = buffers.take(MEBIBYTE)
    whole[:] = b"a" * MEBIBYTE
    kept = whole[10:20].toreadonly()
    del whole
    for _ in range(5):
        buffers.take(MEBIBYTE)[:] = b"b" * MEBIBYTE
    assert kept == b"a" * 10


def test_a_longer_one_serves_a_shorter_need_exactly():
    buffers = Buffers(1)
    place = id(buffers.take(2 * MEBIBYTE).obj)
    shorter = buffers.take(MEBIBYTE)
    assert (len(shorter), id(shorter.obj)) == (MEBIBYTE, place)


def test_no_more_are_kept_than_were_asked_for():
    buffers = Buffers(2)
    held = [buffers.take(MEBIBYTE) for _ in range(5)]
    places = {id(view.obj) for view in held[-2:]}
    assert len({id(view.obj) for view in held}) == 5
    del held
    again = [buffers.take(MEBIBYTE), buffers.take(MEBIBYTE)]
    assert {id(view.obj) for view in again} == places


def test_a_large_one_begins_at_a_block():
    buffers = Buffers(2)
    for length in (MEBIBYTE, MEBIBYTE + 1, 3 * MEBIBYTE):
        view = buffers.take(length)
        assert ctypes.addressof(ctypes.c_char.from_buffer(view)) % BLOCK == 0
        assert len(view) == length


def test_threads_never_share_one():
    buffers, wrong = Buffers(4), []

    def work(mark: bytes) -> None:
        for _ in range(200):
            view = buffers.take(MEBIBYTE)
            view[:64] = mark * 64
            if view[:64] != mark * 64:
                wrong.append(mark)

    threads = [threading.Thread(target=work, args=(bytes([n]),)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
