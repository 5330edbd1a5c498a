"""Versions, snapshots and soft-deleted objects.

Azurite has snapshots and nothing else of these, so the rest is tested against answers in the form
of Microsoft Learn's "List Blobs" and "Delete Blob" (versioning and soft delete on).
"""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from tests.servers.ruled import RuledServer, reply
from tests.stores.azure_case import KEY, on_azurite, store_at

from multistore.errors import NotFoundError, UnsupportedError
from multistore.stores.azure import client as azure_client
from multistore.stores.base import Body, Capability, Ref
from multistore.values import OutcomeStatus, PutMode, Span

__all__ = ["on_azurite"]

V1, V2, V3 = (f"2026-11-24T08:21:1{n}.7097000Z" for n in (1, 2, 3))
PROPERTIES = (
    "<Properties><Last-Modified>Tue, 24 Nov 2026 08:21:13 GMT</Last-Modified>"
    "<Etag>0x8DE2B3C4D5E6F70</Etag><Content-Length>{size}</Content-Length>"
    "<BlobType>BlockBlob</BlobType>{more}</Properties>"
)
GONE = (
    "<DeletedTime>Tue, 24 Nov 2026 09:00:00 GMT</DeletedTime>"
    "<RemainingRetentionDays>6</RemainingRetentionDays>"
)
CURRENT = f"<VersionId>{V2}</VersionId><IsCurrentVersion>true</IsCurrentVersion>"


def blob(name, fields="", *, size=3, more=""):
    return f"<Blob><Name>{name}</Name>{fields}{PROPERTIES.format(size=size, more=more)}</Blob>"


def page(*blobs, marker=""):
    xml = (
        '<?xml version="1.0" encoding="utf-8"?><EnumerationResults><Blobs>'
        f"{''.join(blobs)}</Blobs><NextMarker>{marker}</NextMarker></EnumerationResults>"
    )
    return reply(200, {"Content-Type": "application/xml"}, xml.encode())


def refusal(status, code):
    return reply(status, {"x-ms-error-code": code, "x-ms-request-id": "4f1c0f9b-001e"})


@pytest.fixture
def versioned(monkeypatch):
    """Give a store of an account that lists versions, and that account."""
    monkeypatch.setenv("TOKYO_ACCOUNT_KEY", KEY)
    monkeypatch.setattr(azure_client, "RETRIES", 1)
    with RuledServer() as service:
        store = store_at(f"{service.url}/tokyo", versions=True)
        yield store, service
        store.close()


def query(request):
    return {key: value[0] for key, value in parse_qs(urlsplit(request.target).query).items()}


def test_everything_that_a_plain_listing_hides(versioned):
    store, service = versioned
    first = page(
        blob("acme/a", f"<VersionId>{V1}</VersionId>"),
        blob(
            "acme/a",
            f"<VersionId>{V2}</VersionId><IsCurrentVersion>true</IsCurrentVersion>",
            size=5,
        ),
        blob("acme/b", f"<Snapshot>{V1}</Snapshot>"),
        blob("acme/b"),
        marker="more",
    )
    second = page(
        blob("acme/c", "<Deleted>true</Deleted>", more=GONE),
        blob("acme/c", f"<Snapshot>{V2}</Snapshot><Deleted>true</Deleted>", more=GONE),
        blob("acme/日本語", f"<VersionId>{V3}</VersionId><Deleted>true</Deleted>", more=GONE),
    )
    service.rules.append(lambda r: second if "marker=more" in r.target else first)
    assert Capability.VERSIONS in store.capabilities
    found = [
        (v.name, v.version, v.size, v.latest, v.kind) for v in store.versions.list_versions("acme/")
    ]
    assert found == [
        ("acme/a", V1, 3, False, "object"),
        ("acme/a", V2, 5, True, "object"),
        ("acme/b", f"snapshot:{V1}", 3, False, "snapshot"),
        ("acme/b", "current", 3, True, "object"),
        ("acme/c", "deleted:2026-11-24T09:00:00+00:00", 3, False, "soft-deleted"),
        ("acme/c", f"snapshot:{V2}", 3, False, "soft-deleted"),
        ("acme/日本語", V3, 3, False, "soft-deleted"),
    ]
    asked = query(service.asked[0])
    assert asked["prefix"] == "acme/"
    assert set(asked["include"].split(",")) == {"versions", "snapshots", "deleted"}
    assert len(service.asked) == 2


