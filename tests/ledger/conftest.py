"""Empty databases of both kinds."""

import pytest

from multistore.ledger.ledger import open_ledger


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def url(request):
    """The URL of an absent ledger."""
    if request.param == "sqlite":
        return "sqlite:///ledger.db"
    return request.getfixturevalue("postgres_url")


@pytest.fixture
def ledger(url, tmp_path):
    made = open_ledger(url, base=tmp_path)
    yield made
    made.close()
