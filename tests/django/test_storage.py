"""What Django asks of a storage, asked of files in a vault."""

from __future__ import annotations

import datetime as dt
import io
import os
import re
import threading
import unicodedata
from pathlib import Path

import pytest

from multistore import (
    AlreadyExistsError,
    InvalidArgumentError,
    NotFoundError,
    RetainedError,
)

MIB = 1 << 20
NFC = "がくえん.txt"
NFD = unicodedata.normalize("NFD", NFC)


@pytest.fixture
def unconditional(project, tmp_path, request, s3_credentials):
    """Give a storage on a service that is not known to honour If-None-Match."""
    from multistore.django import SealedStorage
    from tests.vault.estate import HEAD

    server = request.getfixturevalue("moto_server")
    path = tmp_path / "multistore.toml"
    path.write_text(
        f'{HEAD}provider = "s3-compatible"\nendpoint = "{server.url}"\n'
        f'bucket = "{server.bucket()}"\ncredentials = "{s3_credentials(server)}"\n',
        encoding="utf-8",
    )
    storage = SealedStorage(configuration=path, tenant="acme", collection="video")
    storage.vault.tenants.add("acme")
    return storage


def content(data=b"x", name=None):
    from django.core.files.base import ContentFile

    return ContentFile(data, name=name)


def test_it_is_made_from_the_settings(storage):
    from django.core.files.storage import storages

    from multistore.django import SealedStorage

    assert isinstance(storages["default"], SealedStorage)
    assert storage.save("a.txt", content(b"hello")) == "a.txt"
    assert storage.vault.read("acme/video/a.txt") == b"hello"
    with pytest.raises(NotImplementedError):
        storage.path("a.txt")


