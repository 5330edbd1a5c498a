"""What is measured: each case once for every peer that has what it needs."""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
from concurrent.futures import ThreadPoolExecutor
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
LOOPBACK, REAL, EVERYWHERE = ("loopback",), ("ceph", "azurite"), ("loopback", "ceph", "azurite")
FEW = ("multistore", "multistore-open-file", "obstore", "boto3-transfer", "s3fs")
"""Those that the largest transfers are about: the rest would take minutes to show nothing new."""


@dataclass(frozen=True)
class Case:
    """One row of the table.

    Attributes:
        title: for people.
        needs: the verb of a peer without which the case is not run.
        amount: bytes or operations in one round, as ``unit`` says.
        run: one round.
        prepare: done once per peer, not measured.
        before: done before each round, not measured.
        after: done once per peer at the end.
        quick: the amount of a quick run, where it differs.
        elastic: a round is as many operations as the peer does in ``seconds``, each peer its own
            number: ``amount`` is that of the round before the first, which finds it out.
        warm: whether a round that does not count comes first.
        rounds: at most so many.
        servers: before which it is run.
        peers: for which it is run; None for all.
    """

    title: str
    needs: str
    unit: str
    amount: int
    run: Callable[[Peer, int], object]
    prepare: Callable[[Peer, int], object] = lambda _peer, _amount: None
    before: Callable[[Peer, int], object] = lambda _peer, _amount: None
    after: Callable[[Peer, int], object] = lambda _peer, _amount: None
    quick: int | None = None
    elastic: bool = False
    warm: bool = True
    rounds: int = 100
    servers: tuple[str, ...] = LOOPBACK
    peers: tuple[str, ...] | None = None

    def scaled(self, *, quick: bool) -> int:
        """Give the amount of one round."""
        return self.quick if quick and self.quick is not None else self.amount


_data: dict[int, bytes] = {}
_fed: list[float] = []
_number = count()


