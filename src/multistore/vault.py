"""The vault: the concrete, portable type that users hold.

Every verb goes the same way, once and in this order: validate the address, route its collection
to the store that accepts it, require a fresh residency verdict, seal or open, move bytes. What
fails is told with the verb, the store and the address. A vault is safe to use from threads.
"""

from __future__ import annotations

from collections import defaultdict
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, Self, overload

from multistore.download import Download
from multistore.errors import (
    AlreadyExistsError,
    ConflictError,
    InvalidArgumentError,
    NotFoundError,
)
from multistore.files import FIRST_READ, ObjectFile
from multistore.hooks import ObjectDeleted, ObjectDeleting, ObjectPut, ObjectPutting
from multistore.refusals import not_deleted, refusal
from multistore.sources import body_of
from multistore.stores.base import Body, Ref, StoredObject
from multistore.values import (
    EMPTY,
    WHOLE,
    Address,
    CommonPrefix,
    ObjectInfo,
    Outcome,
    Prefix,
    PutMode,
    checked_mode,
    checked_range,
    each_address,
)
from multistore.writing import ObjectWriter, mode_of_write

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
    from types import TracebackType

    from multistore.erasing import Erasing
    from multistore.erasure.certificate import Certificate
    from multistore.erasure.plan import Plan
    from multistore.hooks import E, Failure, Handler
    from multistore.lifecycle.run import Lifecycle
    from multistore.parts import Parts
    from multistore.residency.reasons import Language
    from multistore.routing import Place
    from multistore.sources import Progress, Source
    from multistore.stores.probe.probing import ProbeReport
    from multistore.tenants import Tenants
    from multistore.values import ByteRange, WriteMode


