"""AWS KMS: Japan only, one Region only, pinned; errors that say what and what to do."""

import os
import re
from datetime import timedelta
from pathlib import Path

import boto3
import pytest
from botocore.config import Config

from multistore.errors import (
    ConfigurationError,
    InvalidArgumentError,
    KeyUnavailableError,
    ResidencyError,
)
from multistore.keys import keyring as opening
from multistore.keys.kms.base import KekLabel
from multistore.keys.kms.opening import open_kms
from multistore.keys.secret import Secret
from multistore.stores.endpoint import Endpoint


@pytest.fixture
def kms(kms_server, tmp_path):
    made = open_kms(kms_server.url(), base=tmp_path)
    yield made
    made.close()


@pytest.fixture
def label():
    return KekLabel(os.urandom(16), 1)


@pytest.fixture
def behind(kms_server):
    """A client of the same service, past our own code."""
    return boto3.client(
        "kms",
        region_name="ap-northeast-1",
        endpoint_url=f"http://127.0.0.1:{kms_server.port}",
        config=Config(proxies={}),
    )


@pytest.mark.parametrize(
    ("url", "error", "says"),
    [
        ("aws-kms://us-east-1", ConfigurationError, "'us-east-1' is not in Japan"),
        ("aws-kms://ap-northeast-2", ConfigurationError, "'ap-northeast-2' is not in Japan"),
        ("aws-kms://AP-NORTHEAST-1", ConfigurationError, "not in Japan"),
        ("aws-kms:", ConfigurationError, "names no Region"),
        ("aws-kms://", ConfigurationError, "names no Region"),
        ("aws-kms:ap-northeast-1", ConfigurationError, "names no Region"),
        ("aws-kms://ap-northeast-1/alias", ConfigurationError, "names no Region, or more"),
        ("aws-kms://user:secret@ap-northeast-1", ConfigurationError, "names no Region, or more"),
        ("aws-kms://ap-northeast-1?region=x", ConfigurationError, "only name an endpoint"),
        (
            "aws-kms://ap-northeast-1?endpoint=https://kms.example",
            ConfigurationError,
            "kms.example",
        ),
        ("aws-kms://ap-northeast-1?endpoint=http://127.0.0.1.evil", ConfigurationError, "evil"),
        ("aws-kms://ap-northeast-1?endpoint=ftp://127.0.0.1", ConfigurationError, "not on this"),
    ],
)
def test_a_url_that_is_not_in_japan_is_refused(tmp_path, url, error, says):
    with pytest.raises(error, match=says) as caught:
        open_kms(url, base=tmp_path)
    assert "secret" not in str(caught.value)


def test_the_endpoint_is_that_of_the_region(tmp_path):
    kms = open_kms("aws-kms://ap-northeast-3", base=tmp_path)
    assert kms._endpoint.url == "https://kms.ap-northeast-3.amazonaws.com"
    assert kms._endpoint.hosts == {"kms.ap-northeast-3.amazonaws.com"}
    assert kms.location == "AWS ap-northeast-3 (Osaka)"


def test_the_environment_changes_nothing(kms_server, tmp_path, monkeypatch, label):
    for name, value in {
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "AWS_ENDPOINT_URL_KMS": "http://127.0.0.1:9",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_USE_FIPS_ENDPOINT": "true",
        "AWS_USE_DUALSTACK_ENDPOINT": "true",
        "HTTP_PROXY": "http://127.0.0.1:9",
        "HTTPS_PROXY": "http://127.0.0.1:9",
        "ALL_PROXY": "http://127.0.0.1:9",
    }.items():
        monkeypatch.setenv(name, value)
    kms = open_kms(kms_server.url(), base=tmp_path)
    assert kms.create(label).startswith("arn:aws:kms:ap-northeast-1:")
    kms.close()


def test_a_request_to_another_host_is_stopped_before_it_leaves(kms, label):
    kms._endpoint = Endpoint("aws", "https://x", "ap-northeast-1", frozenset({"another:1"}))
    client = kms._clients.get()
    client.meta.endpoint_url  # noqa: B018 - the client itself is pinned by the hook alone
    with pytest.raises(ResidencyError, match="was stopped"):
        kms.find(label)


def test_a_key_is_symmetric_single_region_and_labelled(kms, label, behind):
    key = behind.describe_key(KeyId=kms.create(label))["KeyMetadata"]
    assert key["KeySpec"] == "SYMMETRIC_DEFAULT"
    assert key["MultiRegion"] is False
    assert key["Origin"] == "AWS_KMS"
    assert key["Description"] == f"multistore ledger {label.ledger_id.hex()}, KEK 1"
    assert kms.describe(key["Arn"]).label == label


def test_a_wrapped_kek_is_bound_to_its_encryption_context(kms, label, behind):
    key = kms.create(label)
    wrapped = kms.wrap(key, Secret(b"x" * 64), label)
    context = {"multistore:ledger": label.ledger_id.hex(), "multistore:kek": "1"}
    answer = behind.decrypt(CiphertextBlob=wrapped, EncryptionContext=context, KeyId=key)
    assert answer["Plaintext"] == b"x" * 64
    with pytest.raises(behind.exceptions.InvalidCiphertextException):
        behind.decrypt(CiphertextBlob=wrapped, KeyId=key)


