"""What docs/backends.md says of Azurite, asked of Azurite itself."""

from __future__ import annotations

import base64

import pytest
from azure.core import MatchConditions
from azure.core.exceptions import HttpResponseError
from azure.storage.blob import BlobServiceClient

pytestmark = pytest.mark.azure


@pytest.fixture
def blob(azurite_server, container):
    with azurite_server.client() as client:
        blob = client.get_blob_client(container, "k")
        blob.upload_blob(b"first")
        yield blob


def status(call, *arguments, **named):
    with pytest.raises(HttpResponseError) as caught:
        call(*arguments, **named)
    return caught.value.status_code


def test_a_create_only_write_over_an_object_is_refused(blob):
    assert status(blob.upload_blob, b"second") == 409
    assert blob.download_blob().readall() == b"first"


def test_an_if_match_write_with_another_etag_is_refused(blob):
    condition = {"etag": '"0x1"', "match_condition": MatchConditions.IfNotModified}
    assert status(blob.upload_blob, b"second", overwrite=True, **condition) == 412
    assert blob.download_blob().readall() == b"first"


def test_a_wrong_key_is_refused(azurite_server, container):
    wrong = base64.b64encode(bytes(64)).decode()
    with BlobServiceClient(azurite_server.account_url(), credential=wrong, retry_total=0) as client:
        assert status(client.get_container_client(container).get_container_properties) == 403


def test_the_redundancy_is_always_the_same(azurite_server):
    with azurite_server.client() as client:
        assert client.get_account_information()["sku_name"] == "Standard_RAGRS"


def test_what_real_accounts_have_is_not_there(blob):
    assert status(blob.set_legal_hold, True) == 501
    blob.delete_blob()
    assert status(blob.undelete_blob) == 501
