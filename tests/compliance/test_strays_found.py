"""CLS-002 over real stores: what has strayed into a bucket, a directory, a container is found."""

from __future__ import annotations

import secrets
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from multistore import config
from multistore.compliance.checker import check
from multistore.compliance.collect.classes import CALL, OBJECTS, TENANTS
from multistore.compliance.collect.classes_s3 import bucket_classes
from multistore.compliance.collect.reader import Reader
from multistore.compliance.model import Resource, Status
from multistore.compliance.population import pinned
from multistore.residency.catalog import Catalog
from multistore.stores.base import Body
from multistore.stores.local.store import LocalStore
from multistore.values import PutMode
from tests.compliance.estate import CREDENTIALS
from tests.servers.fault_proxy import Answer as Reply
from tests.servers.fault_proxy import FaultProxy

pytestmark = pytest.mark.usefixtures("quiet_environment")
PASS, FAIL, UNKNOWN = Status.PASS, Status.FAIL, Status.UNKNOWN
ACCOUNT = "osaka"


def said(report):
    return [f for f in report.findings if f.rule.id == "CLS-002"]


def one_store(base=Path(), **store):
    raw = {
        "vault": {"ledger": "sqlite://", "keys": "local:keys"},
        "stores": {"one": {"accepts": ["video"], **store}},
        "collections": {"video": {"store": "one"}},
    }
    return config.parse(raw, base=base)


STRAYS = {
    "clean": ([("acme/video/one", {}), ("zoo/video/第1回", {})], PASS, "2 of 2 tenants"),
    "a file at the root": ([("acme/video/one", {}), ("dump.sql", {})], FAIL, "1 names"),
    "another class": ([("acme/user-info/list", {})], FAIL, "user-info lies here"),
    "an unknown collection": ([("acme/photos/1", {})], FAIL, "1 names"),
}
LABELS = {
    "a label of another class": (
        [("acme/video/one", {"collection": "user-info"})],
        FAIL,
        "labelled as user-info",
    ),
    "a label of its own": ([("acme/video/one", {"collection": "video"})], PASS, "1 objects"),
}


# --- buckets --------------------------------------------------------------------------------------


@pytest.fixture
def bucket(moto_server):
    client, names = moto_server.client(), iter(lambda: f"strays-{secrets.token_hex(6)}", "")
    made = []

    def make(objects, how="metadata"):
        name = next(names)
        place = {"LocationConstraint": moto_server.region}
        client.create_bucket(Bucket=name, CreateBucketConfiguration=place)
        made.append(name)
        for key, words in objects:
            more = {"Metadata": words} if how == "metadata" else {}
            client.put_object(Bucket=name, Key=key, Body=b"1", **more)
            if how == "tags":
                pairs = [{"Key": k, "Value": v} for k, v in words.items()]
                client.put_object_tagging(Bucket=name, Key=key, Tagging={"TagSet": pairs})
        return name

    yield client, make
    for name in made:
        for found in client.list_object_versions(Bucket=name).get("Versions", ()):
            client.delete_object(Bucket=name, Key=found["Key"], VersionId=found["VersionId"])
        client.delete_bucket(Bucket=name)


def look_at(server, name, url=None):
    return check(
        one_store(
            provider="aws",
            region=server.region,
            endpoint=url or server.url,
            bucket=name,
            credentials=f"env:{CREDENTIALS}",
        )
    )


@pytest.mark.s3
@pytest.mark.parametrize("case", [*STRAYS, *LABELS])
def test_a_bucket(bucket, moto_server, case):
    objects, status, word = {**STRAYS, **LABELS}[case]
    _, make = bucket
    (finding,) = said(look_at(moto_server, make(objects)))
    assert finding.status is status, finding.text.en
    assert word in finding.text.en
    assert len(finding.raw_sha256) == 64
    assert finding.request_id
    assert "acme" not in str(finding.raw)


@pytest.mark.s3
def test_tags_of_objects_and_of_the_bucket(bucket, moto_server):
    client, make = bucket
    name = make([("acme/video/one", {"data-class": "user-info"})], "tags")
    (finding,) = said(look_at(moto_server, name))
    assert (finding.status, finding.call) == (FAIL, CALL)
    name = make([("acme/video/one", {})])
    for value, status in ("video", PASS), ("backup", FAIL):
        pairs = [{"Key": "collection", "Value": value}]
        client.put_bucket_tagging(Bucket=name, Tagging={"TagSet": pairs})
        (finding,) = said(look_at(moto_server, name))
        assert finding.status is status, finding.text.en


@pytest.mark.s3
def test_a_version_that_was_deleted_and_is_still_there_counts(bucket, moto_server):
    client, make = bucket
    name = make([])
    client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    client.put_object(Bucket=name, Key="dump.sql", Body=b"1")
    marker = client.delete_object(Bucket=name, Key="dump.sql")["VersionId"]
    (finding,) = said(look_at(moto_server, name))
    client.delete_object(Bucket=name, Key="dump.sql", VersionId=marker)
    assert finding.status is FAIL


@pytest.mark.s3
def test_a_bucket_takes_18_requests_at_most_and_one_of_no_store_none(the_estate):
    name = the_estate.bare("many-tenants")
    for number in range(TENANTS + 4):
        for kind in ("video", "backup", "attachment", "user-info"):
            the_estate.client.put_object(Bucket=name, Key=f"t{number}/{kind}/o", Body=b"")
    configuration, catalog = the_estate.settings(name), Catalog.load()
    endpoints = pinned(configuration, catalog, [name], account=False).endpoints
    reader = Reader(configuration, catalog, endpoints)
    one = Resource(f"s3://{name}", "s3-bucket", name, "aws", store=name)
    head = 1  # which every collector of the bucket shares
    (answer,) = bucket_classes(one, reader)
    assert answer.status == "read", answer.why
    assert reader.requests - head == 1 + TENANTS + 3 * OBJECTS == 18
    other = Resource("s3://other", "s3-bucket", "other", "aws", role="account", via=name)
    assert list(bucket_classes(other, reader)) == []
    assert reader.requests - head == 18
    reader.close()


