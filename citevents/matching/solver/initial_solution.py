"""Where a solving starts from when the same requests were solved before and only more pairs have been declined since.

Nothing but pairs goes away, so what was compiled still holds and the prices still cover every pair that is left:
only the declined pairs have to be replaced, not everything found anew.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from citevents.matching.solver.answer import Match
from citevents.matching.solver.capacities import Kept, Seats
from citevents.matching.solver.pool import Pool, declined_pairs
from citevents.matching.solver.problem import Population
from citevents.matching.solver.scoring import Weights
from citevents.matching.solver.stability import Pair, Preferences
from citevents.matching.solver.tiers import PairTiers


@dataclass(frozen=True, slots=True)
class Start:
    """What a solved round leaves behind; in memory only."""

    population: Population
    pool: Pool
    kept: Sequence[Kept]
    seats: Seats
    weight: Weights
    preferences: Preferences
    tiers: PairTiers | None  # None: not solved over pairs
    matches: Sequence[Match]  # that were made, not kept

    def leads_to(self, population: Population) -> bool:
        """Whether that is the same round with the same requests, and at least as many pairs declined."""
        earlier, now = self.population, population
        return (
            replace(now.round, declined=earlier.round.declined) == earlier.round
            and earlier.round.declined <= now.round.declined
            and earlier.programs == now.programs
            and earlier.requests == now.requests
        )

    def pool_of(self, population: Population) -> Pool:
        """The pool of a population that this leads to."""
        never = {**self.pool.never, "declined": declined_pairs(population.round, self.pool.index)}
        return replace(self.pool, round=population.round, never=never)

    def gone(self, population: Population) -> list[Pair]:
        """Pairs of seats (s < t) that were possible and are declined now."""
        found = []
        for pair in population.round.declined - self.population.round.declined:
            i, j = (self.pool.index.get(p, -1) for p in pair) if len(pair) == 2 else (-1, -1)
            if min(i, j) >= 0:
                for s in np.flatnonzero(self.seats.owner == i).tolist():
                    for t in np.flatnonzero(self.seats.owner == j).tolist():
                        if self.weight[s, t]:
                            found.append((min(s, t), max(s, t)))
        return sorted(found)

    def weight_without(self, gone: Sequence[Pair]) -> Weights:
        """Weights between seats where these pairs are impossible."""
        weight = self.weight.copy()
        for s, t in gone:
            weight[s, t] = weight[t, s] = 0
        return weight
