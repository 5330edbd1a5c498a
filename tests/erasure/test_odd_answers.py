"""An S3 service, or a proxy before it, that answers a listing oddly: never COMPLETE beside it."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

import pytest

from multistore.erasure import inventory
from multistore.erasure.fate import HIDDEN, Fate
from multistore.erasure.subject import Subject
from multistore.erasure.verdict import Status
from multistore.errors import UnavailableError
from multistore.stores.base import Ref
from multistore.stores.memory import MemoryStore
from multistore.stores.s3.store import S3Store
from multistore.testing.faults import FaultyStore
from multistore.values import OutcomeStatus
from tests.erasure.estate import everything, put
from tests.servers.fault_proxy import Answer

ROOT = {
    "?versions": "ListVersionsResult",
    "?uploads": "ListMultipartUploadsResult",
    "list-type=2": "ListBucketResult",
}
LAST, CUT = (f"<IsTruncated>{word}</IsTruncated>" for word in ("false", "true"))


def _odd(call):
    """Give each odd answer to a call, by what it is."""
    told = {"nothing": "", "a page": "<html/>", "another document": f"<Foo>{LAST}</Foo>"}
    told["cut short"] = f"<{ROOT[call]}>{CUT}</{ROOT[call]}>"
    if call != "list-type=2":
        told["a plain listing"] = f"<ListBucketResult>{LAST}</ListBucketResult>"
    if call == "?versions":
        told["a lie"] = f"<{ROOT[call]}>{LAST}</{ROOT[call]}>"
    return told


@pytest.fixture
def bucket(moto_server):
    """Give a versioned bucket with two versions and an upload of one tenant, and a twin's."""
    name, client = moto_server.bucket(versioned=True), moto_server.client()
    for key in ("acme/video/a", "acme/video/b", "acme2/video/a"):
        for body in (b"1", b"2"):
            client.put_object(Bucket=name, Key=key, Body=body)
    client.create_multipart_upload(Bucket=name, Key="acme/video/a")
    return name


@pytest.fixture
def reached(request, moto_server, s3_credentials, bucket):
    """Give a function: the bucket as a store, straight or by another way."""

    def by(url=moto_server.url):
        endpoint = moto_server.endpoint()
        if url != endpoint.url:
            endpoint = replace(endpoint, url=url, hosts=frozenset({urlsplit(url).netloc}))
        credentials = s3_credentials(moto_server)
        store = S3Store("main", endpoint=endpoint, bucket=bucket, credentials=credentials)
        request.addfinalizer(store.close)
        return store

    return by


@pytest.fixture
def spoilt(reached, moto_server, fault_proxy):
    """Give a function: the bucket as a store whose every answer to a call is another."""

    def by(call, answer):
        where = urlsplit(moto_server.url)
        proxy = fault_proxy(where.hostname, where.port)
        proxy.on("GET", Answer(200, answer.encode()), containing=call, times=None)
        return reached(proxy.url)

    return by


@pytest.mark.s3
@pytest.mark.parametrize(
    ("call", "answer"),
    [
        pytest.param(call, answer, id=f"{call} {what}")
        for call in ROOT
        for what, answer in _odd(call).items()
    ],
)
def test_an_odd_answer_is_never_taken_for_an_end(eraser, reached, spoilt, call, answer):
    straight = reached()
    twin = [one for one in everything(straight) if one[1].startswith("acme2/")]
    erasure = eraser("acme/video/", {"main": spoilt(call, answer)})
    assert erasure.report.verdict.status is Status.PARTIAL
    assert not erasure.certificate.complete
    what = {"?versions": "versions", "?uploads": "uploads", "list-type=2": "objects"}[call]
    assert any(
        one.what == f"main: {what}" and one.why.startswith("not looked at")
        for one in erasure.report.verdict.residual
    )
    # Nothing that is still there is said to be erased.
    left = {(one[1], one[2]) for one in everything(straight) if one[0] != "now"}
    gone = {
        (fate.item.name, fate.item.version)
        for fate in erasure.report.fates
        if fate.fate is Fate.ERASED
    }
    assert not gone & left
    assert not {name for name, version in gone if not version} & {name for name, _ in left}
    # Once the service answers as it should, the same erasure goes on to its end.
    assert eraser("acme/video/", {"main": straight}).certificate.complete
    assert everything(straight) == twin


@pytest.mark.s3
@pytest.mark.parametrize("count", [1, 2])
def test_a_deletion_that_only_hid_is_told(reached, count):
    store = reached()
    names = ["acme/video/a", "acme/video/b"][:count]
    hidden = store.delete([Ref(name) for name in names])
    assert [(one.status, one.hidden) for one in hidden] == [(OutcomeStatus.DELETED, True)] * count
    # Of a named version the service's same word says that it was a marker itself.
    listed = [one for one in store.versions.list_versions("acme/") if one.name in names]
    gone = store.delete([Ref(one.name, one.version) for one in listed])
    assert [(one.status, one.hidden) for one in gone] == [(OutcomeStatus.DELETED, False)] * (
        3 * count
    )


class Hiding(FaultyStore):
    """Does not list its versions, keeps them all the same, and says so at a deletion."""

    @property
    def versions(self):
        return None

    def delete(self, refs):
        return [one._replace(hidden=True) for one in super().delete(refs)]


def test_what_a_deletion_only_hid_is_not_erased_though_no_listing_shows_it(eraser):
    store = MemoryStore("memory", versioned=True)
    put(store, "acme/video/a")
    erasure = eraser("acme/video/", {"memory": Hiding(store)})
    assert not list(store.list(""))
    assert [(fate.fate, fate.why) for fate in erasure.report.fates] == [(Fate.NOT_VERIFIED, HIDDEN)]
    assert erasure.report.verdict.status is Status.PARTIAL


class Untold(FaultyStore):
    """Its listing of versions knows nothing; ``second`` happens before its second plain listing."""

    looks = 0
    second = staticmethod(lambda: None)

    @property
    def versions(self):
        return self

    def list_versions(self, prefix):
        return iter(())

    def list(self, prefix, **options):
        self.looks += 1
        if self.looks == 2:
            self.second()
        return super().list(prefix, **options)


def _untold():
    store = Untold(MemoryStore("one"))
    for name in ("acme/video/a", "acme/video/b", "acme2/video/a"):
        put(store.inner, name)
    return store, lambda: inventory.take(Subject.parse("acme/"), {"one": store})


def test_what_the_versions_do_not_tell_is_not_looked_at_and_not_deleted_by_name():
    _, take = _untold()
    seen = take()
    assert seen.items == ()
    (unseen,) = seen.unseen
    assert (unseen.store, unseen.what) == ("one", "versions")
    assert "2 objects, such as 'acme/video/a'" in unseen.why


def test_what_went_for_good_while_both_listings_were_read_is_not_missed():
    store, take = _untold()
    store.second = lambda: store.inner.delete([Ref("acme/video/a"), Ref("acme/video/b")])
    seen = take()
    assert (seen.items, seen.unseen) == ((), ())


def test_a_second_look_that_fails_is_told():
    store, take = _untold()

    def fail():
        raise UnavailableError("no answer", code="ReadTimeout")

    store.second = fail
    assert [one.what for one in take().unseen] == ["objects"]
