"""Work on helper threads: its results, its errors, its order, and how it is left."""

from __future__ import annotations

import os
import signal
import threading
import time

import pytest

from multistore.errors import InvalidArgumentError, LengthError
from multistore.processes import PerProcess
from multistore.stores import interrupt
from multistore.stores.interrupt import interruptibly, start
from multistore.stores.parallel import in_parallel
from multistore.stores.streaming import Measured, stream


def test_only_the_main_thread_hands_its_work_over():
    here = threading.current_thread()
    assert interruptibly(threading.current_thread) is not here
    found = []
    other = threading.Thread(target=lambda: found.append(interruptibly(threading.current_thread)))
    other.start()
    other.join()
    assert found == [other]


def test_errors_come_back_to_the_caller():
    def fails():
        raise OSError("boom")

    for _ in range(3):
        with pytest.raises(OSError, match="boom"):
            interruptibly(fails)
    assert interruptibly(lambda: 1) == 1


def test_helpers_are_used_again():
    interruptibly(lambda: None)
    threads = {interruptibly(threading.get_ident) for _ in range(50)}
    assert len(threads) == 1


def test_ctrl_c_leaves_the_work_and_the_next_work_gets_another_thread():
    ended = threading.Event()
    threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()
    begun = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        interruptibly(lambda: ended.wait(20))
    assert time.monotonic() - begun < 10
    assert interruptibly(lambda: "next") == "next"
    ended.set()


def test_where_no_thread_can_be_had_the_work_is_done_here(monkeypatch):
    def none_left(*_, **__):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(interrupt, "_idle", type(interrupt._idle)())
    monkeypatch.setattr(interrupt.threading, "Thread", none_left)
    assert start(threading.get_ident).result() == threading.get_ident()


def test_in_parallel_keeps_the_order_and_the_number():
    running, most, lock = 0, 0, threading.Lock()

    def work(number):
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        time.sleep(0.01 if number % 2 else 0.001)
        with lock:
            running -= 1
        return number * 2

    assert in_parallel(work, range(30), 4) == [number * 2 for number in range(30)]
    assert 1 < most <= 4


def test_in_parallel_draws_no_further_ahead_than_it_works():
    drawn, blocked = [], threading.Event()

    def things():
        for number in range(100):
            drawn.append(number)
            if len(drawn) > 4:
                blocked.set()
            yield number

    def work(number):
        if number == 0:
            blocked.wait(2)  # nobody may draw a fifth thing before the first is done
            assert not blocked.is_set() or len(drawn) <= 5
        return number

    assert in_parallel(work, things(), 3) == list(range(100))


def test_in_parallel_begins_nothing_after_an_error_and_waits_for_what_runs():
    begun, finished = [], []

    def work(number):
        begun.append(number)
        if number == 2:
            raise OSError("boom")
        time.sleep(0.05)
        finished.append(number)

    with pytest.raises(OSError, match="boom"):
        in_parallel(work, range(100), 4)
    assert len(begun) < 10
    assert sorted(finished) == sorted(set(begun) - {2})


def test_a_stream_runs_its_source_on_the_callers_thread():
    threads = {}

    def source():
        threads["source"] = threading.current_thread()
        yield b"a"
        yield b"b"

    def upload(buffers):
        threads["upload"] = threading.current_thread()
        return b"".join(buffers)

    assert stream(source(), upload) == b"ab"
    assert threads["source"] is threading.current_thread()
    assert threads["upload"] is not threading.current_thread()


def test_an_upload_that_fails_stops_the_source():
    drawn = []

    def source():
        for number in range(1000):
            drawn.append(number)
            yield b"x"

    def upload(buffers):
        next(buffers)
        raise OSError("refused")

    with pytest.raises(OSError, match="refused"):
        stream(source(), upload)
    assert len(drawn) < 10


def test_a_source_that_fails_reaches_the_upload_as_an_exception():
    told = []

    def upload(buffers):
        try:
            for _ in buffers:
                pass
        except Exception as error:
            told.append(type(error).__name__)
            raise

    def source():
        yield b"x"
        raise OSError("boom")

    with pytest.raises(OSError, match="boom"):
        stream(source(), upload)
    assert told == ["_SourceEndedError"]


@pytest.mark.parametrize(
    ("parts", "size", "most", "error"),
    [
        ([b"abc"], 3, 9, None),
        ([b"", b"ab", b"c"], 3, 9, None),
        ([b"ab"], 3, 9, LengthError),
        ([b"ab", b"cd"], 3, 9, LengthError),
        ([], 1, 9, LengthError),
        ([b"abcde"] * 2, None, 9, InvalidArgumentError),
        ([b"abc"] * 3, None, 9, None),
    ],
)
def test_a_body_is_held_against_what_was_announced(parts, size, most, error):
    measured = Measured(parts, size, most=most)
    if error is None:
        assert list(measured) == parts
        assert measured.total == sum(map(len, parts))
        return
    with pytest.raises(error):
        list(measured)


@pytest.mark.parametrize("count", range(8))
def test_what_was_drawn_to_see_the_beginning_comes_again(count):
    parts = [b"ab", b"", b"cde", b"f"]
    measured = Measured(parts, None, most=99)
    begun = measured.begin(count)
    if count >= 6:
        assert begun == parts
    else:
        assert begun is None
        assert list(measured) == parts
    assert measured.total == 6


def test_one_value_per_process_and_it_can_be_dropped():
    made = []
    held = PerProcess(lambda: made.append(1) or len(made))
    assert [held.get(), held.get()] == [1, 1]
    assert held.take() == 1
    assert held.take() is None
    assert held.get() == 2
