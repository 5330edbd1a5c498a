"""The keyring: what it costs, what it forgets when, and what it refuses."""

import copy
import gc
import os
import pickle
import subprocess
import sys
import time
from threading import Thread
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from multistore.errors import (
    ClosedError,
    KeyDestroyedError,
    KeyUnavailableError,
    NotFoundError,
    TenantSuspendedError,
)
from multistore.keys import keyring as opening
from multistore.ledger.schema import TenantState, scope_keys
from tests.keys.test_cache import Clock, together

if TYPE_CHECKING:
    from multistore.sealing.scopes import ScopeKeys


def test_it_is_what_sealing_asks_for(keyring):
    keys: ScopeKeys = keyring
    assert keys.scope_id("acme", "video") is None
    key = keys.for_sealing("acme", "video")
    assert (len(key.scope_id), key.version, len(key.secret)) == (16, 1, 32)
    assert keys.scope_id("acme", "video") == key.scope_id
    assert keys.for_opening("acme", "video", 1) is key


def test_every_pair_has_a_key_of_its_own(keyring):
    pairs = [(tenant, name) for tenant in ("acme", "bolt") for name in ("video", "backup")]
    keys = [keyring.for_sealing(*pair) for pair in pairs]
    assert len({bytes(key.secret) for key in keys}) == 4
    assert len({key.scope_id for key in keys}) == 4


def test_a_key_is_the_same_for_whoever_opens_the_ledger(place, keyring):
    key = keyring.for_sealing("acme", "video")
    with place.open() as other:
        assert other.for_opening("acme", "video", 1).secret == key.secret
        assert other.for_sealing("acme", "video").scope_id == key.scope_id


@pytest.mark.parametrize("verb", ["scope_id", "for_sealing", "for_opening"])
def test_an_unknown_tenant_is_refused_with_the_command(keyring, verb):
    arguments = ("acne", "video", 1) if verb == "for_opening" else ("acne", "video")
    with pytest.raises(NotFoundError, match="multistore tenant add acne"):
        getattr(keyring, verb)(*arguments)


def test_an_unknown_version_is_refused(keyring):
    with pytest.raises(KeyUnavailableError, match="no key version 1 of acme/video"):
        keyring.for_opening("acme", "video", 1)
    keyring.for_sealing("acme", "video")
    with pytest.raises(KeyUnavailableError, match="no key version 2 of acme/video"):
        keyring.for_opening("acme", "video", 2)


def test_opening_never_founds_a_scope(keyring):
    with pytest.raises(KeyUnavailableError):
        keyring.for_opening("acme", "video", 1)
    assert keyring.scope_id("acme", "video") is None


def test_10_000_seals_are_one_call_of_the_key_service(place, keyring):
    keyring.for_sealing("acme", "video")
    ring, kms = place.counted()
    with ring:
        for _ in range(10_000):
            ring.for_sealing("acme", "video")
    assert kms.calls == {"unwrap": 1, "close": 1}


def test_64_threads_at_first_use_make_one_call(place, keyring):
    keyring.for_sealing("acme", "video")
    ring, kms = place.counted()
    with ring:
        keys = together(64, lambda: ring.for_sealing("acme", "video"))
    assert kms.calls["unwrap"] == 1
    assert len({id(key) for key in keys}) == 1


def test_64_threads_that_found_a_ledgers_first_scope_make_one_kek(place):
    ring, kms = place.counted()
    with ring:
        ring.ledger.tenants.add("acme")
        keys = together(64, lambda: ring.for_sealing("acme", "video"))
    assert {type(key).__name__ for key in keys} == {"ScopeKey"}
    assert len({bytes(key.secret) for key in keys}) == 1
    assert (kms.calls["create"], kms.calls["wrap"]) == (1, 1)


def test_64_threads_and_many_scopes_make_one_call(place, keyring):
    names = [f"class-{number}" for number in range(16)]
    for name in names:
        keyring.for_sealing("acme", name)
    ring, kms = place.counted()
    with ring:
        todo = iter(names * 4)
        keys = together(64, lambda: ring.for_sealing("acme", next(todo)))
    assert kms.calls["unwrap"] == 1
    assert len({bytes(key.secret) for key in keys}) == 16


