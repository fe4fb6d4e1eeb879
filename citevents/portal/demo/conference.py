"""The sample conference and the finished course: places, tickets, prices, questions, rooms, agenda."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from citevents.conferences.models import (
    Conference,
    ConferenceKind,
    ConferenceState,
    Price,
    Question,
    QuestionKind,
    Quota,
    QuotaUse,
    Room,
    TicketType,
)
from citevents.core.db import session
from citevents.portal.demo import program
from citevents.portal.demo.wording import wording
from citevents.scheduling import agenda, placements
from citevents.scheduling import services as scheduling
from citevents.scheduling.models import SessionKind
from citevents.scheduling.speakers import SpeakerInput

ZONE = "America/Vancouver"


@dataclass(frozen=True)
class Fair:
    """The conference with what the crowd buys."""

    conference: Conference
    full: TicketType
    community: TicketType
    day: TicketType
    add_ons: tuple[TicketType, ...]
    main: Quota
    sessions: tuple[int, ...]


def at(day: date, hour: int, minute: int = 0, zone: str = ZONE) -> datetime:
    """A time of the venue's clock, as UTC."""
    return datetime.combine(day, time(hour, minute), ZoneInfo(zone)).astimezone(UTC)


def first_day(today: date) -> date:
    """The Sunday about nine months ahead."""
    day = today + timedelta(days=270)
    return day + timedelta(days=(6 - day.weekday()) % 7)


def conference(rng: Random, today: date, speakers: list[tuple[str, int]]) -> Fair:
    """CIT International Conference (sample): Sunday to Wednesday, 1,500 places, 100 workshops in 10 rooms."""
    sunday = first_day(today)
    made = Conference(
        slug="cit-international",
        name="CIT International Conference (sample)",
        state=ConferenceState.PUBLIC,
        summary="Three days for everyone who answers a crisis together, so that a person in crisis gets care rather than arrest.",
        description="Officers, dispatchers, clinicians, families, courts and people with lived experience from forty countries.",
        wording={
            "es": {
                "name": "Conferencia Internacional CIT (muestra)",
                "summary": "Tres días para todos los que responden juntos a una crisis, para que una persona en crisis reciba atención en lugar de arresto.",
            },
            "fr": {
                "name": "Conférence internationale CIT (exemple)",
                "summary": "Trois jours pour toutes celles et tous ceux qui répondent ensemble à une crise, afin qu’une personne en crise reçoive des soins plutôt qu’une arrestation.",
            },
            "ar": {
                "name": "مؤتمر CIT الدولي (عيّنة)",
                "summary": "ثلاثة أيام لكل من يستجيب معًا للأزمات، كي يحصل الشخص في الأزمة على الرعاية بدل التوقيف.",
            },
        },
        venue="Harbour Hall (sample)",
        address="1 Sample Quay",
        city="Vancouver",
        country="CA",
        access_note="Step-free; quiet room; sign language and English, Spanish, French and Arabic interpreting.",
        zone=ZONE,
        starts_on=sunday,
        ends_on=sunday + timedelta(days=3),
        currency="CAD",
        registration_opens_at=at(today - timedelta(days=120), 9),
        registration_closes_at=at(sunday - timedelta(days=2), 23, 59),
        refund_until=at(sunday - timedelta(days=22), 23, 59),
        transfer_until=at(sunday - timedelta(days=6), 23, 59),
        sample=True,
    )
    for language, words in wording(description=made.description).items():
        made.wording[language] |= words
    session().add(made)
    session().flush()
    main = _quota(made, "Seats", 1500, main=True)
    lunch = _quota(made, "Awards luncheon", 600)
    dispatch = _quota(made, "Site visit: dispatch centre", 20)
    receiving = _quota(made, "Site visit: receiving facility", 20)
    early_until = at(today - timedelta(days=30), 23, 59)
    regular_until = at(sunday - timedelta(days=55), 23, 59)
    late_until = at(sunday - timedelta(days=2), 23, 59)

    def steps(*amounts: int) -> list[tuple[str, int, datetime]]:
        return list(
            zip(("Early", "Regular", "Late"), amounts, (early_until, regular_until, late_until), strict=True)
        )

    full = _ticket(
        made,
        "Full conference",
        "Monday to Wednesday, all sessions, lunch",
        steps(42_000, 49_000, 56_000),
        [main],
        0,
    )
    community = _ticket(
        made,
        "Community",
        "For people with lived experience and family members. No proof is asked for.",
        [("", 18_000, late_until)],
        [main],
        1,
    )
    day = _ticket(made, "One day", "Monday, Tuesday or Wednesday", [("", 24_000, late_until)], [main], 2)
    free = _ticket(
        made,
        "Volunteer or presenter",
        "For those who carry the conference. Free.",
        [("", 0, late_until)],
        [main],
        3,
    )
    add_ons = (
        _ticket(
            made,
            "Sunday pre-conference: core elements",
            "Sunday, 13:00–17:00",
            [("", 0, late_until)],
            [],
            4,
            add_on=True,
        ),
        _ticket(made, "Awards luncheon", "Monday, 12:30", [("", 4_000, late_until)], [lunch], 5, add_on=True),
        _ticket(
            made,
            "Site visit: dispatch centre",
            "Wednesday, 15:00",
            [("", 2_500, late_until)],
            [dispatch],
            6,
            add_on=True,
        ),
        _ticket(
            made,
            "Site visit: receiving facility",
            "Wednesday, 15:00",
            [("", 2_500, late_until)],
            [receiving],
            7,
            add_on=True,
        ),
    )
    _questions(made)
    sessions = _agenda(rng, made, sunday, speakers)
    session().flush()
    return Fair(made, full, community, day, (*add_ons, free), main, tuple(sessions))


