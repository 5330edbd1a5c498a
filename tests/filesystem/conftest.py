"""One filesystem of each kind of store, for a whole module: fsspec's suites clean up themselves."""

from __future__ import annotations

import os
import secrets

import pytest

from multistore.filesystem import MultistoreFileSystem
from tests.vault.estate import HEAD, Estate

KINDS = {
    "memory": [],
    "local": [],
    "s3": [pytest.mark.s3],
    "azure": [pytest.mark.azure],
}


def configured(kind, directory, request, environment):
    """Write the configuration of one kind of store, with its two tenants; return its path."""
    if kind == "s3":
        server = request.getfixturevalue("moto_server")
        environment.setenv("MSTEST_ACCESS_KEY_ID", server.access_key)
        environment.setenv("MSTEST_SECRET_ACCESS_KEY", server.secret_key)
        store = (
            f'provider = "aws"\nregion = "ap-northeast-1"\nendpoint = "{server.url}"\n'
            f'bucket = "{server.bucket()}"\ncredentials = "env:MSTEST"\n'
        )
    elif kind == "azure":
        server = request.getfixturevalue("azurite_server")
        environment.setenv("MSAZURE_ACCOUNT_KEY", server.keys["tokyo"])
        container = f"test-{secrets.token_hex(8)}"
        with server.client() as client:
            client.create_container(container)
        store = (
            f'provider = "azure"\nregion = "japaneast"\naccount = "tokyo"\n'
            f'endpoint = "{server.account_url()}"\n'
            f'bucket = "{container}"\ncredentials = "env:MSAZURE"\n'
        )
    else:
        store = {"memory": 'provider = "memory"\n', "local": 'provider = "local"\npath = "data"\n'}[
            kind
        ]
    path = directory / "multistore.toml"
    path.write_text(HEAD + store, encoding="utf-8")
    Estate(path, lambda _: b"", lambda *_: None).open().close()
    return path


@pytest.fixture(
    scope="module", params=[pytest.param(kind, marks=marks) for kind, marks in KINDS.items()]
)
def each_fs(request, tmp_path_factory):
    with pytest.MonkeyPatch.context() as environment:
        # What lasts through a power cut is asked of the store itself; here it is 4,000 waits.
        environment.setattr(os, "fsync", lambda _: None)
        path = configured(
            request.param, tmp_path_factory.mktemp(request.param), request, environment
        )
        yield MultistoreFileSystem(path)
        MultistoreFileSystem.clear_instance_cache()


@pytest.fixture
def fs(tmp_path):
    """Give a filesystem on a local directory of its own, which fsspec finds by the variable."""
    with pytest.MonkeyPatch.context() as environment:
        path = configured("local", tmp_path, None, environment)
        environment.setenv("MULTISTORE_CONFIG", str(path))
        yield MultistoreFileSystem()
        MultistoreFileSystem.clear_instance_cache()


class Traffic(list):
    """The length of every read that reached the store."""

    @property
    def bytes(self):
        return sum(self)


@pytest.fixture
def traffic(fs, monkeypatch):
    """Count what is asked of the store itself, below the sealing."""
    seen = Traffic()
    store = fs.vault._routing.named("main").store.inner
    get = store.get

    def counted(*args, **options):
        fetched = get(*args, **options)
        seen.append(len(fetched.data))
        return fetched

    monkeypatch.setattr(store, "get", counted)
    return seen
