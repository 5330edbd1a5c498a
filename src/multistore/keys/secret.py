"""A secret that wipes itself when its last holder lets go."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NoReturn


class Secret(bytearray):
    """Key material in memory that Python can overwrite.

    Whoever holds the object (or a memoryview of it) keeps it intact; when the last holder lets
    go, its bytes are overwritten with zeros before the memory is given back. So a cache may
    drop a key that another thread is using: that thread goes on with the true key, never with
    zeros. It shows nothing in a repr and cannot be pickled or deep-copied.

    What this does not reach: the round keys inside OpenSSL's own contexts (OpenSSL wipes them),
    pages that the system wrote to swap or to a core dump, and the copies that an SDK makes of
    what a network key service answers.
    """

    __slots__ = ()

    def wipe(self) -> None:
        """Overwrite with zeros, in place. Only for an owner that has handed it to nobody."""
        self[:] = bytes(len(self))

    def __del__(self) -> None:
        """Overwrite with zeros: nobody holds it any more."""
        self.wipe()

    def __repr__(self) -> str:
        """Say how long it is, and no more."""
        return f"<secret of {len(self)} bytes>"

    __str__ = __repr__

    def __reduce_ex__(self, _protocol: object) -> NoReturn:
        """Refuse to be pickled or copied.

        Raises:
            TypeError: always.
        """
        raise TypeError("a secret is neither pickled nor copied")


def random(size: int = 32) -> Secret:
    """Draw a secret from the operating system's generator, straight into wipeable memory."""
    os.urandom(1)  # returns once the generator is seeded, which the device does not wait for
    secret = Secret(size)
    with Path("/dev/urandom").open("rb", buffering=0) as device:
        if device.readinto(secret) != size:
            raise OSError("/dev/urandom gave too few bytes")
    return secret


def taken(buffer: bytearray) -> Secret:
    """Move the bytes of a buffer into a secret, and wipe the buffer."""
    secret = Secret(buffer)
    buffer[:] = bytes(len(buffer))
    return secret