class Vault:
    """Everything that one configuration opens; made by multistore.open, never by hand.

    Objects are addressed as ``tenant/collection/key``. The tenant must have been added once
    (``vault.tenants.add``), the collection must be in the configuration.

    Attributes:
        holds: what must not be destroyed, and who said so.
        events: what happened, as rows of the ledger, and the incidents that are open.
    """

    def __init__(self, parts: Parts, *, reopen: Callable[[Any], Vault]) -> None:
        self._parts, self._reopen = parts, reopen
        self._settings, self._routing = parts.settings, parts.routing
        self._keyring, self._hooks = parts.keyring, parts.hooks
        self.events, self.holds = parts.events, parts.holds

    @property
    def tenants(self) -> Tenants:
        """Who is under contract; add one before its first put."""
        return self._parts.tenants

    @property
    def lifecycle(self) -> Lifecycle:
        """What time does: contracts that end, retention that runs out."""
        return self._parts.lifecycle

    @property
    def erasing(self) -> Erasing:
        """Erasures with their reports, and the certificates issued."""
        return self._parts.erasing

    # -- writing ---------------------------------------------------------------------------

    def put(
        self,
        address: str | Address,
        source: Source,
        *,
        mode: WriteMode = PutMode.OVERWRITE,
        content_type: str | None = None,
        metadata: Mapping[str, str] = EMPTY,
        progress: Progress | None = None,
    ) -> ObjectInfo:
        """Seal and write one object, all of it or nothing.

        Cost: one request up to 8 MiB; beyond, one per part and two more. Memory: the store's
        part size times its concurrency and two parts more, whatever the object's size.

        Args:
            address: ``tenant/collection/key``.
            source: bytes, any buffer, a Path, a binary file, a pipe, an iterator of buffers.
                Read once, from where it stands; what the caller opened stays open.
            mode: OVERWRITE, CREATE (never over an object), or IfMatch(etag).
            content_type: kept sealed, with the object.
            metadata: any text, kept sealed; with the content type about 1,300 bytes in all.
            progress: called with the number of plaintext bytes taken since its last call.

        Raises:
            AlreadyExistsError: mode is CREATE and there is an object.
            PreconditionFailedError: mode is IfMatch and the object is another by now.
            UnsupportedError: the store cannot keep that mode's promise; nothing was sent.
            InvalidArgumentError: the address, the source or the metadata can never work.
            NotFoundError: the tenant is unknown.
            TenantSuspendedError: its contract is stopped.
            ResidencyError: where the store is cannot be shown now.
        """
        address, mode = Address.parse(address), checked_mode(mode)
        with self._routing.at("put", address) as place, body_of(source, progress) as body:
            mode = self.holds.mode_for(place.store.inner, address, mode)
            self._hooks.before_each(ObjectPutting, [address])
            stored = place.store.put(
                str(address), body, mode=mode, content_type=content_type, metadata=metadata
            )
        return self._told_of(stored, address)

    def copy(
        self,
        source: str | Address,
        target: str | Address,
        *,
        mode: WriteMode = PutMode.OVERWRITE,
    ) -> ObjectInfo:
        """Copy one object with its content type and metadata.

        Inside one tenant's collection the ciphertext stays as it is and the store copies it
        where it can; the sealed time stays too. Elsewhere the object is opened and sealed
        again under the target's key, and is as old as this call.

        Raises:
            NotFoundError: there is no source, or a tenant is unknown.
            PreconditionFailedError: the source changed during the copy; nothing was written.
        """
        source, target, mode = Address.parse(source), Address.parse(target), checked_mode(mode)
        same = (source.tenant, source.collection) == (target.tenant, target.collection)
        with self._routing.at("copy", source) as origin:
            if same:
                mode = self.holds.mode_for(origin.store.inner, target, mode)
                self._hooks.before_each(ObjectPutting, [target])
                try:
                    copied = origin.store.duplicate(str(source), str(target), mode=mode)
                except AlreadyExistsError as error:
                    error.args = (f"there is an object {target}",)  # its key will be the source
                    raise
                return self._told_of(copied, target)
            opened = origin.store.open(str(source))
        with self._routing.at("copy", target) as place:
            mode = self.holds.mode_for(place.store.inner, target, mode)
            self._hooks.before_each(ObjectPutting, [target])
            stored = place.store.put(
                str(target),
                Body(parts=opened.stream(), size=opened.size),
                mode=mode,
                content_type=opened.info.content_type,
                metadata=opened.info.metadata,
            )
        return self._told_of(stored, target)

    def rename(
        self,
        source: str | Address,
        target: str | Address,
        *,
        mode: WriteMode = PutMode.CREATE,
    ) -> ObjectInfo:
        """Copy, then delete the source. Not atomic: if the second step fails, both are there.

        Cost: that of a copy, two requests to see that the source is still what was copied, one
        to delete it. A write to the source between the last two of them is lost.

        Raises:
            AlreadyExistsError: there is a target already, unless mode says OVERWRITE.
            ConflictError: the source was written meanwhile; both are there.
            InvalidArgumentError: source and target are one address.
        """
        source, target = Address.parse(source), Address.parse(target)
        if source == target:
            raise InvalidArgumentError("source and target are the same", key=str(source))
        with self._routing.at("rename", source) as place:
            self.holds.must_allow(source)
            copied = place.store.inner.head(str(source)).etag
        info = self.copy(source, target, mode=mode)
        with self._routing.at("rename", source) as place:
            if place.store.inner.head(str(source)).etag != copied:
                raise ConflictError(
                    f"the source was written while it was copied to {target}; it stays",
                    hint="Both are there: look at them, and delete the one that is not wanted.",
                )
        self.delete(source)
        return info

    def delete(self, address: str | Address) -> Outcome:
        """Delete one object; what is absent is no error. Cost: one request.

        Where the store keeps versions this hides the object and its bytes stay.

        Raises:
            RetainedError: a lock or a hold forbids it.
            AccessDeniedError: the service refuses.
            UnavailableError: the service failed; the object may still be there.
        """
        address = Address.parse(address)
        with self._routing.at("delete", address) as place:
            self._keyring.require_served(address.tenant, address.collection)
            self.holds.must_allow(address)
            self._hooks.before_each(ObjectDeleting, [address])
            (outcome,) = place.store.delete([Ref(str(address))])
            if not outcome.gone:
                raise refusal(outcome)
        self._hooks.after_each(ObjectDeleted, [address])
        return outcome

    def delete_many(self, addresses: Iterable[str | Address]) -> tuple[Outcome, ...]:
        """Delete objects in the fewest requests; give one outcome per address, in the order given.

        Raises:
            ErasureError: at least one was refused or failed; ``remaining`` names each, with
                the service's code and request id. All others were deleted.
            VetoedError: a handler forbade one of them; nothing was deleted.
        """
        # As names: addresses that live on by the thousand cost more than what is done with them.
        names: list[str] = []
        groups: dict[str, dict[tuple[str, str], list[str]]] = defaultdict(lambda: defaultdict(list))
        for one in each_address(addresses):
            names.append(name := str(one))
            groups[one.collection][one.tenant, one.collection].append(name)
        self._hooks.before_each(ObjectDeleting, map(Address.as_stored, names))
        outcomes: dict[str, Outcome] = {}
        for group in groups.values():
            for scope in group:
                self._keyring.require_served(*scope)
            every = [name for own in group.values() for name in own]
            with self._routing.at("delete", Address.as_stored(every[0])) as place:
                outcomes |= (held := self.holds.outcomes(group))
                free = [name for name in every if name not in held]
                outcomes |= zip(free, place.store.delete([*map(Ref, free)]), strict=True)
        remaining = {name: kept for name, kept in outcomes.items() if not kept.gone}
        gone = (Address.as_stored(name) for name in outcomes if name not in remaining)
        self._hooks.after_each(ObjectDeleted, gone)
        if remaining:
            raise not_deleted(tuple(remaining.values()), len(outcomes))
        return tuple(map(outcomes.__getitem__, names))

    def plan_erasure(self, subject: str | Address | Prefix) -> Plan:
        """List what an erasure would take, and change nothing; ``digest`` names the plan.

        Cost: two or three listings of every store, one request per 1,000 versions each.
        """
        return self.erasing.plan(subject)

    def erase(
        self,
        subject: str | Address | Prefix,
        *,
        reason: str,
        performed_by: str | None = None,
        plan: str | None = None,
        progress: Callable[[int, int], object] | None = None,
    ) -> Certificate:
        """Erase every version, marker, copy and unfinished upload, look again, and certify it.

        Every store of the configuration is looked at. Idempotent; one that was killed is gone
        on with by the next erasure of the same subject. What stays for a known time
        (soft-deleted, locked) makes a certificate PENDING: erase again when it has passed.
        Cost: see docs/reference/erase.md.

        Args:
            subject: an address, or a prefix that ends in a slash: ``tenant/collection/…/``,
                ``tenant/collection/``, or ``tenant/``.
            reason: why; it stands in the certificate.
            performed_by: who; by default the user of this process.
            plan: the digest of a plan; anything else than exactly that plan stops it.
            progress: called with how many of how many versions are done.

        Raises:
            ErasureError: something remains, or could not be looked at; ``remaining`` has one
                fate per version, and the ledger has the certificate, which is PARTIAL.
            RetainedError: a hold covers the whole subject.
            VetoedError: a handler forbade it.
            ConflictError: the stores hold something else than the plan.
            InvalidArgumentError: the collection never was, and holds nothing.
        """
        return self.erasing.erase(
            subject, reason=reason, performed_by=performed_by, plan=plan, progress=progress
        )

    # -- reading ---------------------------------------------------------------------------

    def get(
        self, address: str | Address, *, version: str | None = None, pin: bytes | None = None
    ) -> Download:
        """Begin to read one object; iterate the result, or save it, or read it whole.

        Nothing is released before its chunk has been verified. Cost: one request for the
        first 8 MiB; beyond, one per further 8 MiB, several in flight.

        Args:
            address: ``tenant/collection/key``.
            version: an older version, where the store keeps them.
            pin: the ``header_tag`` of an earlier ObjectInfo; another object is refused.

        Raises:
            NotFoundError: there is no such object, or the tenant is unknown.
            IntegrityError: what is stored is not what was sealed; see the tree.
        """
        address = Address.parse(address)
        with self._routing.at("get", address, version=version, pin=pin) as place:
            opened = place.store.open(str(address), version=version, pin=pin)
        told = partial(self._served, "get", address)
        return Download(opened, _info(opened.info, address), told)

    def read(
        self, address: str | Address, span: ByteRange | None = None, *, pin: bytes | None = None
    ) -> bytes:
        """Read one range, or the whole object, into memory.

        Only the chunks of 128 KiB that the range touches are fetched and opened. Cost: one
        request where the object's header is known from an earlier read, else up to two.

        Raises:
            InvalidArgumentError: the range begins at or past the end.
        """
        address, span = Address.parse(address), checked_range(span)
        with self._routing.at("read", address, pin=pin) as place:
            opened = place.store.open(str(address), pin=pin, first=span)
            return opened.read(WHOLE if span is None else span)

    @overload
    def open(
        self, address: str | Address, mode: Literal["rb"] = "rb", *, pin: bytes | None = None
    ) -> ObjectFile: ...

    @overload
    def open(
        self,
        address: str | Address,
        mode: Literal["wb", "xb"],
        *,
        content_type: str | None = None,
        metadata: Mapping[str, str] = EMPTY,
    ) -> ObjectWriter: ...

    def open(
        self,
        address: str | Address,
        mode: str = "rb",
        *,
        pin: bytes | None = None,
        content_type: str | None = None,
        metadata: Mapping[str, str] = EMPTY,
    ) -> ObjectFile | ObjectWriter:
        """Open one object as a binary file, for zipfile, pyarrow, PIL and the like.

        ``"rb"`` reads, seekably, the version that was current at the call, to the end, or
        raises: see ObjectFile. ``"wb"`` gives a file that becomes the object when it is closed,
        or nothing: see ObjectWriter; ``"xb"`` never over an object. Cost: one request each,
        none for ``"wb"``. InvalidArgumentError: the mode can never work (``r+b``, ``ab``).
        """
        address = Address.parse(address)
        with self._routing.at("open", address, pin=pin) as place:
            if mode == "rb":
                opened = place.store.open(str(address), pin=pin, first=FIRST_READ)
                told = partial(self._served, "open", address)
                return ObjectFile(opened, str(address), told)
            over = mode_of_write(mode)
            self._keyring.require_served(address.tenant, address.collection)
            if over is PutMode.CREATE and self.exists(address):
                raise AlreadyExistsError("there is an object of that name")
        put = partial(self.put, address, mode=over, content_type=content_type, metadata=metadata)
        return ObjectWriter(put, str(address))

    def head(self, address: str | Address, *, version: str | None = None) -> ObjectInfo:
        """Describe one object, metadata included, from its verified header. Cost: one request.

        Raises:
            NotFoundError: there is no such object, or the tenant is unknown.
        """
        address = Address.parse(address)
        with self._routing.at("head", address, version=version) as place:
            return _info(place.store.head(str(address), version=version), address)

    def exists(self, address: str | Address) -> bool:
        """Tell whether there is an object; False only on a true 404. Cost: one request.

        Raises:
            AccessDeniedError: the service does not let us know.
        """
        address = Address.parse(address)
        with self._routing.at("exists", address) as place:
            self._keyring.require_served(address.tenant, address.collection)
            try:
                place.store.inner.head(str(address))
            except NotFoundError:
                return False
            return True

    def list(
        self,
        prefix: str | Prefix,
        *,
        delimiter: str | None = None,
        start_after: str | None = None,
    ) -> Iterator[ObjectInfo | CommonPrefix]:
        """List below ``tenant/collection/…``, ordered by the UTF-8 bytes of the keys, lazily.

        Sizes are plaintext sizes and cost no further request. Cost: one request per 1,000
        objects; memory: one page.

        Args:
            prefix: closed by tenant and collection; never reaches another tenant's objects.
            delimiter: usually ``/``; keys that have it beyond the prefix are given once, as
                the CommonPrefix that ends with it.
            start_after: a key; it and all before it are left out.
        """
        prefix = Prefix.parse(prefix)
        root = f"{prefix.tenant}/{prefix.collection}/"
        way = self._routing.at("list", prefix, delimiter=delimiter, start_after=start_after)
        # Refusals come at the call and not at the first item.
        with way as place:
            self._keyring.require_served(prefix.tenant, prefix.collection)
            entries = place.store.list(
                str(prefix),
                delimiter=delimiter,
                start_after=None if start_after is None else root + start_after,
            )
        return self._listed(prefix, entries)

    def _listed(
        self, prefix: Prefix, entries: Iterator[StoredObject | CommonPrefix]
    ) -> Iterator[ObjectInfo | CommonPrefix]:
        way = self._routing.at("list", prefix)
        while True:
            with way:
                self._keyring.require_served(prefix.tenant, prefix.collection)
                entry = next(entries, None)
            if entry is None:
                return
            if isinstance(entry, CommonPrefix):
                yield entry
            else:
                yield _info(entry, Address.as_stored(entry.name))

    # -- the vault itself ------------------------------------------------------------------

    def on(self, event_type: type[E]) -> Callable[[Handler[E]], Handler[E]]:
        """Register a handler for an event type and its subtypes; see multistore.hooks.

        ``@vault.on(ObjectDeleting)`` over a function of one argument, the event. Raising
        hooks.Veto from a handler of a Before event forbids what was about to happen.
        """
        return self._hooks.on(event_type)

    @property
    def hook_failures(self) -> tuple[Failure, ...]:
        """The handlers of After events that failed in this process; they undid nothing."""
        return tuple(self._hooks.failures)

    def explain(self, lang: Language = "en") -> str:
        """Say of every store why it is admitted; stale verdicts are taken anew."""
        self._routing.require_open()
        return "\n".join(
            place.gate.verdict().explain(lang) for place in self._routing.places.values()
        )

    def probe(self, store: str) -> ProbeReport:
        """Find out by throw-away objects what a store really does; it cleans up after itself.

        Raises:
            InvalidArgumentError: there is no such store.
            UnsupportedError: the store is not one that a name could mislead about.
        """
        from multistore.stores.probe.probing import probe  # noqa: PLC0415 - rarely used, costs SDKs

        return probe(self._routing.named(store).store.inner)

    def close(self) -> None:
        """Give back connections, threads and keys. Idempotent; every later verb raises."""
        self._routing.close()
        self._keyring.close()

    @contextmanager
    def _served(self, operation: str, address: Address | Prefix) -> Generator[Place]:
        """Ask again what a verb asked, for each step of what was begun before a tenant's stop."""
        with self._routing.at(operation, address) as place:
            self._keyring.require_served(address.tenant, address.collection)
            yield place

    def _told_of(self, stored: StoredObject, address: Address) -> ObjectInfo:
        if self._hooks.wants(ObjectPut):
            self._hooks.after(ObjectPut(address=address, size=stored.size or 0))
        return _info(stored, address)

    def __enter__(self) -> Self:
        """Give the vault itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close."""
        self.close()

    def __repr__(self) -> str:
        """Show the chain of layers of every store; no secret is in it."""
        chains = ", ".join(
            f"{name}: Gate → {place.store!r}" for name, place in self._routing.places.items()
        )
        return f"<Vault {'closed ' if self._routing.closed else ''}{chains}>"

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the configuration's place, never a secret; the copy opens itself anew."""
        return self._reopen, (self._settings.portable(),)


def _info(stored: StoredObject, address: Address) -> ObjectInfo:
    return ObjectInfo(
        address=address,
        size=stored.size,
        modified=stored.modified,
        etag=stored.etag,
        version=stored.version,
        created=stored.created,
        content_type=stored.content_type,
        metadata=dict(stored.metadata),
        header_tag=stored.header_tag,
    )
