"""What a directory asks of the local store beyond the protocol: links, modes, foreign files."""

from __future__ import annotations

import os
import pickle
import stat
import subprocess
import sys
import tracemalloc
from pathlib import Path

import pytest
from tests.stores import local_layout

from multistore.errors import (
    AlreadyExistsError,
    ConflictError,
    FormatError,
    IntegrityError,
    NotFoundError,
    PreconditionFailedError,
    TruncatedError,
    UnavailableError,
)
from multistore.stores.base import Body, Ref, Upload
from multistore.stores.local import LocalStore, drafts
from multistore.values import OutcomeStatus, PutMode, Span


@pytest.fixture
def root(tmp_path):
    return tmp_path / "store"


@pytest.fixture
def store(root):
    return LocalStore("files", root)


def put(store, name, data=b"x", mode=PutMode.OVERWRITE):
    return store.put(name, Body([data], len(data)), mode=mode)


def listed(store, prefix="", **options):
    return [item.name for item in store.list(prefix, **options)]


def everything_below(root):
    return sorted(str(path.relative_to(root)) for path in Path(root).rglob("*"))


def test_modes(root, store):
    put(store, "school-042/video/第1回.mp4")
    for path in [root, *root.rglob("*")]:
        expected = 0o700 if path.is_dir() else 0o600
        assert stat.S_IMODE(path.stat().st_mode) == expected, path


def test_what_is_on_disk_is_the_body_and_one_line(root, store):
    put(store, "a/b.mp4", b"0123456789")
    content = (root / "a" / "b.mp4.object").read_bytes()
    assert content.startswith(b"0123456789\n{")
    assert content.endswith(b" multistore-local-1\n")
    assert content.count(b"\n") == 2


def test_no_directory_outlives_its_last_object(root, store):
    before = everything_below(root)
    for name in ("山田/第1回/a", "山田/第1回/b", "山田/" + "長" * 200 + "/c", "山田"):
        put(store, name)
    store.delete([Ref("山田/第1回/a")])
    assert (root / "山田" / "第1回").is_dir()
    store.delete([Ref("山田/第1回/b"), Ref("山田/" + "長" * 200 + "/c"), Ref("山田")])
    locks = {path for path in everything_below(root) if "locks/" in path}
    assert set(everything_below(root)) - locks == set(before) - locks


def test_an_empty_directory_is_no_group(root, store):
    put(store, "a/b/c")
    (root / "left" / "over").mkdir(parents=True)
    assert [item.prefix for item in store.list("", delimiter="/")] == ["a/"]


@pytest.mark.parametrize("kind", ["file", "directory", "dangling"])
def test_links_are_never_followed(tmp_path, root, store, kind):
    outside = tmp_path / "outside"
    outside.mkdir()
    local_layout.write_file(outside, "secret", b"outside")
    put(store, "a/b", b"mine")
    if kind == "directory":
        (root / "way").symlink_to(outside)
        name = "way/secret"
    else:
        target = outside / ("secret.object" if kind == "file" else "nothing")
        (root / "way.object").symlink_to(target)
        name = "way"
    assert listed(store) == ["a/b"]
    assert listed(store, "way") == []
    assert [item.prefix for item in store.list("", delimiter="/")] == ["a/"]
    with pytest.raises(ConflictError):
        store.get(name, Span(0, 10))
    with pytest.raises(ConflictError):
        store.head(name)
    with pytest.raises((ConflictError, AlreadyExistsError)):
        put(store, name, b"new", mode=PutMode.CREATE)
    if kind == "directory":
        with pytest.raises(ConflictError):
            put(store, name, b"new")
        (outcome,) = store.delete([Ref(name)])
        assert outcome.status is OutcomeStatus.FAILED
        assert outcome.code == "ENOTDIR"
    else:
        put(store, name, b"new")  # takes the place of the link, not of what it points to
        assert store.get(name, Span(0, 3)).data == b"new"
    assert local_layout.read_body(outside, "secret") == b"outside"
    assert everything_below(outside) == ["secret.object"]


@pytest.mark.parametrize("kind", ["fifo", "directory"])
def test_what_is_no_file_is_no_object(root, store, kind):
    """A FIFO must not block either."""
    path = root / "odd.object"
    if kind == "fifo":
        os.mkfifo(path)
    else:
        path.mkdir()
    assert listed(store) == []
    with pytest.raises(ConflictError):
        store.get("odd", Span(0, 1))
    with pytest.raises(ConflictError):
        store.head("odd")


def test_files_of_others_are_left_alone(root, store):
    put(store, "a")
    for name in ("notes.txt", ".DS_Store", "x%.object", "a%41.object"):
        (root / name).write_bytes(b"foreign")
    (root / "lost+found%").mkdir()
    assert listed(store) == ["a"]
    store.delete([Ref("a"), Ref("notes.txt"), Ref("notes"), Ref("x%")])
    assert (root / "notes.txt").read_bytes() == b"foreign"


