"""Between the store and moto, everything that a network does; and Ctrl-C in the middle of it."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from tests.servers.fault_proxy import (
    ERROR_IN_200,
    SLOW_DOWN,
    Answer,
    CutAnswer,
    CutRequest,
    LieAboutLength,
    ResetAnswer,
    StallAnswer,
)
from tests.servers.scripted import Reply

from multistore.errors import MultistoreError, NotFoundError, TruncatedError, UnavailableError
from multistore.stores.base import MEBIBYTE, Body, Ref
from multistore.stores.s3.store import S3Store
from multistore.testing.conformance.harness import noise
from multistore.values import PutMode, Span

pytestmark = [
    pytest.mark.s3,
    pytest.mark.usefixtures("abandoned_sockets"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]

PART = 8 * MEBIBYTE
DATA = noise(1_000_000)


@pytest.fixture
def proxy(moto_server, fault_proxy):
    url = urlsplit(moto_server.url)
    return fault_proxy(url.hostname, url.port)


@pytest.fixture
def store(moto_server, proxy, s3_credentials):
    store = S3Store(
        "spoilt",
        endpoint=replace(
            moto_server.endpoint(), url=proxy.url, hosts=frozenset({f"127.0.0.1:{proxy.port}"})
        ),
        bucket=moto_server.bucket(),
        credentials=s3_credentials(moto_server),
    )
    yield store
    store.close()


def put(store, name, data, mode=PutMode.OVERWRITE):
    return store.put(name, Body([data], len(data)), mode=mode)


@pytest.mark.parametrize(
    "fault",
    [
        CutAnswer(0),
        CutAnswer(1),
        CutAnswer(500_000),
        ResetAnswer(0),
        ResetAnswer(500_000),
        SLOW_DOWN,
        Answer(500),
    ],
    ids=repr,
)
def test_a_read_that_breaks_off_is_gone_on_with(store, proxy, fault):
    put(store, "a", DATA)
    proxy.on("GET", fault, containing="/a", times=1)
    assert bytes(store.get("a", Span(0, len(DATA))).data) == DATA


@pytest.mark.parametrize(
    "fault", [CutAnswer(1000), LieAboutLength(-1000), LieAboutLength(1000)], ids=repr
)
def test_other_bytes_than_announced_are_never_given_out(store, proxy, fault):
    put(store, "a", DATA)
    proxy.on("GET", fault, containing="/a", times=None)
    try:
        data = bytes(store.get("a", Span(0, len(DATA))).data)
    except (TruncatedError, UnavailableError):
        return
    assert data == DATA


def test_a_read_goes_on_only_under_the_same_etag(store, proxy, moto_server):
    """The object is replaced while a read of it is broken off: no mixture comes out."""
    put(store, "a", DATA)
    proxy.on("GET", CutAnswer(500_000), containing="/a", times=1)
    exchanged = threading.Event()

    def exchange(request):
        if request.method == "GET" and not exchanged.is_set() and len(proxy.requests) > 1:
            exchanged.set()
            moto_server.client().put_object(Bucket=store.bucket, Key="a", Body=noise(1_000_000, 2))
        return False

    proxy._orders.append(type(proxy._orders[0])(SLOW_DOWN, exchange, 1))
    proxy._orders.insert(0, proxy._orders.pop(0))
    with pytest.raises(MultistoreError):
        store.get("a", Span(0, len(DATA)))
    assert exchanged.is_set()


@pytest.mark.parametrize("fault", [SLOW_DOWN, Answer(500), CutRequest(10)], ids=repr)
def test_a_write_is_sent_again(store, proxy, fault):
    proxy.on("PUT", fault, times=1)
    put(store, "a", DATA)
    assert bytes(store.get("a", Span(0, len(DATA))).data) == DATA


def test_a_write_under_a_condition_is_sent_once(store, proxy):
    """The first sending may have worked, and a second would then find a "stranger's" object."""
    proxy.on("PUT", Answer(500, forward=True), times=1)
    with pytest.raises(UnavailableError) as caught:
        put(store, "a", b"x", PutMode.CREATE)
    assert "read it back" in caught.value.hint
    assert len([r for r in proxy.requests if r.method == "PUT"]) == 1
    assert bytes(store.get("a", Span(0, 1)).data) == b"x"


@pytest.mark.parametrize("mode", [PutMode.OVERWRITE, PutMode.CREATE])
def test_a_large_write_survives_lost_parts(store, proxy, mode):
    data = noise(2 * PART + 5)
    proxy.on("PUT", SLOW_DOWN, containing="partNumber=2", times=1)
    proxy.on("PUT", CutRequest(1000), containing="partNumber=1", times=1)
    put(store, "a", data, mode)
    assert store.head("a").size == len(data)
    assert bytes(store.get("a", Span(PART, PART + 9)).data) == data[PART : PART + 9]


@pytest.mark.parametrize("mode", [PutMode.OVERWRITE, PutMode.CREATE])
def test_an_error_inside_a_200_is_no_success(store, proxy, mode):
    """S3 may answer 200 to CompleteMultipartUpload, and only then fail."""
    proxy.on("POST", ERROR_IN_200, containing="uploadId=", times=None)
    with pytest.raises(MultistoreError):
        put(store, "a", bytes(PART + 1), mode)
    with pytest.raises(NotFoundError):
        store.head("a")
    assert list(store.uploads.list_uploads("")) == []


def test_a_completion_that_is_repeated_meets_its_own_success(store, proxy):
    """The answer got lost: the second "complete" hears NoSuchUpload, though all is well."""
    proxy.on("POST", Answer(500, forward=True), containing="uploadId=", times=1)
    data = noise(PART + 1)
    info = put(store, "a", data, PutMode.CREATE)
    assert store.head("a").etag == info.etag
    assert bytes(store.get("a", Span(PART, PART + 1)).data) == data[PART:]


def test_a_delete_that_is_not_answered_is_repeated(store, proxy):
    put(store, "a", b"x")
    proxy.on("DELETE", SLOW_DOWN, times=1)
    (outcome,) = store.delete([Ref("a")])
    assert outcome.gone


@pytest.mark.parametrize("mode", [PutMode.OVERWRITE, PutMode.CREATE])
def test_a_source_that_raises_leaves_no_part_behind(store, mode):
    """Also where parts are still on their way when the source gives up."""

    def source():
        for _ in range(5):
            yield bytes(PART)
        raise OSError("the tape ended")

    put_ = store.put
    with pytest.raises(OSError, match="the tape ended"):
        put_("a", Body(source(), None), mode=mode)
    assert list(store.uploads.list_uploads("")) == []
    with pytest.raises(NotFoundError):
        store.head("a")


AT_ONCE = 10
"""Seconds. A busy machine gets its grace; waiting for the service would take longer by far."""


def interrupted(call, after=0.4):
    """Press Ctrl-C while ``call`` runs on this, the main thread; return how long it took to end."""
    timer = threading.Timer(after, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    begun = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        call()
    timer.join()
    return time.monotonic() - begun - after


def test_ctrl_c_leaves_a_read_that_stalls_in_the_middle_at_once(store, proxy):
    put(store, "a", DATA)
    proxy.on("GET", StallAnswer(1000), times=None)
    assert interrupted(lambda: store.get("a", Span(0, len(DATA)))) < AT_ONCE


UNANSWERED = {
    "get": lambda store: store.get("a", Span(0, 100)),
    "head": lambda store: store.head("a"),
    "put": lambda store: put(store, "b", b"x"),
    "create": lambda store: put(store, "b", b"x", PutMode.CREATE),
    "large put": lambda store: put(store, "b", bytes(5 * PART)),
    "large create": lambda store: put(store, "b", bytes(5 * PART), PutMode.CREATE),
    "list": lambda store: list(store.list("")),
    "delete": lambda store: store.delete([Ref("a")]),
    "deletes": lambda store: store.delete([Ref("a"), Ref("b")]),
}


@pytest.mark.parametrize("verb", UNANSWERED)
def test_ctrl_c_leaves_a_service_that_never_answers_at_once(moto_server, s3_credentials, verb):
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        host = f"127.0.0.1:{deaf.getsockname()[1]}"
        store = S3Store(
            "deaf",
            endpoint=replace(moto_server.endpoint(), url=f"http://{host}", hosts=frozenset({host})),
            bucket="bucket",
            credentials=s3_credentials(moto_server),
        )
        assert interrupted(lambda: UNANSWERED[verb](store)) < AT_ONCE
        store.close()


@pytest.mark.parametrize("mode", [PutMode.OVERWRITE, PutMode.CREATE])
def test_ctrl_c_leaves_parts_that_nobody_takes_at_once(moto_server, scripted, s3_credentials, mode):
    ended = threading.Event()

    def answer(asked):
        if asked.method == "POST":
            tag = "InitiateMultipartUploadResult"
            return Reply(200, f"<{tag}><UploadId>u</UploadId></{tag}>".encode())
        if asked.method == "PUT":
            ended.wait(30)
        return Reply(404)

    server = scripted(answer)
    store = S3Store(
        "slow",
        endpoint=replace(moto_server.endpoint(), url=server.url, hosts=frozenset({server.host})),
        bucket="bucket",
        credentials=s3_credentials(moto_server),
    )
    assert interrupted(lambda: put(store, "b", bytes(5 * PART), mode), after=1) < AT_ONCE
    assert any("partNumber=" in asked.target for asked in server.asked)
    ended.set()
    store.close()


def test_ctrl_c_in_the_source_aborts_the_upload(store):
    def source():
        yield bytes(PART)
        yield bytes(PART)
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(5)

    with pytest.raises(KeyboardInterrupt):
        store.put("a", Body(source(), None), mode=PutMode.OVERWRITE)
    deadline = time.monotonic() + 10
    while list(store.uploads.list_uploads("")) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert list(store.uploads.list_uploads("")) == []
    with pytest.raises(NotFoundError):
        store.head("a")
