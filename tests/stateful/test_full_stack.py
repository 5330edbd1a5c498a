"""Random walks over the layers: sealed over memory and disk, and the whole vault."""

from __future__ import annotations

import itertools
import tempfile

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule, run_state_machine_as_test
from tests.sealing.scopes import Scopes

import multistore
from multistore.errors import MultistoreError
from multistore.sealing.sealed import SealedStore
from multistore.stores.base import Capability, StoredObject
from multistore.stores.local import LocalStore
from multistore.stores.memory import MemoryStore
from multistore.testing.oracle import Held, StoreMachine, names
from multistore.values import EMPTY, CommonPrefix

WALKS = settings(max_examples=60, stateful_step_count=30, deadline=None)

CONFIGURATION = """
[vault]
ledger = "sqlite:///multistore.db"
keys = "local:keys/"

[stores.files]
provider = "local"
path = "data"
accepts = ["video"]

[collections.video]
store = "files"
"""


class SealedMachine(StoreMachine):
    prefix = "acme/video/"

    def make_store(self):
        return SealedStore(MemoryStore(), Scopes())


class SealedFilesMachine(SealedMachine):
    def make_store(self):
        self.directory = tempfile.TemporaryDirectory()
        return SealedStore(LocalStore("files", self.directory.name), Scopes())

    def teardown(self):
        super().teardown()
        self.directory.cleanup()


@pytest.mark.parametrize("machine", [SealedMachine, SealedFilesMachine])
def test_sealed_stores(machine):
    run_state_machine_as_test(machine, settings=WALKS)


class VaultAsStore:
    """A vault behind the verbs that the machine uses."""

    capabilities = frozenset({Capability.CONDITIONAL_CREATE, Capability.CONDITIONAL_UPDATE})

    def __init__(self, vault):
        self.vault = vault

    def put(self, name, body, *, mode, content_type=None, metadata=EMPTY):
        source = iter(body.parts) if body.size is None else b"".join(body.parts)
        about = {"content_type": content_type, "metadata": metadata}
        return self._stored(self.vault.put(name, source, mode=mode, **about))

    def get(self, name, span):
        info = self.head(name)
        return _Read(info, self.vault.read(name, span))

    def head(self, name):
        return self._stored(self.vault.head(name))

    def list(self, prefix, *, delimiter=None, start_after=None):
        key = None if start_after is None else start_after.split("/", 2)[2]
        for item in self.vault.list(prefix, delimiter=delimiter, start_after=key):
            yield item if isinstance(item, CommonPrefix) else self._stored(item)

    def delete(self, refs):
        return self.vault.delete_many([ref.name for ref in refs])

    def close(self):
        pass  # one vault serves all walks

    @staticmethod
    def _stored(info):
        return StoredObject(
            str(info.address),
            info.size,
            info.modified,
            info.etag,
            content_type=info.content_type,
            metadata=info.metadata,
        )


class _Read:
    def __init__(self, info, data):
        self.info = info
        self.data = data


def test_the_vault(tmp_path):
    (tmp_path / "multistore.toml").write_text(CONFIGURATION)
    numbers = itertools.count()
    with multistore.open(tmp_path / "multistore.toml") as vault:
        vault.tenants.add("acme")

        class VaultMachine(StoreMachine):
            def make_store(self):
                self.prefix = f"acme/video/{next(numbers)}/"
                return VaultAsStore(vault)

            @precondition(lambda self: self.oracle.held)
            @rule(to=names, data=st.data())
            def copy(self, *, to, data):
                """As the vault's copy: no condition on the source, and its description stays."""
                source = data.draw(st.sampled_from(sorted(self.oracle.held)), label="source")
                held = self.oracle.held[source]
                mode = self._mode(to, data)
                refusal = self.oracle.refusal(to, mode)
                try:
                    made = vault.copy(self.prefix + source, self.prefix + to, mode=mode)
                except MultistoreError as error:
                    made = error
                if refusal is not None:
                    assert isinstance(made, refusal)
                    return
                assert not isinstance(made, MultistoreError), made
                self.oracle.write(to, Held(held.data, held.content_type, held.metadata, made.etag))

            @precondition(lambda self: self.oracle.held)
            @rule(data=st.data())
            def read_in_every_way(self, data):
                source = data.draw(st.sampled_from(sorted(self.oracle.held)), label="source")
                address, expected = self.prefix + source, self.oracle.held[source].data
                assert b"".join(vault.get(address)) == expected
                assert vault.read(address) == expected
                with vault.open(address) as file:
                    at = data.draw(st.integers(0, len(expected)), label="at")
                    file.seek(at)
                    assert file.readall() == expected[at:]

        run_state_machine_as_test(VaultMachine, settings=WALKS)
