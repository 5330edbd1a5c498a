"""What every key service must do: the local one, AWS's on moto, and a third party's."""

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest

from multistore.errors import KeyDestroyedError, KeyUnavailableError, TamperedError
from multistore.keys import ending, rolling
from multistore.keys.keyring import open as open_keyring
from multistore.keys.kms.base import KekLabel, Kms, MasterKeyState
from multistore.keys.kms.local import LocalKms
from multistore.keys.kms.opening import open_kms
from multistore.keys.secret import Secret

LABEL = KekLabel(bytes(range(16)), 1)
PLAIN = bytes(range(64))


@dataclass
class Backend:
    kms: Kms
    elapse: Any
    """Lets the date of every scheduled destruction have come."""


def local(tmp_path, request):
    clock = {"now": datetime(2026, 4, 1, tzinfo=UTC)}

    def elapse():
        clock["now"] += timedelta(days=40)

    return Backend(LocalKms(tmp_path / "keys", clock=lambda: clock["now"]), elapse)


def aws(tmp_path, request):
    server = request.getfixturevalue("kms_server")
    return Backend(open_kms(server.url(), base=tmp_path), server.elapse)


def third_party(tmp_path, request):
    request.getfixturevalue("hsm_package")
    kms = open_kms("hsm:token", base=tmp_path)
    return Backend(kms, kms.elapse)


@pytest.fixture
def hsm_package(tmp_path, monkeypatch):
    """An installed package that brings the key service ``hsm``."""
    info = tmp_path / "site" / "hsm_for_multistore-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: hsm-for-multistore\nVersion: 1.0\n"
    )
    (info / "entry_points.txt").write_text(
        "[multistore.kms]\nhsm = tests.keys.third_party:from_url\n"
    )
    monkeypatch.syspath_prepend(str(info.parent))


@pytest.fixture(params=[local, aws, third_party], ids=["local", "aws", "third party"])
def backend(request, tmp_path):
    # Ledgers of several tests share moto, so each has an id of its own.
    made = request.param(tmp_path, request)
    yield made
    made.kms.close()


@pytest.fixture
def label():
    return KekLabel(os.urandom(16), 1)


@pytest.fixture
def kms(backend):
    return backend.kms


def test_it_fits_the_protocol_and_says_what_it_is(kms):
    assert isinstance(kms, Kms)
    assert isinstance(kms.destroyable, bool)
    assert isinstance(kms.attestable, bool)
    assert kms.min_wait_days >= 0
    assert kms.location
    assert kms.url


def test_it_unwraps_what_it_wrapped(kms, label):
    key = kms.create(label)
    wrapped = kms.wrap(key, Secret(PLAIN), label)
    assert PLAIN not in wrapped
    plain = kms.unwrap(key, wrapped, label)
    assert isinstance(plain, Secret)
    assert bytes(plain) == PLAIN


def test_nothing_is_found_before_it_is_created(kms, label):
    assert kms.find(label) is None
    key = kms.create(label)
    assert kms.find(label) == key
    assert kms.find(KekLabel(label.ledger_id, 2)) is None
    assert kms.find(KekLabel(os.urandom(16), 1)) is None


def test_creating_again_gives_the_same_key(kms, label):
    assert kms.create(label) == kms.create(label)
    assert kms.create(KekLabel(label.ledger_id, 2)) != kms.create(label)


def test_what_is_bound_to_another_label_does_not_open(kms, label):
    key = kms.create(label)
    wrapped = kms.wrap(key, Secret(PLAIN), label)
    for other in (KekLabel(label.ledger_id, 2), KekLabel(os.urandom(16), 1)):
        with pytest.raises((TamperedError, KeyUnavailableError)):
            kms.unwrap(key, wrapped, other)


def test_what_is_altered_does_not_open(kms, label):
    key = kms.create(label)
    wrapped = bytearray(kms.wrap(key, Secret(PLAIN), label))
    wrapped[-1] ^= 1
    for altered in (bytes(wrapped), b"", bytes(wrapped[:10])):
        with pytest.raises(TamperedError):
            kms.unwrap(key, altered, label)


