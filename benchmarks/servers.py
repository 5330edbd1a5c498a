"""What the clients are put before: the loopback server, a Ceph gateway, Azurite.

The loopback server costs next to nothing, so the clients are compared by it. The other two cost
more than any client: they show what is left of a difference before a real service.
"""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from typing import TYPE_CHECKING, ClassVar, Protocol, Self

from benchmarks import loopback
from benchmarks.peers.base import AbsentError, Place

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

BUCKETS = (loopback.DISCARD, loopback.KEPT)


class Server(Protocol):
    """One running server; a block's end is its end. Entering raises AbsentError, and why.

    Attributes:
        title: for people.
        real: whether it is a service, or stands for one, and costs what such a one costs.
    """

    title: str
    real: bool

    def __enter__(self) -> Self: ...
    def __exit__(self, *error: object) -> None: ...

    def place(self, home: Path) -> Place:
        """Say how a client speaks to it."""

    def cpu(self) -> float | None:
        """CPU seconds that it has used, where that is known."""

    def tidy(self) -> None:
        """Let go of what overwritten and deleted objects still occupy."""


class Loopback(loopback.Server):
    """The small server in C."""

    title = "the loopback server"
    real = False

    def place(self, home: Path) -> Place:
        return Place(
            self.url, loopback.ACCOUNT, loopback.KEY, ("s3", "azure"), keeps=False, home=home
        )

    def tidy(self) -> None:
        """Nothing is left over."""


class _Started:
    """A server that the tests start, too."""

    title: ClassVar[str]
    real = True

    def __init__(self) -> None:
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with self._stack:  # what was begun ends, where the rest of it fails
            try:
                self._start()
            except ImportError as error:
                raise AbsentError(f"{error}; the dependency group test brings it") from error
            self._stack = self._stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def _start(self) -> None:
        raise NotImplementedError

    def cpu(self) -> float | None:
        return None

    def tidy(self) -> None:
        """Nothing is left over."""


class Ceph(_Started):
    """Ceph's gateway, one OSD behind it that keeps its objects in memory."""

    title = "Ceph RADOS Gateway"

    def _start(self) -> None:
        from tests.servers import ceph, s3  # noqa: PLC0415 - only where it is asked for

        if gone := ceph.missing():
            packages = " ".join(ceph.PACKAGES)
            raise AbsentError(f"{', '.join(gone)} not found: apt-get install {packages}")
        home = self._stack.enter_context(
            tempfile.TemporaryDirectory(prefix="ceph-", ignore_cleanup_errors=True)
        )
        self._cluster = ceph.Cluster(home, self._stack)
        self._keys = self._cluster.start()
        server = s3.S3Server(self._cluster.url, ceph.REGION, *self._keys, ceph.PROFILE)
        for bucket in BUCKETS:
            server.client().create_bucket(Bucket=bucket)

    def place(self, home: Path) -> Place:
        return Place(self._cluster.url, *self._keys, dialects=("s3",), keeps=True, home=home)

    def tidy(self) -> None:
        """The gateway would free what was overwritten after two hours; the memory is needed."""
        collect = ("radosgw-admin", "-n", "client.admin", "gc", "process", "--include-all")
        self._cluster.run(*collect)


class Azurite(_Started):
    """Microsoft's emulator, on Node."""

    title = "Azurite"

    def _start(self) -> None:
        from tests.servers import azurite  # noqa: PLC0415 - only where it is asked for

        try:
            self._server = self._stack.enter_context(azurite.azurite())
        except (OSError, RuntimeError) as error:
            raise AbsentError(f"Azurite could not be installed or started: {error}") from error
        with self._server.client() as client:
            for bucket in BUCKETS:
                client.create_container(bucket)

    def place(self, home: Path) -> Place:
        key = self._server.keys["tokyo"]
        return Place(self._server.url, "tokyo", key, ("azure",), keeps=True, home=home)


SERVERS: dict[str, type[Server]] = {"loopback": Loopback, "ceph": Ceph, "azurite": Azurite}
