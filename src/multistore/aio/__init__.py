"""The vault for asyncio and trio: the same verbs, each on a bounded number of threads.

A call that is cancelled ends only when its thread has stopped: a transfer stops at the next
piece, and what had begun to be written is aborted by then.
"""

from __future__ import annotations

from multistore.aio.files import AsyncReader, AsyncWriter
from multistore.aio.reading import AsyncDownload
from multistore.aio.vault import THREADS, AsyncVault, open  # noqa: A004 - as multistore.open

__all__ = ["THREADS", "AsyncDownload", "AsyncReader", "AsyncVault", "AsyncWriter", "open"]
