"""What a service says of itself, and what follows: the whole matrix of answers."""

import pytest

from multistore.residency.evidence import Kind
from tests.residency import seen

ADMITTED, REFUSED, UNKNOWN = "admitted", "refused", "unknown"

AWS = [
    # HeadBucket: exact names only.
    ("s3:HeadBucket", {"region": "ap-northeast-1"}, ADMITTED, "RES-001"),
    ("s3:HeadBucket", {"region": "ap-northeast-2"}, REFUSED, "RES-001"),
    ("s3:HeadBucket", {"region": "us-east-1"}, REFUSED, "RES-001"),
    ("s3:HeadBucket", {"region": "ap-northeast-1-tpe-1"}, REFUSED, "RES-001"),
    ("s3:HeadBucket", {"region": "ap-northeast-11"}, REFUSED, "RES-001"),
    ("s3:HeadBucket", {"region": "AP-NORTHEAST-1"}, REFUSED, "RES-001"),
    ("s3:HeadBucket", {"region": "mars-1"}, REFUSED, "RES-001"),
    ("s3:HeadBucket", {"region": "default"}, REFUSED, "RES-001"),
    ("s3:HeadBucket", {"region": ""}, UNKNOWN, "RES-001"),
    ("s3:HeadBucket", {"region": None}, UNKNOWN, "RES-001"),
    # In Japan, but not where the configuration says.
    ("s3:HeadBucket", {"region": "ap-northeast-3"}, REFUSED, "RES-001"),
    # GetBucketLocation: nothing means us-east-1, EU means Ireland.
    ("s3:GetBucketLocation", {"region": "ap-northeast-1"}, ADMITTED, "RES-001"),
    ("s3:GetBucketLocation", {"region": None}, REFUSED, "RES-001"),
    ("s3:GetBucketLocation", {"region": ""}, REFUSED, "RES-001"),
    ("s3:GetBucketLocation", {"region": "EU"}, REFUSED, "RES-001"),
    ("s3:GetBucketLocation", {"region": "eu-west-1"}, REFUSED, "RES-001"),
    # 403: with the header it counts, without it nothing is known.
    ("s3:HeadBucket", {"region": "ap-northeast-1", "raw": {"status": "403"}}, ADMITTED, "RES-001"),
    ("s3:HeadBucket", {"error": "AccessDeniedError 403", "status": 403}, UNKNOWN, "RES-001"),
    ("s3:HeadBucket", {"error": "UnsupportedError 501", "status": 501}, UNKNOWN, "RES-001"),
    ("s3:HeadBucket", {"error": "NotFoundError 404", "status": 404}, UNKNOWN, "RES-001"),
    ("s3:HeadBucket", {"error": "UnavailableError", "status": None}, UNKNOWN, "RES-001"),
    # Zones: by their id, never by their parent region.
    (
        "s3:HeadBucket",
        {
            "region": "ap-northeast-1",
            "location_type": "LocalZone",
            "location_name": "apne1-tpe1-az1",
        },
        REFUSED,
        "RES-002",
    ),
    (
        "s3:HeadBucket",
        {
            "region": "ap-northeast-1",
            "location_type": "AvailabilityZone",
            "location_name": "apne1-tpe1-az1",
        },
        REFUSED,
        "RES-002",
    ),
    (
        "s3:HeadBucket",
        {"region": "ap-northeast-1", "location_type": "LocalZone", "location_name": "apne1-az1"},
        REFUSED,
        "RES-002",
    ),
    (
        "s3:HeadBucket",
        {"region": "ap-northeast-1", "location_type": "Orbit", "location_name": None},
        REFUSED,
        "RES-002",
    ),
    (
        "s3:HeadBucket",
        {
            "region": "ap-northeast-1",
            "location_type": "AvailabilityZone",
            "location_name": "apne1-az4",
        },
        ADMITTED,
        "RES-001",
    ),
    # A second copy: in the country it passes, abroad it refuses.
    ("s3:HeadBucket", {"region": "ap-northeast-1", "secondary": "us-west-2"}, REFUSED, "RES-004"),
    ("s3:HeadBucket", {"region": "ap-northeast-1", "secondary": "ap-northeast-3"}, ADMITTED, None),
]


