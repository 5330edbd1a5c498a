"""A house with a clock, and a ledger on both databases."""

from tests.ledger.conftest import ledger, url
from tests.lifecycle.conftest import clock, house

__all__ = ["clock", "house", "ledger", "url"]
