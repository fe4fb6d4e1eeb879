"""Prices of cycles: they cover, they bound, the checker believes no others, and few cycles are left to search."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from citevents.matching.solver.graphs import verify, verify_cycles
from citevents.matching.solver.graphs.bare import solve_edges
from citevents.matching.solver.graphs.files import EdgeList
from tests.matching.solver.graph_oracles import arcs_of

Corrupt = Callable[[dict[str, Any]], object]


def _solved(n: int, count: int, seed: int, objective: str, folder: Path) -> tuple[Path, dict[str, Any]]:
    """A file of arcs and its answer."""
    arcs = arcs_of(n, count, seed)
    path = folder / "arcs.csv"
    path.write_text("a,b,weight\n" + "".join(f"n{a},n{b},{w}\n" for (a, b), w in arcs.items()))
    names: dict[str, int] = {}
    rows = tuple(
        (names.setdefault(f"n{a}", len(names)), names.setdefault(f"n{b}", len(names)), w)
        for (a, b), w in arcs.items()
    )
    return path, solve_edges(EdgeList(tuple(names), rows), objective, 3)


def _objections(path: Path, found: dict[str, Any]) -> list[str]:
    out = path.with_name("out.json")
    out.write_text(json.dumps(found))
    return verify.objections(path, out)


@pytest.mark.parametrize("objective", ["score", "coverage"])
def test_answers_are_confirmed_mostly_without_a_search(
    tmp_path: Path, objective: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sought: list[int] = []
    confirm = verify_cycles._second_opinion

    def watched(result: dict[str, Any], search: Any, *, more_people: bool) -> list[str]:
        sought.append(len(search.cycles))
        return confirm(result, search, more_people=more_people)

    monkeypatch.setattr(verify_cycles, "_second_opinion", watched)
    for seed in range(12):
        path, found = _solved(60, 300 + 100 * (seed % 4), seed, objective, tmp_path)
        assert found["proven"]
        assert _objections(path, found) == []
    assert sought.count(0) > len(sought) // 2


CORRUPTIONS: dict[str, Corrupt] = {
    "no prices": lambda c: c["nodes"].update(dict.fromkeys(c["nodes"], 0)),
    "a price below 0": lambda c: c["nodes"].update({next(iter(c["nodes"])): -1}),
    "a price that is no whole number": lambda c: c["nodes"].update({next(iter(c["nodes"])): 0.5}),
    "an unknown node": lambda c: c["nodes"].update(nobody=1),
    "no unit": lambda c: c.pop("unit"),
    "an even set": lambda c: c["odd_sets"].append({"nodes": list(c["nodes"])[:4], "price": 1}),
    "a node twice in a set": lambda c: c["odd_sets"].append(
        {"nodes": [next(iter(c["nodes"]))] * 3, "price": 1}
    ),
    "a set of nobody": lambda c: c["odd_sets"].append({"nodes": ["x", "y", "z"], "price": 1}),
    "a set below 0": lambda c: c["odd_sets"].append({"nodes": list(c["nodes"])[:3], "price": -(2**40)}),
    "a set of lists": lambda c: c["odd_sets"].append({"nodes": [[], [], []], "price": 1}),
    "a set that is none": lambda c: c["odd_sets"].append(7),
    "a reward below 0": lambda c: c.update(reward=-1),
}


@pytest.mark.parametrize("objective", ["score", "coverage"])
def test_corrupted_prices_are_rejected(tmp_path: Path, objective: str) -> None:
    path, found = _solved(40, 300, 1, objective, tmp_path)
    assert found["proven"]
    assert _objections(path, found) == []
    for name, corrupt in CORRUPTIONS.items():
        for key in ("cycle_certificate", "people_certificate")[: 1 + (objective == "coverage")]:
            if key == "people_certificate" and name == "a reward below 0":
                continue
            wrong = copy.deepcopy(found)
            corrupt(wrong[key])
            assert _objections(path, wrong), (name, key)


@pytest.mark.parametrize("objective", ["score", "coverage"])
def test_a_worse_answer_is_found_out_whatever_its_prices(tmp_path: Path, objective: str) -> None:
    for seed in range(6):
        path, found = _solved(30, 150, seed, objective, tmp_path)
        worse = copy.deepcopy(found)
        gone = worse["groups"].pop()
        weight = verify._read(path, True)
        worse["value"] -= sum(weight[arc] for arc in verify._arcs(gone, True))
        worse["people"] -= len(gone)
        worse["bound"] = worse["value"]
        worse["people_bound"] = worse["people"]
        assert _objections(path, worse)
        for key in ("cycle_certificate", "people_certificate"):
            without = {k: v for k, v in worse.items() if k != key}
            assert _objections(path, without)


def test_without_prices_the_whole_is_searched(tmp_path: Path) -> None:
    path, found = _solved(30, 200, 2, "coverage", tmp_path)
    for key in ("cycle_certificate", "people_certificate"):
        found.pop(key)
    assert _objections(path, found) == []
