"""A bounded cache whose entries end, with one load in flight per entry."""

from __future__ import annotations

import copy
import time
from collections import OrderedDict
from threading import Event, Lock
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

K = TypeVar("K")
V = TypeVar("V")


class _Flight(Generic[V]):
    """One load, and what became of it."""

    def __init__(self) -> None:
        self.done = Event()
        self.value: V | None = None
        self.error: Exception | None = None
        self.stale = False
        self.interrupted = False


class Cache(Generic[K, V]):
    """Keep values for at most ``ttl`` seconds and at most ``size`` of them.

    The time counts from the beginning of the load. Entries whose time is over are let go at the
    next call of any method: there is no timer, so an idle process keeps them until then.
    """

    def __init__(self, ttl: float, size: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.ttl = ttl
        self._size = size
        self._clock = clock
        self._lock = Lock()
        self._kept: OrderedDict[K, tuple[float, V]] = OrderedDict()
        self._flights: dict[K, _Flight[V]] = {}
        self._next_end = float("inf")

    def get(self, key: K, load: Callable[[], V | None]) -> V | None:
        """Return the value that is kept, or load it.

        Of several threads one loads; the others wait for it and get its value, or a copy of its
        error. None is handed on and not kept, and neither is an error.
        """
        with self._lock:
            now = self._clock()
            if now >= self._next_end:
                self._expire(now)
            if kept := self._kept.get(key):
                self._kept.move_to_end(key)
                return kept[1]
            flight = self._flights.get(key)
            mine = flight is None
            if flight is None:
                flight = self._flights[key] = _Flight()
        if mine:
            return self._load(key, load, flight, now)
        flight.done.wait()
        if flight.interrupted:
            return self.get(key, load)
        if flight.error is not None:
            raise copy.copy(flight.error)
        return flight.value

    def drop(self, matches: Callable[[K], bool]) -> None:
        """Let go of the entries whose key matches, and of what is being loaded for one."""
        with self._lock:
            for key in [key for key in self._kept if matches(key)]:
                del self._kept[key]
            for key in [key for key in self._flights if matches(key)]:
                # Whoever asks from now on must not be given what was read before.
                self._flights.pop(key).stale = True

    def __len__(self) -> int:
        """How many values are kept."""
        with self._lock:
            self._expire(self._clock())
            return len(self._kept)

    def _load(
        self, key: K, load: Callable[[], V | None], flight: _Flight[V], now: float
    ) -> V | None:
        try:
            flight.value = load()
        except Exception as error:
            flight.error = error
            raise
        except BaseException:  # an interrupt is this thread's alone: the others try again
            flight.interrupted = True
            raise
        else:
            self._keep(key, flight, now)
            return flight.value
        finally:
            with self._lock:
                if self._flights.get(key) is flight:
                    del self._flights[key]
            flight.done.set()

    def _keep(self, key: K, flight: _Flight[V], now: float) -> None:
        with self._lock:
            if flight.stale or flight.value is None:
                return
            self._kept[key] = (now + self.ttl, flight.value)
            self._next_end = min(self._next_end, now + self.ttl)
            while len(self._kept) > self._size:
                self._kept.popitem(last=False)

    def _expire(self, now: float) -> None:
        if now < self._next_end:
            return
        for key in [key for key, (end, _) in self._kept.items() if end <= now]:
            del self._kept[key]
        self._next_end = min((end for end, _ in self._kept.values()), default=float("inf"))
