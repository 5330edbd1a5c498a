"""NET-009: what a round trip bounds, what it leaves open, and how it is measured."""

from __future__ import annotations

import math
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from multistore import config
from multistore.compliance.collect.claims import HEADERS
from multistore.compliance.collect.reader import Reader
from multistore.compliance.collect.round_trip import CALL, CONNECTS, measured, round_trip
from multistore.compliance.distances import ABROAD_KM, prefecture
from multistore.compliance.model import Resource, Status
from multistore.compliance.population import pinned
from multistore.residency.catalog import Catalog
from multistore.residency.evidence import Kind
from multistore.residency.prefectures import JAPANESE, ROMAN
from tests.compliance.bucket_answers import ABSENT, found, seen, settings
from tests.compliance.worlds import LOST
from tests.residency import seen as gate

ATTESTED, NA, UNKNOWN = Status.ATTESTED, Status.NA, Status.UNKNOWN
ADMITTED = gate.aws(gate.service("ap-northeast-1"))
SILENT = gate.without(ADMITTED, Kind.SERVICE)
SILENT = gate.without(gate.without(SILENT, Kind.ROW), Kind.ADDRESSES)
FRONT = gate.aws(
    gate.service("ap-northeast-1"),
    gate.addresses(gate.AWS_HOST, gate.address("52.219.0.1"), canonical="x.cloudfront.net"),
)


def took(milliseconds, **more):
    value = {
        "Host": gate.AWS_HOST,
        "Port": 443,
        "Address": "52.219.0.1",
        "Connects": CONNECTS,
        "ShortestMilliseconds": milliseconds,
    }
    return {CALL: {**value, **more}}


def said(changes, vantage="東京都", why="AccessDenied", **more):
    vault = {"ledger": "sqlite:///x.db", "keys": "local:keys/"}
    if vantage is not None:
        vault["vantage"] = vantage
    about = seen(changes, configured=settings(vault=vault), why=why, **more)
    (finding,) = found(about, "NET-009")
    return finding


@pytest.mark.parametrize(
    ("milliseconds", "vantage", "evidence", "status", "word"),
    [
        (0.8, "東京都", ADMITTED, ATTESTED, "within 120 km"),
        (0.8, "東京都", ADMITTED, ATTESTED, "82 km in fibre"),
        (0.8, "東京都", ADMITTED, ATTESTED, "no foreign land is within 500 km"),
        (0.8, "Tokyo", SILENT, ATTESTED, "does not show where the disk is"),
        (3.333, "東京都", ADMITTED, ATTESTED, "within 500 km"),
        (3.334, "東京都", ADMITTED, NA, "at most 500 km away"),
        (3.334, "東京都", SILENT, UNKNOWN, "shows neither Japan nor abroad"),
        (180.0, "東京都", ADMITTED, NA, "27,000 km"),
        (180.0, "東京都", SILENT, UNKNOWN, "shows neither Japan nor abroad"),
        (1.0, "福岡県", SILENT, UNKNOWN, "foreign land may be 100 km away"),
        (0.6, "福岡", SILENT, ATTESTED, "within 90 km"),
        (0.01, "沖縄県", SILENT, UNKNOWN, "no round trip"),
        (0.01, "Hokkaido", ADMITTED, NA, "no round trip"),
        (0.01, "長崎県", SILENT, UNKNOWN, "no round trip"),
        (0.8, "釜山", ADMITTED, UNKNOWN, "not one prefecture of Japan"),
        (0.8, "東京都、大阪府", ADMITTED, UNKNOWN, "not one prefecture of Japan"),
        (0.8, None, ADMITTED, NA, "No vantage"),
        (0.8, None, SILENT, NA, "No vantage"),
        (0.8, "東京都", FRONT, NA, "edge answers"),
    ],
)
def test_a_short_way_bounds_what_answers_and_a_long_one_shows_nothing(
    milliseconds, vantage, evidence, status, word
):
    finding = said(took(milliseconds), vantage, evidence=evidence)
    assert finding.status is status, finding.text.en
    assert word in finding.text.en
    assert finding.text.ja
    assert finding.remedy or status is not UNKNOWN or finding.call == CALL


@pytest.mark.parametrize("trace", ["via", "cf-ray"])
def test_what_a_delivery_network_answers_says_nothing_about_the_service(trace):
    evidence = gate.without(gate.claimed(gate.claim()), Kind.CLAIM)
    fields = {"kind": "s3-compatible-bucket", "evidence": evidence}
    assert said(took(0.8), **fields).status is ATTESTED
    fronted = said({**took(0.8), HEADERS: {trace: "1"}}, **fields)
    assert fronted.status is UNKNOWN
    assert "edge answers" in fronted.text.en