def test_a_key_of_another_region_is_refused_without_a_request(kms, kms_server, label):
    for region, hint in [("ap-northeast-3", "aws-kms://ap-northeast-3"), ("us-east-1", "never")]:
        key = f"arn:aws:kms:{region}:123456789012:key/11111111-2222-3333-4444-555555555555"
        for use in (
            lambda key=key: kms.wrap(key, Secret(b"x"), label),
            lambda key=key: kms.unwrap(key, b"x", label),
            lambda key=key: kms.describe(key),
            lambda key=key: kms.disable(key),
            lambda key=key: kms.enable(key),
            lambda key=key: kms.schedule_destruction(key, timedelta(days=7)),
        ):
            with pytest.raises(KeyUnavailableError, match=hint):
                use()
    assert kms_server.calls == []


def test_a_multi_region_key_is_refused(kms, label, behind):
    key = behind.create_key(MultiRegion=True)["KeyMetadata"]["Arn"]
    for use in (lambda: kms.describe(key), lambda: kms.unwrap(key, b"x", label)):
        with pytest.raises(KeyUnavailableError, match="multi-Region"):
            use()


def test_an_alias_of_a_replicated_key_is_refused(kms, label, behind):
    key = behind.create_key(
        MultiRegion=True, Description=f"multistore ledger {label.ledger_id.hex()}, KEK 1"
    )["KeyMetadata"]["KeyId"]
    behind.replicate_key(KeyId=key, ReplicaRegion="us-west-2")
    behind.create_alias(AliasName=f"alias/multistore/{label.ledger_id.hex()}/1", TargetKeyId=key)
    with pytest.raises(KeyUnavailableError, match="multi-Region key, with replicas in us-west-2"):
        kms.create(label)


def test_an_alias_of_something_else_is_refused(kms, label, behind):
    key = behind.create_key(Description="another thing")["KeyMetadata"]["KeyId"]
    behind.create_alias(AliasName=f"alias/multistore/{label.ledger_id.hex()}/1", TargetKeyId=key)
    with pytest.raises(KeyUnavailableError, match="names a key of something else"):
        kms.create(label)


@pytest.mark.parametrize("name", ["", "local:0123-1", "alias/x", "1234-5678"])
def test_a_key_of_another_key_service_is_refused(kms, label, name):
    with pytest.raises(KeyUnavailableError, match="not the ARN of an AWS KMS key"):
        kms.unwrap(name, b"x", label)


def test_a_key_of_another_ledger_is_named(kms, label):
    key = kms.create(label)
    wrapped = kms.wrap(key, Secret(b"x" * 64), label)
    with pytest.raises(KeyUnavailableError, match=f"KEK 1 of ledger {label.ledger_id.hex()}"):
        kms.unwrap(key, wrapped, KekLabel(os.urandom(16), 1))


def test_a_disabled_key_says_so(kms, label):
    key = kms.create(label)
    wrapped = kms.wrap(key, Secret(b"x" * 64), label)
    kms.disable(key)
    with pytest.raises(KeyUnavailableError, match=f"{key} is disabled.*Enable it") as caught:
        kms.unwrap(key, wrapped, label)
    assert caught.value.code == "DisabledException"
    assert caught.value.retryable is False


def test_a_key_that_waits_for_its_deletion_says_until_when(kms, label):
    key = kms.create(label)
    wrapped = kms.wrap(key, Secret(b"x" * 64), label)
    due = kms.schedule_destruction(key, timedelta(days=7))
    with pytest.raises(
        KeyUnavailableError, match=f"waits for its deletion on {due:%Y-%m-%d}.*--cancel"
    ):
        kms.unwrap(key, wrapped, label)
    kms.disable(key)  # a roll that was cut short comes by again


def test_a_key_that_is_gone_says_so(kms, kms_server, label):
    key = kms.create(label)
    wrapped = kms.wrap(key, Secret(b"x" * 64), label)
    kms.schedule_destruction(key, timedelta(days=7))
    kms_server.elapse()
    with pytest.raises(KeyUnavailableError, match=r"is not there.*It was deleted, or"):
        kms.unwrap(key, wrapped, label)


