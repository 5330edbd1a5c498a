"""OpenTelemetry: a span for each verb of a vault, and what it took as metrics.

Loaded only where the configuration says ``telemetry = "on"`` or ``"with-keys"`` (extra ``otel``).
It speaks to whatever tracer and meter provider the application has set, and sets none. Names and
attributes follow the semantic conventions where there are any (``cloud.*``, ``error.type``,
``network.io.direction``, ``http.*``); the others begin with ``multistore.``.

No address, tenant or message of an error is told but with ``with-keys``: a key can name a person.
"""

from __future__ import annotations

import weakref
from contextlib import contextmanager
from functools import wraps
from importlib.metadata import version
from inspect import signature
from time import perf_counter
from typing import TYPE_CHECKING, Any, Self, cast

from opentelemetry import metrics, trace
from opentelemetry.trace import SpanKind, Status, StatusCode

from multistore.download import Download
from multistore.errors import MultistoreError
from multistore.files import ObjectFile
from multistore.stores.resent import LISTENER
from multistore.vault import Vault

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Generator, Iterable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from multistore.config import Settings
    from multistore.parts import Parts
    from multistore.sources import Progress
    from multistore.values import Address, CommonPrefix, ObjectInfo, Outcome, Prefix

    Told = Callable[[], AbstractContextManager[object]]

SECONDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 60, 600]
SENT, RECEIVED = "transmit", "receive"


class Telemetry:
    """The tracer and the instruments of one vault."""

    def __init__(self, settings: Settings) -> None:
        self._collections = settings.collections
        self._stores = settings.stores
        self.with_keys = settings.vault.telemetry == "with-keys"
        of = version("multistore")
        meter = metrics.get_meter("multistore", of)
        self.tracer = trace.get_tracer("multistore", of)
        self.duration = meter.create_histogram(
            "multistore.client.operation.duration",
            unit="s",
            description="How long a verb took, what it returned read to the end included.",
            explicit_bucket_boundaries_advisory=SECONDS,
        )
        self.bytes = meter.create_counter(
            "multistore.client.io", unit="By", description="Plaintext bytes moved."
        )
        self.resends = meter.create_counter(
            "multistore.client.resends",
            unit="{request}",
            description="Requests that a control client sent again.",
        )

    def begin(self, operation: str, subject: object) -> Call:
        """Begin to watch one call of a verb."""
        attributes: dict[str, Any] = {"multistore.operation.name": operation}
        text = str(subject)
        parts = text.split("/", 2)
        collection = self._collections.get(parts[1]) if len(parts) > 1 else None
        if collection is not None:
            store = self._stores[collection.store]
            attributes["multistore.collection"] = parts[1]
            attributes["multistore.store"] = collection.store
            attributes["cloud.provider"] = store.provider
            if store.region is not None:
                attributes["cloud.region"] = store.region
        return Call(self, attributes, text if self.with_keys else None)


class Call:
    """One call of a verb: its span, and what is counted when it ends."""

    def __init__(self, telemetry: Telemetry, attributes: dict[str, Any], key: str | None) -> None:
        self._telemetry = telemetry
        self._attributes = attributes
        self._moved = 0
        self._resent = 0
        self._ended = False
        self._begun = perf_counter()
        self._span = telemetry.tracer.start_span(
            f"multistore.{attributes['multistore.operation.name']}",
            kind=SpanKind.CLIENT,
            attributes=attributes if key is None else {**attributes, "multistore.key": key},
        )

    @contextmanager
    def under_way(self) -> Generator[Self]:
        """Be the current span; an error that passes is told, and stays the caller's."""
        heard = LISTENER.set(self._hear)
        try:
            with trace.use_span(self._span, record_exception=False, set_status_on_exception=False):
                yield self
        except BaseException as error:
            self._fail(error)
            raise
        finally:
            LISTENER.reset(heard)

    @contextmanager
    def whole(self) -> Generator[Self]:
        """As ``under_way``, and the call ends with the block."""
        try:
            with self.under_way():
                yield self
        finally:
            self.end()

    def moved(self, count: int, direction: str | None = RECEIVED) -> None:
        """Count plaintext bytes; without a direction they did not pass through this process."""
        self._moved += count
        if direction is not None:
            told = {**self._attributes, "network.io.direction": direction}
            self._telemetry.bytes.add(count, told)

    def end(self) -> None:
        """End the span, and record how long it took. Only the first time counts."""
        if self._ended:
            return
        self._ended = True
        self._span.set_attribute("multistore.bytes", self._moved)
        self._span.set_attribute("http.request.resend_count", self._resent)
        self._span.end()
        self._telemetry.duration.record(perf_counter() - self._begun, self._attributes)

    def _hear(self) -> None:
        self._resent += 1
        self._telemetry.resends.add(1, self._attributes)

    def _fail(self, error: BaseException) -> None:
        kind = type(error).__name__
        self._attributes = {**self._attributes, "error.type": kind}
        self._span.set_attribute("error.type", kind)
        if isinstance(error, MultistoreError):
            for name, value in (
                ("multistore.error.code", error.code),
                ("http.response.status_code", error.status),
                ("multistore.request.id", error.request_id),
            ):
                if value is not None:
                    self._span.set_attribute(name, value)
        told = str(error) if self._telemetry.with_keys else None
        self._span.set_status(Status(StatusCode.ERROR, told))