def test_a_cached_key_asks_nothing(place, keyring):
    key = keyring.for_sealing("acme", "video")
    keyring.ledger.close()  # whoever asked the ledger would be told so
    assert keyring.for_sealing("acme", "video") is key
    assert keyring.for_opening("acme", "video", 1) is key
    assert keyring.scope_id("acme", "video") == key.scope_id


def test_scope_keys_end_after_300_s_and_keks_after_3600(place, keyring):
    keyring.for_sealing("acme", "video")
    clock = Clock()
    ring, kms = place.counted(clock=clock)
    with ring:
        first = ring.for_sealing("acme", "video")
        clock.now = 299
        assert ring.for_sealing("acme", "video") is first
        clock.now = 300
        assert ring.for_sealing("acme", "video") is not first
        assert kms.calls["unwrap"] == 1
        clock.now = 3599
        ring.for_sealing("acme", "video")
        assert kms.calls["unwrap"] == 1
        clock.now = 3600
        ring.drop("acme")
        ring.for_sealing("acme", "video")
        assert kms.calls["unwrap"] == 2


def test_at_most_1_024_scope_keys_are_kept(sqlite_place, monkeypatch):
    monkeypatch.setattr(opening, "SCOPES_KEPT", 8)
    with sqlite_place.open() as ring:
        ring.ledger.tenants.add("acme")
        for number in range(20):
            ring.for_sealing("acme", f"class-{number}")
        caches = ring._caches.get()
        assert (len(caches.keys), len(caches.scopes)) == (8, 8)


def test_the_bounds_are_those_of_the_specification():
    assert (opening.SCOPE_SECONDS, opening.SCOPES_KEPT, opening.KEK_SECONDS) == (300, 1024, 3600)


def test_a_key_that_was_evicted_under_a_user_stays_true(keyring):
    key = keyring.for_sealing("acme", "video")
    secret, copied = key.secret, bytes(key.secret)
    del key
    keyring.drop()
    gc.collect()
    assert bytes(secret) == copied


