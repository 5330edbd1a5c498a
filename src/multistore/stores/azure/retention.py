"""Azure's immutability of single versions: dated policies, and legal holds.

Policies and holds of single versions need a container that was made for them. Those of a whole
container are set in the management plane; here they are only told apart from the former.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from multistore.errors import UnsupportedError
from multistore.stores.azure.version_ids import CURRENT, DELETED, query_of
from multistore.stores.facets import Kept

if TYPE_CHECKING:
    from multistore.errors import MultistoreError
    from multistore.stores.azure.container import Container
    from multistore.stores.base import Ref

CONTAINER_WIDE = "of the whole container"
"""The mode of a policy that covers the container; its date is told in the management plane only."""


class AzureRetention:
    """The retention facet of one container."""

    def __init__(self, container: Container) -> None:
        self._container = container

    def usable(self) -> bool:
        """Whether versions of this container can be held. Cost: one request.

        Source: learn.microsoft.com/rest/api/storageservices/get-container-properties,
        x-ms-immutable-storage-with-versioning-enabled.
        """
        return bool(self._properties().immutable_storage_with_versioning_enabled)

    def kept(self, ref: Ref) -> Kept:
        """See RetentionFacet.kept. Cost: two requests."""
        told = self._of(ref)
        whole = self._properties()
        policy = told.immutability_policy
        until: datetime | None = policy.expiry_time
        lock: str | None = policy.policy_mode
        if lock is None and whole.has_immutability_policy:
            lock = CONTAINER_WIDE
        return Kept(
            lock=lock,
            until=until.astimezone(UTC) if until else None,
            hold=bool(told.has_legal_hold) or bool(whole.has_legal_hold),
        )

    def held(self, ref: Ref) -> bool:
        """See RetentionFacet.held: of the version itself, not of the container."""
        return bool(self._of(ref).has_legal_hold)

    def set_hold(self, ref: Ref, *, on: bool) -> None:
        """See RetentionFacet.set_hold; of snapshots Microsoft's client holds none."""
        at = self._at(ref)
        if "snapshot" in at or not self.usable():
            raise self._unsupported(ref, "a snapshot, or a container without version immutability")

        def ask(blob: Any) -> Any:
            return blob.set_legal_hold(on)

        self._container.ask_blob(ask, operation="hold", name=ref.name, **at)

    def _of(self, ref: Ref) -> Any:
        def ask(blob: Any) -> Any:
            return blob.get_blob_properties()

        at = self._at(ref)
        return self._container.ask_blob(ask, operation="retention", name=ref.name, **at)

    def _properties(self) -> Any:
        def ask(client: Any) -> Any:
            return client.get_container_properties()

        return self._container.ask(ask, operation="retention")

    def _at(self, ref: Ref) -> dict[str, str]:
        if ref.version is None or ref.version == CURRENT:
            return {}
        if ref.version.startswith(DELETED):
            raise self._unsupported(ref, "it is deleted, and kept by the account's soft delete")
        return query_of(ref.version)

    def _unsupported(self, ref: Ref, why: str) -> MultistoreError:
        return self._container.located(
            UnsupportedError(
                f"what keeps it can be neither said nor set: {why}",
                operation="retention",
                key=ref.name,
                version=ref.version,
            )
        )
