"""A thread that founds a scope while another one looks whether there is one."""

from __future__ import annotations

from threading import Event, Thread, Timer, current_thread


def test_a_look_that_began_before_the_founding_is_not_believed(keyring, monkeypatch):
    look, scope = keyring._looked_up, keyring._scope
    looking, go_on = Event(), Event()
    waits = iter([False, True])  # the founder's own look, then the other thread's

    def looked_up(tenant, collection):
        found = look(tenant, collection)
        if next(waits, False):
            looking.set()
            go_on.wait(20)
        return found

    def scope_then_another_looks(tenant, collection):
        found = scope(tenant, collection)
        if current_thread() is not other:
            other.start()
            looking.wait(20)
            Timer(0.1, go_on.set).start()  # by then the founder has joined that look
        return found

    other = Thread(target=lambda: scope("acme", "video"))
    monkeypatch.setattr(keyring, "_looked_up", looked_up)
    monkeypatch.setattr(keyring, "_scope", scope_then_another_looks)
    sealing = keyring.for_sealing("acme", "video")
    other.join()
    monkeypatch.undo()
    assert keyring.for_opening("acme", "video", 1).secret == sealing.secret
