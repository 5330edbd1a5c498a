"""An eraser beside a writer: nothing that was written vanishes untold, and nothing is claimed."""

from __future__ import annotations

import threading

from multistore.erasure.fate import Fate
from multistore.stores.memory import MemoryStore
from tests.erasure.estate import everything, put

ROUNDS = 5


def test_every_version_is_either_told_as_erased_or_still_there(eraser):
    store = MemoryStore("memory", versioned=True)
    written: list[tuple[str, str]] = []
    going = threading.Event()
    going.set()

    def write():
        number = 0
        while going.is_set() and number < 2_000:
            for name in (f"acme/video/x/{number % 7}", f"acme2/video/x/{number % 7}"):
                body = put_told(store, name)
                written.append((name, body.version))
            number += 1

    writer = threading.Thread(target=write)
    put(store, "acme/video/x/first")
    first = next(iter(store.versions.list_versions("acme/video/x/first")))
    written.append((first.name, first.version))
    writer.start()
    try:
        erasures = [eraser("acme/video/x/", {"memory": store}) for _ in range(ROUNDS)]
    finally:
        going.clear()
        writer.join()
    there = {(one[1], one[2]) for one in everything(store) if one[0] == "object"}
    gone = {
        (fate.item.name, fate.item.version)
        for erasure in erasures
        for fate in erasure.report.fates
        if fate.fate is Fate.ERASED
    }
    assert gone | there == set(written)
    assert not gone & there
    assert {name.split("/")[0] for name, _ in gone} == {"acme"}
    for erasure in erasures:
        told = [fate for fate in erasure.report.fates if fate.fate is not Fate.ERASED]
        assert erasure.certificate.complete == (not told)
    last = eraser("acme/video/x/", {"memory": store})
    assert last.certificate.complete
    assert not [one for one in everything(store) if one[1].startswith("acme/")]


def put_told(store, name):
    """Put, and give what the store says of it."""
    from multistore.stores.base import Body
    from multistore.values import PutMode

    return store.put(name, Body([name.encode()], len(name)), mode=PutMode.OVERWRITE)