def _quota(about: Conference, name: str, capacity: int, *, main: bool = False) -> Quota:
    made = Quota(conference_id=about.id, name=name, capacity=capacity, main=main)
    session().add(made)
    session().flush()
    return made


def _ticket(
    about: Conference,
    name: str,
    description: str,
    prices: list[tuple[str, int, datetime]],
    quotas: list[Quota],
    position: int,
    *,
    add_on: bool = False,
) -> TicketType:
    made = TicketType(
        conference_id=about.id,
        name=name,
        description=description,
        add_on=add_on,
        position=position,
        tax_basis_points=500,
        wording=wording(name=name, description=description),
    )
    session().add(made)
    session().flush()
    session().add_all(QuotaUse(quota_id=quota.id, ticket_type_id=made.id) for quota in quotas)
    session().add_all(
        Price(ticket_type_id=made.id, name=step, amount=amount, until=until, position=place)
        for place, (step, amount, until) in enumerate(prices)
    )
    session().flush()
    return made


def _questions(about: Conference) -> None:
    _question(
        about,
        "You come as",
        [
            "Law enforcement or dispatch",
            "Clinician or health service",
            "Courts or corrections",
            "Family member or advocate",
            "Something else",
        ],
        "Tells presenters who is in the room. Shown only as totals.",
        position=0,
    )
    _question(
        about,
        "What you need from us",
        [
            "Step-free route and seat",
            "Sign-language interpreting",
            "Live captions",
            "A seat near the quiet room",
            "Vegetarian, halal, kosher or other food",
        ],
        "So that rooms, interpreting and food are right when you arrive. Two people on the access team see your answer. We erase it 30 days after the conference. Do not write about other people or cases.",
        position=1,
        sensitive=True,
        erase_after_days=30,
    )


def _question(about: Conference, label: str, options: list[str], reason: str, **more: Any) -> None:
    session().add(
        Question(
            conference_id=about.id,
            label=label,
            kind=QuestionKind.MANY,
            options=options,
            reason=reason,
            wording=wording(label=label, options=options, reason=reason),
            **more,
        )
    )


