"""Forks, spawned workers, threads and the end of the interpreter: never a hang."""

from __future__ import annotations

import pickle
import subprocess
import sys
import textwrap
import threading
import time

import pytest
from tests.servers.scripted import Reply

from multistore.errors import ClosedError, MultistoreError
from multistore.stores.base import MEBIBYTE, Body, Ref
from multistore.stores.s3 import client as s3_client
from multistore.stores.s3.store import S3Store
from multistore.values import PutMode, Span

pytestmark = pytest.mark.s3

PREAMBLE = """
import os, pickle, sys, threading, time
from multistore.errors import ForkedProcessError
from multistore.stores.base import Body, Ref
from multistore.stores.s3.store import S3Store
from multistore.values import PutMode, Span

def new_store():
    return pickle.loads(bytes.fromhex(sys.argv[1]))

def put(store, name):
    store.put(name, Body([b"x"], 1), mode=PutMode.OVERWRITE)

def in_child(work):
    '''Fork, work in the child, and give its exit code; 99 for an exception.'''
    pid = os.fork()
    if pid == 0:
        code = 99
        try:
            code = work()
        except BaseException as error:
            print(repr(error), flush=True)
        finally:
            os._exit(code)
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.01)
    os.kill(pid, 9)
    os.waitpid(pid, 0)
    return "hung"
"""


@pytest.fixture
def store(moto_server, s3_credentials):
    store = S3Store(
        "shared",
        endpoint=moto_server.endpoint(),
        bucket=moto_server.bucket(),
        credentials=s3_credentials(moto_server),
    )
    yield store
    store.close()


