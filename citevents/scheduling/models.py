"""Tables of the agenda: what is to take place, the working draft, what was published, what people want to see."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, TSTZRANGE, ExcludeConstraint, Range

from citevents.core.clock import now
from citevents.core.db import Mapped, Row, attach, belongs_to, mapped_column
from citevents.core.tokens import new_public_id


class SessionKind(StrEnum):
    PLENARY = "plenary"
    WORKSHOP = "workshop"
    PANEL = "panel"
    FILM = "film"
    MEETING = "meeting"
    SOCIAL = "social"
    BREAK = "break"


class Level(StrEnum):
    ANY = "any"
    NEW = "new"
    PRACTISED = "practised"
    EXPERT = "expert"


class SessionState(StrEnum):
    PLANNED = "planned"
    CANCELLED = "cancelled"


class Part(StrEnum):
    """What somebody does in a session. Both must be there, and nobody can be in two places."""

    SPEAKER = "speaker"
    CHAIR = "chair"


class Track(Row):
    """A thread through the agenda. `short` fits a narrow column; `wording` translates both: {"ar": {"name": ...}}."""

    __tablename__ = "track"

    conference_id: Mapped[int]
    public_id: Mapped[str] = mapped_column(default_factory=new_public_id)
    name: Mapped[str]
    short: Mapped[str] = mapped_column(default="")
    wording: Mapped[dict[str, Any]] = mapped_column(default_factory=dict)
    position: Mapped[int] = mapped_column(sa.Integer, default=0)

    __table_args__ = (
        belongs_to("conference", ondelete="CASCADE"),
        sa.UniqueConstraint("organization_id", "public_id"),
        sa.UniqueConstraint("organization_id", "conference_id", "name"),
    )


class Speaker(Row):
    """Somebody who speaks or chairs at a conference; a person of ours where we know them.

    Published versions name speakers by id only, so that a name corrected or erased here is so everywhere at once.
    """

    __tablename__ = "speaker"

    conference_id: Mapped[int]
    name: Mapped[str]
    #: `policy.name_key(name)`: how it is looked for. Two people may have one name.
    name_key: Mapped[str]
    person_id: Mapped[int | None] = mapped_column(default=None)
    about: Mapped[str] = mapped_column(default="")
    changed_at: Mapped[datetime] = mapped_column(default_factory=now)

    __table_args__ = (
        belongs_to("conference", ondelete="CASCADE"),
        belongs_to("person"),
        sa.UniqueConstraint("organization_id", "conference_id", "person_id"),
        sa.Index("speaker_name", "organization_id", "conference_id", "name_key"),
        sa.Index("speaker_changed", "organization_id", "conference_id", "changed_at"),
        sa.Index("speaker_person", "organization_id", "person_id"),
    )


class Session(Row):
    """An item of the agenda. `wording` translates title and abstract; `language` (ISO 639-1) is what is spoken."""

    __tablename__ = "session"

    conference_id: Mapped[int]
    public_id: Mapped[str] = mapped_column(default_factory=new_public_id)
    title: Mapped[str]
    abstract: Mapped[str] = mapped_column(default="")
    wording: Mapped[dict[str, Any]] = mapped_column(default_factory=dict)
    kind: Mapped[SessionKind] = mapped_column(default=SessionKind.WORKSHOP)
    track_id: Mapped[int | None] = mapped_column(default=None)
    level: Mapped[Level] = mapped_column(default=Level.ANY)
    #: For whom, in the organizer's words.
    audience: Mapped[str] = mapped_column(default="")
    language: Mapped[str] = mapped_column(default="en")
    #: Minutes.
    length: Mapped[int] = mapped_column(sa.Integer, default=60)
    #: What the room must have: names of `conferences.features`.
    needs: Mapped[list[str]] = mapped_column(default_factory=list)
    state: Mapped[SessionState] = mapped_column(default=SessionState.PLANNED)
    created_at: Mapped[datetime] = mapped_column(default_factory=now)

    __table_args__ = (
        belongs_to("conference", ondelete="CASCADE"),
        belongs_to("track"),
        sa.UniqueConstraint("organization_id", "public_id"),
        sa.Index("session_conference", "organization_id", "conference_id"),
        sa.CheckConstraint("length BETWEEN 5 AND 1440", name="length"),
        sa.Index("session_track", "organization_id", "track_id"),
    )


class Placement(Row):
    """Where and when a session is in the working draft. `during` is half open; breaks need no room."""

    __tablename__ = "placement"

    conference_id: Mapped[int]
    session_id: Mapped[int]
    room_id: Mapped[int | None]
    during: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)

    __table_args__ = (
        belongs_to("conference", ondelete="CASCADE"),
        belongs_to("session", ondelete="CASCADE"),
        belongs_to("room"),
        sa.UniqueConstraint("organization_id", "session_id"),
        sa.Index("placement_conference", "organization_id", "conference_id"),
        sa.CheckConstraint(
            "NOT isempty(during) AND lower_inc(during) AND NOT upper_inc(during)"
            " AND lower(during) IS NOT NULL AND upper(during) IS NOT NULL",
            name="during",
        ),
        # No btree_gist in the embedded engine: an id is a range of one. Deferrable, so that a whole draft can change places.
        ExcludeConstraint(
            (sa.text("int8range(organization_id, organization_id, '[]')"), "&&"),
            (sa.text("int8range(room_id, room_id, '[]')"), "&&"),
            ("during", "&&"),
            name="placement_one_session_per_room",
            using="gist",
            where=sa.text("room_id IS NOT NULL"),
            deferrable=True,
            initially="IMMEDIATE",
        ),
        sa.Index("placement_room", "organization_id", "room_id"),
    )


class SessionSpeaker(Row):
    """A speaker or chair of a session. `during` follows the session's placement (a trigger sees to it); NULL: not placed."""

    __tablename__ = "session_speaker"

    session_id: Mapped[int]
    speaker_id: Mapped[int]
    part: Mapped[Part] = mapped_column(default=Part.SPEAKER)
    position: Mapped[int] = mapped_column(sa.Integer, default=0)
    during: Mapped[Range[datetime] | None] = mapped_column(TSTZRANGE, init=False, default=None)

    __table_args__ = (
        belongs_to("session", ondelete="CASCADE"),
        belongs_to("speaker"),
        sa.UniqueConstraint("organization_id", "session_id", "speaker_id"),
        ExcludeConstraint(
            (sa.text("int8range(organization_id, organization_id, '[]')"), "&&"),
            (sa.text("int8range(speaker_id, speaker_id, '[]')"), "&&"),
            ("during", "&&"),
            name="session_speaker_one_place",
            using="gist",
            where=sa.text("during IS NOT NULL"),
            deferrable=True,
            initially="IMMEDIATE",
        ),
        sa.Index("session_speaker_speaker", "organization_id", "speaker_id"),
    )


