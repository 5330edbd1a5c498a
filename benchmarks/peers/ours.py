"""multistore, from a configuration file as a user writes it; everything is sealed."""

from __future__ import annotations

import os
from contextlib import asynccontextmanager
from typing import IO, TYPE_CHECKING, ClassVar

from benchmarks.peers.base import Peer, Place

import multistore
from multistore import Span

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from multistore.aio import AsyncVault

CONFIGURATION = """
[vault]
ledger = "{ledger}"
keys   = "local:keys/"
"""
STORE = """
[stores.{name}]
{provider}
bucket      = "{name}"
credentials = "env:BENCH"
accepts     = ["{name}"]

[collections.{name}]
store = "{name}"
"""
S3 = 'provider    = "{kind}"\nregion      = "ap-northeast-1"\nendpoint    = "{url}"'
AZURE = (
    'provider    = "azure"\nregion      = "japaneast"\naccount     = "{account}"\n'
    'endpoint    = "{url}/{account}"'
)


def configured(place: Place, ledger: str = "sqlite:///multistore.db") -> Path:
    """Write the configuration; the credentials are in the environment."""
    os.environ["BENCH_ACCESS_KEY_ID"] = place.access
    os.environ["BENCH_SECRET_ACCESS_KEY"] = os.environ["BENCH_ACCOUNT_KEY"] = place.secret
    dialect = S3 if "s3" in place.dialects else AZURE
    # A real gateway is not AWS: its buckets lie in no region of AWS, and that would be refused.
    kind = "s3-compatible" if place.keeps else "aws"
    provider = dialect.format(kind=kind, url=place.url, account=place.access)
    stores = (STORE.format(name=name, provider=provider) for name in ("discard", "kept"))
    path = place.home / "multistore.toml"
    path.write_text(CONFIGURATION.format(ledger=ledger) + "".join(stores), encoding="utf-8")
    return path


class Multistore(Peer):
    module = "multistore"
    note = "sealed"
    sealed = True
    speaks: ClassVar = ("s3", "azure")

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        founded = (place.home / "multistore.db").exists()  # by a process before this one
        self.vault = multistore.open(configured(place))
        if not founded:
            self.vault.tenants.add("bench")
            for collection in ("discard", "kept"):  # a key each: an empty collection has none yet
                self.put(collection, "founded", b"-")

    def put(self, bucket: str, key: str, data: bytes) -> None:
        self.vault.put(f"bench/{bucket}/{key}", data)

    def put_file(self, bucket: str, key: str, path: Path) -> None:
        self.vault.put(f"bench/{bucket}/{key}", path)

    def put_pipe(self, bucket: str, key: str, file: IO[bytes]) -> None:
        self.vault.put(f"bench/{bucket}/{key}", file)

    def get(self, bucket: str, key: str, size: int) -> int:
        return self.vault.get(f"bench/{bucket}/{key}").readinto(self.buffer(size))

    def get_file(self, bucket: str, key: str, path: Path) -> None:
        self.vault.get(f"bench/{bucket}/{key}").save(path)

    def get_pipe(self, bucket: str, key: str, file: IO[bytes]) -> None:
        for piece in self.vault.get(f"bench/{bucket}/{key}"):
            file.write(piece)

    def read_small(self, bucket: str, key: str) -> int:
        return len(self.vault.read(f"bench/{bucket}/{key}"))

    def read_range(self, bucket: str, key: str, start: int, stop: int) -> int:
        return len(self.vault.read(f"bench/{bucket}/{key}", Span(start, stop)))

    def list(self, bucket: str, prefix: str) -> int:
        return sum(1 for _ in self.vault.list(f"bench/{bucket}/{prefix}"))

    def delete(self, bucket: str, keys: Sequence[str]) -> None:
        self.vault.delete_many(f"bench/{bucket}/{key}" for key in keys)

    @asynccontextmanager
    async def asynchronous(self) -> AsyncIterator[_Asynchronous]:
        from multistore.aio import AsyncVault  # noqa: PLC0415 - only these cases need it

        yield _Asynchronous(AsyncVault(self.vault))

    def close(self) -> None:
        self.vault.close()


class MultistoreOpenFile(Multistore):
    note = "sealed; into a file that the caller opened, which no fsync follows"
    only: ClassVar = ("get_file",)

    def get_file(self, bucket: str, key: str, path: Path) -> None:
        with path.open("wb", buffering=0) as file:
            for piece in self.vault.get(f"bench/{bucket}/{key}"):
                file.write(piece)


class MultistoreRead(Multistore):
    note = "sealed; into new memory, as the other clients give it"
    only: ClassVar = ("get",)

    def get(self, bucket: str, key: str, _size: int) -> int:
        return len(self.vault.get(f"bench/{bucket}/{key}").read())


class _Asynchronous:
    def __init__(self, vault: AsyncVault) -> None:
        self._vault = vault

    async def put(self, bucket: str, key: str, data: bytes) -> None:
        await self._vault.put(f"bench/{bucket}/{key}", data)

    async def read_small(self, bucket: str, key: str) -> int:
        return len(await self._vault.read(f"bench/{bucket}/{key}"))
