"""Opening: what is refused leaves no trace, and what a probe saw is what the vault believes."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

import multistore
from multistore import ConfigurationError, PutMode, ResidencyError, UnsupportedError
from tests.vault.estate import HEAD

SEOUL = """
[stores.seoul]
provider = "aws"
region = "ap-northeast-2"
bucket = "classtream-seoul"
accepts = ["video"]
"""


def test_one_refused_store_refuses_the_vault_and_nothing_is_written(tmp_path):
    path = tmp_path / "multistore.toml"
    path.write_text(f'{HEAD}provider = "local"\npath = "data"\n{SEOUL}', encoding="utf-8")
    with pytest.raises(ResidencyError, match="Seoul"):
        multistore.open(path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["multistore.toml"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "vault: Field required"),
        ("[vault", "not TOML"),
        (
            HEAD.replace('store = "main"', 'store = "elsewhere"', 1) + 'provider = "memory"\n',
            "no store 'elsewhere'",
        ),
        (HEAD + 'provider = "s3-compatible"\nbucket = "classtream"\n', "endpoint"),
        (HEAD + 'provider = "aws"\nbucket = "classtream"\n', "region"),
        (HEAD + 'provider = "nobody"\nbucket = "classtream"\n', "nobody"),
        (HEAD + 'provider = "local"\n', "path is missing"),
        (HEAD + 'provider = "local"\npath = "x"\nsurprise = 1\n', "surprise"),
    ],
)
def test_a_wrong_configuration_is_told_by_entry(tmp_path, text, said):
    path = tmp_path / "multistore.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        multistore.open(path)
    assert said in str(caught.value)
    assert not (tmp_path / "multistore.db").exists()


def test_several_stores_each_collection_in_its_own(tmp_path):
    path = tmp_path / "multistore.toml"
    text = HEAD.replace('store = "main"', 'store = "fast"', 1)
    path.write_text(
        f'{text}provider = "local"\npath = "data"\n'
        '[stores.fast]\nprovider = "memory"\naccepts = ["video"]\n',
        encoding="utf-8",
    )
    with multistore.open(path) as vault:
        vault.tenants.add("acme")
        vault.put("acme/video/x", b"in memory", metadata={"題": "名"})
        vault.put("acme/attachment/y", b"on the disk")
        assert [e.key for e in vault.list("acme/video/")] == ["x"]
        assert not list((tmp_path / "data").rglob("x.object"))
        assert list((tmp_path / "data").rglob("y.object"))
        vault.copy("acme/video/x", "acme/attachment/z")
        assert vault.read("acme/attachment/z") == b"in memory"
        assert vault.head("acme/attachment/z").metadata == {"題": "名"}


def test_a_collection_never_goes_where_it_is_not_accepted(tmp_path):
    path = tmp_path / "multistore.toml"
    text = HEAD.replace('accepts = ["video", "attachment"]', 'accepts = ["video"]')
    path.write_text(f'{text}provider = "memory"\n', encoding="utf-8")
    with pytest.raises(ConfigurationError, match="CLS-001"):
        multistore.open(path)


@pytest.mark.s3
def test_what_a_probe_did_not_see_is_refused(tmp_path, moto_server, s3_credentials):
    credentials, bucket = s3_credentials(moto_server), moto_server.bucket()
    path, record = tmp_path / "multistore.toml", tmp_path / "probe.json"
    store = (
        f'{HEAD}provider = "aws"\nregion = "ap-northeast-1"\nendpoint = "{moto_server.url}"\n'
        f'bucket = "{bucket}"\ncredentials = "{credentials}"\n'
    )
    path.write_text(store, encoding="utf-8")
    with multistore.open(path) as vault:
        record.write_text(vault.probe("main").to_json(), encoding="utf-8")
        vault.tenants.add("acme")
    path.write_text(f'{store}probe = "probe.json"\n', encoding="utf-8")
    with multistore.open(path) as vault:
        vault.put("acme/video/x", b"1", mode=PutMode.CREATE)
    seen = json.loads(record.read_text())
    for finding in seen["findings"]:
        if finding["question"] == "If-None-Match on PUT is honoured":
            assert finding["answer"] is True
            finding["answer"] = False
    record.write_text(json.dumps(seen), encoding="utf-8")
    with multistore.open(path) as vault:
        with pytest.raises(UnsupportedError):
            vault.put("acme/video/y", b"1", mode=PutMode.CREATE)
        assert not vault.exists("acme/video/y")
    seen["bucket"] = "another"
    record.write_text(json.dumps(seen), encoding="utf-8")
    with pytest.raises(ConfigurationError, match="another"):
        multistore.open(path)


@pytest.mark.s3
@pytest.mark.parametrize(
    ("target_region", "refused"),
    [("ap-northeast-3", False), ("us-west-2", True), (None, True)],
)
def test_replication_is_followed_to_where_it_leads(
    tmp_path, moto_server, s3_credentials, target_region, refused
):
    credentials, bucket, client = (
        s3_credentials(moto_server),
        moto_server.bucket(versioned=True),
        moto_server.client(),
    )
    target = f"{bucket}-replica"
    if target_region is not None:
        there = replace(moto_server, region=target_region).client()
        there.create_bucket(
            Bucket=target, CreateBucketConfiguration={"LocationConstraint": target_region}
        )
        there.put_bucket_versioning(Bucket=target, VersioningConfiguration={"Status": "Enabled"})
    client.put_bucket_replication(
        Bucket=bucket,
        ReplicationConfiguration={
            "Role": "arn:aws:iam::123456789012:role/replication",
            "Rules": [
                {
                    "Status": "Enabled",
                    "Prefix": "",
                    "Destination": {"Bucket": f"arn:aws:s3:::{target}"},
                }
            ],
        },
    )
    path = tmp_path / "multistore.toml"
    path.write_text(
        f'{HEAD}provider = "aws"\nregion = "ap-northeast-1"\nendpoint = "{moto_server.url}"\n'
        f'bucket = "{bucket}"\ncredentials = "{credentials}"\n',
        encoding="utf-8",
    )
    if refused:
        with pytest.raises(ResidencyError) as caught:
            multistore.open(path)
        assert "RES-004" in str(caught.value)
        assert not (tmp_path / "multistore.db").exists()
    else:
        multistore.open(path).close()