BROKEN = {
    "empty": lambda content: b"",
    "foreign": lambda content: b"something else",
    "cut": lambda content: content[:-1],
    "body cut": lambda content: content[1:],
    "bytes before": lambda content: b"x" + content,
    "trailer alone": lambda content: content[11:],
    "trailer of two": lambda content: content + content[10:],
    "rotten": lambda content: content.replace(b'"size": 10', b'"size": 11'),
    "length": lambda content: content[:-37] + b"ffffffff" + content[-29:],
}


@pytest.mark.parametrize("damage", BROKEN)
def test_a_damaged_file_is_told_listed_and_deletable(root, store, damage):
    put(store, "a", b"0123456789")
    path = root / "a.object"
    path.write_bytes(BROKEN[damage](path.read_bytes()))
    with pytest.raises((FormatError, TruncatedError)) as caught:
        store.get("a", Span(0, 1))
    assert (caught.value.operation, caught.value.key) == ("get", "a")
    with pytest.raises(IntegrityError):
        store.head("a")
    (found,) = store.list("")
    assert (found.name, found.etag, found.size) == ("a", "damaged", path.stat().st_size)
    with pytest.raises(AlreadyExistsError):
        put(store, "a", mode=PutMode.CREATE)
    assert store.delete([Ref("a")])[0].status is OutcomeStatus.DELETED
    assert listed(store) == []


def test_a_copy_by_any_tool_keeps_the_object(root, store):
    made = store.put(
        "a", Body([b"0123456789"], 10), mode=PutMode.OVERWRITE, metadata={"origin": "x" * 9000}
    )
    (root / "b.object").write_bytes((root / "a.object").read_bytes())
    copied = store.head("b")
    assert (copied.size, copied.modified, copied.etag) == (10, made.modified, made.etag)
    assert copied.metadata == {"origin": "x" * 9000}


def test_a_missing_root_is_no_missing_object(root, store):
    put(store, "a")
    root.rename(root.with_name("unmounted"))
    for call in (
        lambda: store.head("a"),
        lambda: store.get("a", Span(0, 1)),
        lambda: put(store, "b"),
        lambda: listed(store),
    ):
        with pytest.raises(UnavailableError) as caught:
            call()
        assert not isinstance(caught.value, NotFoundError)
    (outcome,) = store.delete([Ref("a")])
    assert outcome.status is OutcomeStatus.FAILED


def test_drafts_of_the_dead_are_swept_when_old(root, store):
    unfinished = root / ".multistore" / "unfinished"
    fresh = local_layout.begin_upload(root, "fresh")
    old = local_layout.begin_upload(root, "old")
    long_ago = 1_600_000_000
    os.utime(unfinished / f"{old}.body", (long_ago, long_ago))
    alive = drafts.Draft(store._tree, "alive")
    (path,) = set(unfinished.glob("*.body")) - {unfinished / f"{t}.body" for t in (fresh, old)}
    os.utime(path, (long_ago, long_ago))
    LocalStore("files", root)
    left = {upload.name for upload in store.uploads.list_uploads("")}
    assert left == {"fresh", "alive"}
    alive.discard()
    assert {upload.name for upload in store.uploads.list_uploads("")} == {"fresh"}


def test_a_draft_without_its_name_is_shown_under_every_prefix(root, store):
    token = local_layout.begin_upload(root, "acme/a")
    (root / ".multistore" / "unfinished" / f"{token}.name").unlink()
    (upload,) = store.uploads.list_uploads("other/")
    store.uploads.abort(upload)
    assert list(store.uploads.list_uploads("")) == []


def test_an_aborted_put_ends_in_an_error(store):
    put(store, "a", b"old")

    def source():
        yield b"begun"
        for upload in store.uploads.list_uploads("a"):
            store.uploads.abort(upload)
        yield b"ended"

    with pytest.raises(ConflictError) as caught:
        store.put("a", Body(source(), None), mode=PutMode.OVERWRITE)
    assert caught.value.code == "Aborted"
    assert store.get("a", Span(0, 9)).data == b"old"


def test_abort_takes_no_path(root, store):
    foreign = [root / "foreign.body", root / "foreign.name"]
    for path in foreign:
        path.write_bytes(b"foreign")
    store.uploads.abort(Upload("a", "../../foreign", None))
    assert all(path.exists() for path in foreign)


def test_a_write_during_a_copy_onto_itself_is_not_lost(store, monkeypatch):
    old = put(store, "a", b"old")
    written = drafts.Draft.write

    def write(self, data):
        monkeypatch.setattr(drafts.Draft, "write", written)
        put(store, "a", b"between")
        return written(self, data)

    monkeypatch.setattr(drafts.Draft, "write", write)
    with pytest.raises(PreconditionFailedError):
        store.copy("a", "a", head=b"new", if_match=old.etag, mode=PutMode.OVERWRITE)
    assert store.get("a", Span(0, 9)).data == b"between"
    assert list(store.uploads.list_uploads("")) == []


