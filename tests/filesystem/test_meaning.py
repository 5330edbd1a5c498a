"""What each call of the filesystem means, beyond what fsspec's suites ask."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import pickle
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import fsspec
import pytest

from multistore import (
    ErasureError,
    InvalidArgumentError,
    RetainedError,
    UnsupportedError,
)
from multistore.filesystem import MultistoreFileSystem

MIB = 1 << 20
ROOT = "acme/video"


def test_fsspec_finds_it_by_its_name(fs):
    assert fsspec.get_filesystem_class("multistore") is MultistoreFileSystem
    with fsspec.open(f"multistore://{ROOT}/第1回.txt", "w", encoding="utf-8") as file:
        file.write("はじめに")
    with fsspec.open(f"multistore://{ROOT}/第1回.txt", "r", encoding="utf-8") as file:
        assert file.read() == "はじめに"
    assert fs.find(ROOT) == [f"{ROOT}/第1回.txt"]


@pytest.mark.parametrize("call", ["info", "ls", "find", "exists", "isdir", "isfile", "open", "rm"])
def test_a_url_without_tenant_or_collection_is_a_value_error(fs, call):
    for url in ("multistore://", "multistore://acme", "acme/", "/video/x", ""):
        with pytest.raises(InvalidArgumentError) as told:
            getattr(fs, call)(url)
        assert isinstance(told.value, ValueError)


def test_a_mode_that_cannot_work_is_a_value_error(fs):
    for mode in ("r+b", "ab", "a", "w+b", "r+", "b"):
        with pytest.raises(ValueError, match="never edited in place"):
            fs.open(f"{ROOT}/x", mode)
    assert not fs.exists(f"{ROOT}/x")


@pytest.mark.parametrize("options", [{"anon": True}, {"use_listings_cache": True}])
def test_an_option_that_would_be_ignored_is_refused(fs, options):
    with pytest.raises(InvalidArgumentError):
        fsspec.filesystem("multistore", **options)
    with pytest.raises(TypeError, match="versions"):
        fs.ls(ROOT, versions=True)


def test_looking_gives_plaintext_sizes_at_one_request(fs, traffic):
    fs.pipe(f"{ROOT}/a/b", bytes(3 * MIB))
    fs.pipe(f"{ROOT}/a/c", b"")
    traffic.clear()
    listed = {entry["name"]: entry for entry in fs.ls(f"{ROOT}/a")}
    assert {name: entry["size"] for name, entry in listed.items()} == {
        f"{ROOT}/a/b": 3 * MIB,
        f"{ROOT}/a/c": 0,
    }
    assert traffic == []  # a listing reads no object
    assert fs.info(f"{ROOT}/a/b")["size"] == 3 * MIB
    assert len(traffic) == 1
    assert traffic.bytes < 1_000
    assert fs.du(f"{ROOT}/a") == 3 * MIB


def test_times_checksum_and_sign(fs):
    fs.pipe(f"{ROOT}/x", b"one", content_type="text/plain", metadata={"題": "一"})
    info = fs.info(f"{ROOT}/x")
    assert (info["content_type"], info["metadata"]) == ("text/plain", {"題": "一"})
    assert fs.created(f"{ROOT}/x") <= fs.modified(f"{ROOT}/x")
    assert fs.modified(f"{ROOT}/x").tzinfo is not None
    before, key = fs.checksum(f"{ROOT}/x"), fs.ukey(f"{ROOT}/x")
    assert before == fs.checksum(f"{ROOT}/x")
    fs.pipe(f"{ROOT}/x", b"one")
    assert fs.checksum(f"{ROOT}/x") != before
    assert fs.ukey(f"{ROOT}/x") != key
    with pytest.raises(UnsupportedError, match="ciphertext") as told:
        fs.sign(f"{ROOT}/x")
    assert isinstance(told.value, NotImplementedError)


def test_cat_file_is_a_slice(fs):
    data = b"0123456789"
    fs.pipe({f"{ROOT}/digits": data, f"{ROOT}/none": b""})
    starts = (None, 0, 1, 5, 9, 10, 11, -1, -3, -10, -12)
    for start, end in itertools.product(starts, (None, 0, 1, 5, 10, 12, -1, -4, -10, -11)):
        assert fs.cat_file(f"{ROOT}/digits", start, end) == data[start:end], (start, end)
        assert fs.cat_file(f"{ROOT}/none", start, end) == b"", (start, end)
        with pytest.raises(FileNotFoundError):
            fs.cat_file(f"{ROOT}/absent", start, end)


class TestTransactions:
    def test_all_at_its_end(self, fs):
        with fs.transaction:
            for name, size in (("a", 3), ("b", 20 * MIB)):
                with fs.open(f"{ROOT}/{name}", "wb") as file:
                    file.write(bytes(size))
            assert fs.find(ROOT) == []
        assert fs.du(ROOT, total=False) == {f"{ROOT}/a": 3, f"{ROOT}/b": 20 * MIB}

    def test_nothing_where_it_raises(self, fs):
        def write():
            with fs.transaction:
                with fs.open(f"{ROOT}/a", "wb") as file:
                    file.write(bytes(20 * MIB))
                raise KeyError

        with pytest.raises(KeyError):
            write()
        assert fs.find(ROOT) == []
        fs.pipe(f"{ROOT}/a", b"later")
        assert fs.cat(f"{ROOT}/a") == b"later"


@pytest.mark.parametrize(("mode", "data"), [("wb", b"half"), ("w", "half")])
def test_a_block_that_raises_leaves_nothing(fs, mode, data):
    def write():
        with fsspec.open(f"multistore://{ROOT}/half", mode) as file:
            file.write(data)
            raise KeyError

    with pytest.raises(KeyError):
        write()
    assert not fs.exists(f"{ROOT}/half")


class TestRemoving:
    def test_a_held_object_stays(self, fs):
        fs.pipe({f"{ROOT}/d/held": b"x", f"{ROOT}/d/free": b"x"})
        fs.vault.holds.place(
            f"{ROOT}/d/held", name="audit", reason="the auditor asked", placed_by="test"
        )
        with pytest.raises(RetainedError):
            fs.rm(f"{ROOT}/d/held")
        with pytest.raises(ErasureError) as told:
            fs.rm(f"{ROOT}/d", recursive=True)
        assert [outcome.name for outcome in told.value.remaining] == [f"{ROOT}/d/held"]
        assert fs.find(ROOT) == [f"{ROOT}/d/held"]

    def test_the_tree_and_not_its_neighbour_of_the_same_beginning(self, fs):
        for name in ("d/a", "d/b/c", "d2/x", "d.txt"):
            fs.pipe(f"{ROOT}/{name}", b"x")
        fs.rm(f"{ROOT}/d", recursive=True)
        assert fs.find(ROOT) == [f"{ROOT}/d.txt", f"{ROOT}/d2/x"]

    def test_what_is_not_there_and_what_is_a_directory(self, fs):
        fs.pipe(f"{ROOT}/d/a", b"x")
        for recursive in (True, False):
            with pytest.raises(FileNotFoundError):
                fs.rm(f"{ROOT}/absent", recursive=recursive)
        with pytest.raises(IsADirectoryError):
            fs.rm(f"{ROOT}/d")
        assert fs.exists(f"{ROOT}/d/a")

    def test_several_and_patterns(self, fs):
        for name in ("a1", "a2", "b1", "c1"):
            fs.pipe(f"{ROOT}/{name}", b"x")
        fs.rm(f"{ROOT}/a*")
        fs.rm([f"{ROOT}/b1"])
        assert fs.find(ROOT) == [f"{ROOT}/c1"]

    def test_moving(self, fs):
        fs.pipe({f"{ROOT}/d/a": b"a", f"{ROOT}/d/e/b": b"b"})
        fs.mv(f"{ROOT}/d", f"{ROOT}/moved", recursive=True)
        assert fs.find(ROOT) == [f"{ROOT}/moved/a", f"{ROOT}/moved/e/b"]


def test_another_process_is_seen_at_once(fs):
    fs.pipe(f"{ROOT}/x", b"one")
    assert fs.info(f"{ROOT}/x")["size"] == 3
    fs.ls(ROOT)
    program = (
        "import fsspec; fs = fsspec.filesystem('multistore');"
        f"fs.pipe('{ROOT}/x', b'longer'); fs.pipe('{ROOT}/y', b'')"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
    assert [(e["name"], e["size"]) for e in fs.ls(ROOT)] == [(f"{ROOT}/x", 6), (f"{ROOT}/y", 0)]
    assert fs.info(f"{ROOT}/x")["size"] == 6
    assert fs.cat(f"{ROOT}/x") == b"longer"


class TestInstances:
    def test_threads_and_copies_share_one_open_vault(self, fs):
        vaults = [fs.vault]

        def look():
            vaults.append(fsspec.filesystem("multistore").vault)

        threads = [threading.Thread(target=look) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        vaults.append(pickle.loads(pickle.dumps(fs)).vault)
        assert len(vaults) == 6
        assert len(set(map(id, vaults))) == 1

    def test_a_relative_path_means_the_directory_of_the_call(self, fs, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        here = MultistoreFileSystem("multistore.toml")
        assert here == fs
        assert hash(here) == hash(fs)
        (tmp_path / "other").mkdir()
        monkeypatch.chdir(tmp_path / "other")
        other = MultistoreFileSystem("multistore.toml")
        assert other != here
        assert other.fsid != here.fsid

    def test_a_pickle_and_a_json_hold_the_path_and_nothing_else(self, fs):
        fs.pipe(f"{ROOT}/x", b"x")
        with fs.open(f"{ROOT}/x") as file:
            file.read()
        pickled = pickle.dumps(fs)
        assert len(pickled) < 400
        assert pickle.loads(pickled) == fs
        assert "keys" not in fs.to_json()
        assert json.loads(fs.to_json())["protocol"] == "multistore"

    def test_another_tenant_is_never_reached_through_an_instance(self, fs):
        fs.pipe({"acme/video/x": b"acme", "acme2/video/x": b"acme2"})
        assert fs.find("acme/video") == ["acme/video/x"]
        fs.rm("acme/video", recursive=True)
        assert fs.cat("acme2/video/x") == b"acme2"

    def test_what_is_cleared_opens_itself_anew(self, fs):
        fs.pipe(f"{ROOT}/x", b"x")
        MultistoreFileSystem.clear_instance_cache()
        assert fs.cat(f"{ROOT}/x") == b"x"


def _forked(work):
    pid = os.fork()
    if not pid:
        code = 1
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    for _ in range(200):
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return status == 0
        threading.Event().wait(0.1)
    os.kill(pid, 9)
    os.waitpid(pid, 0)
    raise AssertionError("the child hangs")


def test_a_child_of_a_fork_never_hangs(each_fs):
    each_fs.pipe(f"{ROOT}/forked", b"x")
    networked = each_fs.configuration.parent.name.startswith(("s3", "azure"))
    in_memory = each_fs.configuration.parent.name.startswith("memory")

    def child():
        try:
            assert each_fs.cat(f"{ROOT}/forked") == b"x"
        except RuntimeError:
            assert networked
        except FileNotFoundError:
            assert in_memory  # a child has memory of its own

    assert _forked(child)
    assert each_fs.cat(f"{ROOT}/forked") == b"x"
    each_fs.rm(f"{ROOT}/forked")


class TestLoopsAndThreads:
    def test_it_is_called_inside_a_running_loop(self, fs):
        async def main():
            fs.pipe(f"{ROOT}/x", b"in a loop")
            with fs.open(f"{ROOT}/y", "wb") as file:
                file.write(bytes(10 * MIB))
            assert fs.du(ROOT) == 10 * MIB + 9
            return fs.cat(f"{ROOT}/x"), asyncio.get_running_loop()

        before = threading.active_count()
        with asyncio.Runner() as runner:
            data, loop = runner.run(main())
            assert (data, loop) == (b"in a loop", runner.get_loop())
        assert not [t for t in threading.enumerate() if "fsspec" in t.name.lower()]
        assert threading.active_count() <= before + 8  # workers of the store, and no loop

    def test_eight_threads_share_one(self, fs):
        def work(number):
            for round_ in range(5):
                fs.pipe(f"{ROOT}/{number}", b"%d" % round_ * 1000)
                assert fs.cat(f"{ROOT}/{number}") == b"%d" % round_ * 1000
            return True

        with ThreadPoolExecutor(8) as pool:
            assert all(pool.map(work, range(8)))
        assert len(fs.find(ROOT)) == 8


AT_EXIT = """
import sys, fsspec
from multistore.filesystem import MultistoreFileSystem
fs = MultistoreFileSystem(sys.argv[1])
held = [fs.open("acme/video/bytes", "wb"), fs.open("acme/video/text", "w", encoding="utf-8")]
held[0].write(bytes(20_000_000))
held[1].write("half of a sen")
"""


def test_the_interpreter_ends_with_open_files(fs):
    done = subprocess.run(
        [sys.executable, "-W", "always", "-c", AT_EXIT, str(fs.configuration)],
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for name in ("bytes", "text"):
        assert f"acme/video/{name} was not written" in done.stderr
    assert fs.find(ROOT) == []


def test_a_child_of_a_fork_cannot_end_its_parents_file(fs):
    file = fs.open(f"{ROOT}/x", "wb")
    file.write(b"the parent's")

    def child():
        for use in (file.close, file.discard, lambda: file.write(b"the child's")):
            with pytest.raises(RuntimeError):
                use()
        assert not fs.exists(f"{ROOT}/x")

    assert _forked(child)
    assert not fs.exists(f"{ROOT}/x")
    file.close()
    assert fs.cat(f"{ROOT}/x") == b"the parent's"
