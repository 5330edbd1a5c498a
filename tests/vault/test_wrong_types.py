"""An argument of a wrong type is refused by name: what came, what is wanted, how to write it."""

from __future__ import annotations

from pathlib import Path

import anyio
import pytest

import multistore
from multistore import Address, From, InvalidArgumentError, Last, Span, aio
from multistore.values import Prefix
from tests.vault import estate

AT = "acme/video/a"
WRONG = [None, 123, b"acme/video/a", Path("acme/video/a"), ("acme", "video", "a"), ["x"]]
HOW = r"given as \S.*; it is .+\. (Write|Give|Leave) "


@pytest.fixture(scope="module")
def vault(tmp_path_factory):
    with estate.local(tmp_path_factory.mktemp("types"), None).open() as vault:
        vault.put(AT, b"hello world")
        yield vault
        assert vault.read(AT) == b"hello world"
        assert [str(entry.address) for entry in vault.list("acme/video/")] == [AT]


ADDRESSED = {
    "put": lambda vault, at: vault.put(at, b"x"),
    "copy from": lambda vault, at: vault.copy(at, AT),
    "copy to": lambda vault, at: vault.copy(AT, at),
    "rename from": lambda vault, at: vault.rename(at, AT),
    "rename to": lambda vault, at: vault.rename(AT, at),
    "delete": lambda vault, at: vault.delete(at),
    "delete_many": lambda vault, at: vault.delete_many([at]),
    "plan_erasure": lambda vault, at: vault.plan_erasure(at),
    "erase": lambda vault, at: vault.erase(at, reason="test"),
    "get": lambda vault, at: vault.get(at),
    "read": lambda vault, at: vault.read(at),
    "open": lambda vault, at: vault.open(at),
    "head": lambda vault, at: vault.head(at),
    "exists": lambda vault, at: vault.exists(at),
    "list": lambda vault, at: vault.list(at),
}


@pytest.mark.parametrize("verb", ADDRESSED)
@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: type(wrong).__name__)
def test_no_address(vault, verb, wrong):
    with pytest.raises(InvalidArgumentError, match=HOW) as error:
        ADDRESSED[verb](vault, wrong)
    assert type(wrong).__name__ in str(error.value)
    assert "acme" not in str(error.value)  # swapped with the source it would be plaintext
    assert "Write tenant/collection/" in str(error.value)


OPTIONS = {
    "a pair for a range": (lambda v: v.read(AT, (0, 5)), r"Write Span\(0, 5\)"),
    "a slice for a range": (lambda v: v.read(AT, slice(0, 5)), r"Write Span\(0, 5\)"),
    "a pin in hex (get)": (lambda v: v.get(AT, pin="aa"), "header_tag"),
    "a pin in hex (read)": (lambda v: v.read(AT, pin="aa"), "header_tag"),
    "a pin in hex (open)": (lambda v: v.open(AT, pin="aa"), "header_tag"),
    "a number for a version (get)": (lambda v: v.get(AT, version=5), "version was given as int"),
    "a number for a version (head)": (lambda v: v.head(AT, version=5), "version was given as int"),
    "delimiter": (lambda v: v.list("acme/video/", delimiter=b"/"), "delimiter was given as bytes"),
    "start_after": (lambda v: v.list("acme/video/", start_after=5), "start_after was given as int"),
    "one address for many": (lambda v: v.delete_many(AT), r"Write \[address\]"),
    "one Address for many": (lambda v: v.delete_many(Address.parse(AT)), r"Write \[address\]"),
    "None for many": (lambda v: v.delete_many(None), r"Write \[address\]"),
    "a list for a mode": (lambda v: v.open(AT, []), "Use rb, wb or xb"),
    "progress": (lambda v: v.put(AT, b"x", progress=5), "progress was given as int"),
    "progress of erase": (lambda v: v.erase(AT, reason="x", progress=5), "progress was given"),
    "plan": (lambda v: v.erase(AT, reason="x", plan=5), "plan was given as int"),
    "reason": (lambda v: v.erase(AT, reason=5), "reason of an erasure was given as int"),
    "performed_by": (lambda v: v.erase(AT, reason="x", performed_by=5), "was given as int"),
    "store": (lambda v: v.probe([]), "there is no store"),
    "language": (lambda v: v.explain("fr"), 'It is "en" or "ja"'),
    "event type": (lambda v: v.on(lambda event: None), r"Write @vault.on\(ObjectPut\)"),
    "tenant": (lambda v: v.tenants.add(5), "5 is not a tenant name"),
    "day": (lambda v: v.tenants.end_contract("acme", "2027-03-31"), r"Write date\("),
    "person": (lambda v: v.tenants.approve("acme", by=5), "by was given as int"),
    "subject of a hold": (
        lambda v: v.holds.place(5, "x", reason="x", placed_by="x"),
        "Write tenant/",
    ),
    "Span": (lambda _: Span("a", 1), r"given as str.*Write Span"),
    "half a Span": (lambda _: Span(0, 1.5), r"given as float.*Write Span"),
    "From": (lambda _: From(None), r"given as NoneType.*Write Span"),
    "Last": (lambda _: Last("5"), r"given as str.*Write Span"),
    "Address": (lambda _: Address("a", "b", None), "given as NoneType"),
    "Prefix": (lambda _: Prefix([], "b"), "given as list"),
    "configuration": (lambda _: multistore.open(5), r"Write multistore.open\("),
}


@pytest.mark.parametrize("case", OPTIONS)
def test_no_such_option(vault, case):
    call, says = OPTIONS[case]
    with pytest.raises(InvalidArgumentError, match=says):
        call(vault)


def test_what_counts_is_a_number(vault):
    class Number:
        def __index__(self):
            return 5

        def __lt__(self, other):
            return other > 5

    assert Last(Number()).count.__index__() == 5
    assert vault.read(AT, pin=bytearray(vault.head(AT).header_tag)) == b"hello world"


def test_awaited_verbs_refuse_alike(vault):
    async def all_of_them():
        awaited = aio.AsyncVault(vault)
        for call in (
            awaited.get(None),
            awaited.read(AT, (0, 5)),
            awaited.put(5, b"x"),
            awaited.delete(None),
            awaited.delete_many(AT),
            awaited.delete_many(None),
            awaited.head(AT, version=5),
            awaited.erase(5, reason="x"),
            anext(awaited.list(b"acme/video/")),
            awaited.open(123).__aenter__(),
        ):
            with pytest.raises(InvalidArgumentError, match=HOW):
                await call

    anyio.run(all_of_them)