@pytest.mark.parametrize("milliseconds", [0, -1.0, None, "0.8", True, float("nan")])
def test_what_is_no_time_bounds_nothing(milliseconds):
    assert said(took(milliseconds)).status is UNKNOWN


@pytest.mark.parametrize("how", LOST)
def test_a_way_that_was_not_measured_is_unknown(how):
    value, why = LOST[how]
    told = {} if how == "never asked" else {CALL: value}
    assert said(told, why=why).status is UNKNOWN
    assert said({CALL: ABSENT}).status is UNKNOWN


def test_this_machine_itself_is_not_asked():
    evidence = gate.aws(loopback=True, url="http://127.0.0.1:9000")
    assert said(took(0.01), evidence=evidence).status is NA


# --- distances ------------------------------------------------------------------------------------

# Land that is not run from Japan, north latitude and east longitude: capes and outer islands.
ABROAD = {
    "Kunashiri": (43.65, 145.50), "Habomai": (43.40, 145.88), "Moneron": (46.25, 141.23),
    "Cape Crillon": (45.89, 142.08), "Povorotny": (42.67, 133.05), "Olga": (43.70, 135.30),
    "Takeshima": (37.24, 131.87), "Ulleungdo": (37.50, 130.92), "Homigot": (36.08, 129.57),
    "Ulsan": (35.50, 129.45), "Busan": (35.05, 129.09), "Hongdo": (34.53, 128.73),
    "Udo": (33.50, 126.97), "Marado": (33.12, 126.27), "Zhoushan": (30.73, 123.15),
    "Pengjia": (25.63, 122.07), "Su'ao": (24.60, 121.87), "Uracas": (20.54, 144.90),
}  # fmt: skip
# Where a prefecture reaches out towards them; those with none reach no further than a neighbour.
OUTPOSTS = {
    "青森県": [(41.43, 141.46), (41.26, 140.35)], "岩手県": [(40.45, 141.80)],
    "秋田県": [(40.00, 139.70)], "宮城県": [(38.98, 141.65)], "山形県": [(39.20, 139.55)],
    "新潟県": [(38.32, 138.48), (37.80, 138.22), (36.95, 137.65)],
    "石川県": [(37.30, 136.72), (36.30, 136.25), (37.85, 136.92)], "富山県": [(36.70, 136.80)],
    "福井県": [(35.50, 135.45), (35.98, 135.96)], "京都府": [(35.77, 134.93)],
    "兵庫県": [(35.65, 134.26)], "大阪府": [(35.05, 135.10), (34.28, 135.05)],
    "滋賀県": [(35.60, 135.77)], "奈良県": [(34.40, 135.55)], "和歌山県": [(34.28, 135.00)],
    "三重県": [(35.10, 136.00), (34.70, 136.00)], "岐阜県": [(36.20, 136.55), (35.70, 136.30)],
    "愛知県": [(35.20, 136.70)], "長野県": [(36.20, 137.35)], "静岡県": [(34.90, 137.50)],
    "東京都": [(24.23, 141.46), (20.42, 136.08), (24.28, 153.98), (35.70, 139.00)],
    "鳥取県": [(35.55, 133.26)], "島根県": [(36.10, 132.95), (34.50, 131.67)],
    "岡山県": [(35.30, 133.30)], "広島県": [(34.90, 132.05)],
    "山口県": [(34.77, 131.13), (34.35, 130.84), (34.10, 130.78)],
    "徳島県": [(33.95, 133.66)], "香川県": [(34.20, 133.45)], "高知県": [(32.75, 132.48)],
    "愛媛県": [(33.34, 132.01), (34.10, 132.50)], "福岡県": [(34.245, 130.105)],
    "佐賀県": [(33.58, 129.73)], "熊本県": [(32.20, 129.97)], "大分県": [(33.40, 130.82)],
    "宮崎県": [(32.60, 130.95)], "鹿児島県": [(31.20, 129.42), (31.87, 129.68), (27.03, 128.40)],
    "千葉県": [(35.73, 139.75)], "神奈川県": [(35.60, 138.92)], "埼玉県": [(36.00, 138.72)],
    "群馬県": [(36.55, 138.40)], "山梨県": [(35.60, 138.18)], "福島県": [(37.30, 139.15)],
    "茨城県": [(36.20, 139.70)], "栃木県": [(36.85, 139.35)],
}  # fmt: skip


def kilometres(one, other):
    """Along the sphere; the earth's flattening changes half a per cent at most."""
    (a, b), (c, d) = ((math.radians(x), math.radians(y)) for x, y in (one, other))
    half = math.sin((c - a) / 2) ** 2 + math.cos(a) * math.cos(c) * math.sin((d - b) / 2) ** 2
    return 2 * 6371 * math.asin(math.sqrt(half))


