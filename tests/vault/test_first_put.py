"""A new process opens a vault and puts one object: it loads what that takes, and no more."""

import gc
import os
import subprocess
import sys

import pytest

from multistore import loading
from tests.vault.estate import KINDS

PUT = """
import sys, multistore
with multistore.open(sys.argv[1]) as vault:
    vault.put("acme/video/first", bytes(4096))
print(*sys.modules)
"""

ABSENT = {
    # They give the SDK's client what is not used here, with half of its own cost again.
    "boto3",
    "s3transfer",
    "azure",
    "alembic",
    "jinja2",
    "holidays",
    "rfc8785",
    "opentelemetry",
    "fsspec",
    "typer",
    "rich",
    "sqlalchemy.orm",
    "sqlalchemy.dialects.postgresql",
    "multistore.aio",
    "multistore.cli",
    "multistore.compliance",
    "multistore.erasing",
    "multistore.erasure",
    "multistore.keys.closing",
    "multistore.keys.kms.aws",
    "multistore.keys.rewrapping",
    "multistore.lifecycle.run",
    "multistore.lifecycle.estate",
    "multistore.provider_holds",
    "multistore.stores.azure",
    "multistore.stores.probe",
    "multistore.telemetry",
    "multistore.tenants",
    "multistore.testing",
}


@pytest.mark.parametrize("kind", ["local", pytest.param("s3", marks=pytest.mark.s3)])
def test_the_first_put_loads_nothing_that_it_does_not_use(kind, tmp_path, request):
    estate = KINDS[kind](tmp_path, request)
    estate.open().close()
    done = subprocess.run(
        [sys.executable, "-c", PUT, estate.path],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    loaded = set(done.stdout.split())
    assert {"sqlalchemy", "multistore.keys.keyring"} <= loaded  # it did put something
    assert ("botocore" in loaded) == (kind == "s3")
    assert loaded.isdisjoint(ABSENT), sorted(loaded & ABSENT)


def test_collections_run_again_after_loading_even_where_it_failed():
    running = []

    def load():
        running.append(gc.isenabled())
        raise ImportError

    with pytest.raises(ImportError), loading.kept():
        load()
    assert running == [False]
    assert gc.isenabled()


def test_who_has_switched_collections_off_finds_them_off():
    gc.disable()
    try:
        with loading.kept():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_a_child_that_is_forked_off_meanwhile_collects():
    with loading.kept():
        child = os.fork()
        if not child:
            os._exit(0 if gc.isenabled() else 1)
        _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert gc.isenabled()
