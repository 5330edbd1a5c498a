"""The cap on requests: never passed, and never a reason to wait for ever."""

from __future__ import annotations

import signal
import threading
import time
from contextlib import ExitStack

import pytest

from multistore.stores.permits import Permits


def test_no_more_than_the_cap_at_a_time():
    gate, inside, most, lock = Permits(3, 3), 0, 0, threading.Lock()

    def work():
        nonlocal inside, most
        for _ in range(5):
            with gate.requests():
                with lock:
                    inside += 1
                    most = max(most, inside)
                time.sleep(0.002)
                with lock:
                    inside -= 1

    threads = [threading.Thread(target=work) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 3


@pytest.mark.parametrize("permits", [1, 2, 8])
def test_a_read_comes_through_however_many_uploads_wait_for_it(permits):
    gate, done = Permits(permits, permits), []

    def upload_from_the_same_store():
        with gate.stream(permits), gate.requests():
            done.append(1)

    threads = [threading.Thread(target=upload_from_the_same_store, daemon=True) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(done) == 20


def test_an_upload_takes_what_is_free_but_the_last():
    gate = Permits(8, 8)
    with gate.stream(3) as first, gate.stream(100) as second:
        assert (first, second) == (3, 4)
    with gate.stream(100) as alone:
        assert alone == 7


def test_permits_come_back_after_an_error():
    gate = Permits(2, 2)
    for _ in range(5):
        with pytest.raises(OSError, match="boom"), gate.stream(2):
            raise OSError("boom")
        with pytest.raises(OSError, match="boom"), gate.requests():
            raise OSError("boom")
    with gate.requests(), gate.requests():
        pass


def test_uploads_have_no_more_together_than_the_parts_that_memory_is_for():
    gate = Permits(64, 8)
    with gate.stream(5) as first, gate.stream(100) as second:
        assert (first, second) == (5, 3)
        with ExitStack() as others:
            for _ in range(64 - 8):
                others.enter_context(gate.requests())


def test_ctrl_c_at_any_moment_takes_no_permit_for_good():
    """A block of next to nothing is where it has its best chance. Once one in twenty took one."""
    gate, met, is_awaited, is_over = Permits(64, 8), 0, False, threading.Event()

    def interrupt(*_):
        nonlocal is_awaited
        if is_awaited:
            is_awaited = False
            raise KeyboardInterrupt

    def storm():
        while not is_over.wait(0.0002):
            signal.pthread_kill(main, signal.SIGINT)

    main, before = threading.get_ident(), signal.signal(signal.SIGINT, interrupt)
    storming = threading.Thread(target=storm)
    storming.start()
    while met < 300:
        try:
            is_awaited = True
            while True:
                with gate.requests():
                    pass
        except KeyboardInterrupt:
            met += 1
    is_over.set()
    storming.join()
    signal.signal(signal.SIGINT, before)
    assert gate.requests().qsize() == 64