@pytest.mark.parametrize("place", ABROAD_KM)
def test_foreign_land_is_farther_away_than_the_bound(place):
    nearest = min(kilometres(o, land) for o in OUTPOSTS[place] for land in ABROAD.values())
    assert nearest * 0.995 >= ABROAD_KM[place], round(nearest)


def test_three_prefectures_have_no_bound_and_every_other_one_has():
    assert set(JAPANESE) - set(ABROAD_KM) == {"北海道", "長崎県", "沖縄県"}
    assert set(ABROAD_KM) <= set(JAPANESE)


@pytest.mark.parametrize(("japanese", "roman"), list(zip(JAPANESE, ROMAN, strict=True)))
def test_a_prefecture_is_known_by_its_names(japanese, roman):
    for name in (japanese, roman, roman.title(), f"{roman}-ken", f"{roman.title()} Prefecture"):
        assert prefecture(name) == japanese
    if japanese != "北海道":
        assert prefecture(japanese[:-1]) == japanese


@pytest.mark.parametrize("name", ["", "日本", "Seoul", "京", "県", "東京都大阪府"])
def test_what_is_no_prefecture_is_none(name):
    assert prefecture(name) is None


# --- measuring ------------------------------------------------------------------------------------


@pytest.fixture
def listener():
    """A real server on this machine, that accepts when it is asked to."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        server.settimeout(0)
        yield server


def port_of(server):
    return server.getsockname()[1]


def accepted(server):
    """Return how many connections came, and close them."""
    count = 0
    while True:
        try:
            connection, _ = server.accept()
        except BlockingIOError:
            return count
        connection.close()
        count += 1


def reader_of(port, **vault):
    stores = {
        name: {
            "provider": "s3-compatible",
            "endpoint": f"http://127.0.0.1:{port}",
            "bucket": name,
            "accepts": ["video"],
        }
        for name in ("one", "two")
    }
    raw = {
        "vault": {"ledger": "sqlite://", "keys": "local:keys", **vault},
        "stores": stores,
        "collections": {"video": {"store": "one"}},
    }
    configured = config.parse(raw, base=Path())
    catalog = Catalog.load()
    endpoints = pinned(configured, catalog, stores, account=False).endpoints
    return Reader(configured, catalog, endpoints)


def looked(reader, store):
    name = f"s3-compatible://127.0.0.1/{store}"
    one = Resource(name, "s3-compatible-bucket", store, "s3-compatible", store=store)
    return list(round_trip(one, reader))


def test_a_host_is_measured_once_for_all_its_stores(listener):
    reader = reader_of(port_of(listener), vantage="東京都")
    answers = [answer for store in ("one", "two") for answer in looked(reader, store)]
    reader.close()
    assert accepted(listener) == CONNECTS
    assert [answer.status for answer in answers] == ["read", "read"]
    assert len({answer.resource for answer in answers}) == 2
    value = answers[0].value
    assert value == answers[1].value
    assert (value["Host"], value["Address"], value["Connects"]) == (
        "127.0.0.1", "127.0.0.1", CONNECTS
    )  # fmt: skip
    assert 0 < value["ShortestMilliseconds"] < 1000
    assert reader.requests == 0, "a connect carries no request"


def test_without_a_vantage_nothing_is_measured(listener):
    reader = reader_of(port_of(listener))
    assert looked(reader, "one") == []
    reader.close()
    assert accepted(listener) == 0


def test_the_shortest_counts_and_is_rounded_up(listener, monkeypatch):
    ticks = iter([0, 9_000_000, 0, 812_001, 0, 3_000_000, 0, 4_000_000, 0, 5_000_000])
    monkeypatch.setattr(
        "multistore.compliance.collect.round_trip.time.perf_counter_ns", lambda: next(ticks)
    )
    assert measured("127.0.0.1", port_of(listener)).value["ShortestMilliseconds"] == 0.813


def test_a_port_where_nobody_is_gives_no_time(listener):
    port = port_of(listener)
    listener.close()
    answer = measured("127.0.0.1", port)
    assert (answer.status, answer.why, dict(answer.value)) == (
        "unreadable", "ConnectionRefusedError", {}
    )  # fmt: skip


def test_a_name_that_is_none_gives_no_time():
    answer = measured("a..invalid", 443)
    assert answer.status == "unreadable"


def test_behind_a_proxy_the_way_to_the_proxy_is_not_taken_for_the_way_there(listener):
    reader = reader_of(port_of(listener), vantage="東京都")
    reader.endpoints["one"] = replace(reader.endpoints["one"], proxy="http://127.0.0.1:9")
    (answer,) = looked(reader, "one")
    reader.close()
    assert (answer.status, answer.why) == ("unreadable", "proxy")
    assert accepted(listener) == 0
