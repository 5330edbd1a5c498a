"""Forks, spawns, Ctrl-C, the end of the interpreter, memory: each in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from tests.stores.azure_case import KEY

ROOT = Path(__file__).parents[2]
BEGIN = """
import os, pickle, signal, sys, threading, time
from multistore.errors import ForkedProcessError
from multistore.stores.base import Body, Limits, Ref
from multistore.values import IfMatch, PutMode, Span
from tests.stores.azure_case import store_at
PART = 1 << 20
store = store_at(sys.argv[1], sys.argv[2])
def put(name, data, mode=PutMode.OVERWRITE):
    return store.put(name, Body([data], len(data)), mode=mode)
def in_a_child(work):
    pid = os.fork()
    if pid == 0:
        signal.alarm(20)
        try:
            work()
        except BaseException as error:
            print(f"{type(error).__name__}: {error}", flush=True)
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
"""


def run(script, *arguments, key=KEY, timeout=60, **environment):
    """Run a script to its end; what it prints."""
    done = subprocess.run(
        [sys.executable, "-c", BEGIN + textwrap.dedent(script), *arguments],
        cwd=ROOT,
        env={**os.environ, "TOKYO_ACCOUNT_KEY": key, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    assert done.stderr == ""
    return done.stdout


@pytest.fixture
def azurite(azurite_server, container):
    """Give a function that runs a script against a new container."""
    return lambda script, **options: run(
        script,
        azurite_server.account_url(),
        container,
        key=azurite_server.keys["tokyo"],
        **options,
    )


@pytest.mark.azure
def test_a_child_of_a_process_that_moved_bytes(azurite):
    """It is told so at once and never hangs; what needs no obstore works there."""
    azurite("""
        put("a", b"one")
        assert [o.name for o in store.list("")] == ["a"]
        def child():
            for work in (
                lambda: put("b", b"x"),
                lambda: put("b", bytes(PART + 1)),
                lambda: store.get("a", Span(0, 3)),
                lambda: store.head("a"),
            ):
                began = time.monotonic()
                try:
                    work()
                except ForkedProcessError as error:
                    assert "spawn" in error.hint
                    assert time.monotonic() - began < 10
                else:
                    raise AssertionError("it was not refused")
            assert [o.name for o in store.list("")] == ["a"]
            assert store.delete([Ref("absent")])[0].gone
            assert store.placement.placement().redundancy
        assert in_a_child(child) == 0
        assert bytes(store.get("a", Span(0, 3)).data) == b"one"
    """)


@pytest.mark.azure
def test_first_use_after_the_fork(azurite):
    azurite("""
        def child():
            put("a", b"one")
            put("b", bytes(PART + 1), PutMode.CREATE)
            assert bytes(store.get("a", Span(0, 3)).data) == b"one"
        assert in_a_child(child) == 0
        assert in_a_child(lambda: store.head("a")) == 0
        assert store.head("b").size == PART + 1
    """)


@pytest.mark.azure
def test_a_fork_while_another_thread_holds_every_lock(azurite):
    """A lock that was held at the fork stays so in the child, unless it gets a new one."""
    azurite("""
        from multistore.stores.azure import client as azure_client
        from multistore.stores.azure import credentials as azure_credentials
        list(store.list(""))
        held, done = threading.Event(), threading.Event()
        def hold():
            with azure_client._lock, azure_credentials._lock:
                held.set()
                done.wait(20)
        threading.Thread(target=hold).start()
        held.wait()
        code = in_a_child(lambda: list(store.list("")))
        done.set()
        assert code == 0
    """)


@pytest.mark.azure
@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_workers_get_a_pickled_store(azurite, tmp_path, method):
    (tmp_path / "work_of_azure.py").write_text(
        "from multistore.values import Span\n"
        "def read(store):\n    return bytes(store.get('a', Span(0, 3)).data)\n"
    )
    azurite(
        f"""
        from concurrent.futures import ProcessPoolExecutor
        from multiprocessing import get_context
        from work_of_azure import read
        put("a", b"one")
        with ProcessPoolExecutor(2, mp_context=get_context("{method}")) as pool:
            assert list(pool.map(read, [store] * 4)) == [b"one"] * 4
        """,
        PYTHONPATH=f"{ROOT}{os.pathsep}{tmp_path}",
    )


@pytest.mark.azure
def test_the_end_of_the_interpreter(azurite):
    """At exit, and in a thread that nobody waits for."""
    said = azurite("""
        import atexit
        def last():
            put("last", bytes(2 * PART), PutMode.CREATE)
            print(store.head("last").size)
        atexit.register(last)
        put("a", b"one")
        def work():
            while True:
                store.get("a", Span(0, 3))
        threading.Thread(target=work, daemon=True).start()
        time.sleep(0.2)
    """)
    assert said == f"{2 << 20}\n"


SILENT = """
import socket
listener = socket.create_server(("127.0.0.1", 0))
store = store_at(f"http://127.0.0.1:{listener.getsockname()[1]}/tokyo")
peers = []
def accept():
    while True:
        peers.append(listener.accept()[0])
threading.Thread(target=accept, daemon=True).start()
def press():
    time.sleep(1)
    global pressed
    pressed = time.monotonic()
    os.kill(os.getpid(), signal.SIGINT)
threading.Thread(target=press, daemon=True).start()
"""


@pytest.mark.parametrize(
    "call",
    [
        'put("a", b"one")',
        'put("a", bytes(3 * PART))',
        'put("a", bytes(3 * PART), PutMode.CREATE)',
        'store.get("a", Span(0, 3))',
        'store.head("a")',
        'list(store.list(""))',
        'store.delete([Ref("a"), Ref("b")])',
        "list(store.uploads.list_uploads(''))",
        'store.copy("a", "b", head=b"", if_match="x", mode=PutMode.OVERWRITE)',
    ],
)
def test_control_c_ends_a_stalled_transfer(call):
    """The service takes the connection and says nothing; the program ends, too."""
    said = run(
        SILENT
        + f"""
try:
    {call}
except KeyboardInterrupt:
    print(time.monotonic() - pressed < 10)
    print(len(peers) > 0)
""",
        "http://127.0.0.1:9/tokyo",
        "box",
        timeout=15,
    )
    assert said == "True\nTrue\n"


STREAM = """
import resource
store = store_at(sys.argv[1], limits=None)
mode = PutMode(sys.argv[3])
piece = bytes(1 << 20)
store.put("warm", Body((piece for _ in range(100)), None), mode=mode)
with open("/proc/self/statm") as f:
    now = int(f.read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (now + (300 << 20), resource.RLIM_INFINITY))
store.put("big", Body((piece for _ in range(3 << 10)), None), mode=mode)
size = store.head("big").size
assert size == 3 << 30
part = store.limits.part_size
total = 0
for at in range(0, size, part):
    total += len(store.get("big", Span(at, min(at + part, size))).data)
print(total == size)
"""


@pytest.mark.parametrize("mode", ["overwrite", "create"])
def test_three_gibibytes_stay_under_300_mebibytes(mode):
    """A stream of unknown length, out and in; the server keeps nothing, in its own process."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.servers.discarding"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        try:
            url = f"http://127.0.0.1:{int(server.stdout.readline())}/tokyo"
            said = run(STREAM, url, "box", mode, timeout=240, MALLOC_ARENA_MAX="2")
        finally:
            server.terminate()
    assert said == "True\n"
