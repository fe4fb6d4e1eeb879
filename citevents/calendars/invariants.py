"""What must never break about what calendars were told."""

from __future__ import annotations

from citevents.core.invariants import Invariant

#: The sessions of every agenda that is public now; cancelled, too, with their conference where they were not over by then.
_AGENDA = """(WITH public AS MATERIALIZED (
                SELECT DISTINCT ON (organization_id, conference_id) organization_id, conference_id, content
                FROM agenda_version ORDER BY organization_id, conference_id, number DESC)
              SELECT p.organization_id, (said->>'session_id')::bigint AS session_id, c.zone,
                     (said->>'cancelled')::boolean OR c.state = 'cancelled'
                       AND coalesce((said->'place'->>'end')::timestamptz > c.cancelled_at, true) AS cancelled,
                     (said->'place'->>'start')::timestamptz AS starts_at, (said->'place'->>'end')::timestamptz AS ends_at,
                     concat_ws(', ', (SELECT room->>'name' FROM jsonb_array_elements(p.content->'rooms') room
                                      WHERE room->>'id' = said->'place'->>'room'),
                               nullif(c.venue, ''), nullif(c.city, '')) AS place
              FROM public p
              JOIN conference c ON c.organization_id = p.organization_id AND c.id = p.conference_id AND c.state <> 'draft',
              jsonb_array_elements(p.content->'items') said OFFSET 0)"""

