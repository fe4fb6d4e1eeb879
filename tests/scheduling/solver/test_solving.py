"""Drafting: optimal on tiny problems, repeatable, honest bounds, partial re-solves that leave the rest alone."""

import itertools
import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest

from citevents.scheduling.solver import Place, Room, Scope, Session, Wish, compare, evaluate, solve
from citevents.scheduling.solver.bounds import lower_bound
from citevents.scheduling.solver.drafting import PlacesLandscape
from citevents.scheduling.solver.rules import counted
from citevents.scheduling.solver.tables import split

from .problems import problem, random_problem
from .test_commands import children_of


def wished(seed, sessions=4):
    """A tiny problem with favourites of random people."""
    base = random_problem(seed, sessions=sessions, rooms=2)
    return replace(
        base, slots=base.slots[:3], sessions=tuple(free(one) for one in base.sessions), published=None
    )


def free(session):
    return replace(session, pinned_slot=None, pinned_room=None, minutes=30, needs=frozenset())


def brute_force(problem):
    cells = [Place(s, r) for s in range(len(problem.slots)) for r in range(len(problem.rooms))]
    counts = counted(problem)
    found = (
        evaluate(problem, agenda, counts) for agenda in itertools.product(cells, repeat=len(problem.sessions))
    )
    return min((one.blocked, one.cost) for one in found)


def searched(problem, seed=1):
    landscape = PlacesLandscape(problem, seed)
    for start in range(3):
        landscape.scatter(seed + start)
        for share in (1.0, 0.3, 0.1, 0.03):
            landscape.walk(2000, landscape.hottest * share, landscape.price * 4)
    return split(landscape.best)


@pytest.mark.parametrize("seed", range(8))
def test_the_search_reaches_the_brute_force_optimum_and_the_bound_stays_below(seed):
    tiny = wished(seed)
    true = brute_force(tiny)
    assert searched(tiny) == true
    if true[0] == 0:
        assert lower_bound(tiny, counted(tiny), lambda: True) <= true[1]


@pytest.mark.parametrize("seed", range(5))
def test_the_bound_is_never_above_any_agenda(seed):
    larger = wished(50 + seed, sessions=14)
    larger = replace(larger, slots=random_problem(seed).slots, rooms=(*larger.rooms, Room("more", 30)))
    larger = replace(larger, walking=tuple((0,) * 3 for _ in range(3)))
    bound = lower_bound(larger, counted(larger), lambda: True)
    blocked, cost = searched(larger)
    assert blocked > 0 or bound <= cost


def test_names_sequence_and_an_unused_room_change_nothing():
    tiny = wished(3)
    plain = searched(tiny)
    renamed = replace(tiny, sessions=tuple(replace(one, id=f"new {one.id}") for one in tiny.sessions))
    assert searched(renamed) == plain
    lost = Room("cellar", 0, closed=frozenset(range(len(tiny.slots))))
    wider = replace(tiny, rooms=(*tiny.rooms, lost), walking=tuple((0,) * 3 for _ in range(3)))
    assert searched(wider) == searched(replace(tiny, walking=((0, 0), (0, 0))))


def clashing():
    """Six sessions, four slots, two rooms: pairs that people want both."""
    wishes = tuple(Wish(nice=frozenset({i, i + 1}), people=5 + i) for i in range(5))
    return problem([Session(f"s{i}", 60) for i in range(6)], wishes=wishes)


def test_solving_reports_saves_and_stops_when_proven():
    seen, saved = [], []
    answer = solve(clashing(), seconds=120, progress=seen.append, save_best=saved.append)
    assert answer.evaluation.blocked == 0
    assert saved[-1] == answer.agenda
    assert seen[-1].best == answer.evaluation.cost
    assert [one.best for one in seen if one.best is not None] == sorted(
        (one.best for one in seen if one.best is not None), reverse=True
    )
    assert answer.progress.bound is None or answer.progress.bound <= answer.evaluation.cost


def test_a_stop_signal_ends_it_with_the_best_so_far():
    """It has ten hours: that it ends at all is because it was asked to."""
    seen = []
    answer = solve(random_problem(4), seconds=36_000, progress=seen.append, stop=lambda: bool(seen))
    assert seen
    assert len(answer.agenda) == 9


def searches_of(pid):
    """Its searches only: the run of all tests has a database among its children, too."""
    return [
        child
        for child in children_of(pid)
        if b"citevents.scheduling.solver.searcher" in Path(f"/proc/{child}/cmdline").read_bytes()
    ]


@pytest.mark.parametrize("killed", [1, 2])
def test_what_a_killed_worker_has_found_is_kept_and_the_others_go_on(killed):
    seen = []

    def kill(progress):
        seen.append(progress)
        if len(seen) == 1:
            searches = searches_of(os.getpid())
            assert len(searches) == 2
            for pid in searches[:killed]:
                os.kill(pid, signal.SIGKILL)

    problem = random_problem(4)
    answer = solve(problem, seconds=120, workers=2, moves=2_000_000, progress=kill)
    assert seen
    assert all(place is not None for place in answer.agenda)
    assert answer.evaluation == evaluate(problem, answer.agenda)


def test_the_same_seed_and_moves_give_the_same_agenda():
    answers = [solve(random_problem(5), seconds=60, seed=3, moves=20_000) for _ in range(2)]
    assert answers[0].agenda == answers[1].agenda
    assert answers[0].evaluation == answers[1].evaluation


@pytest.mark.parametrize(
    ("scope", "allowed"),
    [
        (Scope(day=0), lambda before, after, day: day[before.slot] == 0 and day[after.slot] == 0),
        (Scope(times=False), lambda before, after, day: before.slot == after.slot),
        (Scope(rooms=False), lambda before, after, day: before.room == after.room),
    ],
)
def test_a_part_is_solved_and_the_rest_left_alone(scope, allowed):
    problem = replace(random_problem(6), published=None)
    start = tuple(Place(i % len(problem.slots), i % 3) for i in range(len(problem.sessions)))
    answer = solve(problem, seconds=30, moves=20_000, start=start, scope=scope)
    days = [slot.day for slot in problem.slots]
    comparison = compare(problem, start, answer.agenda)
    assert all(allowed(change.before, change.after, days) for change in comparison.changes)
    assert (comparison.blocked[1], comparison.cost[1]) <= (comparison.blocked[0], comparison.cost[0])


def test_only_the_selected_sessions_move():
    problem = replace(random_problem(6), published=None)
    start = tuple(Place(i % len(problem.slots), i % 3) for i in range(len(problem.sessions)))
    answer = solve(problem, seconds=30, moves=20_000, start=start, scope=Scope(sessions=frozenset({1, 4})))
    assert {change.session for change in compare(problem, start, answer.agenda).changes} <= {1, 4}


def test_comparing_names_the_terms_and_the_moves():
    two = problem(
        [Session("x", 60, track="law"), Session("y", 60, track="law")],
        wishes=(Wish(nice=frozenset({1}), people=4),),
    )
    comparison = compare(two, (Place(0, 0), Place(0, 1)), (Place(0, 0), Place(1, 0)))
    assert comparison.cost == (7, 0)
    assert comparison.rules == {"rooms_per_track": (2, 0), "track_parallel": (5, 0)}
    assert [(change.session, change.people, change.time_changes) for change in comparison.changes] == [
        (1, 4, True)
    ]


def test_time_that_ends_while_the_searches_start_still_gives_their_first_draft():
    answer = solve(random_problem(4), seconds=0.05)
    assert None not in answer.agenda
    assert answer.progress.elapsed > 0.05
