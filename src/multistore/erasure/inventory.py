"""What stores hold of a subject, seen by fresh listings; and what could not be looked at.

"Zero found" and "not looked" are two things: whatever could not be listed is an Unseen, and an
inventory that has one is not complete.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from multistore.errors import MultistoreError
from multistore.stores.base import Capability, StoredObject
from multistore.stores.parallel import in_parallel

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from multistore.erasure.subject import Subject
    from multistore.stores.base import Store

UPLOAD = "upload"
STRAYS = "strays"
KINDS = ("object", "delete-marker", "snapshot", "soft-deleted", UPLOAD)
_ON_THIS_MACHINE = ("local", "memory")


@dataclass(frozen=True, slots=True, order=True)
class Item:
    """One thing to erase.

    Attributes:
        store: the store's name.
        name: the object's name in the store.
        kind: one of KINDS.
        version: the version, or the upload's id; empty where the store keeps no versions.
        mark: the etag of what the next write replaces, so that a rewritten object is another
            item; empty where the version alone names its bytes.
        size: bytes at rest.
        until: of a soft-deleted copy, when the service lets go of it, where it tells.
    """

    store: str
    name: str
    kind: str
    version: str
    mark: str = ""
    size: int = 0
    until: datetime | None = None

    @property
    def identity(self) -> tuple[str, str, str, str, str]:
        """What makes it this one and no other."""
        return self.store, self.name, self.kind, self.version, self.mark


@dataclass(frozen=True, slots=True)
class Unseen:
    """What could not be looked at.

    Attributes:
        store: the store's name.
        what: ``objects``, ``versions``, ``uploads`` or ``strays``.
        why: the service's refusal, with its code.
    """

    store: str
    what: str
    why: str


@dataclass(frozen=True, slots=True, order=True)
class Foreign:
    """What somebody else put among the objects: it is named, and never read nor deleted.

    Attributes:
        store: the store's name.
        path: where it is.
        what: ``file``, ``link``, ``directory`` or ``other``.
        size: its bytes.
    """

    store: str
    path: str
    what: str
    size: int


@dataclass(frozen=True, slots=True)
class Inventory:
    """The items of a subject, sorted; what could not be looked at; and what is not ours."""

    items: tuple[Item, ...]
    unseen: tuple[Unseen, ...] = ()
    foreign: tuple[Foreign, ...] = ()

    @property
    def identities(self) -> frozenset[tuple[str, ...]]:
        """The identities of all items."""
        return frozenset(item.identity for item in self.items)

    def of_store(self, store: str) -> tuple[Item, ...]:
        """Give the items of one store."""
        return tuple(item for item in self.items if item.store == store)


def take(subject: Subject, places: Mapping[str, Store]) -> Inventory:
    """Look at every store. Cost: per store two or three listings, one request per 1,000 items.

    The versions and the plain listing are both read and put together: a service that does not
    know the one answers the other. They are read at the same time, as are the stores. A failure
    is noted, and the other stores are still seen. What a plain listing shows and a listing of
    versions that did not fail leaves out was not looked at: by its name alone it could be hidden
    and not erased.
    """
    looks = in_parallel(lambda place: _of_store(subject, *place), places.items(), len(places) or 1)
    items = {item for look in looks for item in look.items}
    return Inventory(
        tuple(sorted(items, key=lambda item: item.identity)),
        tuple(one for look in looks for one in look.unseen),
        tuple(sorted(one for look in looks for one in look.foreign)),
    )


def _of_store(subject: Subject, name: str, store: Store) -> Inventory:
    listings = {"objects": _objects, "versions": _versions, "uploads": _uploads}
    looks = in_parallel(
        lambda what: _looked(name, what, listings[what](subject, name, store)),
        listings,
        len(listings),
    )
    found = {what: items for what, (items, _) in zip(listings, looks, strict=True)}
    unseen = [one for _, failed in looks for one in failed]
    told = _told(found["versions"])
    if any(item.name not in told for item in found["objects"]):
        # An object that was written while both were read: it has a version at least, now.
        found["versions"], failed = _looked(name, "versions", _versions(subject, name, store))
        unseen = [one for one in unseen if one.what != "versions"] + failed
        told = _told(found["versions"])
    # A name whose versions are listed is told by them.
    plain = [item for item in found["objects"] if item.name not in told]
    if plain and store.versions is not None and not any(one.what == "versions" for one in unseen):
        # One that somebody else erased meanwhile is in neither listing any more.
        there, failed = _looked(name, "objects", _objects(subject, name, store))
        unseen += failed
        untold = sorted({item.name for item in plain} & {item.name for item in there})
        if untold:
            unseen.append(Unseen(name, "versions", _untold(untold)))
        plain = []
    if store.versions is None and store.provider not in _ON_THIS_MACHINE:
        unseen.append(
            Unseen(name, "versions", "this store is not known to keep versions, nor to keep none")
        )
    if store.uploads is None and Capability.UPLOADS in store.capabilities:
        unseen.append(Unseen(name, "uploads", "this store does not list its unfinished uploads"))
    foreign, failed = _foreign(subject, name, store)
    return Inventory(
        (*plain, *found["versions"], *found["uploads"]), (*unseen, *failed), tuple(foreign)
    )


def _foreign(subject: Subject, name: str, store: Store) -> tuple[list[Foreign], list[Unseen]]:
    found: list[Foreign] = []
    if store.strays is None:
        return found, []
    try:
        found.extend(
            Foreign(name, stray.path, stray.what, stray.size)
            for stray in store.strays.list_strays(subject.root)
            if subject.has_in_its_place(stray.path)
        )
    except MultistoreError as error:
        return found, [Unseen(name, STRAYS, _why(error))]
    return found, []


def _looked(store: str, what: str, listing: Iterator[Item]) -> tuple[list[Item], list[Unseen]]:
    """Read a listing as far as it goes."""
    found: list[Item] = []
    try:
        found.extend(listing)
    except MultistoreError as error:
        return found, [Unseen(store, what, _why(error))]
    return found, []


def _told(versions: list[Item]) -> frozenset[str]:
    return frozenset(item.name for item in versions if item.kind == "object")


def _versions(subject: Subject, name: str, store: Store) -> Iterator[Item]:
    if store.versions is None:
        return
    for version in store.versions.list_versions(subject.root):
        mark = version.etag if version.kind == "object" else None
        if subject.covers(version.name, version.version, mark=mark):
            yield Item(
                name,
                version.name,
                version.kind,
                version.version,
                mark=mark or "",
                size=version.size,
                until=version.until,
            )


def _objects(subject: Subject, name: str, store: Store) -> Iterator[Item]:
    for entry in store.list(subject.root):
        if isinstance(entry, StoredObject) and subject.covers(entry.name, mark=entry.etag):
            yield Item(name, entry.name, "object", "", mark=entry.etag, size=entry.size or 0)


def _uploads(subject: Subject, name: str, store: Store) -> Iterator[Item]:
    if store.uploads is None:
        return
    for upload in store.uploads.list_uploads(subject.root):
        if subject.covers(upload.name):
            yield Item(name, upload.name, UPLOAD, upload.upload_id)


def _untold(names: list[str]) -> str:
    return (
        f"the service lists {len(names)} objects, such as {names[0]!r}, of which its listing of "
        "versions shows none"
    )


def _why(error: MultistoreError) -> str:
    said = str(error.args[0]) if error.args else type(error).__name__
    named = error.code or (str(error.status) if error.status else type(error).__name__)
    return f"{named}: {said}"