def test_eviction_under_64_threads_never_gives_a_wrong_key(place, keyring):
    expected = bytes(keyring.for_sealing("acme", "video").secret)
    stop = time.monotonic() + 1.0
    seen = set()

    def use():
        while time.monotonic() < stop:
            seen.add(bytes(keyring.for_opening("acme", "video", 1).secret))

    def evict():
        while time.monotonic() < stop:
            keyring.drop("acme")
            time.sleep(0.001)

    threads = [Thread(target=use) for _ in range(63)] + [Thread(target=evict)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == {expected}


def test_closing_lets_go_of_every_key(place, keyring):
    ring = place.open()
    secret = ring.for_sealing("acme", "video").secret
    ring.close()
    # Only this test holds it now: the caches, the locals and the threads do not.
    assert sys.getrefcount(secret) == 2
    with pytest.raises(ClosedError):
        ring.for_sealing("acme", "video")
    ring.close()


@pytest.mark.parametrize("do", [pickle.dumps, copy.copy, copy.deepcopy])
def test_neither_keyring_nor_ledger_is_pickled(keyring, do):
    for thing in (keyring, keyring.ledger):
        with pytest.raises(TypeError, match="from the configuration"):
            do(thing)


def test_nothing_secret_is_shown(keyring):
    key = keyring.for_sealing("acme", "video")
    caches = keyring._caches.get()
    for shown in (repr(keyring), repr(keyring.ledger), repr(key), repr(caches), str(vars(keyring))):
        assert key.secret.hex() not in shown
        assert repr(bytes(key.secret))[2:-1] not in shown
        assert "canary-password" not in shown


def test_suspension_counts_at_once_in_this_process(keyring):
    keyring.for_sealing("acme", "video")
    keyring.ledger.tenants.move("acme", TenantState.SUSPENDED, reason="the contract ended")
    for verb in (
        lambda: keyring.for_sealing("acme", "video"),
        lambda: keyring.for_opening("acme", "video", 1),
        lambda: keyring.for_sealing("acme", "backup"),
    ):
        with pytest.raises(TenantSuspendedError, match="acme"):
            verb()
    keyring.for_sealing("bolt", "video")
    keyring.ledger.tenants.move("acme", TenantState.ACTIVE, reason="it goes on")
    keyring.for_sealing("acme", "video")


@pytest.mark.parametrize("state", [TenantState.ERASING, TenantState.ERASED])
def test_an_erased_tenants_keys_are_destroyed(keyring, state):
    keyring.for_sealing("acme", "video")
    for step in (TenantState.SUSPENDED, TenantState.ERASING, TenantState.ERASED):
        keyring.ledger.tenants.move("acme", step, reason="the end")
        if step is state:
            break
    for verb in (
        lambda: keyring.for_sealing("acme", "video"),
        lambda: keyring.for_opening("acme", "video", 1),
        lambda: keyring.for_sealing("acme", "never-used"),
    ):
        with pytest.raises(KeyDestroyedError):
            verb()


SERVER = """
import sys, time
from pathlib import Path
from multistore.errors import TenantSuspendedError
from multistore.keys.keyring import Keyring
from multistore.keys.kms.opening import open_kms
from multistore.ledger.ledger import open_ledger

url, base, ttl = sys.argv[1], Path(sys.argv[2]), float(sys.argv[3])
ring = Keyring(open_ledger(url, base=base), open_kms("local:keys/", base=base), scope_seconds=ttl)
ring.for_sealing("acme", "video")
print("serving", flush=True)
sys.stdin.readline()
suspended = time.monotonic()
served = 0
while True:
    try:
        ring.for_sealing("acme", "video")
        served += 1
    except TenantSuspendedError:
        print(served, time.monotonic() - suspended, flush=True)
        break
    time.sleep(0.01)
    if time.monotonic() - suspended > 20:
        sys.exit("never refused")
"""


def test_a_suspension_reaches_another_process_within_the_ttl(place, keyring):
    keyring.for_sealing("acme", "video")
    ttl = 1.5
    command = [sys.executable, "-c", SERVER, place.ledger_url, str(place.base), str(ttl)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout.readline() == "serving\n"
        keyring.ledger.tenants.move("acme", TenantState.SUSPENDED, reason="the contract ended")
        other.stdin.write("\n")
        other.stdin.flush()
        served, seconds = other.stdout.readline().split()
    assert other.returncode == 0
    assert int(served) > 0  # it was still serving from its cache when the suspension came
    assert float(seconds) <= ttl + 0.5


def test_a_child_of_a_fork_serves_by_itself(place, keyring):
    key = keyring.for_sealing("acme", "video")
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            same = keyring.for_opening("acme", "video", 1).secret == key.secret
            new = keyring.for_sealing("bolt", "video")
            os.write(writing, new.scope_id)
            status = 0 if same else 2
        finally:
            os._exit(status)
    os.close(writing)
    _, status = os.waitpid(child, 0)
    with os.fdopen(reading, "rb") as pipe:
        founded = pipe.read()
    assert os.waitstatus_to_exitcode(status) == 0
    # The parent's own connections still work, and it sees what the child has founded.
    assert keyring.for_sealing("bolt", "video").scope_id == founded
    keyring.ledger.tenants.add("cord")


def test_a_fork_while_another_thread_loads_does_not_hang(place, keyring):
    keyring.for_sealing("acme", "video")
    stop = time.monotonic() + 1

    def busy():
        while time.monotonic() < stop:
            keyring.drop()
            keyring.for_sealing("acme", "video")

    threads = [Thread(target=busy) for _ in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(10):
        child = os.fork()
        if child == 0:
            keyring.for_sealing("acme", "video")
            os._exit(0)
        assert wait(child, seconds=20) == 0
    for thread in threads:
        thread.join()


def wait(child, seconds):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.01)
    os.kill(child, 9)
    os.waitpid(child, 0)
    return "hung"


def test_a_lost_row_is_said_to_be_lost(keyring):
    from multistore.ledger.schema import wrapped_keys

    keyring.for_sealing("acme", "video")
    with keyring.ledger.writing() as connection:
        connection.execute(wrapped_keys.delete())
    keyring.drop()
    with pytest.raises(KeyUnavailableError, match="has lost the key of acme/video"):
        keyring.for_sealing("acme", "video")


def test_a_destroyed_version_is_said_to_be_destroyed(keyring):
    from datetime import UTC, datetime

    keyring.for_sealing("acme", "video")
    with keyring.ledger.writing() as connection:
        connection.execute(update(scope_keys).values(destroyed_at=datetime(2026, 4, 1, tzinfo=UTC)))
    keyring.drop()
    with pytest.raises(KeyDestroyedError, match="2026-04-01"):
        keyring.for_opening("acme", "video", 1)