def _agenda(rng: Random, about: Conference, sunday: date, speakers: list[tuple[str, int]]) -> list[int]:
    rooms = [
        Room(conference_id=about.id, name=name, capacity=capacity, features=list(features), position=place)
        for place, (name, capacity, features) in enumerate(program.ROOMS)
    ]
    session().add_all(rooms)
    session().flush()
    tracks = [scheduling.add_track(about.id, name, short=short) for name, short in program.TRACKS]
    monday, tuesday, wednesday = (sunday + timedelta(days=days) for days in (1, 2, 3))
    places: dict[int, tuple[int | None, datetime]] = {}

    def add(title: str, abstract: str, start: datetime, room: Room | None, **words: object) -> int:
        made = scheduling.add_session(about.id, title=title, abstract=abstract, **words)  # type: ignore[arg-type]
        places[made.id] = (room.id if room else None, start)
        return made.id

    def who(count: int) -> list[SpeakerInput]:
        return [
            SpeakerInput(name=name, person_id=person_id) for name, person_id in rng.sample(speakers, count)
        ]

    found = [
        add(*program.PRE, at(sunday, 13), rooms[1], length=240, speakers=who(2)),
        add(
            *program.OPENING,
            at(monday, 8, 30),
            rooms[0],
            kind=SessionKind.PLENARY,
            speakers=who(3),
            length=90,
        ),
        add(
            *program.CLOSING,
            at(wednesday, 14),
            rooms[0],
            kind=SessionKind.PLENARY,
            length=60,
            speakers=who(1),
        ),
    ]
    for day in (monday, tuesday, wednesday):
        add("Lunch", "", at(day, 12, 30), None, kind=SessionKind.BREAK, length=90)
    slots = [
        *((monday, hour, minute) for hour, minute in ((10, 30), (14, 0), (15, 30), (17, 0))),
        *((tuesday, hour, minute) for hour, minute in ((9, 0), (10, 30), (14, 0), (15, 30))),
        *((wednesday, hour, minute) for hour, minute in ((9, 0), (10, 30))),
    ]
    titles = [(kind + stem, text) for kind in program.FORMATS for stem, text in program.STEMS]
    rng.shuffle(titles)
    for place, (title, abstract) in enumerate(titles):
        day, hour, minute = slots[place // len(rooms)]
        slot_speakers = speakers[(place % len(rooms)) * 12 : (place % len(rooms)) * 12 + 12]
        chosen = rng.sample(slot_speakers, rng.choice((1, 2, 2, 3)))
        found.append(
            add(
                title,
                abstract,
                at(day, hour, minute),
                rooms[place % len(rooms)],
                track_id=tracks[place % len(tracks)].id,
                length=rng.choice((60, 60, 75)),
                speakers=[SpeakerInput(name=name, person_id=person_id) for name, person_id in chosen],
            )
        )
    placements.apply(about.id, places)
    step = agenda.newest_step(about.id)
    scheduling.publish(about.id, seen_version=0, seen_step=step.id if step else 0)
    return found


def course(today: date) -> Conference:
    """A 40-hour course in Tampere that ended six weeks ago."""
    monday = today - timedelta(days=46 + today.weekday())
    made = Conference(
        slug="tampere-course",
        name="40-hour course, Tampere (sample)",
        kind=ConferenceKind.COURSE,
        state=ConferenceState.PUBLIC,
        summary="Five days: behavioral health, empathy, community resources, de-escalation, practice.",
        venue="Training Centre (sample)",
        city="Tampere",
        country="FI",
        zone="Europe/Helsinki",
        starts_on=monday,
        ends_on=monday + timedelta(days=4),
        currency="EUR",
        registration_opens_at=at(monday - timedelta(days=90), 9, zone="Europe/Helsinki"),
        registration_closes_at=at(monday - timedelta(days=3), 12, zone="Europe/Helsinki"),
        sample=True,
        ended_at=at(monday + timedelta(days=4), 23, 59, zone="Europe/Helsinki"),
    )
    session().add(made)
    session().flush()
    seats = _quota(made, "Seats", 40, main=True)
    _ticket(
        made,
        "Course",
        "Five days, with certificate",
        [("", 0, made.registration_closes_at or made.ended_at or at(monday, 0))],
        [seats],
        0,
    )
    return made
