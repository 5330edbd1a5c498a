"""Content type and metadata: any text, sealed, and told apart when lost, absent or altered."""

from __future__ import annotations

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from multistore.errors import FormatError, InvalidArgumentError, TamperedError
from multistore.sealing import metadata as sealed_metadata
from multistore.sealing.header import NO_METADATA, Core, ObjectKeys
from multistore.sealing.metadata import Metadata
from multistore.stores.base import Body
from multistore.values import PutMode
from tests.sealing.inner import NAME, put, raw, sealed

CORE = Core(17, length_unknown=False, key_version=1, scope_id=bytes(16), salt=bytes(32))
KEYS = ObjectKeys(bytearray(32), CORE)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


@given(st.none() | TEXT, st.dictionaries(TEXT, TEXT, max_size=4))
def test_what_is_sealed_comes_back(content_type, user):
    given_metadata = Metadata(content_type, user)
    entry, digest = sealed_metadata.seal(KEYS, given_metadata)
    assert sealed_metadata.unseal(KEYS, digest, entry) == given_metadata
    assert bool(entry) == bool(given_metadata) == (digest != NO_METADATA)
    assert all(value.isascii() and "=" not in value for value in entry.values())


def test_every_sealing_has_its_own_nonce():
    entries = {sealed_metadata.seal(KEYS, Metadata("a"))[0]["multistore"] for _ in range(50)}
    assert len({entry[:16] for entry in entries}) == 50


@pytest.mark.parametrize(
    ("content_type", "user"),
    [
        (4, {}),
        (b"text/plain", {}),
        (None, {"a": 1}),
        (None, {1: "a"}),
        (None, {"a": None}),
        (None, {"a": ["b"]}),
        ("\ud800", {}),
        (None, {"a": "x" * 1400}),
    ],
    ids=repr,
)
def test_what_cannot_be_kept_is_refused_before_a_byte_moves(content_type, user):
    store = sealed()

    def source():
        raise AssertionError("the source was touched")
        yield b""

    with pytest.raises(InvalidArgumentError) as caught:
        store.put(
            NAME,
            Body(source(), 1),
            mode=PutMode.OVERWRITE,
            content_type=content_type,
            metadata=user,
        )
    assert (caught.value.operation, caught.value.key) == ("put", NAME)
    assert list(store.inner.list("")) == []


def test_as_much_fits_as_the_message_says():
    store = sealed()
    with pytest.raises(InvalidArgumentError) as caught:
        put(store, b"x", metadata={"a": "x" * 2000})
    most = int(str(caught.value).split("at most ")[1].split()[0])
    frame = len('{"user":{"a":""}}')
    put(store, b"x", metadata={"a": "x" * (most - frame)})
    with pytest.raises(InvalidArgumentError):
        put(store, b"x", metadata={"a": "x" * (most - frame + 1)})


def test_an_object_whose_metadata_a_tool_dropped_keeps_its_data():
    store = sealed()
    put(store, b"the data", content_type="text/plain", metadata={"題名": "第1回"})
    # As a copier does that knows only bytes.
    data = bytes(raw(store))
    store.inner.put(NAME, Body([data], len(data)), mode=PutMode.OVERWRITE)
    opened = store.open(NAME)
    assert opened.read() == b"the data"
    assert opened.size == 8
    assert opened.created
    with pytest.raises(TamperedError, match="gone") as caught:
        _ = opened.info
    assert (caught.value.key, caught.value.operation) == (NAME, "head")
    with pytest.raises(TamperedError):
        store.head(NAME)
    with pytest.raises(TamperedError):
        store.duplicate(NAME, NAME + "2", mode=PutMode.OVERWRITE)
    # The way out that the hint names.
    store.copy(
        NAME,
        NAME,
        head=b"",
        if_match=opened.etag,
        mode=PutMode.OVERWRITE,
        content_type="text/plain",
    )
    assert store.head(NAME).content_type == "text/plain"
    assert store.open(NAME).read() == b"the data"


@pytest.mark.parametrize("wrong", [b'{"user":{"canary":1}}', b'{"user": canary', b"canary\xff"])
def test_no_plaintext_of_the_metadata_is_in_an_error(wrong):
    nonce = bytes(12)
    cipher = KEYS.metadata_cipher().encrypt(nonce, wrong, b"multistore-metadata-v1\0" + KEYS.core)
    sealed_bytes = nonce + cipher
    carried = base64.urlsafe_b64encode(sealed_bytes).rstrip(b"=").decode()
    digest = hashlib.sha256(sealed_bytes).digest()
    with pytest.raises(FormatError) as caught:
        sealed_metadata.unseal(KEYS, digest, {"multistore": carried})
    error = caught.value
    assert "canary" not in str(error)
    assert error.__cause__ is error.__context__ is None  # json's error holds the whole text
