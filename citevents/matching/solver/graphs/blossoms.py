"""Blossoms: the laminar family of odd sets that Edmonds' algorithm shrinks, and the matching inside them.

Edmonds (1965), "Paths, trees, and flowers"; the bookkeeping follows Galil (1986), "Efficient algorithms
for finding maximum matching in graphs". Two departures: which top blossom a node lies in is kept by
*groups*, relabelled smaller part first (so that one giant blossom costs n log n, not n squared), and
nothing recurses, because blossoms nest up to n/2 deep.

Ids: nodes are 0..n-1, blossoms n and up. A blossom's `parts` are its odd number of children in cyclic
order, the one with the base first; `links[k]` is the edge (p in part k, q in part k+1). Counted from the
base, links 1, 3, 5... are matched.
"""

from collections.abc import Iterable, Iterator


class Blossoms:
    def __init__(self, n: int, mate: list[int]) -> None:
        self.n = n
        self.mate = mate
        self.parent = [-1] * n
        self.base = list(range(n))
        self.size = [1] * n
        self.z = [0] * n  # half units; 0 for nodes
        self.parts: list[list[int]] = [[]] * n
        self.links: list[list[tuple[int, int]]] = [[]] * n
        self.group = list(range(n))  # of each node
        self.top = list(range(n))  # of each group: the outermost blossom

    def leaves(self, b: int) -> list[int]:
        if b < self.n:
            return [b]
        found, stack = [], [b]
        while stack:
            for part in self.parts[stack.pop()]:
                if part < self.n:
                    found.append(part)
                else:
                    stack.append(part)
        return found

    def priced(self) -> Iterator[tuple[tuple[int, ...], int]]:
        """(nodes, price) of every blossom that has a price, outermost first.

        The nodes of a top blossom are laid out once, so that those within it are slices: a thousand nested ones
        would otherwise be walked a thousand times.
        """
        for top in range(self.n, len(self.parent)):
            if self.parent[top] >= 0 or not self.parts[top]:
                continue
            order: list[int] = []
            begins: list[tuple[int, int]] = []
            stack = [top]
            while stack:
                b = stack.pop()
                if b < self.n:
                    order.append(b)
                    continue
                if self.z[b] > 0:
                    begins.append((b, len(order)))
                stack.extend(self.parts[b])
            laid = tuple(order)
            for b, at in begins:
                yield laid[at : at + self.size[b]], self.z[b]

    def spread(self, prices: list[int]) -> list[int]:
        """Prices that cover as much without the odd sets: half the price of each on each of its nodes."""
        half = [-(-z // 2) for z in self.z]
        for b in range(len(half) - 1, self.n - 1, -1):  # a blossom comes after its parts
            for part in self.parts[b]:
                half[part] += half[b]
        return [price + half[v] for v, price in enumerate(prices)]

    def shrink(self, parts: list[int], links: list[tuple[int, int]]) -> int:
        """Make one blossom of these top blossoms; its id."""
        b = len(self.parent)
        self.parent.append(-1)
        self.base.append(self.base[parts[0]])
        self.size.append(sum(self.size[p] for p in parts))
        self.z.append(0)
        self.parts.append(parts)
        self.links.append(links)
        largest = max(parts, key=self.size.__getitem__)
        group, kept = self.group, self.group[self.base[largest]]
        for part in parts:
            self.parent[part] = b
            if part != largest:
                for v in self.leaves(part):
                    group[v] = kept
        self.top[kept] = b
        return b

    def dissolve(self, b: int) -> list[int]:
        """Set the parts of top blossom b free as top blossoms of their own; returns them."""
        parts = self.parts[b]
        largest = max(parts, key=self.size.__getitem__)
        for part in parts:
            self.parent[part] = -1
            if part == largest:
                self.top[self.group[self.base[part]]] = part
            else:
                for v in self.leaves(part):
                    self.group[v] = len(self.top)
                self.top.append(part)
        self.parts[b], self.links[b] = [], []
        return parts

    def dissolve_unpriced(self, tops: Iterable[int]) -> None:
        """Dissolve top blossoms of price 0, and what appears below them."""
        stack = [b for b in tops if b >= self.n]
        while stack:
            b = stack.pop()
            if self.z[b] == 0 and self.parts[b]:
                stack.extend(part for part in self.dissolve(b) if part >= self.n)

    def part_with(self, b: int, v: int) -> int:
        """Index of the part of b that holds node v."""
        while self.parent[v] != b:
            v = self.parent[v]
        return self.parts[b].index(v)

    def rebase(self, b: int, v: int) -> None:
        """Turn the matching inside b so that v is its base (the node matched outside, or to nobody)."""
        tasks = [(b, v)]
        while tasks:
            b, v = tasks.pop()
            if b < self.n or self.base[b] == v:
                continue
            chain = []  # blossoms that hold v, innermost first, up to b
            at = self.parent[v]
            inner = v
            while True:
                chain.append((at, inner))
                if at == b:
                    break
                at, inner = self.parent[at], at
            for outer, part in chain:
                if self.base[outer] != v:
                    tasks.extend(self._turn(outer, part))
                    self.base[outer] = v

    def _turn(self, b: int, part: int) -> list[tuple[int, int]]:
        """Make `part` the first of b and swap matched with unmatched links on the even side."""
        parts, links = self.parts[b], self.links[b]
        j, k = parts.index(part), len(parts)
        if j == 0:
            return []
        # The even number of links between part j and the old base: every other one becomes matched.
        swap = range(j - 2, -1, -2) if j % 2 == 0 else range(j + 1, k, 2)
        tasks = []
        for at in swap:
            p, q = links[at]
            self.mate[p], self.mate[q] = q, p
            tasks.append((parts[at], p))
            tasks.append((parts[(at + 1) % k], q))
        self.parts[b] = parts[j:] + parts[:j]
        self.links[b] = links[j:] + links[:j]
        return tasks