LISTING = b"<ListBucketResult><Name>b</Name></ListBucketResult>"


@pytest.mark.s3
@pytest.mark.parametrize(
    ("reply", "status"),
    [
        (Reply(403, b"<Error><Code>AccessDenied</Code></Error>"), UNKNOWN),
        (Reply(200, LISTING), UNKNOWN),
        (Reply(200, b"<Something/>"), UNKNOWN),
        (Reply(501, b"<Error><Code>NotImplemented</Code></Error>"), PASS),
        (Reply(405, b"<Error><Code>MethodNotAllowed</Code></Error>"), PASS),
    ],
)
def test_tags_that_cannot_be_read_are_unknown_and_a_service_without_tags_has_none(
    bucket, moto_server, reply, status
):
    _, make = bucket
    name, where = make([("acme/video/one", {})]), urlsplit(moto_server.url)
    with FaultProxy(where.hostname, where.port) as proxy:
        proxy.on("GET", reply, containing=f"/{name}/acme/video/one?tagging", times=None)
        (finding,) = said(look_at(moto_server, name, proxy.url))
    assert finding.status is status, finding.text.en


# --- directories ----------------------------------------------------------------------------------


@pytest.mark.parametrize("case", STRAYS)
def test_a_directory(tmp_path, case):
    objects, status, word = STRAYS[case]
    store = LocalStore("one", tmp_path / "data")
    for name, _ in objects:
        if "/" in name:
            store.put(name, Body([b"1"], 1), mode=PutMode.OVERWRITE)
        else:
            (tmp_path / "data" / name).write_bytes(b"1")
    before = sorted(tmp_path.rglob("*"))
    report = check(one_store(tmp_path, provider="local", path="data"), offline=True)
    (finding,) = said(report)
    assert finding.status is status, finding.text.en
    assert word in finding.text.en
    assert sorted(tmp_path.rglob("*")) == before, "looking changes nothing"


def test_a_link_beside_the_objects_is_a_stray(tmp_path):
    store = LocalStore("one", tmp_path / "data")
    store.put("acme/video/one", Body([b"1"], 1), mode=PutMode.OVERWRITE)
    (tmp_path / "data" / "acme" / "copy").symlink_to(tmp_path)
    (finding,) = said(check(one_store(tmp_path, provider="local", path="data")))
    assert finding.status is FAIL


@pytest.mark.parametrize("where", ["迷子", "acme/old", "acme/old/deeper"])
def test_a_directory_of_files_that_the_store_did_not_make_is_a_stray(tmp_path, where):
    store = LocalStore("one", tmp_path / "data")
    store.put("acme/video/one", Body([b"1"], 1), mode=PutMode.OVERWRITE)
    below = tmp_path / "data" / where
    below.mkdir(parents=True)
    (finding,) = said(check(one_store(tmp_path, provider="local", path="data")))
    assert (finding.status, "No label was read" in finding.text.en) == (PASS, True)
    (below / "a.txt").write_text("1")
    (finding,) = said(check(one_store(tmp_path, provider="local", path="data")))
    assert finding.status is FAIL
    assert finding.text.en.startswith("1 names or prefixes")


def test_a_directory_that_may_not_be_read_is_unknown(tmp_path, monkeypatch):
    LocalStore("one", tmp_path / "data")
    monkeypatch.setattr("os.scandir", _denied)
    report = check(one_store(tmp_path, provider="local", path="data"))
    monkeypatch.undo()
    (finding,) = said(report)
    assert finding.status is UNKNOWN


def _denied(*_):
    raise PermissionError(13, "denied")


# --- containers -----------------------------------------------------------------------------------


@pytest.fixture
def container(azurite_server, monkeypatch):
    """Make a container, and give what the check says of it."""
    monkeypatch.setenv("AZURITE_ACCOUNT_KEY", azurite_server.keys[ACCOUNT])
    with azurite_server.client(ACCOUNT) as client:
        made = []

        def looked(objects, metadata=None):
            name = f"strays-{secrets.token_hex(6)}"
            made.append(name)
            own = client.create_container(name, metadata=metadata)
            for key, words in objects:
                own.upload_blob(key, b"1", metadata=words or None)
            store = {
                "provider": "azure",
                "region": "japaneast",
                "account": ACCOUNT,
                "bucket": name,
                "endpoint": azurite_server.account_url(ACCOUNT),
                "credentials": "env:AZURITE",
            }
            (finding,) = said(check(one_store(**store)))
            return finding

        yield looked
        for name in made:
            client.delete_container(name)


@pytest.mark.azure
@pytest.mark.parametrize("case", [*STRAYS, *LABELS])
def test_a_container(container, case):
    objects, status, word = {**STRAYS, **LABELS}[case]
    finding = container(objects)
    assert finding.status is status, finding.text.en
    assert word in finding.text.en
    assert finding.request_id
    assert "acme" not in str(finding.raw)


@pytest.mark.azure
@pytest.mark.parametrize(("declares", "status"), [("video", PASS), ("user-info", FAIL)])
def test_the_metadata_of_a_container(container, declares, status):
    finding = container([("acme/video/one", {})], {"collection": declares})
    assert finding.status is status, finding.text.en


@pytest.mark.azure
def test_an_empty_container_holds_nothing(container):
    assert container([]).status is Status.NA
