"""The vaults that a process has open because a URL needed them."""

from __future__ import annotations

import atexit
import os
import threading
from typing import TYPE_CHECKING

from multistore.opening import open as open_vault

if TYPE_CHECKING:
    from pathlib import Path

    from multistore.vault import Vault


class OpenVaults:
    """One open vault per configuration in each process."""

    def __init__(self) -> None:
        self._start()
        os.register_at_fork(after_in_child=self._start)
        atexit.register(self.close)

    def get(self, configuration: Path) -> Vault:
        """Give the vault of a configuration, opened on the first call. Raises as open()."""
        with self._lock:
            if configuration not in self._open:
                self._open[configuration] = open_vault(configuration)
            return self._open[configuration]

    def close(self) -> None:
        """Close every one; the next ``get`` opens anew."""
        with self._lock:
            while self._open:
                self._open.popitem()[1].close()

    def _start(self) -> None:
        # After a fork: a lock held by another thread of the parent would stay locked for ever.
        self._lock = threading.Lock()
        self._open: dict[Path, Vault] = {}


OPEN = OpenVaults()
