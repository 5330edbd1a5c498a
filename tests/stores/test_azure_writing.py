"""Large objects and copies on Azurite: what is sent, visible, left behind, and sent again."""

from __future__ import annotations

import base64

import pytest
from tests.servers.fault_proxy import Answer, CutRequest
from tests.stores.azure_case import SMALL, on_azurite, store_at

from multistore.errors import (
    AlreadyExistsError,
    ConflictError,
    InvalidArgumentError,
    LengthError,
    PreconditionFailedError,
    UnavailableError,
)
from multistore.stores.azure import client as azure_client
from multistore.stores.azure import copy as azure_copy
from multistore.stores.azure.upload import Blocks
from multistore.stores.base import MEBIBYTE, Body, Limits, Ref, Upload
from multistore.testing.conformance.harness import noise
from multistore.values import IfMatch, PutMode, Span

pytestmark = pytest.mark.azure
__all__ = ["on_azurite"]

PART = SMALL.part_size
LARGE = noise(5 * PART + 777)


def refusal(status, code, **more):
    text = f"<Error><Code>{code}</Code><Message>The service's sentence.</Message></Error>"
    return Answer(status, text.encode(), **more)


BUSY = refusal(503, "ServerBusy")
BLOCK = "comp=block&"
COMMIT = "comp=blocklist"


@pytest.fixture
def proxied(on_azurite, azurite_server, container, fault_proxy, monkeypatch):
    """Give a store that reaches Azurite through a proxy which spoils what it is told to."""
    monkeypatch.setattr(azure_client, "RETRIES", 3)
    host, port = azurite_server.host.split(":")
    proxy = fault_proxy(host, int(port))
    store = store_at(f"{proxy.url}/tokyo", container)
    yield store, proxy
    store.close()


def put(store, name, data, mode=PutMode.OVERWRITE, **described):
    return store.put(name, Body([data], len(data)), mode=mode, **described)


def content(store, name):
    size = store.head(name).size
    return b"".join(
        bytes(store.get(name, Span(at, min(at + PART, size))).data) for at in range(0, size, PART)
    )


def sent(proxy, method="PUT", containing=""):
    return [r for r in proxy.requests if r.method == method and containing in r.target]


@pytest.mark.parametrize("mode", [PutMode.OVERWRITE, PutMode.CREATE])
@pytest.mark.parametrize("fault", [BUSY, CutRequest(1000)])
def test_a_block_that_fails_once_is_sent_again_from_memory(proxied, mode, fault):
    store, proxy = proxied
    proxy.on("PUT", fault, containing=BLOCK, times=1)
    drawn = []

    def source():
        for at in range(0, len(LARGE), 100_000):
            drawn.append(at)
            yield LARGE[at : at + 100_000]

    store.put("a", Body(source(), None), mode=mode)
    assert content(store, "a") == LARGE
    assert len(drawn) == len(set(drawn))
    assert len(sent(proxy, containing=BLOCK)) == 7


@pytest.mark.parametrize("forward", [True, False])
def test_a_conditional_commit_whose_answer_is_lost(proxied, forward):
    """It is sent once; what lies there tells whether it took effect."""
    store, proxy = proxied
    old = put(store, "a", b"old")
    proxy.on("PUT", refusal(500, "InternalError", forward=forward), containing=COMMIT)
    if forward:
        made = put(store, "a", LARGE, IfMatch(old.etag))
        assert store.head("a").etag == made.etag
        assert content(store, "a") == LARGE
    else:
        with pytest.raises(UnavailableError) as caught:
            put(store, "a", LARGE, IfMatch(old.etag))
        assert caught.value.retryable
        assert content(store, "a") == b"old"
    assert len(sent(proxy, containing=COMMIT)) == 1


def test_a_commit_that_the_service_refuses_as_busy_is_not_taken_for_done(proxied):
    store, proxy = proxied
    proxy.on("PUT", BUSY, containing=COMMIT)
    with pytest.raises(UnavailableError):
        put(store, "a", LARGE, PutMode.CREATE)
    assert list(store.list("")) == []


def test_a_condition_that_cannot_hold_is_refused_before_the_first_block(proxied):
    store, proxy = proxied
    old = put(store, "a", b"old")
    for name, mode, kind in (
        ("a", PutMode.CREATE, AlreadyExistsError),
        ("a", IfMatch('"0x1"'), PreconditionFailedError),
        ("b", IfMatch(old.etag), PreconditionFailedError),
    ):
        with pytest.raises(kind):
            put(store, name, LARGE, mode)
    assert sent(proxy, containing=BLOCK) == []


