"""Tables of surveys. No row is one person's answers: while a survey is open they are counted together, and sealed."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from citevents.core.clock import now
from citevents.core.db import Mapped, Row, attach, belongs_to, mapped_column
from citevents.core.tokens import new_public_id


class SurveyState(StrEnum):
    """Goes one way: once it is open its questions stay, once it is closed its results do."""

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
    #: Set when the conference is over.
    asks_at: Mapped[datetime | None] = mapped_column(default=None)
    closes_at: Mapped[datetime | None] = mapped_column(default=None)
    #: How many were asked, and how many answered: both stay when somebody is erased.
    asked: Mapped[int] = mapped_column(sa.Integer, default=0, server_default="0")
    answered: Mapped[int] = mapped_column(sa.Integer, default=0, server_default="0")

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


class SurveyBox(Row):
    """The answers to an open survey, counted together (`counting`) and sealed under the installation's secret.

    Written anew with each answer: nothing in the database says what one person answered, not even the first. Gone when the
    survey closes.
    """

    __tablename__ = "survey_box"

    survey_id: Mapped[int]
    sealed: Mapped[bytes] = mapped_column(sa.LargeBinary)

    __table_args__ = (
        belongs_to("survey", ondelete="CASCADE"),
        sa.UniqueConstraint("organization_id", "survey_id"),
    )


class SurveyResult(Row):
    """The results, made once when the survey closed (`results`); a trigger refuses any change. All that is left of the answers."""

    __tablename__ = "survey_result"

    survey_id: Mapped[int]
    content: Mapped[dict[str, Any]]
    #: Of `content` as it was published (MD5 of its text), written by the database: `flask check` compares.
    digest: Mapped[str] = mapped_column(init=False, server_default="")
    published_at: Mapped[datetime] = mapped_column(default_factory=now)

    __table_args__ = (belongs_to("survey"), sa.UniqueConstraint("organization_id", "survey_id"))


attach(
    "survey_result",
    """CREATE OR REPLACE FUNCTION survey_result_immutable() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN
         IF TG_OP = 'INSERT' THEN
           NEW.digest := md5(NEW.content::text);
           RETURN NEW;
         END IF;
         RAISE EXCEPTION 'published results do not change';
       END $$;
       CREATE TRIGGER survey_result_immutable BEFORE INSERT OR UPDATE OR DELETE ON survey_result FOR EACH ROW
       EXECUTE FUNCTION survey_result_immutable()""",
    "DROP TRIGGER IF EXISTS survey_result_immutable ON survey_result;"
    " DROP FUNCTION IF EXISTS survey_result_immutable() CASCADE",
)
