"""Directories: what there is to know of one, and how other tools mark them."""

from __future__ import annotations

import itertools

import pytest

from multistore import FormatError
from multistore.stores.base import Body
from multistore.values import PutMode

_names = itertools.count()

# By whom: most tools, also nested; Hadoop's S3 connectors; ADLS and its tools; s3fs of FUSE.
MARKS = ["d/", "d/e/", "d/e_$folder$", "d_$folder$", "d"]


@pytest.fixture
def root(each_fs):
    """Give a directory of its own on each kind of store."""
    return f"acme/video/marks-{next(_names)}"


@pytest.fixture
def foreign(each_fs, request):
    """Put something there past the vault, as another tool does: by the cloud's own client."""
    inner = each_fs.vault._routing.named("main").store.inner
    if inner.provider == "aws":
        client = request.getfixturevalue("moto_server").client()
        return lambda name, data=b"": client.put_object(Bucket=inner.bucket, Key=name, Body=data)
    if inner.provider == "azure":
        client = request.getfixturevalue("azurite_server").client()
        container = client.get_container_client(inner.bucket)
        return lambda name, data=b"": container.upload_blob(name, data, overwrite=True)
    return lambda name, data=b"": inner.put(name, Body([data], len(data)), mode=PutMode.OVERWRITE)


@pytest.fixture
def names(each_fs):
    """Give every name that the store holds below a directory."""
    inner = each_fs.vault._routing.named("main").store.inner
    return lambda root: [entry.name.removeprefix(f"{root}/") for entry in inner.list(f"{root}/")]


@pytest.mark.parametrize("mark", MARKS)
def test_a_mark_goes_with_its_directory(each_fs, root, foreign, names, mark):
    for name in ("d/a", "d/e/b", "d2/x", "d.txt"):
        each_fs.pipe(f"{root}/{name}", b"x")
    foreign(f"{root}/{mark}")
    assert each_fs.isdir(f"{root}/d")
    assert each_fs.info(f"{root}/d") == {"name": f"{root}/d", "size": 0, "type": "directory"}
    assert {e["name"] for e in each_fs.ls(root) if e["type"] == "directory"} == {
        f"{root}/d",
        f"{root}/d2",
    }
    assert [e["name"] for e in each_fs.ls(root)].count(f"{root}/d") == 1
    each_fs.rm(f"{root}/d", recursive=True)
    assert names(root) == ["d.txt", "d2/x"]
    assert not each_fs.exists(f"{root}/d")


def test_all_marks_at_once_and_the_collections_root(each_fs, root, foreign, names):
    each_fs.pipe(f"{root}/d/a", b"x")
    for mark in MARKS:
        foreign(f"{root}/{mark}")
    each_fs.rm("acme/video", recursive=True)
    assert names(root) == []


def test_a_marked_directory_with_nothing_in_it(each_fs, root, foreign, names):
    foreign(f"{root}/d/")
    assert each_fs.isdir(f"{root}/d")
    assert each_fs.ls(f"{root}/d") == []
    assert each_fs.find(root) == []
    each_fs.rm(f"{root}/d", recursive=True)
    assert names(root) == []


def test_a_file_of_the_directorys_name_stays(each_fs, root, names):
    each_fs.pipe({f"{root}/d": b"a file", f"{root}/d/a": b"x"})
    assert each_fs.info(f"{root}/d")["type"] == "file"
    each_fs.rm(f"{root}/d", recursive=True)
    assert names(root) == ["d"]
    assert each_fs.cat(f"{root}/d") == b"a file"
    each_fs.rm(f"{root}/d", recursive=True)
    assert names(root) == []


@pytest.mark.parametrize("data", [b"plaintext of another tool", b"p" * 500])
def test_another_tools_file_of_that_name_is_no_mark(each_fs, root, foreign, names, data):
    each_fs.pipe(f"{root}/d/a", b"x")
    foreign(f"{root}/d", data)
    foreign(f"{root}/d_$folder$", data)
    each_fs.rm(f"{root}/d", recursive=True)
    assert names(root) == ["d", "d_$folder$"]
    with pytest.raises(FormatError):
        each_fs.cat(f"{root}/d")


def test_info_of_directories(each_fs, root):
    each_fs.pipe(f"{root}/d/e/a", b"12345")
    for path in (root, f"{root}/d", f"{root}/d/", f"multistore://{root}/d/e", "acme/video"):
        plain = path.removeprefix("multistore://").rstrip("/")
        assert each_fs.info(path) == {"name": plain, "size": 0, "type": "directory"}
        assert each_fs.isdir(path)
        assert not each_fs.isfile(path)
        assert each_fs.exists(path)
    for path in (f"{root}/d/e/a/b", f"{root}/d/e/", f"{root}/absent"):
        assert each_fs.isdir(path) is path.endswith("e/")
    with pytest.raises(FileNotFoundError):
        each_fs.info(f"{root}/absent")
    assert each_fs.du(root) == 5
