"""What is measured: each case once for every peer that has what it needs."""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import threading
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any

from benchmarks.peers.base import MEBIBYTE

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.peers.base import Peer

SMALL = 4096
RANGE = 65_536
OBJECTS = 256
THREADS = 16
TASKS = 64


@dataclass(frozen=True)
class Case:
    """One row of the table.

    Attributes:
        title: for people.
        needs: the verb of a peer without which the case is not run.
        amount: bytes or operations in one round, as ``unit`` says.
        prepare: done once per peer, not measured.
        run: one round.
        after: done once per peer at the end.
        quick: the amount of a quick run, where it differs.
    """

    title: str
    needs: str
    unit: str
    amount: int
    run: Callable[[Peer, int], object]
    prepare: Callable[[Peer, int], object] = lambda _peer, _amount: None
    after: Callable[[Peer, int], object] = lambda _peer, _amount: None
    quick: int | None = None

    def scaled(self, *, quick: bool) -> int:
        """Give the amount of one round."""
        return self.quick if quick and self.quick is not None else self.amount


_data: dict[int, bytes] = {}
_number = count()


def data(size: int) -> bytes:
    """Give bytes that lie in memory: zeros that were never touched would come out of a cache."""
    if size not in _data:
        _data.clear()
        _data[size] = os.urandom(min(size, MEBIBYTE)) * max(1, size // MEBIBYTE)
    return _data[size]


def _name(peer: Peer, what: object) -> str:
    return f"{type(peer).__name__.lower()}-{what}"


def _put(peer: Any, amount: int) -> None:
    peer.put("discard", "large", data(amount))


def _held(_peer: Any, amount: int) -> None:
    data(amount)


def _file_of(peer: Any, amount: int) -> Any:
    path = peer.place.home / f"source-{amount}"
    if not path.exists():
        with path.open("wb") as file:
            for _ in range(amount // MEBIBYTE):
                file.write(data(MEBIBYTE))
    return path


def _put_file(peer: Any, amount: int) -> None:
    peer.put_file("discard", f"large-{next(_number)}", _file_of(peer, amount))


def _put_pipe(peer: Any, amount: int) -> None:
    with subprocess.Popen(
        ["head", "-c", str(amount), "/dev/zero"], stdout=subprocess.PIPE, bufsize=0
    ) as feeder:
        peer.put_pipe("discard", "stream", feeder.stdout)


def _keep(peer: Any, amount: int) -> None:
    if hasattr(peer, "put"):
        peer.put("kept", _name(peer, amount), data(amount))
    else:
        peer.put_file("kept", _name(peer, amount), _file_of(peer, amount))
    _data.clear()


def _forget(peer: Any, amount: int) -> None:
    _data.clear()
    peer.buffer(0)
    (peer.place.home / "target").unlink(missing_ok=True)
    if hasattr(peer, "put"):
        peer.put("kept", _name(peer, amount), b"-")


def _get(peer: Any, amount: int) -> None:
    got = peer.get("kept", _name(peer, amount), amount)
    assert got == amount, got


def _get_file(peer: Any, amount: int) -> None:
    target = peer.place.home / "target"
    peer.get_file("kept", _name(peer, amount), target)
    assert target.stat().st_size == amount
    target.unlink()


def _put_small(peer: Any, amount: int) -> None:
    body = data(SMALL)
    for number in range(amount):
        peer.put("discard", f"small-{number}", body)


def _get_small(peer: Any, amount: int) -> None:
    for number in range(amount):
        assert peer.read_small("kept", _name(peer, number % OBJECTS)) == SMALL


def _keep_small(peer: Any, _amount: int) -> None:
    body = data(SMALL)
    for number in range(OBJECTS):
        peer.put("kept", _name(peer, number), body)


def _threaded(work: Callable[[Any, int], None]) -> Callable[[Any, int], None]:
    """The same by 16 threads, an equal share each."""

    def run(peer: Any, amount: int) -> None:
        threads = [
            threading.Thread(target=work, args=(peer, amount // THREADS)) for _ in range(THREADS)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    return run


def _asynchronously(verb: str) -> Callable[[Any, int], None]:
    """The same by 64 tasks on one event loop."""

    async def everything(peer: Any, amount: int) -> None:
        body = data(SMALL)

        async def some(client: Any, first: int) -> None:
            for number in range(first, amount, TASKS):
                if verb == "put":
                    await client.put("discard", f"small-{number}", body)
                else:
                    name = _name(peer, number % OBJECTS)
                    assert await client.read_small("kept", name) == SMALL

        async with peer.asynchronous() as client:
            await asyncio.gather(*(some(client, first) for first in range(TASKS)))

    return lambda peer, amount: asyncio.run(everything(peer, amount))


def _ranges(peer: Any, amount: int) -> None:
    size, chosen = 256 * MEBIBYTE, random.Random(amount)
    for _ in range(amount):
        start = chosen.randrange(0, size - RANGE)
        got = peer.read_range("kept", _name(peer, size), start, start + RANGE)
        assert got == RANGE


def _list(peer: Any, amount: int) -> None:
    found = peer.list("discard", "listed/")
    assert found == amount, found


def _delete(peer: Any, amount: int) -> None:
    peer.delete("discard", [f"deleted/{number:06}" for number in range(amount)])


def _of(size: int) -> Callable[[Callable[[Any, int], None]], Callable[[Any, int], None]]:
    return lambda work: lambda peer, _amount: work(peer, size)


M256, G2, G3 = 256 * MEBIBYTE, 2048 * MEBIBYTE, 3072 * MEBIBYTE
LARGE: dict[str, Any] = {"prepare": _held, "after": lambda _peer, _amount: _data.clear()}
KEPT: dict[str, Any] = {"prepare": _keep, "after": _forget}
SMALL_KEPT: dict[str, Any] = {"prepare": _keep_small}

CASES = {
    "put-256m": Case("put 256 MiB, memory", "put", "bytes", M256, _put, **LARGE),
    "put-256m-file": Case("put 256 MiB, file", "put_file", "bytes", M256, _put_file, _file_of),
    "put-256m-pipe": Case("put 256 MiB, pipe", "put_pipe", "bytes", M256, _put_pipe),
    "put-2g": Case("put 2 GiB, memory", "put", "bytes", G2, _put, **LARGE, quick=M256),
    "get-256m": Case("get 256 MiB, memory", "get", "bytes", M256, _get, **KEPT),
    "get-256m-file": Case("get 256 MiB, file", "get_file", "bytes", M256, _get_file, **KEPT),
    "get-2g": Case("get 2 GiB, memory", "get", "bytes", G2, _get, **KEPT, quick=M256),
    "put-4k": Case("put 4 KiB, one by one", "put", "operations", 1000, _put_small, quick=300),
    "put-4k-16": Case(
        "put 4 KiB, 16 threads", "put", "operations", 1600, _threaded(_put_small), quick=480
    ),
    "put-4k-async": Case(
        "put 4 KiB, 64 tasks",
        "asynchronous",
        "operations",
        3200,
        _asynchronously("put"),
        quick=640,
    ),
    "get-4k": Case(
        "get 4 KiB, one by one",
        "read_small",
        "operations",
        1000,
        _get_small,
        **SMALL_KEPT,
        quick=300,
    ),
    "get-4k-16": Case(
        "get 4 KiB, 16 threads",
        "read_small",
        "operations",
        1600,
        _threaded(_get_small),
        **SMALL_KEPT,
        quick=480,
    ),
    "get-4k-async": Case(
        "get 4 KiB, 64 tasks",
        "asynchronous",
        "operations",
        3200,
        _asynchronously("get"),
        **SMALL_KEPT,
        quick=640,
    ),
    "ranges-64k": Case(
        "200 random ranges of 64 KiB",
        "read_range",
        "operations",
        200,
        _ranges,
        prepare=_of(M256)(_keep),
        after=_of(M256)(_forget),
    ),
    "list-100k": Case("list 100,000 objects", "list", "operations", 100_000, _list),
    "delete-10k": Case("delete 10,000 objects", "delete", "operations", 10_000, _delete),
    "stream-3g": Case("put 3 GiB of unknown length", "put_pipe", "bytes", G3, _put_pipe),
}