def test_a_key_goes_through_its_states(backend, label):
    kms = backend.kms
    key = kms.create(label)
    wrapped = kms.wrap(key, Secret(PLAIN), label)
    assert kms.describe(key).state is MasterKeyState.ENABLED
    for _ in range(2):
        kms.disable(key)
    assert kms.describe(key).state is MasterKeyState.DISABLED
    for use in (
        lambda: kms.wrap(key, Secret(PLAIN), label),
        lambda: kms.unwrap(key, wrapped, label),
    ):
        with pytest.raises(KeyUnavailableError, match="disabled"):
            use()
    kms.enable(key)
    assert bytes(kms.unwrap(key, wrapped, label)) == PLAIN

    due = kms.schedule_destruction(key, timedelta(days=7))
    assert kms.describe(key).state is MasterKeyState.PENDING_DESTRUCTION
    assert kms.describe(key).destroyed_at == due
    assert kms.schedule_destruction(key, timedelta(days=9)) == due
    with pytest.raises(KeyUnavailableError):
        kms.unwrap(key, wrapped, label)
    kms.enable(key)
    assert bytes(kms.unwrap(key, wrapped, label)) == PLAIN

    kms.schedule_destruction(key, timedelta(days=7))
    backend.elapse()
    assert kms.describe(key).state in {MasterKeyState.DESTROYED, MasterKeyState.ABSENT}
    for use in (lambda: kms.unwrap(key, wrapped, label), lambda: kms.enable(key)):
        with pytest.raises((KeyDestroyedError, KeyUnavailableError)):
            use()


def test_many_threads_create_one_key(kms, label):
    barrier, made = Barrier(8), []

    def create():
        barrier.wait()
        made.append(kms.create(label))

    threads = [Thread(target=create) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 8
    if not hasattr(kms, "slots"):  # the third party's dictionary does not claim it
        assert len(set(made)) == 1


def test_a_whole_vault_lives_on_it(backend, tmp_path):
    """Found, seal, reopen, roll, and the old master key ends."""
    from multistore.keys.keyring import Keyring
    from multistore.ledger.ledger import open_ledger

    kms = backend.kms
    ring = Keyring(open_ledger("sqlite:///ledger.db", base=tmp_path), kms)
    ring.ledger.tenants.add("acme")
    secret = bytes(ring.for_sealing("acme", "video").secret)
    ring.drop()
    assert bytes(ring.for_opening("acme", "video", 1).secret) == secret
    done = rolling.roll(ring, backup=tmp_path / "backup", soak=timedelta(0))
    assert (done.new_kek, done.verified) == (2, 1)
    backend.elapse()
    old = kms.find(KekLabel(ring.ledger.id, 1))
    assert old is None or kms.describe(old).state is MasterKeyState.DESTROYED
    ring.drop()
    assert bytes(ring.for_opening("acme", "video", 1).secret) == secret
    far = datetime.now(UTC) + timedelta(days=60)
    settled = ending.settle(ring, now=far)
    assert settled == ((1,) if kms.min_wait_days else ())
    ring.ledger.close()


def test_an_entry_point_that_does_not_fit_is_refused(tmp_path, monkeypatch):
    from multistore.errors import ConfigurationError

    info = tmp_path / "site" / "bad-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: bad\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[multistore.kms]\nbad = tests.keys.test_kms_backends:bad\n"
    )
    monkeypatch.syspath_prepend(str(info.parent))
    with pytest.raises(ConfigurationError, match="does not fit the protocol"):
        open_kms("bad:thing", base=tmp_path)


def bad(url, *, base):
    return object()


def test_the_configuration_names_an_installed_key_service(hsm_package, tmp_path):
    with open_keyring("sqlite:///ledger.db", "hsm:token", base=tmp_path) as ring:
        ring.ledger.tenants.add("acme")
        assert ring.for_sealing("acme", "video").version == 1
        assert ring.kms.location == "HSM in 東京, rack 12"
