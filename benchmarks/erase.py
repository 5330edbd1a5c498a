"""How fast 10,000 versions go: an erasure, beside boto3's own loop over the same versions.

Usage: python benchmarks/erase.py [VERSIONS] [moto|ceph]

Both sides list, delete in bulk requests of 1,000 and list again. The erasure also writes its plan
down, reads the holds before each request, and signs a certificate.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.erasure.estate import Eraser
from tests.servers import ceph, moto

from multistore.keys import keyring as keyrings
from multistore.stores.s3 import S3Store

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def server(kind: str) -> Iterator[Any]:
    """Start the server outside of pytest."""
    fixture = ceph.ceph_server if kind == "ceph" else moto.moto_server
    running = fixture.__wrapped__()
    try:
        yield next(running)
    finally:
        running.close()


def fill(client: Any, bucket: str, versions: int) -> None:
    """Write the versions: 100 objects with a hundredth of them each."""

    def put(number: int) -> None:
        client.put_object(Bucket=bucket, Key=f"acme/video/{number % 100:03}", Body=b"1")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(put, range(versions)))


def boto3_loop(client: Any, bucket: str) -> int:
    """Delete everything below the prefix page by page; how many versions a last look finds."""

    def pages() -> Iterator[Any]:
        yield from client.get_paginator("list_object_versions").paginate(
            Bucket=bucket, Prefix="acme/"
        )

    for page in pages():
        found = [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]
        if found:
            client.delete_objects(
                Bucket=bucket,
                Delete={
                    "Objects": [
                        {"Key": one["Key"], "VersionId": one["VersionId"]} for one in found
                    ],
                    "Quiet": True,
                },
            )
    return sum(len(page.get("Versions", ())) for page in pages())


def main() -> None:
    versions = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    kind = sys.argv[2] if len(sys.argv) > 2 else "moto"
    with server(kind) as running, tempfile.TemporaryDirectory() as directory:
        home, client = Path(directory), running.client()
        os.environ["BENCH_ACCESS_KEY_ID"] = running.access_key
        os.environ["BENCH_SECRET_ACCESS_KEY"] = running.secret_key
        with keyrings.open("sqlite:///ledger.db", "local:keys/", base=home) as ring:
            ring.ledger.tenants.add("acme")
            bucket = running.bucket(versioned=True)
            store = S3Store(
                "main", endpoint=running.endpoint(), bucket=bucket, credentials="env:BENCH"
            )
            fill(client, bucket, versions)
            begun = time.perf_counter()
            certificate = Eraser(ring, home)("acme/video/", {"main": store}).certificate
            took = time.perf_counter() - begun
            assert certificate.complete
            print(
                f"{kind}: erase   {versions:,} versions in {took:6.2f} s, {versions / took:,.0f}/s"
            )
            fill(client, bucket, versions)
            begun = time.perf_counter()
            left = boto3_loop(client, bucket)
            took = time.perf_counter() - begun
            print(f"{kind}: boto3   {versions:,} versions in {took:6.2f} s, {left:,} left behind")
            store.close()


if __name__ == "__main__":
    main()
