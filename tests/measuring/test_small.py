"""What is measured of a small object: the calls that stand in, and what is counted."""

from __future__ import annotations

import obstore
import pytest
from benchmarks import small, small_cryptography
from benchmarks.at_once import AtOnce
from benchmarks.small_calls import counted


class Answer:
    meta, attributes = {"size": 4}, {}

    def bytes(self):
        return b"data"


@pytest.fixture
def asked(monkeypatch):
    """What obstore is asked, in place of a server."""
    made = []

    def get(_client, name, *, options):
        made.append((name, options))
        return Answer()

    def put(_client, name, data, **_options):
        made.append((name, data))

    monkeypatch.setattr(obstore, "get", get)
    monkeypatch.setattr(obstore, "put", put)
    return made


def test_inside_the_block_nothing_is_put_and_each_get_is_asked_once(asked):
    with AtOnce():
        for _ in range(3):
            assert obstore.get(None, "a", options={"range": (0, 9)}).bytes() == b"data"
            obstore.put(None, "b", b"body")
    assert asked == [("a", {"range": (0, 9)})]
    obstore.put(None, "b", b"body")
    assert asked[1:] == [("b", b"body")]


def test_the_last_call_can_be_made_after_all_from_inside_the_block(asked):
    with AtOnce() as at_once:
        obstore.put(None, "b", b"body")
        at_once.asked()
        obstore.get(None, "a", options={})
        at_once.asked()
    assert asked == [("b", b"body"), ("a", {}), ("a", {})]


def test_functions_are_counted_but_not_those_of_the_measuring_itself():
    def inner(number):
        return len(str(number)), sorted([number])

    found = counted(lambda number: inner(number) and inner(number), 7)
    assert found == (3, 4)  # the lambda and two calls; of C: len and sorted, twice


def test_what_comes_before_each_call_is_measured_alone_to_be_taken_off():
    calls = []
    spent = small.cpu(calls.append, lambda: calls.append("before"))
    assert calls[:4] == ["before", 0, "before", 1]
    assert calls.count("before") == 2 * small.CALLS
    assert len(calls) == 3 * small.CALLS
    assert spent.process < 1e3


def test_both_are_called_in_turns():
    calls = []
    took = small.in_turns(calls.append, lambda number: calls.append(-number))
    assert calls[2:6] == [1, -1, 2, -2]
    assert len(took) == 2


def test_every_step_of_the_cryptography_runs_again_and_again():
    for call in small_cryptography.calls().values():
        call(0)
        call(1)
