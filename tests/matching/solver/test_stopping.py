"""SIGTERM half-way: the process ends well, what it has is in the file, and nothing is called proven that is not."""

import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from citevents.matching.solver.documents import document_of, population_of
from citevents.matching.solver.populations import population
from citevents.matching.solver.schemas import GRAPH_RESULT, RESULT
from tests.matching.solver.round_oracles import parties
from tests.patience import PATIENCE_SECONDS

COMMAND = (sys.executable, "-c", "from citevents.matching.commands import cli; cli()")


def _listens(process: subprocess.Popen[str]) -> bool:
    """Whether the process catches SIGTERM by now: it has read its input and searches."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    caught = next(line for line in status.splitlines() if line.startswith("SigCgt:"))
    return bool(int(caught.split()[1], 16) >> (signal.SIGTERM - 1) & 1)


def _stopped(*arguments: object, after: float) -> None:
    """Run a command, and send it SIGTERM this many seconds after it began to search."""
    with subprocess.Popen([*COMMAND, *map(str, arguments)], text=True, stderr=subprocess.PIPE) as process:
        ends = time.monotonic() + PATIENCE_SECONDS
        while not _listens(process):
            assert process.poll() is None and time.monotonic() < ends, "it never came to search"
            time.sleep(0.02)
        time.sleep(after)
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=PATIENCE_SECONDS)
        assert (process.returncode, said) == (0, "")


def _written(path: Path, schema: dict[str, Any]) -> Any:
    found = json.loads(path.read_text())
    Draft202012Validator(schema).validate(found)
    assert [p.name for p in path.parent.iterdir() if p.name.startswith(".")] == [], "nothing half-written"
    return found


@pytest.mark.parametrize("objective", ["score", "coverage"])
def test_a_graph_of_cycles_that_is_stopped_hands_over_a_packing(tmp_path: Path, objective: str) -> None:
    rng = random.Random(1)
    arcs: dict[tuple[int, int], int] = {}
    while len(arcs) < 24_000:
        a, b = rng.sample(range(1000), 2)
        arcs[a, b] = rng.randint(1, 1000)
        if rng.random() < 0.3:
            arcs[b, a] = rng.randint(1, 1000)
    path, out = tmp_path / "arcs.csv", tmp_path / "out.json"
    path.write_text("a,b,weight\n" + "".join(f"n{a},n{b},{w}\n" for (a, b), w in arcs.items()))
    _stopped(
        "graph", path, "--objective", objective, "--cycles", 3, "--seconds", 300, "--out", out, after=0.5
    )
    found = _written(out, GRAPH_RESULT)
    members = [v for group in found["groups"] for v in group]
    assert len(members) == len(set(members)) == found["people"] > 0
    weight = {(f"n{a}", f"n{b}"): w for (a, b), w in arcs.items()}
    assert found["value"] == sum(
        weight[a, b] for g in found["groups"] for a, b in zip(g, (*g[1:], g[0]), strict=True)
    )
    assert not found["proven"]
    assert found["value"] < found["bound"]


def test_a_graph_of_pairs_that_is_stopped_hands_over_a_matching(tmp_path: Path) -> None:
    """Triangles in a row: one search after another, each a place to stop."""
    rng = random.Random(1)
    edges = {}
    for k in range(0, 30_000, 3):
        for a, b in ((k, k + 1), (k, k + 2), (k + 1, k + 2), (k + 2, k + 3)):
            edges[a, b] = rng.randint(1, 20)
    path, out = tmp_path / "edges.csv", tmp_path / "out.json"
    path.write_text("a,b,weight\n" + "".join(f"n{a},n{b},{w}\n" for (a, b), w in edges.items()))
    _stopped("graph", path, "--objective", "coverage", "--seconds", 300, "--out", out, after=0.0)
    found = _written(out, GRAPH_RESULT)
    members = [v for group in found["groups"] for v in group]
    assert len(members) == len(set(members)) == found["people"] > 0
    weight = {(f"n{a}", f"n{b}"): w for (a, b), w in edges.items()}
    weight |= {(b, a): w for (a, b), w in weight.items()}
    assert found["value"] == sum(weight[a, b] for a, b in found["groups"])
    assert not found["proven"]


@pytest.mark.parametrize("mode", ["coverage", "stable"])
def test_a_round_that_is_stopped_hands_over_its_matches(tmp_path: Path, mode: str) -> None:
    people = population(1500, 1, modes="all")
    path, out = tmp_path / "people.json", tmp_path / "out.json"
    path.write_text(json.dumps(document_of(people)))
    _stopped("solve", path, "--mode", mode, "--seconds", 300, "--out", out, after=0.1)
    found = _written(out, RESULT)
    assert not found["complete"]
    members = [p for m in found["matches"] for p in m["programs"]]
    known = parties(population_of(json.loads(path.read_text())))
    assert {p: n for p in known if (n := members.count(p)) > known[p][1].places} == {}
    tiers = {t["name"]: t for t in found["tiers"]}
    assert not tiers["score"]["proven"]
    assert all(t["proven"] == (t["value"] == t["bound"]) for t in tiers.values())
