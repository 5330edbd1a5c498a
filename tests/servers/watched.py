"""S3 stores on moto whose requests are recorded, and a config file that sends them away."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

import pytest

from multistore.stores.s3.store import S3Store

CONFIG_FILE = """
[default]
region = us-east-1
services = elsewhere
endpoint_url = http://127.0.0.1:9
s3 =
  use_accelerate_endpoint = true
  addressing_style = virtual
  endpoint_url = http://127.0.0.1:9

[services elsewhere]
s3 =
  endpoint_url = http://127.0.0.1:9
"""


@pytest.fixture
def watched(moto_server, fault_proxy, s3_credentials):
    """Give a function that makes a store on moto behind a proxy which records every request."""
    stores = []

    def make(**changes):
        url = urlsplit(moto_server.url)
        proxy = fault_proxy(url.hostname, url.port)
        provider = changes.pop("provider", "s3-compatible")
        endpoint = replace(
            moto_server.endpoint(**changes),
            provider=provider,
            url=proxy.url,
            hosts=frozenset({proxy.url.partition("://")[2]}),
        )
        store = S3Store(
            "watched",
            endpoint=endpoint,
            bucket=moto_server.bucket(versioned=True),
            credentials=s3_credentials(moto_server),
        )
        stores.append(store)
        return store, proxy

    yield make
    for store in stores:
        store.close()