@pytest.mark.parametrize("mode", [PutMode.OVERWRITE, PutMode.CREATE])
def test_nothing_is_visible_before_the_commit(on_azurite, mode):
    store, seen = on_azurite(), []

    def source():
        for at in range(0, len(LARGE), PART):
            seen.append([item.name for item in store.list("")])
            yield LARGE[at : at + PART]

    store.put("a", Body(source(), len(LARGE)), mode=mode)
    assert len(seen) == 6
    assert seen == [[]] * 6
    assert [item.name for item in store.list("")] == ["a"]


def test_two_uploads_to_one_name_never_mix(on_azurite):
    """Azure keeps the blocks of a name in one heap: the ids must keep two uploads apart."""
    one, two = on_azurite(), on_azurite()
    first, second = noise(3 * PART, seed=1), noise(3 * PART, seed=2)

    def source():
        yield first[:PART]
        yield first[PART : 2 * PART]
        put(two, "a", second, PutMode.CREATE)
        yield first[2 * PART :]

    with pytest.raises((ConflictError, AlreadyExistsError)) as caught:
        one.put("a", Body(source(), len(first)), mode=PutMode.CREATE)
    assert "put it again" in (caught.value.hint or "put it again")
    assert content(one, "a") == second


def test_the_block_ids_have_the_length_of_obstores(on_azurite, azurite_server, container):
    """Azure refuses a block whose id is not as long as those that lie there already."""
    store = on_azurite()

    def breaks():
        yield from (LARGE[:PART], LARGE[:PART], LARGE[:PART])
        raise RuntimeError

    with pytest.raises(RuntimeError):
        store.put("a", Body(breaks(), None), mode=PutMode.OVERWRITE)
    put(store, "a", LARGE, PutMode.CREATE)
    assert content(store, "a") == LARGE
    with azurite_server.client() as client:
        blob = client.get_blob_client(container, "a")
        ids = [block.id for block in blob.get_block_list("all")[0]]
        assert blob.get_block_list("all")[1] == []
    assert {len(block_id) for block_id in ids} == {32}
    assert len(set(ids)) == 6


def test_blocks_of_another_program_are_told(on_azurite, azurite_server, container):
    with azurite_server.client() as client:
        client.get_blob_client(container, "a").stage_block("short", b"x")
    with pytest.raises(ConflictError, match="another program") as caught:
        put(on_azurite(), "a", LARGE, PutMode.CREATE)
    assert caught.value.code == "InvalidBlobOrBlock"


@pytest.mark.parametrize("conditional", [False, True])
def test_a_failed_put_leaves_blocks_that_a_sweep_drops(on_azurite, conditional):
    store = on_azurite()
    old = put(store, "there", b"old")
    parts = [LARGE[at : at + PART] for at in range(0, len(LARGE), PART)]
    for name in ("there", "new"):
        mode = PutMode.CREATE if name == "new" else IfMatch(old.etag)
        mode = mode if conditional else PutMode.OVERWRITE
        with pytest.raises(LengthError):
            store.put(name, Body([*parts, b"more"], len(LARGE)), mode=mode)
    assert [item.name for item in store.list("")] == ["there"]
    (left,) = store.uploads.list_uploads("")
    assert left.name == "new"
    assert left.started is not None
    store.uploads.abort(left)
    assert list(store.uploads.list_uploads("")) == []
    assert [item.name for item in store.list("")] == ["there"]
    assert content(store, "there") == b"old"


def test_a_sweep_leaves_what_was_committed_meanwhile(on_azurite):
    store = on_azurite()
    Blocks(store._container, "a", "put").send(0, b"begun")
    (left,) = store.uploads.list_uploads("")
    put(store, "a", b"finished by somebody")
    store.uploads.abort(left)
    store.uploads.abort(Upload("never", "uncommitted", None))
    assert content(store, "a") == b"finished by somebody"


def test_blocks_over_an_object_go_with_it(on_azurite):
    store = on_azurite()
    put(store, "a", b"old")
    Blocks(store._container, "a", "put").send(0, b"begun")
    assert list(store.uploads.list_uploads("")) == []
    assert store.delete([Ref("a")])[0].gone
    assert list(store.uploads.list_uploads("")) == []


def test_an_empty_object_is_no_unfinished_upload(on_azurite):
    store = on_azurite()
    put(store, "empty", b"")
    assert list(store.uploads.list_uploads("")) == []


@pytest.mark.parametrize("target", ["b", "a"])
def test_a_copy_stays_in_the_account(proxied, target, monkeypatch):
    monkeypatch.setattr(azure_copy, "COPIED_BLOCK", 2 * MEBIBYTE)
    store, proxy = proxied
    etag = put(store, "a", LARGE, metadata={"of": "source"}).etag
    proxy.requests.clear()
    made = store.copy("a", target, head=b"HEAD", if_match=etag, mode=PutMode.OVERWRITE)
    assert sum(len(request.body) for request in proxy.requests) < PART + 2000
    assert len(sent(proxy, "GET")) == 1  # the first part
    copied = [r for r in proxy.requests if "x-ms-copy-source" in r.headers]
    assert len(copied) == 3
    for request in copied:
        assert request.headers["x-ms-source-if-match"] == etag
        assert "sp=r&" in request.headers["x-ms-copy-source"]
    assert store.head(target).etag == made.etag
    assert dict(store.head(target).metadata) == {}
    assert content(store, target) == b"HEAD" + LARGE[4:]


