"""Check a result of `exchange graph` without trusting whoever made it.

Whole numbers only; shares no code with the solver, and for pairs needs nothing but the standard library. `objections` returns what is
wrong, nothing if the result is right *and* proven.
"""

import csv
import json
from itertools import pairwise
from pathlib import Path
from typing import Any

from citevents.matching.solver.graphs.verify_cycles import Edge, cycles_proof, different, whole


def objections(edges_path: Path, result_path: Path) -> list[str]:
    """Everything wrong with RESULT for EDGES. Raises ValueError, naming the file, or OSError if either is unreadable."""
    try:
        result = json.loads(result_path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{result_path}: is not JSON ({error})") from error
    if not isinstance(result, dict):
        raise ValueError(f"{result_path}: is not a JSON object")
    directed = "longest_cycle" in result
    try:
        edges = _read(edges_path, directed)
    except (ValueError, csv.Error) as error:
        raise ValueError(f"{edges_path}: {error}") from error
    names = {name for edge in edges for name in edge}
    found = _groups(result, edges, names, directed)
    if result.get("objective") not in ("score", "coverage"):
        found.append("objective is neither score nor coverage")
    if result.get("proven") is not True:
        found.append("the result does not claim to be proven")
    if found:
        return found
    if directed:
        return cycles_proof(result, edges, names)
    return _pairs_proof(result, edges, names)


def _read(path: Path, directed: bool) -> dict[Edge, int]:
    edges: dict[Edge, int] = {}
    with path.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file, skipinitialspace=True):
            try:
                a, b, weight = row["a"].strip(), row["b"].strip(), int(row["weight"])
            except (KeyError, AttributeError, TypeError) as error:
                raise ValueError("the edges are not a,b,weight") from error
            edge = (a, b) if directed or a < b else (b, a)
            if a == b or edge in edges or weight < 1:
                raise ValueError(f"{a},{b} is a loop, a repetition or weighs less than 1")
            edges[edge] = weight
    return edges


def _arcs(group: list[str], directed: bool) -> list[Edge]:
    if directed:
        return list(pairwise([*group, group[0]]))
    a, b = group
    return [(a, b) if a < b else (b, a)]


def _groups(result: dict[str, Any], edges: dict[Edge, int], names: set[str], directed: bool) -> list[str]:
    groups = result.get("groups")
    if not isinstance(groups, list) or not all(
        isinstance(g, list) and all(isinstance(v, str) for v in g) for g in groups
    ):
        return ["groups is not a list of lists of names"]
    longest = result["longest_cycle"] if directed else 2
    if not whole(longest) or longest < 2:
        return ["longest_cycle is not a whole number from 2"]
    found: list[str] = []
    met: set[str] = set()
    value = 0
    for group in groups:
        if not 2 <= len(group) <= longest:
            return [f"a group has {len(group)} members: {group}"]
        for name in group:
            if name not in names:
                found.append(f"unknown node {name}")
            if name in met:
                found.append(f"{name} is matched twice")
            met.add(name)
        for arc in _arcs(group, directed):
            if arc not in edges:
                found.append(f"there is no edge {arc[0]},{arc[1]}")
            value += edges.get(arc, 0)
    if not whole(result.get("people")) or result["people"] != len(met):
        found.append(f"people is {result.get('people')}, counted {len(met)}")
    if not whole(result.get("value")) or result["value"] != value:
        found.append(f"value is {result.get('value')}, counted {value}")
    if not whole(result.get("bound")) or result["bound"] != value:
        found.append(f"bound is {result.get('bound')}, not the value {value}")
    return found


def _prices(certificate: Any, names: set[str]) -> tuple[int, dict[str, int]] | str:
    if not isinstance(certificate, dict):
        return "there is no certificate"
    reward: Any = certificate.get("reward")
    nodes: Any = certificate.get("nodes")
    if not whole(reward) or reward < 0:
        return "reward is not a whole number from 0"
    if not isinstance(nodes, dict) or set(nodes) - names:
        return "nodes is not an object of known names"
    if not all(whole(p) and p >= 0 for p in nodes.values()):
        return "a node price is not a whole number from 0"
    return reward, {name: nodes.get(name, 0) for name in names}


def _pairs_proof(result: dict[str, Any], edges: dict[Edge, int], names: set[str]) -> list[str]:
    read = _prices(result.get("certificate"), names)
    if isinstance(read, str):
        return [read]
    reward, price = read
    sets = result["certificate"].get("odd_sets")
    if not isinstance(sets, list):
        return ["odd_sets is not a list"]
    inside = dict.fromkeys(names, 0)  # bit k: odd set k holds the node
    total = sum(price.values())
    for k, odd in enumerate(sets):
        nodes: Any = odd.get("nodes") if isinstance(odd, dict) else None
        p: Any = odd.get("price") if isinstance(odd, dict) else None
        if not whole(p) or p < 0:
            return [f"odd set {k} has no price from 0"]
        if not different(nodes, names) or len(nodes) % 2 == 0:
            return [f"odd set {k} is not an odd number of different known nodes"]
        total += p * (len(nodes) - 1) // 2
        for name in nodes:
            inside[name] |= 1 << k
    shared = {0: 0}  # odd sets in common -> the sum of their prices
    for (a, b), weight in edges.items():
        both = inside[a] & inside[b]
        if both not in shared:
            shared[both] = sum(odd["price"] for k, odd in enumerate(sets) if both >> k & 1)
        if price[a] + price[b] + shared[both] < 2 * (weight + reward):
            return [f"the prices do not cover the edge {a},{b}"]
    pairs = len(result["groups"])
    if total != 2 * (result["value"] + reward * pairs):
        return [
            f"the prices sum to {total} half units, the groups to {2 * (result['value'] + reward * pairs)}"
        ]
    if result["objective"] == "score":
        return [] if reward == 0 else ["score is proven with reward 0 only"]
    if reward > max(edges.values(), default=0) * (len(names) // 2):
        return []
    return _barrier(result.get("cardinality"), edges, names, pairs)


def _barrier(cardinality: Any, edges: dict[Edge, int], names: set[str], pairs: int) -> list[str]:
    barrier = cardinality.get("barrier") if isinstance(cardinality, dict) else None
    if not different(barrier, names):
        return ["the reward is small and there is no barrier of different known nodes"]
    removed = set(barrier)
    near: dict[str, list[str]] = {name: [] for name in names - removed}
    for a, b in edges:
        if a in near and b in near:
            near[a].append(b)
            near[b].append(a)
    odd, left = 0, set(near)
    while left:
        stack, size = [left.pop()], 0
        while stack:
            size += 1
            for other in near[stack.pop()]:
                if other in left:
                    left.remove(other)
                    stack.append(other)
        odd += size % 2
    limit = (len(names) + len(removed) - odd) // 2
    return [] if limit == pairs else [f"the barrier allows {limit} pairs, there are {pairs}"]
