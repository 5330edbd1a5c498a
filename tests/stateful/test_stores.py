"""Random walks over stores, against the oracle."""

from __future__ import annotations

import tempfile

import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from multistore.stores.base import Body
from multistore.stores.local import LocalStore
from multistore.stores.memory import MemoryStore
from multistore.testing.oracle import StoreMachine
from multistore.values import PutMode

WALKS = settings(max_examples=150, stateful_step_count=30, deadline=None)


class MemoryMachine(StoreMachine):
    def make_store(self):
        return MemoryStore()


class VersionedMemoryMachine(StoreMachine):
    def make_store(self):
        return MemoryStore(versioned=True)


class LocalMachine(StoreMachine):
    def make_store(self):
        self.directory = tempfile.TemporaryDirectory()
        return LocalStore("files", self.directory.name)

    def teardown(self):
        super().teardown()
        self.directory.cleanup()


@pytest.mark.parametrize("machine", [MemoryMachine, VersionedMemoryMachine, LocalMachine])
def test_random_walks(machine):
    run_state_machine_as_test(machine, settings=WALKS)


class LosesLargeTails(MemoryStore):
    def put(self, name, body, **options):
        data = b"".join(body.parts)
        return super().put(name, Body([data[:300_000]], None), **options)


class KeepsWhatBroke(MemoryStore):
    def put(self, name, body, **options):
        parts = []
        try:
            parts.extend(body.parts)
        except ZeroDivisionError:
            super().put(name, Body(parts, None), **options)
            raise
        return super().put(name, Body(parts, body.size), **options)


class ForgetsTheSecondCondition(MemoryStore):
    def put(self, name, body, *, mode, **options):
        if mode is not PutMode.CREATE:
            mode = PutMode.OVERWRITE
        return super().put(name, body, mode=mode, **options)


class DeletesTheFirstOnly(MemoryStore):
    def delete(self, refs):
        done = super().delete(refs[:1])
        return [*done, *(done[0]._replace(name=ref.name) for ref in refs[1:])]


class DropsTheGroupAtTheEnd(MemoryStore):
    def list(self, prefix, *, delimiter=None, start_after=None):
        found = list(super().list(prefix, delimiter=delimiter, start_after=start_after))
        return iter(found[:-1] if delimiter and found and hasattr(found[-1], "prefix") else found)


@pytest.mark.parametrize(
    "kind",
    [
        LosesLargeTails,
        KeepsWhatBroke,
        ForgetsTheSecondCondition,
        DeletesTheFirstOnly,
        DropsTheGroupAtTheEnd,
    ],
)
def test_the_machine_finds_a_fault(kind):
    class Faulty(StoreMachine):
        def make_store(self):
            return kind()

    find = settings(WALKS, max_examples=400, phases=[Phase.generate], database=None)
    with pytest.raises((AssertionError, ExceptionGroup)):
        run_state_machine_as_test(Faulty, settings=find)
