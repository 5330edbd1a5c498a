"""Files that come through the application, and the FileField that leads to them."""

from __future__ import annotations

import io
import unicodedata

import httpx
import pytest

MIB = 1 << 20
FILM = (bytes(range(251)) * 14_000)[: 3 * MIB + 17]
URL = "/files/%E7%AC%AC1%E5%9B%9E/film.mp4?pupil"
SIZE = len(FILM)


@pytest.fixture
def client(storage):
    from django.test import Client

    return Client()


@pytest.fixture
def film(storage):
    from django.core.files.base import ContentFile

    return storage.save("第1回/film.mp4", ContentFile(FILM))


def uploaded(name, data, kind="video/mp4"):
    from django.core.files.uploadedfile import SimpleUploadedFile

    return SimpleUploadedFile(name, data, kind)


class TestUploading:
    @pytest.mark.parametrize("size", [0, 5, 50_000, 3 * MIB], ids=str)
    def test_a_form_puts_a_file_in_the_vault(self, client, storage, size):
        """Below 100 kB Django keeps an upload in memory, above in a file, as set in the project."""
        from tests.django.school.models import Lesson

        answer = client.post("/upload", {"film": uploaded("講義.mp4", FILM[:size])})
        if not size:
            assert answer.status_code == 400  # Django's own rule: an empty upload is none
            return
        name = answer.content.decode()
        assert (answer.status_code, name) == (200, "第1回/講義.mp4")
        lesson = Lesson.objects.get(film=name)
        assert lesson.film.size == size
        assert lesson.film.url == "/files/%E7%AC%AC1%E5%9B%9E/%E8%AC%9B%E7%BE%A9.mp4"
        with lesson.film.open() as file:
            assert file.read() == FILM[:size]
        assert storage.vault.head(f"acme/video/{name}").content_type == "video/mp4"
        assert b"".join(client.get(f"{lesson.film.url}?pupil")) == FILM[:size]
        lesson.film.delete()
        assert not storage.exists(name)

    def test_a_name_from_macos_is_found_by_one_from_windows(self, client, storage):
        name = unicodedata.normalize("NFD", "ガイダンス.mp4")
        answer = client.post("/upload", {"film": uploaded(name, b"x")})
        assert answer.content.decode() == "第1回/ガイダンス.mp4"
        assert client.get(storage.url(f"第1回/{name}") + "?pupil").status_code == 200

    def test_a_name_too_long_for_the_field_is_told_in_the_form(self, client):
        answer = client.post("/upload", {"film": uploaded("題" * 70 + ".mp4", b"x")})
        assert answer.status_code == 400
        assert "60" in answer.json()["film"][0]

    def test_a_form_links_to_the_file_that_is_there(self, storage):
        from django.core.files.base import ContentFile
        from django.forms import modelform_factory

        from tests.django.school.models import Lesson

        lesson = Lesson()
        lesson.film.save("講義.mp4", ContentFile(b"x"))
        form = modelform_factory(Lesson, fields=["film"])(instance=lesson)
        assert f'<a href="{storage.url(lesson.film.name)}">' in str(form["film"])

    def test_the_same_name_again_is_another_file(self, client, storage):
        names = {
            client.post("/upload", {"film": uploaded("a.mp4", b"%d" % n)}).content.decode()
            for n in range(3)
        }
        assert len(names) == 3
        assert {storage.open(name).read() for name in names} == {b"0", b"1", b"2"}

    def test_a_field_may_say_whose_its_files_are(self, storage):
        from django.core.files.base import ContentFile

        from tests.django.school.models import Report

        for school in ("acme", "acme2"):
            report = Report(school=school)
            report.paper.save("成績.txt", ContentFile(school))
            assert report.paper.name == f"{school}/reports/成績.txt"
        assert storage.vault.read("acme/attachment/reports/成績.txt") == b"acme"
        assert storage.vault.read("acme2/attachment/reports/成績.txt") == b"acme2"


RANGES = [
    ("bytes=0-", 206, 0, SIZE),
    ("bytes=0-1", 206, 0, 2),
    ("bytes=1000000-2999999", 206, 1_000_000, 3_000_000),
    ("bytes=-17", 206, SIZE - 17, SIZE),
    ("bytes=-99999999", 206, 0, SIZE),
    ("bytes=3145000-99999999", 206, 3_145_000, SIZE),
    ("bytes=99999999-", 416, 0, 0),
    ("bytes=-0", 416, 0, 0),
    # What is no range, or more than one, is not refused: it is ignored.
    ("bytes=", 200, 0, SIZE),
    ("bytes=5-4", 200, 0, SIZE),
    ("bytes=0-1,5-6", 200, 0, SIZE),
    ("lines=1-2", 200, 0, SIZE),
    ("bytes=a-b", 200, 0, SIZE),
]


def expect(answer, body, status, start, stop):
    assert answer.status_code == status
    assert body == FILM[start:stop]
    if status == 206:
        assert answer["Content-Range"] == f"bytes {start}-{stop - 1}/{SIZE}"
    if status == 416:
        assert answer["Content-Range"] == f"bytes */{SIZE}"
    else:
        assert int(answer["Content-Length"]) == stop - start
        assert answer["Content-Type"] == "video/mp4"


