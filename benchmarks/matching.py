"""The matching engine beside greedy, rustworkx, networkx and mentor-match: one run, CPU seconds, memory, value.

    .venv/bin/python benchmarks/matching.py [SECTION ...] [--mentor-match PYTHON]

Each section runs in a process of its own, so that its memory is its own. `--mentor-match` names the
Python of an environment with PyPI's `mentor-match` (its package is called `matching`, like ours).
Random graphs and populations are seeded; "same" says whether values are equal.
"""

import json
import os
import random
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from citevents.matching.solver import Agreed, explain, rematch, solve  # noqa: E402
from citevents.matching.solver.graphs.allpairs import AllPairs, match_all  # noqa: E402
from citevents.matching.solver.graphs.cycles import best_cycles, cycles_of  # noqa: E402
from citevents.matching.solver.graphs.graph import Graph  # noqa: E402
from citevents.matching.solver.graphs.pairs import match, most_pairs  # noqa: E402
from citevents.matching.solver.milp import clock  # noqa: E402
from citevents.matching.solver.pool import compile_pool  # noqa: E402
from citevents.matching.solver.populations import population  # noqa: E402
from citevents.matching.solver.scoring import pair_weights  # noqa: E402
from tests.matching.solver.graph_oracles import (  # noqa: E402
    FAMILIES,
    by_networkx,
    by_rustworkx,
    edges_of,
    graph_of,
)


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    started = time.process_time()
    found = work()
    return found, time.process_time() - started


def row(*cells: object) -> None:
    print("| " + " | ".join(f"{c:.3f}" if isinstance(c, float) else str(c) for c in cells) + " |", flush=True)


def table(*heads: str) -> None:
    row(*heads)
    row(*["---"] * len(heads))


def exchange_graph(n: int, per_node: int, seed: int) -> Graph:
    """The heaviest pairs of a made-up population, as a bare graph."""
    weight = pair_weights(compile_pool(population(n, seed)))
    top = np.argpartition(weight, n - per_node, axis=1)[:, n - per_node :]
    edges = {
        (min(i, j), max(i, j)): int(weight[i, j]) for i in range(n) for j in top[i].tolist() if weight[i, j]
    }
    return graph_of(n, edges)


def random_sparse(n: int, m: int, seed: int) -> Graph:
    rng = random.Random(seed)
    edges: dict[tuple[int, int], int] = {}
    while len(edges) < m:
        a, b = sorted(rng.sample(range(n), 2))
        edges[a, b] = rng.randint(1, 2000)
    return graph_of(n, edges)


def _against(name: str, graph: Graph, other: Callable[[Graph, bool], tuple[int, int]]) -> None:
    for coverage in (False, True):
        found, ours = timed(lambda: most_pairs(graph)[0] if coverage else match(graph))  # noqa: B023
        weight = edges_of(graph)
        mine = len(found.pairs()), sum(weight[p] for p in found.pairs())
        theirs, spent = timed(lambda: other(graph, coverage))  # noqa: B023
        same = mine == theirs if coverage else mine[1] == theirs[1]
        objective = "coverage" if coverage else "score"
        row(
            name,
            graph.n,
            graph.edges,
            objective,
            2 * mine[0],
            mine[1],
            ours,
            spent,
            f"{spent / ours:.0f}x",
            same,
        )


def graphs() -> None:
    table(
        "graph",
        "nodes",
        "edges",
        "objective",
        "people",
        "value",
        "citevents s",
        "rustworkx s",
        "ratio",
        "same",
    )
    _against("exchange-like", exchange_graph(5000, 24, 1), by_rustworkx)
    _against("exchange-like, seed 2", exchange_graph(5000, 24, 2), by_rustworkx)
    _against("random", random_sparse(5000, 90_000, 1), by_rustworkx)
    for name, made in FAMILIES.items():
        _against(name, made(5000), by_rustworkx)


def networkx() -> None:
    table(
        "graph",
        "nodes",
        "edges",
        "objective",
        "people",
        "value",
        "citevents s",
        "networkx s",
        "ratio",
        "same",
    )
    _against("exchange-like", exchange_graph(2000, 24, 1), by_networkx)


def all_pairs() -> None:
    table("programs", "pairs", "objective", "people", "value", "scoring s", "solving s", "searches", "proven")
    for n in (5000, 10_000):
        pool = compile_pool(population(n, 1))
        weight, scoring = timed(lambda: pair_weights(pool))  # noqa: B023
        none = np.empty(0, np.int64)
        for objective, reward in (("coverage", 2001 * n), ("score", 0)):
            problem = AllPairs(n, weight, np.full(n, reward), Graph(n, none, none, none))
            found, solving = timed(lambda: match_all(problem))  # noqa: B023
            value = sum(int(weight[p]) for p in found.pairs())
            certified = _certified(found, value, reward)
            row(
                n,
                n * (n - 1) // 2,
                objective,
                2 * len(found.pairs()),
                value,
                scoring,
                solving,
                found.searches,
                certified,
            )