INVARIANTS = (
    Invariant(
        code="F3",
        promise="No calendar was told a SEQUENCE beyond the entry's own.",
        sql="SELECT organization_id, id FROM invitation WHERE sent_sequence > sequence",
    ),
    Invariant(
        code="F4",
        promise="What calendars were told last is what the entry says, and that is what is true, for everybody who can still be reached.",
        sql=f"""SELECT i.organization_id, i.id, i.sequence, i.sent_sequence FROM invitation i
               JOIN person p ON p.organization_id = i.organization_id AND p.id = i.person_id
               WHERE p.mail IS NOT NULL AND i.sent_sequence <> i.sequence
                 AND NOT EXISTS (SELECT FROM event e JOIN delivery d ON d.event_id = e.id
                                 WHERE e.organization_id = i.organization_id AND e.name = 'invitation.changed'
                                   AND (e.payload->>'invitation_id')::bigint = i.id AND d.handled_at IS NULL)
               UNION ALL
               SELECT i.organization_id, i.id, i.sequence, i.sent_sequence FROM invitation i
               JOIN registration r ON r.organization_id = i.organization_id AND r.id = i.subject_id
               JOIN conference c ON c.organization_id = i.organization_id AND c.id = r.conference_id
               WHERE i.kind = 'registration' AND i.state = 'live' AND c.ended_at IS NULL AND r.person_id IS NOT NULL
                 AND (r.state <> 'confirmed' OR r.person_id <> i.person_id
                      OR (i.facts->>'start', i.facts->>'end', i.facts->>'zone') <> (c.starts_on::text, c.ends_on::text, c.zone)
                      OR i.facts->>'place' <> concat_ws(', ', nullif(c.venue, ''), nullif(c.city, ''))
                      OR i.facts->>'title' <> coalesce(nullif(c.wording->'en'->>'name', ''), c.name))
               UNION ALL
               SELECT i.organization_id, i.id, i.sequence, i.sent_sequence FROM invitation i
               JOIN exchange x ON x.organization_id = i.organization_id AND x.id = i.subject_id
               WHERE i.kind = 'exchange' AND i.state = 'live'
                 AND (x.state = 'cancelled' OR i.facts->>'place' <> x.place OR i.facts->>'zone' <> x.zone
                      OR left(i.facts->>'start', 10)::date NOT IN ((x.starts_at AT TIME ZONE 'UTC')::date,
                                                                   (x.starts_at AT TIME ZONE x.zone)::date))
               UNION ALL
               SELECT i.organization_id, i.id, i.sequence, i.sent_sequence FROM invitation i
               JOIN {_AGENDA} item
                 ON item.organization_id = i.organization_id AND item.session_id = i.subject_id
               WHERE i.kind = 'session' AND i.state = 'live' AND (i.facts->>'end')::timestamptz > now()
                 AND (item.cancelled OR i.facts->>'zone' <> item.zone
                      OR (i.facts->>'start')::timestamptz <> item.starts_at)""",  # noqa: S608 - our own SQL
    ),
    Invariant(
        code="F5",
        promise="One UID per meeting and recipient.",
        sql="""SELECT organization_id, kind, subject_id, person_id, count(DISTINCT uid) AS uids FROM invitation
               GROUP BY 1, 2, 3, 4 HAVING count(DISTINCT uid) > 1 OR count(*) > 1""",
    ),
    Invariant(
        code="F6",
        promise="What somebody's calendar was told, and is not over as it was told, is so: or they were told otherwise, registered or not.",
        sql=f"""WITH item AS MATERIALIZED (SELECT * FROM {_AGENDA} each WHERE NOT each.cancelled),
               -- Whom something still waits for that tells them so: few, and asked once.
               waiting AS MATERIALIZED (
                 SELECT e.organization_id, coalesce(n.person_id, g.person_id) AS person_id
                 FROM delivery d JOIN event e ON e.id = d.event_id
                 LEFT JOIN invitation n ON n.organization_id = e.organization_id
                   AND n.id = (e.payload->>'invitation_id')::bigint
                 LEFT JOIN registration g ON g.organization_id = e.organization_id
                   AND g.id = (e.payload->>'registration_id')::bigint
                 WHERE (d.send_at IS NOT NULL OR d.dead_at IS NOT NULL)
                   AND e.name IN ('invitation.changed', 'registration.cancelled'))
               SELECT i.organization_id, i.id, i.kind, i.subject_id FROM invitation i
               JOIN person p ON p.organization_id = i.organization_id AND p.id = i.person_id
               LEFT JOIN registration r ON i.kind = 'registration' AND r.organization_id = i.organization_id
                 AND r.id = i.subject_id AND r.state = 'confirmed'
               LEFT JOIN conference c ON c.organization_id = r.organization_id AND c.id = r.conference_id
                 AND c.state = 'public'
               LEFT JOIN exchange x ON i.kind = 'exchange' AND x.organization_id = i.organization_id
                 AND x.id = i.subject_id AND x.state = 'planned'
               LEFT JOIN item ON i.kind = 'session' AND item.organization_id = i.organization_id
                 AND item.session_id = i.subject_id
               WHERE p.mail IS NOT NULL AND i.told <> '{{}}'
                 AND (i.told->>'end')::timestamptz
                     + CASE WHEN length(i.told->>'end') = 10 THEN interval '36 hours' ELSE interval '0' END > now()
                 AND (i.state = 'cancelled' OR coalesce(c.id, x.id, item.session_id) IS NULL
                      OR i.told->>'place' <> coalesce(item.place, x.place, concat_ws(', ', nullif(c.venue, ''), nullif(c.city, '')))
                      OR (c.id IS NOT NULL AND (i.told->>'start', i.told->>'end') <> (c.starts_on::text, c.ends_on::text))
                      OR (item.session_id IS NOT NULL
                          AND ((i.told->>'start')::timestamptz, (i.told->>'end')::timestamptz) <> (item.starts_at, item.ends_at))
                      OR (x.id IS NOT NULL AND left(i.told->>'start', 10)::date NOT IN
                          ((x.starts_at AT TIME ZONE 'UTC')::date, (x.starts_at AT TIME ZONE x.zone)::date)))
                 AND NOT EXISTS (SELECT FROM waiting w WHERE w.organization_id = i.organization_id
                                 AND w.person_id = i.person_id)""",  # noqa: S608 - our own SQL
    ),
)