def test_a_listing_holds_one_directory_and_is_lazy(store):
    for group in range(4):
        for number in range(50):
            put(store, f"{group}/{number:03}")
    listing = store.list("")
    assert next(listing).name == "0/000"
    store.delete([Ref(f"3/{number:03}") for number in range(50)])  # not read yet: not listed
    assert len(list(listing)) == 149


def test_a_large_object_is_never_in_memory(store):
    piece, count = bytes(1024 * 1024), 64
    tracemalloc.start()
    try:
        store.put("a", Body((piece for _ in range(count)), None), mode=PutMode.OVERWRITE)
        etag = store.head("a").etag
        store.copy("a", "b", head=b"head", if_match=etag, mode=PutMode.OVERWRITE)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert store.head("b").size == count * len(piece)
    assert peak < 4 * len(piece)


def test_no_descriptor_is_left_open(store):
    def descriptors():
        return len(list(Path("/proc/self/fd").iterdir()))

    before = descriptors()
    for _ in range(3):
        put(store, "a/b/c")
        store.get("a/b/c", Span(0, 1))
        store.copy(
            "a/b/c", "d", head=b"", if_match=store.head("a/b/c").etag, mode=PutMode.OVERWRITE
        )
        next(store.list(""))
        with pytest.raises(AlreadyExistsError):
            put(store, "d", mode=PutMode.CREATE)
        with pytest.raises(NotFoundError):
            store.head("absent/b/c")
        with pytest.raises(ZeroDivisionError):
            store.put("e", Body((1 // 0 for _ in "x"), None), mode=PutMode.OVERWRITE)
        store.delete([Ref("a/b/c"), Ref("d"), Ref("absent/b")])
    assert descriptors() == before


def test_pickled_it_is_a_name_and_a_path(root, store):
    put(store, "a", b"content")
    again = pickle.loads(pickle.dumps(store))
    assert again.get("a", Span(0, 7)).data == b"content"
    assert (again.name, again.bucket) == (store.name, store.bucket)


def test_the_working_directory_may_change(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    store = LocalStore("files", "relative")
    put(store, "a")
    monkeypatch.chdir("/")
    assert listed(store) == ["a"]


READER = r"""
import sys
from multistore.stores.local import LocalStore
from multistore.values import Span
name = "\u65e5\u672c\u8a9e/\u7b2c1\u56de.mp4"
assert sys.getfilesystemencoding() != "utf-8"
store = LocalStore("files", sys.argv[1])
assert [found.name for found in store.list(name[:4])] == [name]
assert bytes(store.get(name, Span(0, 7)).data) == b"content"
"""


def test_the_encoding_of_the_process_does_not_matter(root, store):
    put(store, "日本語/第1回.mp4", b"content")
    environment = {**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = subprocess.run(
        [sys.executable, "-c", READER, str(root)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_what_is_synced_and_when(root, store, monkeypatch):
    """The file before it gets its name, then the directory; new directories in their parents."""
    seen = []

    def spy(call):
        real = getattr(os, call)

        def noted(*arguments, **options):
            path = Path(f"/proc/self/fd/{arguments[0]}").readlink() if call == "fsync" else ""
            seen.append((call, str(path).removeprefix(str(root))))
            return real(*arguments, **options)

        monkeypatch.setattr(os, call, noted)

    for call in ("fsync", "rename", "link", "unlink", "rmdir"):
        spy(call)
    put(store, "a/b/c")
    (_, draft), *rest = seen
    assert draft.startswith("/.multistore/unfinished/")
    parents, named, synced, _ = rest[:2], rest[2], rest[3], rest[4]
    assert parents == [("fsync", ""), ("fsync", "/a")]
    assert named[0] == "rename"
    assert synced == ("fsync", "/a/b")
    seen.clear()
    put(store, "a/b/d", mode=PutMode.CREATE)
    assert [call for call, _ in seen[:3]] == ["fsync", "link", "fsync"]
    assert seen[2] == ("fsync", "/a/b")
    seen.clear()
    store.delete([Ref("a/b/c"), Ref("a/b/d")])
    assert [call for call, _ in seen[:3]] == ["unlink", "unlink", "fsync"]
    assert ("fsync", "/a/b") in seen
    assert seen[-1] == ("fsync", "")


def test_a_directory_that_is_removed_under_a_put_is_made_again(root, store, monkeypatch):
    """Another process prunes the directory between its opening and the rename."""
    published = drafts.Draft.publish
    removed = []

    def publish(self, directory, piece, *, replace):
        if len(removed) < 3:
            (root / "a").rmdir()
            removed.append(piece)
        published(self, directory, piece, replace=replace)

    monkeypatch.setattr(drafts.Draft, "publish", publish)
    put(store, "a/b", b"content")
    assert len(removed) == 3
    assert store.get("a/b", Span(0, 7)).data == b"content"
