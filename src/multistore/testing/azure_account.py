"""What a container of Azure Blob does with copies: versions, snapshots, soft delete, immutability.

No emulator has these (Azurite 3 knows snapshots only), and they decide whether an erasure is one.
Each rule names the page of Microsoft's that says so; all below ``https://learn.microsoft.com/``:

- VERSIONS: azure/storage/blobs/versioning-overview
- SOFT: azure/storage/blobs/soft-delete-blob-overview
- WORM: azure/storage/blobs/immutable-version-level-worm-policies
- DELETE: rest/api/storageservices/delete-blob
- SNAPSHOT: rest/api/storageservices/snapshot-blob
- HOLD: rest/api/storageservices/set-blob-legal-hold

What the pages leave open is refused. It keeps state only; ``azure_service`` speaks HTTP for it.
"""

from __future__ import annotations

import itertools
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Refused(Exception):  # noqa: N818 - what the service answers, not an error of this program
    """An answer other than success: a status and one of Azure's error codes."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(f"{status} {code}")
        self.status = status
        self.code = code


@dataclass(slots=True, eq=False)
class Copy:
    """One copy of a blob: the base, a former version, or a snapshot.

    Attributes:
        name: of the blob.
        data: its bytes.
        etag: quoted, as in headers.
        modified: when it was written.
        version: its version id; None in an account without versioning.
        snapshot: the snapshot's time; None of all others.
        content_type: as given.
        metadata: as given.
        deleted: since when it is soft-deleted.
        until: the end of its immutability policy.
        mode: of that policy.
        hold: whether a legal hold is on it.
    """

    name: str
    data: bytes
    etag: str
    modified: datetime
    version: str | None = None
    snapshot: str | None = None
    content_type: str = "application/octet-stream"
    metadata: dict[str, str] = field(default_factory=dict[str, str])
    deleted: datetime | None = None
    until: datetime | None = None
    mode: str | None = None
    hold: bool = False


@dataclass
class Account:
    """One container, and the settings of its account.

    Attributes:
        versioning: VERSIONS: every write and deletion keeps what was there.
        soft_delete_days: SOFT: for how long deleted copies are kept; None where it is off.
        permanent_delete: DELETE: whether soft-deleted versions and snapshots may go for good.
        immutability: WORM: whether the container was made for policies and holds of versions.
        clock: gives the time, aware UTC.
    """

    versioning: bool = True
    soft_delete_days: int | None = None
    permanent_delete: bool = False
    immutability: bool = False
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def __post_init__(self) -> None:
        """Begin empty."""
        self.lock = threading.RLock()
        self._bases: dict[str, Copy] = {}
        self._others: list[Copy] = []
        self.blocks: dict[str, dict[str, bytes]] = {}
        self._ticks = itertools.count(1)

    def write(
        self,
        name: str,
        data: bytes,
        *,
        content_type: str,
        metadata: dict[str, str],
        if_match: str | None = None,
        only_new: bool = False,
    ) -> Copy:
        """Put Blob and Put Block List."""
        with self.lock:
            base = self._bases.get(name)
            if only_new and base is not None:
                raise Refused(409, "BlobAlreadyExists")
            self._must_match(base, if_match)
            if base is not None:
                self._replace(base)
            made = Copy(
                name,
                data,
                f'"0x8DE{next(self._ticks):013X}"',
                self.clock(),
                version=self._moment() if self.versioning else None,
                content_type=content_type,
                metadata=metadata,
            )
            self._bases[name] = made
            self.blocks.pop(name, None)
            return made

    def find(self, name: str, version: str | None, snapshot: str | None) -> Copy:
        """Give a copy that can be read; what is soft-deleted cannot (SOFT)."""
        with self.lock:
            self._expire()
            if version is None and snapshot is None:
                found = self._bases.get(name)
            else:
                found = self._named(name, version, snapshot)
            if found is None or found.deleted is not None:
                raise Refused(404, "BlobNotFound")
            return found

    def snapshot(self, name: str) -> Copy:
        """Snapshot Blob: a copy of the base that is not written any more (SNAPSHOT)."""
        with self.lock:
            base = self.find(name, None, None)
            made = Copy(
                name,
                base.data,
                base.etag,
                base.modified,
                snapshot=self._moment(),
                content_type=base.content_type,
                metadata=dict(base.metadata),
            )
            self._others.append(made)
            return made

    def delete(
        self,
        name: str,
        *,
        version: str | None = None,
        snapshot: str | None = None,
        snapshots: str | None = None,
        permanent: bool = False,
        if_match: str | None = None,
    ) -> None:
        """Delete Blob (DELETE)."""
        with self.lock:
            self._expire()
            if version is None and snapshot is None:
                self._delete_base(name, snapshots, if_match, permanent=permanent)
                return
            if snapshots is not None:
                raise Refused(400, "InvalidHeaderValue")
            found = self._named(name, version, snapshot)
            if found is None:
                raise Refused(404, "BlobNotFound")
            self._must_match(found, if_match)
            if permanent:
                self._delete_for_good(found)
            elif found.deleted is not None:
                raise Refused(404, "BlobNotFound")
            elif found is self._bases.get(name):
                # VERSIONS: the current version cannot be deleted by its id.
                raise Refused(403, "OperationNotAllowedOnRootBlob")
            else:
                self._drop(found)

    def undelete(self, name: str) -> None:
        """Undelete Blob: a soft-deleted base and its snapshots come back (SOFT)."""
        with self.lock:
            self._expire()
            for one in [other for other in self._others if other.name == name and other.deleted]:
                one.deleted = None
                if one.snapshot is None and one.version is None and name not in self._bases:
                    self._others.remove(one)
                    self._bases[name] = one

    def set_hold(self, copy: Copy, *, on: bool) -> None:
        """Set Blob Legal Hold; the etag stays (HOLD)."""
        with self.lock:
            if not self.immutability:
                raise Refused(409, "FeatureNotEnabledForContainer")
            copy.hold = on

    def set_policy(self, copy: Copy, until: datetime, mode: str) -> None:
        """Set Blob Immutability Policy; a locked one is only ever extended (WORM)."""
        with self.lock:
            if not self.immutability:
                raise Refused(409, "FeatureNotEnabledForContainer")
            if copy.mode == "Locked" and (mode != "Locked" or until < (copy.until or until)):
                raise Refused(409, "BlobImmutableDueToPolicy")
            copy.until, copy.mode = until, mode

    def copies(self) -> Iterator[tuple[Copy, bool]]:
        """Give every copy there is, by name and age, and whether it is the current version."""
        with self.lock:
            self._expire()
            found = [(one, False) for one in self._others]
            found += [(one, True) for one in self._bases.values()]
        yield from sorted(
            found,
            key=lambda one: (
                one[0].name.encode("utf-16-be"),
                one[1],
                one[0].snapshot or "",
                one[0].modified,
            ),
        )

    def _delete_base(
        self, name: str, snapshots: str | None, if_match: str | None, *, permanent: bool
    ) -> None:
        base = self._bases.get(name)
        if base is None:
            raise Refused(404, "BlobNotFound")
        if permanent:  # DELETE: only of soft-deleted snapshots and versions
            raise Refused(400, "InvalidQueryParameterValue")
        self._must_match(base, if_match)
        mine = [one for one in self._others if one.name == name and one.snapshot is not None]
        mine = [one for one in mine if one.deleted is None]
        if mine and snapshots is None:
            raise Refused(409, "SnapshotsPresent")
        for one in mine:
            self._must_not_be_kept(one)
        if snapshots != "only":
            del self._bases[name]
            if self.versioning:
                # VERSIONS: the current version becomes a former one, its policy and hold with it.
                self._others.append(base)
            else:
                self._drop_new(base)
        for one in mine:
            self._drop(one)

    def _replace(self, base: Copy) -> None:
        if self.versioning:
            self._others.append(base)
        elif self.soft_delete_days is not None:
            # SOFT: an overwritten blob becomes a soft-deleted snapshot.
            base.snapshot, base.deleted = self._moment(), self.clock()
            self._others.append(base)

    def _drop(self, copy: Copy) -> None:
        self._must_not_be_kept(copy)
        self._others.remove(copy)
        self._drop_new(copy)

    def _drop_new(self, copy: Copy) -> None:
        if self.soft_delete_days is not None:
            copy.deleted = self.clock()
            self._others.append(copy)

    def _delete_for_good(self, copy: Copy) -> None:
        if copy.deleted is None:
            raise Refused(409, "BlobNotSoftDeleted")
        if not self.permanent_delete:
            # The code is not documented: it stands for any refusal but 404.
            raise Refused(409, "PermanentDeleteNotEnabled")
        self._must_not_be_kept(copy)
        self._others.remove(copy)

    def _must_not_be_kept(self, copy: Copy) -> None:
        """WORM: neither a policy that still runs nor a legal hold lets a version be deleted."""
        runs = copy.until is not None and copy.until > self.clock()
        if runs or copy.hold:
            raise Refused(409, "BlobImmutableDueToPolicy")

    def _must_match(self, copy: Copy | None, if_match: str | None) -> None:
        if if_match is None or if_match == "*":
            return
        if copy is None or copy.etag.strip('"') != if_match.strip('"'):
            raise Refused(412, "ConditionNotMet")

    def _named(self, name: str, version: str | None, snapshot: str | None) -> Copy | None:
        for one in (*self._others, *self._bases.values()):
            if one.name == name and (one.version, one.snapshot) == (version, snapshot):
                return one
        return None

    def _expire(self) -> None:
        """SOFT: what was deleted is gone for good when its days are over."""
        if self.soft_delete_days is None:
            return
        since = self.clock() - timedelta(days=self.soft_delete_days)
        self._others = [one for one in self._others if one.deleted is None or one.deleted > since]

    def _moment(self) -> str:
        """Give a time that no other copy has, as Azure writes it, in units of 100 ns."""
        return f"{self.clock():%Y-%m-%dT%H:%M:%S}.{next(self._ticks):07d}Z"
