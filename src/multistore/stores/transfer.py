"""The data plane that the clouds share: obstore carries the bytes, this file its rules.

What every call here holds to:

- **Forks.** A child whose parent has moved bytes is refused at once (processes.py).
- **Ctrl-C** leaves a stalled transfer within a moment (interrupt.py).
- **Deadlines.** See Deadlines; obstore's own defaults (30 s for a whole request, retries for
  three minutes) would end an 8 MiB part on a slow line.
- **Retries** are obstore's and set once: 5xx, connection errors and, for reads, timeouts, with
  jitter, up to ``Deadlines.retrying``. A body that breaks off is asked for again from the byte
  where it broke, under the same etag. A conditional write is sent once: a second sending would
  meet the first one's object and report a stranger's.
- **The environment** decides nothing but the proxy. Passing client options replaces those that
  obstore would read from AWS_*/AZURE_* (*measured*, invalid certificates and a proxy among
  them). HTTP_PROXY and its kin are obeyed and cannot be switched off (*measured*): the opening
  refuses a proxy variable that the configuration does not name.
- **Redirects.** obstore follows one to any host where the request has no body: a GET, a HEAD, the
  beginning of an upload; a PUT on 303 only, as a GET. No option stops that (*measured*, 0.12), and
  its answer does not tell. No object byte and no credential goes along (*tested*): what can be had
  by it is an object's name, and forged bytes, which the sealing layer refuses. The control
  clients follow none, and see the same redirect at the opening.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol
from urllib.parse import urlsplit

import obstore

from multistore.errors import (
    InvalidArgumentError,
    MultistoreError,
    TruncatedError,
    UnavailableError,
    UnsupportedError,
)
from multistore.processes import PerProcess
from multistore.stores.base import Fetched, StoredObject
from multistore.stores.interrupt import interruptibly
from multistore.stores.processes import claim_data_plane
from multistore.stores.streaming import stream
from multistore.values import EMPTY, IfMatch, Last, PutMode, Span, WriteMode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from multistore.stores.base import Buffer
    from multistore.stores.endpoint import Endpoint
    from multistore.stores.permits import Permits

_STANDARD = frozenset({
    "Cache-Control",
    "Content-Disposition",
    "Content-Encoding",
    "Content-Language",
    "Content-Type",
    "Storage-Class",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Seconds after which a silent peer is given up.

    Attributes:
        connect: to a connection.
        read: between two pieces of an answer. It would also count the sending of a body, so
            writes are bounded by ``request`` alone.
        request: for one request as a whole. A part of 8 MiB passes at 28 kB/s.
        retrying: from the first attempt on, after which no further one begins.
    """

    connect: float = 10
    read: float = 60
    request: float = 300
    retrying: float = 180


class Written(NamedTuple):
    """What the service says of a write.

    Attributes:
        etag: of the new object.
        version: of the new object, where the store keeps versions.
    """

    etag: str
    version: str | None


class Translate(Protocol):
    """Turns what obstore raised into one of multistore.errors; one per provider."""

    def __call__(self, error: BaseException, *, operation: str, name: str) -> MultistoreError:
        """Translate. Never raises, and never repeats a text that may carry a secret."""
        ...


