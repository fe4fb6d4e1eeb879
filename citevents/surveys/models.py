"""Tables of surveys. Answers carry nothing that joins them to a person: no id of theirs, no time, no order."""

from __future__ import annotations

import secrets
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from citevents.core.db import Mapped, Row, belongs_to, mapped_column
from citevents.core.tokens import new_public_id


class SurveyState(StrEnum):
    DRAFT = "draft"
    OPEN = "open"
    CLOSED = "closed"


class Survey(Row):
    """What is asked after one conference, of everybody who was checked in."""

    __tablename__ = "survey"

    conference_id: Mapped[int]
    title: Mapped[str]
    wording: Mapped[dict[str, Any]] = mapped_column(default_factory=dict)
    state: Mapped[SurveyState] = mapped_column(default=SurveyState.DRAFT)
    #: Days after the end of the conference until people are asked, and until it closes after that.
    ask_after_days: Mapped[int] = mapped_column(sa.Integer, default=0)
    open_days: Mapped[int] = mapped_column(sa.Integer, default=30)
    closes_at: Mapped[datetime | None] = mapped_column(default=None)

    __table_args__ = (
        belongs_to("conference", ondelete="CASCADE"),
        sa.UniqueConstraint("organization_id", "conference_id"),
        sa.CheckConstraint("ask_after_days >= 0 AND open_days BETWEEN 1 AND 365", name="days"),
    )


class QuestionKind(StrEnum):
    SCALE = "scale"  # five steps from "not at all" to "completely"; results show the upper two together
    ONE = "one"
    MANY = "many"
    TEXT = "text"


class SurveyQuestion(Row):
    """One question; nobody has to answer it."""

    __tablename__ = "survey_question"

    survey_id: Mapped[int]
    kind: Mapped[QuestionKind]
    label: Mapped[str]
    options: Mapped[list[str]] = mapped_column(default_factory=list)
    #: {"ar": {"label": ..., "options": [...]}}
    wording: Mapped[dict[str, Any]] = mapped_column(default_factory=dict)
    position: Mapped[int] = mapped_column(sa.Integer, default=0)

    __table_args__ = (
        belongs_to("survey", ondelete="CASCADE"),
        sa.Index("survey_question_survey", "organization_id", "survey_id", "position"),
    )


class SurveyInvitation(Row):
    """One person is asked once. `used` says that they answered, not when; the link works without signing in."""

    __tablename__ = "survey_invitation"

    survey_id: Mapped[int]
    person_id: Mapped[int]
    public_id: Mapped[str] = mapped_column(default_factory=new_public_id)
    due_at: Mapped[datetime]
    asked_at: Mapped[datetime | None] = mapped_column(default=None)
    used: Mapped[bool] = mapped_column(default=False)

    __table_args__ = (
        belongs_to("survey", ondelete="CASCADE"),
        belongs_to("person"),
        sa.UniqueConstraint("organization_id", "survey_id", "person_id"),
        sa.UniqueConstraint("organization_id", "public_id"),
        sa.Index("survey_invitation_due", "due_at", postgresql_where=sa.text("asked_at IS NULL")),
        sa.Index("survey_invitation_person", "organization_id", "person_id"),
    )


class SurveyResponse(Row):
    """One set of answers. Its id is random, so that no order of arrival shows; it counts in results once `released`."""

    __tablename__ = "survey_response"

    survey_id: Mapped[int]
    #: {question id as text: answer}
    answers: Mapped[dict[str, Any]]
    released: Mapped[bool] = mapped_column(default=False)

    __table_args__ = (
        belongs_to("survey", ondelete="CASCADE"),
        sa.Index("survey_response_survey", "organization_id", "survey_id", "released"),
    )


def random_id() -> int:
    """An id that says nothing of when it was made."""
    return secrets.randbelow(2**62)
