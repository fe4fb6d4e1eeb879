"""Pictures as plain values: paths and points for SVG. Pure; the templates in `_parts/` draw them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

Point = tuple[float, float]


# ---------- curves over an axis ----------


@dataclass(frozen=True, slots=True)
class Mark:
    """A labelled place on an axis: `at` in percent for x, in pixels for y."""

    at: float
    label: str
    anchor: str = "middle"


@dataclass(frozen=True, slots=True)
class Series:
    """One line. `kind`: `main` (solid), `second` (dashed), `limit` (dotted). `fill` closes it to the axis."""

    path: str
    kind: str
    fill: str = ""


@dataclass(frozen=True, slots=True)
class Curve:
    """A plot as wide as its place and `height` px high; the inner view box is 1000 x `floor`, stretched."""

    height: int
    floor: int
    series: tuple[Series, ...]
    x_marks: tuple[Mark, ...]
    y_marks: tuple[Mark, ...]
    notes: tuple[Note, ...] = ()
    spans: tuple[tuple[float, float, float], ...] = ()
    """Intervals as (x percent, top px, bottom px)."""


@dataclass(frozen=True, slots=True)
class Note:
    """A point worth a word: x in percent, y in pixels, which way the word goes."""

    x: float
    y: float
    label: str
    anchor: str
    dx: int
    dy: int


LINE_KINDS = {"main": "l1", "second": "l2", "limit": "l3"}


def curve(
    lines: Iterable[tuple[str, Sequence[Point]]],
    x_labels: Iterable[tuple[float, str]],
    top: float,
    *,
    height: int = 240,
    y_labels: Iterable[tuple[float, str]] | None = None,
    notes: Iterable[tuple[float, float, str]] = (),
    intervals: Iterable[tuple[float, float, float]] = (),
    area: bool = True,
) -> Curve:
    """Lines of (x, y) with x from 0 to 100 and y from 0 to about `top`.

    `lines` pairs a kind (`main`, `second`, `limit`) with points; the first `main` line is filled when `area`.
    `y_labels` default to round numbers. `intervals` are (x, low, high). `notes` are (x, y, words).
    """
    floor = height - 26
    ceiling = max(top, 1e-9) * 1.04

    def y(value: float) -> float:
        return round(floor - (floor - 18) * value / ceiling, 1)

    drawn: list[Series] = []
    for kind, points in lines:
        path = _polyline([(x * 10, y(value)) for x, value in points])
        filled = area and kind == "main" and len(points) > 1 and not any(series.fill for series in drawn)
        fill = f"{path}L{points[-1][0] * 10:g} {floor}L{points[0][0] * 10:g} {floor}z" if filled else ""
        drawn.append(Series(path, LINE_KINDS[kind], fill))
    ticks = [(value, f"{value:,g}") for value in round_steps(top)] if y_labels is None else list(y_labels)
    return Curve(
        height=height,
        floor=floor,
        series=tuple(drawn),
        x_marks=tuple(_x_mark(at, label) for at, label in x_labels),
        y_marks=tuple(Mark(y(value), label) for value, label in ticks),
        notes=tuple(_note(x, y(value), label) for x, value, label in notes),
        spans=tuple((x, y(high), y(low)) for x, low, high in intervals),
    )


def round_steps(top: float, about: int = 4) -> list[float]:
    """Round numbers above 0 up to `top`, about four of them: where grid lines stand."""
    if top <= 0:
        return []
    rough = top / about
    unit: float = 10 ** math.floor(math.log10(rough))
    step = next(unit * factor for factor in (1, 2, 2.5, 5, 10) if unit * factor >= rough * 0.999)
    return [round(step * count, 10) for count in range(1, int(top / step + 1e-9) + 1)]


def _polyline(points: Sequence[Point]) -> str:
    return "M" + "L".join(f"{x:.0f} {y:g}" for x, y in points) if points else ""


def _x_mark(at: float, label: str) -> Mark:
    if at < 8:
        return Mark(0, label, "start")
    return Mark(100, label, "end") if at > 92 else Mark(at, label, "middle")


def _note(x: float, y: float, label: str) -> Note:
    if x > 60:
        return Note(x, y, label, "end", -9, -9)
    return Note(x, y, label, "start", 9, 18 if x > 15 else -9)


# ---------- bars ----------


def share(value: float, whole: float) -> float:
    """`value` of `whole` in percent, 0 to 100, for the width of a bar; nothing of nothing is nothing."""
    return round(100 * min(max(value / whole, 0), 1), 1) if whole > 0 else 0.0


def interval(hits: int, n: int, z: float = 1.96) -> tuple[float, float]:
    """Wilson's 95 % interval of a share, in percent. Source: Wilson 1927, J. Am. Stat. Assoc. 22, 209-212."""
    if not 0 <= hits <= n or n < 1:
        raise ValueError(f"{hits} of {n}")
    p, square = hits / n, z * z
    middle = p + square / (2 * n)
    half = z * math.sqrt(p * (1 - p) / n + square / (4 * n * n))
    scale = 1 + square / n
    low, high = (middle - half) / scale, (middle + half) / scale
    return (0.0 if hits == 0 else 100 * low, 100.0 if hits == n else 100 * high)


# ---------- seats ----------


@dataclass(frozen=True, slots=True)
class Seats:
    """Half circles of seats, filled from one side. One dot stands for `each` places."""

    taken: tuple[Point, ...]
    held: tuple[Point, ...]
    free: tuple[Point, ...]
    each: int


def seats(taken: int, held: int, total: int) -> Seats:
    """A room of at most 150 dots. Whatever there is shows at least one dot; what there is not shows none."""
    total = max(total, taken + held)
    each = max(1, math.ceil(total / 150))
    parts = [taken, held, total - taken - held]
    counts = [max(1, round(part / each)) if part else 0 for part in parts]
    largest = parts.index(max(parts))
    counts[largest] = max(0, counts[largest] + math.ceil(total / each) - sum(counts))
    dots = _rows(sum(counts))
    first, second = counts[0], counts[0] + counts[1]
    return Seats(dots[:first], dots[first:second], dots[second:], each)


@lru_cache(maxsize=256)
def _rows(count: int) -> tuple[Point, ...]:
    # As many half circles as let the dots of one stand about as close as the half circles do.
    holds = [math.pi * (175 - 21 * row) / 16 for row in range(6)]
    rows = next((row + 1 for row in range(6) if sum(holds[: row + 1]) >= count), 6)
    radii = [175 - 21 * (rows - 1 - row) for row in range(rows)]
    per_row = [round(count * radius / sum(radii)) for radius in radii]
    per_row[-1] += count - sum(per_row)
    found = []
    for radius, dots in zip(radii, per_row, strict=True):
        for index in range(dots):
            angle = math.pi * (0.02 + 0.96 * (index / (dots - 1) if dots > 1 else 0.5))
            found.append(
                (angle, round(200 - radius * math.cos(angle)), round(190 - radius * math.sin(angle)))
            )
    return tuple((x, y) for _angle, x, y in sorted(found))
