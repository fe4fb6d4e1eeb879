"""The working draft: the database refuses clashes and the house explains them; every step can be taken back."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from citevents.core.db import Organization, current_organization_id, transaction
from citevents.core.errors import NotYours
from citevents.scheduling import agenda, policy, queries, services
from citevents.scheduling.errors import (
    CannotUndo,
    DraftMoved,
    NothingToPublish,
    NothingToUndo,
    OutsideConference,
    RoomMissing,
    RoomTaken,
    SameSpeakerTwice,
    SpeakerBusy,
    TrackInUse,
    TrackTaken,
)
from citevents.scheduling.models import AgendaVersion, Part, SessionKind, SessionSpeaker
from citevents.scheduling.speakers import SpeakerInput
from tests.conferences.world import a_conference, a_room
from tests.scheduling.world import a_session, at, placed, published


def places(conference_id: int) -> dict[str, tuple[int | None, str]]:
    """Title -> (room id, time in UTC) of what is placed."""
    content = agenda.content(conference_id)
    return {item.title: (item.place.room_id, item.place.start.isoformat()[8:16]) for item in content.items}


def test_one_room_holds_one_session_at_a_time(session: Session, organization: Organization) -> None:
    conference = a_conference()
    cedar, fir = a_room(conference, "Cedar"), a_room(conference, "Fir")
    first, second = a_session(conference, "First"), a_session(conference, "Second")
    placed(first, cedar, "09:45")
    with pytest.raises(RoomTaken) as refused, transaction():
        services.place(second.id, cedar.id, at("10:30"))
    assert refused.value.field == "room"
    assert refused.value.sentence == (
        "“First” is in Cedar Mon 23 August, 09:45–10:45. Choose another room or another time."
    )
    placed(second, cedar, "10:45")
    placed(second, fir, "09:45")
    assert places(conference.id) == {"First": (cedar.id, "23T16:45"), "Second": (fir.id, "23T16:45")}


def test_nobody_speaks_or_chairs_in_two_places(session: Session, organization: Organization) -> None:
    conference = a_conference()
    cedar, fir = a_room(conference, "Cedar"), a_room(conference, "Fir")
    first = a_session(conference, "First", "Aino Lehtonen")
    with transaction():
        second = services.add_session(
            conference.id, title="Second", speakers=[SpeakerInput(name=" aino  LEHTONEN ", part=Part.CHAIR)]
        )
    placed(first, cedar, "09:45")
    with pytest.raises(SpeakerBusy) as refused, transaction():
        services.place(second.id, fir.id, at("10:00"))
    assert refused.value.field == "starts"
    assert refused.value.sentence == (
        "Aino Lehtonen is in “First” Mon 23 August, 09:45–10:45. Choose another time, or another speaker."
    )


def test_a_speaker_added_or_a_length_grown_may_clash_too(
    session: Session, organization: Organization
) -> None:
    conference = a_conference()
    cedar, fir = a_room(conference, "Cedar"), a_room(conference, "Fir")
    first, second = a_session(conference, "First", "Aino Lehtonen"), a_session(conference, "Second")
    third = a_session(conference, "Third")
    placed(first, cedar, "09:45")
    placed(second, fir, "09:45")
    placed(third, cedar, "10:45")
    with pytest.raises(SpeakerBusy) as busy, transaction():
        services.edit_session(
            second.id, speakers=[SpeakerInput(name="Bo"), SpeakerInput(name="Aino Lehtonen")]
        )
    assert busy.value.field == "speakers"
    with pytest.raises(RoomTaken) as taken, transaction():
        services.edit_session(first.id, length=90)
    assert taken.value.field == "length"
    with transaction():
        services.edit_session(second.id, length=90)
    assert agenda.content(conference.id).by_session()[second.id].place.end == at("11:15")
    with pytest.raises(SameSpeakerTwice), transaction():
        services.edit_session(second.id, speakers=[SpeakerInput(name="Bo"), SpeakerInput(name="bo")])


def test_the_database_itself_refuses_even_without_the_services(
    session: Session, organization: Organization
) -> None:
    conference = a_conference()
    cedar, fir = a_room(conference, "Cedar"), a_room(conference, "Fir")
    first, second = a_session(conference, "First", "Aino"), a_session(conference, "Second", "Aino")
    placed(first, cedar, "09:45")
    insert = sa.text(
        """INSERT INTO placement (organization_id, conference_id, session_id, room_id, during)
           VALUES (:o, :c, :s, :r, tstzrange(:start, :end, '[)'))"""
    )
    for room in (cedar, fir):  # the same room; the same speaker
        with pytest.raises(IntegrityError), session.begin_nested():
            session.execute(
                insert,
                {
                    "o": current_organization_id(),
                    "c": conference.id,
                    "s": second.id,
                    "r": room.id,
                    "start": at("09:50"),
                    "end": at("10:20"),
                },
            )
    bounds = sa.text("UPDATE placement SET during = tstzrange(lower(during), upper(during), '[]')")
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(bounds)


def test_who_is_where_follows_the_placement(session: Session, organization: Organization) -> None:
    conference = a_conference()
    cedar = a_room(conference, "Cedar")
    talk = a_session(conference, "Talk", "Aino")

    def during() -> object:
        session.expire_all()
        return session.scalar(sa.select(SessionSpeaker.during).where(SessionSpeaker.session_id == talk.id))

    assert during() is None
    placed(talk, cedar, "09:45")
    assert during().lower == at("09:45")  # type: ignore[attr-defined]
    placed(talk, cedar, "14:00")
    assert during().lower == at("14:00")  # type: ignore[attr-defined]
    with transaction():
        services.edit_session(talk.id, speakers=[SpeakerInput(name="Bo")])
    assert during().lower == at("14:00")  # type: ignore[attr-defined]
    with transaction():
        services.unplace(talk.id)
    assert during() is None


def test_places_that_cannot_be_are_refused(session: Session, organization: Organization) -> None:
    conference = a_conference()
    elsewhere = a_room(a_conference("other-2027"), "Elsewhere")
    cedar = a_room(conference, "Cedar")
    talk = a_session(conference)
    for refusal, room_id, start in (
        (OutsideConference, cedar.id, at("09:45", day=21)),
        (OutsideConference, cedar.id, at("09:45", day=26)),
        (RoomMissing, None, at("09:45")),
        (NotYours, elsewhere.id, at("09:45")),
    ):
        with pytest.raises(refusal), transaction():
            services.place(talk.id, room_id, start)
    assert places(conference.id) == {}


def test_a_break_needs_no_room_and_stands_beside_anything(
    session: Session, organization: Organization
) -> None:
    conference = a_conference()
    cedar = a_room(conference, "Cedar")
    pause, talk = a_session(conference, "Coffee", kind=SessionKind.BREAK), a_session(conference)
    placed(pause, None, "10:45")
    placed(talk, cedar, "10:45")
    placed(a_session(conference, "Tea", kind=SessionKind.BREAK), None, "10:45")
    assert len(places(conference.id)) == 3


def test_sessions_change_places_in_one_step_and_back(session: Session, organization: Organization) -> None:
    conference = a_conference()
    cedar, fir = a_room(conference, "Cedar"), a_room(conference, "Fir")
    first, second = a_session(conference, "First", "Aino"), a_session(conference, "Second", "Bo")
    placed(first, cedar, "09:45")
    placed(second, fir, "09:45")
    before = places(conference.id)
    with transaction():
        services.apply(conference.id, {first.id: (fir.id, at("09:45")), second.id: (cedar.id, at("09:45"))})
    assert places(conference.id) == {"First": (fir.id, "23T16:45"), "Second": (cedar.id, "23T16:45")}
    with transaction():
        services.undo(conference.id)
    assert places(conference.id) == before
    with pytest.raises(RoomTaken), transaction():
        services.apply(conference.id, {first.id: (fir.id, at("09:45")), second.id: (fir.id, at("10:00"))})
    assert places(conference.id) == before, "all or nothing"


def test_steps_are_taken_back_one_by_one(session: Session, organization: Organization) -> None:
    conference = a_conference()
    cedar = a_room(conference, "Cedar")
    talk = a_session(conference, "Talk")
    placed(talk, cedar, "09:45")
    placed(talk, cedar, "14:00")
    placed(talk, cedar, "14:00")  # no step
    with transaction():
        services.unplace(talk.id)
    seen = []
    for _ in range(3):
        with transaction():
            services.undo(conference.id)
        seen.append(places(conference.id).get("Talk"))
    assert seen == [(cedar.id, "23T21:00"), (cedar.id, "23T16:45"), None]
    with pytest.raises(NothingToUndo), transaction():
        services.undo(conference.id)


def test_a_step_that_cannot_be_taken_back_says_why(session: Session, organization: Organization) -> None:
    conference = a_conference()
    cedar, fir = a_room(conference, "Cedar"), a_room(conference, "Fir")
    first, second = a_session(conference, "First", "Aino"), a_session(conference, "Second")
    placed(first, cedar, "09:45")
    placed(second, fir, "09:45")
    placed(first, cedar, "14:00")
    with transaction():
        services.edit_session(second.id, speakers=[SpeakerInput(name="Aino")])
    with pytest.raises(CannotUndo) as refused, transaction():
        services.undo(conference.id)
    assert refused.value.sentence == (
        "This step cannot be undone any more. Aino is in “Second” Mon 23 August, "
        "09:45–10:45. Choose another time, or another speaker. Move the session instead."
    )
    assert places(conference.id)["First"] == (cedar.id, "23T21:00")


def test_taking_a_step_back_keeps_the_length_of_now(session: Session, organization: Organization) -> None:
    conference = a_conference()
    cedar = a_room(conference, "Cedar")
    talk = a_session(conference, "Talk")
    placed(talk, cedar, "09:45")
    placed(talk, cedar, "14:00")
    with transaction():
        services.edit_session(talk.id, length=90)
        services.undo(conference.id)
        services.undo(conference.id)
    item = agenda.content(conference.id).by_session()[talk.id]
    assert (item.place.start, item.place.end) == (at("09:45"), at("11:15"))


def test_a_published_version_never_changes(session: Session, organization: Organization) -> None:
    conference = a_conference()
    cedar = a_room(conference, "Cedar")
    talk = a_session(conference, "Talk")
    placed(talk, cedar, "09:45")
    version = published(conference)
    assert (version.number, version.summary) == (1, {"new": 1, "told": 0})
    for forbidden in (
        sa.update(AgendaVersion).values(content={}),
        sa.update(AgendaVersion).values(number=7),
        sa.delete(AgendaVersion),
    ):
        with pytest.raises(DBAPIError, match="does not change"), session.begin_nested():
            session.execute(forbidden)
    before = queries.content_of(version.id)
    placed(talk, cedar, "14:00")
    with transaction():
        services.edit_session(talk.id, title="Another title")
    assert queries.content_of(version.id) == before
    second = published(conference)
    assert (second.number, second.summary) == (2, {"moved": 1, "told": 0})
    assert queries.content_of(version.id) == before


def test_publishing_needs_news_and_the_summary_that_was_read(
    session: Session, organization: Organization
) -> None:
    conference = a_conference()
    cedar = a_room(conference, "Cedar")
    talk = a_session(conference, "Talk")
    with pytest.raises(NothingToPublish), transaction():
        services.publish(conference.id, seen_version=0, seen_step=0)
    placed(talk, cedar, "09:45")
    step = agenda.newest_step(conference.id)
    placed(talk, cedar, "10:45")
    with pytest.raises(DraftMoved), transaction():
        services.publish(conference.id, seen_version=0, seen_step=step.id)
    published(conference)
    with pytest.raises(NothingToPublish):
        published(conference)


def test_cancelling_publishes_that_and_nothing_else(session: Session, organization: Organization) -> None:
    conference = a_conference()
    cedar, fir = a_room(conference, "Cedar"), a_room(conference, "Fir")
    talk, other = a_session(conference, "Talk"), a_session(conference, "Other")
    placed(talk, cedar, "09:45")
    placed(other, fir, "09:45")
    published(conference)
    placed(other, fir, "14:00")  # not yet for the public
    with transaction():
        version = services.cancel(talk.id)
        assert services.cancel(talk.id) is None
    assert version is not None and version.number == 2
    items = queries.content_of(version.id).by_session()
    assert (items[talk.id].cancelled, items[other.id].place.start) == (True, at("09:45"))
    third = published(conference)
    assert third.summary == {"moved": 1, "told": 0}, "what was cancelled before is no news"
    kept = queries.content_of(third.id).by_session()[talk.id]
    assert (kept.cancelled, kept.place) == (True, items[talk.id].place), "and it is not just gone"


def test_tracks_have_names_of_their_own_and_stay_while_used(
    session: Session, organization: Organization
) -> None:
    conference = a_conference()
    with transaction():
        track = services.add_track(conference.id, "Training")
        track_id = track.id
    with pytest.raises(TrackTaken), transaction():
        services.add_track(conference.id, "Training")
    talk = a_session(conference, track_id=track_id)
    with pytest.raises(TrackInUse), transaction():
        services.remove_track(track_id)
    with transaction():
        services.edit_session(talk.id, track_id=None)
        services.remove_track(track_id)
    assert agenda.tracks(conference.id) == []


def test_an_erased_speaker_has_no_name_in_any_version(session: Session, organization: Organization) -> None:
    from tests.people.world import a_person

    conference = a_conference()
    cedar = a_room(conference, "Cedar")
    person_id = a_person("Aino Lehtonen")
    with transaction():
        talk = services.add_session(
            conference.id, title="Talk", speakers=[SpeakerInput(name="Aino Lehtonen", person_id=person_id)]
        )
    placed(talk, cedar, "09:45")
    version = published(conference)
    assert [view.title for view in queries.agenda_of(person_id, conference.id)] == ["Talk"]
    with transaction():
        services.erase_person(person_id)
    current = queries.current(conference.id)
    assert current is not None
    assert [speaker.name for speaker in current.sessions()[0].speakers] == [""]
    stored = session.scalar(
        sa.select(sa.cast(AgendaVersion.content, sa.Text)).where(AgendaVersion.id == version.id)
    )
    assert "Aino" not in stored


def test_content_reads_back_what_it_wrote(session: Session, organization: Organization) -> None:
    conference = a_conference()
    placed(a_session(conference, "Talk", "Aino", "Bo"), a_room(conference, "Cedar"), "09:45")
    content = agenda.content(conference.id)
    assert policy.Content.from_json(content.to_json()) == content
    assert content.items[0].place.end - content.items[0].place.start == timedelta(minutes=60)
