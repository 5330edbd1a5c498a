"""Credentials of a machine, a container and a person, which expire while a store is open."""

from __future__ import annotations

import hashlib
import json
import logging
import pickle
import time
import traceback
from datetime import UTC, datetime, timedelta

import pytest
from tests.servers.scripted import Reply

from multistore.errors import UnauthenticatedError
from multistore.stores.base import Body, Ref
from multistore.stores.s3.credentials import KEPT
from multistore.stores.s3.store import S3Store
from multistore.values import PutMode, Span

SECRET = "CANARY/SECRET+CANARY"
START = "https://school.awsapps.example/start"


class Giver:
    """Gives keys that are another one each time, until it is told to say something else.

    It speaks as the metadata service of EC2 (version 2), as that of ECS and EKS, and as IAM
    Identity Center's portal.
    """

    def __init__(self, scripted):
        self.given, self.says = 0, None
        self.server = scripted(self._answer)

    def _answer(self, asked):
        path = asked.target.partition("?")[0]
        if self.says is not None and not path.endswith("/security-credentials/"):
            return self.says
        if path == "/latest/api/token":
            return Reply(200, b"metadata-token")
        if path.endswith("/security-credentials/"):
            assert asked.headers["x-aws-ec2-metadata-token"] == "metadata-token"
            return Reply(200, b"a-role")
        self.given += 1
        until = datetime.now(UTC) + timedelta(hours=1)
        key, token = f"AKIAGIVEN{self.given:011}", f"CANARY-TOKEN-{self.given}"
        if path == "/federation/credentials":
            # botocore keeps them besides, but not in their last quarter of an hour.
            until -= timedelta(minutes=48)
            assert asked.headers["x-amz-sso_bearer_token"] == "CANARY-OF-A-PERSON"
            about = {
                "accessKeyId": key,
                "secretAccessKey": SECRET,
                "sessionToken": token,
                "expiration": int(until.timestamp() * 1000),
            }
            return Reply(200, json.dumps({"roleCredentials": about}).encode())
        about = {
            "Code": "Success",
            "AccessKeyId": key,
            "SecretAccessKey": SECRET,
            "Token": token,
            "Expiration": until.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        return Reply(200, json.dumps(about).encode())


def of_a_machine(giver, home, monkeypatch):
    monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", giver.server.url)


def of_a_container(giver, home, monkeypatch):
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"{giver.server.url}/v2/credentials")
    monkeypatch.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "CANARY-OF-A-CONTAINER")


def of_a_person(giver, home, monkeypatch):
    (home / "config").write_text(
        f"[profile person]\nsso_start_url = {START}\nsso_region = ap-northeast-1\n"
        "sso_account_id = 123456789012\nsso_role_name = writer\nservices = here\n"
        f"[services here]\nsso =\n  endpoint_url = {giver.server.url}\n"
    )
    monkeypatch.setattr("botocore.credentials.SSOProvider._SSO_TOKEN_CACHE_DIR", str(home))
    token = {
        "startUrl": START,
        "region": "ap-northeast-1",
        "accessToken": "CANARY-OF-A-PERSON",
        "expiresAt": (datetime.now(UTC) + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    name = hashlib.sha1(START.encode()).hexdigest()
    (home / f"{name}.json").write_text(json.dumps(token))
    return "profile:person"


@pytest.fixture(params=[of_a_machine, of_a_container, of_a_person])
def role(request, scripted, watched, monkeypatch, tmp_path):
    """Give a store by such credentials, the giver, and what the store sent."""
    monkeypatch.setattr("botocore.utils.ContainerMetadataFetcher.SLEEP_TIME", 0)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    given, proxy = watched()
    giver = Giver(scripted)
    reference = request.param(giver, tmp_path, monkeypatch)
    store = S3Store("role", endpoint=given.endpoint, bucket=given.bucket, credentials=reference)
    yield store, giver, proxy
    store.close()


def everything(store):
    store.put("a", Body([b"x"], 1), mode=PutMode.OVERWRITE)
    store.put("b", Body([b"x"], 1), mode=PutMode.CREATE)
    assert bytes(store.get("a", Span(0, 1)).data) == b"x"
    assert len(list(store.list(""))) == 2
    assert all(one.gone for one in store.delete([Ref("a"), Ref("b")]))


def expire(store):
    """Have what was given end now, for either SDK."""
    credentials = store.reach.control().source.get_credentials()
    credentials._expiry_time = datetime.now(UTC) - timedelta(seconds=1)
    time.sleep(KEPT.total_seconds())


@pytest.mark.s3
def test_a_store_goes_on_when_its_credentials_expire(role, caplog):
    store, _, proxy = role
    with caplog.at_level(logging.DEBUG):
        everything(store)
        expire(store)
        everything(store)
    tokens = {request.headers["x-amz-security-token"] for request in proxy.requests}
    assert len(tokens) > 1
    assert "CANARY" not in caplog.text + repr(store) + repr(vars(store)) + repr(pickle.dumps(store))


SAID = {
    "an error": Reply(500, b'{"message": "CANARY"}'),
    "no document": Reply(
        200, b'{"AccessKeyId": "AKIA", "SecretAccessKey": "CANARY", "Token": "CAN'
    ),
    "not all of it": Reply(200, b'{"SecretAccessKey": "CANARY", "Token": "CANARY"}'),
    "a refusal": Reply(400, b'{"Code": "Refused", "Message": "CANARY"}'),
    "what has expired": Reply(
        200,
        b'{"Code": "Success", "AccessKeyId": "A", "SecretAccessKey": "CANARY", "Token": "CANARY",'
        b' "Expiration": "2020-01-01T00:00:00Z", "roleCredentials": {"accessKeyId": "AKIA",'
        b' "secretAccessKey": "CANARY", "sessionToken": "CANARY", "expiration": 1577836800000}}',
    ),
}


@pytest.mark.s3
@pytest.mark.parametrize("says", SAID)
def test_a_giver_that_gives_none_is_told_with_the_store_and_nothing_secret(role, says, caplog):
    store, giver, _ = role
    everything(store)
    expire(store)
    giver.says = SAID[says]
    shown = []
    with caplog.at_level(logging.DEBUG):
        for verb in (
            lambda: store.get("a", Span(0, 1)),
            lambda: list(store.list("")),
            lambda: store.put("a", Body([b"x"], 1), mode=PutMode.OVERWRITE),
        ):
            with pytest.raises(UnauthenticatedError) as caught:
                verb()
            assert (caught.value.store, caught.value.bucket) == ("role", store.bucket)
            assert caught.value.code == "NoCredentials"
            assert caught.value.operation in ("get", "list", "put")
            assert "no credentials for S3" in str(caught.value)
            shown += traceback.format_exception(caught.value)
    assert "CANARY" not in "".join(shown) + caplog.text
    giver.says = None
    everything(store)
