"""The world as a map and as a globe, and arcs that meet on them. Pure; the templates in `_parts/` draw the paths.

Outlines: world-atlas 2.0.2 (ISC), from Natural Earth (public domain), simplified (see VENDORED.md). Places are
(longitude, latitude) in degrees. Borders are for orientation only and say nothing about any territory.
"""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from citevents.web.charts import Point

LonLat = tuple[float, float]
Vector = tuple[float, float, float]

OUTLINES = Path(__file__).parent / "outlines"


@lru_cache
def _outline(name: str) -> Any:
    return json.loads((OUTLINES / f"{name}.json").read_text("utf-8"))


# ---------- the map ----------


@dataclass(frozen=True, slots=True)
class WorldMap:
    """`shapes`: country code -> path, for all countries large enough to be drawn."""

    width: int
    height: int
    land: str
    borders: str
    shapes: dict[str, str]


# Equal Earth: Šavrič, Patterson & Jenny 2019, Int. J. Geogr. Inf. Sci. 33, 454-465.
_A1, _A2, _A3, _A4, _M = 1.340264, -0.081106, 0.000893, 0.003796, math.sqrt(3) / 2


@lru_cache
def world() -> WorldMap:
    """The world in the Equal Earth projection: areas are true."""
    read = _outline("map")
    return WorldMap(read["width"], read["height"], read["land"], read["borders"], read["countries"])


def on_map(place: LonLat) -> Point:
    """Where a place lies on the world map, in its pixels."""
    read = _outline("map")
    longitude = (place[0] - read["turned"] + 180) % 360 - 180
    angle = math.asin(_M * math.sin(math.radians(place[1])))
    squared = angle * angle
    sixth = squared**3
    x = math.radians(longitude) * math.cos(angle)
    x /= _M * (_A1 + 3 * _A2 * squared + sixth * (7 * _A3 + 9 * _A4 * squared))
    y = angle * (_A1 + _A2 * squared + sixth * (_A3 + _A4 * squared))
    across, down = read["translate"]
    # The picture is as wide as the land; islands by the date line stand at its edge.
    edge = min(max(across + read["scale"] * x, 6), read["width"] - 6)
    return round(edge, 1), round(down - read["scale"] * y, 1)


def map_arc(start: LonLat, end: LonLat, lift: float = 0.28) -> str:
    """The path of an arc between two places on the map, rising with its length."""
    (x1, y1), (x2, y2) = on_map(start), on_map(end)
    rise = math.hypot(x2 - x1, y2 - y1) * lift
    return f"M{x1:g} {y1:g}Q{(x1 + x2) / 2:.0f} {(y1 + y2) / 2 - rise:.0f} {x2:g} {y2:g}"


# ---------- the globe ----------

RADIUS, MIDDLE = 190, 200
BEHIND = -0.19
"""How far behind the rim a lifted arc is still seen."""


@dataclass(frozen=True, slots=True)
class Globe:
    """A 400 x 400 picture: a disc of `RADIUS` around `MIDDLE`, land, grid, arcs that meet at the venue."""

    land: str
    grid: str
    arcs: str
    dots: tuple[Point, ...]
    venue: Point


def globe(venue: LonLat, places: Iterable[LonLat]) -> Globe:
    """The side of the earth that shows the venue and most of the places, with an arc from each to the venue."""
    return _globe(venue, tuple(dict.fromkeys(places)))


@lru_cache(maxsize=64)
def _globe(venue: LonLat, places: tuple[LonLat, ...]) -> Globe:
    turn = _turning(_facing(venue, places))
    ends = [place for place in places if place != venue]
    seen = [turn(_vector(place)) for place in ends]
    x, y, _z = turn(_vector(venue))
    return Globe(
        land="".join(_clipped([turn(_vector((lon, lat))) for lon, lat in ring]) for ring in _outline("land")),
        grid="".join(_visible([turn(_vector(place)) for place in line]) for line in _grid()),
        arcs="".join(_visible(_arc(turn(_vector(place)), turn(_vector(venue)))) for place in ends),
        dots=tuple(_pixel(x, y) for x, y, z in seen if z > 0.05),
        venue=_pixel(x, y),
    )


def _facing(venue: LonLat, places: Sequence[LonLat]) -> LonLat:
    """The middle of the picture: from the venue towards where people come from, at most 32 degrees away."""
    centre = _vector(venue)
    total = [sum(axis) for axis in zip(*(_vector(place) for place in (venue, *places)), strict=True)]
    length = math.sqrt(sum(axis * axis for axis in total))
    if length < 1e-6:
        return venue
    mean: Vector = (total[0] / length, total[1] / length, total[2] / length)
    apart = math.acos(max(-1.0, min(1.0, _dot(centre, mean))))
    step = min(1.0, math.radians(32) / apart) if apart > 1e-6 else 0.0
    x, y, z = _between(centre, mean, step)
    latitude = max(-42.0, min(42.0, math.degrees(math.asin(max(-1.0, min(1.0, z))))))
    return math.degrees(math.atan2(y, x)), latitude


