"""The public names are those of ``__all__``, and importing them costs no SDK."""

from __future__ import annotations

import subprocess
import sys
import types

import multistore

SDKS = ("azure", "boto3", "botocore", "obstore", "s3transfer", "sqlalchemy", "typer", "rich")


def test_all_is_sorted_and_complete():
    assert list(multistore.__all__) == sorted(multistore.__all__, key=str.casefold)
    visible = {
        name
        for name, value in vars(multistore).items()
        if not name.startswith("_") and not isinstance(value, types.ModuleType)
    }
    assert visible == set(multistore.__all__) - {"__version__"}


def test_every_public_name_says_what_it_is():
    undocumented = [
        name
        for name in multistore.__all__
        if isinstance(getattr(multistore, name), type) and not getattr(multistore, name).__doc__
    ]
    assert not undocumented


def test_importing_multistore_loads_no_sdk_and_opens_no_socket():
    program = (
        "import socket, sys\n"
        "def refuse(*_): raise SystemExit('a socket was opened')\n"
        "socket.socket.connect = refuse\n"
        "import multistore\n"
        "multistore.Vault, multistore.open\n"
        f"print(*sorted(set({SDKS!r}) & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == ""
