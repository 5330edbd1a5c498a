"""A stream of 3 GiB and of unknown length, in and out, under a limit on the address space."""

from __future__ import annotations

import os
import subprocess
import sys

GIB = 1 << 30

STREAM = """
import resource, sys, multistore
GIB = 1 << 30
vault = multistore.open(sys.argv[1])
piece = bytes(1 << 20)
vault.put("acme/video/warm", [piece] * 100)
for _ in vault.get("acme/video/warm"): pass
with open("/proc/self/statm") as f:
    now = int(f.read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (now + 300 * (1 << 20), resource.RLIM_INFINITY))
vault.put("acme/video/big", (piece for _ in range(3 * 1024)))
print(sum(len(part) for part in vault.get("acme/video/big")) == 3 * GIB)
vault.delete("acme/video/big")
"""


def test_three_gibibytes_stay_under_300_mebibytes(tmp_path):
    from tests.vault import estate

    local = estate.local(tmp_path, None)
    local.open().close()
    done = subprocess.run(
        [sys.executable, "-c", STREAM, str(local.path)],
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, "MALLOC_ARENA_MAX": "2"},
        check=False,
    )
    assert done.stdout.strip() == "True", done.stderr[-2000:]
