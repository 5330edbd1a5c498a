"""The map: places are where they are, and nothing abroad is drawn at home."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from multistore.compliance.model import Copy, Status, Text
from multistore.compliance.report import japan, japan_map
from multistore.compliance.report.standing import in_japan
from multistore.residency.catalog import Catalog
from multistore.residency.prefectures import JAPANESE, ROMAN
from tests.compliance.reports import (
    CLAIMED,
    CLEAN,
    HERE,
    OSAKA,
    REPLICA,
    SEOUL,
    SOMEWHERE,
    TOKYO,
    TROUBLED,
)

TOKYO_POINT, OSAKA_POINT = japan.found_in("Tokyo"), japan.found_in("Osaka")


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("東京", "Tokyo"),
        ("東京都", "tokyo"),
        ("京都府", "Kyoto"),
        ("東京・埼玉（東日本）", "Tokyo"),
        ("Tokyo and Saitama (Japan East)", "Tokyo"),
        ("北海道石狩市", "Hokkaido"),
        ("Ishikari, Hokkaido", "Ishikari"),
        ("岐阜県", "Gifu"),
        ("沖縄", "Okinawa"),
        ("premier", None),
        ("Seoul", None),
        ("Virginia, USA", None),
        ("", None),
    ],
)
def test_a_place_is_found_in_what_people_write(text, same):
    assert japan.found_in(text) == (japan.found_in(same) if same else None)


@pytest.mark.parametrize(("japanese", "roman"), list(zip(JAPANESE, ROMAN, strict=True)))
def test_every_prefecture_has_a_point_on_land_or_at_its_coast(japanese, roman):
    point = japan.found_in(japanese)
    assert point == japan.found_in(roman)
    near = min(
        (point[0] - x) ** 2 + (point[1] - y) ** 2
        for coast in (*japan.MAIN, *japan.OKINAWA)
        for x, y in coast
    )
    assert _inside(point) or near < 0.15**2


def _inside(point):
    """Whether a point lies within one of the coasts (a ray to the east crosses it oddly often)."""
    x, y = point
    return any(
        sum(
            (ay > y) != (by > y) and x < (bx - ax) * (y - ay) / (by - ay) + ax
            for (ax, ay), (bx, by) in zip(coast, (*coast[1:], coast[0]), strict=True)
        )
        % 2
        for coast in (*japan.MAIN, *japan.OKINAWA)
    )


def test_every_row_of_the_table_in_a_named_place_of_japan_is_drawn():
    unnamed = {
        row.place.en
        for row in Catalog.load().rows
        if row.country == "JP" and japan.found_in(row.place.ja) is None
    }
    assert all("not published" in place for place in unnamed), unnamed


def _label(drawn, kind):
    return next((label for label in drawn.labels if label.kind == kind), None)


def _names(label):
    return [entry.name for entry in label.entries]


def test_each_store_is_named_once_where_it_belongs():
    drawn = japan_map.drawn(TROUBLED)
    titles = {label.title.en: _names(label) for label in drawn.labels if label.kind == "japan"}
    assert titles["Tokyo"] == ["tokyo", "azure"]
    assert titles["岐阜県"] == ["bizgrand"]
    assert _names(_label(drawn, "outside")) == [
        "archive (ap-northeast-2)",
        "classtream-replica (us-east-1)",
    ]
    assert "contracted" in _names(_label(drawn, "nowhere"))
    assert _names(_label(drawn, "here")) == ["here"]


def test_a_mark_has_the_worst_status_of_its_place():
    drawn = japan_map.drawn(TROUBLED)
    assert {mark.status for mark in drawn.marks} >= {Status.FAIL, Status.ATTESTED}
    (only,) = japan_map.drawn(CLEAN).marks
    assert (only.status, only.count) == (Status.PASS, 1)


def test_abroad_is_named_even_where_nothing_is():
    assert _names(_label(japan_map.drawn(CLEAN), "outside")) == []


@pytest.mark.parametrize(
    ("target", "kinds"),
    [
        (Copy(TOKYO.id, "s3://x", "replication", "us-east-1", in_japan=False), "outside"),
        (Copy(TOKYO.id, "s3://x", "event"), "nowhere"),
        (Copy(TOKYO.id, "s3://x", "log", in_japan=True), "somewhere"),
        (Copy(TOKYO.id, "s3://x", "geo", "ap-northeast-3", in_japan=True), "japan"),
        # A region that sounds like Osaka does not bring home what is not in Japan.
        (Copy(TOKYO.id, "s3://x", "geo", "ap-northeast-3", in_japan=False), "outside"),
    ],
)
def test_the_end_of_a_copy_is_drawn_where_it_is(target, kinds):
    drawn = japan_map.drawn(replace(CLEAN, copies=(target,)))
    label = next(each for each in drawn.labels if any("x" in n for n in _names(each)))
    assert label.kind == kinds
    assert [arrow.in_japan for arrow in drawn.arrows] == [target.in_japan]


@pytest.mark.parametrize(
    ("resource", "stands"),
    [
        (TOKYO, True),
        (SEOUL, False),
        (SOMEWHERE, None),
        (CLAIMED, True),
        (replace(TOKYO, country_server=None), True),
        (replace(TOKYO, country_server=None, region="us-east-1"), False),
        (replace(TOKYO, country_server=None, region="ap-northeast-2"), False),
        (replace(TOKYO, country_server=None, region=None), None),
        (replace(SOMEWHERE, region="ap-northeast-1"), None),
    ],
)
def test_only_what_says_so_stands_in_japan(resource, stands):
    assert in_japan(resource, CLEAN) is stands


def test_a_copy_tells_of_its_target():
    unsaid = replace(REPLICA, country_server=None, region=None)
    assert in_japan(unsaid, CLEAN) is None
    assert in_japan(unsaid, TROUBLED) is False


def test_a_thousand_stores_are_counted_and_not_written_over_one_another():
    stores = tuple(
        replace(TOKYO if number % 2 else OSAKA, id=f"s3://b{number}", store=f"b{number}")
        for number in range(1000)
    )
    drawn = japan_map.drawn(replace(CLEAN, resources=stores, findings=()))
    assert sorted(label.more for label in drawn.labels if label.kind == "japan") == [495, 495]
    assert sorted(mark.count for mark in drawn.marks) == [500, 500]


def test_labels_beside_the_map_do_not_overlap():
    places = [japan.found_in(name) for name in ROMAN]
    stores = tuple(
        replace(TOKYO, id=f"s3://{name}", store=name, place=Text(name, name))
        for name, point in zip(ROMAN, places, strict=True)
        if point
    )[::6]
    labels = [
        label
        for label in japan_map.drawn(replace(CLEAN, resources=stores)).labels
        if label.kind == "japan"
    ]
    for x in {label.x for label in labels}:
        ys = sorted(label.y for label in labels if label.x == x)
        assert all(below - above >= 40 for above, below in pairwise(ys))


def test_a_directory_of_this_machine_is_no_place_on_the_map():
    drawn = japan_map.drawn(replace(CLEAN, resources=(HERE,), findings=()))
    assert drawn.marks == ()
