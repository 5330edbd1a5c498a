"""Azure's own client, adlfs, and obstore on Azure; plain. The server speaks both dialects."""

from __future__ import annotations

import shutil
from typing import IO, TYPE_CHECKING, Any, ClassVar

from benchmarks.peers.base import MEBIBYTE, PIECE, Peer, Place
from benchmarks.peers.fast import Obstore

if TYPE_CHECKING:
    from pathlib import Path


def _pooled() -> Any:
    """Give a session with room for 16 threads; the usual one throws connections away."""
    import requests  # noqa: PLC0415
    from requests.adapters import HTTPAdapter  # noqa: PLC0415

    session = requests.Session()
    session.mount("http://", HTTPAdapter(pool_maxsize=32))
    return session


class AzureBlob(Peer):
    module = "azure.storage.blob"
    note = "plain"
    speaks: ClassVar = ("azure",)

    def __init__(self, place: Place) -> None:
        from azure.core.pipeline.transport import RequestsTransport  # noqa: PLC0415
        from azure.storage.blob import BlobServiceClient  # noqa: PLC0415 - it may be absent

        super().__init__(place)
        self.service = BlobServiceClient(
            f"{place.url}/{place.access}",
            credential={"account_name": place.access, "account_key": place.secret},
            max_block_size=8 * MEBIBYTE,
            max_single_put_size=8 * MEBIBYTE,
            transport=RequestsTransport(session=_pooled(), session_owner=False),
        )

    def _blob(self, bucket: str, key: str) -> Any:
        return self.service.get_blob_client(bucket, key)

    def put(self, bucket: str, key: str, data: bytes) -> None:
        self._blob(bucket, key).upload_blob(data, overwrite=True, max_concurrency=8)

    def put_file(self, bucket: str, key: str, path: Path) -> None:
        with path.open("rb") as file:
            self._blob(bucket, key).upload_blob(file, overwrite=True, max_concurrency=8)

    def put_pipe(self, bucket: str, key: str, file: IO[bytes]) -> None:
        self._blob(bucket, key).upload_blob(file, overwrite=True, max_concurrency=8)

    def get(self, bucket: str, key: str, _size: int) -> int:
        return len(self._blob(bucket, key).download_blob(max_concurrency=8).readall())

    def get_file(self, bucket: str, key: str, path: Path) -> None:
        with path.open("wb") as file:
            self._blob(bucket, key).download_blob(max_concurrency=8).readinto(file)

    def get_pipe(self, bucket: str, key: str, file: IO[bytes]) -> None:
        for piece in self._blob(bucket, key).download_blob(max_concurrency=8).chunks():
            file.write(piece)

    def read_small(self, bucket: str, key: str) -> int:
        return len(self._blob(bucket, key).download_blob().readall())

    def read_range(self, bucket: str, key: str, start: int, stop: int) -> int:
        return len(self._blob(bucket, key).download_blob(start, stop - start).readall())


class AdlFs(Peer):
    module = "adlfs"
    note = "plain"
    speaks: ClassVar = ("azure",)

    def __init__(self, place: Place) -> None:
        import adlfs  # noqa: PLC0415 - a peer that may be absent

        super().__init__(place)
        self.fs = adlfs.AzureBlobFileSystem(
            connection_string=f"DefaultEndpointsProtocol=http;AccountName={place.access};"
            f"AccountKey={place.secret};BlobEndpoint={place.url}/{place.access};",
            skip_instance_cache=True,
        )

    def put(self, bucket: str, key: str, data: bytes) -> None:
        self.fs.pipe_file(f"{bucket}/{key}", data)

    def put_pipe(self, bucket: str, key: str, file: IO[bytes]) -> None:
        with self.fs.open(f"{bucket}/{key}", "wb") as target:
            shutil.copyfileobj(file, target, PIECE)

    def get(self, bucket: str, key: str, _size: int) -> int:
        return len(self.fs.cat_file(f"{bucket}/{key}"))

    def get_pipe(self, bucket: str, key: str, file: IO[bytes]) -> None:
        with self.fs.open(f"{bucket}/{key}", "rb") as source:
            shutil.copyfileobj(source, file, PIECE)

    def read_small(self, bucket: str, key: str) -> int:
        return len(self.fs.cat_file(f"{bucket}/{key}"))


class ObstoreAzure(Obstore):
    note = "plain, in Azure's dialect"
    speaks: ClassVar = ("azure",)

    def store(self, bucket: str) -> Any:
        from obstore.store import AzureStore  # noqa: PLC0415

        return AzureStore(
            bucket,
            account_name=self.place.access,
            account_key=self.place.secret,
            endpoint=f"{self.place.url}/{self.place.access}",
            client_options={"allow_http": True, "timeout": "300s"},
        )

    list = None  # type: ignore[assignment] - the server lists in S3's dialect only
    delete = None  # type: ignore[assignment]
