"""put: all of it or nothing, described as given, and told apart by its etag."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from multistore.errors import IntegrityError, LengthError
from multistore.stores.base import Body
from multistore.testing.conformance.harness import Harness, cut, noise
from multistore.values import PutMode, Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from multistore.stores.base import Buffer, Store


# Clocks of a server and of this process may differ by this much.
SKEW = timedelta(minutes=5)


class Writing(Harness):
    """The tests of put."""

    def test_put_is_described_by_head_get_and_list(self, store: Store) -> None:
        before = datetime.now(UTC)
        put = self.put(store, "film.mp4", b"0123456789", content_type="video/mp4")
        head = store.head(self.at("film.mp4"))
        got = store.get(self.at("film.mp4"), Span(0, 10)).info
        (listed,) = self.objects(store, "film.mp4")
        for info in (put, head, got, listed):
            assert info.name == self.at("film.mp4")
            assert info.size == 10
            assert info.etag == put.etag
            assert info.etag
            assert info.modified.utcoffset() == timedelta(0)
            assert before - SKEW < info.modified < datetime.now(UTC) + SKEW
        assert head.content_type == "video/mp4"

    def test_bytes_at_rest(self, store: Store) -> None:
        data = noise(4096)
        self.put(store, "film.mp4", data)
        raw = self.raw_read(store, self.at("film.mp4"))
        assert raw is not None
        if self.sealed:
            assert data[:16] not in raw
            assert len(raw) > len(data)
        else:
            assert raw == data
        assert self.raw_read(store, self.at("film")) is None

    def test_bytes_of_others(self, store: Store) -> None:
        # So short that no sealed object has that length, which is all that a listing can tell.
        data = noise(100, seed=1)
        self.raw_write(store, self.at("film.mp4"), data)
        assert self.listed(store) == ["film.mp4"]
        (listed,) = self.objects(store)
        if self.sealed:
            assert listed.size is None
            with self.refused(store, IntegrityError, "get", "film.mp4"):
                store.get(self.at("film.mp4"), Span(0, 10))
            with self.refused(store, IntegrityError, "head", "film.mp4"):
                store.head(self.at("film.mp4"))
        else:
            assert listed.size == len(data)
            assert self.read(store, "film.mp4") == data

    @pytest.mark.parametrize(
        ("sizes", "known"),
        [
            pytest.param([], True, id="nothing"),
            pytest.param([], False, id="nothing-unknown"),
            pytest.param([1], True, id="one-byte"),
            pytest.param([0, 5, 0, 1, 0], True, id="with-empty-buffers"),
            pytest.param([4096, 1, 70_000], False, id="unknown-size"),
        ],
    )
    def test_small_bodies(self, store: Store, *, sizes: list[int], known: bool) -> None:
        data = noise(sum(sizes))
        body = Body(cut(data, sizes), len(data) if known else None)
        put = store.put(self.at("a"), body, mode=PutMode.OVERWRITE)
        assert put.size == len(data)
        assert self.read(store, "a") == data

    @pytest.mark.parametrize("known", [True, False])
    @pytest.mark.parametrize("extra", [-1, 0, 1])
    def test_bodies_about_one_part(self, store: Store, *, extra: int, known: bool) -> None:
        data = noise(store.limits.part_size + extra)
        body = Body(cut(data, [store.limits.part_size]), len(data) if known else None)
        assert store.put(self.at("a"), body, mode=PutMode.OVERWRITE).size == len(data)
        assert self.read(store, "a") == data

    @pytest.mark.parametrize("known", [True, False])
    def test_bodies_of_several_parts_in_odd_buffers(self, store: Store, *, known: bool) -> None:
        part = store.limits.part_size
        data = noise(2 * part + 12_345)
        sizes = [1, part - 7, 3, part // 2, 0, 99_991]
        body = Body(cut(data, sizes), len(data) if known else None)
        put = store.put(self.at("a"), body, mode=PutMode.OVERWRITE, content_type="video/mp4")
        assert put.size == len(data)
        head = store.head(self.at("a"))
        assert (head.size, head.etag, head.content_type) == (len(data), put.etag, "video/mp4")
        assert self.read(store, "a") == data
        self.no_upload_left(store)

    def test_every_kind_of_buffer_and_none_kept(self, store: Store) -> None:
        mine = bytearray(b"bbb")
        parts: list[Buffer] = [b"aaa", mine, memoryview(b"-ccc-")[1:4]]
        store.put(self.at("a"), Body(parts, 9), mode=PutMode.OVERWRITE)
        mine[:] = b"XXX"
        assert self.read(store, "a") == b"aaabbbccc"

    def test_overwrite_leaves_nothing_of_the_old_object(self, store: Store) -> None:
        old = self.put(
            store, "a", b"a longer content", content_type="text/old", metadata={"origin": "old"}
        )
        new = self.put(store, "a", b"short", content_type="text/new")
        head = store.head(self.at("a"))
        assert new.etag == head.etag != old.etag
        assert (head.content_type, dict(head.metadata)) == ("text/new", {})
        assert self.read(store, "a") == b"short"

    def test_two_contents_never_share_an_etag(self, store: Store) -> None:
        etags = [self.put(store, "a", b"%03d" % n).etag for n in range(20)]
        assert len(set(etags)) == 20

    @pytest.mark.parametrize(
        ("content_type", "metadata"),
        [
            pytest.param(None, {}, id="nothing"),
            pytest.param("video/mp4", {}, id="type"),
            pytest.param("text/plain; charset=utf-8", {"multistore": "A" * 1800}, id="long"),
            pytest.param(None, {"origin": "a b=c,d;e/f+g%20\"'", "second": "2"}, id="signs"),
        ],
    )
    def test_description_comes_back(
        self, store: Store, *, content_type: str | None, metadata: dict[str, str]
    ) -> None:
        if self.sealed:
            # What 1,800 characters at rest leave for a sealed description.
            metadata = {name: value[:1200] for name, value in metadata.items()}
        for size in (3, store.limits.part_size + 1):
            self.put(store, "a", noise(size), content_type=content_type, metadata=metadata)
            head = store.head(self.at("a"))
            got = store.get(self.at("a"), Span(0, 1)).info
            for info in (head, got):
                assert dict(info.metadata) == metadata
                if content_type is not None:
                    assert info.content_type == content_type

    @pytest.mark.parametrize("large", [False, True])
    @pytest.mark.parametrize("off", [-1, 1])
    @pytest.mark.parametrize("old", [b"old", None])
    def test_a_body_of_another_length_than_announced(
        self, store: Store, *, large: bool, off: int, old: bytes | None
    ) -> None:
        size = store.limits.part_size + 100 if large else 100
        if old is not None:
            self.put(store, "a", old)
        with self.refused(store, LengthError, "put", "a"):
            store.put(self.at("a"), Body([noise(size + off)], size), mode=PutMode.OVERWRITE)
        self._untouched(store, old)

    @pytest.mark.parametrize("old", [b"old", None])
    @pytest.mark.parametrize("parts", [0, 1, 2])
    @pytest.mark.parametrize("kind", [RuntimeError, OSError, KeyboardInterrupt])
    def test_a_source_that_raises(
        self, store: Store, *, parts: int, kind: type[BaseException], old: bytes | None
    ) -> None:
        if old is not None:
            self.put(store, "a", old)
        part = store.limits.part_size
        error = kind("the source broke")

        def source() -> Iterator[Buffer]:
            yield b"begun"
            for _ in range(parts):
                yield bytes(part)
            raise error

        for size in (None, 5 + parts * part + 1):
            with pytest.raises(kind) as caught:
                store.put(self.at("a"), Body(source(), size), mode=PutMode.OVERWRITE)
            assert caught.value is error
            self._untouched(store, old)

    def _untouched(self, store: Store, old: bytes | None) -> None:
        assert self.listed(store) == ([] if old is None else ["a"])
        assert self.has(store, "a") == (old is not None)
        if old is not None:
            assert self.read(store, "a") == old
        else:
            assert self.raw_read(store, self.at("a")) is None
        self.no_upload_left(store)
