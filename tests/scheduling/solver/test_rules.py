"""Each rule of the catalogue by one worked example: what counts, whom it counts, and what it says."""

from pathlib import Path

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
)

from .problems import NINE, problem, slot

A, B, C, D = range(4)  # slots
HALL, ATTIC = range(2)


def told(problem, *places):
    """Rule, people, cost and words of everything that the agenda breaks."""
    agenda = tuple(None if place is None else Place(*place) for place in places)
    return [(v.rule, v.people, v.cost, str(v.reason)) for v in evaluate(problem, agenda).violations]


def test_a_session_without_a_place_blocks():
    assert told(problem([Session("x", 60)]), None) == [("placed", 0, 0, "x has no place")]


def test_two_sessions_in_one_room_at_one_time_block():
    two = problem([Session("x", 60), Session("y", 60)])
    assert told(two, (A, HALL), (A, HALL)) == [("room_twice", 0, 0, "x and y are in hall at the same time")]
    assert told(two, (A, HALL), (A, ATTIC)) == []


def test_slots_that_overlap_count_as_the_same_time():
    slots = (slot("long", minutes=90), slot("late", hour=1), slot("after", hour=2))
    two = problem([Session("x", 60), Session("y", 60)], slots=slots)
    assert told(two, (0, HALL), (1, HALL)) == [("room_twice", 0, 0, "x and y are in hall at the same time")]
    assert told(two, (0, HALL), (2, HALL)) == []


def test_a_session_longer_than_its_slot_blocks():
    one = problem([Session("x", 90)], slots=(slot("a"), slot("b", hour=1, minutes=90)))
    assert told(one, (0, HALL)) == [("fits_slot", 0, 0, "x is longer than its slot a")]
    assert told(one, (1, HALL)) == []


def test_a_speaker_or_chair_cannot_be_in_two_places():
    two = problem([Session("x", 60, speakers=frozenset({0})), Session("y", 60, speakers=frozenset({0, 1}))])
    words = "x and y share a speaker and run at the same time"
    assert told(two, (A, HALL), (A, ATTIC)) == [("speaker_twice", 0, 0, words)]
    assert told(two, (A, HALL), (B, ATTIC)) == []


def test_a_speaker_speaks_only_when_available():
    ana = Speaker("ana", ((NINE, NINE.replace(hour=10)),))
    one = problem([Session("x", 60, speakers=frozenset({0}))], speakers=(ana,))
    assert told(one, (A, HALL)) == []
    assert told(one, (B, HALL)) == [("speaker_available", 0, 0, "a speaker of x is not available in b")]


def test_what_is_pinned_stays_there():
    one = problem([Session("x", 60, pinned_slot=A, pinned_room=HALL)])
    assert told(one, (A, HALL)) == []
    assert told(one, (B, ATTIC)) == [("pinned", 0, 0, "x is not where it is pinned")] * 2


def test_a_room_must_have_what_a_session_needs():
    rooms = (Room("hall", 100, frozenset({"step-free"})), Room("attic", 10))
    one = problem([Session("x", 60, needs=frozenset({"step-free", "hearing loop"}))], rooms=rooms)
    assert told(one, (A, HALL)) == [("room_features", 0, 0, "hall lacks what x needs")]


def test_a_closed_room_cannot_be_used():
    rooms = (Room("hall", 100, closed=frozenset({B})), Room("attic", 10))
    assert told(problem([Session("x", 60)], rooms=rooms), (B, HALL)) == [
        ("room_open", 0, 0, "hall is closed in b")
    ]


def test_nothing_runs_beside_a_plenary():
    two = problem([Session("x", 60, plenary=True), Session("y", 60)])
    words = "x and y run at the same time, and one of them is for everybody"
    assert told(two, (A, HALL), (A, ATTIC)) == [("plenary", 0, 0, words)]


def test_groups_are_kept_apart():
    two = problem([Session("x", 60), Session("y", 60)], apart=(frozenset({0, 1}),))
    words = "x and y must not run at the same time, and do"
    assert told(two, (A, HALL), (A, ATTIC)) == [("apart", 0, 0, words)]


def test_a_prerequisite_has_ended_before():
    two = problem([Session("x", 60), Session("y", 60, after=frozenset({0}))])
    words = "x must have ended before y starts"
    assert told(two, (A, HALL), (B, HALL)) == []
    assert told(two, (B, HALL), (A, HALL)) == [("prerequisite", 0, 0, words)]
    assert told(two, (A, HALL), (A, ATTIC)) == [("prerequisite", 0, 0, words)]


