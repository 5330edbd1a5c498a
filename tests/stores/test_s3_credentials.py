"""Credentials by reference: asked for each time, refreshed by their providers, kept nowhere."""

from __future__ import annotations

import pickle
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import boto3
import botocore
import pytest
from tests.servers.watched import CONFIG_FILE

from multistore.errors import (
    UnauthenticatedError,
)
from multistore.stores.base import Body
from multistore.stores.endpoint import Endpoint
from multistore.stores.s3.credentials import KEPT, pinned, session
from multistore.stores.s3.store import S3Store
from multistore.values import PutMode, Span


@pytest.mark.s3
def test_a_rotated_key_is_used_within_a_moment_and_kept_nowhere(watched, monkeypatch):
    store, proxy = watched()
    store.put("a", Body([b"x"], 1), mode=PutMode.OVERWRITE)
    list(store.list(""))
    monkeypatch.setenv("MSTEST_ACCESS_KEY_ID", "AKIAROTATEDROTATED01")
    monkeypatch.setenv("MSTEST_SESSION_TOKEN", "rotated-token")
    time.sleep(KEPT.total_seconds())
    del proxy.requests[:]
    store.get("a", Span(0, 1))
    list(store.list(""))
    assert len(proxy.requests) == 2
    for request in proxy.requests:
        assert "AKIAROTATEDROTATED01" in request.headers["authorization"]
        assert request.headers["x-amz-security-token"] == "rotated-token"
    for secret in (b"AKIA", b"moto-secret", b"rotated"):
        assert secret not in pickle.dumps(store)
        assert secret.decode() not in repr(store) + repr(vars(store))


@pytest.mark.s3
@pytest.mark.parametrize(
    ("reference", "says"),
    [
        ("env:NOBODYSETTHIS", "NOBODYSETTHIS_ACCESS_KEY_ID"),
        ("profile:nobody-wrote-this", "no such profile"),
    ],
)
def test_missing_credentials_say_what_is_missing(
    moto_server, reference, says, monkeypatch, tmp_path
):
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    store = S3Store("s", endpoint=moto_server.endpoint(), bucket="bucket", credentials=reference)
    for verb in (
        lambda: store.get("a", Span(0, 1)),
        lambda: list(store.list("")),
        lambda: store.put("a", Body([b"x"], 1), mode=PutMode.OVERWRITE),
    ):
        with pytest.raises(UnauthenticatedError) as caught:
            verb()
        assert says in str(caught.value)
        assert caught.value.store == "s"


