"""The gate of one store: a verdict that is fresh and admits, or an error. Nothing in between."""

from __future__ import annotations

import os
import threading
import weakref
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from multistore.errors import MultistoreError
from multistore.residency.evidence import Subject
from multistore.residency.verdict import Verdict, failed, judge

if TYPE_CHECKING:
    from collections.abc import Callable

    from multistore.residency.evidence import Evidence

RETRY = timedelta(seconds=15)
"""How long a refusal or an unknown is repeated without a new look; never more than a minute."""


_NOBODY = Subject(store="?", family="s3-compatible", provider="?", bucket="?")


def _now() -> datetime:
    return datetime.now(UTC)


class Gate:
    """Keeps the verdict of one store, and takes it anew when it has gone stale.

    ``require`` costs a comparison while the verdict is fresh. Otherwise exactly one thread
    collects the evidence, and the others wait for it. Works in a forked child: it inherits the
    verdict, and a lock of its own.
    """

    def __init__(
        self,
        collect: Callable[[], Evidence],
        *,
        ttl: timedelta,
        subject: Subject | None = None,
        clock: Callable[[], datetime] = _now,
    ) -> None:
        """Take what collects the evidence; nothing is collected before the first require.

        Args:
            collect: takes the evidence; its own failures are unknown, never admitted.
            ttl: how long an admission is good for at most.
            subject: the store, for the message where nothing could be collected.
            clock: gives the time, aware.
        """
        self._collect = collect
        self._subject = subject or _NOBODY
        self._ttl = ttl
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: tuple[Verdict, datetime, datetime] | None = None
        self._evidence: Evidence | None = None
        _GATES.add(self)

    @property
    def evidence(self) -> Evidence | None:
        """What the last look saw, for the record; None before the first one, or where it failed."""
        return self._evidence

    def require(self) -> Verdict:
        """Return an admitting verdict that is fresh.

        Raises:
            ResidencyError: it is refused, or unknown; ``reasons`` says by which rules.
        """
        verdict = self._fresh() or self.verdict()
        if not verdict.admitted:
            raise verdict.error()
        return verdict

    def verdict(self) -> Verdict:
        """Return a fresh verdict, whatever it says; for reports. Raises nothing of its own."""
        verdict = self._fresh()
        if verdict is not None:
            return verdict
        with self._lock:
            verdict = self._fresh()
            if verdict is None:
                verdict = self._take()
            return verdict

    def _fresh(self) -> Verdict | None:
        kept = self._kept
        if kept is None:
            return None
        verdict, since, until = kept
        # A clock that was set back must not lengthen a verdict's life.
        return verdict if since <= self._clock() < until else None

    def _take(self) -> Verdict:
        since = self._clock()
        self._evidence = None
        try:
            evidence = self._collect()
        except (MultistoreError, OSError) as error:
            # Its own text only where it is ours: others' may quote a URL with a signature.
            text = str(error) if isinstance(error, MultistoreError) else type(error).__name__
            verdict = failed(self._subject, text, now=since)
        else:
            self._evidence = evidence
            verdict = judge(evidence, now=self._clock(), ttl=self._ttl)
        until = min(verdict.expires, since + self._ttl) if verdict.admitted else since + RETRY
        self._kept = (verdict, since, until)
        return verdict

    def renew_lock(self) -> None:
        """Take a new lock, in a forked child: the old one may be held by a thread that is gone."""
        self._lock = threading.Lock()


_GATES: weakref.WeakSet[Gate] = weakref.WeakSet()


def _renew_locks() -> None:
    for gate in list(_GATES):
        gate.renew_lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_locks)
