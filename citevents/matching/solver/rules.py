"""The hard rules: named predicates with reason codes. They never enter the score.

Each rule answers for a block of ordered pairs at once: True where `rows[i]` may do its part with
`columns[j]`. A shape is possible where all its rules hold; RULES_OF lists them in the order in which
the first failing one is reported.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from citevents.matching.solver.pool import Pool
from citevents.matching.solver.problem import LEVELS, Mode, Shape
from citevents.matching.solver.score import zone_points

Mask = NDArray[np.bool_]
Some = slice | NDArray[np.int64]  # programs of the pool, each at most once
Rule = Callable[[Pool, Some, Some], Mask]


def _never(code: str) -> Rule:
    def rule(pool: Pool, rows: Some, columns: Some) -> Mask:
        at, to = _members(pool, rows), _members(pool, columns)
        allowed = np.ones((len(at), len(to)), bool)
        pairs = pool.never[code]
        if len(pairs):
            inside = _places(pool, at)[pairs[:, 0]], _places(pool, to)[pairs[:, 1]]
            both = (inside[0] >= 0) & (inside[1] >= 0)
            allowed[inside[0][both], inside[1][both]] = False
        return allowed

    return rule


def _members(pool: Pool, some: Some) -> NDArray[np.int64]:
    return np.arange(pool.n)[some]


def _places(pool: Pool, members: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where each program of the pool stands among the members, or -1."""
    places = np.full(pool.n, -1)
    places[members] = np.arange(len(members))
    return places


def oneself(pool: Pool, rows: Some, columns: Some) -> Mask:
    """Two different programs."""
    different: Mask = _members(pool, rows)[:, None] != _members(pool, columns)[None, :]
    return different


def country(pool: Pool, rows: Some, columns: Some) -> Mask:
    """The exchange is international: two countries."""
    abroad: Mask = pool.country[rows, None] != pool.country[None, columns]
    return abroad


def language(pool: Pool, rows: Some, columns: Some) -> Mask:
    """One language that both sides speak at both sides' floors."""
    floors = pool.floor
    # speaks_here[f][j]: j's languages at the higher of f and j's own floor.
    out = np.zeros((len(floors[rows]), len(floors[columns])), bool)
    present = [f for f in range(len(LEVELS)) if np.any(floors[columns] == f)]
    for mine in np.unique(floors[rows]):
        at = np.flatnonzero(floors[rows] == mine)
        for theirs in present:
            level = max(int(mine), theirs)
            spoken = pool.speaks[level]
            to = np.flatnonzero(floors[columns] == theirs)
            out[np.ix_(at, to)] = _share(spoken[rows][at], spoken[columns][to])
    return out


def weeks(pool: Pool, rows: Some, columns: Some) -> Mask:
    """A week that both have free."""
    return _share(pool.weeks[rows], pool.weeks[columns])


def _share(a: NDArray[np.uint64], b: NDArray[np.uint64]) -> Mask:
    out: Mask = (a[:, 0, None] & b[None, :, 0]) != 0
    for word in range(1, a.shape[1]):
        out |= (a[:, word, None] & b[None, :, word]) != 0
    return out


def budget(pool: Pool, rows: Some, columns: Some) -> Mask:
    """The row's travellers can pay the fare to the column's country."""
    return np.take(pool.affords[rows], pool.country[columns], axis=1)


def visa(pool: Pool, rows: Some, columns: Some) -> Mask:
    """The row's travellers can get into the column's country."""
    return np.take(pool.enters[rows], pool.country[columns], axis=1)


def capacity(pool: Pool, rows: Some, columns: Some) -> Mask:
    """The column has a place, for a delegation as large as the row's."""
    largest = np.where(pool.places[columns] > 0, pool.largest[columns], -1)
    return pool.delegation[rows, None] <= largest[None, :]


def further_on(pool: Pool, rows: Some, columns: Some) -> Mask:
    """The column, as mentor, is at a later stage."""
    return pool.stage[rows, None] < pool.stage[None, columns]


def _both(rule: Rule) -> Rule:
    def both_ways(pool: Pool, rows: Some, columns: Some) -> Mask:
        return rule(pool, rows, columns) & rule(pool, columns, rows).T

    return both_ways


def _accepts(row: Mode, column: Mode) -> Rule:
    def mode(pool: Pool, rows: Some, columns: Some) -> Mask:
        return pool.accepts[row][rows, None] & pool.accepts[column][None, columns]

    return mode


