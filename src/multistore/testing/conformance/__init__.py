"""The executable half of multistore.stores.base: every promise of a Store, as one test class.

Subclass it, give it a store and two ways past the store, and let pytest collect it::

    class TestMyStore(StoreConformance):
        @pytest.fixture
        def store(self):
            with a_server() as server:
                yield MyStore(server)

        def raw_read(self, store, name): ...        # the bytes at rest, or None

        def raw_write(self, store, name, data): ...  # put there by somebody else

A store that lacks a capability is not let off: the suite asserts that it refuses cleanly and
that nothing changed. See Harness for the options.
"""

from __future__ import annotations

from multistore.testing.conformance.conditions import Conditions
from multistore.testing.conformance.copying import Copying
from multistore.testing.conformance.deleting import Deleting
from multistore.testing.conformance.facets import Facets
from multistore.testing.conformance.harness import Harness
from multistore.testing.conformance.listing import Listing
from multistore.testing.conformance.naming import Naming
from multistore.testing.conformance.reading import Reading
from multistore.testing.conformance.sharing import Sharing
from multistore.testing.conformance.writing import Writing

__all__ = ["Harness", "StoreConformance"]


class StoreConformance(
    Writing, Reading, Conditions, Listing, Naming, Copying, Deleting, Facets, Sharing
):
    """Every promise of the Store protocol; the one class to subclass."""
