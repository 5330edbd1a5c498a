"""Where the CPU of a small object goes: its own work, and what waiting for the answer adds.

The same calls three times over: before the loopback server; with obstore's calls replaced by ones
that answer at once; and so again, with a pause before each that lets another thread of the
machine run. What the second takes is multistore's own work with everything at hand. What the
third takes beyond it is paid for the waking: caches and branch predictors that begin anew.
"""

from __future__ import annotations

import tempfile
import threading
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import obstore
from benchmarks import peers
from benchmarks.servers import Loopback

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.peers.base import Peer

CALLS = 200
ROUNDS = 12
PAUSE = 50e-6
OBJECTS = 64


class _Kept:
    """An answer to a get, as obstore gave it once."""

    def __init__(self, result: Any) -> None:
        self.meta, self.attributes = result.meta, result.attributes
        self._data = result.bytes()

    def bytes(self) -> Any:
        return self._data


class AtOnce:
    """obstore's get and put, replaced by ones that need no server, inside the block."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], _Kept] = {}

    def __enter__(self) -> None:
        self._get, self._put = obstore.get, obstore.put
        obstore.get, obstore.put = self._answer, self._took  # type: ignore[assignment]

    def __exit__(self, *_: object) -> None:
        obstore.get, obstore.put = self._get, self._put

    def _answer(self, client: Any, name: str, *, options: Any) -> _Kept:
        asked = name, str(options)
        if asked not in self._kept:
            self._kept[asked] = _Kept(self._get(client, name, options=options))
        return self._kept[asked]

    @staticmethod
    def _took(*_: Any, **_options: Any) -> dict[str, str | None]:
        return {"e_tag": "taken", "version": None}


def cpu(call: Callable[[int], object], *, pause: bool = False) -> float:
    """Microseconds of this process's CPU for one call, the pauses themselves taken off."""
    begun = time.process_time()
    for number in range(CALLS):
        if pause:
            time.sleep(PAUSE)
        call(number)
    spent = time.process_time() - begun
    if pause:
        begun = time.process_time()
        for _ in range(CALLS):
            time.sleep(PAUSE)
        spent -= time.process_time() - begun
    return spent / CALLS * 1e6


def verbs(peer: Peer) -> dict[str, Callable[[int], object]]:
    """The calls that are measured."""
    given: Any = peer
    body = bytes(4096)
    for number in range(OBJECTS):
        given.put("kept", f"small-{number}", body)
    return {
        "put 4 KiB": lambda number: given.put("discard", f"small-{number}", body),
        "get 4 KiB": lambda number: given.read_small("kept", f"small-{number % OBJECTS}"),
    }


def measure(ours: Peer, theirs: Peer) -> None:
    """Measure, and say it; on a thread that is not the main one, so nothing is handed over."""
    at_once, mine, plain = AtOnce(), verbs(ours), verbs(theirs)
    found: dict[str, list[float]] = {}
    for round_ in range(ROUNDS + 1):
        for verb, call in mine.items():
            figures = {"obstore": cpu(plain[verb]), "multistore": cpu(call)}
            with at_once:
                figures["multistore, answered at once"] = cpu(call)
                figures["multistore, answered at once, after a pause"] = cpu(call, pause=True)
            if round_:  # the first one fills what is filled once
                for what, figure in figures.items():
                    found.setdefault(f"{verb}: {what}", []).append(figure)
    for what, figures_of_all in found.items():
        print(f"{what} = {median(figures_of_all):.1f} us")


def main() -> None:
    with Loopback() as server, tempfile.TemporaryDirectory() as home:
        made: list[Peer] = []
        for name in ("multistore", "obstore"):
            own = Path(home) / name
            own.mkdir()
            made.append(peers.load(name)(server.place(own)))
        thread = threading.Thread(target=measure, args=made)
        thread.start()
        thread.join()
        for peer in made:
            peer.close()


if __name__ == "__main__":
    main()
