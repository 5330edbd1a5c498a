"""What the machine itself can do, in the same run: no client can be faster than these."""

from __future__ import annotations

import os
import socket
import statistics
import threading
import time
from typing import TYPE_CHECKING

from benchmarks.peers.base import MEBIBYTE
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

if TYPE_CHECKING:
    from collections.abc import Callable

SIZE = 256 * MEBIBYTE
CHUNK = 131_072


def floors(url_port: int, rounds: int) -> dict[str, list[float]]:
    """Measure each floor, interleaved; bytes per second, one figure per round."""
    source = bytearray(os.urandom(MEBIBYTE) * (SIZE // MEBIBYTE))
    target = bytearray(SIZE)

    def copy() -> None:
        target[:] = source

    def sealing(threads: int) -> None:
        cipher, share = AESGCM(bytes(32)), SIZE // threads

        def seal(begin: int) -> None:
            out = memoryview(bytearray(CHUNK + 16))
            view = memoryview(source)
            for number, at in enumerate(range(begin, begin + share, CHUNK)):
                cipher.encrypt_into(number.to_bytes(12), view[at : at + CHUNK], None, out)

        crew = [threading.Thread(target=seal, args=(n * share,)) for n in range(threads)]
        for thread in crew:
            thread.start()
        for thread in crew:
            thread.join()

    works: dict[str, Callable[[], object]] = {
        "memcpy": copy,
        "AES-256-GCM, one thread": lambda: sealing(1),
        "AES-256-GCM, two threads": lambda: sealing(2),
        "loopback TCP, put": lambda: put(url_port, source),
        "loopback TCP, get": lambda: get(url_port, target),
    }
    found: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            begun = time.perf_counter()
            work()
            found[name].append(SIZE / (time.perf_counter() - begun))
    return found


def put(port: int, source: bytearray) -> None:
    """Send one body over a bare socket: the server's ceiling, and the kernel's."""
    with socket.create_connection(("127.0.0.1", port)) as peer:
        peer.sendall(
            f"PUT /discard/x HTTP/1.1\r\nHost: x\r\nContent-Length: {len(source)}\r\n\r\n".encode()
        )
        peer.sendall(source)
        peer.recv(4096)


def get(port: int, target: bytearray) -> None:
    """Receive one body over a bare socket into memory that is there already."""
    with socket.create_connection(("127.0.0.1", port)) as peer:
        request = f"GET /discard/zeros-{len(target)} HTTP/1.1\r\nHost: x\r\n\r\n"
        peer.sendall(request.encode())
        head = b""
        while b"\r\n\r\n" not in head:
            head += peer.recv(4096)
        at, view = len(head.partition(b"\r\n\r\n")[2]), memoryview(target)
        while at < len(target):
            at += peer.recv_into(view[at:])


def shown(found: dict[str, list[float]]) -> list[str]:
    """Give one line per floor."""
    return [
        f"  {name:28} {statistics.median(rates) / 1e9:6.2f} GB/s"
        f"  ({min(rates) / 1e9:.2f}-{max(rates) / 1e9:.2f})"
        for name, rates in found.items()
    ]
