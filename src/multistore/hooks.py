"""What a layer above may want to know, or to forbid: typed events, and their dispatch.

A *Before* event comes when nothing has moved yet; a handler forbids it by raising Veto. An
*After* event tells what is so; a handler that fails is reported and undoes nothing. Handlers run
one after the other in the order of their registration, outside every lock of ours, each on a
helper thread with the caller's context, so that one that hangs is left after LIMIT.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import partial
from traceback import extract_tb
from typing import TYPE_CHECKING, TypeVar

from multistore.arguments import wrong_kind
from multistore.errors import VetoedError
from multistore.stores.interrupt import start

if TYPE_CHECKING:
    from collections.abc import Iterable

    from multistore.values import Address

_log = logging.getLogger(__name__)

NOTIFY_WITHIN = timedelta(hours=24)
"""The white paper's §11: the customer hears of an incident within 24 hours of its detection."""

SLOW = timedelta(seconds=5)
"""A handler that takes longer is reported: it holds up the verb that raised the event."""

LIMIT = timedelta(seconds=60)
"""A handler that takes longer is waited for no more: as a guard it has not agreed, and else it has
failed. What it is doing it goes on with: Python ends no thread."""


def _now() -> datetime:
    return datetime.now(UTC)


class Veto(Exception):  # noqa: N818 - a handler's word, and no error of ours
    """Raised by a handler of a Before event: it shall not happen, and why."""


@dataclass(frozen=True, kw_only=True)
class Event:
    """Anything that a handler can be registered for. ``at`` is when, aware UTC."""

    at: datetime = field(default_factory=_now)


@dataclass(frozen=True, kw_only=True)
class Before(Event):
    """Something is about to happen; a handler may veto it."""


@dataclass(frozen=True, kw_only=True)
class After(Event):
    """Something has happened."""


# -- objects -----------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class ObjectPutting(Before):
    """An object is about to be sealed and written."""

    address: Address


@dataclass(frozen=True, kw_only=True)
class ObjectPut(After):
    """An object was written. ``size`` is plaintext bytes."""

    address: Address
    size: int


@dataclass(frozen=True, kw_only=True)
class ObjectDeleting(Before):
    """An object is about to be deleted, which hides it."""

    address: Address


@dataclass(frozen=True, kw_only=True)
class ObjectDeleted(After):
    """An object was deleted; where the store keeps versions its bytes are still there."""

    address: Address


@dataclass(frozen=True, kw_only=True)
class ObjectErasing(Before):
    """Every version of an object, or of all below a prefix that ends in a slash, is to go."""

    subject: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class ObjectErased(After):
    """An erasure ended. ``certificate`` is its id, ``status`` what it says."""

    subject: str
    certificate: str
    status: str


@dataclass(frozen=True, kw_only=True)
class ObjectExpiring(Before):
    """The retention of an object has ended; it is about to be erased."""

    address: Address


@dataclass(frozen=True, kw_only=True)
class ObjectExpired(After):
    """An object whose retention had ended was erased."""

    address: Address


# -- tenants -----------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class TenantEnding(Before):
    """The end of a contract is about to be noted."""

    tenant: str
    contract_end: date


@dataclass(frozen=True, kw_only=True)
class TenantEnded(After):
    """The end of a contract was noted; the tenant is still served."""

    tenant: str
    contract_end: date


@dataclass(frozen=True, kw_only=True)
class TenantStopping(Before):
    """A tenant is about to be stopped: revoke what was handed out to its users."""

    tenant: str


@dataclass(frozen=True, kw_only=True)
class TenantStopped(After):
    """A tenant was stopped: every process refuses it within the time keys are kept."""

    tenant: str


@dataclass(frozen=True, kw_only=True)
class TenantResuming(Before):
    """The end of a contract is about to be cancelled."""

    tenant: str


@dataclass(frozen=True, kw_only=True)
class TenantResumed(After):
    """The end of a contract was cancelled; the tenant is served."""

    tenant: str


@dataclass(frozen=True, kw_only=True)
class TenantErasing(Before):
    """Everything of a tenant is about to be erased."""

    tenant: str


@dataclass(frozen=True, kw_only=True)
class TenantErased(After):
    """A tenant was erased. ``certificate`` is the certificate's id."""

    tenant: str
    certificate: str


# -- holds and keys ------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class HoldPlacing(Before):
    """A hold is about to be placed. ``subject`` is a tenant, a collection, a prefix or a key."""

    subject: str
    name: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class HoldPlaced(After):
    """A hold was placed."""

    subject: str
    name: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class HoldReleasing(Before):
    """A hold is about to be released."""

    subject: str
    name: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class HoldReleased(After):
    """A hold was released."""

    subject: str
    name: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class KeyRolling(Before):
    """KEK ``kek_no`` is about to be replaced: every scope key is to be wrapped under a new one."""

    kek_no: int


@dataclass(frozen=True, kw_only=True)
class KeyRolled(After):
    """Every scope key is wrapped under KEK ``kek_no``, and under none before it."""

    kek_no: int