def test_a_source_that_changes_before_its_blocks_are_copied(on_azurite, monkeypatch):
    store = on_azurite()
    etag = put(store, "a", LARGE).etag
    send = Blocks.send

    def sending(self, number, data):
        put(store, "a", noise(len(LARGE), seed=3))
        return send(self, number, data)

    monkeypatch.setattr(Blocks, "send", sending)
    with pytest.raises(PreconditionFailedError) as caught:
        store.copy("a", "b", head=b"HEAD", if_match=etag, mode=PutMode.OVERWRITE)
    assert caught.value.code == "SourceConditionNotMet"
    assert [item.name for item in store.list("")] == ["a"]


def test_an_object_that_changes_while_it_is_copied_onto_itself(
    on_azurite, azurite_server, container, monkeypatch
):
    """Its blocks are staged already: only the condition of the commit can tell."""
    store = on_azurite()
    etag = put(store, "a", LARGE).etag
    commit = Blocks.commit

    def committing(self, ids, **options):
        with azurite_server.client() as client:
            client.get_blob_client(container, "a").set_blob_metadata({"changed": "yes"})
        return commit(self, ids, **options)

    monkeypatch.setattr(Blocks, "commit", committing)
    with pytest.raises(PreconditionFailedError):
        store.copy("a", "a", head=b"HEAD", if_match=etag, mode=PutMode.OVERWRITE)
    assert dict(store.head("a").metadata) == {"changed": "yes"}
    assert content(store, "a") == LARGE


def test_a_source_that_the_service_may_not_read_passes_through(proxied):
    store, proxy = proxied
    etag = put(store, "a", LARGE).etag
    # The number of the second block, as it ends an id in base64.
    number = base64.b64encode(b"00000001").decode().rstrip("=")
    proxy.on("PUT", refusal(403, "CannotVerifyCopySource"), containing=number)
    store.copy("a", "b", head=b"HEAD", if_match=etag, mode=PutMode.OVERWRITE)
    assert content(store, "b") == b"HEAD" + LARGE[4:]


def test_a_head_that_does_not_fit(on_azurite):
    store = on_azurite()
    etag = put(store, "a", b"short").etag
    with pytest.raises(InvalidArgumentError):
        store.copy("a", "b", head=b"longer", if_match=etag, mode=PutMode.OVERWRITE)
    assert [item.name for item in store.list("")] == ["a"]


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("a\\b", "backslash"),
        ("a./b", "dot"),
        ("a/b.", "dot"),
        ("/".join("x" * 255), "segments"),
        ("x" * 1017, "bytes"),
    ],
)
def test_names_that_azure_would_not_keep(on_azurite, name, says):
    store = on_azurite()
    old = put(store, "a", b"old")
    with pytest.raises(InvalidArgumentError, match=says):
        put(store, name, b"x")
    with pytest.raises(InvalidArgumentError, match=says):
        store.copy("a", name, head=b"", if_match=old.etag, mode=PutMode.OVERWRITE)
    assert [item.name for item in store.list("")] == ["a"]


@pytest.mark.parametrize(
    "metadata",
    [{"a-b": "x"}, {"1a": "x"}, {"": "x"}, {"a": "日本"}, {"a": "x\r\ny: z"}, {"a": "\0"}],
)
def test_metadata_that_azure_cannot_carry(on_azurite, metadata):
    store = on_azurite()
    with pytest.raises(InvalidArgumentError) as caught:
        put(store, "a", b"x", metadata=metadata)
    assert caught.value.code == "InvalidMetadata"
    assert list(store.list("")) == []


@pytest.mark.parametrize("mode", [PutMode.OVERWRITE, PutMode.CREATE])
def test_more_bytes_than_the_blocks_allow(on_azurite, mode):
    store = on_azurite(limits=Limits(part_size=MEBIBYTE, parts=3, object_size=100 * MEBIBYTE))
    with pytest.raises(InvalidArgumentError, match="part_size"):
        store.put("a", Body([LARGE], None), mode=mode)
    with pytest.raises(InvalidArgumentError):
        store.put("a", Body([LARGE], 101 * MEBIBYTE), mode=mode)
    assert list(store.list("")) == []
    put(store, "a", LARGE, mode)  # of known size: the blocks are made larger
    assert content(store, "a") == LARGE