class TestSaving:
    @pytest.mark.parametrize("name", ["a.txt", "d/e/a.txt", "第1回/要点.tar.gz", "no-suffix"])
    def test_a_name_that_is_taken_gets_another(self, storage, name):
        assert storage.save(name, content(b"first")) == name
        second = storage.save(name, content(b"second"))
        assert second != name
        assert Path(second).parent == Path(name).parent
        assert "".join(Path(second).suffixes) == "".join(Path(name).suffixes)
        assert storage.open(name).read() == b"first"
        assert storage.open(second).read() == b"second"

    def test_of_many_at_once_each_has_its_own(self, storage):
        saved, begin = [], threading.Barrier(6)

        def save(number):
            begin.wait()
            saved.append((storage.save("race.txt", content(b"%d" % number), max_length=20), number))

        threads = [threading.Thread(target=save, args=[number]) for number in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len({name for name, _ in saved}) == 6
        assert all(len(name) <= 20 for name, _ in saved)
        for name, number in saved:
            assert storage.open(name).read() == b"%d" % number

    def test_one_who_comes_between_the_look_and_the_put_is_not_written_over(
        self, storage, monkeypatch
    ):
        vault, real = storage.vault, storage.vault.put

        def put(address, source, **options):
            monkeypatch.setattr(vault, "put", real)
            real(address, b"theirs")
            return real(address, source, **options)

        monkeypatch.setattr(vault, "put", put)
        name = storage.save("a.txt", content(b"mine"), max_length=13)
        assert (storage.open("a.txt").read(), storage.open(name).read()) == (b"theirs", b"mine")
        assert len(name) <= 13

    def test_a_pipe_is_saved_and_never_half_of_it(self, storage, monkeypatch):
        from django.core.files import File

        def piped(data):
            reading, writing = os.pipe()
            with os.fdopen(writing, "wb") as end:
                end.write(data)
            return os.fdopen(reading, "rb")

        with piped(b"through a pipe") as source:
            assert storage.open(storage.save("a", File(source))).read() == b"through a pipe"
        real = storage.vault.exists
        monkeypatch.setattr(storage.vault, "exists", lambda _: False)  # as before the race
        with piped(b"second") as source, pytest.raises(FileExistsError):
            storage.save("a", source)
        monkeypatch.setattr(storage.vault, "exists", real)
        assert storage.listdir("") == ([], ["a"])
        assert storage.open("a").read() == b"through a pipe"

    def test_a_name_as_long_as_the_field_allows_is_cut(self, storage):
        from django.core.exceptions import SuspiciousFileOperation

        name = "題" * 26 + ".mp4"
        assert storage.save(name, content(), max_length=30) == name
        assert len(storage.save(name, content(), max_length=30)) == 30
        with pytest.raises(SuspiciousFileOperation):
            storage.save(name, content(), max_length=8)

    @pytest.mark.parametrize("name", ["../a", "a/../../b", "..", ".", "", "/etc/passwd", "d/"])
    def test_a_path_that_leaves_its_place_is_suspicious(self, storage, name):
        from django.core.exceptions import SuspiciousFileOperation

        with pytest.raises(SuspiciousFileOperation):
            storage.save(name, content())
        assert storage.listdir("") == ([], [])

    @pytest.mark.parametrize("name", ["a\nb", "a\x00b", "題" * 301, "\ud800"])
    def test_a_name_that_no_object_can_have_is_a_value_error(self, storage, name):
        with pytest.raises(InvalidArgumentError):
            storage.save(name, content())

    def test_every_kind_of_content(self, storage, tmp_path):
        from django.core.files import File
        from django.core.files.uploadedfile import SimpleUploadedFile, TemporaryUploadedFile

        (tmp_path / "f").write_bytes(b"on the disk")
        with (tmp_path / "f").open("rb") as raw, (tmp_path / "f").open() as text:
            raw.seek(3)  # saving begins at the beginning, as Django's own storage does
            assert storage.open(storage.save("a", File(raw))).read() == b"on the disk"
            assert storage.open(storage.save("b", raw)).read() == b"on the disk"
            assert storage.open(storage.save("c", File(text))).read() == b"on the disk"
            assert not raw.closed
            assert not text.closed
        memory = io.BytesIO(b"in memory")
        assert storage.open(storage.save("d", memory)).read() == b"in memory"
        assert not memory.closed
        assert storage.open(storage.save("e", content("題名"))).read() == "題名".encode()
        assert storage.open(storage.save(None, content(b"own", name="g"))).read() == b"own"
        small = SimpleUploadedFile("h", b"uploaded", "text/css")
        assert storage.open(storage.save("h", small)).read() == b"uploaded"
        with TemporaryUploadedFile("i", "video/mp4", 3 * MIB, None) as large:
            large.write(b"v" * 3 * MIB)
            assert storage.size(storage.save("i", large)) == 3 * MIB
            assert not large.file.closed
        storage.save("j", storage.open("i"))
        assert storage.size("j") == 3 * MIB
        assert storage.size(storage.save("empty", content(b""))) == 0

    def test_the_content_type_is_what_was_said_or_what_the_name_says(self, storage):
        from django.core.files.uploadedfile import SimpleUploadedFile

        storage.save("a.mp4", content())
        storage.save("b.bin", SimpleUploadedFile("b.bin", b"", "text/css"))
        storage.save("c.nothing", content())
        types = [storage.vault.head(f"acme/video/{n}").content_type for n in ("a.mp4", "b.bin")]
        assert types == ["video/mp4", "text/css"]
        assert storage.vault.head("acme/video/c.nothing").content_type is None

    @pytest.mark.s3
    def test_where_the_store_cannot_refuse_to_write_over_each_name_is_drawn(self, unconditional):
        from django.core.exceptions import SuspiciousFileOperation

        names = [unconditional.save("d/題.tar.gz", content(b"%d" % n), 30) for n in range(3)]
        assert len(set(names)) == 3
        assert all(re.fullmatch(r"d/題_\w{7}\.tar\.gz", name) for name in names)
        assert [unconditional.open(name).read() for name in names] == [b"0", b"1", b"2"]
        assert len(unconditional.save("d/" + "題" * 20 + ".gz", content(), 26)) == 26
        with pytest.raises(SuspiciousFileOperation):
            unconditional.save("d/題.gz", content(), 8)

    @pytest.mark.s3
    def test_of_several_that_find_that_out_at_once_none_fails(self, unconditional):
        begin, saved = threading.Barrier(4), []

        def save():
            begin.wait()
            saved.append(unconditional.save("a", content()))

        threads = [threading.Thread(target=save) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(set(saved)) == 4


class TestJapaneseNames:
    def test_both_ways_to_write_a_voiced_sound_are_one_name(self, storage):
        assert storage.save(NFD, content(b"x")) == NFC
        for name in (NFC, NFD):
            assert storage.exists(name)
            assert storage.open(name).read() == b"x"
            assert storage.size(name) == 1
        assert storage.save(NFC, content()) not in (NFC, NFD)
        assert NFC in storage.listdir("")[1]
        storage.delete(NFD)
        assert not storage.exists(NFC)

    def test_an_uploads_name_keeps_its_voicing_marks(self, storage):
        assert storage.generate_filename(f"第1回/{NFD}") == f"第1回/{NFC}"
        assert storage.get_valid_name(f"{NFD} (1).mp4") == "がくえん.txt_1.mp4"

    def test_url_quotes_them(self, storage):
        assert storage.url("第1回/a b#c?.mp4") == ("/files/%E7%AC%AC1%E5%9B%9E/a%20b%23c%3F.mp4")


class TestReading:
    def test_binary_and_text(self, storage):
        storage.save("a.txt", content("一行目\n二行目\n"))
        with storage.open("a.txt") as file:
            assert file.size == 20
            assert list(file) == ["一行目\n".encode(), "二行目\n".encode()]
            file.seek(0)
            assert b"".join(file.chunks(7)) == "一行目\n二行目\n".encode()
        for mode in ("r", "rt"):
            with storage.open("a.txt", mode) as file:
                assert file.read() == "一行目\n二行目\n"

    def test_writing(self, storage):
        with storage.open("a.txt", "w") as file:
            file.write("題名")
        with storage.open("b", "wb") as file:
            file.write(b"bytes")
        assert storage.open("a.txt", "r").read() == "題名"
        assert storage.size("b") == 5
        with pytest.raises(FileExistsError):
            storage.open("b", "xb")
        for mode in ("r+", "ab", "w+b"):
            with pytest.raises(ValueError, match="never edited in place"):
                storage.open("b", mode)

    @pytest.mark.parametrize("mode", ["w", "wb"])
    def test_a_block_that_raises_leaves_nothing(self, storage, mode):
        def write():
            with storage.open("half", mode) as file:
                file.write("half" if mode == "w" else b"half")
                raise KeyError

        with pytest.raises(KeyError):
            write()
        assert not storage.exists("half")

    def test_what_is_not_there(self, storage):
        for call in (
            storage.open,
            storage.size,
            storage.get_modified_time,
            storage.get_created_time,
            storage.listdir,
        ):
            with pytest.raises(FileNotFoundError):
                call("absent")
        assert not storage.exists("absent")
        storage.delete("absent")
        with pytest.raises(ValueError, match="empty"):
            storage.delete("")


def test_directories(storage):
    assert storage.listdir("") == ([], [])
    for name in ("a.txt", "d/b.txt", "d/e/c.txt", "d2/x"):
        storage.save(name, content())
    assert storage.listdir("") == (["d", "d2"], ["a.txt"])
    for path in ("d", "d/"):
        assert storage.listdir(path) == (["e"], ["b.txt"])
    assert not storage.exists("d")  # a directory is no file, and its name is free


@pytest.mark.parametrize("zoned", [True, False])
def test_times_are_as_the_settings_want_them(storage, settings_with, zoned):
    before = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=2)
    storage.save("a", content())
    with settings_with(USE_TZ=zoned):
        for told in (storage.get_modified_time("a"), storage.get_created_time("a")):
            assert (told.tzinfo is not None) is zoned
            there = told if zoned else told.replace(tzinfo=dt.timezone(dt.timedelta(hours=9)))
            assert before <= there <= dt.datetime.now(dt.UTC)
    with pytest.raises(NotImplementedError):
        storage.get_accessed_time("a")


@pytest.fixture
def settings_with():
    from django.test import override_settings

    return override_settings


def test_a_held_file_stays(storage):
    storage.save("held", content())
    storage.vault.holds.place(
        "acme/video/held", name="storage", reason="the auditor asked", placed_by="test"
    )
    with pytest.raises(RetainedError):
        storage.delete("held")
    assert storage.exists("held")
    storage.vault.holds.release("acme", "storage", reason="done", released_by="test")


def test_a_storage_without_a_place_to_serve_from_has_no_url(project):
    from multistore.django import SealedStorage

    plain = SealedStorage(configuration=project.path, tenant="acme", collection="video")
    with pytest.raises(NotImplementedError, match="ciphertext") as told:
        plain.url("a.txt")
    assert "multistore.django.serve" in str(told.value)


class TestWithoutATenant:
    def test_the_first_segment_is_the_tenant(self, project, storage):
        from multistore.django import SealedStorage

        shared = SealedStorage(configuration=project.path, collection="video")
        assert shared.save("acme/a", content(b"acme's")) == "acme/a"
        assert shared.save("acme2/a", content(b"acme2's")) == "acme2/a"
        assert storage.open("a").read() == b"acme's"
        assert shared.listdir("acme") == ([], ["a"])
        for call in (shared.listdir, shared.exists, shared.size):
            with pytest.raises(ValueError, match="whose file"):
                call("")
        with pytest.raises(NotFoundError):
            shared.save("nobody/a", content())


class TestMakingOne:
    def test_a_wrong_name_is_told_at_the_start(self):
        from multistore.django import SealedStorage

        for options in ({"collection": "動画"}, {"collection": "video", "tenant": "a/b"}):
            with pytest.raises(InvalidArgumentError):
                SealedStorage(**options)

    def test_a_migration_can_write_it_and_read_it(self, project):
        from django.db.migrations.serializer import serializer_factory

        from multistore.django import SealedStorage

        made = SealedStorage(collection="video", tenant="acme", base_url="/f/")
        text, imports = serializer_factory(made).serialize()
        assert imports == {"import multistore.django"}
        assert "key" not in text
        namespace = {}
        exec("\n".join(imports), namespace)
        again = eval(text, namespace)
        assert again.deconstruct() == made.deconstruct()
        assert again.url("x") == "/f/x"


def test_create_never_means_overwrite(storage):
    storage.save("a", content(b"first"))
    with pytest.raises(AlreadyExistsError):
        storage._save("a", content(b"second"))
    assert storage.open("a").read() == b"first"