# Who places a session and who adds a speaker to it meet at the session's row, so that neither misses the other.
attach(
    "session_speaker",
    """CREATE OR REPLACE FUNCTION placement_carries_speakers() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN
         IF TG_OP = 'DELETE' THEN
           UPDATE session_speaker SET during = NULL
            WHERE organization_id = OLD.organization_id AND session_id = OLD.session_id;
           RETURN NULL;
         END IF;
         PERFORM 1 FROM session WHERE organization_id = NEW.organization_id AND id = NEW.session_id FOR NO KEY UPDATE;
         UPDATE session_speaker SET during = NEW.during
          WHERE organization_id = NEW.organization_id AND session_id = NEW.session_id;
         RETURN NULL;
       END $$;
       CREATE TRIGGER placement_carries_speakers AFTER INSERT OR UPDATE OR DELETE ON placement FOR EACH ROW
       EXECUTE FUNCTION placement_carries_speakers();
       CREATE OR REPLACE FUNCTION speaker_follows_placement() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN
         PERFORM 1 FROM session WHERE organization_id = NEW.organization_id AND id = NEW.session_id FOR NO KEY UPDATE;
         NEW.during := (SELECT during FROM placement
                         WHERE organization_id = NEW.organization_id AND session_id = NEW.session_id);
         RETURN NEW;
       END $$;
       CREATE TRIGGER speaker_follows_placement BEFORE INSERT OR UPDATE OF session_id, speaker_id ON session_speaker
       FOR EACH ROW EXECUTE FUNCTION speaker_follows_placement()""",
    "DROP TRIGGER IF EXISTS placement_carries_speakers ON placement;"
    " DROP FUNCTION IF EXISTS placement_carries_speakers() CASCADE;"
    " DROP TRIGGER IF EXISTS speaker_follows_placement ON session_speaker;"
    " DROP FUNCTION IF EXISTS speaker_follows_placement() CASCADE",
)


