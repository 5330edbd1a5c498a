"""Names that begin alike or look alike, on stores that list by prefix: only the subject goes."""

from __future__ import annotations

import tempfile
import unicodedata
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from multistore.erasure.subject import Subject
from multistore.stores.base import Ref
from multistore.stores.local import LocalStore
from tests.erasure.conftest import s3_place
from tests.erasure.estate import everything, put
from tests.stores.azure_case import on_azurite

__all__ = ["on_azurite"]
TENANTS = ("acme", "acme2", "acm")
# Composed and decomposed, full and half width, case, the delimiter's neighbours in byte order.
SEGMENTS = (
    "a",
    "ab",
    "a.b",
    "A",
    "が",
    unicodedata.normalize("NFD", "が"),
    "ｶﾞ",
    "e\u0301",
    "é",
    "a b",
    "a+b%2F",
)
names = st.builds(
    "{}/{}/{}".format,
    st.sampled_from(TENANTS),
    st.sampled_from(("video", "videos")),
    st.lists(st.sampled_from(SEGMENTS), min_size=1, max_size=2).map("/".join),
)
estates = st.lists(names, min_size=3, max_size=8, unique=True)


def inside(subject, name):
    wanted, found = str(subject).rstrip("/").split("/"), name.split("/")
    if not str(subject).endswith("/"):
        return found == wanted
    return found[: len(wanted)] == wanted and len(found) > len(wanted)


def only_the_subject_goes(eraser, store, estate, data):
    for name in estate:
        put(store, name, b"old")
        put(store, name, name.encode())
    if store.versions is not None:
        store.delete([Ref(estate[-1])])
    tenant, collection, key = data.draw(st.sampled_from(estate)).split("/", 2)
    subject = Subject.parse(
        data.draw(
            st.sampled_from(
                (
                    f"{tenant}/",
                    f"{tenant}/{collection}/",
                    f"{tenant}/{collection}/{key}",
                    f"{tenant}/{collection}/{key}/",
                )
            )
        )
    )
    before = everything(store)
    eraser(subject, {"one": store})
    # Compared as the store has the names: a decomposed one is its own, and no subject's.
    assert everything(store) == [one for one in before if not inside(subject, one[1])]


few = settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@given(estate=estates, data=st.data())
@settings(few, max_examples=20)
def test_on_a_disk(eraser, estate, data):
    with tempfile.TemporaryDirectory() as home:
        only_the_subject_goes(eraser, LocalStore("one", Path(home)), estate, data)


@pytest.mark.s3
@given(estate=estates, data=st.data())
@few
def test_on_a_service_that_keeps_versions(eraser, request, estate, data):
    place = s3_place(request.getfixturevalue("moto_server"), request)
    only_the_subject_goes(eraser, place.store, estate, data)


@pytest.mark.azure
@given(estate=estates, data=st.data())
@few
def test_on_azurite(eraser, on_azurite, estate, data):
    store = on_azurite(versions=True)
    try:
        only_the_subject_goes(eraser, store, estate, data)
    finally:  # one container for all examples
        for name in {one[1] for one in everything(store)}:
            store.delete([Ref(name)])
