"""Makers of surveys for tests: a conference that is over, people who were asked, what they answer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from citevents.conferences.models import Conference
from citevents.core.db import must, session, transaction
from citevents.surveys import answering, queries, services
from citevents.surveys.models import QuestionKind, Survey, SurveyInvitation
from citevents.surveys.queries import QuestionResult, SurveyView
from tests.conferences.world import a_conference
from tests.people.world import a_person

#: When the conference of `a_survey` ended, and a moment while people answer.
ENDED = datetime(2027, 8, 26, 7, tzinfo=UTC)
OPEN = ENDED + timedelta(days=2)
OVER = ENDED + timedelta(days=40)


def a_survey(people: int, slug: str = "over") -> tuple[int, list[str]]:
    """An open survey with the starting questions, and the links of so many people who were asked."""
    conference: Conference = a_conference(slug)
    ids = [a_person(f"Guest {number}") for number in range(people)]
    with transaction():
        survey_id = services.prepare(conference.id)
        services.configure(survey_id, ask_after_days=0, open_days=30)
        services.plan(conference.id, ids, ENDED, conference.zone)
    with transaction():
        for invitation in session().scalars(
            sa.select(SurveyInvitation).where(SurveyInvitation.survey_id == survey_id)
        ):
            invitation.asked_at = ENDED
            services.asked(invitation.id)
    found = session().scalars(
        sa.select(SurveyInvitation.public_id)
        .where(SurveyInvitation.survey_id == survey_id)
        .order_by(SurveyInvitation.person_id)
    )
    return survey_id, list(found.all())


def view(survey_id: int) -> SurveyView:
    """The survey as pages have it."""
    found = queries.of_conference(must(Survey, survey_id).conference_id)
    assert found
    return found


def sent(survey_id: int, **said: object) -> dict[str, list[str]]:
    """A form: `scale`, `one`, `many` and `text` answer the first question of that kind, `all_scales` every scale."""
    made: dict[str, list[str]] = {}
    first: set[str] = set()
    for question in view(survey_id).questions:
        kind = question.kind.value
        value = said.get(kind) if kind not in first else None
        first.add(kind)
        if question.kind is QuestionKind.SCALE and "all_scales" in said:
            value = said["all_scales"]
        if value is not None:
            made[str(question.id)] = [str(each) for each in (value if isinstance(value, list) else [value])]
    return made


def says(survey_id: int, token: str, at: datetime = OPEN, **said: object) -> None:
    """Whoever has this link answers."""
    with transaction():
        answering.answer(token, sent(survey_id, **said), at)


def closed(survey_id: int, at: datetime = OVER) -> list[QuestionResult]:
    """Let the last day pass; what was published."""
    with transaction():
        answering.close_due(at)
    results = queries.results(view(survey_id))
    assert results is not None
    return results


def of_kind(results: Sequence[QuestionResult], kind: str) -> QuestionResult:
    """The first result of a kind."""
    return next(each for each in results if each.question.kind.value == kind)
