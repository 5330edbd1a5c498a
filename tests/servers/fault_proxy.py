"""A proxy on loopback in front of any HTTP server, which spoils answers on order.

It understands just enough HTTP/1.1 to count body bytes: it takes a request whole, passes it on,
takes the answer whole, and gives it to the client with the fault that was ordered. Host and
signature headers pass unchanged, so that SigV4 and SharedKey requests stay valid.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import struct
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, Self

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

# Headers that belong to one connection and not to the message (RFC 9110, 7.6.1).
HOP = {"connection", "keep-alive", "proxy-connection", "expect", "transfer-encoding"}


@dataclass(frozen=True)
class CutAnswer:
    """The answer's body ends after so many bytes, though its length promised more."""

    after: int


@dataclass(frozen=True)
class ResetAnswer:
    """The connection is reset (RST) after so many bytes of the answer's body."""

    after: int


@dataclass(frozen=True)
class StallAnswer:
    """The answer stops after so many bytes of its body, until the proxy is stopped."""

    after: int


@dataclass(frozen=True)
class LieAboutLength:
    """Content-Length is this much more, or less, than the body."""

    by: int


@dataclass(frozen=True)
class CutRequest:
    """The connection is reset before the request is read further; the server sees nothing."""

    after: int


@dataclass(frozen=True)
class Answer:
    """This instead of the server's answer; the server is asked only where ``forward`` is set.

    S3 answers 503 SlowDown when it is busy, and may answer 200 with an error in the body to
    CompleteMultipartUpload and CopyObject.
    """

    status: int
    body: bytes = b""
    content_type: str = "application/xml"
    forward: bool = False


Fault = CutAnswer | ResetAnswer | StallAnswer | LieAboutLength | CutRequest | Answer

SLOW_DOWN = Answer(503, b"<Error><Code>SlowDown</Code><Message>Reduce your rate.</Message></Error>")
ERROR_IN_200 = Answer(200, b"<Error><Code>InternalError</Code><Message>Again.</Message></Error>")


