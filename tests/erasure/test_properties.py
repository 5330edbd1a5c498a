"""Erasing one subject changes no byte of anything else, whatever the names are."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from multistore.erasure.inventory import take
from multistore.erasure.plan import Plan, packed, unpacked
from multistore.erasure.subject import Subject
from multistore.stores.base import Ref
from multistore.stores.memory import MemoryStore
from tests.erasure.estate import everything, put

TENANTS = ["acme", "acme2", "acm", "acme-2"]
COLLECTIONS = ["video", "videos", "vide", "attachment"]
# Twins of every kind: beginnings of each other, composed and decomposed, full and half width.
SEGMENTS = ["a", "ab", "a.", "が", unicodedata.normalize("NFD", "が"), "ｶﾞ", "ガ", "é", "e", "😀"]
keys = st.lists(st.sampled_from(SEGMENTS), min_size=1, max_size=3).map("/".join)
names = st.tuples(st.sampled_from(TENANTS), st.sampled_from(COLLECTIONS), keys).map("/".join)
steps = st.lists(st.tuples(names, st.booleans()), min_size=1, max_size=30)


def _inside(subject, name):
    """What the words say, written another way than the code: by whole segments."""
    wanted, found = str(subject).rstrip("/").split("/"), name.split("/")
    if not str(subject).endswith("/"):
        return found == wanted
    return found[: len(wanted)] == wanted and len(found) > len(wanted)


@given(steps=steps, data=st.data())
@settings(
    max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
def test_nothing_outside_the_subject_changes(eraser, steps, data):
    store = MemoryStore("one", versioned=True)
    for name, delete in steps:
        put(store, name, name.encode())
        if delete:
            store.delete([Ref(name)])
    name = data.draw(st.sampled_from([name for name, _ in steps]))
    tenant, collection, key = name.split("/", 2)
    tenant = tenant if tenant in ("acme", "acme2", "acm") else "acme"
    text = data.draw(
        st.sampled_from(
            [
                f"{tenant}/",
                f"{tenant}/{collection}/",
                f"{tenant}/{collection}/{key}",
                f"{tenant}/{collection}/{key}/",
            ]
        )
    )
    subject = Subject.parse(text)
    before = everything(store)
    eraser(subject, {"one": store})
    assert everything(store) == [one for one in before if not _inside(subject, one[1])]


@given(steps=steps)
@settings(max_examples=40, deadline=None)
def test_a_plan_survives_the_ledger_and_its_digest_names_it(steps):
    store = MemoryStore("one", versioned=True)
    for name, delete in steps:
        put(store, name)
        if delete:
            store.delete([Ref(name)])
    subject = Subject.whole_tenant("acme")
    plan = Plan(subject, take(subject, {"one": store}).items)
    assert unpacked(packed(plan.items)) == plan.items
    assert Plan(subject, plan.items).digest == plan.digest
    for position in range(len(plan.items)):
        fewer = plan.items[:position] + plan.items[position + 1 :]
        assert Plan(subject, fewer).digest != plan.digest
    except_video = Subject.whole_tenant("acme", except_collections={"video"})
    assert Plan(except_video, plan.items).digest != plan.digest


@pytest.mark.parametrize(
    "text", ["acme/video/が", "acme/video/" + unicodedata.normalize("NFD", "が")]
)
def test_both_ways_to_write_an_address_are_one_subject(text):
    assert str(Subject.parse(text)) == "acme/video/が"
