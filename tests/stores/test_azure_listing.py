"""Listings come in the order of UTF-8 bytes, whatever order and pages the service has."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.stores.azure_case import on_azurite

from multistore.stores.azure.listing import by_bytes
from multistore.stores.base import Body
from multistore.values import CommonPrefix, PutMode

__all__ = ["on_azurite"]

# Around both borders: below the surrogates, above them, beyond U+FFFF.
SIGNS = "a/~ぁ\ud7ff\ue000ﬀｱ\uffff\U00010000😀𠮷"
NAMES = st.lists(st.text(SIGNS, min_size=1, max_size=6), unique=True, max_size=40)


def utf16(name):
    return name.encode("utf-16-be")


def utf8(name):
    return name.encode()


@pytest.mark.parametrize("order", [utf16, utf8])
@given(names=NAMES)
def test_any_names_of_a_service_that_sorts_either_way(order, names):
    assert list(by_bytes(sorted(names, key=order), str)) == sorted(names, key=utf8)


@given(names=NAMES, size=st.integers(1, 5))
def test_pages_sorted_by_units_of_a_service_that_sorts_by_bytes(names, size):
    """A listing with groups sorts each page, not knowing the order of the service."""
    names.sort(key=utf8)
    pages = [sorted(names[at : at + size], key=utf16) for at in range(0, len(names), size)]
    given_names = [name for page in pages for name in page]
    assert list(by_bytes(given_names, str)) == names


def test_nothing_is_held_back_that_need_not_be():
    drawn = []

    def names():
        for name in ["a", "b", "d/😀", "d/ｱ", "e", "f"]:
            drawn.append(name)
            yield name

    listing = by_bytes(names(), str)
    assert next(listing) == "a"
    assert drawn == ["a"]
    assert [next(listing) for _ in range(3)] == ["b", "d/ｱ", "d/😀"]
    assert drawn[-1] == "e"


@pytest.mark.azure
def test_azurite_with_groups_beyond_the_basic_plane(on_azurite):
    store = on_azurite()
    names = ["ｱ/1", "ｱ/2", "😀/1", "😀/2", "ア/1", "z", "😀", "ｱ", "ｱ-", "😀-", "𠮷"]
    for name in names:
        store.put(name, Body([b"x"], 1), mode=PutMode.OVERWRITE)
    found = [
        item.prefix if isinstance(item, CommonPrefix) else item.name
        for item in store.list("", delimiter="/")
    ]
    groups = {"ｱ/", "😀/", "ア/"}
    assert found == sorted({n for n in names if "/" not in n} | groups, key=utf8)
    assert [item.name for item in store.list("")] == sorted(names, key=utf8)
    after = [item.name for item in store.list("", start_after="ｱ/1")]
    assert after == [n for n in sorted(names, key=utf8) if utf8(n) > utf8("ｱ/1")]


@pytest.mark.azure
def test_an_etag_of_a_listing_is_one_of_a_head(on_azurite):
    store = on_azurite()
    store.put("a", Body([b"x"], 1), mode=PutMode.OVERWRITE)
    (item,) = store.list("")
    assert item.etag == store.head("a").etag
    assert item.etag.startswith('"0x')