@pytest.mark.parametrize(
    ("call", "use"),
    [
        ("Decrypt", lambda kms, key, label: kms.unwrap(key, b"x", label)),
        ("Encrypt", lambda kms, key, label: kms.wrap(key, Secret(b"x"), label)),
        ("DescribeKey", lambda kms, key, label: kms.describe(key)),
        ("DisableKey", lambda kms, key, label: kms.disable(key)),
        ("EnableKey", lambda kms, key, label: kms.enable(key)),
        (
            "ScheduleKeyDeletion",
            lambda kms, key, label: kms.schedule_destruction(key, timedelta(days=7)),
        ),
        ("CreateKey", lambda kms, key, label: kms.create(KekLabel(label.ledger_id, 2))),
        ("CreateAlias", lambda kms, key, label: kms.create(KekLabel(label.ledger_id, 2))),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_missing_permission_is_named(kms, kms_server, label, call, use):
    key = kms.create(label)
    kms_server.denied.add(call)
    with pytest.raises(KeyUnavailableError, match=f"does not permit kms:{call}") as caught:
        use(kms, key, label)
    assert caught.value.code == "AccessDeniedException"


@pytest.mark.parametrize("days", [0, 6, 31])
def test_a_wait_that_aws_does_not_know_is_refused(kms, label, days):
    with pytest.raises(InvalidArgumentError, match="7 to 30 days"):
        kms.schedule_destruction(kms.create(label), timedelta(days=days))


def test_no_credentials_is_one_line(kms_server, tmp_path, monkeypatch, label):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    kms = open_kms(kms_server.url(), base=tmp_path)
    with pytest.raises(KeyUnavailableError, match="NoCredentialsError") as caught:
        kms.find(label)
    assert caught.value.retryable is False
    assert "\n" not in str(caught.value)
    kms.close()


def test_a_service_that_is_away_is_retryable(tmp_path, kms_server, label):
    kms = open_kms("aws-kms://ap-northeast-1?endpoint=http://127.0.0.1:9", base=tmp_path)
    with pytest.raises(KeyUnavailableError, match="was not reached") as caught:
        kms.find(label)
    assert caught.value.retryable is True
    kms.close()


def test_a_vault_makes_one_decrypt_per_hour(kms_server, tmp_path):
    with opening.open("sqlite:///ledger.db", kms_server.url(), base=tmp_path) as ring:
        ring.ledger.tenants.add("acme")
        ring.for_sealing("acme", "video")
    kms_server.calls.clear()
    with opening.open("sqlite:///ledger.db", kms_server.url(), base=tmp_path) as ring:
        assert kms_server.calls == []  # opening alone asks nothing
        for _ in range(10_000):
            ring.for_sealing("acme", "video")
        ring.for_sealing("acme", "backup")
    assert kms_server.calls == ["Decrypt"]


def test_no_credential_is_shown(kms):
    assert "canary-secret-access-key" not in repr(kms) + repr(vars(kms))


HOWTO = Path(__file__).parents[2] / "docs" / "howto" / "keys-for-operators.md"
EVERY_CALL = {
    "CancelKeyDeletion", "CreateAlias", "CreateKey", "Decrypt", "DescribeKey", "DisableKey",
    "EnableKey", "Encrypt", "ListKeys", "ListAliases", "ListResourceTags", "ScheduleKeyDeletion",
    "TagResource", "GenerateDataKey",
}  # fmt: skip


def permitted(role):
    """What the operators' page says that a role needs."""
    (row,) = re.findall(rf"^\| {role} \|([^|]*)\|", HOWTO.read_text("utf-8"), re.MULTILINE)
    own = set(re.findall(r"kms:(\w+)", row))
    return own | permitted("runtime") if "the runtime's" in row else own


@pytest.fixture
def filled(kms_server, tmp_path):
    """A ledger with a sealed scope."""
    with opening.open("sqlite:///ledger.db", kms_server.url(), base=tmp_path) as ring:
        ring.ledger.tenants.add("acme")
        ring.for_sealing("acme", "video")
    return tmp_path


def as_role(kms_server, role, base):
    kms_server.denied |= EVERY_CALL - permitted(role)
    return opening.open("sqlite:///ledger.db", kms_server.url(), base=base)


def test_the_runtime_needs_what_the_page_says(kms_server, filled):
    with as_role(kms_server, "runtime", filled) as ring:
        ring.for_opening("acme", "video", 1)
        ring.for_sealing("acme", "backup")
        ring.ledger.tenants.add("bolt")
        ring.for_sealing("bolt", "video")


def test_the_runtime_may_not_end_anything(kms_server, filled):
    from multistore.keys import rolling

    with (
        as_role(kms_server, "runtime", filled) as ring,
        pytest.raises(KeyUnavailableError, match="does not permit"),
    ):
        rolling.roll(ring, backup=filled / "b")


def test_the_operator_needs_what_the_page_says(kms_server, filled):
    from multistore.keys import closing, rolling

    with as_role(kms_server, "operator", filled) as ring:
        rolling.roll(ring, backup=filled / "b", soak=timedelta(0))
        closing.close_tenant(ring, "acme", reason="contract ended")
        closing.schedule_tenant(ring, "acme")
        closing.reopen_tenant(ring, "acme", reason="it goes on")
        closing.close_tenant(ring, "acme", reason="contract ended")
        closing.destroy_tenant(ring, "acme", reason="contract ended")
    # And not one permission more than it used.
    assert set(kms_server.calls) == permitted("operator")


def test_the_auditor_needs_what_the_page_says(kms_server, filled):
    from multistore.keys.status import status

    with as_role(kms_server, "auditor", filled) as ring:
        kms_server.calls.clear()
        (kek,) = status(ring).keks
        assert (kek.service_says, kek.keys) == ("enabled", 1)
    assert set(kms_server.calls) == permitted("auditor")
