"""What a store's author, and a tester of anything above a store, needs; pytest is not a must.

``StoreConformance`` proves a store against the protocol in multistore.stores.base. Only it
imports pytest, and only when it is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from multistore.testing.conformance import StoreConformance

__all__ = ["StoreConformance"]


def __getattr__(name: str) -> Any:
    if name != "StoreConformance":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import pytest  # noqa: PLC0415 - a development tool: only who asks for the suite needs it

    # Before the first import, so that a failing assert shows its values.
    pytest.register_assert_rewrite("multistore.testing.conformance")
    from multistore.testing.conformance import StoreConformance  # noqa: PLC0415 - as above

    return StoreConformance