def test_each_is_deleted_as_what_it_is(versioned):
    store, service = versioned
    service.rules.append(lambda _: reply(202))
    refs = [
        Ref("a"),
        Ref("a", "current"),
        Ref("a", V1),
        Ref("a", f"snapshot:{V2}"),
        Ref("a", "deleted:2026-11-24T09:00:00+00:00"),
    ]
    outcomes = [store.delete([ref])[0] for ref in refs]
    assert [outcome.status for outcome in outcomes] == [OutcomeStatus.DELETED] * 4 + [
        OutcomeStatus.RETAINED
    ]
    assert outcomes[-1].code == "SoftDeleted"
    assert [query(request) for request in service.asked] == [
        {},
        {},
        {"versionid": V1},
        {"snapshot": V2},
    ]
    include = [r.headers.get("x-ms-delete-snapshots") for r in service.asked]
    assert include == ["include", "include", None, None]


def test_the_current_version_goes_too(versioned):
    """Azure refuses to delete it by its id; it is made a former one while it still is current."""
    store, service = versioned
    current = [True]

    def account(request):
        version = query(request).get("versionid")
        if request.method == "HEAD":
            headers = {"ETag": '"0x1"', "Last-Modified": "Tue, 24 Nov 2026 08:21:13 GMT"}
            return reply(200, {**headers, "x-ms-blob-type": "BlockBlob", "Content-Length": "0"})
        if version is None:
            assert request.headers["if-match"] == '"0x1"'
            assert "x-ms-delete-snapshots" not in request.headers
            current[0] = False
            return reply(202)
        return refusal(403, "OperationNotAllowedOnRootBlob") if current[0] else reply(202)

    service.rules.append(account)
    (outcome,) = store.delete([Ref("a", V2)])
    assert outcome.status is OutcomeStatus.DELETED
    assert [request.method for request in service.asked] == [
        "DELETE",
        "HEAD",
        "DELETE",
        "DELETE",
    ]


def test_a_new_version_is_not_deleted_in_its_place(versioned):
    store, service = versioned

    def account(request):
        if request.method == "HEAD":
            return reply(200, {"ETag": '"0x1"', "x-ms-blob-type": "BlockBlob"})
        if "versionid" in request.target:
            return refusal(403, "OperationNotAllowedOnRootBlob")
        return refusal(412, "ConditionNotMet")

    service.rules.append(account)
    (outcome,) = store.delete([Ref("a", V2)])
    assert (outcome.status, outcome.code) == (OutcomeStatus.FAILED, "ConditionNotMet")


@pytest.mark.parametrize(
    ("status", "code", "becomes"),
    [
        (404, "BlobNotFound", OutcomeStatus.ABSENT),
        (409, "BlobImmutableDueToPolicy", OutcomeStatus.RETAINED),
        (403, "AuthorizationPermissionMismatch", OutcomeStatus.DENIED),
        (403, "AuthenticationFailed", OutcomeStatus.FAILED),
        (412, "LeaseIdMissing", OutcomeStatus.FAILED),
        (409, "CodeOfTheYear2031", OutcomeStatus.FAILED),
    ],
)
def test_a_refusal_is_an_outcome_with_the_services_own_code(versioned, status, code, becomes):
    store, service = versioned
    service.rules.append(
        lambda r: refusal(status, code) if r.target.endswith("/held") else reply(202)
    )
    outcomes = store.delete([Ref("a"), Ref("held"), Ref("b")])
    assert [o.status for o in outcomes] == [OutcomeStatus.DELETED, becomes, OutcomeStatus.DELETED]
    assert (outcomes[1].code, outcomes[1].request_id) == (code, "4f1c0f9b-001e")