@pytest.mark.parametrize(("call", "answer", "kind", "rule"), AWS)
def test_the_matrix_of_aws_answers(call, answer, kind, rule):
    found = seen.judge(seen.aws(seen.item(Kind.SERVICE, call, **answer)))
    assert found.kind == kind
    assert rule is None or rule in found.rules
    assert (found.strength == "service") == (kind == ADMITTED)


def test_osaka_is_admitted_where_it_is_configured():
    host = "s3.ap-northeast-3.amazonaws.com"
    evidence = seen.aws(
        seen.service("ap-northeast-3"),
        seen.addresses(host, seen.address("52.95.182.1", region="ap-northeast-3")),
        seen.tls(host),
        region="ap-northeast-3",
        url=f"https://{host}",
        hosts=(host,),
    )
    assert seen.judge(evidence).admitted


def test_aws_is_never_admitted_without_its_own_word():
    assert seen.judge(seen.aws()).kind == UNKNOWN
    silent = seen.item(Kind.SERVICE, "s3:HeadBucket", error="AccessDeniedError 403")
    for word in ((), (silent,), (seen.service(None),)):
        with_claim = seen.aws(*word, seen.claim(), claimed=True)
        assert seen.judge(with_claim).kind == UNKNOWN


def test_the_message_names_the_place_and_the_look_alike():
    places = {"en": "Seoul", "ja": "ソウル", "elsewhere_en": " (at wasabi it is Osaka)"}
    found = seen.judge(seen.aws(seen.service("ap-northeast-2", places=places)))
    assert "ap-northeast-2, which is Seoul (at wasabi it is Osaka)" in found.explain("en")
    assert "ソウル" in found.explain("ja")


@pytest.mark.parametrize(("answer", "kind"), [("ap-northeast-1", ADMITTED), ("us-east-1", REFUSED)])
def test_aws_on_loopback_still_needs_its_own_word(answer, kind):
    evidence = seen.aws(loopback=True, url="http://127.0.0.1:5000", hosts=("127.0.0.1:5000",))
    evidence = seen.without(evidence, Kind.ADDRESSES, Kind.TLS).with_items(
        seen.item(Kind.MACHINE, what="loopback", host="127.0.0.1"),
        seen.addresses("127.0.0.1", seen.address("127.0.0.1", "loopback", None)),
    )
    assert seen.judge(evidence).kind == UNKNOWN
    silent = seen.item(Kind.SERVICE, "s3:HeadBucket", error="UnavailableError")
    assert seen.judge(evidence.with_items(silent)).kind == UNKNOWN
    assert seen.judge(evidence.with_items(seen.service(answer))).kind == kind


# --- Azure -----

EAST = seen.address("20.60.172.1", region="japaneast", operator="azure")
WEST = seen.address("20.60.12.1", region="japanwest", operator="azure")
SEOUL = seen.address("20.150.4.1", "abroad", "koreacentral", operator="azure")
NOWHERE = seen.address("203.0.114.1", "unlisted", None)
PRIVATE = seen.address("10.0.0.4", "private", None)
PRIMARY = seen.addresses(seen.AZURE_HOST, EAST)


def account(sku, **fields):
    return seen.service(None, "Get Account Information", redundancy=sku, **fields)


def second(*found, **fields):
    return seen.addresses("acct1-secondary", *found, kind=Kind.SECONDARY, **fields)


ABSENT = second(absent=True, error="Name or service not known")