def test_a_speaker_needs_time_to_walk():
    slots = (slot("a"), slot("b", hour=1.25))
    sessions = [Session("x", 60, speakers=frozenset({0})), Session("y", 60, speakers=frozenset({0}))]
    far = problem(sessions, slots=slots, walking=((0, 20), (20, 0)))
    words = "there is no time to walk from x to y"
    assert told(far, (0, HALL), (1, ATTIC)) == [("walk", 0, 20, words)]
    assert told(far, (0, HALL), (1, HALL)) == []
    near = problem(sessions, slots=slots, walking=((0, 15), (15, 0)))
    assert told(near, (0, HALL), (1, ATTIC)) == []


def test_people_who_want_two_parallel_sessions_are_counted_by_how_much_they_want_them():
    wishes = (
        Wish(nice=frozenset({0, 1})),
        Wish(must=frozenset({0}), nice=frozenset({1})),
        Wish(must=frozenset({0, 1}), people=3),
    )
    two = problem([Session("x", 60, expected=0), Session("y", 60, expected=0)], wishes=wishes)
    words = "x and y run at the same time, and people want both"
    assert told(two, (A, HALL), (A, ATTIC)) == [("favourites", 1 + 2 + 3 * 4, 15, words)]


def test_a_role_should_see_all_that_is_meant_for_it():
    two = problem(
        [Session("x", 60, expected=0), Session("y", 60, expected=0)],
        roles=(Wish(must=frozenset({0, 1}), people=40),),
    )
    words = "x and y run at the same time, and a role should see both"
    assert told(two, (A, HALL), (A, ATTIC)) == [("role_must_see", 40, 120, words)]


def test_people_without_a_seat_are_counted():
    one = problem([Session("x", 60)], wishes=(Wish(nice=frozenset({0}), people=25),))
    assert told(one, (A, ATTIC)) == [("seats", 15, 15, "attic has too few seats for x")]
    assert told(problem([Session("x", 60, expected=12)]), (A, ATTIC)) == [
        ("seats", 2, 2, "attic has too few seats for x")
    ]


def test_a_track_keeps_to_one_room_and_one_session_at_a_time():
    two = problem([Session("x", 60, track="law"), Session("y", 60, track="law")])
    assert told(two, (A, HALL), (A, ATTIC)) == [
        ("track_parallel", 0, 5, "x and y are of one track and run at the same time"),
        ("rooms_per_track", 0, 2, "the track law changes rooms"),
    ]
    assert told(two, (A, HALL), (B, HALL)) == []


def test_the_easier_session_of_a_track_comes_first():
    two = problem([Session("x", 60, track="law", level=1), Session("y", 60, track="law", level=3)])
    words = "x is easier than y of its track and does not come before it"
    assert told(two, (B, HALL), (A, HALL)) == [("level_order", 0, 2, words)]
    assert told(two, (A, HALL), (B, HALL)) == []


def test_sessions_for_one_audience_or_in_a_rare_language_do_not_compete():
    courts = frozenset({"courts"})
    three = problem(
        [
            Session("x", 60, audience=courts, language="fr"),
            Session("y", 60, audience=courts, language="fr"),
            *(Session(f"en{k}", 60, language="en") for k in range(3)),
        ],
        rules={"audience_parallel": Rule("audience_parallel", Severity.WARN, 4)},
    )
    english = ((B, HALL), (C, HALL), (D, HALL))
    assert told(three, (A, HALL), (A, ATTIC), *english) == [
        ("audience_parallel", 0, 4, "x and y are for the same audience and run at the same time"),
        ("language_parallel", 0, 10, "x and y are in the same less common language and run at the same time"),
    ]


def test_after_publication_moves_disturb_those_who_chose_the_session():
    one = problem(
        [Session("x", 60)], wishes=(Wish(nice=frozenset({0}), people=8),), published=(Place(A, HALL),)
    )
    words = "x is no longer where it was published"
    assert told(one, (A, HALL)) == []
    assert told(one, (B, HALL)) == [("disturbance", 18, 18, words)]
    assert told(one, (A, ATTIC)) == [("disturbance", 9, 9, words)]


def test_severity_and_weight_are_the_organizers():
    def parallel(severity, weight=1):
        return problem(
            [Session("x", 60, track="law"), Session("y", 60, track="law")],
            rules={
                "track_parallel": Rule("track_parallel", severity, weight),
                "rooms_per_track": Rule("rooms_per_track", Severity.IGNORE),
            },
        )

    places = Place(A, HALL), Place(A, ATTIC)
    assert evaluate(parallel(Severity.BLOCK), places).blocked == 1
    assert evaluate(parallel(Severity.WARN, 7), places).cost == 7
    assert evaluate(parallel(Severity.IGNORE), places).violations == ()


def test_every_rule_of_the_catalogue_has_an_example_here():
    source = Path(__file__).read_text(encoding="utf-8")
    assert [name for name in CATALOGUE if f'"{name}"' not in source] == []
