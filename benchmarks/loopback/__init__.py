"""The server that is put to and got from: small, in C, built when it is first needed."""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Self

from benchmarks.peers.base import AbsentError

if TYPE_CHECKING:
    from types import TracebackType

SOURCE = Path(__file__).with_name("server.c")
DISCARD, KEPT = "discard", "kept"
"""Its two buckets: one forgets what is put and gives zeros, one gives back what was put."""
ACCOUNT = "bench"
KEY = base64.b64encode(b"benchmark-account-key-of-64-bytes".ljust(64, b".")).decode()
"""It looks at no signature; a client insists on something to sign with."""


def built() -> Path:
    """Compile the server where this source has not been compiled yet."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    digest = hashlib.sha256(SOURCE.read_bytes()).hexdigest()[:16]
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "multistore-bench"
    target = cache / f"server-{digest}"
    if target.exists():
        return target
    if compiler is None:
        raise AbsentError("the loopback server needs a C compiler: cc was not found")
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as directory:
        made = Path(directory) / "server"
        subprocess.run([compiler, "-O2", "-pthread", "-o", made, SOURCE], check=True)
        made.replace(target)
    return target


class Server:
    """One running server; a block's end is its end."""

    def __init__(self, listed: int = 100_000) -> None:
        self._listed = listed

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [built(), str(self._listed)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())
        self.url = f"http://127.0.0.1:{self.port}"
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()

    def cpu(self) -> float:
        """CPU seconds that it has used."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
