"""The line is lost at each request of an upload in turn: a file is written whole, or not at all."""

from __future__ import annotations

from functools import partial
from urllib.parse import urlsplit

import pytest

from multistore import UnavailableError
from multistore.stores.transfer import Deadlines
from tests.servers.fault_proxy import Answer, CutRequest, _Order
from tests.vault import estate

MIB = 1 << 20
ADDRESS = "acme/video/written"
SIZES = {"small": 5, "large": 9 * MIB}
# What the clouds are asked for, in the order in which it can be lost.
REQUESTS = {("s3", "small"): 1, ("s3", "large"): 4, ("azure", "small"): 1, ("azure", "large"): 3}

LOST, ANSWER_LOST = CutRequest(0), Answer(500, forward=True)

pytestmark = [
    pytest.mark.usefixtures("abandoned_sockets"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


class Line:
    """The line to the service: good, or lost from the n-th request on."""

    def __init__(self, proxy):
        self.proxy = proxy
        self.good_for = None
        self.asked = 0
        for fault in (LOST, ANSWER_LOST):
            proxy._orders.append(_Order(fault, partial(self._is_lost, fault), None))

    def lose(self, fault, after):
        """Spoil every request from now on but the first so many."""
        self.fault, self.good_for, self.asked = fault, after, 0

    def mend(self):
        self.good_for = None

    def _is_lost(self, fault, _request):
        if self.good_for is None or fault != self.fault:
            return False
        self.asked += 1
        return self.asked > self.good_for


@pytest.fixture(params=[pytest.param(k, marks=getattr(pytest.mark, k)) for k in ("s3", "azure")])
def cloud(request):
    return request.param


@pytest.fixture
def line_and_vault(cloud, tmp_path, request, fault_proxy, monkeypatch):
    # A line that stays lost is given up at once: how long one waits is not the question here.
    monkeypatch.setattr("multistore.stores.transfer.Deadlines", partial(Deadlines, retrying=0.01))
    here = estate.KINDS[cloud](tmp_path, request)
    text = here.path.read_text(encoding="utf-8")
    url = urlsplit(text.partition('endpoint = "')[2].partition('"')[0])
    proxy = fault_proxy(url.hostname, url.port)
    here.path.write_text(text.replace(url.netloc, f"127.0.0.1:{proxy.port}"), encoding="utf-8")
    with here.open() as vault:
        yield Line(proxy), vault


def write(vault, size):
    with vault.open(ADDRESS, "wb") as file:
        for start in range(0, size, MIB):
            file.write(b"n" * min(MIB, size - start))


@pytest.mark.parametrize("size", SIZES)
def test_the_line_is_lost_at_each_request(line_and_vault, cloud, size):
    line, vault = line_and_vault
    before = len(line.proxy.requests)
    write(vault, SIZES[size])
    asked = len(line.proxy.requests) - before
    assert asked == REQUESTS[cloud, size]
    for lost in range(asked):
        old = b"old" if lost % 2 else None
        vault.delete(ADDRESS)
        if old is not None:
            vault.put(ADDRESS, old)
        line.lose(LOST, after=lost)
        with pytest.raises(UnavailableError):
            write(vault, SIZES[size])
        line.mend()
        assert vault.exists(ADDRESS) is (old is not None)
        if old is not None:
            assert vault.read(ADDRESS) == old
    write(vault, SIZES[size])
    assert vault.read(ADDRESS) == b"n" * SIZES[size]


@pytest.mark.parametrize("size", SIZES)
def test_an_answer_is_lost_at_each_request(line_and_vault, cloud, size):
    """What was asked for was done: the object is the old one or the new one, and no third."""
    line, vault = line_and_vault
    vault.put(ADDRESS, b"old")
    for lost in range(REQUESTS[cloud, size]):
        line.lose(ANSWER_LOST, after=lost)
        with pytest.raises(UnavailableError):
            write(vault, SIZES[size])
        line.mend()
        is_last = lost == REQUESTS[cloud, size] - 1
        assert vault.head(ADDRESS).size == (SIZES[size] if is_last else 3)
    write(vault, SIZES[size])
    assert vault.read(ADDRESS) == b"n" * SIZES[size]


def test_one_lost_request_is_made_up_for(line_and_vault, cloud):
    line, vault = line_and_vault
    before = len(line.proxy.requests)
    for method in ("POST", "PUT"):
        line.proxy.on(method, LOST, times=1)
    write(vault, SIZES["large"])
    lost = 2 if cloud == "s3" else 1
    assert len(line.proxy.requests) - before == REQUESTS[cloud, "large"] + lost
    assert vault.read(ADDRESS) == b"n" * SIZES["large"]


def test_an_exclusive_file_meets_a_lost_line_too(line_and_vault):
    line, vault = line_and_vault
    file = vault.open(ADDRESS, "xb")
    file.write(b"n")
    line.lose(LOST, after=0)
    with pytest.raises(UnavailableError):
        file.close()
    line.mend()
    assert file.closed
    assert not vault.exists(ADDRESS)
    with vault.open(ADDRESS, "xb") as file:
        file.write(b"again")
    assert vault.read(ADDRESS) == b"again"
