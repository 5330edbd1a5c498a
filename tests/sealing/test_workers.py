"""Threads: bounded, started late, gone after close, working after a fork and at exit."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import threading
import time
from functools import partial

import pytest

from multistore.sealing.flight import in_flight
from multistore.sealing.workers import Workers
from tests.sealing.inner import NAME, C, pattern, sealed

PART = C + 16
DATA = pattern(12 * C)


def _ours():
    return {thread for thread in threading.enumerate() if thread.name == "multistore"}


def _gone(threads):
    deadline = time.monotonic() + 5
    while any(thread.is_alive() for thread in threads) and time.monotonic() < deadline:
        time.sleep(0.01)
    return not any(thread.is_alive() for thread in threads)


def test_no_thread_before_there_is_work_and_none_after_close():
    before = _ours()
    store = sealed(part_size=PART)
    store.head  # noqa: B018
    assert _ours() == before
    store = sealed(DATA, part_size=PART)
    assert store.open(NAME).read() == DATA
    started = _ours() - before
    assert 1 <= len(started) <= store.limits.concurrency
    store.close()
    assert _gone(started)
    # Closed is not broken: what comes later starts anew.
    assert store.open(NAME).read() == DATA
    store.close()


def test_threads_go_with_the_store_that_was_never_closed():
    before = _ours()
    store = sealed(DATA, part_size=PART)
    store.open(NAME).read()
    started = _ours() - before
    del store
    gc.collect()
    assert _gone(started)


def test_never_more_threads_than_the_width():
    workers = Workers(3)
    release = threading.Event()
    before = _ours()
    futures = [workers.submit(partial(release.wait, 5)) for _ in range(20)]
    assert len(_ours() - before) == 3
    release.set()
    assert [future.result() for future in futures] == [True] * 20
    workers.close()


def test_one_thread_serves_work_that_comes_one_after_the_other():
    workers = Workers(8)
    before = _ours()
    for number in range(50):
        assert workers.submit(lambda n=number: n).result() == number
        time.sleep(0.001)
    assert len(_ours() - before) <= 2
    workers.close()


def test_an_error_comes_out_where_the_result_is_taken():
    def fail():
        raise ValueError("here")

    with pytest.raises(ValueError, match="here"):
        Workers(1).submit(fail).result()


def test_work_is_done_here_where_no_thread_can_be_had(monkeypatch):
    def start(thread):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", start)
    me = threading.current_thread()
    workers = Workers(4)
    assert workers.submit(threading.current_thread).result() is me
    assert sealed(DATA, part_size=PART).open(NAME).read() == DATA


def test_work_that_comes_while_the_threads_go_home_is_done():
    for _ in range(200):
        workers = Workers(2)
        done = []
        closing = threading.Thread(target=workers.close)
        workers.submit(lambda: None).result()
        closing.start()
        futures = [workers.submit(partial(done.append, n)) for n in range(5)]
        for future in futures:
            future.result(5)
        closing.join()
        assert sorted(done) == [0, 1, 2, 3, 4]
        workers.close()


def test_work_that_is_queued_behind_the_dismissal_is_done_by_who_brought_it():
    """The narrow moment of the test before, made certain."""
    workers = Workers(2)
    workers.submit(lambda: None).result()
    (crew,) = workers._crews.values()
    threads = list(crew._threads)
    ready = crew.ready

    def dismissed_in_between():
        is_ready = ready()
        workers.close()
        assert _gone(threads)
        return is_ready

    crew.ready = dismissed_in_between
    assert workers.submit(threading.current_thread).result(5) is threading.current_thread()


def test_what_has_not_begun_is_cancelled_when_the_reader_leaves():
    workers = Workers(1)
    release = threading.Event()
    begun = []

    def job(number):
        begun.append(number)
        if number:
            release.wait(5)
        return number

    results = in_flight(workers, (partial(job, n) for n in range(10)), 4)
    assert next(results) == 0
    while begun != [0, 1]:
        time.sleep(0.001)
    results.close()
    release.set()
    workers.submit(lambda: None).result()
    assert begun == [0, 1]
    workers.close()


def _in_child(work):
    """Run work in a forked child; give its exit code, or None after five seconds."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    for _ in range(500):
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.01)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return None


