"""Verbs of surveys: prepare, plan, ask, answer, release. Called inside the edge's transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
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
from citevents.surveys.errors import AnsweredAlready, NothingAnswered, NotWhileOpen, SurveyClosed
from citevents.surveys.events import SurveyAnswered, SurveyDue
from citevents.surveys.models import (
    QuestionKind,
    Survey,
    SurveyInvitation,
    SurveyQuestion,
    SurveyResponse,
    SurveyState,
    random_id,
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


def plan(conference_id: int, person_ids: Sequence[int], ended_at: datetime) -> int:
    """The conference is over: open its survey and plan one invitation for each of these people; how many are new."""
    survey = must(Survey, prepare(conference_id), lock=True)
    due_at = ended_at + timedelta(days=survey.ask_after_days)
    if survey.state is SurveyState.DRAFT:
        survey.state = SurveyState.OPEN
        survey.closes_at = due_at + timedelta(days=survey.open_days)
    if not person_ids:
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
            .where(SurveyInvitation.due_at <= at, SurveyInvitation.asked_at.is_(None))
            .order_by(SurveyInvitation.due_at, SurveyInvitation.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
            .execution_options(**ALL_ORGANIZATIONS)
        )
        .all()
    )
    for invitation in due:
        invitation.asked_at = at
        with as_organization(invitation.organization_id):
            emit(SurveyDue(survey_invitation_id=invitation.id))
    return len(due)


def close_due(at: datetime) -> None:
    """Close surveys of every organization whose last day is over."""
    session().execute(
        sa.update(Survey)
        .where(Survey.state == SurveyState.OPEN, Survey.closes_at <= at)
        .values(state=SurveyState.CLOSED)
        .execution_options(synchronize_session=False, **ALL_ORGANIZATIONS)
    )


def answer(token: str, sent: Mapping[str, Sequence[str]], at: datetime) -> None:
    """Keep the answers of whoever holds this link, once; `sent` maps question ids to the form's values.

    NotYours for an unknown link, AnsweredAlready, SurveyClosed, NothingAnswered.
    """
    current = session()
    invitation = current.scalar(
        sa.select(SurveyInvitation).where(SurveyInvitation.public_id == token).with_for_update()
    )
    if invitation is None:
        raise NotYours()
    if invitation.used:
        raise AnsweredAlready()
    survey = must(Survey, invitation.survey_id)
    if survey.state is not SurveyState.OPEN or (survey.closes_at and at >= survey.closes_at):
        raise SurveyClosed()
    asked = current.scalars(sa.select(SurveyQuestion).where(SurveyQuestion.survey_id == survey.id))
    answers = {
        str(question.id): policy.read_answer(
            question.kind, len(question.options), sent.get(str(question.id), [])
        )
        for question in asked
    }
    if not policy.answered(answers):
        raise NothingAnswered()
    invitation.used = True
    response = SurveyResponse(survey_id=survey.id, answers=answers)
    response.id = random_id()
    current.add(response)
    emit(SurveyAnswered(survey_id=survey.id))


def release() -> int:
    """Let waiting answers into the results where there are at least five; how many surveys changed.

    All rows of the survey and its invitations are rewritten together, so that the database's own row versions no longer
    tell which answer was written along with which invitation.
    """
    waiting = session().execute(
        sa.select(SurveyResponse.organization_id, SurveyResponse.survey_id, sa.func.count().label("n"))
        .where(SurveyResponse.released.is_(False))
        .group_by(SurveyResponse.organization_id, SurveyResponse.survey_id)
        .execution_options(**ALL_ORGANIZATIONS)
    )
    ready = [row for row in waiting.all() if policy.released_now(row.n)]
    for row in ready:
        with as_organization(row.organization_id):
            _mix(row.survey_id)
    return len(ready)


def _mix(survey_id: int) -> None:
    current = session()
    responses = current.execute(
        sa.delete(SurveyResponse)
        .where(SurveyResponse.survey_id == survey_id)
        .returning(SurveyResponse.id, SurveyResponse.answers)
        .execution_options(synchronize_session=False)
    ).all()
    # Sorted by their random ids, they come to lie in an order that has nothing to do with their arrival.
    current.execute(
        sa.insert(SurveyResponse),
        [
            {
                "organization_id": current_organization_id(),
                "id": response.id,
                "survey_id": survey_id,
                "answers": response.answers,
                "released": True,
            }
            for response in sorted(responses, key=lambda each: each.id)
        ],
    )
    current.execute(
        sa.update(SurveyInvitation)
        .where(SurveyInvitation.survey_id == survey_id)
        .values(used=SurveyInvitation.used)
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
    """Erase a person's invitations; their answers were never joined to them."""
    session().execute(
        sa.delete(SurveyInvitation)
        .where(SurveyInvitation.person_id == person_id)
        .execution_options(synchronize_session=False)
    )
