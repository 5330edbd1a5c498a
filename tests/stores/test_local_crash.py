"""Puts that are killed, and disks that fill up: the old object or the new one, always whole."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time

import pytest

from multistore.stores.base import Body
from multistore.stores.local import LocalStore
from multistore.values import PutMode, Span

# Forks one writer per line of input; no import is repeated, so that most of a writer's life
# is spent in puts. Body and metadata of every object say the same number.
WRITERS = """
import os, sys
from multistore.stores.base import Body, Ref
from multistore.stores.local import LocalStore
from multistore.values import PutMode

def write(store, seed):
    number = seed
    while True:
        number += 1
        text = b"%012d" % number
        name = ("a", "group/b", "group/deep/c")[number % 3]
        parts = (text * 2000 for _ in range(number % 5 + 1))
        said = {"number": text.decode()}
        store.put(name, Body(parts, None), mode=PutMode.OVERWRITE, metadata=said)
        if number % 7 == 0:
            store.delete([Ref("group/deep/c"), Ref("created")])
            store.put("created", Body([text], 12), mode=PutMode.CREATE, metadata=said)

store = LocalStore("files", sys.argv[1])
for line in sys.stdin:
    pid = os.fork()
    if pid == 0:
        write(store, int(line))
    print(pid, flush=True)
    os.waitpid(pid, 0)
"""


def check_every_object(store):
    """Everything that is listed reads back whole, and its parts agree."""
    names = []
    for found in store.list(""):
        head = store.head(found.name)
        data = bytes(store.get(found.name, Span(0, 10**9), if_match=head.etag).data)
        assert len(data) == head.size == found.size
        assert data == head.metadata["number"].encode() * (len(data) // 12)
        names.append(found.name)
    assert set(names) <= {"a", "group/b", "group/deep/c", "created"}
    return names


def test_writers_killed_at_any_moment(tmp_path):
    root = tmp_path / "store"
    store = LocalStore("files", root)
    drafts = seen = 0
    with subprocess.Popen(
        [sys.executable, "-c", WRITERS, str(root)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as writers:
        for turn in range(120):
            writers.stdin.write(f"{turn * 1_000_000}\n")
            writers.stdin.flush()
            pid = int(writers.stdout.readline())
            time.sleep(random.uniform(0.001, 0.02))
            os.kill(pid, signal.SIGKILL)
            seen += len(check_every_object(store))
            left = list(store.uploads.list_uploads(""))
            drafts += len(left)
            for upload in left:
                store.uploads.abort(upload)
            assert list(store.uploads.list_uploads("")) == []
            assert list((root / ".multistore" / "unfinished").iterdir()) == []
        writers.stdin.close()
    assert writers.returncode == 0
    # Else the kills never met a put, and the test proved nothing.
    assert drafts > 0
    assert seen > 0
    store.put("a", Body([b"x"], 1), mode=PutMode.OVERWRITE)  # no lock outlived its holder


# Puts two MiB where only less has room, by size known and unknown, new and over an old object.
FILLER = """
import os, sys
from multistore.errors import UnavailableError
from multistore.stores.base import Body
from multistore.stores.local import LocalStore
from multistore.values import PutMode, Span

root, code = sys.argv[1:]
store = LocalStore("files", root)
old = Body([b"the old object"], None)
store.put("old", old, mode=PutMode.OVERWRITE, metadata={"origin": "old"})
if code == "EFBIG":
    import resource
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, resource.RLIM_INFINITY))
for name in ("old", "new"):
    for size in (None, 2 << 20):
        try:
            store.put(name, Body([bytes(1 << 20)] * 2, size), mode=PutMode.OVERWRITE)
        except UnavailableError as error:
            assert (error.code, error.retryable) == (code, False), error.code
            assert (error.operation, error.key) == ("put", name)
        else:
            raise AssertionError("there was room")
        assert [found.name for found in store.list("")] == ["old"]
        assert bytes(store.get("old", Span(0, 99)).data) == b"the old object"
        assert dict(store.head("old").metadata) == {"origin": "old"}
        assert list(store.uploads.list_uploads("")) == []
        assert os.listdir(os.path.join(root, ".multistore", "unfinished")) == []
store.put("small", Body([b"still works"], None), mode=PutMode.OVERWRITE)
print("done")
"""


def test_a_file_that_may_not_grow(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", FILLER, str(tmp_path / "store"), "EFBIG"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "done\n"), done.stderr


def test_a_full_disk(tmp_path):
    """On a file system of one MiB, in a mount namespace of its own."""
    unshare = ["unshare", "--map-root-user", "--mount"]
    if not shutil.which("unshare") or subprocess.run([*unshare, "true"], check=False).returncode:
        pytest.skip("no mount namespaces here; test_a_file_that_may_not_grow stands in")
    script = 'mount -t tmpfs -o size=1m tmpfs "$1" && exec "$2" -c "$3" "$1/store" ENOSPC'
    done = subprocess.run(
        [*unshare, "sh", "-c", script, "sh", str(tmp_path), sys.executable, FILLER],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "done\n"), done.stderr
