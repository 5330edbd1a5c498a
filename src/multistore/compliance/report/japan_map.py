"""The map: stores as marks where they stand, copies as arrows, what is abroad in the margin.

Pure geometry over a report; ``page.html.j2`` draws what comes out. A mark shows where somebody
says that a store is; whether that is good enough is the findings' matter.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from multistore.compliance.model import Status, Text
from multistore.compliance.report import japan
from multistore.compliance.report.ordering import worst_first, worst_status
from multistore.compliance.report.standing import in_japan
from multistore.residency.catalog import Catalog

if TYPE_CHECKING:
    from collections.abc import Sequence

    from multistore.compliance.model import Copy, Report, Resource
    from multistore.compliance.report.japan import Point

WIDTH, HEIGHT = 900, 600
_WEST, _NORTH = 128.1, 45.85
_Y = 35.6
_X = _Y * math.cos(math.radians(38))
_INSET = (245.0, 500.0)
_LEFT, _RIGHT, _MARGIN = 14.0, 440.0, 668.0
_LINE = 17.0
_SHOWN = 5
"""How many names one label shows."""
DATA_KINDS = frozenset({"s3-bucket", "s3-compatible-bucket", "azure-container", "local", "memory"})
"""Kinds of resources that hold objects; others are drawn only where a copy begins or ends."""

OUTSIDE = Text("Outside Japan", "日本国外")
NOWHERE = Text("Place not known", "所在不明")
SOMEWHERE = Text("In Japan, city not published", "国内（都市は非公表）")
HERE = Text("This machine", "このマシン")


@dataclass(frozen=True, slots=True)
class Entry:
    """One name in a label, with the worst that was found of it."""

    name: str
    status: Status | None
    y: float


@dataclass(frozen=True, slots=True)
class Label:
    """Names under a title, and the line that leads to their place."""

    x: float
    y: float
    title: Text
    entries: tuple[Entry, ...]
    more: int = 0
    leader: str = ""
    kind: str = "japan"


@dataclass(frozen=True, slots=True)
class Mark:
    """One place with stores."""

    x: float
    y: float
    status: Status | None
    count: int


@dataclass(frozen=True, slots=True)
class Arrow:
    """One copy, from place to place."""

    path: str
    in_japan: bool | None


@dataclass(frozen=True, slots=True)
class JapanMap:
    """All that the template draws."""

    coast: str
    inset: str
    marks: tuple[Mark, ...]
    labels: tuple[Label, ...]
    arrows: tuple[Arrow, ...]


def drawn(report: Report) -> JapanMap:
    """Lay the map of a report out."""
    shown = _shown(report)
    places = _Places(report, shown)
    labels = [*places.on_map(), *places.in_margin()]
    return JapanMap(
        coast=" ".join(_curve([_project(point) for point in coast]) for coast in japan.MAIN),
        inset=" ".join(_curve([_inset(point) for point in coast]) for coast in japan.OKINAWA),
        marks=places.marks(),
        labels=tuple(labels),
        arrows=tuple(places.arrows(labels)),
    )


def _shown(report: Report) -> list[Resource]:
    """Give what the map names: what holds data, and where a copy begins or ends."""
    ends = {end for copy in report.copies for end in (copy.source, copy.target)}
    return [
        resource
        for resource in report.resources
        if resource.id in ends or (resource.role != "target" and resource.kind in DATA_KINDS)
    ]


class _Places:
    """Which resource is drawn where."""

    def __init__(self, report: Report, shown: Sequence[Resource]) -> None:
        self._report = report
        self._worst: dict[str, Status] = {}
        for finding in worst_first(report.findings):
            self._worst.setdefault(finding.resource.id, finding.status)
        self._providers = {resource.id: resource.provider for resource in report.resources}
        self._at: dict[Point, list[tuple[str, Text, str]]] = {}
        self._aside: dict[str, list[tuple[str, Text, str]]] = {}
        for resource in shown:
            self._put(resource)
        known = {resource.id for resource in shown}
        for copy in report.copies:
            if copy.target not in known:
                known.add(copy.target)
                self._put_target(copy)

    def _put(self, resource: Resource) -> None:
        name = resource.store or resource.name
        item = (resource.id, _title(resource), name)
        point = _point(resource)
        if resource.kind in {"local", "memory"}:
            self._aside.setdefault("here", []).append(item)
            return
        stands = in_japan(resource, self._report)
        if stands is False:
            where = resource.region or resource.country_server
            self._aside.setdefault("outside", []).append((item[0], item[1], f"{name} ({where})"))
        elif point is not None:
            self._at.setdefault(point, []).append(item)
        else:
            self._aside.setdefault("somewhere" if stands else "nowhere", []).append(item)

    def _put_target(self, copy: Copy) -> None:
        """Put the end of a copy that is no resource of the report where its region is."""
        name = copy.target.rpartition("/")[2].rpartition(":")[2] or copy.target
        provider = self._providers.get(copy.source, "aws")
        place = Catalog.load().place_of(provider, copy.region or "")
        point = japan.found_in(place[0]) if place and copy.in_japan else None
        item = (copy.target, Text(*place) if place else Text(name, name), name)
        if point is not None:
            self._at.setdefault(point, []).append(item)
        else:
            aside = {True: "somewhere", False: "outside", None: "nowhere"}[copy.in_japan]
            where = f"{name} ({copy.region})" if copy.region else name
            self._aside.setdefault(aside, []).append((item[0], item[1], where))

    def marks(self) -> tuple[Mark, ...]:
        """Give the dots of the map."""
        return tuple(
            Mark(
                *_position(point),
                worst_status(status for of, _, _ in items if (status := self._worst.get(of))),
                len(items),
            )
            for point, items in self._at.items()
        )

    def on_map(self) -> list[Label]:
        """Give the labels of places in Japan, beside the land on the side where there is sea."""
        west: list[Point] = []
        east: list[Point] = []
        for point in sorted(self._at, key=lambda point: _position(point)[1]):
            (west if point[0] < 137 or point[1] > 41.3 else east).append(point)
        return [
            *self._column(west, _LEFT, 24.0, 330.0),
            *self._column(east, _RIGHT, 190.0, 580.0),
        ]

    def _column(self, points: list[Point], x: float, top: float, bottom: float) -> list[Label]:
        """Stack labels under one another, each as near to its place as the others let it."""
        heights = [_height(len(self._at[point])) for point in points]
        tops: list[float] = []
        for point, height in zip(points, heights, strict=True):
            wanted = max(top, min(_position(point)[1] - height / 2, bottom - height))
            tops.append(max([wanted, *(tops[-1:] and [tops[-1] + heights[len(tops) - 1]])]))
        over = max(0.0, tops[-1] + heights[-1] - bottom) if tops else 0.0
        labels: list[Label] = []
        for point, at in zip(points, tops, strict=True):
            y = max(top, at - over)
            px, py = _position(point)
            items = self._at[point]
            start = x + _width(items) if x < px else x - 6
            labels.append(
                self._label(
                    items, x, y, items[0][1], leader=f"M{start:.0f},{y + 8:.0f} L{px:.1f},{py:.1f}"
                )
            )
        return labels

    def in_margin(self) -> list[Label]:
        """Give the lists of what is not on the map; abroad is named even where it is empty."""
        y = 40.0
        labels: list[Label] = []
        for kind, title in (
            ("outside", OUTSIDE),
            ("nowhere", NOWHERE),
            ("somewhere", SOMEWHERE),
            ("here", HERE),
        ):
            items = self._aside.get(kind, [])
            if items or kind == "outside":
                labels.append(self._label(items, _MARGIN, y, title, kind=kind, most=9))
                y += _height(max(1, len(items)), 9) + 16
        return labels

    def _label(
        self,
        items: list[tuple[str, Text, str]],
        x: float,
        y: float,
        title: Text,
        *,
        leader: str = "",
        kind: str = "japan",
        most: int = _SHOWN,
    ) -> Label:
        entries = tuple(
            Entry(name, self._worst.get(of), y + 12 + _LINE * (number + 1))
            for number, (of, _, name) in enumerate(items[:most])
        )
        return Label(x, y + 12, title, entries, max(0, len(items) - most), leader, kind)

    def arrows(self, labels: Sequence[Label]) -> list[Arrow]:
        """Draw the copies between two places; one inside a place is in the table only."""
        ends = self._ends(labels)
        drawn: dict[str, Arrow] = {}
        for copy in self._report.copies:
            start, end = ends.get(copy.source), ends.get(copy.target)
            if start and end and math.dist(start, end) > 12:
                path = _arc(start, end)
                drawn[path] = Arrow(path, copy.in_japan)
        return list(drawn.values())

    def _ends(self, labels: Sequence[Label]) -> dict[str, tuple[float, float]]:
        ends = {of: _position(point) for point, items in self._at.items() for of, _, _ in items}
        for label in labels:
            for number, (of, _, _) in enumerate(self._aside.get(label.kind, [])):
                row = min(number, len(label.entries))
                ends[of] = (label.x - 8, label.y + _LINE * (row + 1) - 4)
        return ends


def _title(resource: Resource) -> Text:
    place = _place(resource)
    return place or Text(resource.region or resource.name, resource.region or resource.name)


def _place(resource: Resource) -> Text | None:
    if resource.place is not None:
        return resource.place
    found = Catalog.load().place_of(resource.provider, resource.region or "")
    return Text(*found) if found else None


def _point(resource: Resource) -> Point | None:
    """Give the point of the place that the table or the claim names."""
    place = _place(resource)
    if place is None:
        return None
    return japan.found_in(place.ja) or japan.found_in(place.en)


def _width(items: Sequence[tuple[str, Text, str]]) -> float:
    """Give about how wide a label is; a Japanese sign is twice as wide as a Latin one."""
    said = [*(text for _, title, _ in items[:1] for text in (title.en, title.ja))]
    said += [f"  {name}" for _, _, name in items[:_SHOWN]]
    widest = max(len(text) + sum(sign > "\u3000" for sign in text) for text in said)
    return min(240.0, 12 + 7.2 * widest)


def _height(lines: int, most: int = _SHOWN) -> float:
    return 30 + _LINE * (min(lines, most) + (lines > most))


def _position(point: Point) -> tuple[float, float]:
    """Give where a place is drawn: Okinawa has an inset."""
    return _inset(point) if point[1] < 29 else _project(point)


def _project(point: Point) -> tuple[float, float]:
    return 8 + (point[0] - _WEST) * _X, 8 + (_NORTH - point[1]) * _Y


def _inset(point: Point) -> tuple[float, float]:
    return _INSET[0] + 16 + (point[0] - 127.5) * 76, _INSET[1] + 10 + (27.0 - point[1]) * 80


def _curve(points: Sequence[tuple[float, float]]) -> str:
    """Draw a smooth closed line through points: Catmull and Rom's spline as Bézier curves."""
    count = len(points)
    parts = [f"M{points[0][0]:.1f},{points[0][1]:.1f}"]
    for index in range(count):
        before, start, end, after = (points[(index + step) % count] for step in (-1, 0, 1, 2))
        first = [start[axis] + (end[axis] - before[axis]) / 8 for axis in (0, 1)]
        second = [end[axis] - (after[axis] - start[axis]) / 8 for axis in (0, 1)]
        curve = ((first[0], first[1]), (second[0], second[1]), end)
        parts.append("C" + " ".join(f"{x:.1f},{y:.1f}" for x, y in curve))
    return "".join(parts) + "Z"


def _arc(start: tuple[float, float], end: tuple[float, float]) -> str:
    """Draw a bow between two places, ending short of the second so that its mark stays seen."""
    length = math.dist(start, end)
    dx, dy = (end[0] - start[0]) / length, (end[1] - start[1]) / length
    bend = min(70.0, length * 0.22)
    middle = ((start[0] + end[0]) / 2 + dy * bend, (start[1] + end[1]) / 2 - dx * bend)
    to = math.dist(middle, end)
    tip = (end[0] - (end[0] - middle[0]) / to * 9, end[1] - (end[1] - middle[1]) / to * 9)
    return (
        f"M{start[0]:.1f},{start[1]:.1f} Q{middle[0]:.1f},{middle[1]:.1f} {tip[0]:.1f},{tip[1]:.1f}"
    )
