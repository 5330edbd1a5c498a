"""Put what a program prints, of unknown length, and save it again."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import multistore

ADDRESS = "example/video/live.ts"
PROGRAM = "import sys\nfor _ in range(64): sys.stdout.buffer.write(bytes(65_536))"


def main(config: str) -> None:
    """Stream a program's output into the vault, then into a file."""
    with multistore.open(config) as vault:
        command = [sys.executable, "-c", PROGRAM]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as program:  # noqa: S603 - fixed
            if program.stdout is None:
                raise RuntimeError("a piped program has a standard output")
            vault.put(ADDRESS, program.stdout, content_type="video/mp2t")
        with tempfile.TemporaryDirectory() as directory, vault.get(ADDRESS) as download:
            path = Path(directory) / "live.ts"
            download.save(path)
            print(f"{download.info.size} bytes put, {path.stat().st_size} bytes saved")


if __name__ == "__main__":
    main(sys.argv[1])
