"""Other people's algorithms, and brute force, to compare with; plus graphs of every nasty kind."""

import random
from functools import cache

import networkx
import numpy as np
import rustworkx

from citevents.matching.solver.graphs.graph import Graph, Matched

Edges = dict[tuple[int, int], int]


def graph_of(n: int, edges: Edges) -> Graph:
    keys = sorted(edges)
    return Graph(
        n,
        np.array([a for a, _ in keys], np.int64),
        np.array([b for _, b in keys], np.int64),
        np.array([edges[k] for k in keys], np.int64),
    )


def edges_of(graph: Graph) -> Edges:
    rows = zip(graph.a.tolist(), graph.b.tolist(), graph.weight.tolist(), strict=True)
    return {(a, b): w for a, b, w in rows}


def certified(graph: Graph, found: Matched) -> tuple[int, int]:
    """(pairs, weight), after checking every condition of the certificate."""
    edges, y = edges_of(graph), found.prices
    assert min(y, default=0) >= 0
    sets = [(set(s.nodes), s.price) for s in found.odd_sets]
    assert all(len(nodes) % 2 == 1 and price > 0 for nodes, price in sets)
    for (a, b), weight in edges.items():
        held = sum(price for nodes, price in sets if a in nodes and b in nodes)
        assert y[a] + y[b] + held >= 2 * (weight + found.reward)
    pairs = found.pairs()
    assert all(found.mate[j] == i and found.mate[i] == j for i, j in pairs)
    weight = sum(edges[pair] for pair in pairs)
    total = sum(y) + sum(price * (len(nodes) // 2) for nodes, price in sets)
    assert total == 2 * (weight + found.reward * len(pairs))
    return len(pairs), weight


def by_rustworkx(graph: Graph, coverage: bool) -> tuple[int, int]:
    other = rustworkx.PyGraph()
    other.add_nodes_from(range(graph.n))
    other.add_edges_from([(a, b, w) for (a, b), w in edges_of(graph).items()])
    pairs = rustworkx.max_weight_matching(other, max_cardinality=coverage, weight_fn=int)
    return len(pairs), sum(other.get_edge_data(*pair) for pair in pairs)


def by_networkx(graph: Graph, coverage: bool) -> tuple[int, int]:
    other = networkx.Graph()
    other.add_weighted_edges_from((a, b, w) for (a, b), w in edges_of(graph).items())
    pairs = networkx.max_weight_matching(other, maxcardinality=coverage)
    return len(pairs), sum(other.edges[pair]["weight"] for pair in pairs)


def by_brute_force(graph: Graph, coverage: bool) -> tuple[int, int]:
    edges = edges_of(graph)

    @cache
    def best(free: frozenset[int]) -> tuple[int, int]:
        if not free:
            return 0, 0
        v = min(free)
        found = [best(free - {v})]
        for u in free - {v}:
            weight = edges.get((v, u))
            if weight is not None:
                pairs, total = best(free - {u, v})
                found.append((pairs + 1, total + weight))
        return max(found) if coverage else max(found, key=lambda x: x[1])

    return best(frozenset(range(graph.n)))


def random_graph(rng: random.Random, most: int) -> Graph:
    n = rng.randint(1, most)
    density = rng.choice((0.1, 0.2, 0.4, 0.9))
    heaviest = rng.choice((1, 2, 5, 100, 10**6))
    pairs = ((a, b) for a in range(n) for b in range(a + 1, n) if rng.random() < density)
    return graph_of(n, {pair: rng.randint(1, heaviest) for pair in pairs})


def odd_cliques(n: int, size: int, rng: random.Random) -> Graph:
    edges: Edges = {}
    for start in range(0, n, size):
        members = range(start, min(n, start + size))
        edges |= {(a, b): rng.randint(1, 1000) for a in members for b in members if a < b}
    for _ in range(n // 10):
        a, b = sorted(rng.sample(range(n), 2))
        edges[a, b] = rng.randint(1, 1000)
    return graph_of(n, edges)


def geometric(n: int, degree: float, seed: int) -> Graph:
    points = np.random.default_rng(seed).random((n, 2))
    radius = (degree / n / np.pi) ** 0.5
    apart = np.hypot(*(points[:, None, :] - points[None, :, :]).transpose(2, 0, 1))
    a, b = np.nonzero(np.triu(apart < radius, 1))
    weight = (1000 * (1 - apart[a, b] / radius)).astype(np.int64) + 1
    return Graph(n, a, b, weight)


def path(n: int, equal: bool = False) -> Graph:
    return graph_of(n, {(k, k + 1): 1000 if equal else 1 + k * 7919 % 1000 for k in range(n - 1)})


def ring(n: int) -> Graph:
    return graph_of(n, {**{(k, k + 1): 1000 for k in range(n - 1)}, (0, n - 1): 1000})


def stars(n: int, size: int = 50) -> Graph:
    edges: Edges = {}
    for hub in range(0, n, size):
        edges |= {(hub, leaf): 1 + leaf * 31 % 1000 for leaf in range(hub + 1, min(n, hub + size))}
        if hub + size < n:
            edges[hub, hub + size] = 500
    return graph_of(n, edges)


def triangles(n: int, rng: random.Random) -> Graph:
    edges: Edges = {}
    for s in range(0, n - 2, 3):
        edges |= {pair: rng.randint(1, 1000) for pair in ((s, s + 1), (s, s + 2), (s + 1, s + 2))}
        if s + 3 < n:
            edges[s + 2, s + 3] = rng.randint(1, 1000)
    return graph_of(n, edges)


FAMILIES = {
    "cliques of 35": lambda n: odd_cliques(n, 35, random.Random(1)),
    "cliques of 5": lambda n: odd_cliques(n, 5, random.Random(1)),
    "geometric": lambda n: geometric(n, 36, 1),
    "sparse geometric": lambda n: geometric(n, 8, 1),
    "path": path,
    "odd path of ties": lambda n: path(n - 1 + n % 2, equal=True),
    "odd ring": lambda n: ring(n - 1 + n % 2),
    "stars": stars,
    "triangles": lambda n: triangles(n, random.Random(1)),
}


def arcs_of(n: int, count: int, seed: int) -> dict[tuple[int, int], int]:
    rng = random.Random(seed)
    heaviest = rng.choice((1, 3, 1000))
    found: dict[tuple[int, int], int] = {}
    while len(found) < count:
        a, b = rng.sample(range(n), 2)
        found[a, b] = rng.randint(1, heaviest)
        if rng.random() < 0.3:
            found[b, a] = rng.randint(1, heaviest)
    return found