class ObservedVault(Vault):
    """A vault each of whose verbs is a span; it means, costs and raises what Vault does.

    The span of ``get``, ``open`` and ``list`` ends when what they returned was read to its end,
    closed, or let go. A file for writing is written by a span of ``put``.
    """

    def __init__(self, parts: Parts, *, reopen: Callable[[Any], Vault]) -> None:
        super().__init__(parts, reopen=reopen)
        self._telemetry = Telemetry(parts.settings)

    def delete_many(self, addresses: Iterable[str | Address]) -> tuple[Outcome, ...]:
        """See Vault.delete_many; the store told of is that of the first address."""
        given = list(addresses)
        with self._telemetry.begin("delete_many", given[0] if given else "").whole():
            return super().delete_many(given)

    def get(
        self, address: str | Address, *, version: str | None = None, pin: bytes | None = None
    ) -> Download:
        """See Vault.get."""
        call = self._telemetry.begin("get", address)
        with _ended_by_an_error(call):
            return _Download(super().get(address, version=version, pin=pin), call)

    def open(self, address: str | Address, mode: Any = "rb", **options: Any) -> Any:
        """See Vault.open."""
        opening: Any = super().open
        call = self._telemetry.begin("open", address)
        with _ended_by_an_error(call):
            file = opening(address, mode, **options)
            if isinstance(file, ObjectFile):
                return _File(file, call)
            call.end()
            return file

    def list(
        self,
        prefix: str | Prefix,
        *,
        delimiter: str | None = None,
        start_after: str | None = None,
    ) -> Iterator[ObjectInfo | CommonPrefix]:
        """See Vault.list."""
        call = self._telemetry.begin("list", prefix)
        with _ended_by_an_error(call):
            found = super().list(prefix, delimiter=delimiter, start_after=start_after)
            return _Entries(found, call)


@contextmanager
def _ended_by_an_error(call: Call) -> Generator[None]:
    """Be the current span of a call that goes on after the block, unless the block raises."""
    try:
        with call.under_way():
            yield
    except BaseException:
        call.end()
        raise


class _Download(Download):
    """A download whose first reading is a part of the call of ``get``."""

    def __init__(self, begun: Download, call: Call) -> None:
        super().__init__(begun._opened, begun.info, begun._told)  # noqa: SLF001 - of one kind
        self._call = call
        weakref.finalize(self, call.end).atexit = False

    def __iter__(self) -> Iterator[memoryview]:
        pieces = super().__iter__()
        try:
            while True:
                # Not across the yield: the reader's own context must stay as it is.
                with self._call.under_way():
                    piece = next(pieces, None)
                if piece is None:
                    return
                self._call.moved(len(piece))
                yield piece
        finally:
            cast("Generator[memoryview]", pieces).close()
            self._call.end()

    def read(self) -> bytes:
        with self._call.whole():
            data = super().read()
            self._call.moved(len(data))
            return data

    def readinto(self, buffer: bytearray | memoryview) -> int:
        with self._call.whole():
            count = super().readinto(buffer)
            self._call.moved(count)
            return count

    def save(self, path: str | os.PathLike[str], *, progress: Progress | None = None) -> Path:
        with self._call.whole():
            saved = super().save(path, progress=progress)
            self._call.moved(self.info.size or 0)
            return saved


class _File(ObjectFile):
    """A file whose reading, up to its close, is a part of the call of ``open``."""

    def __init__(self, file: ObjectFile, call: Call) -> None:
        told = file._told  # noqa: SLF001 - of one kind

        @contextmanager
        def watched() -> Generator[None]:
            with call.under_way(), told():
                yield

        super().__init__(file._opened, file.name, watched)  # noqa: SLF001 - of one kind
        self._call = call
        weakref.finalize(self, call.end).atexit = False

    def readall(self) -> bytes:
        data = super().readall()
        self._call.moved(len(data))
        return data

    def close(self) -> None:
        super().close()
        self._call.end()

    def _past_the_buffer(self, target: memoryview) -> int:
        count = super()._past_the_buffer(target)
        self._call.moved(count)
        return count

    def _fill(self, wanted: int) -> None:
        super()._fill(wanted)
        self._call.moved(len(self._buffer))


class _Entries:
    """A listing whose reading is a part of the call of ``list``."""

    def __init__(self, found: Iterator[ObjectInfo | CommonPrefix], call: Call) -> None:
        self._found = found
        self._call = call
        weakref.finalize(self, call.end).atexit = False

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> ObjectInfo | CommonPrefix:
        with _ended_by_an_error(self._call):
            entry = next(self._found, None)
        if entry is None:
            self._call.end()
            raise StopIteration
        return entry


def _observed(name: str, count: Callable[[Any], int], direction: str | None) -> None:
    """Let a verb that is done when it returns be a span, of the bytes that its result tells."""
    plain: Any = getattr(Vault, name)
    first = list(signature(plain).parameters)[1]

    @wraps(plain)
    def verb(self: Any, *given: Any, **options: Any) -> Any:
        subject = given[0] if given else options.get(first, "")
        with self._telemetry.begin(name, subject).whole() as call:
            result = plain(self, *given, **options)
            if moved := count(result):
                call.moved(moved, direction)
            return result

    setattr(ObservedVault, name, verb)


def _size(info: ObjectInfo) -> int:
    return info.size or 0


def _nothing(_: object) -> int:
    return 0


_observed("put", _size, SENT)
_observed("read", len, RECEIVED)
_observed("copy", _size, None)
for _name in ("rename", "delete", "plan_erasure", "erase", "head", "exists"):
    _observed(_name, _nothing, None)
