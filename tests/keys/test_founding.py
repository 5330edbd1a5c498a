"""A scope's first key, when several processes want it at once."""

import subprocess
import sys

import pytest
from sqlalchemy import func, select

from multistore.errors import ConfigurationError, KeyUnavailableError
from multistore.keys.keyring import open as open_keyring
from multistore.ledger.schema import keks, scopes, wrapped_keys
from tests.keys.conftest import Place
from tests.keys.killing import killed_at

WRITER = """
import sys, time
from pathlib import Path
from multistore.keys import keyring

url, base, when = sys.argv[1], Path(sys.argv[2]), float(sys.argv[3])
time.sleep(max(0, when - time.time()))
with keyring.open(url, "local:keys/", base=base) as ring:
    for name in ("video", "backup", "attachment"):
        print(name, ring.for_sealing("acme", name).scope_id.hex(), flush=True)
"""


def test_six_processes_at_first_use_found_one_key(place):
    """They race for the KEK, for its master key, and for each scope."""
    import time

    with place.open() as ring:
        ring.ledger.tenants.add("acme")
    command = [
        sys.executable,
        "-c",
        WRITER,
        place.ledger_url,
        str(place.base),
        str(time.time() + 3),
    ]
    writers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(6)]
    said = [writer.communicate(timeout=60)[0] for writer in writers]
    assert [writer.returncode for writer in writers] == [0] * 6
    assert len(set(said)) == 1
    with place.open() as ring, ring.ledger.reading() as connection:
        counts = [
            connection.execute(select(func.count()).select_from(table)).scalar()
            for table in (keks, scopes, wrapped_keys)
        ]
    assert counts == [1, 3, 3]
    assert len(list((place.base / "keys").iterdir())) == 1


FOUNDER = """
import sys, time
from pathlib import Path
from multistore.ledger.ledger import open_ledger

url, base, when = sys.argv[1], Path(sys.argv[2]), float(sys.argv[3])
time.sleep(max(0, when - time.time()))
print(open_ledger(url, base=base).id.hex())
"""


def test_six_processes_found_one_ledger(place):
    import time

    command = [
        sys.executable,
        "-c",
        FOUNDER,
        place.ledger_url,
        str(place.base),
        str(time.time() + 3),
    ]
    founders = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(6)]
    said = [founder.communicate(timeout=60)[0] for founder in founders]
    assert [founder.returncode for founder in founders] == [0] * 6
    assert len(set(said)) == 1


def found(base):
    with Place("sqlite:///ledger.db", base).open() as ring:
        if not list(ring.ledger.tenants.list()):
            ring.ledger.tenants.add("acme")
        ring.for_sealing("acme", "video")


def test_a_founding_that_was_killed_at_any_moment_is_taken_up(tmp_path):
    whole = tmp_path / "whole"
    whole.mkdir()
    moments = killed_at(None, lambda: found(whole))
    assert moments > 20
    for moment in range(moments):
        base = tmp_path / str(moment)
        base.mkdir()
        assert killed_at(moment, lambda base=base: found(base)) is None
        found(base)
        with Place("sqlite:///ledger.db", base).open() as ring:
            ring.for_opening("acme", "video", 1)
            with ring.ledger.reading() as connection:
                assert connection.execute(select(func.count()).select_from(keks)).scalar() == 1
        assert len([path for path in (base / "keys").iterdir() if path.name[0] != "."]) == 1


def test_a_new_ledger_does_not_cover_up_a_lost_one(sqlite_place):
    base = sqlite_place.base
    with sqlite_place.open() as ring:
        ring.ledger.tenants.add("acme")
        ring.for_sealing("acme", "video")
    (base / "ledger.db").rename(base / "lost.db")
    with pytest.raises(ConfigurationError, match=r"holds the keys of ledger.*keys restore"):
        sqlite_place.open()
    assert not (base / "ledger.db").exists()
    (base / "lost.db").rename(base / "ledger.db")
    sqlite_place.open().close()


def test_another_ledgers_key_directory_is_refused(sqlite_place):
    with sqlite_place.open() as ring:
        ring.ledger.tenants.add("acme")
        ring.for_sealing("acme", "video")
    other = Place("sqlite:///other.db", sqlite_place.base)
    with pytest.raises(ConfigurationError, match="there is no ledger"):
        other.open()
    open_keyring("sqlite:///other.db", "local:other/", base=sqlite_place.base).close()
    with pytest.raises(ConfigurationError, match="Give each ledger its own key directory"):
        other.open()


def test_an_old_copy_is_told_by_its_key_directory(sqlite_place, tmp_path):
    import shutil

    from multistore.keys.rolling import roll

    with sqlite_place.open() as ring:
        ring.ledger.tenants.add("acme")
        ring.for_sealing("acme", "video")
    shutil.copy2(tmp_path / "ledger.db", tmp_path / "old.db")
    with sqlite_place.open() as ring:
        roll(ring, backup=tmp_path / "b")
    shutil.copy2(tmp_path / "old.db", tmp_path / "ledger.db")
    for suffix in ("-wal", "-shm"):
        (tmp_path / f"ledger.db{suffix}").unlink(missing_ok=True)
    with pytest.raises(KeyUnavailableError, match="KEK 2, which this ledger does not know"):
        sqlite_place.open()


def test_an_old_copy_is_told_when_its_next_kek_exists_at_aws(kms_server, tmp_path):
    import shutil

    from multistore.keys.rolling import roll

    with open_keyring("sqlite:///ledger.db", kms_server.url(), base=tmp_path) as ring:
        ring.ledger.tenants.add("acme")
        ring.for_sealing("acme", "video")
    shutil.copy2(tmp_path / "ledger.db", tmp_path / "old.db")
    with open_keyring("sqlite:///ledger.db", kms_server.url(), base=tmp_path) as ring:
        roll(ring, backup=tmp_path / "b")
    with open_keyring("sqlite:///old.db", kms_server.url(), base=tmp_path) as ring:
        with pytest.raises(KeyUnavailableError, match="KEK 2, which this ledger does not know"):
            roll(ring, backup=tmp_path / "c")
        with ring.ledger.reading() as connection:
            assert connection.execute(select(func.count()).select_from(keks)).scalar() == 1


def test_a_kek_of_another_kind_of_key_service_is_named(sqlite_place, kms_server):
    with sqlite_place.open() as ring:
        ring.ledger.tenants.add("acme")
        ring.for_sealing("acme", "video")
    with (
        open_keyring("sqlite:///ledger.db", kms_server.url(), base=sqlite_place.base) as ring,
        pytest.raises(ConfigurationError, match="KEK 1 is in a key service 'local'"),
    ):
        ring.for_sealing("acme", "video")
