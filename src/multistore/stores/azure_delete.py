"""Deletion, one request per reference, so that each outcome is the service's own.

The batch call saves requests, but the SDK tells its parts apart only by their position.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from multistore.errors import (
    AccessDeniedError,
    MultistoreError,
    NotFoundError,
    RetainedError,
    UnauthenticatedError,
)
from multistore.stores.azure_versions import CURRENT, DELETED, query_of
from multistore.stores.parallel import in_parallel
from multistore.values import Outcome, OutcomeStatus

if TYPE_CHECKING:
    from collections.abc import Sequence

    from azure.storage.blob import BlobClient

    from multistore.stores.azure_container import Container
    from multistore.stores.base import Ref


def delete(container: Container, refs: Sequence[Ref], *, workers: int) -> list[Outcome]:
    """Delete; see Store.delete. Without a version, an object goes with all its snapshots.

    Raises:
        NotFoundError: the container itself is not there.
    """
    return in_parallel(partial(_delete, container), refs, workers)


def _delete(container: Container, ref: Ref) -> Outcome:
    if ref.version is not None and ref.version.startswith(DELETED):
        return Outcome(
            ref.name,
            ref.version,
            OutcomeStatus.RETAINED,
            code="SoftDeleted",
            detail="it is deleted already, and the account's soft delete keeps it for now",
        )
    try:
        if ref.version in (None, CURRENT):
            _remove(container, ref.name, {}, delete_snapshots="include")
        else:
            _remove_version(container, ref.name, ref.version or "")
    except MultistoreError as error:
        if isinstance(error, NotFoundError) and error.code == "ContainerNotFound":
            raise
        return _failed(ref, error)
    return Outcome(ref.name, ref.version, OutcomeStatus.DELETED)


def _remove(container: Container, name: str, at: dict[str, str], **options: Any) -> None:
    def remove(blob: BlobClient) -> None:
        blob.delete_blob(**options)

    container.ask_blob(remove, operation="delete", name=name, **at)


def _remove_version(container: Container, name: str, version: str) -> None:
    """Delete one version or snapshot.

    Azure refuses to delete the current version by its id: it must first become a former one, by
    a plain deletion, which here holds only while it is the current one.
    """
    at = query_of(version)
    try:
        _remove(container, name, at)
    except MultistoreError as error:
        if error.code != "OperationNotAllowedOnRootBlob":
            raise
    else:
        return
    from azure.core import MatchConditions  # noqa: PLC0415

    def etag_of(blob: BlobClient) -> str:
        return str(blob.get_blob_properties().etag)

    etag = container.ask_blob(etag_of, operation="delete", name=name, **at)
    _remove(container, name, {}, etag=etag, match_condition=MatchConditions.IfNotModified)
    _remove(container, name, at)


def _failed(ref: Ref, error: MultistoreError) -> Outcome:
    if isinstance(error, NotFoundError):
        status = OutcomeStatus.ABSENT
    elif isinstance(error, RetainedError):
        status = OutcomeStatus.RETAINED
    elif isinstance(error, AccessDeniedError) and not isinstance(error, UnauthenticatedError):
        status = OutcomeStatus.DENIED
    else:
        status = OutcomeStatus.FAILED
    return Outcome(
        ref.name,
        ref.version,
        status,
        code=error.code,
        request_id=error.request_id,
        detail=str(error.args[0]) if error.args else None,
    )
