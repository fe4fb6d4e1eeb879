"""After publication: what has to move moves, and hardly anything else."""

from citevents.scheduling.solver import (
    Place,
    Room,
    Session,
    Speaker,
    Wish,
    evaluate,
    grow,
    lose_room,
    lose_speaker,
    repair,
)

from .problems import problem, slot

SLOTS = tuple(slot(f"p{k}", k // 4, 1.5 * (k % 4), 60 + 30 * (k == 3)) for k in range(8))


def published(sessions=16, rooms=3, **more):
    """Two rooms full, the third empty; later sessions are chosen by more people."""
    wishes = tuple(Wish(nice=frozenset({i}), people=i) for i in range(sessions))
    agenda = tuple(Place(i // 2, i % 2) for i in range(sessions))
    return (
        problem(
            [
                Session(f"s{i}", 60, speakers=frozenset({i % 2}) if i < 2 else frozenset())
                for i in range(sessions)
            ],
            slots=SLOTS,
            rooms=[Room(f"r{k}", 500) for k in range(rooms)],
            wishes=wishes,
            **more,
        ),
        agenda,
    )


def test_a_lost_room_moves_its_sessions_to_the_free_one_at_their_times():
    problem, agenda = published()
    found = repair(lose_room(problem, agenda, 0), seconds=30)
    assert found.evaluation.blocked == 0
    assert found.forced == tuple(range(0, 16, 2))
    assert found.beyond == 0
    assert found.least
    assert [(change.session, change.after) for change in found.changes] == [
        (i, Place(i // 2, 2)) for i in range(14, -1, -2)
    ]
    assert [change.people for change in found.changes] == list(range(14, -1, -2))


def test_a_session_grown_longer_goes_where_it_fits():
    problem, agenda = published()
    found = repair(grow(problem, agenda, 4, 90), seconds=30)
    assert found.evaluation.blocked == 0
    assert [(change.session, change.after.slot) for change in found.changes] == [(4, 3)]


def test_where_only_others_can_make_room_the_least_chosen_do():
    problem, agenda = published(sessions=16, rooms=2)
    found = repair(grow(problem, agenda, 15, 90), seconds=30)
    assert found.evaluation.blocked == 0
    assert found.beyond == 1
    assert {change.session for change in found.changes} in ({15, 6}, {15, 7})


def test_a_lost_speaker_cancels_what_only_they_gave_and_panels_go_on():
    problem, agenda = published(speakers=(Speaker("ana"), Speaker("bo")))
    changed = lose_speaker(problem, agenda, 0)
    assert changed.cancelled == (0,)
    assert [session.id for session in changed.problem.sessions] == [f"s{i}" for i in range(1, 16)]
    found = repair(changed, seconds=30)
    assert found.changes == ()
    assert evaluate(changed.problem, found.agenda).blocked == 0


def test_what_cannot_be_repaired_says_so():
    problem, agenda = published(sessions=16, rooms=2)
    found = repair(lose_room(problem, agenda, 0), seconds=2)
    assert found.evaluation.blocked > 0
    assert not found.least
