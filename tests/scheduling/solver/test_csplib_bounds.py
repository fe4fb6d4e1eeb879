"""Proven optima against brute force; bounds never above any solution; the same optimum however things are named."""

import itertools
import random
from dataclasses import replace

import pytest
from ortools.sat.python import cp_model

from citevents.scheduling.solver.csplib import score
from citevents.scheduling.solver.csplib.bounds import groupings, relax, track_floors
from citevents.scheduling.solver.csplib.landscape import ConferenceLandscape
from citevents.scheduling.solver.csplib.relaxation import Relaxation
from citevents.scheduling.solver.csplib.tables import TRUE, WHERE, best_solution
from citevents.scheduling.solver.csplib.tracks import remember
from citevents.scheduling.solver.memory import table

from .conferences import conference_of, places
from .reference import counts, random_conference, valid


def optimum(c):
    """By trying every agenda."""
    cells = [
        (s, r, a)
        for s, slots in enumerate(c["slots"])
        for r in range(c["rooms"])
        for a in range(1, slots + 1)
    ]
    return min(
        (
            sum(c["weights"][term] * count for term, count in counts(c, solution).items())
            for solution in itertools.product(cells, repeat=len(c["track"]))
            if valid(c, solution)
        ),
        default=None,
    )


def tiny(seed):
    c = random_conference(seed, submissions=4, tracks=2, sessions=2, rooms=2)
    c["slots"] = [2, 2]
    return c


def searched(conference, seed=1, moves=20_000):
    """The best of a short search, with all of its intermediate bests."""
    landscape, met = ConferenceLandscape(conference, seed, resort=False), []
    search(landscape, met, seed, moves)
    return met[-1], met


def solved(conference):
    landscape = ConferenceLandscape(conference, 1, resort=False)
    search(landscape, [], 1, 20_000)
    return landscape.answer()