ALWAYS: dict[str, Rule] = {
    "oneself": oneself,
    "must_not": _never("must_not"),
    "previous_partner": _never("previous_partner"),
    "declined": _never("declined"),
    "country": country,
    "language": language,
    "weeks": weeks,
}
_VISIT: dict[str, Rule] = {"budget": budget, "visa": visa, "capacity": capacity}

RULES_OF: Mapping[Shape, dict[str, Rule]] = {
    Shape.MUTUAL: {
        "mode": _accepts(Mode.MUTUAL, Mode.MUTUAL),
        **ALWAYS,
        **{code: _both(rule) for code, rule in _VISIT.items()},
    },
    Shape.VISIT: {"mode": _accepts(Mode.GUEST, Mode.HOST), **ALWAYS, **_VISIT},
    Shape.VIRTUAL: {"mode": _accepts(Mode.VIRTUAL, Mode.VIRTUAL), **ALWAYS},
    Shape.MENTORING: {
        "mode": _accepts(Mode.MENTORING, Mode.MENTORING),
        **ALWAYS,
        "further_on": further_on,
    },
    # One arc of a cycle: the row visits the column.
    Shape.CYCLE: {"mode": _accepts(Mode.MUTUAL, Mode.MUTUAL), **ALWAYS, **_VISIT},
    # Two members of a circle.
    Shape.CIRCLE: {"mode": _accepts(Mode.CIRCLE, Mode.CIRCLE), **ALWAYS},
}
ONLINE = frozenset({Shape.VIRTUAL, Shape.MENTORING, Shape.CIRCLE})
PRIVATE = frozenset({"must_not"})  # what the other side may never learn
NOT_COMPATIBLE = "not_compatible"  # what is said instead of every rule
UNTOLD = PRIVATE | {"declined"}  # not even counted in what a coordinator is told unasked


def together(pool: Pool, members: Sequence[int]) -> bool:
    """A circle needs one week that all have free and one language that all speak at every floor."""
    at = list(members)
    spoken = pool.speaks[int(pool.floor[at].max())][at]
    return bool(np.bitwise_and.reduce(pool.weeks[at]).any() and np.bitwise_and.reduce(spoken).any())


def possible(pool: Pool, shape: Shape, rows: Some, columns: Some) -> Mask:
    """Where every hard rule of the shape holds, the round's least score included."""
    mask: Mask | None = None
    for rule in RULES_OF[shape].values():
        found = rule(pool, rows, columns)
        mask = found if mask is None else np.logical_and(mask, found, out=mask)
    assert mask is not None
    if pool.round.minimum:
        mask &= gains(pool, shape, rows, columns) >= 2 * pool.round.minimum
    return mask


def gains(pool: Pool, shape: Shape, rows: Some, columns: Some) -> NDArray[np.int16]:
    """Score of both directions together, 0..2000."""
    return one_way(pool, shape, rows, columns) + one_way(pool, shape, columns, rows).T


def one_way(pool: Pool, shape: Shape, rows: Some, columns: Some) -> NDArray[np.int16]:
    """What the rows gain from the columns, 0..1000."""
    return base_gain(pool, rows, columns) + zone_gain(pool, shape, rows, columns)


def base_gain(pool: Pool, rows: Some, columns: Some) -> NDArray[np.int16]:
    """One way, without the zone part: the same for every shape."""
    f = pool.features
    return (f.wants[rows] @ f.shows[columns].T).astype(np.int16)


def zone_gain(pool: Pool, shape: Shape, rows: Some, columns: Some) -> NDArray[np.int16]:
    """The zone part, one way: shared working hours online, all of it for a visit. Broadcasts."""
    f = pool.features
    if shape in ONLINE:
        return zone_points(f.zones[rows], f.zones[columns], f.zone_weight)
    return np.full((1, 1), f.zone_weight, np.int16)


def fits(pool: Pool, shape: Shape, i: int, j: int) -> bool:
    """Whether the ordered pair (i, j) breaks no rule of the shape; stops at the first it breaks."""
    row, column = slice(i, i + 1), slice(j, j + 1)
    if not all(rule(pool, row, column)[0, 0] for rule in RULES_OF[shape].values()):
        return False
    return not pool.round.minimum or int(gains(pool, shape, row, column)[0, 0]) >= 2 * pool.round.minimum


def failed(pool: Pool, shape: Shape, i: int, j: int) -> list[str]:
    """Codes of the rules of `shape` that the ordered pair (i, j) breaks, in reporting order."""
    row, column = slice(i, i + 1), slice(j, j + 1)
    codes = [code for code, rule in RULES_OF[shape].items() if not rule(pool, row, column)[0, 0]]
    if not codes and gains(pool, shape, row, column)[0, 0] < 2 * pool.round.minimum:
        codes.append("minimum")
    return codes