@dataclass
class Request:
    """One request as it arrived; ``target`` is its path and query."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes = field(default=b"", repr=False)


class _Reply(NamedTuple):
    status: int
    headers: list[tuple[str, str]]
    body: bytes


@dataclass
class _Order:
    fault: Fault
    matches: Callable[[Request], bool]
    times: int | None


class FaultProxy:
    """Listens on a free loopback port until the ``with`` block ends.

    ``url`` and ``port`` say where; ``requests`` holds every request that arrived.
    """

    def __init__(self, host: str, port: int) -> None:
        self.upstream = (host, port)
        self.requests: list[Request] = []
        self._orders: list[_Order] = []
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []

    def on(self, method: str, fault: Fault, *, containing: str = "", times: int | None = 1) -> None:
        """Order a fault for the next ``times`` requests (None: all) of a method and target."""
        self._orders.append(
            _Order(fault, lambda r: r.method == method and containing in r.target, times)
        )

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._start(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        # Closing alone does not wake a thread that waits in accept or recv; shutting down does.
        with self._lock:
            sockets = [self._listener, *self._open]
        for sock in sockets:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()
        for thread in self._threads:
            thread.join(10)
            assert not thread.is_alive(), "a thread of the fault proxy did not stop"

    def _start(self, target: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._stopped.is_set():
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                if self._stopped.is_set():
                    client.close()
                    return
                self._open.add(client)
            self._start(self._serve, client)

    def _serve(self, client: socket.socket) -> None:
        try:
            with client.makefile("rb") as reader:
                while self._exchange(client, reader):
                    pass
        except (OSError, ValueError, http.client.HTTPException):
            pass  # either side went away, which is what this proxy is for
        finally:
            with self._lock:
                self._open.discard(client)
            client.close()

    def _exchange(self, client: socket.socket, reader) -> bool:
        """Serve one request; False when the connection is done."""
        line = reader.readline()
        if not line:
            return False
        method, target, _ = line.decode("latin-1").split(" ", 2)
        headers = _headers(reader)
        request = Request(method, target, headers)
        fault = self._due(request)
        if isinstance(fault, CutRequest):
            reader.read(fault.after)
            self.requests.append(request)
            _reset(client)
            return False
        if "100-continue" in headers.get("expect", ""):
            client.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.body = _body(reader, headers)
        self.requests.append(request)
        if isinstance(fault, Answer):
            if fault.forward:
                self._ask(request)
            head = [
                ("Content-Type", fault.content_type),
                ("Content-Length", str(len(fault.body))),
            ]
            _send(client, _Reply(fault.status, head, b"" if method == "HEAD" else fault.body))
            return True
        return self._give(client, self._ask(request), fault)

    def _due(self, request: Request) -> Fault | None:
        with self._lock:
            for order in self._orders:
                if order.times != 0 and order.matches(request):
                    if order.times is not None:
                        order.times -= 1
                    return order.fault
        return None

    def _ask(self, request: Request) -> _Reply:
        upstream = http.client.HTTPConnection(*self.upstream, timeout=60)
        try:
            upstream.putrequest(
                request.method, request.target, skip_host=True, skip_accept_encoding=True
            )
            for name, value in request.headers.items():
                if name not in HOP | {"content-length"}:
                    upstream.putheader(name, value)
            if request.body or "content-length" in request.headers:
                upstream.putheader("content-length", str(len(request.body)))
            upstream.endheaders(request.body or None)
            response = upstream.getresponse()
            body = response.read()
            headers = [(n, v) for n, v in response.getheaders() if n.lower() not in HOP]
            if request.method != "HEAD":
                headers = [(n, v) for n, v in headers if n.lower() != "content-length"]
                headers.append(("Content-Length", str(len(body))))
            return _Reply(response.status, headers, body)
        finally:
            upstream.close()

    def _give(self, client: socket.socket, reply: _Reply, fault: Fault | None) -> bool:
        if isinstance(fault, LieAboutLength):
            lied = [
                (name, str(int(value) + fault.by) if name.lower() == "content-length" else value)
                for name, value in reply.headers
            ]
            _send(client, reply._replace(headers=lied))
            return False
        if isinstance(fault, CutAnswer | ResetAnswer | StallAnswer):
            _send(client, reply._replace(body=reply.body[: fault.after]))
            if isinstance(fault, StallAnswer):
                self._stopped.wait()
            if isinstance(fault, ResetAnswer):
                _reset(client)
            return False
        _send(client, reply)
        return True


def _headers(reader) -> dict[str, str]:
    found: dict[str, str] = {}
    while (line := reader.readline().decode("latin-1").rstrip("\r\n")) != "":
        name, _, value = line.partition(":")
        found[name.strip().lower()] = value.strip()
    return found


def _body(reader, headers: dict[str, str]) -> bytes:
    if headers.get("transfer-encoding", "").lower() != "chunked":
        return _exactly(reader, int(headers.get("content-length", "0")))
    pieces = []
    while size := int(reader.readline().split(b";")[0], 16):
        pieces.append(_exactly(reader, size))
        reader.readline()
    _headers(reader)  # trailers, and the empty line
    return b"".join(pieces)


def _exactly(reader, count: int) -> bytes:
    data = reader.read(count)
    if len(data) < count:
        raise ConnectionError("the client went away in the middle of a request")
    return data


def _send(client: socket.socket, reply: _Reply) -> None:
    lines = [f"HTTP/1.1 {reply.status} {http.client.responses.get(reply.status, '')}"]
    lines += [f"{name}: {value}" for name, value in reply.headers]
    client.sendall("\r\n".join([*lines, "", ""]).encode("latin-1") + reply.body)


def _reset(client: socket.socket) -> None:
    """Make the close that follows a reset: linger for no time."""
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


@pytest.fixture
def fault_proxy():
    """Give a function that starts a proxy in front of (host, port); all stop with the test."""
    with contextlib.ExitStack() as running:
        yield lambda host, port: running.enter_context(FaultProxy(host, port))
