"""The score: what one program gains from another, 0..1000, as a sum of documented parts.

Every part is bilinear, gain(i, j) = a_i . b_j with small integer vectors: what i wants against what j
shows. One matrix product therefore scores all pairs, and a slice of it is the part's explanation.
Single precision is exact here, since every sum stays below 2**24.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from citevents.matching.solver.problem import LEGAL_SETTINGS, ROLES, SIZES, STAGES, Program

# Points out of 1000. Needs come first; the rest says how alike or how fresh the partner is.
WEIGHTS: Mapping[str, int] = {
    "needs": 500,  # partner's strengths among my needs, higher-ranked needs worth more
    "stage": 100,  # best a step further on than I am
    "legal": 100,  # the same legal setting, or a mixed one
    "size": 80,  # a place of about my size
    "zone": 60,  # shared working hours online; a visit needs none and gets them all
    "role": 80,  # the roles I bring, found on the other side
    "novelty": 80,  # a country I have had no exchange with
}

# Percent of the stage part by (partner's stage - mine): learning from one step ahead is best.
_STAGE_PERCENT = {-3: 0, -2: 30, -1: 60, 0: 80, 1: 100, 2: 60, 3: 40}
_SIZE_PERCENT = {0: 100, 1: 60, 2: 20}
_MIXED_LEGAL_PERCENT = 60
_WORKING_MINUTES = 480

Matrix = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Features:
    """`wants[i] . shows[j]` is i's gain from j without the zone part; `spans` cuts it into parts."""

    wants: Matrix
    shows: Matrix
    spans: Mapping[str, slice]
    zones: NDArray[np.int64]  # minutes east of UTC, per program
    zone_weight: int


def need_points(needs: Sequence[str], weight: int) -> dict[str, int]:
    """Split `weight` over ranked needs, falling with the rank; the rounding goes to the first."""
    k = len(needs)
    total = k * (k + 1) // 2
    points = {need: weight * (k - rank) // total for rank, need in enumerate(needs)}
    if needs:
        points[needs[0]] += weight - sum(points.values())
    return points


def features(
    programs: Sequence[Program], weights: Mapping[str, int], country_of: Mapping[str, str]
) -> Features:
    """Both vectors of every program; `country_of` knows earlier partners, in the round or not."""
    topics = sorted({t for p in programs for t in (*p.needs, *p.strengths)})
    countries = sorted({p.country for p in programs})
    at_topic = {t: k for k, t in enumerate(topics)}
    at_country = {c: k for k, c in enumerate(countries)}
    widths = {
        "needs": len(topics) + 1,
        "stage": len(STAGES),
        "legal": len(LEGAL_SETTINGS),
        "size": len(SIZES),
        "role": len(ROLES),
        "novelty": len(countries),
    }
    spans, start = {}, 0
    for part, width in widths.items():
        spans[part] = slice(start, start + width)
        start += width
    wants = np.zeros((len(programs), start), np.float32)
    shows = np.zeros((len(programs), start), np.float32)
    for i, p in enumerate(programs):
        w, s = wants[i], shows[i]
        _needs(p, weights["needs"], at_topic, w[spans["needs"]], s[spans["needs"]])
        stage, size, legal = STAGES.index(p.stage), SIZES.index(p.size), LEGAL_SETTINGS.index(p.legal)
        w[spans["stage"]] = [weights["stage"] * _STAGE_PERCENT[k - stage] // 100 for k in range(len(STAGES))]
        s[spans["stage"].start + stage] = 1
        w[spans["size"]] = [
            weights["size"] * _SIZE_PERCENT.get(abs(k - size), 0) // 100 for k in range(len(SIZES))
        ]
        s[spans["size"].start + size] = 1
        w[spans["legal"]] = [_legal_points(p.legal, other, weights["legal"]) for other in LEGAL_SETTINGS]
        s[spans["legal"].start + legal] = 1
        for role in p.roles:
            w[spans["role"].start + ROLES.index(role)] = weights["role"] // len(p.roles)
            s[spans["role"].start + ROLES.index(role)] = 1
        w[spans["novelty"]] = weights["novelty"]
        for met in {country_of[q] for q in p.previous if country_of.get(q) in at_country}:
            w[spans["novelty"].start + at_country[met]] = 0
        s[spans["novelty"].start + at_country[p.country]] = 1
    zones = np.array([p.zone for p in programs], np.int64)
    return Features(wants, shows, spans, zones, weights["zone"])


def _needs(p: Program, weight: int, at: Mapping[str, int], wants: Matrix, shows: Matrix) -> None:
    for need, points in need_points(p.needs, weight).items():
        wants[at[need]] = points
    for topic in p.strengths:
        shows[at[topic]] = 1
    # Who asks for nothing in particular gains half from anybody, so that it is neither first nor last.
    wants[-1] = 0 if p.needs else weight // 2
    shows[-1] = 1


def _legal_points(mine: str, other: str, weight: int) -> int:
    if mine == other:
        return weight
    return weight * _MIXED_LEGAL_PERCENT // 100 if "mixed" in (mine, other) else 0


def zone_points(rows: NDArray[np.int64], columns: NDArray[np.int64], weight: int) -> NDArray[np.int16]:
    """Points for shared working hours, by the shorter way round the globe. Shape (rows, columns)."""
    known, row_kind = np.unique(rows, return_inverse=True)
    others, column_kind = np.unique(columns, return_inverse=True)
    apart = np.abs(known[:, None] - others[None, :]) % 1440
    apart = np.minimum(apart, 1440 - apart)
    table = (weight * np.maximum(0, _WORKING_MINUTES - apart) // _WORKING_MINUTES).astype(np.int16)
    points: NDArray[np.int16] = table[row_kind][:, column_kind]
    return points


def parts(f: Features, i: int, j: int, online: bool) -> dict[str, int]:
    """What i gains from j, part by part, in the order of WEIGHTS."""
    both = (f.wants[i] * f.shows[j]).tolist()
    found = {part: int(sum(both[span])) for part, span in f.spans.items()}
    pair = slice(i, i + 1), slice(j, j + 1)
    found["zone"] = (
        int(zone_points(f.zones[pair[0]], f.zones[pair[1]], f.zone_weight)[0, 0]) if online else f.zone_weight
    )
    return {part: found[part] for part in WEIGHTS}
