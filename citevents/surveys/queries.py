"""What pages may know of surveys. Results pass through policy, which hides what is too small to show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from citevents.core.db import session
from citevents.core.languages import current_language
from citevents.core.languages import gettext as _
from citevents.surveys import policy
from citevents.surveys.models import (
    QuestionKind,
    Survey,
    SurveyInvitation,
    SurveyQuestion,
    SurveyResponse,
    SurveyState,
)


@dataclass(frozen=True, kw_only=True)
class QuestionView:
    """A question in the reader's language."""

    id: int
    kind: QuestionKind
    label: str
    options: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class SurveyView:
    """A survey with its questions in the reader's language, and how far it is. `counted` answers are in the results."""

    id: int
    conference_id: int
    title: str
    state: SurveyState
    ask_after_days: int
    open_days: int
    closes_at: datetime | None
    questions: tuple[QuestionView, ...]
    invited: int
    answered: int
    counted: int


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the holder of a link sees."""

    survey: SurveyView
    used: bool


@dataclass(frozen=True, kw_only=True)
class ToMail:
    """What the letter to one person needs."""

    person_id: int
    public_id: str
    conference_id: int
    closes_at: datetime | None
    used: bool


def _question(row: SurveyQuestion) -> QuestionView:
    words = row.wording.get(current_language(), {})
    return QuestionView(
        id=row.id,
        kind=row.kind,
        label=words.get("label") or row.label,
        options=tuple(words.get("options") or row.options),
    )


def _view(survey: Survey) -> SurveyView:
    current = session()
    rows = current.scalars(
        sa.select(SurveyQuestion)
        .where(SurveyQuestion.survey_id == survey.id)
        .order_by(SurveyQuestion.position, SurveyQuestion.id)
    )
    invited, answered = current.execute(
        sa.select(sa.func.count(), sa.func.count().filter(SurveyInvitation.used)).where(
            SurveyInvitation.survey_id == survey.id
        )
    ).one()
    counted = current.scalar(
        sa.select(sa.func.count()).where(
            SurveyResponse.survey_id == survey.id, SurveyResponse.released.is_(True)
        )
    )
    words = survey.wording.get(current_language(), {})
    return SurveyView(
        id=survey.id,
        conference_id=survey.conference_id,
        title=words.get("title") or survey.title,
        state=survey.state,
        ask_after_days=survey.ask_after_days,
        open_days=survey.open_days,
        closes_at=survey.closes_at,
        questions=tuple(_question(row) for row in rows),
        invited=invited,
        answered=answered,
        counted=counted or 0,
    )


def of_conference(conference_id: int) -> SurveyView | None:
    """The survey of a conference, if it was prepared."""
    survey = session().scalar(sa.select(Survey).where(Survey.conference_id == conference_id))
    return _view(survey) if survey else None


def by_token(token: str) -> Asked | None:
    """The survey behind a link."""
    invitation = session().scalar(sa.select(SurveyInvitation).where(SurveyInvitation.public_id == token))
    if invitation is None:
        return None
    survey = session().scalars(sa.select(Survey).where(Survey.id == invitation.survey_id)).one()
    return Asked(survey=_view(survey), used=invitation.used)


def to_mail(survey_invitation_id: int) -> ToMail | None:
    """Who is to be asked, and with which link; None when the invitation was erased."""
    row = (
        session()
        .execute(
            sa.select(SurveyInvitation, Survey)
            .join(Survey)
            .where(SurveyInvitation.id == survey_invitation_id)
        )
        .first()
    )
    if row is None:
        return None
    invitation, survey = row
    return ToMail(
        person_id=invitation.person_id,
        public_id=invitation.public_id,
        conference_id=survey.conference_id,
        closes_at=survey.closes_at,
        used=invitation.used,
    )


def results(survey: SurveyView) -> list[policy.Result]:
    """What is shown of every question, in the survey's order."""
    answers = list(
        session().scalars(
            sa.select(SurveyResponse.answers).where(
                SurveyResponse.survey_id == survey.id, SurveyResponse.released.is_(True)
            )
        )
    )
    return [
        policy.result(
            question.id,
            question.kind,
            question.label,
            question.options,
            [each[str(question.id)] for each in answers if each.get(str(question.id)) is not None],
            agreement=_("agree mostly or completely"),
        )
        for question in survey.questions
    ]


def answered_by(person_id: int) -> list[dict[str, object]]:
    """What the export of a person's data says: that they were asked, and whether they answered; never what."""
    rows = session().execute(
        sa.select(Survey.title, SurveyInvitation.due_at, SurveyInvitation.used)
        .join(Survey)
        .where(SurveyInvitation.person_id == person_id)
    )
    return [{"survey": row.title, "due": row.due_at.isoformat(), "answered": row.used} for row in rows]