@dataclass(frozen=True, kw_only=True)
class KeyDestroying(Before):
    """The master key of KEK ``kek_no`` is about to be destroyed, or its destruction scheduled."""

    kek_no: int


@dataclass(frozen=True, kw_only=True)
class KeyDestroyed(After):
    """The key service said that the master key of KEK ``kek_no`` is destroyed."""

    kek_no: int


# -- incidents -----------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Incident(After):
    """Something that the customer must hear of.

    Attributes:
        store: the store's name.
        detail: one sentence, without a secret or a plaintext.
    """

    store: str
    detail: str

    @property
    def notify_by(self) -> datetime:
        """Until when the customer must have heard of it."""
        return self.at + NOTIFY_WITHIN


@dataclass(frozen=True, kw_only=True)
class ResidencyRefused(Incident):
    """A running process could no longer show that a store is in Japan."""


@dataclass(frozen=True, kw_only=True)
class IntegrityFailed(Incident):
    """What is stored is not what was sealed."""

    address: Address


E = TypeVar("E", bound=Event)
Handler = Callable[[E], object]


@dataclass(frozen=True, slots=True)
class Failure:
    """A handler of an After event that failed."""

    handler: str
    event: Event
    error: str


class Hooks:
    """The handlers of one vault. Registering is not meant for the time of traffic."""

    def __init__(self) -> None:
        self._handlers: list[tuple[type[Event], Handler[Event]]] = []
        self.failures: list[Failure] = []

    def on(self, event_type: type[E]) -> Callable[[Handler[E]], Handler[E]]:
        """Register a handler for an event type and its subtypes; use as a decorator.

        Raises:
            InvalidArgumentError: it is no event type; its handler would never be called.
        """
        if not _is_event_type(event_type):
            raise wrong_kind(
                "the event type",
                event_type,
                "a class of multistore.hooks",
                hint="Write @vault.on(ObjectPut) over a function of one argument.",
            )

        def register(handler: Handler[E]) -> Handler[E]:
            self._handlers.append((event_type, handler))  # type: ignore[arg-type]
            return handler

        return register

    def wants(self, event_type: type[Event]) -> bool:
        """Tell whether anybody is registered: the hot paths ask before they make an event."""
        handlers = self._handlers
        return bool(handlers) and any(issubclass(event_type, wanted) for wanted, _ in handlers)

    def before(self, event: Before) -> None:
        """Ask every handler.

        Raises:
            VetoedError: a handler raised Veto, or failed: a guard that cannot decide forbids.
        """
        for handler in self._of(event):
            try:
                _timed(handler, event)
            except Veto as veto:
                raise VetoedError(
                    f"{type(event).__name__} was vetoed by {_name(handler)}: {veto}"
                ) from None
            except Exception as error:
                raise VetoedError(
                    f"{type(event).__name__}: the handler {_name(handler)} failed with "
                    f"{type(error).__name__}, and so did not agree"
                ) from error

    def after(self, event: After) -> None:
        """Tell every handler; one that fails is logged and kept in ``failures``."""
        for handler in self._of(event):
            try:
                _timed(handler, event)
            except Exception as error:  # noqa: BLE001 - what happened stays, whatever it raises
                self.failures.append(Failure(_name(handler), event, type(error).__name__))
                where = extract_tb(error.__traceback__)[-1]
                # Not its message, which is the application's own and may name a person.
                _log.error(
                    "the handler %s of %s failed: %s at %s:%s",
                    _name(handler),
                    type(event).__name__,
                    type(error).__name__,
                    where.filename,
                    where.lineno,
                )

    def before_each(
        self,
        event_type: type[ObjectPutting | ObjectDeleting],
        addresses: Iterable[Address],
    ) -> None:
        """Ask about each address, where anybody is registered at all: for the hot paths."""
        if self.wants(event_type):
            for address in addresses:
                self.before(event_type(address=address))

    def after_each(self, event_type: type[ObjectDeleted], addresses: Iterable[Address]) -> None:
        """Tell of each address, as ``before_each`` asks."""
        if self.wants(event_type):
            for address in addresses:
                self.after(event_type(address=address))

    def _of(self, event: Event) -> list[Handler[Event]]:
        return [handler for wanted, handler in self._handlers if isinstance(event, wanted)]


def _timed(handler: Handler[Event], event: Event) -> None:
    begun = time.monotonic()
    call = start(partial(handler, event))
    try:
        if not call.wait(LIMIT.total_seconds()):
            raise TimeoutError
        call.result()
    finally:
        took = timedelta(seconds=time.monotonic() - begun)
        if took > SLOW:
            _log.warning("the handler %s took %.1f s", _name(handler), took.total_seconds())


def _name(handler: Handler[Event]) -> str:
    return getattr(handler, "__qualname__", repr(type(handler)))


def _is_event_type(given: object) -> bool:
    return isinstance(given, type) and issubclass(given, Event)
