"""The gate: fresh or an error, one look at a time, and alive after a fork."""

import os
import signal
import threading
import time
from datetime import timedelta

import pytest

from multistore.errors import ResidencyError, UnavailableError
from multistore.residency import verdict
from multistore.residency.gate import Gate
from tests.residency import seen

ADMITTED = seen.aws(seen.service("ap-northeast-1"))
REFUSED = seen.aws(seen.service("us-east-1"))
TTL = timedelta(hours=1)
# From Python 3.12 on a fork beside threads warns, and that is the very case here.
FORKS = pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")


class Clock:
    def __init__(self):
        self.now = seen.NOW

    def __call__(self):
        return self.now

    def forward(self, **by):
        self.now += timedelta(**by)


class Looks:
    """Counts the looks, and says each time what there is to see."""

    def __init__(self, clock, evidence):
        self.clock = clock
        self.evidence = evidence
        self.count = 0

    def __call__(self):
        self.count += 1
        if isinstance(self.evidence, Exception):
            raise self.evidence
        return seen.at(self.evidence, self.clock())


def gate(evidence, ttl=TTL):
    clock = Clock()
    looks = Looks(clock, evidence)
    return Gate(looks, ttl=ttl, clock=clock, subject=ADMITTED.subject), clock, looks


def test_an_admission_is_kept_until_its_time_is_over_and_then_taken_anew():
    entry, clock, looks = gate(ADMITTED)
    assert looks.count == 0
    assert entry.require().admitted
    clock.forward(minutes=59, seconds=59)
    assert entry.require().admitted
    assert looks.count == 1
    clock.forward(seconds=1)
    assert entry.require().admitted
    assert looks.count == 2


def test_a_store_that_has_moved_is_refused_at_the_next_look():
    entry, clock, looks = gate(ADMITTED)
    entry.require()
    looks.evidence = REFUSED
    entry.require()
    clock.forward(hours=1)
    with pytest.raises(ResidencyError) as caught:
        entry.require()
    assert caught.value.code == "RES-001"
    assert caught.value.hint
    assert caught.value.reasons


def test_a_refusal_is_repeated_for_less_than_a_minute():
    entry, clock, looks = gate(REFUSED)
    for _ in range(3):
        with pytest.raises(ResidencyError):
            entry.require()
    assert looks.count == 1
    looks.evidence = ADMITTED
    clock.forward(minutes=1)
    assert entry.require().admitted


def test_what_was_seen_can_be_kept_for_the_record():
    entry, clock, looks = gate(ADMITTED)
    assert entry.evidence is None
    entry.require()
    assert verdict.judge(entry.evidence, now=clock(), ttl=TTL) == entry.verdict()
    looks.evidence = UnavailableError("gone")
    clock.forward(hours=1)
    assert entry.verdict().kind == "unknown"
    assert entry.evidence is None


def test_a_clock_that_is_set_back_does_not_lengthen_a_verdict():
    entry, clock, looks = gate(ADMITTED)
    entry.require()
    clock.forward(days=-1)
    entry.require()
    assert looks.count == 2


def test_the_end_of_a_claim_ends_the_verdict():
    claim = seen.claim(until=seen.day(0))
    entry, clock, _ = gate(seen.claimed(claim), ttl=timedelta(hours=24))
    assert entry.require().admitted
    clock.forward(hours=12)  # NOW is noon in Japan
    with pytest.raises(ResidencyError) as caught:
        entry.require()
    assert "ended" in str(caught.value)


@pytest.mark.parametrize("error", [UnavailableError("no route"), OSError("secret in a URL")])
def test_a_look_that_fails_is_unknown(error):
    entry, clock, looks = gate(error)
    for _ in range(2):
        with pytest.raises(ResidencyError) as caught:
            entry.require()
        assert "secret" not in str(caught.value)
        assert caught.value.store == "tokyo"
    assert looks.count == 1
    assert entry.verdict().kind == "unknown"
    looks.evidence = ADMITTED
    clock.forward(minutes=1)
    assert entry.require().admitted


def test_a_failing_look_does_not_keep_an_old_admission_alive():
    entry, clock, looks = gate(ADMITTED)
    entry.require()
    looks.evidence = UnavailableError("gone")
    clock.forward(hours=1)
    with pytest.raises(ResidencyError):
        entry.require()


def test_a_bug_in_the_look_opens_nothing_and_is_not_swallowed():
    entry, _, looks = gate(ADMITTED)
    looks.evidence = ZeroDivisionError()
    with pytest.raises(ZeroDivisionError):
        entry.require()
    looks.evidence = ADMITTED
    assert entry.require().admitted


def test_many_threads_take_one_look():
    entry, clock, looks = gate(ADMITTED)
    inside, most = 0, 0

    def slow():
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        time.sleep(0.05)
        inside -= 1
        return Looks.__call__(looks)

    entry = Gate(slow, ttl=TTL, clock=clock)
    results = []
    threads = [
        threading.Thread(target=lambda: results.append(entry.require().admitted)) for _ in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [True] * 20
    assert looks.count == most == 1


@FORKS
def test_a_child_that_was_forked_during_a_look_is_not_locked_for_ever():
    entry, _, looks = gate(ADMITTED)
    looking, go_on = threading.Event(), threading.Event()

    def slow():
        looking.set()
        go_on.wait(30)
        return Looks.__call__(looks)

    entry._collect = slow
    thread = threading.Thread(target=entry.require)
    thread.start()
    assert looking.wait(30)
    pid = os.fork()
    if pid == 0:  # the child: the thread that held the lock is not here
        signal.alarm(20)  # a lock that is never given back fails the test, and does not hang it
        entry._collect = looks
        os._exit(0 if entry.require().admitted else 1)
    go_on.set()
    thread.join()
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == 0


@FORKS
def test_a_child_inherits_the_verdict():
    entry, _, looks = gate(ADMITTED)
    entry.require()
    pid = os.fork()
    if pid == 0:
        os._exit(0 if entry.require().admitted and looks.count == 1 else 1)
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == 0
