"""The key directory: its modes, what a destruction leaves, and what a crash leaves."""

import os
import stat
from datetime import UTC, datetime, timedelta

import pytest

from multistore.errors import (
    ConfigurationError,
    KeyDestroyedError,
    KeyUnavailableError,
    MultistoreError,
)
from multistore.keys.kms.base import KekLabel, MasterKeyState
from multistore.keys.kms.local import LocalKms
from multistore.keys.kms.opening import open_kms
from multistore.keys.secret import Secret

LABEL = KekLabel(bytes(range(16)), 1)
NOW = datetime(2026, 4, 1, tzinfo=UTC)


@pytest.fixture
def directory(tmp_path):
    return tmp_path / "keys"


@pytest.fixture
def kms(directory):
    return LocalKms(directory)


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_it_says_of_itself_that_it_attests_nothing(kms):
    assert (kms.destroyable, kms.attestable, kms.min_wait_days) == (True, False, 0)


def test_the_directory_is_its_owners_alone(kms, directory):
    previous = os.umask(0)
    try:
        kms.create(LABEL)
    finally:
        os.umask(previous)
    assert mode(directory) == 0o700
    (file,) = directory.iterdir()
    assert mode(file) == 0o600
    assert file.name == f"{LABEL.ledger_id.hex()}-1.key"
    assert len(file.read_bytes()) == 32


def test_nothing_is_created_by_looking(kms, directory):
    assert kms.find(LABEL) is None
    assert kms.occupant() is None
    assert kms.describe(f"local:{LABEL.ledger_id.hex()}-1").state is MasterKeyState.ABSENT
    assert not directory.exists()


@pytest.mark.parametrize("open_to", [0o750, 0o705, 0o710, 0o777])
def test_a_directory_open_to_others_is_refused(kms, directory, open_to):
    key = kms.create(LABEL)
    wrapped = kms.wrap(key, Secret(b"x" * 64), LABEL)
    directory.chmod(open_to)
    for use in (
        lambda: kms.find(LABEL),
        lambda: kms.create(KekLabel(LABEL.ledger_id, 2)),
        lambda: kms.unwrap(key, wrapped, LABEL),
        kms.occupant,
    ):
        with pytest.raises(ConfigurationError, match=f"open to others. Run chmod 700 {directory}"):
            use()
    assert len(list(directory.iterdir())) == 1


def test_a_key_file_open_to_others_is_refused(kms, directory):
    key = kms.create(LABEL)
    (file,) = directory.iterdir()
    file.chmod(0o640)
    with pytest.raises(ConfigurationError, match="Run chmod 600"):
        kms.wrap(key, Secret(b"x" * 64), LABEL)


def test_a_file_in_the_directorys_place_is_refused(kms, directory):
    directory.write_text("")
    with pytest.raises(ConfigurationError, match="is not a directory"):
        kms.create(LABEL)


def test_a_directory_whose_parent_is_missing_is_refused(tmp_path):
    with pytest.raises(ConfigurationError, match=r"cannot be created.*parent"):
        LocalKms(tmp_path / "missing" / "keys").create(LABEL)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_a_directory_of_another_user_is_refused(kms, directory):
    kms.create(LABEL)
    os.chown(directory, 65534, 65534)
    with pytest.raises(ConfigurationError, match="belongs to another user"):
        kms.find(LABEL)


def test_a_directory_that_cannot_be_read_is_refused():
    """Also for its owner; root reads everything, so an ordinary user tries it."""
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as parent:
        unreadable = Path(parent) / "keys"
        unreadable.mkdir()
        nobody = 65534 if os.geteuid() == 0 else os.geteuid()
        if os.geteuid() == 0:
            Path(parent).chmod(0o755)
            os.chown(unreadable, nobody, nobody)
        unreadable.chmod(0)
        child = os.fork()
        if child == 0:
            status = 1
            try:
                if os.geteuid() == 0:
                    os.setuid(nobody)
                for use in (
                    LocalKms(unreadable).occupant,
                    lambda: LocalKms(unreadable).find(LABEL),
                ):
                    with pytest.raises(ConfigurationError, match="cannot be read: Permission"):
                        use()
                status = 0
            finally:
                os._exit(status)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        unreadable.chmod(0o700)


@pytest.mark.parametrize("content", [b"", b"short", bytes(33)])
def test_a_key_file_of_another_length_is_refused(kms, directory, content):
    key = kms.create(LABEL)
    (file,) = directory.iterdir()
    file.write_bytes(content)
    with pytest.raises(KeyUnavailableError, match="does not hold 32 bytes"):
        kms.wrap(key, Secret(b"x" * 64), LABEL)


def test_a_destruction_overwrites_before_it_unlinks(kms, directory, tmp_path):
    key = kms.create(LABEL)
    (file,) = directory.iterdir()
    secret = file.read_bytes()
    os.link(file, tmp_path / "the same bytes on the disk")
    kms.schedule_destruction(key, timedelta(0))
    left = (tmp_path / "the same bytes on the disk").read_bytes()
    assert left == bytes(32) != secret
    assert [path.suffix for path in directory.iterdir()] == [".destroyed"]
    assert kms.describe(key).state is MasterKeyState.DESTROYED