@pytest.mark.usefixtures("film")
@pytest.mark.parametrize(("asked", "status", "start", "stop"), RANGES)
class TestRanges:
    def test_wsgi(self, client, asked, status, start, stop):
        answer = client.get(URL, headers={"range": asked})
        expect(answer, b"".join(answer), status, start, stop)
        head = client.head(URL, headers={"range": asked})
        assert (head.status_code, head.content) == (status, b"")
        assert head.get("Content-Length") == answer.get("Content-Length") or status == 416

    @pytest.mark.anyio
    async def test_asgi(self, asked, status, start, stop):
        from django.core.asgi import get_asgi_application

        served = httpx.ASGITransport(get_asgi_application())
        async with httpx.AsyncClient(transport=served, base_url="http://testserver") as browser:
            answer = await browser.get(URL, headers={"range": asked})
        expect(_Answer(answer), answer.content, status, start, stop)


class _Answer(dict):
    """An answer of httpx as Django's own client gives it."""

    def __init__(self, answer):
        super().__init__({name.title(): value for name, value in answer.headers.items()})
        self.status_code = answer.status_code


@pytest.mark.anyio
async def test_under_asgi_a_large_file_is_streamed_and_never_whole_in_memory(film):
    from django.core.handlers.asgi import ASGIRequest

    from multistore.django import serve

    scope = {"type": "http", "method": "GET", "path": "/", "headers": []}
    answer = serve(ASGIRequest(scope, io.BytesIO()), film)
    assert [len(piece) async for piece in answer] == [MIB, 2 * MIB, 17]


@pytest.fixture
def anyio_backend():
    return "asyncio"


class TestConditions:
    def test_what_the_browser_has_is_not_sent_again(self, client, film):
        first = client.get(URL)
        first.close()
        for condition in (
            {"if-none-match": first["ETag"]},
            {"if-modified-since": first["Last-Modified"]},
        ):
            again = client.get(URL, headers=condition)
            assert (again.status_code, again.content) == (304, b"")
            assert again["ETag"] == first["ETag"]
        assert client.get(URL, headers={"if-match": '"another"'}).status_code == 412

    def test_a_range_of_another_version_is_the_whole_of_this_one(self, client, storage, film):
        etag = client.head(URL)["ETag"]
        asked = {"range": "bytes=0-1", "if-range": etag}
        assert client.get(URL, headers=asked).status_code == 206
        storage.vault.put("acme/video/第1回/film.mp4", FILM)
        answer = client.get(URL, headers=asked)
        assert answer.status_code == 200
        assert b"".join(answer) == FILM

    def test_a_file_that_is_replaced_meanwhile_ends_the_stream(self, client, storage, film):
        from multistore import IntegrityError

        pieces = iter(client.get(URL))
        assert next(pieces) == FILM[:MIB]
        storage.vault.put("acme/video/第1回/film.mp4", bytes(SIZE))
        with pytest.raises(IntegrityError):
            list(pieces)


@pytest.mark.parametrize(
    ("name", "kind", "disposition"),
    [
        ("a.mp4", "video/mp4", "inline"),
        ("a.png", "image/png", "inline"),
        ("要点.pdf", "application/pdf", "inline"),
        ("a.html", "text/html", "attachment"),
        ("a.svg", "image/svg+xml", "attachment"),
        ("a.svg", "IMAGE/SVG+XML; charset=utf-8", "attachment"),
        ("a.xhtml", "application/xhtml+xml", "attachment"),
        ("a", "application/octet-stream", "attachment"),
    ],
)
def test_what_a_browser_might_run_is_an_attachment(client, storage, name, kind, disposition):
    storage.vault.put(f"acme/video/{name}", b"<script>", content_type=kind)
    answer = client.get(storage.url(name) + "?pupil")
    answer.close()
    assert answer["Content-Disposition"].partition(";")[0] == disposition
    assert (answer["Content-Type"], answer["X-Content-Type-Options"]) == (kind, "nosniff")
    if name == "要点.pdf":
        assert "filename*=utf-8''%E8%A6%81%E7%82%B9.pdf" in answer["Content-Disposition"]


def test_who_may_not_see_it_does_not(client, film):
    assert client.get(URL.removesuffix("?pupil")).status_code == 403


@pytest.mark.parametrize("name", ["absent", "a//b", "%0A", "..%2F..%2Facme2%2Fvideo%2Fx", "d/"])
def test_what_is_not_there_is_404(client, storage, name):
    storage.vault.put("acme2/video/x", b"another's")
    assert client.get(f"/files/{name}?pupil").status_code == 404


def test_other_methods_are_not_allowed(client, film):
    assert client.post(URL).status_code == 405
    assert client.delete(URL).status_code == 405


def test_an_empty_file_has_no_range_to_give(client, storage):
    storage.vault.put("acme/video/empty", b"")
    whole = client.get("/files/empty?pupil")
    assert (whole.status_code, whole["Content-Length"], b"".join(whole)) == (200, "0", b"")
    assert client.get("/files/empty?pupil", headers={"range": "bytes=0-"}).status_code == 416


def test_a_seek_costs_two_requests_and_few_bytes(client, storage, film, monkeypatch):
    inner, asked = storage.vault._routing.named("main").store.inner, []
    get = inner.get

    def counted(*args, **options):
        fetched = get(*args, **options)
        asked.append(len(fetched.data))
        return fetched

    monkeypatch.setattr(inner, "get", counted)
    answer = client.get(URL, headers={"range": "bytes=2000000-2000099"})
    assert b"".join(answer) == FILM[2_000_000:2_000_100]
    assert len(asked) == 2
    assert sum(asked) < 200_000
