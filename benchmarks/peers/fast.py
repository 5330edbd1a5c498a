"""The clients that are written in Rust: obstore and OpenDAL."""

from __future__ import annotations

import shutil
from contextlib import asynccontextmanager
from typing import IO, TYPE_CHECKING, Any, ClassVar

import obstore
from benchmarks.peers.base import MEBIBYTE, PIECE, REGION, Peer, Place
from obstore.store import S3Store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence
    from pathlib import Path


class Obstore(Peer):
    module = "obstore"
    note = "plain, payload unsigned"
    unsigned = True

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.stores = {bucket: self.store(bucket) for bucket in ("discard", "kept")}

    def store(self, bucket: str) -> Any:
        return S3Store(
            bucket,
            endpoint=self.place.url,
            region=REGION,
            access_key_id=self.place.access,
            secret_access_key=self.place.secret,
            unsigned_payload=self.unsigned,
            virtual_hosted_style_request=False,
            client_options={"allow_http": True, "timeout": "300s"},
        )

    def put(self, bucket: str, key: str, data: bytes) -> None:
        obstore.put(self.stores[bucket], key, data)

    def put_file(self, bucket: str, key: str, path: Path) -> None:
        obstore.put(self.stores[bucket], key, path)

    def put_pipe(self, bucket: str, key: str, file: IO[bytes]) -> None:
        obstore.put(self.stores[bucket], key, pieces(file), chunk_size=8 * MEBIBYTE)

    def get(self, bucket: str, key: str, _size: int) -> int:
        return len(memoryview(obstore.get(self.stores[bucket], key).bytes()))

    def get_file(self, bucket: str, key: str, path: Path) -> None:
        with path.open("wb", buffering=0) as file:
            for piece in obstore.get(self.stores[bucket], key).stream(8 * MEBIBYTE):
                file.write(piece)

    def get_pipe(self, bucket: str, key: str, file: IO[bytes]) -> None:
        for piece in obstore.get(self.stores[bucket], key).stream(8 * MEBIBYTE):
            file.write(piece)

    def read_small(self, bucket: str, key: str) -> int:
        return len(memoryview(obstore.get(self.stores[bucket], key).bytes()))

    def read_range(self, bucket: str, key: str, start: int, stop: int) -> int:
        return len(memoryview(obstore.get_range(self.stores[bucket], key, start=start, end=stop)))

    def list(self, bucket: str, prefix: str) -> int:
        return sum(len(page) for page in obstore.list(self.stores[bucket], prefix, chunk_size=1000))

    def delete(self, bucket: str, keys: Sequence[str]) -> None:
        obstore.delete(self.stores[bucket], list(keys))

    @asynccontextmanager
    async def asynchronous(self) -> AsyncIterator[_Asynchronous]:
        yield _Asynchronous(self.stores)


class _Asynchronous:
    def __init__(self, stores: dict[str, Any]) -> None:
        self._stores = stores

    async def put(self, bucket: str, key: str, data: bytes) -> None:
        await obstore.put_async(self._stores[bucket], key, data)

    async def read_small(self, bucket: str, key: str) -> int:
        result = await obstore.get_async(self._stores[bucket], key)
        return len(memoryview(await result.bytes_async()))


class ObstoreSigned(Obstore):
    note = "plain, payload signed"
    unsigned = False
    only: ClassVar = ("put", "put_file", "put_pipe")


class ObstoreRanges(Obstore):
    note = "plain, the object in ranges of 8 MiB at once"
    only: ClassVar = ("get",)

    def get(self, bucket: str, key: str, size: int) -> int:
        starts = range(0, size, 8 * MEBIBYTE)
        found = obstore.get_ranges(
            self.stores[bucket],
            key,
            starts=list(starts),
            ends=[min(start + 8 * MEBIBYTE, size) for start in starts],
        )
        return sum(len(memoryview(piece)) for piece in found)


class OpenDal(Peer):
    module = "opendal"
    note = "plain"

    def __init__(self, place: Place) -> None:
        import opendal  # noqa: PLC0415 - a peer that may be absent

        super().__init__(place)
        self.operators = {
            bucket: opendal.Operator(
                "s3",
                bucket=bucket,
                root="/",
                endpoint=place.url,
                region=REGION,
                access_key_id=place.access,
                secret_access_key=place.secret,
                disable_config_load="true",
            )
            for bucket in ("discard", "kept")
        }

    def put(self, bucket: str, key: str, data: bytes) -> None:
        self.operators[bucket].write(key, data)

    def put_pipe(self, bucket: str, key: str, file: IO[bytes]) -> None:
        with self.operators[bucket].open(key, "wb") as target:
            for piece in pieces(file):
                target.write(piece)

    def get(self, bucket: str, key: str, _size: int) -> int:
        return len(self.operators[bucket].read(key))

    def get_pipe(self, bucket: str, key: str, file: IO[bytes]) -> None:
        with self.operators[bucket].open(key, "rb") as source:
            shutil.copyfileobj(source, file, PIECE)

    def read_small(self, bucket: str, key: str) -> int:
        return len(self.operators[bucket].read(key))

    def read_range(self, bucket: str, key: str, start: int, stop: int) -> int:
        return len(self.operators[bucket].read(key, offset=start, size=stop - start))

    def list(self, bucket: str, prefix: str) -> int:
        return sum(1 for _ in self.operators[bucket].list(prefix, recursive=True))


def pieces(file: IO[bytes]) -> Iterator[bytes]:
    """Give what a pipe gives."""
    while piece := file.read(PIECE):
        yield piece
