"""Where the CPU of a small object goes: its own work, and what waiting for the answer adds.

The same calls are measured

- before the loopback server, the calling thread's own CPU beside the process's: the rest is that
  of the transport's threads;
- with obstore answering at once: multistore's own work, with everything at hand;
- so again, with a pause before each that lets another thread of the machine run: what it takes
  beyond that is paid for the waking, for caches and branch predictors that begin anew;
- in turns: multistore with obstore answering at once, and then the very call that obstore would
  have got, each with its own clock. What the two take together beyond what they take alone is
  paid for the change from the one to the other, and is no work of either;
- obstore alone, with a loop of Python before each call: being called less often costs it nothing.
"""

from __future__ import annotations

import tempfile
import threading
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, NamedTuple

from benchmarks import peers, small_cryptography
from benchmarks.at_once import AtOnce
from benchmarks.servers import Loopback
from benchmarks.small_calls import counted

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.peers.base import Peer

    Call = Callable[[int], object]

CALLS = 200
ROUNDS = 12
PAUSE = 50e-6
LOOP = 60e-6
OBJECTS = 64
SAID = "thread: the CPU of the calling thread alone. All figures: medians, for one operation."


class Spent(NamedTuple):
    """Microseconds of CPU for one call: of the whole process, and of the thread that calls."""

    process: float
    thread: float


def cpu(call: Call, before: Callable[[], object] | None = None) -> Spent:
    """Measure many calls, each after ``before``, which is taken off."""
    process, thread = time.process_time(), time.thread_time()
    for number in range(CALLS):
        if before is not None:
            before()
        call(number)
    process, thread = time.process_time() - process, time.thread_time() - thread
    spent = Spent(process / CALLS * 1e6, thread / CALLS * 1e6)
    if before is None:
        return spent
    alone = cpu(lambda _number: before())
    return Spent(spent.process - alone.process, spent.thread - alone.thread)


def in_turns(first: Call, second: Call) -> tuple[float, float]:
    """Call one after the other: microseconds of this thread for the one, and for the other."""
    took = [0.0, 0.0]
    for number in range(CALLS):
        begun = time.thread_time()
        first(number)
        changed = time.thread_time()
        second(number)
        took[1] += time.thread_time() - changed
        took[0] += changed - begun
    return took[0] / CALLS * 1e6, took[1] / CALLS * 1e6


def paused() -> None:
    """Let others run."""
    time.sleep(PAUSE)


def looped() -> None:
    """Keep the thread busy with Python."""
    until = time.perf_counter() + LOOP
    while time.perf_counter() < until:
        pass


def verbs(peer: Peer) -> dict[str, Call]:
    """The calls that are measured."""
    given: Any = peer
    body = bytes(4096)
    for number in range(OBJECTS):
        given.put("kept", f"small-{number}", body)
    return {
        "put 4 KiB": lambda number: given.put("discard", f"small-{number}", body),
        "get 4 KiB": lambda number: given.read_small("kept", f"small-{number % OBJECTS}"),
    }


def told(ours: Call, theirs: Call, at_once: AtOnce) -> dict[str, float]:
    """Measure one verb once; microseconds."""
    found: dict[str, float] = {}

    def asked(_number: int) -> object:
        return at_once.asked()

    with at_once:
        found["multistore, answered at once"] = cpu(ours).process
        found["multistore, answered at once, after a pause"] = cpu(ours, paused).process
        turns = in_turns(ours, asked)
    before_the_server = {
        "obstore": cpu(theirs),
        "obstore, after 60 us of Python": cpu(theirs, looped),
        "obstore, called as multistore does": cpu(asked),
        "multistore": cpu(ours),
    }
    for what, spent in before_the_server.items():
        found[what], found[f"{what}; thread"] = spent
    found["in turns, multistore at once; thread"] = turns[0]
    found["in turns, obstore as it calls it; thread"] = turns[1]
    return found


def measure(ours: Peer, theirs: Peer) -> None:
    """Measure, and say it; on a thread that is not the main one, so nothing is handed over."""
    at_once, mine, plain = AtOnce(), verbs(ours), verbs(theirs)
    alone = small_cryptography.calls()
    found: dict[str, list[float]] = {}
    for round_ in range(ROUNDS + 1):
        figures = {
            f"{verb}: {what}": figure
            for verb, call in mine.items()
            for what, figure in told(call, plain[verb], at_once).items()
        }
        figures |= {what: cpu(call).process for what, call in alone.items()}
        if round_:  # the first one fills what is filled once
            for what, figure in figures.items():
                found.setdefault(what, []).append(figure)
    print(SAID)
    for what, figures_of_all in found.items():
        print(f"{what} = {median(figures_of_all):.1f} us")
    for verb, call in mine.items():
        with at_once:
            passed = counted(call, 1)
        print(f"{verb}: Python functions entered = {passed.frames} frames")
        print(f"{verb}: C functions called = {passed.calls} calls")


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
