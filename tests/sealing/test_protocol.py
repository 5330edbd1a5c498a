"""Nothing of the store protocol is forgotten by the layer, now or when the protocol grows."""

from __future__ import annotations

import inspect
import pickle
import typing
from dataclasses import replace

import pytest

from multistore.errors import AlreadyExistsError, InvalidArgumentError, UnsupportedError
from multistore.sealing.framing import Framing
from multistore.sealing.sealed import SealedStore
from multistore.stores.base import Body, Capability, CommonPrefix, Limits, Ref, Store
from multistore.values import Outcome, OutcomeStatus, PutMode, Span
from tests.sealing.inner import NAME, C, pattern, put, raw, sealed
from tests.sealing.scopes import Scopes

MEMBERS = sorted(name for name in vars(Store) if not name.startswith("_"))


@pytest.mark.parametrize("name", MEMBERS)
def test_every_member_is_written_out_with_the_protocol_s_own_signature(name):
    ours, theirs = vars(SealedStore)[name], vars(Store)[name]
    assert type(ours) is type(theirs)
    if isinstance(theirs, property):
        ours, theirs = ours.fget, theirs.fget
    assert inspect.signature(ours) == inspect.signature(theirs)


class Told:
    """A store that writes down each call and answers with what it was given for it."""

    name, provider, bucket = "told", "s3-compatible", "a-bucket"
    capabilities = frozenset({Capability.VERSIONS})
    limits = Limits(part_size=1000, parts=7, concurrency=3, object_size=10_000, name_bytes=77)
    placement, versions, uploads = object(), object(), object()
    retention, rules, strays = object(), object(), object()

    def __init__(self):
        self.calls = []

    def __repr__(self):
        return "Told()"

    def __getattr__(self, name):
        def call(*arguments, **options):
            self.calls.append((name, arguments, options))
            return self.answers[name]

        return call

    answers: typing.ClassVar = {
        "list": iter([CommonPrefix("acme/data/x/")]),
        "delete": [Outcome("acme/data/a", "7", OutcomeStatus.DELETED)],
        "close": None,
    }


def test_what_the_layer_does_not_change_goes_through_as_it_is():
    inner = Told()
    store = SealedStore(inner, Scopes())
    for name in ("name", "provider", "bucket", "capabilities", "placement", "versions", "uploads"):
        assert getattr(store, name) is getattr(inner, name)
    largest = Framing(17).largest(10_000)
    assert store.limits == replace(inner.limits, object_size=largest)
    assert list(store.list("acme/", delimiter="/", start_after="acme/a")) == [
        CommonPrefix("acme/data/x/")
    ]
    refs = [Ref("acme/data/a", "7")]
    assert store.delete(refs) is inner.answers["delete"]
    store.close()
    assert inner.calls == [
        ("list", ("acme/",), {"delimiter": "/", "start_after": "acme/a"}),
        ("delete", (refs,), {}),
        ("close", (), {}),
    ]


def test_facets_that_are_not_there_are_not_there():
    store = sealed()
    assert (store.placement, store.versions, store.uploads) == (None, None, None)


def test_repr_shows_the_chain_and_no_key():
    store = SealedStore(Told(), Scopes())
    assert repr(store) == "SealedStore(Told())"


def test_a_sealed_store_is_not_pickled():
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(sealed())


def test_duplicate_keeps_chunks_time_and_description_and_opens_nothing():
    store = sealed()
    made = put(store, pattern(3 * C), content_type="video/mp4", metadata={"題名": "第1回"})
    old = bytes(raw(store))
    store.inner.gets.clear()
    target = "acme/data/コピー.mp4"
    copied = store.duplicate(NAME, target, mode=PutMode.CREATE)
    assert [get.span for get in store.inner.gets] == [Span(0, 160)]
    new = bytes(raw(store, target))
    assert new[160:] == old[160:]
    assert new[:64] == old[:64]
    assert new[64:160] != old[64:160]
    for info in (copied, store.head(target)):
        assert (info.name, info.size, info.created) == (target, 3 * C, made.created)
        assert (info.content_type, info.metadata) == ("video/mp4", {"題名": "第1回"})
        assert info.header_tag == new[128:160] != made.header_tag
    assert store.open(target).read() == pattern(3 * C)
    # The metadata was sealed anew: the same nonce for two names would tell that they are one.
    entries = [store.inner.head(name).metadata["multistore"] for name in (NAME, target)]
    assert entries[0][:16] != entries[1][:16]
    with pytest.raises(AlreadyExistsError):
        store.duplicate(NAME, target, mode=PutMode.CREATE)


def test_copy_gives_a_new_description_under_the_same_name():
    store = sealed()
    made = put(store, b"data", content_type="text/old", metadata={"a": "b"})
    store.copy(
        NAME, NAME, head=b"", if_match=made.etag, mode=PutMode.OVERWRITE, content_type="text/new"
    )
    info = store.head(NAME)
    assert (info.content_type, info.metadata, info.created) == ("text/new", {}, made.created)
    assert store.open(NAME).read() == b"data"


@pytest.mark.parametrize("known", [True, False])
def test_a_copy_of_any_kind_of_length_opens(known):
    store = sealed(pattern(2 * C + 1), known=known)
    store.duplicate(NAME, "acme/data/b", mode=PutMode.OVERWRITE)
    assert store.open("acme/data/b").read() == pattern(2 * C + 1)


@pytest.mark.parametrize("target", ["acme/backup/a", "acme2/data/a"])
def test_ciphertext_never_crosses_into_another_scope(target):
    store = sealed(b"x")
    etag = store.head(NAME).etag
    for copy in (
        lambda: store.duplicate(NAME, target, mode=PutMode.OVERWRITE),
        lambda: store.copy(NAME, target, head=b"", if_match=etag, mode=PutMode.OVERWRITE),
    ):
        with pytest.raises(InvalidArgumentError, match="not of the same tenant and collection"):
            copy()
    assert [entry.name for entry in store.inner.list("")] == [NAME]


def test_plaintext_is_never_edited():
    store = sealed(b"x" * 100)
    etag = store.head(NAME).etag
    with pytest.raises(UnsupportedError, match="never edited"):
        store.copy(NAME, NAME, head=b"y", if_match=etag, mode=PutMode.OVERWRITE)
    assert store.open(NAME).read() == b"x" * 100


def test_re_sealing_across_scopes_by_reading_and_putting():
    store = sealed(pattern(5 * C), part_size=C)
    opened = store.open(NAME)
    store.put("acme2/data/a", Body(opened.stream(), opened.size), mode=PutMode.CREATE)
    assert store.open("acme2/data/a").read() == pattern(5 * C)
    assert raw(store, "acme2/data/a")[160:] != raw(store)[160:]