AZURE = [
    # The control plane's word.
    ([PRIMARY, seen.service("japaneast", "ARM")], ADMITTED, "service"),
    ([PRIMARY, seen.service("japaneast", "ARM", secondary="japanwest")], ADMITTED, "service"),
    ([PRIMARY, seen.service("japaneast", "ARM", redundancy="Standard_GRS")], ADMITTED, "service"),
    ([PRIMARY, seen.service("japaneast", "ARM", secondary="koreacentral")], REFUSED, None),
    ([PRIMARY, seen.service("koreacentral", "ARM")], REFUSED, None),
    ([PRIMARY, seen.service("japanwest", "ARM")], REFUSED, None),
    ([PRIMARY, seen.service("japaneast", "ARM", location_type="EdgeZone")], REFUSED, None),
    # Addresses, and a redundancy without a second region.
    ([PRIMARY, account("Standard_LRS")], ADMITTED, "network"),
    ([PRIMARY, account("Standard_ZRS")], ADMITTED, "network"),
    ([PRIMARY, account("Premium_LRS")], ADMITTED, "network"),
    ([PRIMARY, account(None)], UNKNOWN, None),
    ([PRIMARY, account("Standard_XRS")], UNKNOWN, None),
    # A second region: only where its addresses are in Japan too, or it has none.
    ([PRIMARY, account("Standard_RAGRS")], UNKNOWN, None),
    ([PRIMARY, account("Standard_RAGRS"), second(WEST)], ADMITTED, "network"),
    ([PRIMARY, account("Standard_GRS"), ABSENT], ADMITTED, "network"),
    ([PRIMARY, account("Standard_RAGRS"), second(SEOUL)], UNKNOWN, None),
    ([PRIMARY, account("Standard_RAGRS"), second(WEST, NOWHERE)], UNKNOWN, None),
    ([PRIMARY, account("Standard_GZRS"), second(error="SERVFAIL", absent=False)], UNKNOWN, None),
    # Addresses that show nothing, or something else.
    ([seen.addresses(seen.AZURE_HOST, NOWHERE), account("Standard_LRS")], UNKNOWN, None),
    ([seen.addresses(seen.AZURE_HOST, PRIVATE), account("Standard_LRS")], UNKNOWN, None),
    ([seen.addresses(seen.AZURE_HOST, EAST, NOWHERE), account("Standard_LRS")], UNKNOWN, None),
    ([seen.addresses(seen.AZURE_HOST, EAST, SEOUL), account("Standard_LRS")], REFUSED, None),
    ([seen.addresses(seen.AZURE_HOST, WEST), account("Standard_LRS")], REFUSED, None),
    ([seen.addresses(seen.AZURE_HOST, EAST, WEST), account("Standard_LRS")], UNKNOWN, None),
    ([seen.addresses(seen.AZURE_HOST), account("Standard_LRS")], UNKNOWN, None),
    # Ranges that are too old show nothing; 180 days is the limit.
    (
        [seen.addresses(seen.AZURE_HOST, EAST, dated=seen.day(-180)), account("Standard_LRS")],
        ADMITTED,
        "network",
    ),
    (
        [seen.addresses(seen.AZURE_HOST, EAST, dated=seen.day(-181)), account("Standard_LRS")],
        UNKNOWN,
        None,
    ),
    # No word at all.
    ([PRIMARY, seen.item(Kind.SERVICE, error="AccessDeniedError")], UNKNOWN, None),
    ([PRIMARY], UNKNOWN, None),
    # A claim instead; it does not outweigh what contradicts it.
    ([PRIMARY, account("Standard_RAGRS"), seen.claim()], ADMITTED, "claim"),
    (
        [seen.addresses(seen.AZURE_HOST, NOWHERE), account("Standard_LRS"), seen.claim()],
        ADMITTED,
        "claim",
    ),
    (
        [seen.addresses(seen.AZURE_HOST, SEOUL), account("Standard_LRS"), seen.claim()],
        REFUSED,
        None,
    ),
    # What the control plane tells of the account's settings.
    (
        [PRIMARY, seen.service("japaneast", "ARM", raw={"enable_https_traffic_only": "False"})],
        REFUSED,
        None,
    ),
    (
        [PRIMARY, seen.service("japaneast", "ARM", raw={"minimum_tls_version": "TLS1_0"})],
        REFUSED,
        None,
    ),
    (
        [PRIMARY, seen.service("japaneast", "ARM", raw={"minimum_tls_version": "TLS1_2"})],
        ADMITTED,
        "service",
    ),
]