def _certified(found: object, value: int, reward: int) -> bool:
    from citevents.matching.solver.graphs.certificate import dual_value

    pairs = len(found.pairs())  # type: ignore[attr-defined]
    return dual_value(found) == 2 * (value + 2 * reward * pairs)  # type: ignore[arg-type]


def greedy() -> None:
    """Best pair first, over all pairs; most people and then score; all tiers."""
    table("programs", "who", "people", "value", "worst countries, per cent", "left out again", "s")
    for n, skew in (
        (5000, "world"),
        (5000, "convener"),
        (1000, "world"),
        (1000, "convener"),
        (1000, "narrow_weeks"),
        (1000, "two_blocs"),
    ):
        people = population(n, 1, skew=skew)
        people = replace(people, round=replace(people.round, longest_cycle=2))
        pool = compile_pool(people)
        weight = pair_weights(pool)
        pairs, spent = timed(lambda: _greedy(weight))  # noqa: B023
        row(f"{n} {skew}", "greedy", *_told(pool, weight, pairs), spent)
        none = np.empty(0, np.int64)
        problem = AllPairs(n, weight, np.full(n, 2001 * n), Graph(n, none, none, none))
        found, spent = timed(lambda: match_all(problem))  # noqa: B023
        row(f"{n} {skew}", "citevents, people and score", *_told(pool, weight, found.pairs()), spent)
        result, spent = timed(lambda: solve(people, seconds=300))  # noqa: B023
        mine = [tuple(pool.index[p] for p in m.programs) for m in result.matches]
        row(f"{n} {skew}", "citevents, all tiers", *_told(pool, weight, mine), spent)


def _greedy(weight: np.ndarray) -> list[tuple[int, int]]:
    i, j = np.nonzero(np.triu(weight))
    order = np.argsort(-weight[i, j].astype(np.int32), kind="stable")
    free = [True] * len(weight)
    found = []
    for a, b in zip(i[order].tolist(), j[order].tolist(), strict=True):
        if free[a] and free[b]:
            free[a] = free[b] = False
            found.append((a, b))
    return found


def _told(pool, weight, pairs):  # type: ignore[no-untyped-def]
    served = {x for p in pairs for x in p}
    asked = np.bincount(pool.country)
    matched = np.bincount([pool.country[x] for x in served], minlength=len(asked))
    worst = sorted((100 * matched / asked).astype(int).tolist())[:4]
    again = sum(1 for x, p in enumerate(pool.programs) if p.left_out and x not in served)
    return len(served), sum(int(weight[p]) for p in pairs), worst, again


def tiers() -> None:
    table("round", "tier", "value", "bound", "proven", "s in all")
    for n, modes, mode in (
        (120, "all", "coverage"),
        (1000, "all", "coverage"),
        (5000, "mutual", "coverage"),
        (5000, "all", "coverage"),
        (120, "all", "stable"),
        (1000, "all", "stable"),
    ):
        people = population(n, 1, modes=modes)
        if modes == "mutual":
            people = replace(people, round=replace(people.round, longest_cycle=2))
        result, spent = timed(lambda: solve(people, mode=mode, seconds=300))  # noqa: B023
        for tier in result.tiers:
            value, bound = (
                f"worst {x[:3]} per mille" if isinstance(x, tuple) else x for x in (tier.value, tier.bound)
            )
            row(f"{n} {modes}, {mode}", tier.name, value, bound, tier.proven, spent)


def cycles() -> None:
    table("nodes", "arcs", "cycles", "objective", "people", "value", "bound", "proven", "s")
    for n, per_node in ((300, 4), (1000, 4), (1000, 6), (1000, 10), (1000, 15), (1000, 25)):
        rng = random.Random(1)
        arcs: dict[tuple[int, int], int] = {}
        while len(arcs) < n * per_node:
            a, b = rng.sample(range(n), 2)
            arcs[a, b] = rng.randint(1, 1000)
            if rng.random() < 0.3:
                arcs[b, a] = rng.randint(1, 1000)
        for coverage in (False, True):
            made, first = timed(lambda: cycles_of(n, arcs, 3))  # noqa: B023
            best, spent = timed(lambda: best_cycles(n, made, coverage, clock(60, None)))  # noqa: B023
            nodes, value = sum(len(c.nodes) for c in best.chosen), sum(c.weight for c in best.chosen)
            objective = "coverage" if coverage else "score"
            row(n, len(arcs), len(made), objective, nodes, value, best.bound, best.proven, first + spent)


def meetups() -> None:
    from citevents.matching.solver import plan
    from tests.matching.solver.test_meetups import gathering

    table("people", "slots", "tables", "meetings", "people met", "score", "bound", "proven", "s")
    for n, slots, tables in ((100, 10, 10), (300, 20, 40), (300, 20, 15)):
        found, spent = timed(lambda: plan(gathering(n, slots, tables, 1)))  # noqa: B023
        row(
            n, slots, tables, len(found.meetings), found.people, found.score, found.bound, found.proven, spent
        )


