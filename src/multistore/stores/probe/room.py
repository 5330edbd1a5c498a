"""The corner of a bucket in which a probe works, and how it is left: empty."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from multistore.errors import MultistoreError, UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from multistore.stores.s3.store import S3Store


class Room:
    """One probe's prefix in one bucket."""

    def __init__(self, store: S3Store, prefix: str) -> None:
        self.store = store
        self.bucket = store.reach
        self.prefix = prefix
        self.versioning: str | None = None
        self.failures: list[str] = []

    def name(self, key: str) -> str:
        """Return the whole name of one of the probe's objects."""
        return self.prefix + key

    def ask(self, call: str, key: str | None = None, **parameters: Any) -> Any:
        """Make one request by boto3's name for it."""
        name = None if key is None else self.name(key)
        return self.bucket.ask(call, operation="probe", name=name, **parameters)

    def put(self, key: str, data: bytes, **parameters: Any) -> Any:
        """Write one small object."""
        return self.ask("put_object", key, Body=data, **parameters)

    def read(self, key: str, **parameters: Any) -> bytes:
        """Read one small object."""
        body: bytes = self.ask("get_object", key, **parameters)["Body"].read()
        return body

    def tried(self, call: str, key: str | None = None, **parameters: Any) -> Attempt:
        """Make one request that may be refused, and say what came of it."""
        try:
            return Attempt(self.ask(call, key, **parameters), None)
        except UnsupportedError as error:
            return Attempt(None, error)
        except MultistoreError as error:
            if error.status is None:
                raise
            return Attempt(None, error)


class Attempt:
    """One request, and how it ended: an answer, or a refusal by the service."""

    def __init__(self, answer: Any, error: MultistoreError | None) -> None:
        self.answer = answer
        self.error = error

    @property
    def accepted(self) -> bool:
        """Whether the service did it."""
        return self.error is None

    @property
    def status(self) -> int | None:
        """The HTTP status of the refusal."""
        return self.error.status if self.error else None

    @property
    def said(self) -> str:
        """A few words on what came back."""
        return (
            "accepted"
            if self.error is None
            else f"{self.error.status} {self.error.code or ''}".strip()
        )

    @property
    def request_id(self) -> str | None:
        """The service's request id."""
        if self.error is not None:
            return self.error.request_id
        told: str | None = self.answer.get("ResponseMetadata", {}).get("RequestId")
        return told


ROUNDS = 20
"""Pages of leftovers that a clearing goes through; a probe writes far fewer than one."""


def cleared(room: Room) -> tuple[str, ...]:
    """Remove every object, version and unfinished upload of the probe; name what stays.

    By the names that the service lists, whatever they are: a wrong order or spelling must not
    stop it.
    """
    left: list[str] = []
    for sweep in (_uploads, _versions, _objects):
        try:
            left += sweep(room)
        except MultistoreError as error:
            what = sweep.__name__.strip("_")
            left.append(f"{what} below {room.prefix}, perhaps: {error.code or error.status}")
    return tuple(left)


def _uploads(room: Room) -> list[str]:
    def listed() -> list[dict[str, Any]]:
        page = room.ask("list_multipart_uploads", Prefix=room.prefix)
        return list(page.get("Uploads", ()))

    def remove(entry: dict[str, Any]) -> None:
        room.tried("abort_multipart_upload", Key=entry["Key"], UploadId=entry["UploadId"])

    return _swept(listed, remove)


def _versions(room: Room) -> list[str]:
    def listed() -> list[dict[str, Any]]:
        attempt = room.tried("list_object_versions", Prefix=room.prefix)
        if not attempt.accepted:  # no such call: then there is nothing that a listing hides
            return []
        page = attempt.answer
        return [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]

    def remove(entry: dict[str, Any]) -> None:
        room.tried("delete_object", Key=entry["Key"], VersionId=entry.get("VersionId") or "null")

    return _swept(listed, remove)


def _objects(room: Room) -> list[str]:
    def listed() -> list[dict[str, Any]]:
        return list(room.ask("list_objects_v2", Prefix=room.prefix).get("Contents", ()))

    def remove(entry: dict[str, Any]) -> None:
        room.tried("delete_object", Key=entry["Key"])

    return _swept(listed, remove)


def _swept(
    listed: Callable[[], list[dict[str, Any]]], remove: Callable[[dict[str, Any]], None]
) -> list[str]:
    entries = listed()
    for _ in range(ROUNDS):
        if not entries:
            break
        for entry in entries:
            remove(entry)
        entries = listed()
    return [entry["Key"] for entry in entries]
