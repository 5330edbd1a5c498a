"""What is recorded of a bucket: only what is an answer to the question, to its last page."""

from __future__ import annotations

import hashlib
from urllib.parse import parse_qs, urlsplit

import pytest

from multistore.compliance.collect.reader import CONNECTIONS, Reader
from multistore.compliance.collect.s3_account import buckets
from multistore.compliance.collect.s3_bucket import ABSENT, OF_TARGETS, bucket
from multistore.compliance.collect.s3_forms import as_documented
from multistore.compliance.model import Answer, Copy, Resource, Status
from multistore.residency import pinning
from multistore.residency.catalog import Catalog
from multistore.stores.base import Placement
from tests.compliance.bucket_answers import answer as recorded
from tests.compliance.bucket_answers import seen, statuses
from tests.compliance.estate import LOGS
from tests.servers.fault_proxy import Answer as Reply

pytestmark = [pytest.mark.s3, pytest.mark.usefixtures("quiet_environment")]
NAME = "collected"


@pytest.fixture
def reader(the_estate):
    if NAME not in the_estate.buckets:
        the_estate.bucket(NAME)
    settings = the_estate.settings(NAME)
    catalog = Catalog.load()
    endpoint = pinning.endpoint(catalog, NAME, settings.stores[NAME], proxy=None)
    reader = Reader(settings, catalog, {NAME: endpoint})
    yield reader
    reader.close()


@pytest.fixture
def orders(the_estate):
    """Take back every order of a test when it ends."""
    proxy = the_estate.proxy
    before = list(proxy._orders)
    yield proxy
    proxy._orders[:] = before


def collect(reader, **fields):
    resource = Resource(f"s3://{NAME}", "s3-bucket", NAME, "aws", **{"store": NAME, **fields})
    found = list(bucket(resource, reader))
    return found, {one.call: one for one in found if isinstance(one, Answer)}


def answering(proxy, reply):
    """Answer every question about a subresource of the bucket so."""

    def matches(request):
        parts = urlsplit(request.target)
        return parts.path == f"/{NAME}" and parts.query and "location" not in parts.query

    proxy.on("GET", reply, times=None)
    order = proxy._orders.pop()
    order.matches = matches
    proxy._orders.insert(0, order)


def test_every_question_has_its_answer_with_its_proof(reader, the_estate):
    the_estate.proxy.requests.clear()
    found, answers = collect(reader)
    assert set(ABSENT) <= set(answers)
    assert {answers[call].status for call in ABSENT} <= {"read", "absent"}
    for answer in answers.values():
        assert answer.at.tzinfo is not None
        assert answer.call in {"GetObjectAcl", "HeadObject"} or answer.sha256
    asked = [request.target for request in the_estate.proxy.requests]
    assert len(asked) == len(set(asked)), "a question was asked twice"
    (place,) = [one for one in found if isinstance(one, Placement)]
    assert (place.region, place.replicas) == ("ap-northeast-1", ())
    (log,) = [one for one in found if isinstance(one, Copy)]
    assert (log.target, log.kind, log.in_japan) == (f"s3://{LOGS}", "log", True)
    (other,) = [r for r in found if isinstance(r, Resource) and r.name == LOGS]
    assert other.role == "account", "the bucket that the log goes to is judged as well"


def test_the_digest_is_of_what_came_over_the_wire(reader, orders):
    rule = b"<CORSRule><AllowedOrigin>*</AllowedOrigin></CORSRule>"
    body = b"<CORSConfiguration>" + rule + b"</CORSConfiguration>"
    orders.on("GET", Reply(200, body), containing=f"/{NAME}?cors", times=None)
    orders._orders.insert(0, orders._orders.pop())
    _, answers = collect(reader)
    assert answers["GetBucketCors"].sha256 == hashlib.sha256(body).hexdigest()
    assert answers["GetBucketCors"].value["CORSRules"] == [{"AllowedOrigins": ["*"]}]


def test_a_target_is_asked_little(reader):
    found, answers = collect(reader, store=None, role="target", via=NAME)
    assert set(answers) == {"HeadBucket", *OF_TARGETS}
    assert not [one for one in found if isinstance(one, Placement)]


LISTING = Reply(200, b"<?xml version='1.0'?>\n<ListBucketResult><Name>b</Name></ListBucketResult>")


def test_a_listing_is_no_answer_to_anything(reader, orders):
    answering(orders, LISTING)
    _, answers = collect(reader)
    for call in ABSENT:
        assert answers[call].status == "unreadable", call
        assert answers[call].why == "fell-through", call
        assert answers[call].value == {}
    assert answers["canary"].why == "fell-through"


@pytest.mark.parametrize("body", [b"<Something><Else>1</Else></Something>", b""])
def test_an_answer_to_another_question_is_none(reader, orders, body):
    answering(orders, Reply(200, body))
    _, answers = collect(reader)
    # A policy is JSON, and whatever it is, it is read as one: what is none is unknown.
    assert {call for call in ABSENT if answers[call].status != "unreadable"} <= {"GetBucketPolicy"}