def test_without_the_container_nothing_is_known(versioned):
    store, service = versioned
    service.rules.append(lambda _: refusal(404, "ContainerNotFound"))
    with pytest.raises(NotFoundError) as caught:
        store.delete([Ref("a"), Ref("b")])
    assert (caught.value.code, caught.value.operation) == ("ContainerNotFound", "delete")


def test_a_version_is_read_by_its_id(versioned):
    store, service = versioned
    headers = {"ETag": '"0x1"', "Last-Modified": "Tue, 24 Nov 2026 08:21:13 GMT"}
    headers |= {"x-ms-version-id": V1, "Content-Range": "bytes 0-2/3"}
    service.rules.append(lambda _: reply(206, headers, b"old"))
    assert bytes(store.get("a", Span(0, 3), version=V1).data) == b"old"
    assert store.head("a", version=V1).version == V1
    assert [query(request)["versionid"] for request in service.asked] == [V1, V1]
    for version in (f"snapshot:{V1}", "deleted:x"):
        with pytest.raises(UnsupportedError, match="not read"):
            store.get("a", Span(0, 3), version=version)
    assert len(service.asked) == 2


@pytest.mark.parametrize(
    ("sku", "kind"), [("Standard_LRS", "StorageV2"), ("Standard_GZRS", "StorageV2"), (None, None)]
)
def test_what_the_account_says_of_itself(versioned, sku, kind):
    store, service = versioned
    said = {"x-ms-sku-name": sku, "x-ms-account-kind": kind, "x-ms-request-id": "4f1c"}
    service.rules.append(lambda _: reply(200, {k: v for k, v in said.items() if v is not None}))
    placement = store.placement.placement()
    assert (placement.region, placement.secondary, placement.redundancy) == (None, None, sku)
    assert (placement.call, placement.request_id) == ("Get Account Information", "4f1c")
    assert placement.raw.get("account_kind") == kind
    assert query(service.asked[0]) == {"restype": "account", "comp": "properties"}


@pytest.mark.azure
def test_what_azurite_answers(on_azurite, azurite_server, container):
    """It has snapshots; it knows no versions, and takes a version id for nothing."""
    store = on_azurite(versions=True)
    for data in (b"one", b"two"):
        made = store.put("a", Body([data], 3), mode=PutMode.OVERWRITE)
        assert made.version is None
    with azurite_server.client() as client:
        client.get_blob_client(container, "a").create_snapshot()
    found = [(v.kind, v.version.split(":")[0], v.latest) for v in store.versions.list_versions("")]
    assert sorted(found) == [("object", "current", True), ("snapshot", "snapshot", False)]
    # The reason why a store without VERSIONS refuses a version id before it asks.
    assert bytes(store.get("a", Span(0, 3), version=V1).data) == b"two"
    (snapshot,) = [v for v in store.versions.list_versions("") if v.kind == "snapshot"]
    assert store.delete([Ref("a", snapshot.version)])[0].gone
    assert bytes(store.get("a", Span(0, 3)).data) == b"two"
    (again,) = store.delete([Ref("a", snapshot.version)])
    assert again.status is OutcomeStatus.ABSENT


@pytest.mark.azure
def test_an_object_goes_with_its_snapshots(on_azurite, azurite_server, container):
    store = on_azurite(versions=True)
    store.put("a", Body([b"one"], 3), mode=PutMode.OVERWRITE)
    with azurite_server.client() as client:
        client.get_blob_client(container, "a").create_snapshot()
    assert store.delete([Ref("a")])[0].status is OutcomeStatus.DELETED
    assert list(store.versions.list_versions("")) == []


@pytest.mark.azure
def test_a_leased_object_is_not_deleted(on_azurite, azurite_server, container):
    store = on_azurite()
    store.put("a", Body([b"one"], 3), mode=PutMode.OVERWRITE)
    with azurite_server.client() as client:
        lease = client.get_blob_client(container, "a").acquire_lease()
        (outcome,) = store.delete([Ref("a")])
        assert (outcome.status, outcome.code) == (OutcomeStatus.FAILED, "LeaseIdMissing")
        lease.release()
    assert store.delete([Ref("a")])[0].gone