class DataPlane:
    """Puts, gets and heads of one bucket. Thread-safe; made anew after a fork.

    Args:
        connect: makes obstore's store from client options and a retry configuration. It passes
            every setting of its provider that the environment could otherwise decide.
        translate: the provider's table of errors.
        endpoint: where the requests go.
        permits: the cap that this store's requests share.
        deadlines: see Deadlines.
    """

    def __init__(
        self,
        connect: Callable[[dict[str, Any], dict[str, Any]], Any],
        translate: Translate,
        *,
        endpoint: Endpoint,
        permits: Callable[[], Permits],
        deadlines: Deadlines | None = None,
    ) -> None:
        self._connect = connect
        self._translate = translate
        self._endpoint = endpoint
        self._permits = permits
        self._deadlines = deadlines or Deadlines()
        # They differ in deadlines and retries only. Each is made at its first use: it takes 20 ms
        # of CPU (measured with obstore 0.12), and most stores never need all three.
        read = self._deadlines.read
        self._reading = PerProcess(partial(self._client, read=read, retries=8))
        self._writing = PerProcess(partial(self._client, read=None, retries=8))
        self._writing_once = PerProcess(partial(self._client, read=None, retries=0))

    def close(self) -> None:
        """Let the connections go. Idempotent."""
        for client in (self._reading, self._writing, self._writing_once):
            client.take()

    def put(
        self,
        name: str,
        data: Buffer,
        mode: WriteMode,
        *,
        content_type: str | None = None,
        metadata: Mapping[str, str] = EMPTY,
    ) -> Written:
        """Write one object in one request.

        Raises:
            PreconditionFailedError, AlreadyExistsError: the mode's condition did not hold.
        """
        client = (self._writing if mode is PutMode.OVERWRITE else self._writing_once).get()

        def send() -> Any:
            return obstore.put(
                client,
                name,
                data,
                attributes=attributes(content_type, metadata),
                mode={"e_tag": mode.etag} if isinstance(mode, IfMatch) else str(mode),  # type: ignore[arg-type]
                use_multipart=False,
            )

        with self._permits().requests():
            return written(self.attempt(send, operation="put", name=name))

    def put_stream(
        self,
        name: str,
        parts: Iterable[Buffer],
        *,
        part_size: int,
        concurrency: int,
        content_type: str | None = None,
        metadata: Mapping[str, str] = EMPTY,
    ) -> Written:
        """Write one object as an upload of equal parts, over whatever is there.

        The source runs on the caller's thread; what it raises goes on unchanged, and the upload
        is aborted. Cost: one request per ``part_size`` and two more. Memory: at most
        ``part_size * (concurrency + 1)``, and the source's own buffer.
        """
        client = self._writing.get()

        def upload(buffers: Iterator[Buffer]) -> Any:
            try:
                return obstore.put(
                    client,
                    name,
                    buffers,
                    attributes=attributes(content_type, metadata),
                    use_multipart=True,
                    chunk_size=part_size,
                    max_concurrency=granted,
                )
            except Exception as error:  # noqa: BLE001
                translated = self._translate(error, operation="put", name=name)
            raise translated

        with self._permits().stream(concurrency) as granted:
            return written(stream(parts, upload))

    def get(
        self,
        name: str,
        span: Span | Last,
        *,
        spelt: str | None = None,
        if_match: str | None = None,
        version: str | None = None,
        suffix_range: bool = True,
    ) -> Fetched:
        """Read one range: one request; two for Last without ``suffix_range``; see Store.get.

        ``spelt`` is the name as the service has it, where that is another.
        """
        if isinstance(span, Last) and not suffix_range:
            info = self.head(name, spelt=spelt, version=version)
            if not info.size:
                return Fetched(info, 0, memoryview(b""))
            span, if_match = Span(*span.resolve(info.size)), if_match or info.etag
        options: dict[str, Any] = {
            "range": {"suffix": span.count} if isinstance(span, Last) else (span.start, span.stop)
        }
        if if_match is not None:
            options["if_match"] = if_match
        if version is not None:
            options["version"] = version
        try:
            with self._permits().requests():
                result, data = self._fetch(spelt or name, options, "get")
        except (InvalidArgumentError, UnsupportedError) as error:
            if error.code not in ("InvalidRange", "NotPartial"):
                raise
            info = self.head(name, spelt=spelt, version=version)
            return _without_bytes(info, span, error, if_match=if_match)
        info = described(name, result)
        start, stop = span.resolve(info.size or 0)
        if len(data) != stop - start:
            raise TruncatedError(
                f"{len(data)} bytes came where {stop - start} were announced",
                operation="get",
                key=name,
            )
        return Fetched(info, start, data)

    def head(
        self, name: str, *, spelt: str | None = None, version: str | None = None
    ) -> StoredObject:
        """Describe one object: one request; ``spelt`` as for get."""
        options: dict[str, Any] = {"head": True}
        if version is not None:
            options["version"] = version
        with self._permits().requests():
            result, _ = self._fetch(spelt or name, options, "head")
        return described(name, result)

    def attempt(self, work: Callable[[], Any], *, operation: str, name: str) -> Any:
        """Run one call of obstore, interruptibly, and translate what it raises."""
        try:
            return interruptibly(work)
        except MultistoreError:
            raise
        except Exception as error:  # noqa: BLE001 - obstore raises builtins as well
            translated = self._translate(error, operation=operation, name=name)
        raise translated

    def _fetch(self, name: str, options: dict[str, Any], operation: str) -> tuple[Any, memoryview]:
        client = self._reading.get()

        def fetch() -> tuple[Any, memoryview]:
            result = obstore.get(client, name, options=options)  # type: ignore[arg-type]
            return result, memoryview(b"" if "head" in options else result.bytes())

        return self.attempt(fetch, operation=operation, name=name)  # type: ignore[no-any-return]

    def _client(self, *, read: float | None, retries: int) -> Any:
        claim_data_plane()
        limits, plain = self._deadlines, urlsplit(self._endpoint.url).scheme == "http"
        options: dict[str, Any] = {
            "allow_http": plain,
            "allow_invalid_certificates": False,
            "connect_timeout": timedelta(seconds=limits.connect),
            "timeout": timedelta(seconds=limits.request),
            "http1_only": True,
            "user_agent": "multistore",
        }
        if read is not None:
            options["read_timeout"] = timedelta(seconds=read)
        if self._endpoint.proxy is not None:
            options["proxy_url"] = self._endpoint.proxy
        retry = {
            "max_retries": retries,
            "retry_timeout": timedelta(seconds=limits.retrying),
            "backoff": {
                "init_backoff": timedelta(milliseconds=100),
                "max_backoff": timedelta(seconds=10),
                "base": 2,
            },
        }
        return self._connect(options, retry)


