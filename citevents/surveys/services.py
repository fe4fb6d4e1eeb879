"""Verbs of surveys: prepare, plan, ask, change. Called inside the edge's transaction; answers are counted in `answering`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError

from citevents.core import audit
from citevents.core.db import (
    ALL_ORGANIZATIONS,
    as_organization,
    current_organization_id,
    get,
    must,
    session,
)
from citevents.core.errors import NotYours
from citevents.core.events import emit
from citevents.core.tokens import new_public_id
from citevents.surveys import policy, questions
from citevents.surveys.errors import NotWhileOpen
from citevents.surveys.events import SurveyDue
from citevents.surveys.models import (
    QuestionKind,
    Survey,
    SurveyInvitation,
    SurveyQuestion,
    SurveyState,
)


def prepare(conference_id: int) -> int:
    """The survey of a conference, made with the starting questions if there is none; its id."""
    current = session()
    found = current.scalar(sa.select(Survey.id).where(Survey.conference_id == conference_id))
    if found is not None:
        return found
    survey = Survey(conference_id=conference_id, title=str(questions.TITLE), wording=questions.titles())
    try:
        with current.begin_nested():
            current.add(survey)
    except IntegrityError:  # somebody else prepared it at the same moment
        return current.scalars(sa.select(Survey.id).where(Survey.conference_id == conference_id)).one()
    current.add_all(
        SurveyQuestion(
            survey_id=survey.id,
            kind=start.kind,
            label=str(start.label),
            options=[str(option) for option in start.options],
            wording=questions.wordings(start),
            position=position,
        )
        for position, start in enumerate(questions.START)
    )
    current.flush()
    return survey.id


def plan(conference_id: int, person_ids: Sequence[int], ended_at: datetime, zone: str) -> int:
    """The conference is over: open its survey and plan one invitation for each of these people; how many are new.

    A survey that is closed stays so, and asks nobody.
    """
    survey = must(Survey, prepare(conference_id), lock=True)
    due_at = ended_at + timedelta(days=survey.ask_after_days)
    if survey.state is SurveyState.DRAFT:
        survey.state = SurveyState.OPEN
        survey.asks_at = due_at
        survey.closes_at = policy.closing_time(due_at, survey.open_days, zone)
    if not person_ids or survey.state is SurveyState.CLOSED:
        return 0
    made = session().execute(
        insert(SurveyInvitation)
        .values(
            [
                {
                    "organization_id": current_organization_id(),
                    "survey_id": survey.id,
                    "person_id": person_id,
                    "public_id": new_public_id(),
                    "due_at": due_at,
                    "used": False,
                }
                for person_id in person_ids
            ]
        )
        .on_conflict_do_nothing()
        .returning(SurveyInvitation.id)
    )
    return len(made.all())


def ask_due(at: datetime, limit: int = 500) -> int:
    """Emit SurveyDue for invitations of every organization whose time has come; how many."""
    due = (
        session()
        .scalars(
            sa.select(SurveyInvitation)
            .join(Survey)
            .where(
                SurveyInvitation.due_at <= at,
                SurveyInvitation.asked_at.is_(None),
                Survey.state == SurveyState.OPEN,
                Survey.closes_at > at,
            )
            .order_by(SurveyInvitation.due_at, SurveyInvitation.id)
            .limit(limit)
            .with_for_update(skip_locked=True, of=SurveyInvitation)
            .execution_options(**ALL_ORGANIZATIONS)
        )
        .all()
    )
    for invitation in due:
        invitation.asked_at = at
        with as_organization(invitation.organization_id):
            emit(SurveyDue(survey_invitation_id=invitation.id))
    return len(due)


def asked(survey_invitation_id: int) -> None:
    """The link was mailed: one more was asked."""
    invitation = must(SurveyInvitation, survey_invitation_id)
    session().execute(
        sa.update(Survey)
        .where(Survey.id == invitation.survey_id)
        .values(asked=Survey.asked + 1)
        .execution_options(synchronize_session=False)
    )


def drop(survey_invitation_id: int) -> None:
    """This person is not to be asked after all."""
    session().execute(
        sa.delete(SurveyInvitation)
        .where(SurveyInvitation.id == survey_invitation_id)
        .execution_options(synchronize_session=False)
    )


def configure(survey_id: int, *, ask_after_days: int, open_days: int) -> None:
    """When people are asked and how long they may answer; only before anybody is asked."""
    survey = must(Survey, survey_id, lock=True)
    if survey.state is not SurveyState.DRAFT:
        raise NotWhileOpen()
    survey.ask_after_days = ask_after_days
    survey.open_days = open_days
    audit.record("configure", "survey", survey.id)


def save_question(
    survey_id: int, question_id: int | None, *, kind: QuestionKind, label: str, options: Iterable[str]
) -> None:
    """Add or change a question; only before anybody is asked. A changed wording drops its translations."""
    survey = must(Survey, survey_id, lock=True)
    if survey.state is not SurveyState.DRAFT:
        raise NotWhileOpen()
    current = session()
    kept = list(options)
    if question_id is None:
        last = current.scalar(
            sa.select(sa.func.max(SurveyQuestion.position)).where(SurveyQuestion.survey_id == survey_id)
        )
        current.add(
            SurveyQuestion(
                survey_id=survey_id, kind=kind, label=label, options=kept, position=(last or 0) + 1
            )
        )
    else:
        question = get(SurveyQuestion, question_id, lock=True)
        if question is None or question.survey_id != survey_id:
            raise NotYours()
        if (question.label, question.options) != (label, kept):
            question.wording = {}
        question.kind, question.label, question.options = kind, label, kept
    audit.record("question", "survey", survey.id)


def remove_question(survey_id: int, question_id: int) -> None:
    """Take a question out; only before anybody is asked."""
    survey = must(Survey, survey_id, lock=True)
    if survey.state is not SurveyState.DRAFT:
        raise NotWhileOpen()
    question = get(SurveyQuestion, question_id, lock=True)
    if question is None or question.survey_id != survey_id:
        raise NotYours()
    session().delete(question)
    audit.record("remove_question", "survey", survey.id)


def forget(person_id: int) -> None:
    """Erase a person's invitations. Their answers were never joined to them: they stay counted, and so do the numbers."""
    session().execute(
        sa.delete(SurveyInvitation)
        .where(SurveyInvitation.person_id == person_id)
        .execution_options(synchronize_session=False)
    )
