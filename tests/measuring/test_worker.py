"""One peer's process: what it measures, and what becomes of a peer that fails."""

from __future__ import annotations

import threading

import pytest
from benchmarks import worker
from benchmarks.cases import CASES, THREADS, held
from benchmarks.peers.base import AbsentError, Peer, Place


@pytest.fixture
def place(tmp_path):
    return Place("http://127.0.0.1:1", "a", "b", ("s3",), keeps=False, home=tmp_path)


class Counting(Peer):
    """A client that counts its puts, and fails by one of its threads where it is told to."""

    def __init__(self, place, *, fails=False):
        super().__init__(place)
        self.fails, self.puts = fails, {}
        self.lock = threading.Lock()

    def put(self, bucket, key, data):
        with self.lock:
            self.puts[key] = len(data)
            if self.fails and len(self.puts) == 100:
                raise OSError("the hundredth")


def asked(peer, what, amount=64):
    return worker.answered(
        peer, {"do": what, "case": "put-4k-16", "amount": amount, "seconds": 0.001}
    )


def test_a_round_is_a_multiple_of_every_share_and_all_of_it_is_done(place):
    peer = Counting(place)
    amount = asked(peer, "prepare")["amount"]
    assert amount > 0
    assert amount % THREADS == 0
    peer.puts.clear()
    measured = asked(peer, "round", amount=1600)
    assert len(peer.puts) == 1600
    assert set(measured) == {"seconds", "cpu", "most"}


def test_a_thread_that_fails_fails_the_round(place):
    assert asked(Counting(place, fails=True), "round", 1600) == {"failed": "OSError: the hundredth"}


def test_the_body_is_let_go_of_only_after_the_round(place):
    class Clocked(Counting):
        def put(self, bucket, key, data):
            super().put(bucket, key, data)
            ended.append(held())

    ended = []
    asked = {"do": "round", "case": "put-256m", "amount": 1 << 20, "seconds": 0.0}
    assert "seconds" in worker.answered(Clocked(place), asked)
    assert (ended, held()) == ([1 << 20], 0)


def test_a_pipe_that_is_not_read_to_its_end_fails_the_round(place):
    class Lazy(Peer):
        def put_pipe(self, _bucket, _key, file):
            file.read(10)
            file.close()

    failed = worker.answered(
        Lazy(place),
        {"do": "round", "case": "put-256m-pipe", "amount": CASES["put-256m-pipe"].amount},
    )
    assert "not read to its end" in failed["failed"]


def test_a_peer_says_which_verbs_it_has_and_is_measured_by(place):
    class Narrow(Counting):
        only = ("get",)

    assert Counting(place).verbs() == ["put"]
    assert Narrow(place).verbs() == []


def test_a_peer_of_another_dialect_is_absent(place):
    azure = Place(**{**vars(place), "dialects": ("azure",)})
    with pytest.raises(AbsentError, match="speaks azure"):
        worker.made("obstore", azure)


def test_a_place_survives_the_way_to_another_process(place):
    assert Place.of_argument(place.as_argument()) == place