def _without_bytes(
    info: StoredObject, span: Span | Last, error: MultistoreError, *, if_match: str | None
) -> Fetched:
    """Decide between an empty object, which has no range to give, and a wrong range."""
    if info.size == 0 and if_match in (None, info.etag):
        return Fetched(info, 0, memoryview(b""))
    span.resolve(info.size or 0)
    if error.code == "NotPartial":
        raise error
    raise UnavailableError(
        "the answer broke off where the object ends: its length was announced wrongly, or the "
        "object was replaced meanwhile",
        operation="get",
        key=info.name,
        code=error.code,
        status=error.status,
        request_id=error.request_id,
    )


def attributes(content_type: str | None, metadata: Mapping[str, str]) -> dict[str, str]:
    """Return obstore's attributes for a content type and user metadata.

    Raises:
        InvalidArgumentError: a metadata name that obstore would send as a header of its own.
    """
    given = dict(metadata)
    for name in given:
        if name.title() in _STANDARD:
            raise InvalidArgumentError(f"{name!r} is a standard header, not a name for metadata")
    if content_type is not None:
        given["Content-Type"] = content_type
    return given


def described(name: str, result: Any) -> StoredObject:
    """Return what one answer of obstore says about its object."""
    meta, given = result.meta, result.attributes
    return StoredObject(
        name=name,
        size=meta["size"],
        modified=meta["last_modified"].astimezone(UTC),
        etag=meta["e_tag"] or "",
        version=meta["version"],
        content_type=given.get("Content-Type"),
        metadata={key: value for key, value in given.items() if key not in _STANDARD},
    )


def written(result: Any) -> Written:
    """Return what obstore says of a write."""
    return Written(etag=result["e_tag"] or "", version=result["version"])


def stored(
    name: str,
    size: int,
    result: Written,
    *,
    content_type: str | None,
    metadata: Mapping[str, str],
) -> StoredObject:
    """Describe an object that was just written. ``modified`` is this machine's clock.

    The service's own time would cost a request more; head and list give it.
    """
    return StoredObject(
        name=name,
        size=size,
        modified=datetime.now(UTC),
        etag=result.etag,
        version=result.version,
        content_type=content_type,
        metadata=dict(metadata),
    )
