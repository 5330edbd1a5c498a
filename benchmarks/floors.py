"""What the machine itself does in the same run, without a client: bare sockets, files, a cipher."""

from __future__ import annotations

import ctypes
import fcntl
import os
import socket
import statistics
import subprocess
import threading
import time
from typing import TYPE_CHECKING, Any

from benchmarks import peers
from benchmarks.cases import fed
from benchmarks.peers.base import MEBIBYTE
from benchmarks.sealed_then_sent import sealing
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from benchmarks.servers import Loopback

SIZE = 256 * MEBIBYTE
CHUNK = 131_072
SMALL = 4096
REQUESTS = 2000


def floors(server: Loopback, rounds: int, home: Path) -> dict[str, dict[str, Any]]:
    """Measure each floor, interleaved: its unit, and one rate per round."""
    source = os.urandom(MEBIBYTE) * (SIZE // MEBIBYTE)
    target, port = bytearray(SIZE), server.port
    seal, plain = sealing(source), peers.load("obstore")(server.place(home))

    def seal_then_put() -> None:
        seal()
        plain.put("discard", "floor", source)

    large: dict[str, Callable[[], object]] = {
        "memcpy": lambda: _shared(1, SIZE, _copied(source, target)),
        "memcpy, two threads": lambda: _shared(2, SIZE, _copied(source, target)),
        "AES-256-GCM, one thread": lambda: _shared(1, SIZE, _sealed(source)),
        "AES-256-GCM, two threads": lambda: _shared(2, SIZE, _sealed(source)),
        "sealing into parts, one thread": seal,
        "obstore's put, plain": lambda: plain.put("discard", "floor", source),
        "one after the other": seal_then_put,
        "loopback TCP, put, one connection": lambda: _shared(1, SIZE, _put(port, source)),
        "loopback TCP, put, two connections": lambda: _shared(2, SIZE, _put(port, source)),
        "loopback TCP, get, one connection": lambda: _shared(1, SIZE, _got(port, target)),
        "loopback TCP, get, two connections": lambda: _shared(2, SIZE, _got(port, target)),
        "a pipe": lambda: _piped(target),
        "a pipe, widened to 1 MiB": lambda: _piped(target, MEBIBYTE),
        "a file, into the page cache": lambda: _written(home / "floor", source, confirmed=False),
        "a file, and fsync": lambda: _written(home / "floor", source, confirmed=True),
    }
    small: dict[str, Callable[[], object]] = {
        "4 KiB puts, one connection": lambda: _asked(port, PUT, bytes(SMALL)),
        "4 KiB gets, one connection": lambda: _asked(port, GET, b""),
    }
    found = {name: {"unit": "bytes", "rates": []} for name in large}
    found |= {name: {"unit": "operations", "rates": []} for name in small}
    for _ in range(rounds):
        for works, amount in ((large, SIZE), (small, REQUESTS)):
            for name, work in works.items():
                begun = time.perf_counter()
                work()
                found[name]["rates"].append(amount / (time.perf_counter() - begun))  # type: ignore[attr-defined]
    return found


def _shared(threads: int, size: int, work: Callable[[int, int], None]) -> None:
    """Have ``work(begin, end)`` done by threads, an equal share each."""
    share = size // threads
    crew = [
        threading.Thread(target=work, args=(n * share, (n + 1) * share)) for n in range(threads)
    ]
    for thread in crew:
        thread.start()
    for thread in crew:
        thread.join()


def _copied(source: bytes, target: bytearray) -> Callable[[int, int], None]:
    """Copy by a call that lets the other thread run meanwhile, as a slice would not."""
    into = ctypes.addressof(ctypes.c_char.from_buffer(target))
    out_of = ctypes.cast(ctypes.c_char_p(source), ctypes.c_void_p).value
    assert out_of is not None

    def copy(begin: int, end: int) -> None:
        ctypes.memmove(into + begin, out_of + begin, end - begin)

    return copy


def _sealed(source: bytes) -> Callable[[int, int], None]:
    cipher = AESGCM(bytes(32))

    def seal(begin: int, end: int) -> None:
        out, view = memoryview(bytearray(CHUNK + 16)), memoryview(source)
        for number, at in enumerate(range(begin, end, CHUNK)):
            cipher.encrypt_into(number.to_bytes(12), view[at : at + CHUNK], None, out)

    return seal


PUT = f"PUT /discard/x HTTP/1.1\r\nHost: x\r\nContent-Length: {SMALL}\r\n\r\n".encode()
GET = f"GET /discard/zeros-{SMALL} HTTP/1.1\r\nHost: x\r\n\r\n".encode()


def _put(port: int, source: bytes) -> Callable[[int, int], None]:
    """Send one body over a bare socket: the server's ceiling, and the kernel's."""

    def put(begin: int, end: int) -> None:
        head = f"PUT /discard/x HTTP/1.1\r\nHost: x\r\nContent-Length: {end - begin}\r\n\r\n"
        with socket.create_connection(("127.0.0.1", port)) as peer:
            peer.sendall(head.encode())
            peer.sendall(memoryview(source)[begin:end])
            peer.recv(4096)

    return put


def _got(port: int, target: bytearray) -> Callable[[int, int], None]:
    """Receive one body over a bare socket into memory that is there already."""

    def get(begin: int, end: int) -> None:
        with socket.create_connection(("127.0.0.1", port)) as peer:
            request = f"GET /discard/zeros-{end - begin} HTTP/1.1\r\nHost: x\r\n\r\n"
            peer.sendall(request.encode())
            view = memoryview(target)[begin:end]
            left = end - begin - _behind_head(peer)
            while left:
                left -= peer.recv_into(view[-left:])

    return get


def _behind_head(peer: socket.socket) -> int:
    """Receive an answer's head; how many bytes of its body came with it."""
    head = b""
    while b"\r\n\r\n" not in head:
        head += peer.recv(4096)
    return len(head.partition(b"\r\n\r\n")[2])


def _asked(port: int, request: bytes, body: bytes) -> None:
    """Make small requests one after the other over one connection."""
    with socket.create_connection(("127.0.0.1", port)) as peer:
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        left = 0 if body else SMALL
        for _ in range(REQUESTS):
            peer.sendall(request + body)
            missing = left - _behind_head(peer)
            while missing:
                missing -= len(peer.recv(missing))


def _piped(target: bytearray, width: int | None = None) -> None:
    """Empty a pipe, as wide as it is made or as its reader has asked for."""
    with subprocess.Popen(fed(SIZE), stdout=subprocess.PIPE) as feeder:
        assert feeder.stdout is not None
        if width is not None:
            fcntl.fcntl(feeder.stdout.fileno(), fcntl.F_SETPIPE_SZ, width)
        piece = memoryview(target)[:MEBIBYTE]
        while feeder.stdout.readinto(piece):  # type: ignore[attr-defined]
            pass


def _written(path: Path, source: bytes, *, confirmed: bool) -> None:
    with path.open("wb", buffering=0) as file:
        file.write(source)
        if confirmed:
            os.fsync(file.fileno())
    path.unlink()


CIPHER = (
    *("memcpy", "memcpy, two threads"),
    *("AES-256-GCM, one thread", "AES-256-GCM, two threads"),
)
WHOLE = ("sealing into parts, one thread", "obstore's put, plain", "one after the other")
PIPES = ("a pipe", "a pipe, widened to 1 MiB")
SENT = ("loopback TCP, put, one connection", "loopback TCP, put, two connections")
RECEIVED = ("loopback TCP, get, one connection", "loopback TCP, get, two connections")
BESIDE = {
    "put": (*CIPHER, *WHOLE, *SENT),
    "put_file": (*CIPHER, *SENT),
    "put_pipe": (*CIPHER, *PIPES, *SENT),
    "get": (*CIPHER, *RECEIVED),
    "get_pipe": (*CIPHER, *RECEIVED, *PIPES),
    "get_file": (*CIPHER, *RECEIVED, "a file, into the page cache", "a file, and fsync"),
    "read_range": RECEIVED,
}
SMALL_BESIDE = {
    "put": ("4 KiB puts, one connection",),
    "read_small": ("4 KiB gets, one connection",),
}
"""Which floors bound a transfer, and which small operations, by the verb."""


def beside(needs: str, unit: str) -> tuple[str, ...]:
    """Name the floors that belong beside a case."""
    if unit == "bytes":
        return BESIDE[needs]
    return SMALL_BESIDE.get(needs, ())


def shown(found: dict[str, dict[str, Any]], names: Iterable[str] | None = None) -> list[str]:
    """Give one line per floor, of all or of some."""
    lines = []
    for name, floor in found.items():
        if names is not None and name not in names:
            continue
        low, middle, high = (f(floor["rates"]) for f in (min, statistics.median, max))
        if floor["unit"] == "bytes":
            low, middle, high = (one / 1e9 for one in (low, middle, high))
            lines.append(f"  {name:36} {middle:8.2f} GB/s ({low:.2f}-{high:.2f})")
        else:
            lines.append(f"  {name:36} {middle:8,.0f} /s   ({low:,.0f}-{high:,.0f})")
    return lines
