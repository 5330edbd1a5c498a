"""The cryptography that the object format asks for at 4 KiB, alone: no vault and no store."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from multistore.sealing.framing import CHUNK_LOG2, HEADER_BYTES, TAG_BYTES
from multistore.sealing.header import Core, ObjectKeys
from multistore.sealing.stream import open_into, seal_into

if TYPE_CHECKING:
    from collections.abc import Callable

SIZE = 4096
KEY = "small-1"


def calls() -> dict[str, Callable[[int], object]]:
    """Give what a put and a get of 4 KiB call of it: each step, and all steps of one object.

    The functions are the library's own, with the buffers that they need at hand.
    """
    secret = bytearray(os.urandom(32))
    core = Core(
        chunk_log2=CHUNK_LOG2,
        length_unknown=False,
        key_version=1,
        scope_id=os.urandom(16),
        salt=os.urandom(32),
    )
    header, plain = bytes(HEADER_BYTES), memoryview(bytearray(SIZE))
    sealed = memoryview(bytearray(SIZE + TAG_BYTES))
    kept = ObjectKeys(secret, core)
    seal_into(kept, 0, plain, sealed)

    def derived() -> ObjectKeys:
        return ObjectKeys(secret, core)

    def tagged(keys: ObjectKeys) -> None:
        keys.name_tag(KEY)
        keys.header_tag(header)

    def put(_number: int) -> None:
        keys = derived()
        tagged(keys)
        seal_into(keys, 0, plain, sealed)

    def get(_number: int) -> None:
        keys = derived()
        tagged(keys)
        if open_into(keys, 0, sealed, 0, plain) is not None:
            raise AssertionError("what was sealed does not open")

    return {
        "put 4 KiB: the cryptography alone": put,
        "get 4 KiB: the cryptography alone": get,
        "of it: one HKDF, and the AES key": lambda _number: derived(),
        "of it: two HMACs": lambda _number: tagged(kept),
        "of it: one seal": lambda _number: seal_into(kept, 0, plain, sealed),
    }
