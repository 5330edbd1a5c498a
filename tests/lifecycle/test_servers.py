"""The whole way of one tenant over real services, to the certificate; the others byte-equal."""

from __future__ import annotations

import json

import pytest

from multistore.erasure.certificate import Certificate
from multistore.ledger.erasures import Erasures
from multistore.sealing.sealed import SealedStore
from multistore.stores.base import Ref
from tests.erasure.conftest import s3_place
from tests.erasure.estate import everything
from tests.lifecycle.house import TENANTS
from tests.lifecycle.test_run import END
from tests.stores.azure_case import on_azurite

__all__ = ["on_azurite"]
NAMES = ("video/lesson.mp4", "video/第1回/が.mp4", "video/a b+c%20.mp4")


def s3(server_name):
    def made(request):
        place = s3_place(request.getfixturevalue(server_name), request)

        def part(name):
            upload = place.client.create_multipart_upload(Bucket=place.bucket, Key=name)
            place.client.upload_part(
                Bucket=place.bucket,
                Key=name,
                UploadId=upload["UploadId"],
                PartNumber=1,
                Body=b"part",
            )

        return place.store, part, lambda name: place.store.delete([Ref(name)])

    return made


def azurite(request):
    store = request.getfixturevalue("on_azurite")(versions=True)
    client = request.getfixturevalue("azurite_server").client()
    blobs = client.get_container_client(request.getfixturevalue("container"))

    def block(name):
        blobs.get_blob_client(f"{name}.part").stage_block("MDAwMDAx", b"never committed")

    return store, block, lambda name: blobs.get_blob_client(name).create_snapshot()


@pytest.fixture(
    params=[
        pytest.param(s3("moto_server"), marks=pytest.mark.s3, id="moto"),
        pytest.param(s3("ceph_server"), marks=pytest.mark.ceph, id="ceph"),
        pytest.param(azurite, marks=pytest.mark.azure, id="azurite"),
    ]
)
def served(request, house):
    """The house with its videos on a real service, in every kind of copy that it has."""
    store, begin_upload, keep_a_copy = request.param(request)
    house.stores["main"].close()
    house.stores["main"] = SealedStore(store, house.keyring)
    for tenant in TENANTS:
        for name in NAMES:
            house.put(f"{tenant}/{name}", b"first")
            house.put(f"{tenant}/{name}", tenant.encode())
        house.put(f"{tenant}/video/hidden.mp4", b"hidden")
        keep_a_copy(f"{tenant}/video/hidden.mp4")
        begin_upload(f"{tenant}/video/unfinished.mp4")
    return house, store


def of_others(store):
    return [one for one in everything(store) if not one[1].startswith("acme/")]


def test_a_tenant_leaves_to_its_certificate(served):
    house, store = served
    others, logs = of_others(store), house.names("acme/access-log/")
    assert any(one[0] == "upload" for one in others)
    assert len(others) < len(everything(store))
    house.tenants.end_contract("acme", END, by="sato")
    house.clock.on("2025-06-01")
    house.run()
    house.roll()
    for day in ("2025-07-23", "2025-07-30", "2025-07-31"):
        house.clock.on(day)
        report = house.run()
        assert not report.failed, report.actions
        assert not report.overdue, report.actions
        assert of_others(store) == others, day
        before = house.everything()
        house.run()
        assert house.everything() == before, day
    assert house.states()["acme"] == "erased"
    assert everything(store) == others
    assert house.names("acme/") == logs
    (row,) = Erasures(house.keyring.ledger).finished()
    certificate = Certificate.from_json(row.certificate)
    assert certificate.status == "LOGICAL_DELETE"  # the keys are local files
    medium = next(one for one in certificate.payload["media"] if one["store"] == "main")
    assert medium["not_looked_at"] == []
    counts = {name: count for name, count in medium["after"].items() if name != "listing_digest"}
    assert set(counts.values()) == {0}
    assert medium["before"]["uploads"] == 1
    assert medium["before"]["objects"] >= len(NAMES) + 1
    assert json.loads(row.certificate)["payload"]["subject"]["name"] == "acme/"
    for name in NAMES:
        assert house.read(f"acme2/{name}") == b"acme2"
        assert house.read(f"acm/{name}") == b"acm"
