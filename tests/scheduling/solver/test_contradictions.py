"""Why there is no agenda: the planted contradiction is named, whole and nothing else."""

import pytest

from citevents.scheduling.solver import Room, Session, Speaker, explain
from citevents.scheduling.solver.contradictions import Reason

from .problems import NINE, problem, slot

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