@pytest.mark.s3
def test_a_profile_gives_credentials_and_nothing_else(moto_server, monkeypatch, tmp_path):
    (tmp_path / "credentials").write_text(
        f"[tokyo]\naws_access_key_id = {moto_server.access_key}\n"
        f"aws_secret_access_key = {moto_server.secret_key}\n"
    )
    (tmp_path / "config").write_text(CONFIG_FILE.replace("[default]", "[profile tokyo]"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    store = S3Store(
        "s",
        endpoint=moto_server.endpoint(),
        bucket=moto_server.bucket(),
        credentials="profile:tokyo",
    )
    store.put("a", Body([b"x"], 1), mode=PutMode.OVERWRITE)
    assert [item.name for item in store.list("")] == ["a"]
    store.close()


@pytest.mark.s3
def test_credentials_that_expire_are_refreshed_by_their_provider(watched, monkeypatch, tmp_path):
    """A process gives keys that are good for two seconds, another one each time."""
    process = tmp_path / "give"
    process.write_text(
        "#!/usr/bin/env python3\n"
        "import datetime, json, pathlib\n"
        f"count = pathlib.Path({str(tmp_path / 'count')!r})\n"
        "number = int(count.read_text()) + 1 if count.exists() else 1\n"
        "count.write_text(str(number))\n"
        "until = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=2)\n"
        "print(json.dumps({'Version': 1, 'AccessKeyId': f'AKIATEMPORARY{number:07}',\n"
        "    'SecretAccessKey': 's', 'SessionToken': f'token-{number}',\n"
        "    'Expiration': until.isoformat()}))\n"
    )
    process.chmod(0o755)
    (tmp_path / "config").write_text(f"[profile short]\ncredential_process = {process}\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    given, proxy = watched()
    store = S3Store(
        "short", endpoint=given.endpoint, bucket=given.bucket, credentials="profile:short"
    )
    for _ in range(3):
        store.put("a", Body([b"x"], 1), mode=PutMode.OVERWRITE)
        list(store.list(""))
        time.sleep(2.1)
    tokens = [request.headers["x-amz-security-token"] for request in proxy.requests]
    for request, token in zip(proxy.requests, tokens, strict=True):
        number = int(token.removeprefix("token-"))
        assert f"AKIATEMPORARY{number:07}" in request.headers["authorization"]
    by_plane = {"PUT": [], "GET": []}
    for request, token in zip(proxy.requests, tokens, strict=True):
        by_plane[request.method].append(token)
    assert len(set(by_plane["PUT"])) == len(set(by_plane["GET"])) == 3
    store.close()


def test_a_proxy_with_a_password_is_not_in_a_repr():
    proxy = "http://user:canary@proxy.example"
    endpoint = Endpoint("s", "https://a.example", "r", frozenset({"a.example"}), proxy=proxy)
    store = S3Store("s", endpoint=endpoint, bucket="bucket", credentials=None)
    assert "canary" not in repr(endpoint) + repr(store) + repr(vars(store))


def test_the_models_are_the_installed_ones_and_read_once(monkeypatch, tmp_path):
    """A description of a service that somebody puts into a directory could name another host."""
    monkeypatch.setenv("AWS_DATA_PATH", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    one, other = session(None), session("env:MSTEST")
    models = one.get_component("data_loader")
    assert other.get_component("data_loader") is models
    searched = models.search_paths
    boto3.Session(botocore_session=one)
    boto3.Session(botocore_session=other)
    assert models.search_paths == searched
    assert [Path(path).parent for path in searched] == [Path(botocore.__file__).parent]


def test_only_the_client_that_is_told_its_endpoint_does_without_the_table_of_them(monkeypatch):
    """What refreshes credentials calls STS, and must find it."""
    monkeypatch.setenv("MSTEST_ACCESS_KEY_ID", "AKIATEST")
    monkeypatch.setenv("MSTEST_SECRET_ACCESS_KEY", "canary")
    source = session("env:MSTEST")
    made = pinned(source, "env:MSTEST")
    given, asked = (one.get_credentials().get_frozen_credentials() for one in (made, source))
    assert given == asked
    models, full = (one.get_component("data_loader") for one in (made, source))
    assert models.load_data("endpoints")["partitions"] == []
    assert full.load_data("endpoints")["partitions"] != []
    assert models.search_paths == full.search_paths


ASSUMED = """
[profile base]
aws_access_key_id = AKIABASE
aws_secret_access_key = canary

[profile role]
role_arn = arn:aws:iam::123456789012:role/writer
source_profile = base
duration_seconds = 900
region = ap-northeast-1
services = here

[services here]
sts =
  endpoint_url = {url}
"""


@pytest.mark.s3
def test_an_assumed_role_is_refreshed_for_the_client_that_is_told_its_endpoint(
    moto_server, monkeypatch, tmp_path
):
    (tmp_path / "config").write_text(ASSUMED.format(url=moto_server.endpoint().url))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    store = S3Store(
        "s",
        endpoint=moto_server.endpoint(),
        bucket=moto_server.bucket(),
        credentials="profile:role",
    )
    try:
        store.put("a", Body([b"x"], 1), mode=PutMode.OVERWRITE)
        assert [entry.name for entry in store.list("")] == ["a"]
        credentials = store.reach.control().source.get_credentials()
        first = credentials.get_frozen_credentials()
        assert first.token
        credentials._expiry_time = datetime.now(UTC) - timedelta(seconds=1)
        time.sleep(KEPT.total_seconds())
        assert bytes(store.get("a", Span(0, 1)).data) == b"x"
        assert [entry.name for entry in store.list("")] == ["a"]
        assert credentials.get_frozen_credentials().access_key != first.access_key
        used = store.reach.control().client._request_signer._credentials
        monkeypatch.setattr(credentials, "get_frozen_credentials", lambda: first)
        assert used.get_frozen_credentials() is first
    finally:
        store.close()
