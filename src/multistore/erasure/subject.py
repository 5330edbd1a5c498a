"""What is to be erased: an object, a prefix, a collection of a tenant, or a tenant. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from multistore.errors import InvalidArgumentError
from multistore.values import Address, Prefix, is_name


class SubjectKind(StrEnum):
    """How much a subject covers."""

    OBJECT = "object"
    PREFIX = "prefix"
    COLLECTION = "collection"
    TENANT = "tenant"
    EXPIRED = "expired"
    """Of one tenant's collection, what its retention no longer allows to be kept."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A closed set of names; made by object, prefix, collection, tenant or parse.

    Every boundary is a whole segment: nothing said of ``acme`` covers a name of ``acme2``, and
    an object is its very name, never the beginning of another one.

    Attributes:
        kind: how much it covers.
        tenant: the tenant, always exactly one.
        collection: the collection; None for a whole tenant.
        key: the key, or the beginning of keys that ends in a slash; else None.
        except_collections: of a tenant, the collections that stay (access logs).
        names: of EXPIRED, the names of which everything goes.
        versions: of EXPIRED, the single versions that go: the name, and the version.
        copies: of EXPIRED, every object that was found to have expired: its name, its version and
            its etag (empty where the version alone names its bytes). No other object is of it.
        only: where it is given, nothing but these is of it: name, version, and etag or empty.
    """

    kind: SubjectKind
    tenant: str
    collection: str | None = None
    key: str | None = None
    except_collections: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    versions: frozenset[tuple[str, str]] = frozenset()
    copies: frozenset[tuple[str, str, str]] = frozenset()
    only: frozenset[tuple[str, str, str]] | None = None

    @classmethod
    def object(cls, address: str | Address) -> Subject:
        """Every version of one object.

        Raises:
            InvalidArgumentError: it is no address.
        """
        at = Address.parse(address)
        return cls(SubjectKind.OBJECT, at.tenant, at.collection, at.key)

    @classmethod
    def prefix(cls, prefix: str | Prefix) -> Subject:
        """Everything below ``tenant/collection/directory/``.

        Raises:
            InvalidArgumentError: it is no prefix, or does not end in a slash.
        """
        below = Prefix.parse(prefix)
        if not below.key:
            return cls.collection_of(below.tenant, below.collection)
        if not below.key.endswith("/"):
            raise InvalidArgumentError(
                f"{str(below)[:80]!r} would also cover names that only begin alike",
                hint="End it with a slash; only closed prefixes are erased.",
            )
        return cls(SubjectKind.PREFIX, below.tenant, below.collection, below.key)

    @classmethod
    def collection_of(cls, tenant: str, collection: str) -> Subject:
        """Everything of a tenant in one collection."""
        Prefix(tenant, collection)
        return cls(SubjectKind.COLLECTION, tenant, collection)

    @classmethod
    def whole_tenant(
        cls, name: str, *, except_collections: frozenset[str] | set[str] = frozenset()
    ) -> Subject:
        """Everything of a tenant, but for the collections named."""
        if not is_name(name):
            raise InvalidArgumentError(f"{name[:80]!r} is not a tenant name")
        return cls(SubjectKind.TENANT, name, except_collections=frozenset(except_collections))

    @classmethod
    def expired(
        cls,
        tenant: str,
        collection: str,
        names: frozenset[str],
        versions: frozenset[tuple[str, str]],
        copies: frozenset[tuple[str, str, str]],
    ) -> Subject:
        """Some names of a collection, and some single versions, as they were when looked at.

        What is written under one of the names afterwards is not of it.
        """
        Prefix(tenant, collection)
        return cls(
            SubjectKind.EXPIRED,
            tenant,
            collection,
            names=names,
            versions=versions,
            copies=frozenset(copy for copy in copies if copy[0] in names or copy[:2] in versions),
        )

    @classmethod
    def parse(cls, text: str | Address | Prefix | Subject) -> Subject:
        """Read ``tenant/collection/key``, ``tenant/collection/…/`` or ``tenant/``.

        Raises:
            InvalidArgumentError: it is none of these.
        """
        if isinstance(text, Subject):
            return text
        if isinstance(text, Address):
            return cls.object(text)
        if isinstance(text, Prefix):
            return cls.prefix(text)
        if isinstance(text, str) and text.endswith("/"):  # pyright: ignore[reportUnnecessaryIsInstance]
            return cls.whole_tenant(text[:-1]) if text.count("/") == 1 else cls.prefix(text)
        return cls.object(text)

    @property
    def root(self) -> str:
        """What every name of it begins with; one that begins so may still be another's."""
        if self.collection is None:
            return f"{self.tenant}/"
        return f"{self.tenant}/{self.collection}/{self.key or ''}"

    def covers(self, name: str, version: str = "", *, mark: str | None = None) -> bool:
        """Whether a stored name belongs to it, or of the name this version.

        Args:
            name: the name.
            version: the version; empty where there is none.
            mark: of an object its etag, or empty where the version says it all; None of
                whatever else a store has under the name (markers, snapshots, uploads).
        """
        if self.only is not None:
            return name.startswith(self.root) and (name, version, mark or "") in self.only
        if self.kind is SubjectKind.OBJECT:
            return name == self.root
        if self.kind is SubjectKind.EXPIRED:
            if mark is not None:
                return (name, version, mark) in self.copies
            return name in self.names or (name, version) in self.versions
        if not name.startswith(self.root):
            return False
        return name.split("/", 2)[1] not in self.except_collections

    def has_in_its_place(self, path: str) -> bool:
        """Whether something that is no object lies where its names do, or bars the way there."""
        if self.kind is SubjectKind.EXPIRED:
            return path in self.names or (path.endswith("/") and self.root.startswith(path))
        return self.covers(path) or (path.endswith("/") and self.root.startswith(path))

    def collections(self, known: frozenset[str] | set[str]) -> frozenset[str]:
        """Give those of the known collections that it covers."""
        if self.collection is not None:
            return frozenset({self.collection})
        return frozenset(known) - self.except_collections

    def __str__(self) -> str:
        """Give the text that parse reads."""
        return self.root
