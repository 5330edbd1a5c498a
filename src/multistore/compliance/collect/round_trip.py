"""How long the shortest of a few TCP connects takes, where a vantage is declared. No request."""

from __future__ import annotations

import math
import socket
import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from multistore.compliance.collect import Collector
from multistore.compliance.model import Answer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from multistore.compliance.collect.reader import Reader
    from multistore.compliance.model import Resource

CALL = "TCP connect"
CONNECTS = 5
"""Connections that are opened and closed again, one after the other, per host."""
TIMEOUT_SECONDS = 5.0
_PORTS = {"https": 443, "http": 80}


def round_trip(resource: Resource, reader: Reader) -> Iterator[Answer]:
    """Measure the way to a store's host. Cost: five connects per host, without a vantage none."""
    if resource.store is None or reader.settings.vault.vantage is None:
        return
    endpoint = reader.endpoint_of(resource)
    if endpoint.proxy is not None:
        yield Answer(CALL, resource.id, datetime.now(UTC), "unreadable", why="proxy")
        return
    parts = urlsplit(endpoint.url)
    host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]

    def once() -> Answer:
        with reader.slot():
            return measured(host, port)

    yield replace(reader.once((CALL, host, str(port)), once), resource=resource.id)


def measured(host: str, port: int) -> Answer:
    """Open a few connections to one address of a host, and record the shortest time.

    The name is resolved before. A connect ends when the answer to its first segment is there:
    one round trip, and whatever this machine adds. The time is rounded up, so that the distance
    that follows from it is never too short.
    """
    at = datetime.now(UTC)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        return Answer(CALL, "", at, "unreadable", why=type(error).__name__)
    why = "NoAddress"
    for family, kind, protocol, _, address in found:
        try:
            took = min(_connect(family, kind, protocol, address) for _ in range(CONNECTS))
        except OSError as error:
            why = type(error).__name__
            continue
        value = {
            "Host": host,
            "Port": port,
            "Address": str(address[0]),
            "Connects": CONNECTS,
            "ShortestMilliseconds": math.ceil(took / 1000) / 1000,
        }
        return Answer(CALL, "", at, "read", value)
    return Answer(CALL, "", at, "unreadable", why=why)


def _connect(family: int, kind: int, protocol: int, address: tuple[object, ...]) -> int:
    """Return how many nanoseconds one connect took."""
    with socket.socket(family, kind, protocol) as opened:
        opened.settimeout(TIMEOUT_SECONDS)
        begun = time.perf_counter_ns()
        opened.connect(address)
        return time.perf_counter_ns() - begun


COLLECTORS = (Collector(("s3-bucket", "s3-compatible-bucket", "azure-container"), round_trip),)
