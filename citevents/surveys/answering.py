"""Verbs of answers: counted in one by one while a survey is open, published together when it closes."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa

from citevents.core import sealing
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
from citevents.surveys import counting, policy, results
from citevents.surveys.counting import Asked
from citevents.surveys.errors import AnsweredAlready, AnswersAway, NothingAnswered, SurveyClosed
from citevents.surveys.events import SurveyEnded
from citevents.surveys.models import (
    Survey,
    SurveyBox,
    SurveyInvitation,
    SurveyQuestion,
    SurveyResult,
    SurveyState,
)

log = logging.getLogger("citevents.surveys")


def answer(token: str, sent: Mapping[str, Sequence[str]], at: datetime) -> None:
    """Count the answers of whoever holds this link, once; `sent` maps question ids to the form's values.

    NotYours for an unknown link, AnsweredAlready, SurveyClosed, NothingAnswered, AnswersAway. Those who answer one survey go one by one:
    each finds it open or closed, and is counted or refused.
    """
    current = session()
    mine = SurveyInvitation.public_id == token
    survey_id = current.scalar(sa.select(SurveyInvitation.survey_id).where(mine))
    survey = get(Survey, survey_id, lock=True)
    invitation = current.scalar(
        sa.select(SurveyInvitation).where(mine).with_for_update().execution_options(populate_existing=True)
    )
    if survey is None or invitation is None:
        raise NotYours()
    if invitation.used:
        raise AnsweredAlready()
    if survey.state is not SurveyState.OPEN or (survey.closes_at and at >= survey.closes_at):
        raise SurveyClosed()
    answers = _read(survey.id, sent)
    if not policy.answered(answers):
        raise NothingAnswered()
    invitation.used = True
    survey.answered += 1
    box = _box(survey.id) or SurveyBox(survey_id=survey.id, sealed=_sealed(survey.id, {}))
    try:
        tally = _opened(box)
    except sealing.Unreadable as wrong:
        log.error("answers cannot be opened", extra={"survey": survey.id})
        raise AnswersAway() from wrong
    box.sealed = _sealed(survey.id, counting.add(tally, _asked(survey.id), answers))
    current.add(box)


def _read(survey_id: int, sent: Mapping[str, Sequence[str]]) -> dict[int, object]:
    return {
        question.id: policy.read_answer(question.kind, question.options, sent.get(str(question.id), []))
        for question in _asked(survey_id)
    }


def _asked(survey_id: int) -> list[Asked]:
    rows = session().scalars(
        sa.select(SurveyQuestion)
        .where(SurveyQuestion.survey_id == survey_id)
        .order_by(SurveyQuestion.position, SurveyQuestion.id)
    )
    return [Asked(id=row.id, kind=row.kind, options=len(row.options)) for row in rows]


def _box(survey_id: int) -> SurveyBox | None:
    return session().scalar(sa.select(SurveyBox).where(SurveyBox.survey_id == survey_id))


def _sealed(survey_id: int, tally: counting.Tally) -> bytes:
    return sealing.seal(_seal_of(survey_id), counting.write(tally))


def _opened(box: SurveyBox) -> counting.Tally:
    return counting.read(sealing.unseal(_seal_of(box.survey_id), box.sealed))


def _seal_of(survey_id: int) -> str:
    return f"survey:{current_organization_id()}:{survey_id}"


def close_due(at: datetime) -> int:
    """Close surveys of every organization whose last day is over; how many.

    One whose answers cannot be opened (CITEVENTS_SECRET is not the one they were given under) stays as it is, and is told of:
    with the right secret it closes at the next tick.
    """
    due = session().execute(
        sa.select(Survey.organization_id, Survey.id)
        .where(Survey.state == SurveyState.OPEN, Survey.closes_at <= at)
        .order_by(Survey.closes_at)
        .with_for_update(skip_locked=True)
        .execution_options(**ALL_ORGANIZATIONS)
    )
    closed = 0
    for organization_id, survey_id in due.all():
        with as_organization(organization_id):
            try:
                with session().begin_nested():
                    close(survey_id)
                closed += 1
            except sealing.Unreadable:
                log.error("answers cannot be opened", extra={"survey": survey_id})
    return closed


def close(survey_id: int) -> None:
    """Publish the results of all answers, once. The answers themselves go, and so do invitations that nobody was sent."""
    survey = must(Survey, survey_id, lock=True)
    box = _box(survey.id)
    content = results.publish(_asked(survey.id), _opened(box) if box else {}, survey.answered)
    current = session()
    current.add(SurveyResult(survey_id=survey.id, content=content))
    if box:
        current.delete(box)
    current.execute(
        sa.delete(SurveyInvitation)
        .where(SurveyInvitation.survey_id == survey.id, SurveyInvitation.asked_at.is_(None))
        .execution_options(synchronize_session=False)
    )
    survey.state = SurveyState.CLOSED
    emit(SurveyEnded(survey_id=survey.id))
