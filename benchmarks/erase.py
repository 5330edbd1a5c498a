"""How fast 10,000 versions go: an erasure, beside boto3's own bulk deletion of the same versions.

Usage: python -m benchmarks.erase [VERSIONS] [moto|ceph|none]

boto3's own is ``bucket.object_versions.filter(Prefix=…).delete()``: it deletes a page as soon as
that is listed, one page after the other. What it leaves behind is counted, and it is called again
until nothing is left. The erasure also reads the plain listing and the unfinished uploads, writes
its plan down, reads the holds before each request, looks again, and signs a certificate.

``none`` is a service that costs next to nothing, so that what remains is this process: the
processor time per version.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from tests.erasure.estate import Eraser
from tests.servers import ceph, moto, shedding
from tests.servers.s3 import S3Server

from multistore.keys import keyring as keyrings
from multistore.stores.s3.store import S3Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PREFIX = "acme/video/"


@contextmanager
def server(kind: str) -> Iterator[Any]:
    """Start the server outside of pytest."""
    if kind == "none":
        program = subprocess.Popen([sys.executable, shedding.__file__], stdout=subprocess.PIPE)
        assert program.stdout is not None
        url = f"http://127.0.0.1:{int(program.stdout.readline())}"
        try:
            yield S3Server(url, moto.REGION, "key", "secret", moto.PROFILE)
        finally:
            program.kill()
        return
    fixture = ceph.ceph_server if kind == "ceph" else moto.moto_server
    running = fixture.__wrapped__()
    try:
        yield next(running)
    finally:
        running.close()


def fill(running: Any, bucket: str, versions: int, kind: str) -> None:
    """Write the versions: 100 objects with a hundredth of them each."""
    if kind == "none":
        asked = urllib.request.Request(f"{running.url}/{bucket}?fill={versions}", method="PUT")
        urllib.request.urlopen(asked).close()
        return
    client = running.client()

    def put(number: int) -> None:
        client.put_object(Bucket=bucket, Key=f"{PREFIX}{number % 100:03}", Body=b"1")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(put, range(versions)))


def boto3_bulk(running: Any, bucket: str) -> list[int]:
    """Delete until nothing is left; how many versions each call has left behind."""
    client, left = running.client(), []
    resource = boto3.resource(
        "s3",
        endpoint_url=running.url,
        region_name=running.region,
        aws_access_key_id=running.access_key,
        aws_secret_access_key=running.secret_key,
        config=client.meta.config,
    )
    found = resource.Bucket(bucket).object_versions.filter(Prefix=PREFIX)
    while not left or left[-1]:
        found.delete()
        left.append(sum(1 for _ in found))
    return left


def timed(what: str, versions: int, work: Callable[[], Any]) -> Any:
    """Print what a piece of work costs."""
    begun, spent = time.perf_counter(), time.process_time()
    result = work()
    took, cpu = time.perf_counter() - begun, time.process_time() - spent
    print(f"{what} = {versions / took:.0f} versions/s")
    print(f"{what}, CPU of this process = {cpu / versions * 1e6:.0f} us per version")
    return result


def main() -> None:
    versions = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    kind = sys.argv[2] if len(sys.argv) > 2 else "moto"
    with server(kind) as running, tempfile.TemporaryDirectory() as directory:
        home = Path(directory)
        os.environ["BENCH_ACCESS_KEY_ID"] = running.access_key
        os.environ["BENCH_SECRET_ACCESS_KEY"] = running.secret_key
        with keyrings.open("sqlite:///ledger.db", "local:keys/", base=home) as ring:
            ring.ledger.tenants.add("acme")
            bucket = "bucket" if kind == "none" else running.bucket(versioned=True)
            store = S3Store(
                "main", endpoint=running.endpoint(), bucket=bucket, credentials="env:BENCH"
            )
            fill(running, bucket, versions, kind)
            erased = timed("erase", versions, lambda: Eraser(ring, home)(PREFIX, {"main": store}))
            assert not erased.report.remaining
            assert not list(store.versions.list_versions(""))
            fill(running, bucket, versions, kind)
            left = timed("boto3's bulk", versions, lambda: boto3_bulk(running, bucket))
            print(f"boto3's bulk left behind, call by call: {left}")
            store.close()


if __name__ == "__main__":
    main()
