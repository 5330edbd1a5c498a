"""What may be a key: one pattern takes what is sound, and the rules behind it say what is not."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from multistore.errors import InvalidArgumentError
from multistore.values import KEY_MAX_BYTES, Address, normalised_key


def may_be_a_key(key):
    try:
        size = len(key.encode())
    except UnicodeEncodeError:
        return False
    return (
        0 < size <= KEY_MAX_BYTES
        and not any(unicodedata.category(sign) == "Cc" for sign in key)
        and not any(part in ("", ".", "..") for part in key.split("/"))
    )


@given(st.text(st.sampled_from("a.// \n\x7f\x85あ\u2028\ud800"), max_size=9))
def test_a_key_is_what_the_rules_say(key):
    if may_be_a_key(key):
        assert normalised_key(key) == key
    else:
        with pytest.raises(InvalidArgumentError, match=r"(?s)key .* (is|has|begins)"):
            normalised_key(key)


@pytest.mark.parametrize(("key", "sound"), [("あ" * 300, True), ("あ" * 300 + "a", False)])
def test_a_key_is_as_long_as_its_bytes(key, sound):
    assert may_be_a_key(key) is sound
    if sound:
        assert normalised_key(key) == key
    else:
        with pytest.raises(InvalidArgumentError, match="901 bytes"):
            normalised_key(key)


@pytest.mark.parametrize("name", ["acme/video/x", "acme/video//x/../\n", "acme/video/"])
def test_a_name_that_is_stored_already_is_an_address_as_it_is(name):
    address = Address.as_stored(name)
    assert str(address) == name
    assert (address.tenant, address.collection) == ("acme", "video")


@pytest.mark.parametrize("name", ["acme", "acme/video"])
def test_a_stored_name_has_three_parts(name):
    with pytest.raises(ValueError, match="unpack"):
        Address.as_stored(name)
