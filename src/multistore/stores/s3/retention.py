"""S3's Object Lock: what keeps a version, and the legal hold on it.

A service that does not know these subresources answers the object itself to the reads and
*overwrites* it by the write (see s3_canary). So nothing is asked of an object before the bucket
has said in so many words that it has Object Lock.
"""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any

from multistore.errors import MultistoreError, UnsupportedError
from multistore.stores.facets import Kept

if TYPE_CHECKING:
    from multistore.stores.base import Ref
    from multistore.stores.s3.bucket import Bucket

# Of a bucket and of a version: AWS has one code for each, Ceph 16 has the first for both.
_NONE_SET = frozenset({"ObjectLockConfigurationNotFoundError", "NoSuchObjectLockConfiguration"})
_NONE = _NONE_SET | {"MethodNotAllowed", "NotImplemented"}


class S3Retention:
    """The retention facet of one bucket."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket
        self._locks = False

    def usable(self) -> bool:
        """Whether the bucket says that it has Object Lock; asked until it once has said so."""
        if not self._locks:
            try:
                answer = self._bucket.ask("get_object_lock_configuration", operation="retention")
            except MultistoreError as error:
                if error.code in _NONE:
                    return False
                raise
            told: dict[str, Any] = answer.get("ObjectLockConfiguration", {})
            self._locks = told.get("ObjectLockEnabled") == "Enabled"
        return self._locks

    def kept(self, ref: Ref) -> Kept:
        """See RetentionFacet.kept. Cost: two requests."""
        lock = self._read("get_object_retention", "Retention", "Mode", ref)
        until = lock.get("RetainUntilDate")
        return Kept(
            lock=lock.get("Mode"),
            until=until.astimezone(UTC) if until else None,
            hold=self.held(ref),
        )

    def held(self, ref: Ref) -> bool:
        """See RetentionFacet.held."""
        hold = self._read("get_object_legal_hold", "LegalHold", "Status", ref)
        return hold.get("Status") == "ON"

    def set_hold(self, ref: Ref, *, on: bool) -> None:
        """See RetentionFacet.set_hold."""
        self._must_be_usable(ref)
        self._bucket.ask(
            "put_object_legal_hold",
            operation="hold",
            name=ref.name,
            LegalHold={"Status": "ON" if on else "OFF"},
            **_at(ref),
        )

    def _read(self, call: str, element: str, inner: str, ref: Ref) -> dict[str, Any]:
        self._must_be_usable(ref)
        try:
            answer = self._bucket.ask(call, operation="retention", name=ref.name, **_at(ref))
        except MultistoreError as error:
            if error.code in _NONE_SET:
                return {}
            raise
        told: dict[str, Any] = answer.get(element) or {}
        if inner not in told:
            raise self._unclear(ref, f"it answered without a {element}")
        return told

    def _must_be_usable(self, ref: Ref) -> None:
        if not self.usable():
            raise self._unclear(ref, "the bucket has no Object Lock")

    def _unclear(self, ref: Ref, why: str) -> MultistoreError:
        return self._bucket.located(
            UnsupportedError(
                f"what keeps the version cannot be said: {why}",
                operation="retention",
                key=ref.name,
                version=ref.version,
            )
        )


def _at(ref: Ref) -> dict[str, str]:
    return {} if ref.version is None else {"VersionId": ref.version}