@pytest.mark.parametrize(
    ("status", "code"), [(403, "AccessDenied"), (405, "MethodNotAllowed"), (501, "NotImplemented")]
)
def test_a_refusal_is_no_answer(reader, orders, status, code):
    answering(orders, Reply(status, f"<Error><Code>{code}</Code></Error>".encode()))
    found, answers = collect(reader)
    assert {answers[call].status for call in ABSENT} == {"unreadable"}
    assert {answers[call].why for call in ABSENT} == {code}
    (place,) = [one for one in found if isinstance(one, Placement)]
    assert place.replicas is None, "that nothing is replicated is not known"


def test_a_code_that_means_another_thing_is_not_absent(reader, orders):
    answering(orders, Reply(404, b"<Error><Code>NoSuchBucket</Code></Error>"))
    _, answers = collect(reader)
    assert {answers[call].status for call in ABSENT} == {"unreadable"}


# --- pages --------------------------------------------------------------------------------------

PAGE = (
    b"<ListInventoryConfigurationsResult>"
    b"<InventoryConfiguration><Id>%d</Id><IsEnabled>true</IsEnabled><Destination>"
    b"<S3BucketDestination><Bucket>arn:aws:s3:::%s</Bucket></S3BucketDestination></Destination>"
    b"</InventoryConfiguration><IsTruncated>%s</IsTruncated>%s"
    b"</ListInventoryConfigurationsResult>"
)
NEXT = b"<NextContinuationToken>t</NextContinuationToken>"


def pages(proxy, *replies):
    """Answer the questions about inventories one after another."""
    for reply in reversed(replies):
        proxy.on("GET", reply, containing=f"/{NAME}?inventory", times=1)
        proxy._orders.insert(0, proxy._orders.pop())


def test_configurations_are_read_to_the_last_page(reader, orders, the_estate):
    first = Reply(200, PAGE % (1, LOGS.encode(), b"true", NEXT))
    pages(orders, first, Reply(200, PAGE % (2, b"abroad", b"false", b"")))
    the_estate.proxy.requests.clear()
    found, answers = collect(reader)
    listed = answers["ListBucketInventoryConfigurations"].value["InventoryConfigurationList"]
    assert [entry["Id"] for entry in listed] == ["1", "2"]
    asked = [
        urlsplit(r.target).query for r in the_estate.proxy.requests if "?inventory" in r.target
    ]
    assert parse_qs(asked[1])["continuation-token"] == ["t"]
    kinds = {(c.target, c.kind) for c in found if isinstance(c, Copy)}
    assert ("s3://abroad", "inventory") in kinds


@pytest.mark.parametrize(
    "second",
    [Reply(403, b"<Error><Code>AccessDenied</Code></Error>"), LISTING],
    ids=["denied", "a listing"],
)
def test_half_a_list_is_none(reader, orders, second):
    pages(orders, Reply(200, PAGE % (1, LOGS.encode(), b"true", NEXT)), second)
    _, answers = collect(reader)
    assert answers["ListBucketInventoryConfigurations"].status == "unreadable"


def test_a_list_that_never_ends_is_none(reader, orders):
    orders.on(
        "GET",
        Reply(200, PAGE % (1, LOGS.encode(), b"true", b"")),
        containing=f"/{NAME}?inventory",
        times=None,
    )
    orders._orders.insert(0, orders._orders.pop())
    _, answers = collect(reader)
    assert answers["ListBucketInventoryConfigurations"].why == "TooManyPages"


def test_the_cap_stays_within_what_is_promised():
    assert CONNECTIONS <= 16


# --- answers in words that the API does not have --------------------------------------------------


def saying(proxy, query, reply):
    """Answer the question of that query about the bucket so."""

    def matches(request):
        parts = urlsplit(request.target)
        return parts.path.startswith(f"/{NAME}") and parts.query.startswith(query)

    proxy.on("GET", reply, times=None)
    order = proxy._orders.pop()
    order.matches = matches
    proxy._orders.insert(0, order)


ROLE = b"<Role>arn:aws:iam::123456789012:role/r</Role>"
OWNER = b"<Owner><ID>a</ID></Owner>"
BENT = [
    ("replication", b"<ReplicationConfiguration>" + ROLE + b"</ReplicationConfiguration>"),
    ("replication", b"<ReplicationConfiguration><Role></Role></ReplicationConfiguration>"),
    ("replication", b"<ReplicationConfiguration><Foo/></ReplicationConfiguration>"),
    ("policyStatus", b"<PolicyStatus><IsPublic>TRUE</IsPublic></PolicyStatus>"),
    ("policyStatus", b"<PolicyStatus><IsPublic>1</IsPublic></PolicyStatus>"),
    ("policyStatus", b"<PolicyStatus><IsPublic/></PolicyStatus>"),
    ("acl", b"<AccessControlPolicy>" + OWNER + b"<Foo/></AccessControlPolicy>"),
    ("acl", b"<html>" + OWNER + b"</html>"),
    ("acl", b"<html>" + OWNER + b"<AccessControlList/></html>"),
    ("versions", b"<ListVersionsResult><IsTruncated>yes</IsTruncated></ListVersionsResult>"),
    ("versions", b"<ListVersionsResult><IsTruncated>true</IsTruncated></ListVersionsResult>"),
    (
        "uploads",
        b"<ListMultipartUploadsResult><IsTruncated>true</IsTruncated></ListMultipartUploadsResult>",
    ),
    ("inventory", (PAGE % (1, b"abroad", b"false", b"")).replace(b">true<", b">TRUE<")),
]
ASKED = {
    "replication": "GetBucketReplication",
    "policyStatus": "GetBucketPolicyStatus",
    "acl": "GetBucketAcl",
    "versions": "ListObjectVersions",
    "uploads": "ListMultipartUploads",
    "inventory": "ListBucketInventoryConfigurations",
}


