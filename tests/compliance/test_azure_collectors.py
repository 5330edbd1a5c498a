"""A storage account at Azurite, asked over the line: what its users can see of it."""

from __future__ import annotations

import secrets
from urllib.parse import urlsplit

import pytest
from azure.storage.blob import BlobLeaseClient, RetentionPolicy, StaticWebsite

from multistore.compliance.checker import check
from multistore.compliance.collect import azure_data as data
from multistore.compliance.model import Status
from tests.compliance.test_azure_rules import RULES
from tests.compliance.worlds import settings
from tests.servers.fault_proxy import Answer, FaultProxy

pytestmark = [pytest.mark.azure, pytest.mark.usefixtures("quiet_environment")]
ACCOUNT = "osaka"


@pytest.fixture
def proxy(azurite_server):
    where = urlsplit(azurite_server.url)
    with FaultProxy(where.hostname, where.port) as running:
        yield running


@pytest.fixture
def client(azurite_server):
    with azurite_server.client(ACCOUNT) as made:
        yield made
        made.set_service_properties(
            delete_retention_policy=RetentionPolicy(enabled=False),
            static_website=StaticWebsite(enabled=False),
        )


@pytest.fixture
def name(client):
    made = f"check-{secrets.token_hex(6)}"
    client.create_container(made)
    yield made
    container = client.get_container_client(made)
    if container.get_container_properties().lease.state == "leased":
        BlobLeaseClient(container).break_lease(0)
    client.delete_container(made)


@pytest.fixture
def look(azurite_server, proxy, monkeypatch):
    monkeypatch.setenv("AZURITE_ACCOUNT_KEY", azurite_server.keys[ACCOUNT])

    def looked(container, *, account=False, **changes):
        store = {
            "provider": "azure",
            "region": "japaneast",
            "account": ACCOUNT,
            "bucket": container,
            "endpoint": f"{proxy.url}/{ACCOUNT}",
            "credentials": "env:AZURITE",
            "accepts": ["video"],
            **changes,
        }
        return check(settings({"az": store}), account=account)

    return looked


def outcome(report, status):
    return {f.rule.id for f in report.findings if f.rule.id in RULES and f.status is status}


def test_a_private_container_is_in_order(look, name, proxy):
    report = look(name)
    assert outcome(report, Status.FAIL) == set()
    assert outcome(report, Status.UNKNOWN) == set()
    assert outcome(report, Status.PASS) == {"AZP-001", "AZD-002", "AZD-004", "AZR-011"}
    finding = next(f for f in report.findings if f.rule.id == "AZD-002" and f.request_id)
    assert finding.provider_date
    assert len(finding.raw_sha256) == 64
    assert {request.method for request in proxy.requests} <= {"GET", "HEAD"}
    assert len(proxy.requests) == report.requests


def test_what_users_can_see_is_found(look, name, client):
    container = client.get_container_client(name)
    container.set_container_access_policy({}, public_access="container")
    container.upload_blob("one", b"1").acquire_lease(-1)
    container.acquire_lease(-1)
    client.set_service_properties(
        delete_retention_policy=RetentionPolicy(enabled=True, days=90),
        static_website=StaticWebsite(enabled=True),
    )
    report = look(name)
    assert outcome(report, Status.FAIL) == {"AZP-001", "AZD-001", "AZD-004", "AZR-006"}
    public = [f for f in report.findings if f.rule.id == "AZP-001" and f.status is Status.FAIL]
    assert [finding.call for finding in public] == [data.ANONYMOUS]


def test_a_container_whose_blobs_are_public_is_found_by_its_own_word(look, name, client):
    client.get_container_client(name).set_container_access_policy({}, public_access="blob")
    report = look(name)
    found = [f for f in report.findings if f.rule.id == "AZP-001" and f.status is Status.FAIL]
    assert [finding.call for finding in found] == [data.ACL]


def test_every_container_of_the_account_is_looked_at_where_that_is_asked(look, name, client):
    other = f"{name}-other"
    client.create_container(other, public_access="container")
    try:
        assert "AZP-001" not in outcome(look(name), Status.FAIL)
        report = look(name, account=True)
    finally:
        client.delete_container(other)
    public = [f for f in report.findings if f.rule.id == "AZP-001" and f.status is Status.FAIL]
    assert [finding.resource.id for finding in public] == [f"azure://{ACCOUNT}/{other}"]
    assert report.population.complete is True
    asked = {f.rule.id for f in report.findings if f.resource.name == other}
    assert asked >= {"AZP-001", "AZD-002", "AZD-004"}
    assert not {rule for rule in asked if rule.startswith(("ATT", "AZR", "CLS"))}


def test_a_list_of_containers_that_is_denied_is_no_whole_account(look, name, proxy):
    denied = Answer(403, b"<Error><Code>AuthorizationFailure</Code></Error>")
    proxy.on("GET", denied, containing="?comp=list", times=None)
    assert look(name, account=True).population.complete is False


def test_each_denied_read_leaves_an_unknown_and_no_new_pass(look, name, proxy):
    before = outcome(look(name), Status.PASS)
    denied = Answer(403, b"<Error><Code>AuthorizationPermissionMismatch</Code></Error>")
    for part in ("comp=acl", "comp=list", "restype=service", "restype=container"):
        for method in ("GET", "HEAD"):
            proxy.on(method, denied, containing=part, times=None)
        report = look(name)
        assert outcome(report, Status.PASS) <= before
        assert outcome(report, Status.UNKNOWN)
        proxy._orders.clear()


def test_a_wrong_key_is_no_clean_account(look, name, monkeypatch):
    monkeypatch.setenv("AZURITE_ACCOUNT_KEY", "d3Jvbmc=")
    report = look(name)
    assert outcome(report, Status.PASS) == {"AZR-011"}
    assert {"AZP-001", "AZD-002", "AZD-004", "AZD-001", "AZR-006"} <= outcome(
        report, Status.UNKNOWN
    )
    assert "d3Jvbmc" not in repr(report)