class DraftStep(Row):
    """One step of work on the draft: what each session's place was and became. The newest not undone can be undone.

    `changes`: [{"session": id, "was": place, "is": place}], a place being null or {"room": id or null, "start": ISO, "end": ISO}.
    """

    __tablename__ = "draft_step"

    conference_id: Mapped[int]
    changes: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    at: Mapped[datetime] = mapped_column(default_factory=now)
    by_person_id: Mapped[int | None] = mapped_column(default=None)
    undone_at: Mapped[datetime | None] = mapped_column(default=None)

    __table_args__ = (
        belongs_to("conference", ondelete="CASCADE"),
        sa.Index("draft_step_conference", "organization_id", "conference_id", "id"),
    )


class AgendaVersion(Row):
    """What was made public, once and for ever: a trigger refuses any change. A correction is a new number.

    `content` is the whole agenda as `policy.Content` writes it; speakers by id, no names.
    """

    __tablename__ = "agenda_version"

    conference_id: Mapped[int]
    number: Mapped[int] = mapped_column(sa.Integer)
    content: Mapped[dict[str, Any]]
    #: Of `content` as it was published (MD5 of its text), written by the database: `flask check` compares.
    digest: Mapped[str] = mapped_column(init=False, server_default="")
    #: What changed since the version before, in numbers.
    summary: Mapped[dict[str, Any]] = mapped_column(default_factory=dict)
    #: The newest step of the draft in it; NULL for a version that only cancels.
    step_id: Mapped[int | None] = mapped_column(default=None)
    published_at: Mapped[datetime] = mapped_column(default_factory=now)
    by_person_id: Mapped[int | None] = mapped_column(default=None)

    __table_args__ = (
        belongs_to("conference"),
        sa.UniqueConstraint("organization_id", "conference_id", "number"),
    )


attach(
    "agenda_version",
    """CREATE OR REPLACE FUNCTION agenda_version_immutable() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN RAISE EXCEPTION 'a published agenda does not change: publish a new version'; END $$;
       CREATE TRIGGER agenda_version_immutable BEFORE UPDATE OR DELETE ON agenda_version FOR EACH ROW
       EXECUTE FUNCTION agenda_version_immutable();
       CREATE OR REPLACE FUNCTION agenda_version_digest() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN NEW.digest := md5(NEW.content::text); RETURN NEW; END $$;
       CREATE TRIGGER agenda_version_digest BEFORE INSERT ON agenda_version FOR EACH ROW
       EXECUTE FUNCTION agenda_version_digest()""",
    "DROP TRIGGER IF EXISTS agenda_version_immutable ON agenda_version;"
    " DROP TRIGGER IF EXISTS agenda_version_digest ON agenda_version;"
    " DROP FUNCTION IF EXISTS agenda_version_immutable() CASCADE; DROP FUNCTION IF EXISTS agenda_version_digest() CASCADE",
)


class Favourite(Row):
    """A person wants to see a session. A wish, not a reservation."""

    __tablename__ = "favourite"

    session_id: Mapped[int]
    person_id: Mapped[int]
    conference_id: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(default_factory=now)

    __table_args__ = (
        belongs_to("session", ondelete="CASCADE"),
        belongs_to("person", ondelete="CASCADE"),
        belongs_to("conference", ondelete="CASCADE"),
        sa.UniqueConstraint("organization_id", "session_id", "person_id"),
        sa.Index("favourite_person", "organization_id", "person_id", "conference_id"),
        sa.Index("favourite_conference", "organization_id", "conference_id"),
    )
