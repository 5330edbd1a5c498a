"""The public names are those of ``__all__``, and importing them costs no SDK."""

from __future__ import annotations

import subprocess
import sys
import types

import pytest

import multistore

PROVIDERS = ("azure", "boto3", "botocore", "obstore", "s3transfer")
LAZY = {"Settings", "open"}  # they cost pydantic and SQLAlchemy
OWN = {"TYPE_CHECKING", "Any"}  # what the module itself is written with


def test_all_is_sorted_and_complete():
    assert list(multistore.__all__) == sorted(multistore.__all__)
    visible = {
        name
        for name, value in vars(multistore).items()
        if not name.startswith("_") and not isinstance(value, types.ModuleType)
    }
    assert (visible - OWN) | LAZY == set(multistore.__all__)
    assert dir(multistore) == list(multistore.__all__)


def test_every_public_name_is_there_and_says_what_it_is():
    assert [name for name in multistore.__all__ if not getattr(multistore, name).__doc__] == []


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'opne'"):
        multistore.opne  # noqa: B018 - the access is the test


@pytest.mark.parametrize(
    ("statement", "absent"),
    [
        ("multistore.Vault", (*PROVIDERS, "pydantic", "sqlalchemy", "typer", "rich")),
        ("multistore.open", (*PROVIDERS, "typer", "rich")),
    ],
)
def test_importing_loads_no_sdk_and_opens_no_socket(statement, absent):
    program = (
        "import socket, sys\n"
        "def refuse(*_): raise SystemExit('a socket was opened')\n"
        "socket.socket.connect = socket.getaddrinfo = refuse\n"
        f"import multistore\n{statement}\n"
        f"print(*sorted(set({absent!r}) & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == ""
