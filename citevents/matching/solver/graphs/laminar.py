"""Odd sets arranged so that the prices of those that hold both ends of many edges come off at once."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from citevents.matching.solver.graphs.blossoms import Blossoms
from citevents.matching.solver.graphs.graph import Ints

_BIG = 8  # an odd set of n/_BIG nodes is taken off every edge at once


@dataclass(frozen=True, slots=True)
class Level:
    """One depth of the laminar family: which set each node is in (-1: none) and what that costs."""

    member: NDArray[np.int32]
    price: Ints  # per node
    size: int  # of the largest set


@dataclass(frozen=True, slots=True)
class Laminar:
    """Odd sets arranged for pricing: nested chains of large sets, and the rest by depth."""

    chains: tuple[Ints, ...]  # per chain: summed price of its sets that hold each node
    levels: tuple[Level, ...]


def levels(blossoms: Blossoms) -> Laminar:
    """Arrange the priced blossoms. Two nodes share, of a nested chain, the smaller of their sums."""
    n = blossoms.n
    tops = [b for b in range(n, len(blossoms.parent)) if blossoms.parent[b] < 0 and blossoms.parts[b]]
    chains, in_chain = [], set()
    for top in tops:
        total, at = np.zeros(n, np.int64), top
        if blossoms.size[top] * _BIG < n:
            continue
        price = 0
        while at >= n and blossoms.size[at] * _BIG >= n:
            price += blossoms.z[at]
            in_chain.add(at)
            largest = max(blossoms.parts[at], key=blossoms.size.__getitem__)
            for part in blossoms.parts[at]:
                if part != largest:
                    total[blossoms.leaves(part)] = price
            at = largest
        total[blossoms.leaves(at)] = price
        chains.append(total)
    found: list[Level] = []
    generation = tops
    while generation:
        member, cost, size = np.full(n, -1, np.int32), np.zeros(n, np.int64), 0
        waiting = list(generation)
        generation = []
        while waiting:
            b = waiting.pop()
            if b < n:
                continue
            if b in in_chain or not blossoms.z[b]:
                waiting.extend(blossoms.parts[b])
                continue
            leaves = blossoms.leaves(b)
            member[leaves], cost[leaves] = b, blossoms.z[b]
            size = max(size, len(leaves))
            generation.extend(blossoms.parts[b])
        if size:
            found.append(Level(member, cost, size))
    return Laminar(tuple(chains), tuple(found))


def less_levels(levels_: tuple[Level, ...], i: Ints, j: Ints, much: Ints) -> tuple[Ints, Ints]:
    """Take off the prices of the sets that hold both ends, outermost first: (positions still above 0, by how much)."""
    done = []
    at: Ints = np.flatnonzero(much > 0)
    much = much[at]
    for level in levels_:
        inside = (level.member[i[at]] >= 0) & (level.member[i[at]] == level.member[j[at]])
        done.append((at[~inside], much[~inside]))
        at = at[inside]
        much = much[inside] - level.price[i[at]]
        at, much = at[much > 0], much[much > 0]
        if not len(at):
            break
    done.append((at, much))
    positions, left = (np.concatenate(column) for column in zip(*done, strict=True))
    return positions, left


def uncovered(over: Ints, i: Ints, j: Ints, blossoms: Blossoms) -> Ints:
    """Positions of the edges whose `over`, twice the weight less both prices, exceeds the prices of their sets."""
    at: Ints = np.flatnonzero(over > 0)
    if not len(at):
        return at
    sets = levels(blossoms)
    much = over[at]
    for chain in sets.chains:
        much = much - np.minimum(chain[i[at]], chain[j[at]])
    found: Ints = at[less_levels(sets.levels, i[at], j[at], much)[0]]
    return found
