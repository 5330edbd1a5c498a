"""What is left of an erased tenant is found in a real bucket, by the ledger's own word."""

from __future__ import annotations

import pytest

from multistore.compliance.checker import check
from multistore.compliance.collect.erased import left_over
from multistore.compliance.collect.reader import Reader
from multistore.compliance.model import Resource, Status
from multistore.ledger.ledger import open_ledger
from multistore.ledger.schema import TenantState
from multistore.residency import pinning
from multistore.residency.catalog import Catalog
from tests.servers.fault_proxy import Answer as Reply

pytestmark = [pytest.mark.s3, pytest.mark.usefixtures("quiet_environment")]


@pytest.fixture
def erased_acme(tmp_path):
    """A ledger in which one tenant was erased and another is under contract."""
    with_url = "sqlite:///l.db"
    ledger = open_ledger(with_url, base=tmp_path)
    for name in ("acme", "acme2"):
        ledger.tenants.add(name)
    for state in (TenantState.SUSPENDED, TenantState.ERASING, TenantState.ERASED):
        ledger.tenants.move("acme", state, reason="the contract ended")
    ledger.close()
    return tmp_path, with_url


def zero_proof(estate, name, where):
    base, url = where
    settings = estate.settings(name, vault={"ledger": url, "keys": "local:keys/"})
    report = check(settings.model_copy(update={"base": base}), stores=(name,))
    return next(f for f in report.findings if f.rule.id == "ERA-009")


def test_only_what_was_the_tenants_and_should_be_gone_counts(the_estate, erased_acme):
    name = the_estate.bucket("erased-acme")
    the_estate.client.delete_bucket_policy(Bucket=name)
    for key in ("acme2/video/one", "acme/access-log/kept"):
        the_estate.client.put_object(Bucket=name, Key=key, Body=b"1")
    said = zero_proof(the_estate, name, erased_acme)
    assert said.status is Status.PASS, said.text.en
    assert said.raw == {"Tenants": 1, "Versions": 0, "Uploads": 0}
    the_estate.client.put_object(Bucket=name, Key="acme/video/one", Body=b"1")
    the_estate.client.delete_object(Bucket=name, Key="acme/video/one")
    said = zero_proof(the_estate, name, erased_acme)
    assert said.status is Status.FAIL
    assert "acme" not in said.text.en.replace("erased-acme", "")
    assert "acme" not in str(said.raw)


def test_a_check_founds_no_ledger(the_estate, tmp_path):
    name = the_estate.bucket("no-ledger")
    said = zero_proof(the_estate, name, (tmp_path, "sqlite:///l.db"))
    assert said.status is Status.NA
    assert list(tmp_path.iterdir()) == []


def test_a_ledger_that_is_none_is_unknown(the_estate, tmp_path):
    (tmp_path / "l.db").write_bytes(b"this is no database" * 100)
    name = the_estate.bucket("odd-ledger")
    said = zero_proof(the_estate, name, (tmp_path, "sqlite:///l.db"))
    assert said.status is Status.UNKNOWN


@pytest.fixture
def listed(the_estate, erased_acme):
    """List what is left where a question is answered in a given way."""
    base, url = erased_acme
    if "odd-listing" not in the_estate.buckets:
        the_estate.bucket("odd-listing")
    settings = the_estate.settings("odd-listing", vault={"ledger": url, "keys": "local:keys/"})
    settings = settings.model_copy(update={"base": base})
    endpoint = pinning.endpoint(
        Catalog.load(), "odd-listing", settings.stores["odd-listing"], proxy=None
    )
    reader = Reader(settings, Catalog.load(), {"odd-listing": endpoint})
    before = list(the_estate.proxy._orders)

    def look(query, reply):
        if query:
            the_estate.proxy.on("GET", reply, containing=f"/odd-listing?{query}", times=None)
            the_estate.proxy._orders.insert(0, the_estate.proxy._orders.pop())
        name = "odd-listing"
        resource = Resource(f"s3://{name}", "s3-bucket", name, "aws", store=name)
        (said,) = left_over(resource, reader)
        return said

    yield look
    the_estate.proxy._orders[:] = before
    reader.close()


MORE = b"<IsTruncated>true</IsTruncated>"
ODD_LISTINGS = {
    "nothing": Reply(200, b""),
    "no content": Reply(204, b""),
    "a page": Reply(200, b"<html><body>hello</body></html>"),
    "another answer": Reply(200, b"<Foo/>"),
    "no versions, and more": Reply(200, b"<ListVersionsResult>%s</ListVersionsResult>" % MORE),
    "no uploads, and more": Reply(
        200, b"<ListMultipartUploadsResult>%s</ListMultipartUploadsResult>" % MORE
    ),
}


@pytest.mark.parametrize("query", ["versions", "uploads"])
@pytest.mark.parametrize("reply", ODD_LISTINGS.values(), ids=ODD_LISTINGS)
def test_what_is_no_listing_to_its_end_proves_nothing(listed, query, reply):
    said = listed(query, reply)
    assert (said.status, said.why) == ("unreadable", "UnexpectedAnswer")


def test_a_listing_of_nothing_is_a_proof(listed):
    assert listed(None, None).value == {"Tenants": 1, "Versions": 0, "Uploads": 0}