def search(landscape, met, seed, moves):
    for start in range(3):
        landscape.scatter(seed + start)
        for temperature in (100.0, 20.0, 5.0, 1.0, 0.2):
            landscape.walk(moves // 5, temperature, 200)
            met.append(landscape.best)


@pytest.mark.parametrize("seed", range(12))
def test_search_and_bounds_meet_the_brute_force_optimum(seed):
    c = tiny(seed)
    conference, true = conference_of(c), optimum(c)
    if true is None:
        assert searched(conference)[0] is None
        return
    # Gaps inside a cell can pay for slot-level conflicts only; without those the search must reach the optimum.
    c["weights"].update({"presenters, time slots": 0, "attendees, time slots": 0})
    conference, true = conference_of(c), optimum(c)
    found, _ = searched(conference)
    assert found == true
    solution = solved(conference)
    for groups in groupings(conference):
        for known, best in ((None, None), (solution, found)):
            relaxed = relax(conference, known, best, seconds=20, seed=1, groups=groups, threads=1)
            assert 0 <= relaxed.bound <= true
            assert relaxed.solved
            # A relaxation leaves things out: what it sketches costs no more than the real optimum.
            assert relaxed.sketch.objective <= true


@pytest.mark.parametrize("seed", range(8))
def test_bounds_are_never_above_any_solution_met(seed):
    conference = conference_of(random_conference(100 + seed, submissions=14, tracks=4, sessions=4, rooms=3))
    found, met = searched(conference)
    if found is None:
        return
    for groups in groupings(conference):
        bound = relax(conference, None, None, seconds=3, seed=1, groups=groups).bound
        assert all(best is None or bound <= best for best in met)


@pytest.mark.parametrize("seed", range(8))
def test_every_sketch_becomes_an_agenda_of_its_own_sessions(seed):
    conference = conference_of(random_conference(300 + seed, submissions=14, tracks=4, sessions=4, rooms=3))
    for groups in groupings(conference):
        sketch = relax(conference, None, None, seconds=3, seed=1, groups=groups).sketch
        if sketch is None:
            continue
        landscape = ConferenceLandscape(conference, 1, resort=False)
        landscape.take_up(sketch, groups)
        m, rooms = landscape.m, len(conference.rooms)
        assert tuple(cell // rooms for cell in table(m, WHERE, 14)) == sketch.session
        remember(m)
        assert score(conference, best_solution(m)).objective == m[TRUE]


@pytest.mark.parametrize("seed", range(5))
def test_renaming_reordering_and_an_unused_room_leave_the_optimum(seed):
    c = random_conference(200 + seed, submissions=7, tracks=3, sessions=3, rooms=2)
    c["weights"].update({"presenters, time slots": 0, "attendees, time slots": 0, "order": 0})
    draw = random.Random(seed)
    plain, _ = searched(conference_of(c))
    order = draw.sample(range(7), 7)
    shuffled = dict(c)
    for key in ("track", "length", "order", "presenters", "attendees", "zones", "submissions_sessions"):
        shuffled[key] = [c[key][i] for i in order]
    shuffled["submissions_rooms"] = [c["submissions_rooms"][i] for i in order]
    assert searched(conference_of(shuffled), seed=2)[0] == plain
    wider = dict(c, rooms=3)
    for key, dear in (("tracks_rooms", 1000), ("sessions_rooms", 1000), ("submissions_rooms", 1000)):
        wider[key] = [[*row, dear] for row in c[key]]
    wider["weights"] = dict(c["weights"], sessions_rooms=max(1, c["weights"]["sessions_rooms"]))
    if c["weights"]["sessions_rooms"] and plain is not None and plain < 1000:
        assert searched(conference_of(wider), seed=3)[0] == plain


def test_a_solution_costs_what_its_terms_sum_to():
    c = random_conference(5)
    conference = conference_of(c)
    agenda = places([(0, 0, 1)] * len(c["track"]))
    found = score(conference, agenda)
    assert found.objective == sum(c["weights"][term] * count for term, count in found.counts.items())
    assert score(replace(conference, weights=dict.fromkeys(c["weights"], 0)), agenda).objective == 0


def met_on_the_way(conference, seed):
    """Valid agendas of all qualities, with their true cost."""
    landscape, met = ConferenceLandscape(conference, seed, resort=False), []
    landscape.scatter(seed)
    for temperature in (1000.0, 300.0, 100.0, 30.0, 10.0, 3.0, 1.0, 0.3) * 2:
        landscape.walk(40, temperature, 200)
        if not landscape.overfull:
            remember(landscape.m)
            solution = best_solution(landscape.m)
            met.append((solution, score(conference, solution).objective))
    return met


@pytest.mark.parametrize("seed", range(6))
def test_a_relaxation_admits_every_agenda_at_no_more_than_its_cost(seed):
    conference = conference_of(random_conference(400 + seed, submissions=14, tracks=4, sessions=4, rooms=3))
    floors = track_floors(conference, seconds=60)
    for solution, cost in met_on_the_way(conference, seed):
        for groups in groupings(conference):
            for known in ((), floors):
                relaxation = Relaxation(conference, groups, cost, known)
                fix(relaxation, solution)
                solver = cp_model.CpSolver()
                solver.parameters.num_workers = 1
                assert solver.solve(relaxation.model) == cp_model.OPTIMAL
                assert solver.objective_value <= cost


def fix(relaxation, solution):
    """Leave the model nothing but this agenda."""
    conference, model = relaxation.conference, relaxation.model
    owners = {(conference.submissions[i].track, p.session, p.room) for i, p in enumerate(solution)}
    for (t, s, g), cells in relaxation.cells.items():
        model.add(cells == sum((t, s, room) in owners for room in relaxation.groups[g]))
    for (i, s), inside in relaxation.inside.items():
        model.add(inside == (solution[i].session == s))


@pytest.mark.parametrize("seed", range(12))
def test_what_tracks_cost_at_least_alone_is_a_bound_for_all_together(seed):
    c = tiny(seed)
    conference, true = conference_of(c), optimum(c)
    told = []
    floors = track_floors(conference, seconds=60, report=told.append)
    assert sum(floors) == max(told, default=0)
    assert true is None or sum(floors) <= true
    for t in range(len(c["chairs"])):
        mine = [i for i, track in enumerate(c["track"]) if track == t]
        alone = dict(c, track=[0] * len(mine), chairs=[c["chairs"][t]], similar=[[0]], similar_rows=[0])
        alone.update(tracks_sessions=[c["tracks_sessions"][t]], tracks_rooms=[c["tracks_rooms"][t]])
        for key in ("length", "order", "presenters", "attendees", "zones"):
            alone[key] = [c[key][i] for i in mine]
        for key in ("submissions_sessions", "submissions_rooms"):
            alone[key] = [c[key][i] for i in mine]
        least = optimum(alone) if mine else 0
        assert least is None or floors[t] <= least


@pytest.mark.parametrize("seed", range(8))
def test_that_nothing_costs_so_little_is_a_bound_too(seed):
    c = tiny(seed)
    conference, true = conference_of(c), optimum(c)
    if true is None:
        return
    for groups in groupings(conference):
        least = relax(conference, None, None, seconds=20, seed=1, groups=groups, threads=1).sketch.objective
        for at_most in {0, max(0, least - 1), least, true}:
            asked = relax(
                conference, None, None, seconds=20, seed=1, groups=groups, threads=1, at_most=at_most
            )
            assert asked.bound <= true
            if at_most < least:
                assert (asked.bound, asked.sketch) == (at_most + 1, None)
            else:
                assert asked.sketch.objective == least
