"""Why there is no agenda: the planted contradiction is named, whole and nothing else."""

import itertools
import random
from dataclasses import replace

import pytest

from citevents.scheduling.solver import (
    CATALOGUE,
    Place,
    Room,
    Rule,
    Session,
    Severity,
    Speaker,
    Wish,
    evaluate,
    explain,
)
from citevents.scheduling.solver.contradictions import Reason

from .problems import NINE, problem, random_problem, slot

MANY_SLOTS = tuple(slot(f"p{k}", k // 4, 1.5 * (k % 4), 90) for k in range(12))


def crowd(*special, **more):
    """A hundred sessions less those given, twelve slots, ten rooms."""
    rest = [Session(f"w{k}", 60) for k in range(100 - len(special))]
    rooms = [Room(f"r{k}", 50) for k in range(10)]
    return problem([*special, *rest], slots=MANY_SLOTS, rooms=rooms, **more)


def named(problem):
    explanation = explain(problem, seconds=60)
    assert explanation.minimal
    return [clash.reason for clash in explanation.clashes]


def test_a_problem_with_an_agenda_says_so():
    assert explain(crowd()).feasible is True


def test_a_pin_against_a_prerequisite():
    early = Session("early", 60)
    clash = problem([early, Session("late", 60, pinned_slot=0, after=frozenset({0}))])
    assert named(clash) == [Reason("pinned", (1,)), Reason("prerequisite", (0, 1))]


def test_two_pins_and_a_shared_speaker_among_a_hundred():
    speakers = frozenset({0})
    clash = crowd(
        Session("x", 60, pinned_slot=5, speakers=speakers), Session("y", 60, pinned_slot=5, speakers=speakers)
    )
    explanation = explain(clash, seconds=60)
    assert [(c.reason, c.enough) for c in explanation.clashes] == [
        (Reason("pinned", (0,)), True),
        (Reason("pinned", (1,)), True),
        (Reason("speaker_twice", (0, 1)), True),
    ]
    assert [str(c.resolve) for c in explanation.clashes] == [
        "unpin x",
        "unpin y",
        "let another speaker take x or y",
    ]


def test_a_speaker_with_fewer_times_than_sessions():
    once = Speaker("ana", ((NINE, NINE.replace(hour=12)),))
    clash = crowd(*(Session(f"x{k}", 60, speakers=frozenset({0})) for k in range(3)), speakers=(once,))
    # Three sessions in the two slots that the speaker has: all pairs, all three times.
    assert named(clash) == [
        *(Reason("speaker_available", (k,)) for k in range(3)),
        *(Reason("speaker_twice", pair) for pair in ((0, 1), (0, 2), (1, 2))),
    ]


def test_more_sessions_than_rooms():
    assert named(problem([Session(f"s{k}", 60) for k in range(9)])) == [Reason("room_twice")]


def test_a_need_that_no_room_has():
    assert named(problem([Session("x", 60, needs=frozenset({"pool"}))])) == [Reason("room_features", (0,))]


def test_of_two_contradictions_no_single_step_is_enough():
    pairs = [Session(f"s{k}", 60, pinned_slot=k // 2, plenary=True) for k in range(4)]
    explanation = explain(problem(pairs))
    assert explanation.minimal
    assert {clash.enough for clash in explanation.clashes} == {False}


@pytest.mark.parametrize("closed", [True, False])
def test_a_closed_room_counts(closed):
    rooms = (Room("hall", 10, closed=frozenset({0, 1, 2, 3}) if closed else frozenset()),)
    explanation = explain(problem([Session("x", 60)], rooms=rooms))
    assert explanation.feasible is not closed


ONE_TIME = (slot("a"),)
ONE_ROOM = (Room("hall", 5),)
NEAR_IN_TIME = (slot("a"), slot("b", hour=1.25))


def speaking(name, **more):
    return Session(name, 60, speakers=frozenset({0}), **more)


def alike(**more):
    return [Session(name, 60, **more) for name in "xy"]


BROKEN = {
    "room_twice": problem(alike(), slots=ONE_TIME, rooms=ONE_ROOM),
    "fits_slot": problem([Session("x", 90)]),
    "speaker_twice": problem([speaking("x"), speaking("y")], slots=ONE_TIME),
    "speaker_available": problem([speaking("x")], speakers=(Speaker("ana", ((NINE, NINE),)),)),
    "pinned": problem([Session("x", 60, pinned_room=1), Session("y", 60, pinned_room=1)], slots=ONE_TIME),
    "room_features": problem([Session("x", 60, needs=frozenset({"pool"}))]),
    "room_open": problem([Session("x", 60)], rooms=(Room("hall", 5, closed=frozenset(range(4))),)),
    "plenary": problem([Session("x", 60, plenary=True), Session("y", 60)], slots=ONE_TIME),
    "apart": problem(alike(), slots=ONE_TIME, apart=(frozenset({0, 1}),)),
    "prerequisite": problem([Session("x", 60), Session("y", 60, after=frozenset({0}))], slots=ONE_TIME),
    # Two rooms, each session pinned to its own, a quarter of an hour between them, twenty minutes to walk.
    "walk": problem(
        [speaking("x", pinned_room=0), speaking("y", pinned_room=1)],
        slots=NEAR_IN_TIME,
        walking=((0, 20), (20, 0)),
    ),
    "favourites": problem(alike(), slots=ONE_TIME, wishes=(Wish(nice=frozenset({0, 1})),)),
    "role_must_see": problem(alike(), slots=ONE_TIME, roles=(Wish(must=frozenset({0, 1})),)),
    "seats": problem([Session("x", 60, expected=50)], rooms=ONE_ROOM),
    "track_parallel": problem(alike(track="law"), slots=ONE_TIME),
    "rooms_per_track": problem(
        [Session("x", 60, track="law", pinned_room=0), Session("y", 60, track="law", pinned_room=1)]
    ),
    "audience_parallel": problem(alike(audience=frozenset({"police"})), slots=ONE_TIME),
    "language_parallel": problem(
        [
            *alike(language="fr", pinned_slot=0),
            *(Session(f"z{k}", 60, language="en", pinned_slot=1) for k in range(3)),
        ],
        slots=(slot("a"), slot("b", hour=1)),
        rooms=[Room(f"r{k}", 9) for k in range(4)],
    ),
    "level_order": problem(
        [Session("x", 60, track="law", level=1), Session("y", 60, track="law", level=2)], slots=ONE_TIME
    ),
    "disturbance": problem(
        [speaking("x"), speaking("y")],
        slots=(slot("a"), slot("b", hour=1)),
        published=(Place(0, 0), Place(0, 1)),
    ),
}
"""A problem for each rule that cannot be kept; where the rule is not the only one needed, it is one of those named."""


def test_there_is_a_broken_problem_for_every_rule():
    # A session without a place is what explaining asks about, and never one of the reasons.
    assert set(BROKEN) == set(CATALOGUE) - {"placed"}


@pytest.mark.parametrize("name", sorted(BROKEN))
def test_every_rule_that_blocks_is_among_the_reasons(name):
    broken = BROKEN[name]
    blocking = replace(broken, rules={name: Rule(name, Severity.BLOCK)})
    explanation = explain(blocking, seconds=60)
    assert explanation.feasible is False
    assert explanation.minimal
    assert name in {clash.reason.rule for clash in explanation.clashes}
    assert all(str(clash.resolve) for clash in explanation.clashes)
    # Of two things that go together once this rule is out of the way, the rule is all that stood there.
    ignored = replace(broken, rules={name: Rule(name, Severity.IGNORE)})
    assert explain(ignored, seconds=60).feasible is True


def test_where_sessions_may_stay_without_a_place_nothing_is_impossible():
    rules = {"placed": Rule("placed", Severity.WARN)}
    nothing_fits = problem([Session("x", 90)], rules=rules)
    assert evaluate(nothing_fits, (None,)).blocked == 0
    assert explain(nothing_fits).feasible is True


@pytest.mark.parametrize("seed", range(40))
def test_what_is_explained_is_what_trying_every_agenda_finds(seed):
    draw = random.Random(seed)
    tiny = random_problem(seed, sessions=3, rooms=2)
    rules = {
        name: Rule(name, draw.choice([Severity.BLOCK, Severity.WARN, Severity.IGNORE]))
        for name in CATALOGUE
        if name != "placed"
    }
    tiny = replace(tiny, rules=rules)
    places = [Place(s, r) for s in range(len(tiny.slots)) for r in range(len(tiny.rooms))]

    def possible(problem):
        return any(evaluate(problem, agenda).blocked == 0 for agenda in itertools.product(places, repeat=3))

    explanation = explain(tiny, seconds=60)
    assert explanation.feasible is possible(tiny)
