"""Pure decisions about agendas, over whatever hypothesis can think of."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from citevents.scheduling import policy
from citevents.scheduling.findings import Placed, ProblemKind, Severity, problems
from citevents.scheduling.models import Level, Part, SessionKind
from citevents.scheduling.policy import ChangeKind, Content, Item, Place

START = datetime(2027, 8, 23, 16, 0, tzinfo=UTC)
places = st.builds(
    lambda room, start, length: Place(
        room_id=room,
        start=START + timedelta(minutes=5 * start),
        end=START + timedelta(minutes=5 * (start + length)),
    ),
    st.none() | st.integers(1, 3),
    st.integers(0, 30),
    st.integers(1, 12),
)


def an_item(session_id: int, place: Place, **changes: object) -> Item:
    values: dict[str, object] = {
        "session_id": session_id,
        "public_id": f"p{session_id}",
        "title": f"Talk {session_id}",
        "abstract": "",
        "wording": {"ar": {"title": "حديث"}},
        "kind": SessionKind.WORKSHOP,
        "track_id": None,
        "level": Level.ANY,
        "audience": "",
        "language": "en",
        "place": place,
        "speakers": ((1, Part.SPEAKER), (2, Part.CHAIR)),
    }
    return Item(**(values | changes))  # type: ignore[arg-type]


contents = st.dictionaries(st.integers(1, 6), st.tuples(places, st.booleans()), max_size=6).map(
    lambda chosen: Content(
        items=tuple(an_item(key, place, cancelled=gone) for key, (place, gone) in sorted(chosen.items()))
    )
)


@given(contents)
def test_content_survives_its_json(content: Content) -> None:
    assert Content.from_json(content.to_json()) == content


@given(contents, contents)
def test_changes_name_exactly_what_differs(was: Content, becomes: Content) -> None:
    changed = policy.changes(was, becomes)
    assert policy.changes(was, was) == []
    before, after = was.by_session(), becomes.by_session()
    named = {change.session_id: change.kind for change in changed}
    for key in before.keys() | after.keys():
        old, new = before.get(key), after.get(key)
        if old == new:
            assert key not in named
        elif new is None:
            assert named.get(key) == (None if old and old.cancelled else ChangeKind.REMOVED)
        elif old is None:
            assert named[key] is ChangeKind.NEW
        elif old.cancelled and not new.cancelled:
            assert named[key] is ChangeKind.BACK
        elif new.cancelled and not old.cancelled:
            assert named[key] is ChangeKind.CANCELLED
        else:
            assert named[key] is ChangeKind.MOVED
    assert sum(policy.counted(changed).values()) == len(changed)
    assert changed == sorted(changed, key=lambda change: (change.item.place.start, change.session_id))


@given(st.dictionaries(st.integers(1, 6), st.tuples(places, st.frozensets(st.integers(1, 4)))), st.data())
def test_a_clash_is_found_exactly_when_there_is_one(
    rows: dict[int, tuple[Place, frozenset[int]]], data: st.DataObject
) -> None:
    moved = data.draw(st.sets(st.sampled_from(sorted(rows))) if rows else st.just(set()))

    def clash(one: int, other: int) -> bool:
        (here, speakers), (there, others) = rows[one], rows[other]
        minutes = {
            here.start + timedelta(minutes=n) for n in range(int((here.end - here.start).seconds / 60))
        }
        if not any(there.start <= minute < there.end for minute in minutes):
            return False
        return bool(speakers & others) or (here.room_id is not None and here.room_id == there.room_id)

    expected = any(clash(one, other) for one in moved for other in rows if one != other)
    found = policy.first_clash(rows, moved)
    assert (found is not None) == expected
    if found:
        assert found.session_id in moved
        assert clash(found.session_id, found.other_id)


def a_draft(session_id: int, place: Place, **changes: object) -> Placed:
    values: dict[str, object] = {
        "session_id": session_id,
        "place": place,
        "wanted_by": frozenset(),
        "speakers": frozenset(),
        "needs": frozenset(),
        "capacity": 40,
        "features": frozenset(),
        "for_all": False,
    }
    return Placed(**(values | changes))  # type: ignore[arg-type]


def kinds(*drafts: Placed) -> list[tuple[ProblemKind, Severity, int]]:
    found = problems(drafts, date(2027, 8, 22), date(2027, 8, 25), "America/Vancouver")
    return [(problem.kind, problem.severity, problem.people) for problem in found]


MORNING = Place(room_id=1, start=START, end=START + timedelta(hours=1))
NEXT_DOOR = replace(MORNING, room_id=2)
STRAIGHT_AFTER = Place(room_id=2, start=START + timedelta(hours=1), end=START + timedelta(hours=2))
AFTER_A_WALK = replace(STRAIGHT_AFTER, start=START + timedelta(minutes=70))


def test_worked_examples_of_what_is_wrong() -> None:
    fifty, ten = frozenset(range(50)), frozenset(range(10))
    one = frozenset({1})
    assert kinds(a_draft(1, MORNING, wanted_by=frozenset(range(40)))) == []
    assert kinds(a_draft(1, MORNING, wanted_by=fifty)) == [(ProblemKind.ROOM_SHORT, Severity.WARN, 10)]
    assert kinds(a_draft(1, MORNING, needs=frozenset({"captions"}), wanted_by=ten)) == [
        (ProblemKind.NEEDS, Severity.BLOCK, 10)
    ]
    assert kinds(a_draft(1, MORNING, needs=frozenset({"captions"}), features=frozenset({"captions"}))) == []
    assert kinds(a_draft(1, MORNING, speakers=one), a_draft(2, STRAIGHT_AFTER, speakers=one)) == [
        (ProblemKind.NO_WALK, Severity.WARN, 1)
    ]
    same_room = replace(STRAIGHT_AFTER, room_id=1)
    assert kinds(a_draft(1, MORNING, speakers=one), a_draft(2, same_room, speakers=one)) == []
    assert kinds(a_draft(1, MORNING, speakers=one), a_draft(2, AFTER_A_WALK, speakers=one)) == []
    assert kinds(a_draft(1, MORNING, wanted_by=ten), a_draft(2, NEXT_DOOR, wanted_by=ten)) == [
        (ProblemKind.BOTH_WANTED, Severity.NOTE, 10)
    ]
    assert kinds(a_draft(1, MORNING, wanted_by=ten, for_all=True), a_draft(2, NEXT_DOOR, wanted_by=ten)) == []
    late = Place(room_id=1, start=START + timedelta(days=5), end=START + timedelta(days=5, hours=1))
    assert kinds(a_draft(1, late)) == [(ProblemKind.OUTSIDE, Severity.BLOCK, 0)]


def test_the_day_is_the_venues() -> None:
    eleven_at_night = datetime(2027, 8, 26, 6, 0, tzinfo=UTC)  # 25 August, 23:00 in Vancouver
    assert policy.within_days(eleven_at_night, date(2027, 8, 22), date(2027, 8, 25), "America/Vancouver")
    assert not policy.within_days(eleven_at_night, date(2027, 8, 22), date(2027, 8, 25), "UTC")


def test_names_are_compared_as_people_read_them() -> None:
    assert policy.name_key(" Aino  LEHTONEN ") == policy.name_key("aino lehtonen")
    assert policy.name_key("Jose\u0301") == policy.name_key("José")
    assert policy.name_key("Aino") != policy.name_key("Aina")
