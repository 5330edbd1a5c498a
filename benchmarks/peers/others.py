"""minio-py, s3fs, smart_open and cloudpathlib, plain."""

from __future__ import annotations

import io
import shutil
from typing import IO, TYPE_CHECKING, Any

from benchmarks.peers.base import MEBIBYTE, PIECE, REGION, Peer, Place

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

UNSIGNED = {
    "request_checksum_calculation": "when_required",
    "response_checksum_validation": "when_required",
    "s3": {"payload_signing_enabled": False, "addressing_style": "path"},
}


class Minio(Peer):
    module = "minio"
    note = (
        "plain; the payload's SHA-256 is left out and its MD5 sent, as minio-py does over TLS; "
        "a pool with room for 16 threads"
    )

    def __init__(self, place: Place) -> None:
        import minio  # noqa: PLC0415 - a peer that may be absent
        import urllib3  # noqa: PLC0415
        from minio.helpers import BaseURL  # noqa: PLC0415

        super().__init__(place)
        # Its only question whether a payload is to be hashed; the URL keeps its scheme.
        BaseURL.is_https = property(lambda _: True)  # type: ignore[method-assign, assignment]
        self.client = minio.Minio(
            place.url.removeprefix("http://"),
            access_key=place.access,
            secret_key=place.secret,
            region=REGION,
            secure=False,
            http_client=urllib3.PoolManager(maxsize=32),
        )

    def put(self, bucket: str, key: str, data: bytes) -> None:
        self.client.put_object(bucket, key, io.BytesIO(data), len(data))

    def put_file(self, bucket: str, key: str, path: Path) -> None:
        self.client.fput_object(bucket, key, str(path))

    def put_pipe(self, bucket: str, key: str, file: IO[bytes]) -> None:
        self.client.put_object(bucket, key, file, -1, part_size=8 * MEBIBYTE)

    def _whole(self, bucket: str, key: str, **options: Any) -> int:
        answer = self.client.get_object(bucket, key, **options)
        try:
            return len(answer.read())
        finally:
            answer.close()
            answer.release_conn()

    def get(self, bucket: str, key: str, _size: int) -> int:
        return self._whole(bucket, key)

    def get_file(self, bucket: str, key: str, path: Path) -> None:
        self.client.fget_object(bucket, key, str(path))

    def get_pipe(self, bucket: str, key: str, file: IO[bytes]) -> None:
        answer = self.client.get_object(bucket, key)
        try:
            for piece in answer.stream(PIECE):
                file.write(piece)
        finally:
            answer.close()
            answer.release_conn()

    def read_small(self, bucket: str, key: str) -> int:
        return self._whole(bucket, key)

    def read_range(self, bucket: str, key: str, start: int, stop: int) -> int:
        return self._whole(bucket, key, offset=start, length=stop - start)

    def list(self, bucket: str, prefix: str) -> int:
        return sum(1 for _ in self.client.list_objects(bucket, prefix, recursive=True))

    def delete(self, bucket: str, keys: Sequence[str]) -> None:
        from minio.deleteobjects import DeleteObject  # noqa: PLC0415

        list(self.client.remove_objects(bucket, [DeleteObject(key) for key in keys]))


