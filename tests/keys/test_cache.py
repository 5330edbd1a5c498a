"""The cache: bounded, timed, one load in flight, and no old value after a drop."""

from threading import Barrier, Event, Thread

import pytest

from multistore.errors import KeyUnavailableError
from multistore.keys.cache import Cache


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def cache(clock):
    return Cache(ttl=300, size=3, clock=clock)


def never():
    raise AssertionError("it was loaded again")


def together(count, do):
    """Run ``do`` in many threads that begin at once; what each returned or raised."""
    results = [None] * count
    barrier = Barrier(count)

    def run(index):
        barrier.wait()
        try:
            results[index] = do()
        except Exception as error:  # noqa: BLE001 - any error is a result here
            results[index] = error

    threads = [Thread(target=run, args=(index,)) for index in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_a_value_is_kept_until_its_time_is_over(cache, clock):
    assert cache.get("a", lambda: 1) == 1
    clock.now = 299.9
    assert cache.get("a", never) == 1
    clock.now = 300
    assert cache.get("a", lambda: 2) == 2


def test_the_time_counts_from_the_beginning_of_the_load(cache, clock):
    def slow():
        clock.now = 200
        return 1

    cache.get("a", slow)
    clock.now = 300
    assert cache.get("a", lambda: 2) == 2


def test_what_ended_is_let_go_at_any_next_call(cache, clock):
    cache.get("a", lambda: 1)
    clock.now = 300
    cache.get("b", lambda: 1)
    assert "a" not in cache._kept


def test_the_least_recently_used_goes_first(cache):
    for key in "abc":
        cache.get(key, lambda: 1)
    cache.get("a", never)
    cache.get("d", lambda: 1)
    assert len(cache) == 3
    assert cache.get("b", lambda: "again") == "again"


def test_nothing_and_errors_are_not_kept(cache):
    assert cache.get("a", lambda: None) is None
    with pytest.raises(KeyUnavailableError):
        cache.get("a", raising)
    assert cache.get("a", lambda: 1) == 1


def raising():
    raise KeyUnavailableError("the service is down", hint="wait", code="Down")


def test_64_threads_make_one_load(cache):
    loads = []
    go = Event()

    def load():
        loads.append(1)
        go.wait(5)
        return object()

    def do():
        if len(loads) > 0:
            go.set()
        return cache.get("a", load)

    starter = Thread(target=lambda: (go.wait(0.2), go.set()))
    starter.start()
    results = together(64, do)
    starter.join()
    assert len(loads) == 1
    assert len(set(map(id, results))) == 1


def test_those_who_wait_get_a_copy_of_the_error(cache):
    entered = Event()
    calls = []

    def load():
        calls.append(1)
        entered.wait(0.3)
        raising()

    results = together(16, lambda: cache.get("a", load))
    assert len(calls) == 1
    assert all(type(result) is KeyUnavailableError for result in results)
    assert all((result.hint, result.code) == ("wait", "Down") for result in results)
    assert len(set(map(id, results))) == 16


def test_what_was_being_loaded_at_a_drop_is_not_kept(cache):
    def load():
        cache.drop(lambda key: key == "a")  # a suspension comes in while the old state is read
        return "old"

    assert cache.get("a", load) == "old"
    assert cache.get("a", lambda: "new") == "new"


def test_whoever_asks_after_a_drop_does_not_join_the_old_load(cache):
    loading, dropped = Event(), Event()

    def old():
        loading.set()
        dropped.wait(5)
        return "old"

    first = Thread(target=lambda: cache.get("a", old))
    first.start()
    loading.wait(5)
    cache.drop(lambda _: True)
    assert cache.get("a", lambda: "new") == "new"
    dropped.set()
    first.join()
    assert cache.get("a", never) == "new"


def test_an_interrupt_of_the_loader_is_not_handed_to_those_who_wait(cache):
    loading, waiting = Event(), Event()

    def interrupted():
        loading.set()
        waiting.wait(5)
        raise KeyboardInterrupt

    def loader():
        with pytest.raises(KeyboardInterrupt):
            cache.get("a", interrupted)

    results = []
    first = Thread(target=loader)
    second = Thread(target=lambda: results.append(cache.get("a", lambda: 1)))
    first.start()
    loading.wait(5)
    second.start()
    second.join(0.1)  # it waits for the first one's load
    waiting.set()
    first.join()
    second.join()
    assert results == [1]


def test_only_what_matches_is_dropped(cache):
    cache.get("a", lambda: 1)
    cache.get("b", lambda: 2)
    cache.drop(lambda key: key == "a")
    assert cache.get("b", never) == 2
    assert cache.get("a", lambda: 3) == 3
