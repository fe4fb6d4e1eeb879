"""One exposed node at a time, made right: Edmonds' primal-dual search with a single alternating tree.

Started from feasible prices and a matching on tight edges (see `cover.py`), it grows a tree from one
exposed node whose price is not 0. All prices move with one clock `now`: outer nodes fall by one half unit
per tick, inner nodes rise, outer blossoms gain two, inner ones lose two. Prices are stored as of tick
0, so nothing is updated as the clock runs (Galil, Micali & Gabow 1986): for an outer node `y` holds
price + now, for an inner one price - now. Then

    an edge from outer v to free x is tight at      y[v] + y[x] - w2,
    between two outer nodes at half of that, and to an inner node it keeps that slack for ever.

Within one tree all prices have the same parity, so halves are whole. Four things can happen, earliest
first: an outer node reaches price 0 and may stay alone; a free node joins (or, exposed, ends the search);
two outer nodes meet and close a blossom; an inner blossom is used up and opens. Plain Python integers:
nothing overflows.
"""

from collections.abc import Callable, Sequence
from heapq import heappop, heappush

from citevents.matching.solver.graphs.blossoms import Blossoms

Row = Sequence[tuple[int, int]]  # (neighbour, twice the weight)
_FREE, _OUTER, _INNER = 0, 1, 2
_GROW, _SHRINK, _OPEN = 0, 1, 2
_NEVER = 1 << 200


