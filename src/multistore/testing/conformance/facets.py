"""The facets, and that a store without one says so."""

from __future__ import annotations

from multistore.errors import NotFoundError
from multistore.stores.base import Capability, Placement, Store, Version
from multistore.stores.facets import OWN, Kept, Rule
from multistore.testing.conformance.harness import Harness
from multistore.values import OutcomeStatus


class Facets(Harness):
    """The tests of the facets, of capabilities and of close."""

    def test_it_is_a_store(self, store: Store) -> None:
        assert isinstance(store, Store)
        for text in (store.name, store.provider, store.bucket):
            assert isinstance(text, str)
            assert text
        assert isinstance(store.capabilities, frozenset)
        assert store.capabilities <= frozenset(Capability)
        limits = store.limits
        assert 0 < limits.part_size <= limits.object_size
        assert min(limits.parts, limits.concurrency, limits.name_bytes) > 0

    def test_facets_and_capabilities_agree(self, store: Store) -> None:
        assert (store.versions is not None) == (Capability.VERSIONS in store.capabilities)
        assert (store.uploads is not None) == (Capability.UPLOADS in store.capabilities)

    def test_placement_names_its_source(self, store: Store) -> None:
        if store.placement is None:
            return  # a store that says nothing about where it is
        said = store.placement.placement()
        assert isinstance(said, Placement)
        assert said.call

    def test_versions(self, store: Store) -> None:
        if store.versions is None:
            return  # test_facets_and_capabilities_agree asserts the absence
        old = self.put(store, "acme", b"old")
        new = self.put(store, "acme", b"newer")
        self.put(store, "acme2", b"neighbour")
        assert old.version is not None
        assert store.head(self.at("acme")).version == new.version != old.version
        assert self.read(store, "acme", version=old.version) == b"old"
        assert store.head(self.at("acme"), version=old.version).etag == old.etag
        (hidden,) = store.delete([self.ref("acme")])
        assert hidden.gone
        assert not self.has(store, "acme")
        assert self.read(store, "acme", version=old.version) == b"old"
        found = self._versions(store, "acme")
        mine = [v for v in found if v.name == self.at("acme")]
        assert (
            sorted((v.kind, v.size) for v in mine)
            == [
                ("delete-marker", 0),
                ("object", store.head(self.at("acme"), version=old.version).size or 0),
                ("object", store.head(self.at("acme"), version=new.version).size or 0),
            ]
            or self.sealed
        )
        assert [v.kind for v in mine if v.latest] == ["delete-marker"]
        assert {v.name for v in found} == {self.at("acme"), self.at("acme2")}
        assert all(v.modified.utcoffset() is not None for v in found)

    def test_every_version_can_go(self, store: Store) -> None:
        if store.versions is None:
            return  # as above
        for key in ("acme/a", "acme/b", "acme2/a"):
            self.put(store, key, b"one")
            self.put(store, key, b"two")
            store.delete([self.ref(key)])
            self.put(store, key, b"three")
        doomed = self._versions(store, "acme/")
        assert len(doomed) == 8
        outcomes = store.delete([self.ref(v.name[len(self.prefix) :], v.version) for v in doomed])
        assert [(o.name, o.version) for o in outcomes] == [(v.name, v.version) for v in doomed]
        assert all(outcome.gone for outcome in outcomes)
        assert self._versions(store, "acme/") == []
        assert len(self._versions(store, "acme2/")) == 4
        assert self.read(store, "acme2/a") == b"three"
        again = store.delete([self.ref(v.name[len(self.prefix) :], v.version) for v in doomed])
        assert all(outcome.gone for outcome in again)
        for v in doomed:
            with self.refused(store, NotFoundError, "head", v.name[len(self.prefix) :]):
                store.head(v.name, version=v.version)

    def test_deleting_the_marker_brings_the_object_back(self, store: Store) -> None:
        if store.versions is None:
            return  # as above
        self.put(store, "a", b"back")
        store.delete([self.ref("a")])
        (marker,) = [v for v in self._versions(store, "a") if v.kind == "delete-marker"]
        store.delete([self.ref("a", marker.version)])
        assert self.read(store, "a") == b"back"

    def test_unfinished_uploads(self, store: Store) -> None:
        if store.uploads is None:
            return  # test_facets_and_capabilities_agree asserts the absence
        for key in ("acme/a", "acme2/a"):
            self.raw_upload(store, self.at(key))
        assert self.listed(store) == []
        (upload,) = store.uploads.list_uploads(self.at("acme/"))
        assert upload.name == self.at("acme/a")
        store.uploads.abort(upload)
        store.uploads.abort(upload)
        assert list(store.uploads.list_uploads(self.at("acme/"))) == []
        (kept,) = store.uploads.list_uploads(self.prefix)
        assert kept.name == self.at("acme2/a")
        store.uploads.abort(kept)

    def test_a_hold_of_the_service_holds(self, store: Store) -> None:
        if store.retention is None or not store.retention.usable():
            return  # nothing here can be held
        version = self.put(store, "a", b"held").version
        ref = self.ref("a", version)
        assert store.retention.kept(ref) == Kept()
        store.retention.set_hold(ref, on=True)
        assert store.retention.held(ref)
        assert store.retention.kept(ref).hold
        (refused,) = store.delete([ref])
        assert refused.status in (OutcomeStatus.RETAINED, OutcomeStatus.DENIED)
        assert self.read(store, "a", version=version) == b"held"
        store.retention.set_hold(ref, on=False)
        assert not store.retention.held(ref)
        (gone,) = store.delete([ref])
        assert gone.gone

    def test_rules_of_ours_come_and_go(self, store: Store) -> None:
        if store.rules is None:
            return  # this store has none
        before = store.rules.read()
        rule = Rule(f"{OWN}conformance", self.at("acme/"), days=400)
        written = store.rules.replace([*before.own, rule])
        assert rule in written.own
        assert (written.foreign, written.dropped) == (before.foreign, ())
        assert store.rules.read() == written
        assert store.rules.replace(before.own).own == before.own

    def test_a_store_alone_with_itself_has_no_strays(self, store: Store) -> None:
        if store.strays is None:
            return  # nothing else can be in it
        for key in ("acme/a", "acme/b/c", "日本語/.x"):
            self.put(store, key, b"x")
        assert list(store.strays.list_strays(self.prefix)) == []

    def test_close_twice(self, store: Store) -> None:
        self.put(store, "a", b"x")
        store.close()
        store.close()

    def _versions(self, store: Store, key: str) -> list[Version]:
        assert store.versions is not None
        return list(store.versions.list_versions(self.at(key)))
