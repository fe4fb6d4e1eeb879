"""Check that cycles of two and three are the best packing; a part of `verify.py`, and like it no part of the solver.

Prices (nodes and odd sets, in whole numbers) that cover every cycle bound every packing. Where they do not reach
the answer exactly they still say which few cycles a better one could hold; a second solver looks among those.
"""

from dataclasses import dataclass, field
from typing import Any, TypeGuard

Edge = tuple[str, str]
Priced = list[tuple[list[str], int]]  # nodes, and the weight or price


def whole(value: Any) -> bool:
    """A whole number, and not true or false."""
    return isinstance(value, int) and not isinstance(value, bool)


def different(nodes: Any, names: set[str]) -> TypeGuard[list[str]]:
    """A list of different ones of these names."""
    if not isinstance(nodes, list) or not all(isinstance(v, str) for v in nodes):
        return False
    return len(set(nodes)) == len(nodes) and set(nodes) <= names


def _all_cycles(edges: dict[Edge, int], longest: int) -> list[tuple[list[str], int]]:
    after: dict[str, list[str]] = {}
    for a, b in edges:
        after.setdefault(a, []).append(b)
    found = [([a, b], w + edges[b, a]) for (a, b), w in edges.items() if a < b and (b, a) in edges]
    if longest >= 3:
        for (a, b), w in edges.items():
            found += [
                ([a, b, c], w + edges[b, c] + edges[c, a])
                for c in after.get(b, ())
                if a < b and a < c and b != c and (c, a) in edges
            ]
    return found


@dataclass(frozen=True)
class _Search:
    """What a better packing looks like: made of these cycles, every `full` node in one of them, the sets filled.

    `sets`: odd sets of k nodes whose cycles hold, counted by half their nodes in it (rounded down), (k - 1) / 2 of it.
    """

    cycles: Priced
    full: set[str] = field(default_factory=set)
    sets: list[list[str]] = field(default_factory=list)


def cycles_proof(result: dict[str, Any], edges: dict[Edge, int], names: set[str]) -> list[str]:
    """Prices that cover every cycle leave few cycles that a better answer could hold, mostly none.

    If there are some, a second solver (OR-tools CP-SAT, integers) looks for a better answer among them.
    """
    if result["longest_cycle"] > 3:
        return ["only cycles up to 3 can be checked"]
    cycles = _all_cycles(edges, result["longest_cycle"])
    coverage = result["objective"] == "coverage"
    if coverage and result.get("people_bound", result["people"]) != result["people"]:
        return [f"people_bound is {result['people_bound']}, not the {result['people']} people"]
    certificate = result.get("cycle_certificate", {})
    reward = certificate.get("reward", 0) if isinstance(certificate, dict) else 0
    if not whole(reward) or reward < 0 or (reward and not coverage):
        return ["the reward is not a whole number, or not for coverage"]
    try:
        worth = [w + reward * len(members) for members, w in cycles]
        target = result["value"] + reward * result["people"]
        found = _second_opinion(result, _better(certificate, cycles, worth, target, names), more_people=False)
        if coverage:
            counts = result.get("people_certificate", {})
            people = [len(members) for members, _ in cycles]
            search = _better(counts, cycles, people, result["people"], names)
            found += _second_opinion(result, search, more_people=True)
    except ValueError as error:
        return [str(error)]
    return found


def _better(certificate: Any, cycles: Priced, worth: list[int], target: int, names: set[str]) -> _Search:
    """Where a packing worth more than `target` must be sought. Raises ValueError for what is no certificate.

    Such a packing lies below all prices together by no more than `spare`. So it holds no cycle that is further below
    its own prices, and leaves no node or odd set free that costs more.
    """
    if certificate == {}:
        return _Search(cycles)
    nodes, unit, sets = _cycle_prices(certificate, names)
    holding: dict[str, list[int]] = {}
    for s, (members, _) in enumerate(sets):
        for v in members:
            holding.setdefault(v, []).append(s)
    spare = sum(nodes.values()) + sum(p * (len(m) // 2) for m, p in sets) - (target + 1) * unit
    left = []
    for (members, weight), value in zip(cycles, worth, strict=True):
        held = [s for v in members for s in holding.get(v, ())]
        over = sum(nodes.get(v, 0) for v in members) - value * unit
        over += sum(sets[s][1] * (held.count(s) // 2) for s in set(held))
        if over < 0:
            raise ValueError(f"the prices do not cover the cycle {members}")
        if over <= spare:
            left.append((members, weight))
    if spare < 0:
        return _Search([])
    return _Search(left, {v for v, p in nodes.items() if p > spare}, [m for m, p in sets if p > spare])


def _cycle_prices(certificate: Any, names: set[str]) -> tuple[dict[str, int], int, Priced]:
    """Node prices, unit, odd sets with their prices. Raises ValueError."""
    if not isinstance(certificate, dict):
        raise ValueError("the cycle certificate is not an object")
    nodes: Any = certificate.get("nodes")
    unit: Any = certificate.get("unit")
    if not whole(unit) or unit < 1 or not isinstance(nodes, dict) or set(nodes) - names:
        raise ValueError("the cycle certificate has no unit or no known nodes")
    if not all(whole(p) and p >= 0 for p in nodes.values()):
        raise ValueError("a node price is not a whole number from 0")
    sets: Priced = []
    odd_sets: Any = certificate.get("odd_sets")
    for odd in odd_sets if isinstance(odd_sets, list) else []:
        members: Any = odd.get("nodes") if isinstance(odd, dict) else None
        price: Any = odd.get("price") if isinstance(odd, dict) else None
        if not different(members, names) or len(members) % 2 == 0:
            raise ValueError("an odd set is not an odd number of different known nodes")
        if not whole(price) or price < 0:
            raise ValueError("the price of an odd set is not a whole number from 0")
        sets.append((members, price))
    return nodes, unit, sets


def _second_opinion(result: dict[str, Any], search: _Search, *, more_people: bool) -> list[str]:
    """Whether a packing has more people, or else more weight (for coverage with as many people)."""
    if not search.cycles:
        return []
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    chosen = [model.new_bool_var("") for _ in search.cycles]
    of: dict[str, list[Any]] = {v: [] for v in search.full}
    for (members, _), x in zip(search.cycles, chosen, strict=True):
        for v in members:
            of.setdefault(v, []).append(x)
    for v, xs in of.items():
        if v in search.full:
            model.add_exactly_one(xs)
        else:
            model.add_at_most_one(xs)
    for odd in search.sets:
        inside = set(odd)
        halves = [len(inside.intersection(members)) // 2 for members, _ in search.cycles]
        model.add(sum(h * x for h, x in zip(halves, chosen, strict=True) if h) == len(odd) // 2)
    value = sum(w * x for (_, w), x in zip(search.cycles, chosen, strict=True))
    people = sum(len(m) * x for (m, _), x in zip(search.cycles, chosen, strict=True))
    if more_people:
        model.add(people >= result["people"] + 1)
    else:
        model.add(value >= result["value"] + 1)
        if result["objective"] == "coverage":
            model.add(people >= result["people"])
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = 120
    solver.parameters.num_workers = 2
    status = solver.solve(model)
    if status == cp_model.INFEASIBLE:
        return []
    return [
        "a second solver found a better answer"
        if status in (cp_model.OPTIMAL, cp_model.FEASIBLE)
        else "a second solver could not confirm the answer in 120 s"
    ]