class Search:
    """The state that outlives one search: prices `y` (half units), blossoms, matching."""

    def __init__(self, n: int, mate: list[int], y: list[int], row: Callable[[int], Row]) -> None:
        self.blossoms = Blossoms(n, mate)
        self.mate = mate
        self.y = y
        self.row = row
        self.mark = [_FREE] * n
        self.best = [_NEVER] * n  # free x: tick at which its best edge gets tight; inner x: that slack
        self.best_from = [-1] * n
        self.count = 0

    def from_root(self, root: int, patience: int) -> bool:
        """Make `root` matched, or let the cheapest node of its tree be the one who stays alone.

        False if the tree outgrew `patience` nodes: the search ends early, with feasible prices that are as
        far as it came, and root still exposed.
        """
        self.count += 1
        self.label: dict[int, int] = {}  # top blossom -> _OUTER or _INNER
        self.link: dict[int, tuple[int, int]] = {}  # inner top -> (outer node, inner node) that reached it
        self.since: dict[int, int] = {}  # top blossom -> tick of its label
        self.heap: list[tuple[int, int, int, int]] = []
        self.reached: list[int] = []
        self.touched: list[int] = []
        self.now = 0
        self.zero_at, self.zero_node = _NEVER, -1
        top, group = self.blossoms.top, self.blossoms.group
        self._scan(self._outer(top[group[root]]))
        heap, touched = self.heap, self.touched
        while heap and heap[0][0] < self.zero_at:
            if len(touched) > patience:
                self._settle()
                return False
            tick, kind, a, b = heappop(heap)
            if kind == _GROW:
                if self.mark[a] == _FREE and self.best[a] == tick:
                    self.now = tick
                    if self._grow(self.best_from[a], a):
                        break
            elif kind == _SHRINK:
                if group[a] != group[b]:
                    self.now = tick
                    self._shrink(a, b)
            elif self.label.get(a) == _INNER and self.since[a] == b:
                self.now = tick
                self._open(a)
        else:
            self.now = self.zero_at
            self._flip(self.zero_node, -1)
        self._settle()
        return True

    # -- labels ---------------------------------------------------------------------------------------

    def _outer(self, b: int) -> list[int]:
        """Label top blossom b outer; its nodes, to be scanned."""
        self.label[b], self.since[b] = _OUTER, self.now
        leaves = self.blossoms.leaves(b)
        self._now_outer(leaves)
        return leaves

    def _now_outer(self, leaves: list[int]) -> None:
        y, mark, now = self.y, self.mark, self.now
        for v in leaves:
            if mark[v] == _INNER:
                y[v] += 2 * now
            else:
                y[v] += now
                self.touched.append(v)
            mark[v] = _OUTER
            if y[v] < self.zero_at:
                self.zero_at, self.zero_node = y[v], v

    def _scan(self, leaves: list[int]) -> None:
        y, mark, group, best, heap = self.y, self.mark, self.blossoms.group, self.best, self.heap
        limit = self.zero_at
        for v in leaves:
            yv, gv = y[v], group[v]
            for x, w2 in self.row(v):
                at = yv + y[x] - w2
                if mark[x] == _OUTER:
                    if group[x] != gv and at >> 1 < limit:
                        heappush(heap, (at >> 1, _SHRINK, v, x))
                elif at < best[x]:
                    if best[x] == _NEVER:
                        self.reached.append(x)
                    best[x] = at
                    self.best_from[x] = v
                    if mark[x] == _FREE and at < limit:
                        heappush(heap, (at, _GROW, x, -1))

    # -- the events -----------------------------------------------------------------------------------

    def _grow(self, v: int, x: int) -> bool:
        """Free x joins the tree by the edge from outer v; True if that ended the search."""
        blossoms, now = self.blossoms, self.now
        b = blossoms.top[blossoms.group[x]]
        partner = self.mate[blossoms.base[b]]
        if partner < 0:
            self._flip(v, x)
            blossoms.rebase(b, x)
            self.mate[x] = v
            return True
        self.label[b], self.link[b], self.since[b] = _INNER, (v, x), now
        for u in blossoms.leaves(b):
            self.y[u] -= now
            self.mark[u] = _INNER
            self.touched.append(u)
            if self.best[u] != _NEVER:
                self.best[u] -= now
        if b >= blossoms.n:
            heappush(self.heap, (now + blossoms.z[b] // 2, _OPEN, b, now))
        self._scan(self._outer(blossoms.top[blossoms.group[partner]]))
        return False

    def _shrink(self, v: int, x: int) -> None:
        """The tight edge v-x closes an odd cycle of the tree: make it a blossom."""
        blossoms, now = self.blossoms, self.now
        parts, links = self._cycle(v, x)
        risen: list[int] = []
        for part in parts:
            inner = self.label.pop(part) == _INNER
            if part >= blossoms.n:
                moved = 2 * (now - self.since[part])
                blossoms.z[part] += -moved if inner else moved
            if inner:
                risen += blossoms.leaves(part)
        b = blossoms.shrink(parts, links)
        self.label[b], self.since[b] = _OUTER, now
        self._now_outer(risen)
        self._scan(risen)

    def _cycle(self, v: int, x: int) -> tuple[list[int], list[tuple[int, int]]]:
        """Parts and links of the cycle closed by v-x, from the parts' common ancestor on."""
        blossoms = self.blossoms
        ways: list[list[int]] = []
        steps: list[list[tuple[int, int]]] = []
        heads = [blossoms.top[blossoms.group[u]] for u in (v, x)]
        for head in heads:
            ways.append([head])
            steps.append([])
        seen = {heads[0]: 0, heads[1]: 1}
        side, alive = 0, [True, True]
        while True:
            if alive[side]:
                climbed = self._climb(ways[side][-1])
                if climbed is None:
                    alive[side] = False
                else:
                    inner, outer, two_links = climbed
                    ways[side] += [inner, outer]
                    steps[side] += two_links
                    if outer in seen and seen[outer] != side:
                        meeting = outer
                        break
                    seen[outer] = side
            side = 1 - side
        for s in (0, 1):
            at = ways[s].index(meeting)
            ways[s], steps[s] = ways[s][: at + 1], steps[s][:at]
        parts = ways[0][::-1] + ways[1][:-1]
        links = [(q, p) for p, q in reversed(steps[0])] + [(v, x)] + steps[1]
        return parts, links

    def _climb(self, b: int) -> tuple[int, int, list[tuple[int, int]]] | None:
        """From outer b towards the root: the inner and outer blossoms above and the links up."""
        blossoms = self.blossoms
        foot = blossoms.base[b]
        partner = self.mate[foot]
        if partner < 0:
            return None
        inner = blossoms.top[blossoms.group[partner]]
        u, w = self.link[inner]
        return inner, blossoms.top[blossoms.group[u]], [(foot, partner), (w, u)]

    def _open(self, b: int) -> None:
        """Inner blossom b has price 0: its parts on the even way from entry to base stay in the tree."""
        blossoms, now = self.blossoms, self.now
        v, x = self.link.pop(b)
        j = blossoms.part_with(b, x)
        links = blossoms.links[b]
        k = len(links)
        del self.label[b]
        blossoms.z[b] = 0
        parts = blossoms.dissolve(b)
        outer: list[int] = []
        way = list(range(j, -1, -1)) if j % 2 == 0 else [*range(j, k), 0]
        self._inner_again(parts[j], (v, x))
        for at in range(1, len(way), 2):
            outer.append(parts[way[at]])
            p, q = links[way[at + 1]] if j % 2 == 0 else links[way[at]]
            self._inner_again(parts[way[at + 1]], (q, p) if j % 2 == 0 else (p, q))
        for at in set(range(k)) - set(way):
            self._free(parts[at])
        scan: list[int] = []
        for part in outer:
            self.label[part], self.since[part] = _OUTER, now
            leaves = blossoms.leaves(part)
            self._now_outer(leaves)
            scan += leaves
        self._scan(scan)

    def _inner_again(self, b: int, link: tuple[int, int]) -> None:
        self.label[b], self.link[b], self.since[b] = _INNER, link, self.now
        if b >= self.blossoms.n:
            heappush(self.heap, (self.now + self.blossoms.z[b] // 2, _OPEN, b, self.now))

    def _free(self, b: int) -> None:
        for u in self.blossoms.leaves(b):
            self.y[u] += self.now
            self.mark[u] = _FREE
            if self.best[u] != _NEVER:
                self.best[u] += self.now
                heappush(self.heap, (self.best[u], _GROW, u, -1))

    # -- the end --------------------------------------------------------------------------------------

    def _flip(self, v: int, partner: int) -> None:
        """Swap matched and unmatched on the tree path from outer v to the root; v gets `partner`."""
        blossoms, mate = self.blossoms, self.mate
        while True:
            b = blossoms.top[blossoms.group[v]]
            foot = blossoms.base[b]
            above = mate[foot]
            blossoms.rebase(b, v)
            mate[v] = partner
            if above < 0:
                return
            inner = blossoms.top[blossoms.group[above]]
            u, w = self.link[inner]
            blossoms.rebase(inner, w)
            mate[w] = u
            v, partner = u, w

    def _settle(self) -> None:
        """Write the prices as of now and forget the tree."""
        now, y, mark, z = self.now, self.y, self.mark, self.blossoms.z
        for v in self.touched:
            if mark[v] == _OUTER:
                y[v] -= now
            elif mark[v] == _INNER:
                y[v] += now
            mark[v] = _FREE
        for x in self.reached:
            self.best[x] = _NEVER
        for b, label in self.label.items():
            if b >= self.blossoms.n:
                moved = 2 * (now - self.since[b])
                z[b] += moved if label == _OUTER else -moved
        self.blossoms.dissolve_unpriced(self.label)
