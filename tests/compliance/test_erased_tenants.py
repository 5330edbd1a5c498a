"""What is left of an erased tenant is found in a real bucket, by the ledger's own word."""

from __future__ import annotations

import pytest

from multistore.compliance.checker import check
from multistore.compliance.model import Status
from multistore.ledger.ledger import open_ledger
from multistore.ledger.schema import TenantState

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
