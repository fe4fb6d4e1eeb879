"""An answer as it stands: who is served, what it is worth, who would rather have somebody else."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from citevents.matching.solver.capacities import Kept, Seats, seating
from citevents.matching.solver.groups import Group
from citevents.matching.solver.pool import Pool
from citevents.matching.solver.reasons import gain_of, worth
from citevents.matching.solver.scoring import Weights, best_shape
from citevents.matching.solver.stability import (
    WISH,
    Pair,
    Preferences,
    Values,
    blocking_seats,
    current_values,
    swap_for_all,
)
from citevents.matching.solver.wishing import wished_pairs


@dataclass(slots=True)
class Standing:
    """The instance of one solving, and the groups chosen so far beside the kept matches."""

    pool: Pool
    kept: Sequence[Kept]
    seats: Seats
    weight: Weights  # between seats
    preferences: Preferences
    groups: list[Group] = field(default_factory=list)
    shapes: dict[Pair, Group] = field(default_factory=dict)  # of seat pairs, once found

    def seat(self, mate: Sequence[int], larger: Sequence[Group] = ()) -> None:
        """Make matched seats the groups, each pair in its best shape, beside these larger ones."""
        owner, own = self.seats.owner.tolist(), self.seats.own
        self.groups = list(larger)
        for s, t in enumerate(mate):
            if s < t:
                if (s, t) not in self.shapes:
                    self.shapes[s, t] = best_shape(self.pool, owner[s], owner[t], host_only=not own[t])
                self.groups.append(self.shapes[s, t])

    def larger(self) -> list[Group]:
        return [group for group in self.groups if len(group[1]) > 2]

    def kept_programs(self) -> list[int]:
        return sorted({i for _, members, _ in self.kept for i in members})

    def served(self) -> set[int]:
        return {i for _, members in self.groups for i in members} | set(self.kept_programs())

    def alone(self) -> list[int]:
        """Programs whose own seat is free."""
        served = self.served()
        return [i for i in self.seats.owner[self.seats.own].tolist() if i not in served]

    def kept_part(self) -> dict[str, int]:
        """What the kept matches bring to the tiers that add up."""
        return {
            "score": sum(worth(self.pool, shape, members) for shape, members, _ in self.kept),
            "wishes": self._come_true(members for _, members, _ in self.kept),
        }

    def score(self) -> int:
        return sum(worth(self.pool, *group) for group in self.groups)

    def wishes(self) -> int:
        """Wish points that come true."""
        return self._come_true(members for _, members in self.groups)

    def _come_true(self, groups: Iterable[tuple[int, ...]]) -> int:
        wished = wished_pairs(self.pool)
        return sum(wished.get((i, j), 0) for members in groups for i in members for j in members if i != j)

    def most_wishes(self) -> int:
        """Wish points between free programs: what could come true if all did."""
        free = set(self.seats.owner.tolist())
        return sum(points for (i, j), points in wished_pairs(self.pool).items() if {i, j} <= free)

    def opinions(self) -> tuple[list[int], Values, list[Pair]]:
        """Where everybody sits, what that is worth to them, and the blocking pairs of seats."""
        mate, have = self._values()
        return mate, have, blocking_seats(self.preferences, have, self.pool.round.step)

    def swap(self) -> None:
        """Let pairs swap partners where everybody gains."""
        mate, have = self._values()
        if swap_for_all(self.preferences, mate, have):
            self.seat(mate, self.larger())

    def _values(self) -> tuple[list[int], Values]:
        mate, larger = seating(self.seats, self.groups)
        group_of = {i: group for group in self.larger() for i in group[1]}
        wished = wished_pairs(self.pool)
        fixed = {}
        for s in larger:
            i = int(self.seats.owner[s])
            shape, members = group_of[i]
            points = max(wished.get((i, j), 0) for j in members if j != i)
            fixed[s] = gain_of(self.pool, shape, i, members) + WISH * points
        return mate, current_values(self.preferences, mate, fixed)

    def seat_wishes(self) -> dict[Pair, int]:
        """Wish points per pair of seats, both ways."""
        points: dict[Pair, int] = {}
        for s, wished in self.preferences.wishes.items():
            for t, more in wished:
                pair = (min(s, t), max(s, t))
                points[pair] = points.get(pair, 0) + more
        return points
