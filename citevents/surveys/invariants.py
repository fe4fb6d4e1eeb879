"""What must never break about answers without names."""

from __future__ import annotations

from citevents.core.invariants import Invariant

INVARIANTS = (
    Invariant(
        code="P2",
        promise="Results are published once, when a survey closes, as they were; no number in them is of few, or leaves few.",
        sql="""WITH question AS (
                 SELECT r.organization_id, r.survey_id, s.answered, (q->>'of')::int AS whole, q->>'kind' AS kind,
                        q->'cells' AS cells, jsonb_array_length(q->'texts') AS texts
                 FROM survey_result r JOIN survey s ON s.organization_id = r.organization_id AND s.id = r.survey_id,
                      jsonb_array_elements(r.content->'questions') q),
               cell AS (
                 SELECT k.*, (c->>0)::int AS low, (c->>1)::int AS high
                 FROM question k, jsonb_array_elements(k.cells) c WHERE c <> 'null')
               SELECT s.organization_id, s.id, 'state' AS wrong FROM survey s
               LEFT JOIN survey_result r ON r.organization_id = s.organization_id AND r.survey_id = s.id
               WHERE (s.state = 'closed') <> (r.id IS NOT NULL) OR s.closes_at < now() - interval '1 hour' AND s.state = 'open'
               UNION ALL
               SELECT r.organization_id, r.survey_id, 'changed' FROM survey_result r WHERE r.digest <> md5(r.content::text)
               UNION ALL
               SELECT organization_id, survey_id, 'whole' FROM question
               WHERE answered < 5 OR texts BETWEEN 1 AND 4 OR whole < 11
                  OR whole <> answered AND answered - whole NOT BETWEEN 6 AND answered
               UNION ALL
               SELECT organization_id, survey_id, 'cell' FROM cell
               WHERE whole IS NULL OR low < 6
                  OR NOT (low = high AND whole - low >= 6 OR low = whole - 5 AND high = whole)
               UNION ALL
               SELECT k.organization_id, k.survey_id, 'solved' FROM question k,
                 LATERAL (SELECT count(*) FILTER (WHERE c = 'null') AS hidden, count(*) FILTER (WHERE c <> 'null') AS shown,
                                 k.whole - sum((c->>0)::int) AS rest, bool_or(c->>0 <> c->>1) AS band
                          FROM jsonb_array_elements(k.cells) c) p
               WHERE k.kind = 'one' AND p.shown > 0 AND NOT p.band
                 AND CASE WHEN k.whole = k.answered THEN p.hidden < 1 OR p.rest < 6
                          WHEN p.hidden > 0 THEN p.hidden < 2 OR p.rest < 6 ELSE p.rest <> 0 END""",
    ),
    Invariant(
        code="P3",
        promise="Answers are kept together and sealed while a survey is open, and nothing beside them says whose they are.",
        sql="""SELECT s.organization_id, s.id::text AS what FROM survey s
               LEFT JOIN survey_box b ON b.organization_id = s.organization_id AND b.survey_id = s.id
               WHERE (b.id IS NOT NULL) <> (s.state = 'open' AND s.answered > 0)
                  OR length(b.sealed) < 4096
                  OR s.answered < (SELECT count(*) FROM survey_invitation i
                                   WHERE i.organization_id = s.organization_id AND i.survey_id = s.id AND i.used)
               UNION ALL
               SELECT NULL, a.attrelid::regclass || '.' || a.attname FROM pg_attribute a
               WHERE a.attnum > 0 AND NOT a.attisdropped
                 AND (a.attrelid = 'survey_box'::regclass
                      AND a.attname NOT IN ('organization_id', 'id', 'survey_id', 'sealed')
                   OR a.attrelid = 'survey_result'::regclass
                      AND a.attname NOT IN ('organization_id', 'id', 'survey_id', 'content', 'digest', 'published_at')
                   OR a.attrelid = 'survey_invitation'::regclass
                      AND a.attname NOT IN ('organization_id', 'id', 'survey_id', 'person_id', 'public_id', 'due_at', 'asked_at',
                                            'used'))
               UNION ALL
               SELECT e.organization_id, e.name || ' ' || e.id FROM event e WHERE e.name LIKE 'survey.answer%'""",
    ),
)
