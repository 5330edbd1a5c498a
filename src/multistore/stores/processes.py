"""The one process that may move bytes: what obstore does not survive is a fork.

*Measured with obstore 0.12*: in a child whose parent has moved bytes with it, every call of
obstore hangs for ever, with the old store or with a new one. Its runtime's threads exist only in
the parent. So the process that first moves bytes is remembered, and a child of it is refused at
once; a process that moves its first bytes after the fork works. boto3's and azure-core's
clients do work in a child once they are made anew, which ``multistore.processes`` does.
"""

from __future__ import annotations

import os

from multistore.errors import ForkedProcessError

_first_mover: int | None = None


def claim_data_plane() -> None:
    """Remember this process as the one that moves bytes; asked where it makes a client.

    Raises:
        ForkedProcessError: an ancestor moved bytes before it forked this process off.
    """
    global _first_mover  # noqa: PLW0603 - the runtime that a fork breaks is one per process, too
    pid = os.getpid()
    if _first_mover is None:
        _first_mover = pid
    elif _first_mover != pid:
        raise ForkedProcessError(
            f"process {pid} was forked from process {_first_mover}, which had already moved bytes",
            hint="Start workers with spawn or forkserver, or touch the vault first after the fork.",
        )
