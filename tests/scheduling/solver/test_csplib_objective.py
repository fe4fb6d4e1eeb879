"""The objective and the search's running cost equal the slow reference, term by term."""

import random

import pytest

from citevents.scheduling.solver.csplib import Place, score
from citevents.scheduling.solver.csplib.landscape import ConferenceLandscape
from citevents.scheduling.solver.csplib.tables import (
    COUNT,
    OVERFULL,
    TRUE,
    best_solution,
)
from citevents.scheduling.solver.csplib.tracks import remember
from citevents.scheduling.solver.memory import table

from .conferences import conference_of, places
from .reference import counts, random_conference, random_solution, valid


@pytest.mark.parametrize("seed", range(60))
def test_every_term_of_random_agendas_equals_the_reference(seed):
    c = random_conference(seed)
    conference, draw = conference_of(c), random.Random(seed)
    for _ in range(50):
        solution = random_solution(c, draw)
        found = score(conference, places(solution))
        assert (found.violations == ()) == valid(c, solution)
        if found.violations:
            # Terms of cells that several tracks share mean nothing; the rest of the agenda need not be valid.
            owners = {}
            if any(
                owners.setdefault((s, r), c["track"][i]) != c["track"][i]
                for i, (s, r, _) in enumerate(solution)
            ):
                continue
        assert found.counts == counts(c, solution)


@pytest.mark.parametrize("resort", [True, False])
@pytest.mark.parametrize("seed", range(25))
def test_the_running_cost_stays_equal_to_a_full_count_through_accepted_and_refused_moves(seed, resort):
    c = random_conference(seed, submissions=4 + seed, tracks=2 + seed % 4, sessions=4, rooms=3)
    conference = conference_of(c)
    landscape = ConferenceLandscape(conference, seed, resort)
    landscape.scatter(seed)
    for temperature in (1000.0, 30.0, 3.0, 0.3) * 5:
        landscape.walk(37, temperature, 5)
        m = landscape.m
        remember(m)
        solution = best_solution(m)
        found = score(conference, solution)
        assert found.objective == m[TRUE]
        overfull = sum(
            max(
                0,
                sum(c["length"][i] for i, p in enumerate(solution) if (p.session, p.room) == (s, r)) - slots,
            )
            for s, slots in enumerate(c["slots"])
            for r in range(c["rooms"])
        )
        assert overfull == m[OVERFULL]
        assert (overfull == 0) == (not found.violations)
        assert sum(table(m, COUNT, len(c["slots"]) * c["rooms"])) == len(solution)


def test_the_best_is_kept_across_a_fresh_start():
    conference = conference_of(random_conference(3))
    landscape = ConferenceLandscape(conference, 1)
    landscape.scatter(1)
    landscape.walk(5000, 1.0, 100)
    best = landscape.best
    for seed in range(2, 12):
        landscape.scatter(seed)
        assert landscape.best <= best
        best = landscape.best
        assert score(conference, landscape.answer()).objective == best
    landscape.reheat()
    assert landscape.m[TRUE] == best


def test_each_hard_rule_is_named():
    c = random_conference(1, submissions=3, tracks=2)
    c.update(track=[0, 1, 1], length=[1, 1, 2], slots=[2, 2, 2])
    conference = conference_of(c)
    agenda = (Place(0, 0, 1), Place(0, 0, 1), Place(1, 0, 2))
    assert [str(violation) for violation in score(conference, agenda).violations] == [
        "d0, r0 has submissions of several tracks: t0, t1",
        "d0, r0, time slot 1 is used by s0 and s1",
        "s2 needs time slots 2 to 3 of d1, which has 2",
    ]


def test_a_sorted_track_has_every_attainable_order_whatever_numbers_are_missing():
    c = random_conference(1, submissions=5, tracks=1, sessions=3, rooms=2)
    c.update(track=[0] * 5, length=[1] * 5, order=[1, 3, 4, 5, 9], slots=[3, 3, 3])
    landscape = ConferenceLandscape(conference_of(c), 1)
    for seed in range(5):
        landscape.scatter(seed)
        landscape.walk(200, 50.0, 5)
        remember(landscape.m)
        # Nobody wants position 2 and nobody can have position 9: one of five is misplaced.
        assert score(conference_of(c), best_solution(landscape.m)).counts["order"] == 1