def run(script, store, *, seconds=60):
    """Run a script in a fresh interpreter; give what it printed."""
    code, given = PREAMBLE + textwrap.dedent(script), pickle.dumps(store).hex()
    done = subprocess.run(
        [sys.executable, "-W", "ignore::DeprecationWarning", "-c", code, given],
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_a_child_of_a_process_that_moved_bytes_is_refused_at_once(store):
    script = """
    store = new_store()
    put(store, "a")

    def refused(store):
        begun = time.monotonic()
        for verb in (
            lambda: store.get("a", Span(0, 1)),
            lambda: store.head("a"),
            lambda: put(store, "b"),
        ):
            try:
                verb()
            except ForkedProcessError as error:
                assert "spawn" in error.hint and error.store == "shared", error
            else:
                return 1
        return 0 if time.monotonic() - begun < 10 else 2

    print(in_child(lambda: refused(store)), in_child(lambda: refused(new_store())))
    print(len(store.get("a", Span(0, 1)).data))
    """
    assert run(script, store) == ["0", "0", "1"]


def test_a_first_use_after_the_fork_works_in_every_child(store):
    script = """
    store = new_store()

    def works():
        put(store, f"child-{os.getpid()}")
        return 0 if len(store.get(f"child-{os.getpid()}", Span(0, 1)).data) == 1 else 1

    print(in_child(works), in_child(works), in_child(lambda: in_child(works)))
    put(store, "parent")
    """
    assert run(script, store) == ["0", "0", "0"]
    names = [item.name for item in store.list("")]
    assert len(names) == 4
    assert "parent" in names


def test_the_control_plane_works_in_a_child_and_on_clients_of_its_own(store):
    script = """
    store = new_store()
    put(store, "a")
    list(store.list(""))
    mine = store.reach.control()

    def works():
        assert store.reach.control() is not mine
        assert [item.name for item in store.list("")] == ["a"]
        return 0 if store.delete([Ref("absent")])[0].gone else 1

    print(in_child(works))
    assert store.reach.control() is mine
    """
    assert run(script, store) == ["0"]


def test_a_lock_that_another_thread_holds_at_the_fork_does_not_stay_locked(store):
    script = """
    from multistore.stores.s3 import client as s3_client
    store, held = new_store(), threading.Event()

    def hold():
        locks = store._bucket._control._locks
        with s3_client._lock, locks.setdefault(os.getpid(), threading.Lock()):
            held.set()
            time.sleep(20)

    threading.Thread(target=hold, daemon=True).start()
    held.wait()
    print(in_child(lambda: 0 if list(store.list("")) == [] else 1))
    sys.stdout.flush()
    os._exit(0)
    """
    assert run(script, store) == ["0"]


WORKER = """
import sys
from multistore.stores.base import Body
from multistore.values import PutMode, Span

def work(store):
    store.put("spawned", Body([b"xyz"], 3), mode=PutMode.OVERWRITE)
    return bytes(store.get("spawned", Span(0, 3)).data)
"""


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_a_pickled_store_works_in_workers(store, tmp_path, method):
    (tmp_path / "worker.py").write_text(WORKER)
    script = f"""
    import multiprocessing
    sys.path.insert(0, {str(tmp_path)!r})
    import worker
    if __name__ == "__main__":
        store = new_store()
        put(store, "a")
        with multiprocessing.get_context({method!r}).Pool(1) as pool:
            print(pool.apply(worker.work, (store,)))
    """
    path = tmp_path / "main.py"
    path.write_text(PREAMBLE + textwrap.dedent(script))
    done = subprocess.run(
        [sys.executable, str(path), pickle.dumps(store).hex()],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "b'xyz'\n"), done.stderr


def test_usable_at_exit_and_from_daemon_threads(store):
    script = """
    import atexit
    store = new_store()
    put(store, "first")
    atexit.register(lambda: put(store, "at-exit"))
    thread = threading.Thread(target=put, args=(store, "daemon"), daemon=True)
    thread.start()
    thread.join()
    """
    run(script, store)
    assert [item.name for item in store.list("")] == ["at-exit", "daemon", "first"]


def test_the_exit_does_not_wait_for_a_transfer_that_was_left(store, scripted):
    ended = threading.Event()

    def answer(_):
        ended.wait(30)
        return Reply(404)

    silent = scripted(answer)
    script = f"""
    import signal
    from dataclasses import replace
    store = new_store()
    endpoint = replace(store.endpoint, url={silent.url!r}, hosts=frozenset([{silent.host!r}]))
    store = S3Store("silent", endpoint=endpoint, bucket="bucket", credentials="env:MSTEST")
    threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()
    begun = time.monotonic()
    try:
        put(store, "a")
    except KeyboardInterrupt:
        print(time.monotonic() - begun < 10, flush=True)
    """
    begun = time.monotonic()
    assert run(script, store) == ["True"]
    assert time.monotonic() - begun < 20
    ended.set()


def test_many_threads_make_one_client_between_them(store):
    clients, errors = set(), []
    barrier = threading.Barrier(60)

    def use(number):
        try:
            barrier.wait()
            clients.add(id(store.reach.control()))
            store.put(f"{number}", Body([b"x"], 1), mode=PutMode.OVERWRITE)
        except MultistoreError as error:
            errors.append(error)

    threads = [threading.Thread(target=use, args=(number,)) for number in range(60)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert len(clients) == 1
    assert len(list(store.list(""))) == 60


def test_a_closed_store_says_so(store):
    store.put("a", Body([b"x"], 1), mode=PutMode.OVERWRITE)
    store.close()
    for verb in (
        lambda: store.get("a", Span(0, 1)),
        lambda: store.head("a"),
        lambda: store.put("b", Body([b"x"], 1), mode=PutMode.OVERWRITE),
        lambda: list(store.list("")),
        lambda: store.delete([Ref("a")]),
    ):
        with pytest.raises(ClosedError):
            verb()
    assert not [key for key in s3_client._controls if key[1] == store.endpoint]


MEMORY = """
    import resource, http.server, threading
    from dataclasses import replace
    from multistore.stores.base import MEBIBYTE

    def size():
        with open("/proc/self/statm") as statm:
            return int(statm.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")

    given = new_store()
    url = os.environ["DISCARDS"]
    endpoint = replace(given.endpoint, url=url, hosts=frozenset([url.partition("://")[2]]))
    store = S3Store("discarding", endpoint=endpoint, bucket="bucket", credentials="env:MSTEST")
    block = bytes(1 * MEBIBYTE)

    def stream(count):
        for _ in range(count):
            yield bytes(block)

    mode = PutMode.{mode}
    before = size()
    limit = before + 300 * MEBIBYTE
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    put = store.put("big", Body(stream({mebibytes}), None), mode=mode)
    print(put.size, flush=True)
    os._exit(0)
"""

# A server that throws bodies away as fast as Python can, and knows just enough of S3.
DISCARDS = r"""
import re, socket, threading
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
SINK = bytearray(1 << 20)
BEGUN = b"<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>"
DONE = b"<CompleteMultipartUploadResult><ETag>&quot;e&quot;</ETag></CompleteMultipartUploadResult>"
def serve(client):
    held = b""
    while True:
        while b"\r\n\r\n" not in held:
            got = client.recv(65536)
            if not got:
                return
            held += got
        head, _, held = held.partition(b"\r\n\r\n")
        if b"100-continue" in head:
            client.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        found = re.search(rb"content-length: *(\d+)", head, re.I)
        left = int(found[1]) - len(held) if found else 0
        while left > 0:
            left -= client.recv_into(SINK, min(left, len(SINK)))
        held = b""
        method = head.split(b" ", 1)[0]
        body, status = b"", b"200 OK"
        if method == b"HEAD":
            status = b"404 Not Found"
        elif method == b"POST":
            body = BEGUN if b"?uploads" in head.split(b"\r\n", 1)[0] else DONE
        length = b"Content-Length: %d" % len(body)
        client.sendall(b"\r\n".join([b"HTTP/1.1 " + status, b'ETag: "e"', length, b"", body]))
while True:
    client, _ = listener.accept()
    threading.Thread(target=serve, args=(client,), daemon=True).start()
"""


@pytest.mark.parametrize(("mode", "mebibytes"), [("OVERWRITE", 3072), ("CREATE", 1024)])
def test_a_stream_of_gibibytes_stays_under_300_mib(store, monkeypatch, mode, mebibytes):
    server = subprocess.Popen([sys.executable, "-c", DISCARDS], stdout=subprocess.PIPE, text=True)
    try:
        monkeypatch.setenv("DISCARDS", f"http://127.0.0.1:{server.stdout.readline().strip()}")
        script = MEMORY.format(mode=mode, mebibytes=mebibytes)
        assert run(script, store, seconds=200) == [str(mebibytes * MEBIBYTE)]
    finally:
        server.kill()
        server.wait()
        server.stdout.close()
