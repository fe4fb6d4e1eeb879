"""Ranked wishes as points: the first five wishes of a request bring 5, 4, 3, 2 and 1."""

from citevents.matching.solver.pool import Pool

MOST_WISHES = 5


def wish_points(rank: int) -> int:
    """Points of a wish by its rank, counted from 0."""
    return max(0, MOST_WISHES - rank)


def wished_pairs(pool: Pool) -> dict[tuple[int, int], int]:
    """(who wishes, for whom) -> points; unknown programs and oneself are left out."""
    found = {}
    for i, request in enumerate(pool.requests):
        for rank, other in enumerate(request.wishes):
            j = pool.index.get(other)
            if j is not None and j != i and wish_points(rank) and (i, j) not in found:
                found[i, j] = wish_points(rank)
    return found