def test_a_destroyed_key_says_when(directory):
    kms = LocalKms(directory, clock=lambda: NOW)
    key = kms.create(LABEL)
    assert kms.schedule_destruction(key, timedelta(0)) == NOW
    later = LocalKms(directory)
    assert later.describe(key).destroyed_at == NOW
    assert later.schedule_destruction(key, timedelta(0)) == NOW
    for use in (lambda: later.enable(key), lambda: later.disable(key)):
        with pytest.raises(KeyDestroyedError):
            use()
    assert later.create(LABEL) == key  # its label is taken for ever: it does not come back
    with pytest.raises(KeyDestroyedError):
        later.wrap(key, Secret(b"x" * 64), LABEL)


def test_a_date_that_has_come_is_acted_on_at_the_next_use(directory):
    now = [NOW]
    kms = LocalKms(directory, clock=lambda: now[0])
    key = kms.create(LABEL)
    wrapped = kms.wrap(key, Secret(b"x" * 64), LABEL)
    kms.schedule_destruction(key, timedelta(days=7))
    now[0] += timedelta(days=7)
    with pytest.raises(KeyDestroyedError):
        kms.unwrap(key, wrapped, LABEL)
    assert [path.suffix for path in directory.iterdir()] == [".destroyed"]


def test_a_crash_between_tombstone_and_unlinking_is_finished(kms, directory):
    key = kms.create(LABEL)
    (file,) = directory.iterdir()
    file.with_suffix(".destroyed").write_text(str(int(NOW.timestamp())))
    file.with_suffix(".destroyed").chmod(0o600)
    assert kms.describe(key).state is MasterKeyState.DESTROYED
    assert [path.suffix for path in directory.iterdir()] == [".destroyed"]


def test_a_crash_while_creating_leaves_nothing_that_counts(kms, directory):
    directory.mkdir(mode=0o700)
    (directory / f".{LABEL.ledger_id.hex()}-1.999.abcd").write_bytes(b"half")
    assert kms.occupant() is None
    key = kms.create(LABEL)
    assert kms.unwrap(key, kms.wrap(key, Secret(b"x" * 64), LABEL), LABEL) == b"x" * 64


def test_the_occupant_is_told_even_by_tombstones(kms):
    for number in (1, 2, 3):
        key = kms.create(KekLabel(LABEL.ledger_id, number))
        kms.schedule_destruction(key, timedelta(0))
    assert kms.occupant().ledger_id == LABEL.ledger_id
    assert kms.occupant().newest_kek == 3


def test_two_ledgers_in_one_directory_are_refused(kms):
    kms.create(LABEL)
    kms.create(KekLabel(bytes(16), 1))
    with pytest.raises(ConfigurationError, match="several ledgers"):
        kms.occupant()


@pytest.mark.parametrize("url", ["local:", "local://keys", "local:///keys"])
def test_a_url_that_names_no_directory_is_refused(url, tmp_path):
    with pytest.raises(ConfigurationError, match="local:keys/"):
        open_kms(url, base=tmp_path)


def test_an_absolute_directory_may_be_named(tmp_path):
    kms = open_kms(f"local:{tmp_path}/keys", base=tmp_path / "elsewhere")
    kms.create(LABEL)
    assert (tmp_path / "keys").is_dir()


def test_no_key_is_in_any_message(kms, directory):
    key = kms.create(LABEL)
    (file,) = directory.iterdir()
    secret = file.read_bytes()
    shown = [repr(kms), key, str(kms.describe(key))]
    for use in (
        lambda: kms.unwrap(key, b"x" * 92, LABEL),
        lambda: kms.unwrap("local:nonsense", b"x", LABEL),
        lambda: kms.wrap("arn:aws:kms:x", Secret(b"x"), LABEL),
    ):
        with pytest.raises(MultistoreError) as caught:
            use()
        shown.append(str(caught.value))
    assert all(secret.hex() not in text and repr(secret)[2:-1] not in text for text in shown)


def test_two_processes_that_end_a_key_together_both_find_it_ended(tmp_path):
    """Each renames, overwrites and unlinks what the other may just have taken away."""
    import threading

    label = KekLabel(bytes(16), 1)
    for _ in range(20):
        home = tmp_path / os.urandom(4).hex()
        key_id = LocalKms(home).create(label)
        together, ended, failed = threading.Barrier(4), [], []

        def end(home=home, key_id=key_id, together=together, ended=ended, failed=failed):
            kms = LocalKms(home)
            together.wait(20)
            try:
                kms.disable(key_id)
                kms.schedule_destruction(key_id, timedelta(0))
            except KeyDestroyedError:
                pass  # the other was faster
            except Exception as error:  # noqa: BLE001 - told below, in the test's own thread
                failed.append(error)
            ended.append(kms.describe(key_id))

        threads = [threading.Thread(target=end) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failed == []
        assert {one.state for one in ended} == {MasterKeyState.DESTROYED}
        assert all(one.destroyed_at.year > 2000 for one in ended)
        assert [path.suffix for path in home.iterdir()] == [".destroyed"]
