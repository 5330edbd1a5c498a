"""Every verb of the vault, on every kind of store, in plaintext terms."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import unicodedata
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import multistore
from multistore import (
    Address,
    AlreadyExistsError,
    CommonPrefix,
    From,
    IfMatch,
    InvalidArgumentError,
    Last,
    LengthError,
    NotFoundError,
    PreconditionFailedError,
    PutMode,
    ScopeMismatchError,
    Span,
    TamperedError,
)

LARGE = 20 * 1024 * 1024 + 77


@pytest.fixture(scope="module")
def large():
    return os.urandom(LARGE)


def test_small_object_comes_back_with_what_was_said_of_it(vault, estate):
    before = datetime.now(UTC)
    put = vault.put(
        "acme/video/第1回/レッスン😀.mp4",
        b"plaintext that nobody may see",
        content_type="video/mp4",
        metadata={"題名": "ｶﾞ が が 😀", "empty": ""},
    )
    head = vault.head("acme/video/第1回/レッスン😀.mp4")
    assert vault.read("acme/video/第1回/レッスン😀.mp4") == b"plaintext that nobody may see"
    assert (head.size, head.content_type) == (29, "video/mp4")
    assert head.metadata == {"題名": "ｶﾞ が が 😀", "empty": ""}
    assert head.header_tag == put.header_tag
    assert head.etag == put.etag
    assert before - timedelta(seconds=1) <= head.created <= datetime.now(UTC)
    assert head.modified.tzinfo is UTC or head.modified.utcoffset() == timedelta(0)
    assert head.address == Address.parse("acme/video/第1回/レッスン😀.mp4")
    raw = estate.raw("acme/video/第1回/レッスン😀.mp4")
    assert raw.startswith(b"\x89MSO\r\n\x1a\n")
    assert b"plaintext" not in raw


@pytest.mark.parametrize("size", [0, 1, 131_071, 131_072, 131_073, 8 * 1024 * 1024 - 160])
def test_sizes_at_the_borders(vault, size):
    data = os.urandom(size)
    vault.put("acme/video/border", data)
    assert vault.head("acme/video/border").size == size
    assert vault.read("acme/video/border") == data
    (listed,) = vault.list("acme/video/border")
    assert listed.size == size


def test_large_object_every_way_in_and_out(vault, large, tmp_path):
    file = tmp_path / "large"
    file.write_bytes(large)

    def pipe():
        return subprocess.Popen(
            [
                sys.executable,
                "-c",
                f"import sys; sys.stdout.buffer.write(open({str(file)!r},'rb').read())",
            ],
            stdout=subprocess.PIPE,
        )

    def pieces():
        yield from (large[i : i + 777_777] for i in range(0, LARGE, 777_777))

    vault.put("acme/video/path", file)
    vault.put("acme/video/pieces", pieces())
    with pipe() as process:
        vault.put("acme/video/pipe", process.stdout)
        assert not process.stdout.closed
    with file.open("rb") as opened:
        opened.seek(7)
        vault.put("acme/video/file", opened)
        assert not opened.closed
    vault.put("acme/video/buffer", memoryview(bytearray(large)))
    for key, expected in (
        ("path", large),
        ("pieces", large),
        ("pipe", large),
        ("buffer", large),
        ("file", large[7:]),
    ):
        with vault.get(f"acme/video/{key}") as download:
            assert download.info.size == len(expected)
            assert b"".join(download) == expected
    target = bytearray(LARGE)
    assert vault.get("acme/video/pipe").readinto(target) == LARGE
    assert target == large
    seen = []
    saved = vault.get("acme/video/pipe").save(tmp_path / "saved", progress=seen.append)
    assert saved.read_bytes() == large
    assert sum(seen) == LARGE
    assert {entry.name for entry in tmp_path.iterdir()} >= {"saved", "large"}
    assert not list(tmp_path.glob(".saved*"))


def test_ranges_are_slices(vault, large):
    vault.put("acme/video/ranges", large)
    for span, expected in (
        (Span(0, 1), large[:1]),
        (Span(131_071, 131_073), large[131_071:131_073]),
        (Span(9_000_000, 18_000_000), large[9_000_000:18_000_000]),
        (Span(LARGE - 1, LARGE + 100), large[-1:]),
        (From(LARGE - 3), large[-3:]),
        (Last(200_000), large[-200_000:]),
        (Last(LARGE * 2), large),
    ):
        assert vault.read("acme/video/ranges", span) == expected
    with pytest.raises(InvalidArgumentError) as caught:
        vault.read("acme/video/ranges", Span(LARGE, LARGE + 1))
    assert caught.value.code == "InvalidRange"
    vault.put("acme/video/nothing", b"")
    assert vault.read("acme/video/nothing", Span(0, 10)) == b""


def test_file_is_what_other_libraries_expect(vault):
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as zipped:
        zipped.writestr("中身.txt", "こんにちは" * 100_000)
    archive.seek(0)  # a source is read from where it stands
    vault.put("acme/attachment/書類.zip", archive)
    with vault.open("acme/attachment/書類.zip") as file:
        assert file.seekable()
        assert file.readable()
        assert not file.writable()
        with zipfile.ZipFile(file) as zipped:
            assert zipped.read("中身.txt").decode() == "こんにちは" * 100_000
    with io.BufferedReader(vault.open("acme/attachment/書類.zip")) as buffered:
        assert buffered.read() == archive.getvalue()


def test_modes(vault):
    first = vault.put("acme/video/cas", b"1", mode=PutMode.CREATE)
    with pytest.raises(AlreadyExistsError):
        vault.put("acme/video/cas", b"2", mode=PutMode.CREATE)
    second = vault.put("acme/video/cas", b"22", mode=IfMatch(first.etag))
    with pytest.raises(PreconditionFailedError):
        vault.put("acme/video/cas", b"3", mode=IfMatch(first.etag))
    assert vault.read("acme/video/cas") == b"22"
    assert second.etag != first.etag


def test_list_is_lazy_ordered_and_closed(vault):
    for key in ("a", "a/b", "ab", "b/1", "b/2", "ｶﾅ", "日本"):
        vault.put(f"acme/video/{key}", key.encode())
    vault.put("acme2/video/a", b"twin")
    keys = [entry.key for entry in vault.list("acme/video/")]
    assert keys == sorted(keys, key=str.encode)
    assert len(keys) == 7
    assert [e.size for e in vault.list("acme/video/a")] == [1, 3, 2]
    assert all(
        not entry.metadata and entry.content_type is None for entry in vault.list("acme/video/")
    )
    grouped = list(vault.list("acme/video/", delimiter="/"))
    assert CommonPrefix("acme/video/b/") in grouped
    assert [e.key for e in vault.list("acme/video/", start_after="b/1")] == ["b/2", "日本", "ｶﾅ"]


def test_nfc_and_nfd_are_one_object(vault):
    nfc, nfd = "が.txt", unicodedata.normalize("NFD", "が.txt")
    assert nfc != nfd
    vault.put(f"acme/video/{nfd}", b"one")
    vault.put(f"acme/video/{nfc}", b"two")
    assert vault.read(f"acme/video/{nfd}") == b"two"
    assert len(list(vault.list("acme/video/"))) == 1


def test_copy_and_rename(vault, large):
    source = vault.put("acme/video/from", large, content_type="a/b", metadata={"k": "値"})
    copied = vault.copy("acme/video/from", "acme/video/to/ここ")
    assert (copied.size, copied.content_type, copied.metadata) == (LARGE, "a/b", {"k": "値"})
    assert copied.created == source.created
    assert vault.read("acme/video/to/ここ") == large
    across = vault.copy("acme/video/from", "acme2/attachment/across")
    assert vault.head("acme2/attachment/across").metadata == {"k": "値"}
    assert vault.read("acme2/attachment/across") == large
    assert across.created > source.created
    with pytest.raises(AlreadyExistsError, match="there is an object acme/video/to/ここ"):
        vault.rename("acme/video/from", "acme/video/to/ここ")
    vault.rename("acme/video/from", "acme/video/renamed")
    assert not vault.exists("acme/video/from")
    assert vault.read("acme/video/renamed") == large
    with pytest.raises(InvalidArgumentError):
        vault.rename("acme/video/renamed", "acme/video/renamed")


def test_delete(vault):
    vault.put("acme/video/x", b"1")
    vault.put("acme/video/xx", b"2")
    assert vault.exists("acme/video/x")
    assert vault.delete("acme/video/x").gone
    assert vault.delete("acme/video/x").gone
    assert not vault.exists("acme/video/x")
    with pytest.raises(NotFoundError) as caught:
        vault.read("acme/video/x")
    assert isinstance(caught.value, FileNotFoundError)
    assert (caught.value.operation, caught.value.store) == ("read", "main")
    assert caught.value.key == "acme/video/x"
    outcomes = vault.delete_many(["acme/video/xx", "acme/video/absent"])
    assert [o.gone for o in outcomes] == [True, True]
    assert list(vault.list("acme/video/")) == []


def test_deleting_many_answers_each_address_in_the_order_given(vault):
    vault.tenants.add("zeta")
    given = ["zeta/video/b", "acme/attachment/c", "acme/video/a", "acme/video/a", "zeta/video/a"]
    for address in given[:3]:
        vault.put(address, b"1")
    assert [outcome.name for outcome in vault.delete_many(given)] == given
    assert not any(vault.exists(address) for address in given)
    assert vault.delete_many([]) == ()


def test_a_failing_source_leaves_the_old_object(vault, large):
    vault.put("acme/video/kept", b"old")

    def broken():
        yield large[: 9 * 1024 * 1024]
        raise OSError("the camera was unplugged")

    with pytest.raises(OSError, match="unplugged"):
        vault.put("acme/video/kept", broken())
    assert vault.read("acme/video/kept") == b"old"
    with pytest.raises(OSError, match="unplugged"):
        vault.put("acme/video/never", broken())
    assert not vault.exists("acme/video/never")


def test_a_file_that_grows_while_it_is_put_is_refused(vault, tmp_path):
    path = tmp_path / "growing"
    path.write_bytes(b"x" * 3_000_000)
    vault.put("acme/video/growing", b"old")

    def grow(_):
        with path.open("ab") as file:
            file.write(b"more")

    with pytest.raises(LengthError):
        vault.put("acme/video/growing", path, progress=grow)
    assert vault.read("acme/video/growing") == b"old"


def test_what_was_tampered_with_is_never_given_out(vault, estate):
    vault.put("acme/video/t", b"a" * 300_000)
    raw = bytearray(estate.raw("acme/video/t"))
    raw[200] ^= 1
    estate.replace("acme/video/t", bytes(raw))
    with pytest.raises(TamperedError):
        vault.read("acme/video/t")
    with pytest.raises(TamperedError), vault.open("acme/video/t") as file:
        file.read(1)


def test_another_tenants_object_does_not_open(vault, estate):
    vault.put("acme/video/theirs", b"secret of acme")
    vault.put("acme2/video/theirs", b"x")
    estate.replace("acme2/video/theirs", estate.raw("acme/video/theirs"))
    with pytest.raises(ScopeMismatchError):
        vault.read("acme2/video/theirs")


def test_plaintext_where_sealed_data_is_required_is_an_error(vault, estate):
    vault.put("acme/video/plain", b"x")
    estate.replace("acme/video/plain", b"\x00\x00\x00\x18ftypmp42 and so on" * 100)
    with pytest.raises(multistore.FormatError):
        vault.read("acme/video/plain")


def test_a_pin_refuses_an_older_object_put_back(vault, estate):
    vault.put("acme/video/pinned", b"old")
    old = estate.raw("acme/video/pinned")
    pin = vault.put("acme/video/pinned", b"new").header_tag
    assert vault.read("acme/video/pinned", pin=pin) == b"new"
    estate.replace("acme/video/pinned", old)
    with pytest.raises(multistore.IntegrityError):
        vault.read("acme/video/pinned", pin=pin)


def test_a_second_process_reads_what_the_first_wrote(vault, estate):
    vault.put("acme/video/shared", "共有".encode())
    code = (
        "import sys, multistore\n"
        "with multistore.open(sys.argv[1]) as v: print(v.read('acme/video/shared').decode())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(estate.path)],
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONUTF8": "1"},
        check=True,
    )
    assert done.stdout.strip() == "共有"


def test_save_leaves_what_was_there_when_it_fails(vault, estate, tmp_path):
    vault.put("acme/video/t", b"a" * 300_000)
    raw = bytearray(estate.raw("acme/video/t"))
    raw[-1] ^= 1
    estate.replace("acme/video/t", bytes(raw))
    target = Path(tmp_path / "out")
    target.write_bytes(b"precious")
    with pytest.raises(TamperedError):
        vault.get("acme/video/t").save(target)
    assert target.read_bytes() == b"precious"
    assert not list(tmp_path.glob(".out*"))
