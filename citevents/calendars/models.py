"""Tables of what lies in people's calendars."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from citevents.core.clock import now
from citevents.core.db import Mapped, Row, attach, belongs_to, mapped_column
from citevents.core.tokens import new_public_id


class Kind(StrEnum):
    """What an entry is about: the kind of `subject_id`."""

    REGISTRATION = "registration"
    SESSION = "session"
    EXCHANGE = "exchange"


class InvitationState(StrEnum):
    """LIVE entries stand in the calendar; CANCELLED ones were taken out, and may come back with a higher SEQUENCE."""

    LIVE = "live"
    CANCELLED = "cancelled"


class Why(StrEnum):
    """Why an entry was taken out of somebody's calendar: the letter says so."""

    CONFERENCE = "conference"  # the conference it belongs to was cancelled
    CANCELLED = "cancelled"  # it was cancelled
    REMOVED = "removed"  # the organizers took it out of the agenda
    UNNAMED = "unnamed"  # it takes place, and they are not named for it any more
    LEFT = "left"  # they took it out themselves
    PLACE = "place"  # their registration was cancelled


class Invitation(Row):
    """One entry in one person's calendar: what the last letter said, or will say as soon as it is sent.

    The facts (title, place, start, end) are kept here, so that a letter sent again says the same, and so that the next
    state of the meeting can be compared with what the person was told. SEQUENCE only rises: a trigger sees to it.
    """

    __tablename__ = "invitation"

    uid: Mapped[str]
    person_id: Mapped[int]
    kind: Mapped[Kind]
    subject_id: Mapped[int]
    conference_id: Mapped[int | None] = mapped_column(default=None)
    sequence: Mapped[int] = mapped_column(sa.Integer, default=0)
    state: Mapped[InvitationState] = mapped_column(default=InvitationState.LIVE)
    #: Why it was last taken out; NULL again once its return was told.
    why: Mapped[Why | None] = mapped_column(default=None)
    #: Title, place, start, end (ISO 8601; days for whole days), zone and url as of `sequence`. No word about the person.
    facts: Mapped[dict[str, Any]] = mapped_column(default_factory=dict)
    #: When `sequence` came to be: DTSTAMP.
    changed_at: Mapped[datetime] = mapped_column(default_factory=now)
    #: The last SEQUENCE that is settled (accepted by the mail server, or with nothing to tell; -1: none yet), and the facts
    #: that stand in their calendar: {} where they never heard of it, or were told that it is gone.
    sent_sequence: Mapped[int] = mapped_column(sa.Integer, default=-1)
    told: Mapped[dict[str, Any]] = mapped_column(default_factory=dict)
    sent_at: Mapped[datetime | None] = mapped_column(default=None)

    __table_args__ = (
        belongs_to("person"),
        belongs_to("conference"),
        sa.UniqueConstraint("organization_id", "uid"),
        sa.UniqueConstraint("organization_id", "kind", "subject_id", "person_id"),
        sa.Index("invitation_person", "organization_id", "person_id"),
        sa.Index("invitation_conference", "organization_id", "conference_id", "kind"),
        sa.CheckConstraint("sequence >= 0 AND sent_sequence <= sequence", name="sequence"),
    )


# A calendar ignores what does not rise, and a UID names one meeting for good (F3, F5): nobody may say otherwise.
attach(
    "invitation",
    """CREATE OR REPLACE FUNCTION invitation_rises() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN
         IF NEW.uid <> OLD.uid OR NEW.sequence < OLD.sequence THEN
           RAISE EXCEPTION 'an invitation keeps its UID and its SEQUENCE rises';
         END IF;
         IF NEW.sequence = OLD.sequence AND (NEW.facts <> OLD.facts OR NEW.state <> OLD.state) THEN
           RAISE EXCEPTION 'a changed invitation needs a higher SEQUENCE';
         END IF;
         RETURN NEW;
       END $$;
       CREATE TRIGGER invitation_rises BEFORE UPDATE ON invitation FOR EACH ROW EXECUTE FUNCTION invitation_rises()""",
    "DROP TRIGGER IF EXISTS invitation_rises ON invitation; DROP FUNCTION IF EXISTS invitation_rises() CASCADE",
)


class Feed(Row):
    """A person's secret address of their own agenda, to subscribe to. Renewed, the old address ends.

    The address is derived from the person and `issue` under the house's secret: what is stored opens nothing.
    """

    __tablename__ = "feed"

    person_id: Mapped[int]
    issue: Mapped[str] = mapped_column(default_factory=new_public_id)
    digest: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default_factory=now)

    __table_args__ = (
        belongs_to("person", ondelete="CASCADE"),
        sa.UniqueConstraint("organization_id", "person_id"),
        sa.UniqueConstraint("organization_id", "digest"),
    )