def data(size: int) -> bytes:
    """Give bytes that lie in memory: zeros that were never touched would come out of a cache."""
    if size not in _data:
        _data.clear()
        _data[size] = os.urandom(min(size, MEBIBYTE)) * max(1, size // MEBIBYTE)
    return _data[size]


def held() -> int:
    """Give how many bytes are held for the cases, which no peer answers for."""
    return sum(len(body) for body in _data.values())


def let_go() -> None:
    """Let go of it: not all peers can hold theirs at a time."""
    _data.clear()


def feeders() -> float:
    """Give the CPU seconds of the other ends of pipes: they are no peer's either."""
    return sum(_fed)


def fed(amount: int) -> list[str]:
    """Give the command that feeds a pipe: in large pieces, so that it is not what is measured."""
    count = amount // MEBIBYTE
    return ["dd", "if=/dev/zero", f"bs={MEBIBYTE}", f"count={count}", "status=none"]


def _name(peer: Peer, what: object) -> str:
    """Give the name of what is read: a plain object is the same for all who do not seal."""
    return f"{type(peer).__name__.lower() if peer.sealed else 'plain'}-{what}"


def _put(peer: Any, amount: int) -> None:
    peer.put("discard", "large", data(amount))


def _hold(_peer: Any, amount: int) -> None:
    data(amount)


def _file_of(peer: Any, amount: int) -> Any:
    """Give a file that all peers send; it is on the disk, so that none pays for its writing."""
    path = peer.place.home.parent / f"source-{amount}"
    if not path.exists():
        with path.open("wb") as file:
            for _ in range(amount // MEBIBYTE):
                file.write(data(MEBIBYTE))
            os.fsync(file.fileno())
    return path


def _put_file(peer: Any, amount: int) -> None:
    peer.put_file("discard", f"large-{next(_number)}", _file_of(peer, amount))


def _put_pipe(peer: Any, amount: int) -> None:
    # Buffered, as standard input is: a bare pipe gives 64 KiB at most, whatever is asked for.
    with subprocess.Popen(fed(amount), stdout=subprocess.PIPE) as feeder:
        peer.put_pipe("discard", "stream", feeder.stdout)
        assert _ended(feeder) == 0, "the pipe was not read to its end"


def _get_pipe(peer: Any, amount: int) -> None:
    taking = ["dd", "of=/dev/null", f"bs={MEBIBYTE}"]
    with subprocess.Popen(taking, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as taker:
        assert taker.stdin is not None
        assert taker.stderr is not None
        peer.get_pipe("kept", _name(peer, amount), taker.stdin)
        taker.stdin.close()
        assert _ended(taker) == 0
        assert f"{amount} bytes".encode() in taker.stderr.read()


def _ended(other: subprocess.Popen[bytes]) -> int:
    """Wait for the other end of a pipe, and note its CPU seconds; how it ended."""
    _, status, used = os.wait4(other.pid, 0)
    _fed.append(used.ru_utime + used.ru_stime)
    other.returncode = os.waitstatus_to_exitcode(status)
    return other.returncode


def _keep(peer: Any, amount: int) -> None:
    if hasattr(peer, "put"):
        peer.put("kept", _name(peer, amount), data(amount))
    else:
        peer.put_file("kept", _name(peer, amount), _file_of(peer, amount))
    _data.clear()


def _forget(peer: Any, amount: int) -> None:
    peer.buffer(0)
    if hasattr(peer, "put"):
        peer.put("kept", _name(peer, amount), b"-")


def _get(peer: Any, amount: int) -> None:
    got = peer.get("kept", _name(peer, amount), amount)
    assert got == amount, got


def _get_file(peer: Any, amount: int) -> None:
    target = peer.place.home / "target"
    peer.get_file("kept", _name(peer, amount), target)
    assert target.stat().st_size == amount


def _no_target(peer: Any, _amount: int) -> None:
    (peer.place.home / "target").unlink(missing_ok=True)


def _put_small(peer: Any, amount: int, first: int = 0) -> None:
    body = data(SMALL)
    for number in range(first, first + amount):
        peer.put("discard", f"small-{number}", body)


def _get_small(peer: Any, amount: int, first: int = 0) -> None:
    for number in range(first, first + amount):
        assert peer.read_small("kept", _name(peer, number % OBJECTS)) == SMALL


def _keep_small(peer: Any, _amount: int) -> None:
    body = data(SMALL)
    for number in range(OBJECTS):
        peer.put("kept", _name(peer, number), body)


def _threaded(work: Callable[[Any, int, int], None]) -> Callable[[Any, int], None]:
    """The same by 16 threads, an equal share each."""

    def run(peer: Any, amount: int) -> None:
        share = amount // THREADS
        with ThreadPoolExecutor(THREADS) as pool:
            shares = [pool.submit(work, peer, share, share * n) for n in range(THREADS)]
        for done in shares:
            done.result()

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


M64, M256, G2, G3 = (size * MEBIBYTE for size in (64, 256, 2048, 3072))
HELD: dict[str, Any] = {"before": _hold}
KEPT: dict[str, Any] = {"prepare": _keep, "after": _forget}
TO_FILE: dict[str, Any] = {**KEPT, "before": _no_target}
SMALL_KEPT: dict[str, Any] = {"prepare": _keep_small}
LONG: dict[str, Any] = {"quick": M256, "warm": False, "rounds": 3, "peers": FEW}
STREAM: dict[str, Any] = {**LONG, "peers": (*FEW, "minio", "azure-storage-blob")}


def _bytes(title: str, needs: str, amount: int, run: Any, **how: Any) -> Case:
    return Case(title, needs, "bytes", amount, run, **how)


def _small(title: str, needs: str, run: Any, **how: Any) -> Case:
    return Case(title, needs, "operations", 5 * TASKS, run, elastic=True, **how)


CASES = {
    "put-256m": _bytes("put 256 MiB, memory", "put", M256, _put, **HELD),
    "put-256m-file": _bytes("put 256 MiB, file", "put_file", M256, _put_file, prepare=_file_of),
    "put-256m-pipe": _bytes("put 256 MiB, pipe", "put_pipe", M256, _put_pipe),
    "get-256m": _bytes("get 256 MiB, memory", "get", M256, _get, **KEPT),
    "get-256m-file": _bytes("get 256 MiB, file", "get_file", M256, _get_file, **TO_FILE),
    "get-256m-pipe": _bytes("get 256 MiB, pipe", "get_pipe", M256, _get_pipe, **KEPT),
    "put-2g": _bytes("put 2 GiB, memory", "put", G2, _put, **HELD, **LONG),
    "put-2g-file": _bytes("put 2 GiB, file", "put_file", G2, _put_file, prepare=_file_of, **LONG),
    "put-2g-pipe": _bytes("put 2 GiB, pipe", "put_pipe", G2, _put_pipe, **LONG),
    "get-2g": _bytes("get 2 GiB, memory", "get", G2, _get, **KEPT, **LONG),
    "get-2g-file": _bytes("get 2 GiB, file", "get_file", G2, _get_file, **TO_FILE, **LONG),
    "get-2g-pipe": _bytes("get 2 GiB, pipe", "get_pipe", G2, _get_pipe, **KEPT, **LONG),
    "put-64m": _bytes("put 64 MiB, memory", "put", M64, _put, **HELD, servers=REAL),
    "get-64m": _bytes("get 64 MiB, memory", "get", M64, _get, **KEPT, servers=REAL),
    "put-4k": _small("put 4 KiB, one by one", "put", _put_small, servers=EVERYWHERE),
    "put-4k-16": _small("put 4 KiB, 16 threads", "put", _threaded(_put_small), servers=EVERYWHERE),
    "put-4k-async": _small("put 4 KiB, 64 tasks", "asynchronous", _asynchronously("put")),
    "get-4k": _small(
        "get 4 KiB, one by one", "read_small", _get_small, **SMALL_KEPT, servers=EVERYWHERE
    ),
    "get-4k-16": _small(
        "get 4 KiB, 16 threads",
        "read_small",
        _threaded(_get_small),
        **SMALL_KEPT,
        servers=EVERYWHERE,
    ),
    "get-4k-async": _small(
        "get 4 KiB, 64 tasks", "asynchronous", _asynchronously("get"), **SMALL_KEPT
    ),
    "ranges-64k": Case(
        "200 random ranges of 64 KiB",
        "read_range",
        "operations",
        200,
        _ranges,
        prepare=_of(M256)(_keep),
        after=_of(M256)(_forget),
        servers=("loopback", "ceph"),
    ),
    "list-100k": Case("list 100,000 objects", "list", "operations", 100_000, _list, warm=False),
    "delete-10k": Case("delete 10,000 objects", "delete", "operations", 10_000, _delete),
    "stream-3g": _bytes("put 3 GiB of unknown length", "put_pipe", G3, _put_pipe, **STREAM),
}
