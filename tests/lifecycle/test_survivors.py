"""The keys of a collection that outlives its tenant end when its own retention has ended."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from multistore.errors import ConflictError, KeyDestroyedError
from multistore.keys.closing import destroy_survivor
from multistore.ledger import chain
from multistore.ledger.holds import Holds
from multistore.ledger.schema import erasure_log, scope_keys, scopes, tenants, wrapped_keys
from multistore.stores.base import Body
from multistore.values import PutMode, Span
from tests.lifecycle.test_run import leave


def keys(house, tenant, collection="access-log"):
    """Of a scope: how many keys live, are destroyed, and are wrapped."""
    own = (
        select(scopes.c.id)
        .join(tenants, tenants.c.id == scopes.c.tenant_id)
        .where(tenants.c.name == tenant, scopes.c.collection == collection)
    )
    with house.keyring.ledger.reading() as connection:
        ends = connection.execute(
            select(scope_keys.c.destroyed_at).where(scope_keys.c.scope_id.in_(own))
        ).scalars()
        states = [end is None for end in ends]
        wrapped = connection.execute(
            select(wrapped_keys.c.kek_no).where(wrapped_keys.c.scope_id.in_(own))
        ).all()
    return states.count(True), states.count(False), len(wrapped)


@pytest.fixture
def gone(house):
    """acme has left; its access log is kept for 36 months from when it was sealed."""
    leave(house)
    for day in ("2025-07-23", "2025-07-30", "2025-07-31"):
        house.clock.on(day)
        house.run()
    assert house.states()["acme"] == "erased"
    assert keys(house, "acme") == (1, 0, 1)
    assert keys(house, "acme", "video") == (0, 1, 0)
    return house


def test_they_are_destroyed_with_the_last_log_and_no_other_s(gone):
    gone.clock.on("2029-11-01")  # the log was sealed by the machine's own clock
    gone.run()
    assert keys(gone, "acme") == (1, 0, 1)
    inner = gone.stores["logs"].inner
    copied = bytes(inner.get("acme/access-log/2025-04.log", Span(0, 1 << 20)).data)
    gone.clock.on("2030-01-01")
    report = gone.run()
    (action,) = [a for a in report.actions if a.subject == "acme/access-log"]
    assert (action.step, action.result.value) == ("expire", "done")
    assert "its 1 keys are destroyed" in action.detail
    assert gone.names("acme/") == []
    assert keys(gone, "acme") == (0, 1, 0)
    # acme2 is under contract: its log has expired too, and its key lives on.
    assert gone.names("acme2/access-log/") == []
    assert keys(gone, "acme2") == (1, 0, 1)
    gone.put("acme2/access-log/2030-01.log", b"new")
    assert gone.read("acme2/access-log/2030-01.log") == b"new"
    # A copy that somebody took beforehand opens no more.
    inner.put("acme/access-log/2025-04.log", Body([copied], len(copied)), mode=PutMode.CREATE)
    with pytest.raises(KeyDestroyedError):
        gone.read("acme/access-log/2025-04.log")
    before = gone.everything()
    gone.run()
    assert gone.everything() == before


def test_it_stands_in_both_chains(gone):
    gone.clock.on("2030-01-01")
    gone.run()
    with gone.keyring.ledger.reading() as connection:
        log = [entry.content for entry in chain.entries(connection, erasure_log)]
    destroyed = [entry for entry in log if entry["kind"] == "keys-destroyed"]
    assert [entry.get("collection") for entry in destroyed] == [None, "access-log"]
    assert len(destroyed[1]["keys"]) == 1
    assert gone.events().count("scope-key-destroyed") == 1


def test_a_hold_on_any_of_it_keeps_its_keys(gone):
    holds = Holds(gone.keyring.ledger, gone.clock)
    holds.place("acme/access-log/2025-04.log", "17", reason="a suit", placed_by="legal")
    gone.clock.on("2030-01-01")
    gone.run()
    assert keys(gone, "acme") == (1, 0, 1)
    assert gone.names("acme/") == ["acme/access-log/2025-04.log"]
    holds.release("acme", "17", reason="settled", released_by="legal")
    gone.clock.on("2030-01-02")
    gone.run()
    assert keys(gone, "acme") == (0, 1, 0)


@pytest.mark.parametrize("name", ["acme2/access-log", "acme/video", "acm/nothing"])
def test_the_keys_of_what_lives_or_does_not_survive_are_refused(gone, name):
    before = gone.everything()
    with pytest.raises(ConflictError, match="does not outlive"):
        destroy_survivor(gone.keyring, *name.split("/"))
    assert gone.everything() == before


def test_a_crash_before_the_log_s_store_heard_of_it_is_made_up_for(gone, monkeypatch):
    from multistore.keys import closing

    told = []
    monkeypatch.setattr(closing.erasure_log, "publish", lambda ledger, _: told.append(ledger))
    assert len(destroy_survivor(gone.keyring, "acme", "access-log")) == 1
    assert destroy_survivor(gone.keyring, "acme", "access-log") == ()
    assert len(told) == 2
