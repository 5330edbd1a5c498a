"""A vault on a real store of each kind, from a configuration file as a user writes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import multistore

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

HEAD = """
[vault]
ledger = "sqlite:///multistore.db"
keys   = "local:keys/"

[collections.video]
store = "main"

[collections.attachment]
store = "main"

[stores.main]
accepts = ["video", "attachment"]
"""


@dataclass(frozen=True)
class Estate:
    """One configuration on disk, and a look behind the vault's back.

    Attributes:
        path: the configuration file.
        raw: gives the bytes at rest of an address.
        replace: puts other bytes there.
    """

    path: Path
    raw: Callable[[str], bytes]
    replace: Callable[[str, bytes], None]

    def open(self) -> multistore.Vault:
        vault = multistore.open(self.path)
        for tenant in ("acme", "acme2"):
            try:
                vault.tenants.add(tenant)
            except multistore.AlreadyExistsError:
                continue
        return vault


def local(tmp_path, _request):
    from multistore.stores.base import Body
    from multistore.stores.local import LocalStore
    from multistore.values import PutMode, Span

    store = LocalStore("raw", tmp_path / "data")

    def replace(address, data):
        old = store.head(address)
        store.put(address, Body([data], len(data)), mode=PutMode.OVERWRITE, metadata=old.metadata)

    path = tmp_path / "multistore.toml"
    path.write_text(f'{HEAD}provider = "local"\npath = "data"\n', encoding="utf-8")
    return Estate(path, lambda a: bytes(store.get(a, Span(0, 1 << 40)).data), replace)


def s3(tmp_path, request):
    server = request.getfixturevalue("moto_server")
    credentials = request.getfixturevalue("s3_credentials")(server)
    bucket, client = server.bucket(), server.client()
    path = tmp_path / "multistore.toml"
    path.write_text(
        f'{HEAD}provider = "aws"\nregion = "ap-northeast-1"\nendpoint = "{server.url}"\n'
        f'bucket = "{bucket}"\ncredentials = "{credentials}"\n',
        encoding="utf-8",
    )

    def replace(address, data):
        old = client.head_object(Bucket=bucket, Key=address)
        client.put_object(Bucket=bucket, Key=address, Body=data, Metadata=old["Metadata"])

    def raw(address):
        return client.get_object(Bucket=bucket, Key=address)["Body"].read()

    return Estate(path, raw, replace)


def azure(tmp_path, request):
    server = request.getfixturevalue("azurite_server")
    container = request.getfixturevalue("container")
    request.getfixturevalue("monkeypatch").setenv("MSAZURE_ACCOUNT_KEY", server.keys["tokyo"])
    client = server.client().get_container_client(container)
    path = tmp_path / "multistore.toml"
    path.write_text(
        f'{HEAD}provider = "azure"\nregion = "japaneast"\naccount = "tokyo"\n'
        f'endpoint = "{server.account_url()}"\n'
        f'bucket = "{container}"\ncredentials = "env:MSAZURE"\n',
        encoding="utf-8",
    )

    def replace(address, data):
        blob = client.get_blob_client(address)
        metadata = blob.get_blob_properties().metadata
        blob.upload_blob(data, overwrite=True, metadata=metadata)

    def raw(address):
        return client.download_blob(address).readall()

    return Estate(path, raw, replace)


KINDS = {"local": local, "s3": s3, "azure": azure}