@pytest.mark.parametrize(("items", "kind", "strength"), AZURE)
def test_the_ladder_of_azure(items, kind, strength):
    found = seen.judge(seen.azure(*items))
    assert (found.kind, found.strength) == (kind, strength)


def test_azure_on_loopback_is_this_machine():
    evidence = seen.azure(
        seen.item(Kind.MACHINE, what="loopback", host="127.0.0.1"),
        seen.addresses("127.0.0.1", seen.address("127.0.0.1", "loopback", None)),
        loopback=True,
        url="http://127.0.0.1:10000/acct1",
        hosts=("127.0.0.1:10000",),
    )
    found = seen.judge(seen.without(evidence, Kind.TLS))
    assert (found.kind, found.strength) == (ADMITTED, "machine")
    assert "where the machine stands" in found.explain("en").lower()


# --- the table, the machine -----


def listed(**fields):
    host = fields.get("host", "s3.isk01.sakurastorage.jp")
    return seen.Evidence(
        seen.subject("s3-compatible", provider="sakura", url=f"https://{host}", hosts=(host,)),
        (seen.environment(), seen.row(**fields), seen.addresses(host), seen.tls(host)),
        seen.NOW,
    )


def test_a_listed_endpoint_is_admitted_by_the_table_with_its_source():
    found = seen.judge(listed())
    assert (found.kind, found.strength) == (ADMITTED, "table")
    assert "openapi.json; 2026-11-23" in found.explain("en")
    assert "北海道石狩市" in found.explain("ja")


def test_a_row_abroad_refuses():
    found = seen.judge(listed(country="KR", place_en="Seoul"))
    assert (found.kind, found.rules) == (REFUSED, ("TAB-001",))


MACHINES = [
    ("memory", {"what": "memory"}, ADMITTED),
    ("memory", {"what": "directory", "elsewhere": False}, UNKNOWN),
    ("local", {"what": "directory", "path": "/d", "elsewhere": False}, ADMITTED),
    ("local", {"what": "directory", "path": "/d", "elsewhere": True}, UNKNOWN),
    ("local", {"what": "directory", "path": "/d"}, UNKNOWN),
    ("local", {"what": "memory"}, UNKNOWN),
]


@pytest.mark.parametrize(("family", "facts", "kind"), MACHINES)
def test_this_machine(family, facts, kind):
    evidence = seen.Evidence(seen.subject(family), (seen.item(Kind.MACHINE, **facts),), seen.NOW)
    assert seen.judge(evidence).kind == kind


def test_a_mounted_directory_needs_a_claim():
    items = (
        seen.item(Kind.MACHINE, what="directory", path="/d", filesystem="nfs4", elsewhere=True),
        seen.claim(),
    )
    evidence = seen.Evidence(seen.subject("local", claimed=True), items, seen.NOW)
    assert seen.judge(evidence).strength == "claim"


def test_loopback_that_resolves_elsewhere_is_refused():
    evidence = seen.Evidence(
        seen.subject(
            "s3-compatible",
            loopback=True,
            url="http://localhost:9000",
            hosts=("localhost:9000",),
        ),
        (
            seen.environment(),
            seen.item(Kind.MACHINE, what="loopback", host="localhost"),
            seen.addresses("localhost", seen.address("198.51.100.7", "unlisted", None)),
        ),
        seen.NOW,
    )
    assert seen.judge(evidence).rules == ("LOC-001",)
    assert seen.judge(evidence).kind == REFUSED
