"""How long a check of a whole account takes, how many requests, and over how many connections.

Usage: python -m benchmarks.check [BUCKETS]

moto serves one bucket's answer at a time, under one interpreter lock: its own speed is the bound,
so the time that it needs for the same number of plain reads stands beside the check's.
"""

from __future__ import annotations

import os
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Self

from tests.servers import moto

from multistore import config
from multistore.compliance.checker import check
from multistore.compliance.collect.reader import CONNECTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

CREDENTIALS = "BENCHMARK"


class Connections:
    """Counts this process's connections to one port, as the kernel lists them."""

    def __init__(self, port: int) -> None:
        self.most = 0
        self._port = f":{port:04X}"
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._done.wait(0.05):
            mine = set(_sockets())
            lines = Path("/proc/self/net/tcp").read_text().splitlines()[1:]
            fields = [line.split() for line in lines]
            # 01: established; ours are those that end at the server's port.
            here = sum(f[2].endswith(self._port) and f[3] == "01" and f[9] in mine for f in fields)
            self.most = max(self.most, here)


def _sockets() -> Iterator[str]:
    """Give the inodes of this process's sockets: the table is that of the whole machine."""
    for entry in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            kind, _, inode = str(entry.readlink()).partition(":")
            if kind == "socket":
                yield inode.strip("[]")


def main() -> None:
    buckets = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    running = moto.moto_server.__wrapped__()
    server = next(running)
    os.environ[f"{CREDENTIALS}_ACCESS_KEY_ID"] = server.access_key
    os.environ[f"{CREDENTIALS}_SECRET_ACCESS_KEY"] = server.secret_key
    client = server.client()
    place = {"LocationConstraint": server.region}

    def make(number: int) -> None:
        client.create_bucket(Bucket=f"bucket-{number:04}", CreateBucketConfiguration=place)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(make, range(buckets)))
    store = {
        "provider": "aws",
        "region": server.region,
        "endpoint": server.url,
        "bucket": "bucket-0000",
        "accepts": ["video"],
        "credentials": f"env:{CREDENTIALS}",
    }
    raw = {
        "vault": {"ledger": "sqlite:///none.db", "keys": "local:keys/"},
        "stores": {"tokyo": store},
        "collections": {"video": {"store": "tokyo"}},
    }
    with tempfile.TemporaryDirectory() as directory:
        settings = config.parse(raw, base=Path(directory))
        begun = time.perf_counter()
        with Connections(int(server.url.rpartition(":")[2])) as connections:
            report = check(settings, account=True)
        seconds = time.perf_counter() - begun

    def read(number: int) -> None:
        client.get_bucket_versioning(Bucket=f"bucket-{number % buckets:04}")

    begun = time.perf_counter()
    sample = min(report.requests, 2000)
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        list(pool.map(read, range(sample)))
    plain = (time.perf_counter() - begun) * report.requests / sample
    print(f"the check = {seconds:.1f} s")
    print(f"the check, per bucket = {seconds / buckets * 1000:.1f} ms")
    print(f"requests per bucket = {report.requests / buckets:.1f} requests")
    print(f"at most = {connections.most} connections")
    print(f"as many plain boto3 reads, {CONNECTIONS} at a time = {plain:.1f} s")
    print(f"{len(report.findings)} findings; population {report.population.found}")
    running.close()


if __name__ == "__main__":
    main()
