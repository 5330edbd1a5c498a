"""Several processes in one directory, forked or not: conditions hold, and nobody waits for ever."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from multistore.errors import AlreadyExistsError
from multistore.stores.base import Body, Ref
from multistore.stores.local import LocalStore
from multistore.values import PutMode, Span

PROGRAM = """
import os, sys, threading, time
from multistore.errors import AlreadyExistsError, PreconditionFailedError
from multistore.stores.base import Body, Ref
from multistore.stores.local import LocalStore
from multistore.values import IfMatch, PutMode, Span

store = LocalStore("files", sys.argv[1])

def put(name, data, mode=PutMode.OVERWRITE):
    return store.put(name, Body([data], len(data)), mode=mode)

def get(name):
    return bytes(store.get(name, Span(0, 1000)).data)
"""


def run(root, program, *arguments):
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM + program, str(root), *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def end(process):
    out, error = process.communicate(timeout=60)
    assert process.returncode == 0, error
    return out.split()


@pytest.fixture
def root(tmp_path):
    return tmp_path / "store"


@pytest.fixture
def store(root):
    return LocalStore("files", root)


def put(store, name, data=b"x", mode=PutMode.OVERWRITE):
    return store.put(name, Body([data], len(data)), mode=mode)


def test_no_update_is_lost_between_processes(root, store):
    count = """
sys.stdin.readline()
for _ in range(25):
    while True:
        now = store.get("counter", Span(0, 10))
        try:
            put("counter", b"%d" % (int(bytes(now.data)) + 1), IfMatch(now.info.etag))
            break
        except PreconditionFailedError:
            pass
"""
    put(store, "counter", b"0")
    processes = [run(root, count) for _ in range(4)]
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        end(process)
    assert store.get("counter", Span(0, 9)).data == b"100"


def test_one_creator_wins_between_processes(root, store):
    create = """
sys.stdin.readline()
for number in range(40):
    try:
        put(f"deep/{number}/a", sys.argv[2].encode(), PutMode.CREATE)
        print(number)
    except AlreadyExistsError:
        pass
"""
    processes = {name: run(root, create, name) for name in ("p", "q", "r", "s")}
    for process in processes.values():
        process.stdin.write("go\n")
        process.stdin.flush()
    won = {name: end(process) for name, process in processes.items()}
    assert sorted(int(n) for numbers in won.values() for n in numbers) == list(range(40))
    for name, numbers in won.items():
        for number in numbers:
            assert store.get(f"deep/{number}/a", Span(0, 9)).data == name.encode()


def test_a_store_that_was_used_serves_a_forked_child(root, store):
    fork = """
put("a", b"parent")
child = os.fork()
if child == 0:
    put("b", get("a"))
    os._exit(0)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
"""
    end(run(root, fork))
    assert store.get("b", Span(0, 6)).data == b"parent"


def test_a_child_forked_inside_a_lock_does_not_keep_it(root):
    fork = """
with store._tree.locked("a"):
    child = os.fork()
    if child == 0:
        time.sleep(60)
        os._exit(0)
writer = threading.Thread(target=put, args=("a", b"x"), daemon=True)
writer.start()
writer.join(10)
os.kill(child, 9)
assert not writer.is_alive(), "the lock lives on in the child"
"""
    end(run(root, fork))


def test_what_is_forbidden_is_not_called_absent(root, store):
    """As another user, whom the directory's mode keeps out."""
    ask = """
from multistore.errors import AccessDeniedError
if os.geteuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
else:
    os.chmod(store.bucket, 0)
for call in (
    lambda: store.head("a"),
    lambda: get("a"),
    lambda: get("absent"),
    lambda: put("b", b"x"),
    lambda: list(store.list("")),
    lambda: LocalStore("files", sys.argv[1]),
):
    try:
        call()
    except AccessDeniedError as error:
        assert error.code == "EACCES" and error.hint and error.operation, error
    else:
        raise AssertionError("allowed")
(outcome,) = store.delete([Ref("a")])
print(outcome.status, outcome.code)
"""
    put(store, "a")
    assert end(run(root, ask)) == ["denied", "EACCES"]
    root.chmod(0o700)
    assert store.get("a", Span(0, 1)).data == b"x"


def test_directories_that_come_and_go(store):
    """Each delete prunes what another's put has just made; none of them may fail for it."""

    def work(number):
        for turn in range(60):
            put(store, f"a/b/c/{number}", b"%d" % turn)
            assert store.get(f"a/b/c/{number}", Span(0, 9)).data == b"%d" % turn
            with contextlib.suppress(AlreadyExistsError):
                put(store, "a/b/shared", mode=PutMode.CREATE)
            list(store.list("a/"))
            (outcome, _) = store.delete([Ref(f"a/b/c/{number}"), Ref("a/b/shared")])
            assert outcome.status == "deleted"

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, range(6)))
    assert list(store.list("")) == []
