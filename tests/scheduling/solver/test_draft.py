"""Every move's difference is exact: through random sequences of changes, undone and redone."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from citevents.scheduling.solver import Draft, Place, Rule, Severity, evaluate
from citevents.scheduling.solver.assignment import TOTAL
from citevents.scheduling.solver.drafting import PlacesLandscape
from citevents.scheduling.solver.rules import CATALOGUE
from citevents.scheduling.solver.tables import agenda_of, split
from tests.examples import examples

from .problems import random_place, random_problem


def state(problem, agenda):
    found = evaluate(problem, agenda)
    return found.blocked, found.cost


@settings(max_examples=examples(60))
@given(st.integers(0, 10**6), st.data())
def test_the_draft_equals_a_full_evaluation_after_every_change_undo_and_redo(seed, data):
    problem = random_problem(seed % 40)
    draw = random.Random(seed)
    sessions, slots, rooms = len(problem.sessions), len(problem.slots), len(problem.rooms)
    draft = Draft(problem, tuple(random_place(draw, slots, rooms) for _ in range(sessions)))
    assert (draft.blocked, draft.cost) == state(problem, draft.now())
    steps = ["place", "remove", "swap", "room", "undo", "redo"]
    for step in data.draw(st.lists(st.sampled_from(steps), min_size=5, max_size=25)):
        before = (draft.blocked, draft.cost)
        a, b = draw.randrange(sessions), draw.randrange(sessions)
        if step == "place":
            place = Place(draw.randrange(slots), draw.randrange(rooms))
            foreseen = draft.difference(((a, place),))
            assert (draft.blocked, draft.cost) == before
            found = draft.place(a, place)
            assert found == foreseen
        elif step == "remove":
            found = draft.remove(a)
        elif step == "swap":
            found = draft.swap(a, b)
        elif step == "room" and draft.where(a) is not None:
            found = draft.change_room(a, draw.randrange(rooms))
        elif step == "undo":
            found = draft.undo()
        else:
            found = draft.redo()
        assert (draft.blocked, draft.cost) == state(problem, draft.now())
        assert (draft.blocked - before[0], draft.cost - before[1]) == (found.blocked, found.cost)


def test_undoing_everything_leads_back_and_redoing_leads_forth():
    problem = random_problem(7)
    draft = Draft(problem, (None,) * len(problem.sessions))
    for i in range(len(problem.sessions)):
        draft.place(i, Place(i % len(problem.slots), i % len(problem.rooms)))
    draft.swap(0, 1)
    end = draft.now()
    for _ in range(20):
        draft.undo()
    assert draft.now() == (None,) * len(problem.sessions)
    for _ in range(20):
        draft.redo()
    assert draft.now() == end


def test_the_search_counts_as_the_evaluator_does_whatever_blocks_or_warns():
    draw = random.Random(1)
    for seed in range(30):
        problem = random_problem(seed)
        severities = {
            name: Rule(name, draw.choice(list(Severity)), draw.randint(0, 9))
            for name in CATALOGUE
            if draw.random() < 0.5
        }
        object.__setattr__(problem, "rules", severities)
        landscape = PlacesLandscape(problem, seed)
        for temperature in (100.0, 5.0, 0.5):
            landscape.walk(200, temperature, 20)
            assert split(landscape.m[TOTAL]) == state(problem, agenda_of(landscape.m, best=False))
        assert split(landscape.best) == state(problem, landscape.answer())
