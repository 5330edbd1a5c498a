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
    PreconditionFailedError,
    RetainedError,
    UnauthenticatedError,
)
from multistore.stores.azure.version_ids import CURRENT, DELETED, query_of
from multistore.stores.parallel import in_parallel
from multistore.values import Outcome, OutcomeStatus

if TYPE_CHECKING:
    from collections.abc import Sequence

    from azure.storage.blob import BlobClient

    from multistore.stores.azure.container import Container
    from multistore.stores.base import Ref


def delete(container: Container, refs: Sequence[Ref], *, workers: int) -> list[Outcome]:
    """Delete; see Store.delete. Without a version, an object goes with all its snapshots.

    A version or snapshot that is only kept by soft delete any more goes for good where the account
    allows it, and is RETAINED where it does not.

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
            _remove(container, ref.name, {}, delete_snapshots="include", **_condition(ref))
        else:
            _remove_version(container, ref)
    except MultistoreError as error:
        if isinstance(error, NotFoundError) and error.code == "ContainerNotFound":
            raise
        if isinstance(error, NotFoundError) and ref.version not in (None, CURRENT):
            return _remove_for_good(container, ref, error)
        if isinstance(error, PreconditionFailedError) and ref.etag is not None:
            return _changed(container, ref, error)
        return _failed(ref, error)
    return Outcome(ref.name, ref.version, OutcomeStatus.DELETED)


def _remove(container: Container, name: str, at: dict[str, str], **options: Any) -> None:
    def remove(blob: BlobClient) -> None:
        blob.delete_blob(**options)

    container.ask_blob(remove, operation="delete", name=name, **at)


def _remove_version(container: Container, ref: Ref) -> None:
    """Delete one version or snapshot.

    Azure refuses to delete the current version by its id: it must first become a former one, by
    a plain deletion, which here holds only while it is the current one.
    """
    at = query_of(ref.version or "")
    try:
        _remove(container, ref.name, at, **_condition(ref))
    except MultistoreError as error:
        if error.code != "OperationNotAllowedOnRootBlob":
            raise
    else:
        return

    def etag_of(blob: BlobClient) -> str:
        return str(blob.get_blob_properties().etag)

    etag = container.ask_blob(etag_of, operation="delete", name=ref.name, **at)
    if ref.etag is None:
        ref = ref._replace(etag=etag)
    _remove(container, ref.name, {}, **_condition(ref))
    _remove(container, ref.name, at)


def _remove_for_good(container: Container, ref: Ref, absent: MultistoreError) -> Outcome:
    """Delete what soft delete keeps; what is not there at all is absent.

    Only a soft-deleted version or snapshot can go so, and only where the account was set to allow
    it and the caller may (learn.microsoft.com/rest/api/storageservices/delete-blob, Remarks).
    """
    try:
        _remove(container, ref.name, query_of(ref.version or ""), blob_delete_type="Permanent")
    except NotFoundError:
        return _failed(ref, absent)
    except MultistoreError as error:
        if error.retryable:
            return _failed(ref, error)
        return Outcome(
            ref.name,
            ref.version,
            OutcomeStatus.RETAINED,
            code="SoftDeleted",
            request_id=error.request_id,
            detail="it is deleted already; the account's soft delete keeps it for now, and does "
            f"not let it be deleted for good ({error.code or error.status})",
        )
    return Outcome(ref.name, ref.version, OutcomeStatus.DELETED)


def _changed(container: Container, ref: Ref, refused: MultistoreError) -> Outcome:
    """Tell what changed from what is gone: *measured*, Azurite answers 412 to both."""
    at = {} if ref.version in (None, CURRENT) else query_of(ref.version or "")

    def ask(blob: BlobClient) -> str:
        return str(blob.get_blob_properties().etag)

    try:
        container.ask_blob(ask, operation="delete", name=ref.name, **at)
    except NotFoundError as error:
        return _failed(ref, error)
    except MultistoreError:
        pass  # it is there, or may be
    return _failed(ref, refused)


def _condition(ref: Ref) -> dict[str, Any]:
    if ref.etag is None:
        return {}
    from azure.core import MatchConditions  # noqa: PLC0415

    return {"etag": ref.etag, "match_condition": MatchConditions.IfNotModified}


def _failed(ref: Ref, error: MultistoreError) -> Outcome:
    if isinstance(error, NotFoundError):
        status = OutcomeStatus.ABSENT
    elif isinstance(error, PreconditionFailedError) and ref.etag is not None:
        status = OutcomeStatus.CHANGED
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
