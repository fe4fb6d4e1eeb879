"""Who speaks and chairs. A person is known by the address; a name is no identity, and two may have the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from citevents.core.clock import now
from citevents.core.db import session
from citevents.people import queries as people
from citevents.people.services import find_or_make
from citevents.scheduling import placements, policy
from citevents.scheduling.errors import SameSpeakerTwice, SpeakerUnclear, SpeakerUnnamed
from citevents.scheduling.models import Part, Session, SessionSpeaker, Speaker
from citevents.scheduling.policy import Place


@dataclass(frozen=True, kw_only=True)
class SpeakerInput:
    """Somebody who is to speak or chair: a name, and the address or the person where known.

    `another`: not whoever at the conference has this name already.
    """

    name: str
    part: Part = Part.SPEAKER
    mail: str = ""
    person_id: int | None = None
    another: bool = False


@dataclass
class _Known:
    """The speakers of a conference as the lines of one session ask for them; each is taken once."""

    conference_id: int
    #: Who is on this session now, in its order.
    here: list[int]
    taken: set[int] = field(default_factory=set)

    def named(self, name: str) -> list[Speaker]:
        """Everybody of this name: those of this session first, then those without an address."""
        same = session().scalars(
            sa.select(Speaker)
            .where(Speaker.conference_id == self.conference_id, Speaker.name_key == policy.name_key(name))
            .order_by(Speaker.id)
        )
        return sorted(same, key=lambda each: (each.id not in self.here, each.person_id is not None, each.id))

    def of_person(self, person_id: int) -> Speaker | None:
        return session().scalar(
            sa.select(Speaker).where(
                Speaker.conference_id == self.conference_id, Speaker.person_id == person_id
            )
        )


def set_speakers(row: Session, wanted: Sequence[SpeakerInput], place: Place | None) -> None:
    """Make the session's speakers these, in this order; `place`: where it is scheduled.

    Raises SpeakerUnclear, SpeakerUnnamed, SameSpeakerTwice, and what `placing.explained` says of their other sessions.
    """
    there = {
        each.speaker_id: each
        for each in session().scalars(
            sa.select(SessionSpeaker)
            .where(SessionSpeaker.session_id == row.id)
            .order_by(SessionSpeaker.position)
        )
    }
    known = _Known(row.conference_id, list(there))
    parts: dict[int, Part] = {}
    for each in wanted:
        speaker = _speaker(known, each)
        if speaker.id in parts:
            raise SameSpeakerTwice(name=speaker.name)
        parts[speaker.id] = each.part
        known.taken.add(speaker.id)
    with placements.explained(
        row.conference_id, {row.id: place}, speakers={row.id: frozenset(parts)}, field="speakers"
    ):
        for speaker_id, old in there.items():
            if speaker_id not in parts:
                session().delete(old)
        session().flush()
        for position, (speaker_id, part) in enumerate(parts.items()):
            if speaker_id in there:
                there[speaker_id].part, there[speaker_id].position = part, position
            else:
                session().add(
                    SessionSpeaker(session_id=row.id, speaker_id=speaker_id, part=part, position=position)
                )


def erase(person_id: int) -> None:
    """A speaker who is erased stays without a name."""
    session().execute(
        sa.update(Speaker)
        .where(Speaker.person_id == person_id)
        .values(name="", name_key="", about="", changed_at=now())
    )


def _speaker(known: _Known, wanted: SpeakerInput) -> Speaker:
    person_id = wanted.person_id
    if person_id is None and wanted.mail:
        person_id = find_or_make(wanted.mail, wanted.name)
    if person_id is not None:
        return _with_address(known, wanted, person_id)
    if not wanted.name:
        raise SpeakerUnnamed()
    same = known.named(wanted.name)
    if wanted.another:  # sent again, it is still the one who was made for it
        free = [each for each in same if each.id in known.here and each.id not in known.taken]
        return free[-1] if len(same) > 1 and free else _made(known, wanted, None)
    if not same:
        return _made(known, wanted, None)
    at_hand = [each for each in same if each.id in known.here]
    nameless = [each for each in same if each.person_id is None]
    fitting = at_hand or (same if len(nameless) == len(same) == 1 else [])
    if not fitting:
        raise SpeakerUnclear(name=same[0].name)
    return next((each for each in fitting if each.id not in known.taken), fitting[0])


def _with_address(known: _Known, wanted: SpeakerInput, person_id: int) -> Speaker:
    """The speaker who is this person. Whoever stood on this session by the name alone gets the address; elsewhere it is not said
    that they are the same.
    """
    name = wanted.name or people.person(person_id).name
    if not name:
        raise SpeakerUnnamed()
    found = known.of_person(person_id)
    if found is None:
        found = next(
            (
                each
                for each in known.named(name)
                if each.person_id is None and each.id in known.here and each.id not in known.taken
            ),
            None,
        )
        if found is None:
            return _made(known, wanted, person_id, name)
        found.person_id, found.changed_at = person_id, now()
        session().flush()
    return found


def _made(known: _Known, wanted: SpeakerInput, person_id: int | None, name: str = "") -> Speaker:
    name = (name or wanted.name).strip()
    made = Speaker(
        conference_id=known.conference_id, name=name, name_key=policy.name_key(name), person_id=person_id
    )
    session().add(made)
    session().flush()
    return made
