"""The PostgreSQL of the tests outlives no run, however that ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

RUN = """
import sys
from tests.servers.postgres import postgres
with postgres() as server:
    print(server.admin.partition("host=")[2], flush=True)
    sys.stdin.read()
"""


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.postgres
@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, None], ids=str)
def test_it_is_gone_when_its_run_is(postgres_server, end):
    with subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", RUN],
        cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as run:
        data = Path(run.stdout.readline().strip())
        pid = int((data / "postmaster.pid").read_text().split()[0])
        assert alive(pid)
        if end is not None:
            run.send_signal(end)
    deadline = time.monotonic() + 60
    while (alive(pid) or data.exists()) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not alive(pid)
    assert not data.exists()
