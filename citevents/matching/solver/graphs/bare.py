"""A bare graph from names to names: what `exchange graph` answers."""

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from citevents.matching.solver.graphs.certificate import dual_value
from citevents.matching.solver.graphs.cycles import UNIT, Proof, best_cycles, cycles_of
from citevents.matching.solver.graphs.files import EdgeList
from citevents.matching.solver.graphs.pairs import match, most_pairs
from citevents.matching.solver.milp import Left, clock

Stop = Callable[[], bool]


def solve_edges(
    edges: EdgeList,
    objective: str,
    longest_cycle: int | None = None,
    stop: Stop | None = None,
    seconds: float = 60.0,
) -> dict[str, Any]:
    """The document that `docs/exchange-graph-result.schema.json` describes, the best so far after `seconds`."""
    left = clock(seconds, stop)
    if longest_cycle is None:
        return _pairs(edges, objective, lambda: left() <= 0)
    return _cycles(edges, objective, longest_cycle, left)


def _pairs(edges: EdgeList, objective: str, stop: Stop | None) -> dict[str, Any]:
    started = time.perf_counter()
    graph = edges.graph()
    nobody_more = None
    if objective == "coverage":
        matched, nobody_more = most_pairs(graph, stop)
    else:
        matched = match(graph, 0, stop)
    pairs = matched.pairs()
    mate = np.array(matched.mate, np.int64)
    value = int(graph.weight[mate[graph.a] == graph.b].sum())
    bound = dual_value(matched) // 2 - matched.reward * len(pairs)
    names = edges.names
    found: dict[str, Any] = {
        "objective": objective,
        "groups": [[names[i], names[j]] for i, j in pairs],
        "people": 2 * len(pairs),
        "value": value,
        "proven": matched.proven and bound == value,
        "bound": bound,
        "seconds": 0.0,
        "certificate": {
            "reward": matched.reward,
            "nodes": {names[v]: p for v, p in enumerate(matched.prices)},
            "odd_sets": [{"nodes": [names[v] for v in s.nodes], "price": s.price} for s in matched.odd_sets],
        },
    }
    if nobody_more is not None:
        found["cardinality"] = {"barrier": [names[v] for v in nobody_more]}
    found["seconds"] = round(time.perf_counter() - started, 6)
    return found


def _cycles(edges: EdgeList, objective: str, longest: int, left: Left) -> dict[str, Any]:
    started = time.perf_counter()
    n, names = len(edges.names), edges.names
    cycles = cycles_of(n, {(a, b): w for a, b, w in edges.rows}, longest)
    best = best_cycles(n, cycles, objective == "coverage", left)
    value = sum(c.weight for c in best.chosen)
    found: dict[str, Any] = {
        "objective": objective,
        "longest_cycle": longest,
        "groups": [[names[v] for v in c.nodes] for c in best.chosen],
        "people": sum(len(c.nodes) for c in best.chosen),
        "value": value,
        "proven": best.proven,
        "bound": best.bound,
        "seconds": 0.0,
    }
    if objective == "coverage":
        found["people_bound"] = best.most
    for key, proof in (
        ("cycle_certificate", best.proof),
        ("people_certificate", best.proof_of_people),
    ):
        if proof is not None and best.proven:
            found[key] = _written(names, proof)
    if "cycle_certificate" in found:
        found["cycle_certificate"]["reward"] = best.reward
    found["seconds"] = round(time.perf_counter() - started, 6)
    return found


def _written(names: Sequence[str], proof: Proof) -> dict[str, Any]:
    return {
        "unit": UNIT,
        "nodes": dict(zip(names, proof.nodes, strict=True)),
        "odd_sets": [
            {"nodes": [names[v] for v in members], "price": price} for members, price in proof.odd_sets
        ],
    }
