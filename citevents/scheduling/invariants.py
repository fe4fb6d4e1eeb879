"""What must never break about the agenda."""

from __future__ import annotations

from citevents.core.invariants import Invariant

INVARIANTS = (
    Invariant(
        code="A1",
        promise="No room and no speaker is in two places at once.",
        sql="""SELECT a.organization_id, a.session_id, b.session_id AS other, 'room' AS what FROM placement a
               JOIN placement b ON b.organization_id = a.organization_id AND b.room_id = a.room_id AND a.id < b.id
                 AND a.during && b.during
               UNION ALL
               SELECT s.organization_id, s.session_id, t.session_id, 'speaker' FROM session_speaker s
               JOIN session_speaker t ON t.organization_id = s.organization_id AND t.speaker_id = s.speaker_id
                 AND s.id < t.id AND s.session_id <> t.session_id
               JOIN placement a ON a.organization_id = s.organization_id AND a.session_id = s.session_id
               JOIN placement b ON b.organization_id = t.organization_id AND b.session_id = t.session_id
               WHERE a.during && b.during""",
    ),
    Invariant(
        code="A2",
        promise="Published versions are numbered without a gap and are what was published.",
        sql="""SELECT v.organization_id, v.conference_id, v.number FROM agenda_version v
               WHERE v.digest <> md5(v.content::text)
                  OR (v.number > 1 AND NOT EXISTS (SELECT FROM agenda_version w WHERE w.organization_id = v.organization_id
                      AND w.conference_id = v.conference_id AND w.number = v.number - 1))""",
    ),
)