@pytest.mark.parametrize(("query", "body"), BENT)
def test_a_word_that_the_api_does_not_have_is_no_answer(reader, orders, query, body):
    saying(orders, query, Reply(200, body))
    _, answers = collect(reader)
    said = answers[ASKED[query]]
    assert (said.status, said.why, said.value) == ("unreadable", "UnexpectedAnswer", {})


def test_an_owner_who_grants_nothing_is_an_answer(reader, orders):
    body = b"<AccessControlPolicy>" + OWNER + b"<AccessControlList/></AccessControlPolicy>"
    saying(orders, "acl", Reply(200, body))
    _, answers = collect(reader)
    assert answers["GetBucketAcl"].value["Grants"] == []


def test_the_second_page_must_be_an_answer_too(reader, orders):
    pages(orders, Reply(200, PAGE % (1, LOGS.encode(), b"true", NEXT)), Reply(200, b"<html/>"))
    _, answers = collect(reader)
    assert answers["ListBucketInventoryConfigurations"].status == "unreadable"


def test_a_page_in_place_of_an_objects_acl_spoils_the_sample(reader, orders):
    version = (
        b"<ListVersionsResult><IsTruncated>false</IsTruncated><Version><Key>k</Key>"
        b"<VersionId>v</VersionId><IsLatest>true</IsLatest></Version></ListVersionsResult>"
    )
    saying(orders, "versions", Reply(200, version))
    saying(orders, "acl&versionId", Reply(200, b"<html/>"))
    _, answers = collect(reader)
    assert answers["ListObjectVersions"].value["Versions"] == 1
    assert answers["GetObjectAcl"].status == "unreadable"


@pytest.mark.parametrize(("status", "told"), [(404, "absent"), (403, "unreadable")])
def test_only_not_found_says_that_nothing_is_there(reader, orders, status, told):
    body = b"<Error><Code>ReplicationConfigurationNotFoundError</Code></Error>"
    saying(orders, "replication", Reply(status, body))
    _, answers = collect(reader)
    assert answers["GetBucketReplication"].status == told


RULE = (
    b"<Rule><ID>%s</ID><Filter>%s</Filter><Status>Enabled</Status>"
    b"<Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration>"
    b"<NoncurrentVersionExpiration><NoncurrentDays>30</NoncurrentDays>"
    b"</NoncurrentVersionExpiration></Rule>"
)


@pytest.mark.parametrize(
    ("narrowed", "status"),
    [
        (b"", Status.PASS),
        (b"<Prefix/>", Status.PASS),
        (b"<ArchiveZone/>", Status.FAIL),
        (b"<Prefix/><Color>red</Color>", Status.FAIL),
        (b"<And><Prefix/><ArchiveZone/></And>", Status.FAIL),
    ],
)
def test_a_condition_that_the_sdk_drops_narrows_a_rule(reader, orders, narrowed, status):
    body = b"<LifecycleConfiguration>%s</LifecycleConfiguration>" % (RULE % (b"a", narrowed))
    saying(orders, "lifecycle", Reply(200, body))
    _, answers = collect(reader)
    value = answers["GetBucketLifecycleConfiguration"].value
    assert statuses(seen({"GetBucketLifecycleConfiguration": value}), "ERA-003") == {status}


@pytest.mark.parametrize(
    ("role", "kind", "status"),
    [
        ("", "s3-compatible-bucket", "read"),
        ("r", "s3-compatible-bucket", "unreadable"),
        ("", "s3-bucket", "unreadable"),
    ],
)
def test_a_role_without_a_rule_is_nothing_only_where_ceph_says_so(role, kind, status):
    value = {"ReplicationConfiguration": {"Role": role}}
    told = recorded("GetBucketReplication", "b", value)
    said = as_documented(told, b"<ReplicationConfiguration/>", kind)
    assert said.status == status


# --- the list of all buckets ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html/>",
        b"<html><Buckets/></html>",
        b"<Foo/>",
        b"<ListAllMyBucketsResult/>",
    ],
)
def test_what_is_no_list_of_buckets_lists_none(reader, orders, body):
    orders.on("GET", Reply(200, body), times=None)
    order = orders._orders.pop()
    order.matches = lambda r: urlsplit(r.target).path == "/"
    orders._orders.insert(0, order)
    account = Resource("aws-account:x", "aws-account", "x", "aws", role="account", via=NAME)
    reader.account = True
    (said,) = buckets(account, reader)
    assert said.status == "unreadable"
