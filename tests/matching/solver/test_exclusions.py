"""Exclusions: never matched, and never to be inferred. The 100,000 rounds: `python -m tests.matching.solver.exclusions`."""

from citevents.matching.solver import solve
from tests.matching.solver.exclusions import case, leaks, seen


def test_who_is_excluded_sees_what_any_other_incompatibility_shows() -> None:
    for seed in range(600):
        assert list(leaks(case(seed), seed % 2)) == [], seed


def test_the_comparison_would_notice_a_difference() -> None:
    """Without the exclusion the other side mostly sees something else, so equal bytes mean something."""
    different = 0
    for seed in range(60):
        found = case(seed)
        free = found.apart[0]
        free = type(free)(programs=free.programs, requests=free.requests)
        first = seen(found.excluded, solve(found.excluded), found.other)
        different += first != seen(free, solve(free), found.other)
    assert different > 20