def again() -> None:
    table("what", "programs", "s")
    people = population(5000, 1)
    people = replace(people, round=replace(people.round, longest_cycle=2))
    result = solve(people, seconds=300)
    proposals = [Agreed(shape=m.shape, programs=m.programs) for m in result.matches]
    declined = [frozenset(p.programs) for p in proposals[::20]]
    accepted = [frozenset(p.programs) for p in proposals if frozenset(p.programs) not in set(declined)]
    # A collection of garbage left by the solve comes in now and then, and takes as long again: so five times.
    spent = [
        timed(lambda: rematch(people, proposals, accepted=accepted, declined=declined))[1] for _ in range(5)
    ]
    row("re-match after 5 % declines, the rest accepted, median of 5", 5000, median(spent))
    spent = [timed(lambda: rematch(people, proposals, declined=declined))[1] for _ in range(5)]
    row("the same, the rest open and kept", 5000, median(spent))
    _again_from_nothing("world", people, proposals, declined, result)
    ids = [p.id for p in people.programs]
    rng = random.Random(1)
    pairs = [rng.sample(ids, 2) for _ in range(200)]
    _, asking = timed(lambda: [explain(people, proposals, a, b, prices=result.prices) for a, b in pairs])
    row("why not, one pair, mean of 200", 5000, asking / len(pairs))
    people = population(5000, 1, skew="convener")
    people = replace(people, round=replace(people.round, longest_cycle=2))
    result = solve(people, seconds=300)
    proposals = [Agreed(shape=m.shape, programs=m.programs) for m in result.matches]
    declined = [frozenset(p.programs) for p in proposals[::20]]
    _again_from_nothing("convener", people, proposals, declined, result)


def _again_from_nothing(skew, people, proposals, declined, result):  # type: ignore[no-untyped-def]
    """Nothing kept, all tiers: found anew, and from the earlier answer."""
    found = []
    for after, how in ((None, "found anew"), (result, "from the earlier answer")):
        again, spent = timed(
            lambda: rematch(people, proposals, declined=declined, keep_open=False, seconds=300, after=after)  # noqa: B023
        )
        found.append([(t.value, t.bound) for t in again.result.tiers if t.name != "blocking"])
        row(
            f"re-match after 5 % declines, {skew}, nothing kept, all tiers, {how}",
            len(people.programs),
            spent,
        )
    row("equal in every tier", "", found[0] == found[1])


_MENTOR_MATCH = """
import json, sys, time
from matching import process
from matching.mentor import Mentor
from matching.mentee import Mentee
import matching.rules.rule as rl
weight = json.load(sys.stdin)
half = len(weight)
class Gain(rl.Rule):
    def __init__(self): pass
    def evaluate(self, match): return True
    def apply(self, match):
        w = weight[int(match.mentor.email)][int(match.mentee.email)]
        if not w: match.disallowed = True
        return w
def made(kind): return [kind(grade=1, email=str(k)) for k in range(half)]
mentors, mentees = made(Mentor), made(Mentee)
start = time.process_time()
class Rules(list): pass
process.process_data(mentors, mentees, [[Gain()]])
spent = time.process_time() - start
pairs = [(int(m.email), int(x.email)) for m in mentors for x in m.mentees]
print(json.dumps([2 * len(pairs), sum(weight[a][b] for a, b in pairs), spent]))
"""


def mentor_match(python: str) -> None:
    """Half the programs as mentors, half as mentees, which is all it can do; and then without that split."""
    table("programs", "who", "people", "value", "s")
    for n in (100, 200):
        weight = pair_weights(compile_pool(population(n, 1)))
        half = n // 2
        split = weight.copy()
        split[:half, :half] = split[half:, half:] = 0
        asked = json.dumps(weight[:half, half:].tolist())
        done = subprocess.run(
            [python, "-c", _MENTOR_MATCH], input=asked, capture_output=True, text=True, check=False
        )
        if done.returncode:
            row(n, "mentor-match", "failed", done.stderr.strip().splitlines()[-1], "")
        else:
            row(n, "mentor-match, two halves", *json.loads(done.stdout))
        none = np.empty(0, np.int64)
        for name, allowed in (("citevents, two halves", split), ("citevents", weight)):
            problem = AllPairs(n, allowed, np.zeros(n, np.int64), Graph(n, none, none, none))
            found, spent = timed(lambda: match_all(problem))  # noqa: B023
            row(n, name, 2 * len(found.pairs()), sum(int(allowed[p]) for p in found.pairs()), spent)


SECTIONS = {
    "graphs": graphs,
    "networkx": networkx,
    "all_pairs": all_pairs,
    "greedy": greedy,
    "tiers": tiers,
    "cycles": cycles,
    "meetups": meetups,
    "again": again,
}


def main() -> None:
    arguments = sys.argv[1:]
    python = None
    if "--mentor-match" in arguments:
        at = arguments.index("--mentor-match")
        python = arguments[at + 1]
        del arguments[at : at + 2]
    if arguments[:1] == ["--here"]:
        SECTIONS[arguments[1]]()
        print(f"\npeak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB")
        return
    for name in arguments or SECTIONS:
        print(f"\n### {name}\n", flush=True)
        subprocess.run([sys.executable, __file__, "--here", name], check=True)
    if python:
        print("\n### mentor-match\n", flush=True)
        mentor_match(python)


if __name__ == "__main__":
    main()