def _vector(place: LonLat) -> Vector:
    longitude, latitude = math.radians(place[0]), math.radians(place[1])
    flat = math.cos(latitude)
    return flat * math.cos(longitude), flat * math.sin(longitude), math.sin(latitude)


def _dot(a: Vector, b: Vector) -> float:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def _between(a: Vector, b: Vector, share: float) -> Vector:
    """The point at `share` of the way from a to b along the great circle."""
    angle = math.acos(max(-1.0, min(1.0, _dot(a, b))))
    if angle < 1e-9:
        return a
    first, second = math.sin((1 - share) * angle) / math.sin(angle), math.sin(share * angle) / math.sin(angle)
    return first * a[0] + second * b[0], first * a[1] + second * b[1], first * a[2] + second * b[2]


def _turning(centre: LonLat) -> Any:
    """Turns a vector so that `centre` faces the reader: x to the right, y up, z towards the eye."""
    longitude, latitude = math.radians(centre[0]), math.radians(centre[1])
    cos_lon, sin_lon, cos_lat, sin_lat = (
        math.cos(longitude),
        math.sin(longitude),
        math.cos(latitude),
        math.sin(latitude),
    )

    def turn(vector: Vector) -> Vector:
        x, y, z = vector
        near = x * cos_lon + y * sin_lon
        return y * cos_lon - x * sin_lon, z * cos_lat - near * sin_lat, near * cos_lat + z * sin_lat

    return turn


def _pixel(x: float, y: float) -> Point:
    return round(MIDDLE + RADIUS * x), round(MIDDLE - RADIUS * y)


def _clipped(ring: Sequence[Vector]) -> str:
    """The visible part of a coastline; where it passes behind the earth it follows the rim."""
    if all(z > 0 for _x, _y, z in ring):
        return _path([_pixel(x, y) for x, y, _z in ring]) + "z"
    runs = list(_runs(ring))
    if not runs:
        return ""
    parts = [_path([_pixel(x, y) for x, y in runs[0]])]
    for index, run in enumerate(runs):
        (x1, y1), (x2, y2) = run[-1], runs[(index + 1) % len(runs)][0]
        sweep = 1 if x1 * y2 - y1 * x2 < 0 else 0  # the short way round, as the screen counts it
        parts.append("A{0} {0} 0 0 {1} {2} {3}".format(RADIUS, sweep, *_pixel(x2, y2)))
        if index + 1 < len(runs):
            parts.append(_path([_pixel(x, y) for x, y in runs[index + 1]], start="L"))
    return "".join(parts) + "z"


def _runs(ring: Sequence[Vector]) -> Iterator[list[Point]]:
    """Stretches of a ring in front of the rim, each from rim to rim, in order; none if it never comes to the front."""
    steps = list(zip([ring[-1], *ring], ring, strict=False))  # each point with the one before it
    first = next((index for index, (before, here) in enumerate(steps) if before[2] <= 0 < here[2]), None)
    if first is None:
        return
    run: list[Point] = []
    for before, here in steps[first:] + steps[:first]:
        if before[2] <= 0 < here[2]:
            run = [_rim(before, here)]
        if here[2] > 0:
            run.append((here[0], here[1]))
        elif before[2] > 0:
            yield [*run, _rim(before, here)]


def _rim(a: Vector, b: Vector) -> Point:
    share = a[2] / (a[2] - b[2])
    x, y = a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share
    length = math.hypot(x, y) or 1.0
    return x / length, y / length


def _visible(line: Sequence[Vector]) -> str:
    """The stretches of an open line that the earth does not hide."""
    parts, run = [], []
    for x, y, z in line:
        if z > 0 or (z > BEHIND and math.hypot(x, y) > 1):
            run.append(_pixel(x, y))
            continue
        parts.append(run)
        run = []
    return "".join(_path(run) for run in [*parts, run] if len(run) > 1)


def _arc(start: Vector, end: Vector, steps: int = 24) -> list[Vector]:
    """A great circle from start to end, lifted off the ground in its middle."""
    angle = math.acos(max(-1.0, min(1.0, _dot(start, end))))
    points = []
    for index in range(steps + 1):
        share = index / steps
        lift = 1 + math.sin(math.pi * share) * min(0.17, angle * 0.11)
        x, y, z = _between(start, end, share)
        points.append((x * lift, y * lift, z))
    return points


@lru_cache
def _grid() -> tuple[tuple[LonLat, ...], ...]:
    meridians = (tuple((lon, lat) for lat in range(-80, 81, 5)) for lon in range(-180, 180, 20))
    parallels = (tuple((lon, lat) for lon in range(-180, 181, 5)) for lat in range(-60, 61, 20))
    return (*meridians, *parallels)


def _path(points: Sequence[Point], start: str = "M") -> str:
    """Whole pixels, each as the step from the one before; steps of nothing are left out."""
    kept = [points[0]]
    for point in points[1:]:
        if point != kept[-1]:
            kept.append(point)
    steps = [f"{x - px} {y - py}" for (px, py), (x, y) in itertools.pairwise(kept)]
    head = f"{start}{kept[0][0]} {kept[0][1]}"
    return head + ("l" + " ".join(steps).replace(" -", "-") if steps else "")
