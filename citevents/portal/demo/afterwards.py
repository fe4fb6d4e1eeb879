"""The survey of the finished course, answered by most; and an exchange round with 120 programs."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

import sqlalchemy as sa

from citevents.conferences.models import Conference
from citevents.core.db import session
from citevents.matching import exchanges, rounds
from citevents.matching import services as matching
from citevents.matching.models import Match, Program, Round, Side
from citevents.matching.policy import weeks_between
from citevents.matching.services import Description, Wish
from citevents.matching.solver.problem import CORE_ELEMENTS, LEGAL_SETTINGS, ROLES, SIZES, STAGES, STRUCTURES
from citevents.people import services as people
from citevents.people.models import Purpose
from citevents.people.policy import WORDINGS
from citevents.people.services import Newcomer
from citevents.portal.demo import crowd, names
from citevents.surveys import answering
from citevents.surveys import services as surveys
from citevents.surveys.models import QuestionKind, Survey, SurveyInvitation, SurveyQuestion

SAID = (
    "I now call the night team before I drive, not after.",
    "Hiljaisuus on myös vastaus.",
    "More time with the families, fewer slides.",
    "The scenarios were hard and I am glad of them.",
    "تعلّمت أن أنتظر قبل أن أتكلم.",
    "Keep the evening with the peer workers.",
    "Un día más de práctica, por favor.",
    "The map of services on one page is on my dashboard now.",
)


def survey(rng: Random, course: Conference, person_ids: list[int], now: datetime) -> None:
    """Everybody was asked; four of five answered; it is closed, and its results are published."""
    survey_id = surveys.prepare(course.id)
    ended_at = course.ended_at or now
    surveys.plan(course.id, person_ids, ended_at, course.zone)
    session().execute(sa.update(SurveyInvitation).values(asked_at=ended_at))
    session().execute(sa.update(Survey).where(Survey.id == survey_id).values(asked=len(person_ids)))
    questions = session().scalars(sa.select(SurveyQuestion).order_by(SurveyQuestion.position)).all()
    answering_ids = rng.sample(person_ids, len(person_ids) * 4 // 5)
    tokens = session().scalars(
        sa.select(SurveyInvitation.public_id).where(SurveyInvitation.person_id.in_(answering_ids))
    )
    for token in tokens.all():
        sent = {str(question.id): _said(rng, question) for question in questions if rng.random() < 0.95}
        answering.answer(token, sent, ended_at)
    answering.close_due(now)


def _said(rng: Random, question: SurveyQuestion) -> list[str]:
    if question.kind is QuestionKind.SCALE:
        return [str(rng.choices((1, 2, 3, 4, 5), (1, 3, 8, 18, 14))[0])]
    if question.kind is QuestionKind.ONE:
        return [str(rng.choices(range(3), (22, 8, 2))[0])]
    if question.kind is QuestionKind.MANY:
        return [str(each) for each in rng.sample(range(len(question.options) - 1), rng.choice((1, 2)))]
    return [rng.choice(SAID)] if rng.random() < 0.5 else []


def programs(rng: Random, now: datetime, leader: Newcomer, others: int = 120) -> None:
    """The sample leader's program and 119 others of forty countries: an earlier round with its exchanges, and one that is open."""
    leaders = [leader, *crowd.newcomers(rng, others - 1, first=7000)]
    ids = people.find_or_make_all(leaders)
    for person_id, who in zip(ids, leaders, strict=True):
        matching.describe(person_id, _description(rng, who))
    _earlier_round(rng, now - timedelta(days=120), ids[: others // 2])
    begins = now + timedelta(days=100)
    round_id = rounds.open_round(
        "Exchange round, spring (sample)",
        begins.date(),
        (begins + timedelta(days=100)).date(),
        now + timedelta(days=21),
    )
    _ask_all(rng, round_id, ids, now)


def _earlier_round(rng: Random, at: datetime, leader_ids: list[int]) -> None:
    """Half of them asked four months ago; the solver matched them, and nearly all said yes."""
    begins = at + timedelta(days=130)
    round_id = rounds.open_round(
        "Exchange round, winter (sample)",
        begins.date(),
        (begins + timedelta(days=80)).date(),
        at + timedelta(days=14),
    )
    _ask_all(rng, round_id, leader_ids, at)
    run_id = rounds.ask_run(round_id, "coverage", None)
    rounds.solve(run_id)
    rounds.propose(run_id, at + timedelta(days=15))
    session().flush()
    sides = session().execute(
        sa.select(Match.public_id, Program.leader_id)
        .join(Side, sa.and_(Side.organization_id == Match.organization_id, Side.match_id == Match.id))
        .join(
            Program, sa.and_(Program.organization_id == Side.organization_id, Program.id == Side.program_id)
        )
        .order_by(Match.id, Side.position)
    )
    declined: set[str] = set()
    for public_id, leader_id in sides.all():
        if public_id in declined or leader_id is None:
            continue
        accepts = rng.random() < 0.95
        exchanges.answer(leader_id, public_id, accepts, at + timedelta(days=18))
        if not accepts:
            declined.add(public_id)
    rounds.close_round(round_id)


def _ask_all(rng: Random, round_id: int, leader_ids: list[int], at: datetime) -> None:
    about = session().scalars(sa.select(Round).where(Round.id == round_id)).one()
    weeks = weeks_between(about.first_day, about.last_day)
    version = WORDINGS[Purpose.EXCHANGE].version
    for person_id in leader_ids:
        people.give_consent(person_id, Purpose.EXCHANGE, version, "exchange", at)
        modes = {
            rng.choice(("mutual", "virtual")),
            rng.choice(("mutual", "guest", "host", "virtual", "mentoring")),
        }
        matching.ask(
            person_id,
            round_id,
            Wish(
                modes=sorted(modes),
                weeks=sorted(rng.sample(weeks, rng.randint(4, 8))),
                delegation=rng.choice((3, 3, 4)),
                places=rng.choice((1, 1, 1, 2)),
            ),
            at,
        )


def _description(rng: Random, who: Newcomer) -> Description:
    _, language, zone, city, *_rest = names.COUNTRIES[who.country]
    spoken = {language: "C2", "en": rng.choice(("B1", "B2", "C1"))} if language != "en" else {"en": "C2"}
    if rng.random() < 0.35:
        spoken.setdefault(rng.choice(("fr", "es", "ar", "pt", "de")), rng.choice(("B1", "B2")))
    stage = rng.choices(STAGES, (35, 35, 20, 10))[0]
    elements = rng.sample(CORE_ELEMENTS, 6)
    return Description(
        name=f"{city} CIT Program (sample)",
        country=who.country,
        zone=zone,
        city=city,
        languages=spoken,
        roles=sorted(rng.sample(ROLES, rng.randint(3, 5))),
        stage=stage,
        structure=rng.choice(STRUCTURES),
        legal=LEGAL_SETTINGS[0] if language == "en" else rng.choice(LEGAL_SETTINGS[1:3]),
        size=rng.choice(SIZES),
        strengths=elements[:3],
        needs=elements[3:],
        about="A sample program: everything here is made up.",
    )
