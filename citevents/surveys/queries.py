"""What pages may know of surveys. Results pass through policy, which hides what is too small to show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from citevents.core.db import session
from citevents.locale.languages import current_language
from citevents.surveys import results as published
from citevents.surveys.models import (
    QuestionKind,
    Survey,
    SurveyInvitation,
    SurveyQuestion,
    SurveyResult,
    SurveyState,
)
from citevents.surveys.policy import is_follow_up
from citevents.surveys.results import Outcome


@dataclass(frozen=True, kw_only=True)
class QuestionView:
    """A question in the reader's language."""

    id: int
    kind: QuestionKind
    label: str
    options: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class SurveyView:
    """A survey with its questions in the reader's language, and how many were asked and answered."""

    id: int
    conference_id: int
    title: str
    state: SurveyState
    ask_after_days: int
    follow_up: bool
    open_days: int
    #: When people are asked, and when it closes; None before the conference is over.
    asks_at: datetime | None
    closes_at: datetime | None
    questions: tuple[QuestionView, ...]
    asked: int
    answered: int

    def takes_answers(self, at: datetime) -> bool:
        """Whether it is open, and its last day not over, whether or not the clock has come by."""
        return self.state is SurveyState.OPEN and (self.closes_at is None or at < self.closes_at)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the holder of a link sees."""

    survey: SurveyView
    used: bool


@dataclass(frozen=True, kw_only=True)
class ToMail:
    """What the letter to one person needs, whether it is still time for it, and whether it takes their consent."""

    person_id: int
    public_id: str
    conference_id: int
    closes_at: datetime | None
    open: bool
    used: bool
    follow_up: bool


def _question(row: SurveyQuestion) -> QuestionView:
    words = row.wording.get(current_language(), {})
    return QuestionView(
        id=row.id,
        kind=row.kind,
        label=words.get("label") or row.label,
        options=tuple(words.get("options") or row.options),
    )


def _view(survey: Survey) -> SurveyView:
    rows = session().scalars(
        sa.select(SurveyQuestion)
        .where(SurveyQuestion.survey_id == survey.id)
        .order_by(SurveyQuestion.position, SurveyQuestion.id)
    )
    words = survey.wording.get(current_language(), {})
    return SurveyView(
        id=survey.id,
        conference_id=survey.conference_id,
        title=words.get("title") or survey.title,
        state=survey.state,
        ask_after_days=survey.ask_after_days,
        follow_up=is_follow_up(survey.ask_after_days),
        open_days=survey.open_days,
        asks_at=survey.asks_at,
        closes_at=survey.closes_at,
        questions=tuple(_question(row) for row in rows),
        asked=survey.asked,
        answered=survey.answered,
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
        open=survey.state is SurveyState.OPEN,
        used=invitation.used,
        follow_up=is_follow_up(survey.ask_after_days),
    )


@dataclass(frozen=True, kw_only=True)
class QuestionResult:
    """A question in the reader's language with what is shown of it."""

    question: QuestionView
    outcome: Outcome


def results(survey: SurveyView) -> list[QuestionResult] | None:
    """What was published of every question, in the survey's order; None while the survey is not closed.

    Empty where fewer than five people answered.
    """
    content = session().scalar(sa.select(SurveyResult.content).where(SurveyResult.survey_id == survey.id))
    if content is None:
        return None
    outcomes = published.read(content)
    return [
        QuestionResult(question=question, outcome=outcomes[question.id])
        for question in survey.questions
        if question.id in outcomes
    ]


def answered_by(person_id: int) -> list[dict[str, object]]:
    """What the export of a person's data says: that they were asked, and whether they answered; never what."""
    rows = session().execute(
        sa.select(Survey.title, SurveyInvitation.asked_at, SurveyInvitation.used)
        .join(Survey)
        .where(SurveyInvitation.person_id == person_id, SurveyInvitation.asked_at.is_not(None))
        .order_by(SurveyInvitation.id)
    )
    return [{"survey": row.title, "asked": row.asked_at.isoformat(), "answered": row.used} for row in rows]