@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_a_child_whose_parent_has_worked_starts_its_own_threads():
    store = sealed(DATA, part_size=PART)
    assert store.open(NAME).read() == DATA
    assert _ours()

    def work():
        assert not _ours()
        assert store.open(NAME).read() == DATA
        assert _ours()
        store.close()

    assert _in_child(work) == 0
    assert store.open(NAME).read() == DATA  # the parent's threads are untouched
    store.close()


@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_a_child_forked_while_the_parent_is_reading():
    store = sealed(DATA, part_size=PART)
    stop = threading.Event()

    def read():
        while not stop.is_set():
            store.open(NAME).read()

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    try:
        # The memory store's own lock may be held at the fork; the child gets a new one.
        def work():
            store.inner._lock = threading.Lock()
            store.inner._counting = threading.Lock()
            assert store.open(NAME).read() == DATA

        assert [_in_child(work) for _ in range(20)] == [0] * 20
    finally:
        stop.set()
        for reader in readers:
            reader.join()
    store.close()


SCRIPT = """
import atexit, sys, threading, time
from tests.sealing.inner import NAME, C, pattern, sealed
DATA = pattern(12 * C)
store = sealed(DATA, part_size=C + 16)
def late():
    assert store.open(NAME).read() == DATA
    assert b"".join(store.open(NAME).stream()) == DATA
    print("read at exit", flush=True)
"""


@pytest.mark.parametrize(
    "how",
    [
        "atexit.register(late)",
        "store.open(NAME).read(); atexit.register(late)",
        "store.open(NAME).read(); store.close(); atexit.register(late)",
        "threading.Thread(target=lambda: (time.sleep(0.3), late())).start()",
    ],
)
def test_reading_at_interpreter_exit(how):
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", SCRIPT + how],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "read at exit\n", "")


LIMITED = """
import resource, sys
from multistore.sealing.sealed import SealedStore
from multistore.stores.base import Body
from multistore.stores.local import LocalStore
from multistore.values import PutMode
from tests.sealing.scopes import Scopes
MIB = 1 << 20
store = SealedStore(LocalStore("local", sys.argv[1]), Scopes())
with open("/proc/self/statm") as file:
    now = int(file.read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (now + 100 * MIB, resource.RLIM_INFINITY))
piece = bytes(MIB)
store.put("acme/data/a", Body((piece for _ in range(400)), None), mode=PutMode.OVERWRITE)
print(sum(map(len, store.open("acme/data/a").stream())) // MIB)
with open(sys.argv[1] + "/out", "w+b") as file:
    print(store.open("acme/data/a").write_to(file.fileno()) // MIB)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not keep the limit")
def test_a_limit_on_the_address_space_is_kept(tmp_path):
    """400 MiB through 100, though eight threads would reserve 576."""
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, tmp_path], capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("400\n400\n", "")


STALLED = """
import threading
from tests.sealing.inner import NAME, C, pattern, sealed
store = sealed(pattern(12 * C), part_size=C + 16)
opened = store.open(NAME)
def before(number):
    if number == 1:
        print("stalled", flush=True)
    threading.Event().wait(60)
store.inner.before = before
try:
    opened.read()
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""


def test_a_stalled_read_is_left_by_ctrl_c_and_does_not_hold_up_the_exit():
    with subprocess.Popen(
        [sys.executable, "-c", STALLED], stdout=subprocess.PIPE, text=True
    ) as child:
        try:
            assert child.stdout.readline() == "stalled\n"
            child.send_signal(signal.SIGINT)
            assert child.wait(5) == 0
            assert child.stdout.read().splitlines()[-1] == "interrupted"
        finally:
            child.kill()