class S3Fs(Peer):
    module = "s3fs"
    note = "plain"

    def __init__(self, place: Place) -> None:
        import s3fs  # noqa: PLC0415 - a peer that may be absent

        super().__init__(place)
        self.fs = s3fs.S3FileSystem(
            key=place.access,
            secret=place.secret,
            endpoint_url=place.url,
            client_kwargs={"region_name": REGION},
            config_kwargs={**UNSIGNED, "max_pool_connections": 32},
            skip_instance_cache=True,
            use_listings_cache=False,
        )

    def put(self, bucket: str, key: str, data: bytes) -> None:
        self.fs.pipe_file(f"{bucket}/{key}", data)

    def put_file(self, bucket: str, key: str, path: Path) -> None:
        self.fs.put_file(str(path), f"{bucket}/{key}")

    def put_pipe(self, bucket: str, key: str, file: IO[bytes]) -> None:
        with self.fs.open(f"{bucket}/{key}", "wb") as target:
            shutil.copyfileobj(file, target, PIECE)

    def get(self, bucket: str, key: str, _size: int) -> int:
        return len(self.fs.cat_file(f"{bucket}/{key}"))

    def get_file(self, bucket: str, key: str, path: Path) -> None:
        self.fs.get_file(f"{bucket}/{key}", str(path))

    def get_pipe(self, bucket: str, key: str, file: IO[bytes]) -> None:
        with self.fs.open(f"{bucket}/{key}", "rb") as source:
            shutil.copyfileobj(source, file, PIECE)

    def read_small(self, bucket: str, key: str) -> int:
        return len(self.fs.cat_file(f"{bucket}/{key}"))

    def read_range(self, bucket: str, key: str, start: int, stop: int) -> int:
        return len(self.fs.cat_file(f"{bucket}/{key}", start=start, end=stop))

    def list(self, bucket: str, prefix: str) -> int:
        return len(self.fs.find(f"{bucket}/{prefix}"))

    def delete(self, bucket: str, keys: Sequence[str]) -> None:
        self.fs.rm([f"{bucket}/{key}" for key in keys])


class SmartOpen(Peer):
    module = "smart_open"
    note = "plain"

    def __init__(self, place: Place) -> None:
        import smart_open  # noqa: PLC0415 - a peer that may be absent
        from benchmarks.peers.boto import client  # noqa: PLC0415

        super().__init__(place)
        self._open: Any = smart_open.open
        self._options = {"client": client(place)}

    def put(self, bucket: str, key: str, data: bytes) -> None:
        options = {**self._options, "multipart_upload": False}  # else three requests for 4 KiB
        with self._open(f"s3://{bucket}/{key}", "wb", transport_params=options) as file:
            file.write(data)

    def put_pipe(self, bucket: str, key: str, file: IO[bytes]) -> None:
        with self._open(f"s3://{bucket}/{key}", "wb", transport_params=self._options) as target:
            shutil.copyfileobj(file, target, PIECE)

    def get(self, bucket: str, key: str, _size: int) -> int:
        return self.read_small(bucket, key)

    def get_file(self, bucket: str, key: str, path: Path) -> None:
        with (
            self._open(f"s3://{bucket}/{key}", "rb", transport_params=self._options) as source,
            path.open("wb") as target,
        ):
            shutil.copyfileobj(source, target, PIECE)

    def get_pipe(self, bucket: str, key: str, file: IO[bytes]) -> None:
        with self._open(f"s3://{bucket}/{key}", "rb", transport_params=self._options) as source:
            shutil.copyfileobj(source, file, PIECE)

    def read_small(self, bucket: str, key: str) -> int:
        with self._open(f"s3://{bucket}/{key}", "rb", transport_params=self._options) as file:
            return len(file.read())

    def read_range(self, bucket: str, key: str, start: int, stop: int) -> int:
        options = {**self._options, "defer_seek": True}
        with self._open(f"s3://{bucket}/{key}", "rb", transport_params=options) as file:
            file.seek(start)
            return len(file.read(stop - start))


class CloudPathLib(Peer):
    module = "cloudpathlib"
    note = "plain; through its cache on disk, and into the bucket that keeps: it looks after a put"

    def __init__(self, place: Place) -> None:
        import boto3  # noqa: PLC0415
        from benchmarks.peers.boto import unsigned  # noqa: PLC0415
        from botocore.session import Session  # noqa: PLC0415
        from cloudpathlib import S3Client  # noqa: PLC0415 - a peer that may be absent

        super().__init__(place)
        below = Session()
        below.set_default_client_config(unsigned())
        session = boto3.Session(
            place.access, place.secret, region_name=REGION, botocore_session=below
        )
        self.client = S3Client(
            boto3_session=session,
            endpoint_url=place.url,
            local_cache_dir=place.home / "cloudpathlib",
            file_cache_mode="close_file",
        )

    def put(self, _bucket: str, key: str, data: bytes) -> None:
        self.client.CloudPath(f"s3://kept/{key}").write_bytes(data)

    def get(self, bucket: str, key: str, _size: int) -> int:
        return self.read_small(bucket, key)

    def read_small(self, bucket: str, key: str) -> int:
        return len(self.client.CloudPath(f"s3://{bucket}/{key}").read_bytes())
