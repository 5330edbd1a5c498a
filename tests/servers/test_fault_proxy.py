"""The fault proxy is honest when nothing is ordered, and does exactly what is."""

from __future__ import annotations

import http.client
import http.server
import socket
import threading
import time

import pytest

from tests.servers.fault_proxy import (
    ERROR_IN_200,
    SLOW_DOWN,
    CutAnswer,
    CutRequest,
    LieAboutLength,
    ResetAnswer,
    StallAnswer,
)

DATA = bytes(range(256)) * 40


class Echo(http.server.BaseHTTPRequestHandler):
    """GET gives DATA; PUT gives back what came; both chunked where the target says so."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self._answer(DATA)

    def do_HEAD(self):
        self.send_response(200)
        self.send_header("Content-Length", str(len(DATA)))
        self.end_headers()

    def do_PUT(self):
        self._answer(self.rfile.read(int(self.headers["Content-Length"])))

    def do_DELETE(self):
        self.send_response(204)
        self.end_headers()

    def _answer(self, body):
        self.send_response(200)
        self.send_header("X-Host", self.headers["Host"])
        if "chunked" in self.path:
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self.wfile.write(b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body))
        else:
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def proxy(fault_proxy):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Echo) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield fault_proxy(*server.server_address)
        server.shutdown()
        thread.join()


@pytest.fixture
def client(proxy):
    client = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=5)
    yield client
    client.close()


def ask(client, method="GET", target="/a?b=c", body=None, **headers):
    client.request(method, target, body, headers)
    answer = client.getresponse()
    return answer, answer.read()


@pytest.mark.parametrize("target", ["/a?b=c", "/chunked"])
def test_nothing_ordered_nothing_changed(proxy, client, target):
    for _ in range(2):  # on one connection
        answer, body = ask(client, target=target)
        assert (answer.status, body) == (200, DATA)
        assert answer.headers["X-Host"] == f"127.0.0.1:{proxy.port}"
    assert ask(client, "PUT", target, b"sent")[1] == b"sent"
    answer, body = ask(client, "HEAD")
    assert (answer.headers["Content-Length"], body) == (str(len(DATA)), b"")
    assert ask(client, "DELETE")[0].status == 204
    seen = [(request.method, request.body) for request in proxy.requests]
    assert seen == [("GET", b""), ("GET", b""), ("PUT", b"sent"), ("HEAD", b""), ("DELETE", b"")]


def test_a_chunked_request(client):
    pieces = iter([b"one", b"two"])
    client.request(
        "PUT", "/", pieces, encode_chunked=True, headers={"Transfer-Encoding": "chunked"}
    )
    assert client.getresponse().read() == b"onetwo"


def test_expect_continue(proxy):
    with socket.create_connection(("127.0.0.1", proxy.port), 5) as raw:
        raw.sendall(
            b"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n"
        )
        assert raw.recv(100).startswith(b"HTTP/1.1 100 Continue")
        raw.sendall(b"sent")
        assert raw.recv(1000).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("after", [0, 1, 5000])
def test_cut(proxy, client, after):
    proxy.on("GET", CutAnswer(after))
    client.request("GET", "/")
    with pytest.raises(http.client.IncompleteRead) as caught:
        client.getresponse().read()
    assert caught.value.partial == DATA[:after]
    client.close()
    assert ask(client)[1] == DATA  # once only


def test_reset(proxy, client):
    proxy.on("GET", ResetAnswer(100))
    client.request("GET", "/")
    with pytest.raises((ConnectionResetError, http.client.IncompleteRead)):
        client.getresponse().read()


def test_stall(proxy):
    proxy.on("GET", StallAnswer(100))
    client = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=0.3)
    client.request("GET", "/")
    answer = client.getresponse()
    assert answer.read(100) == DATA[:100]
    with pytest.raises(TimeoutError):
        answer.read()
    client.close()


@pytest.mark.parametrize(("by", "told"), [(7, len(DATA) + 7), (-7, len(DATA) - 7)])
def test_a_lie_about_the_length(proxy, client, by, told):
    proxy.on("GET", LieAboutLength(by))
    client.request("GET", "/")
    answer = client.getresponse()
    assert answer.headers["Content-Length"] == str(told)
    if by > 0:
        with pytest.raises(http.client.IncompleteRead):
            answer.read()
    else:
        assert answer.read() == DATA[:by]


def test_a_request_that_never_arrives(proxy, client):
    proxy.on("PUT", CutRequest(10))
    with pytest.raises((ConnectionError, http.client.HTTPException)):
        ask(client, "PUT", "/", bytes(1_000_000))
    assert [request.method for request in proxy.requests] == ["PUT"]


def test_answers_of_its_own(proxy, client):
    proxy.on("GET", SLOW_DOWN, times=2)
    assert [ask(client)[0].status for _ in range(3)] == [503, 503, 200]
    proxy.on("HEAD", SLOW_DOWN)
    assert ask(client, "HEAD")[1] == b""
    assert ask(client)[1] == DATA
    proxy.on("PUT", ERROR_IN_200, containing="uploadId=")
    assert ask(client, "PUT", "/a", b"x")[1] == b"x"
    answer, body = ask(client, "PUT", "/a?uploadId=1", b"x")
    assert answer.status == 200
    assert b"InternalError" in body


def test_it_stops_with_clients_stalled_and_idle(proxy, fault_proxy):
    """The fixture's end is what is tested: it joins every thread."""
    proxy.on("GET", StallAnswer(0))
    stalled = http.client.HTTPConnection("127.0.0.1", proxy.port)
    stalled.request("GET", "/")
    idle = socket.create_connection(("127.0.0.1", proxy.port))
    time.sleep(0.1)
    proxy.__exit__()
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", proxy.port), 1)
    stalled.close()
    idle.close()
