"""boto3, by its plain calls and by its transfer manager."""

from __future__ import annotations

import io
from typing import IO, TYPE_CHECKING, Any

import boto3
from benchmarks.peers.base import PIECE, REGION, Peer, Place
from botocore.config import Config

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def client(place: Place) -> Any:
    """Give a client that signs no payload and adds no checksum of its own."""
    return boto3.client(
        "s3",
        endpoint_url=place.url,
        region_name=REGION,
        aws_access_key_id=place.access,
        aws_secret_access_key=place.secret,
        config=unsigned(),
    )


def unsigned() -> Config:
    """Give the settings under which no payload is signed, and room for 16 threads."""
    return Config(
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        max_pool_connections=32,
        s3={"payload_signing_enabled": False, "addressing_style": "path"},
    )


class Boto3(Peer):
    module = "boto3"
    note = "plain: put_object, get_object"

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.client = client(place)

    def put(self, bucket: str, key: str, data: bytes) -> None:
        self.client.put_object(Bucket=bucket, Key=key, Body=data)

    def put_file(self, bucket: str, key: str, path: Path) -> None:
        with path.open("rb") as file:
            self.client.put_object(Bucket=bucket, Key=key, Body=file)

    def get(self, bucket: str, key: str, _size: int) -> int:
        return len(self.client.get_object(Bucket=bucket, Key=key)["Body"].read())

    def get_file(self, bucket: str, key: str, path: Path) -> None:
        with path.open("wb") as file:
            for piece in self.client.get_object(Bucket=bucket, Key=key)["Body"].iter_chunks(PIECE):
                file.write(piece)

    def get_pipe(self, bucket: str, key: str, file: IO[bytes]) -> None:
        for piece in self.client.get_object(Bucket=bucket, Key=key)["Body"].iter_chunks(PIECE):
            file.write(piece)

    def read_small(self, bucket: str, key: str) -> int:
        return len(self.client.get_object(Bucket=bucket, Key=key)["Body"].read())

    def read_range(self, bucket: str, key: str, start: int, stop: int) -> int:
        answer = self.client.get_object(Bucket=bucket, Key=key, Range=f"bytes={start}-{stop - 1}")
        return len(answer["Body"].read())

    def list(self, bucket: str, prefix: str) -> int:
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        return sum(len(page.get("Contents", ())) for page in pages)

    def delete(self, bucket: str, keys: Sequence[str]) -> None:
        for begin in range(0, len(keys), 1000):
            objects = [{"Key": key} for key in keys[begin : begin + 1000]]
            self.client.delete_objects(Bucket=bucket, Delete={"Objects": objects})


class Boto3Transfer(Peer):
    module = "boto3"
    note = "plain: upload_fileobj, download_fileobj"

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.client = client(place)

    def put(self, bucket: str, key: str, data: bytes) -> None:
        self.client.upload_fileobj(io.BytesIO(data), bucket, key)

    def put_file(self, bucket: str, key: str, path: Path) -> None:
        self.client.upload_file(str(path), bucket, key)

    def put_pipe(self, bucket: str, key: str, file: IO[bytes]) -> None:
        self.client.upload_fileobj(file, bucket, key)

    def get(self, bucket: str, key: str, _size: int) -> int:
        target = io.BytesIO()
        self.client.download_fileobj(bucket, key, target)
        return target.getbuffer().nbytes  # its position is that of whichever part came last

    def get_file(self, bucket: str, key: str, path: Path) -> None:
        self.client.download_file(bucket, key, str(path))

    # No get_pipe: download_fileobj of 256 MiB into what cannot seek waits for ever (1.43.117).
