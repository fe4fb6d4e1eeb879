"""Exclusions: never matched, and never to be inferred. The 100,000 rounds: `python -m tests.matching.solver.exclusions`."""

from collections import Counter

from citevents.matching.solver import explain, solve
from tests.matching.solver.exclusions import case, leaks, seen


def test_who_is_excluded_sees_what_any_other_incompatibility_shows() -> None:
    for seed in range(700):
        assert list(leaks(case(seed))) == [], seed


def test_the_comparison_would_notice_a_difference() -> None:
    """Without the exclusion the other side mostly sees something else, so equal bytes mean something."""
    different = 0
    for seed in range(60):
        found = case(seed)
        first = seen(found.excluded, solve(found.excluded), found.other)
        different += first != seen(found.free, solve(found.free), found.other)
    assert different > 30


def test_every_rule_is_met_alone() -> None:
    """The pair is possible but for the one rule, and that rule keeps it apart: for every rule many times."""
    met: Counter[str] = Counter()
    for seed in range(400):
        found = case(seed)
        pair = found.excluder, found.other
        if explain(found.free, (), *pair).kind == "possible":
            assert [r.code for r in explain(found.apart, (), *pair).reasons] == [f"rule_{found.rule}"], seed
            met[found.rule] += 1
    assert min(met[rule] for rule in ("declined", "previous_partner", "language", "weeks")) > 20
    assert min(met[rule] for rule in ("visa", "budget", "capacity")) > 10
