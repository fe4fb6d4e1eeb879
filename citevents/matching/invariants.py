"""What must never break about who is proposed to whom."""

from __future__ import annotations

from citevents.core.invariants import Invariant

INVARIANTS = (
    Invariant(
        code="X2",
        promise="No two programs are proposed to each other again in a round, or where one avoids the other.",
        sql="""SELECT m.organization_id, m.id, a.program_id, b.program_id AS other FROM exchange_match m
               JOIN exchange_side a ON a.organization_id = m.organization_id AND a.match_id = m.id
               JOIN exchange_side b ON b.organization_id = m.organization_id AND b.match_id = m.id
                 AND b.program_id > a.program_id
               WHERE EXISTS (SELECT FROM exchange_match e
                             JOIN exchange_side c ON c.organization_id = e.organization_id AND c.match_id = e.id
                             JOIN exchange_side d ON d.organization_id = e.organization_id AND d.match_id = e.id
                             WHERE e.organization_id = m.organization_id AND e.round_id = m.round_id
                               AND e.proposed_at < m.proposed_at
                               AND c.program_id = a.program_id AND d.program_id = b.program_id)
                  OR EXISTS (SELECT FROM must_not n WHERE n.organization_id = m.organization_id
                             AND n.created_at <= m.proposed_at
                             AND (n.program_id, n.other_id) IN ((a.program_id, b.program_id), (b.program_id, a.program_id)))""",
    ),
    Invariant(
        code="X3",
        promise="Nothing is proposed, open or agreed after somebody in it took the agreement to be matched back.",
        sql="""SELECT done.organization_id, done.match_id, done.leader_id, done.what FROM (
                 SELECT m.organization_id, m.id AS match_id, p.leader_id, each.what, each.at FROM exchange_match m
                 JOIN exchange_side s ON s.organization_id = m.organization_id AND s.match_id = m.id
                 JOIN program p ON p.organization_id = s.organization_id AND p.id = s.program_id
                 LEFT JOIN exchange x ON x.organization_id = m.organization_id AND x.match_id = m.id
                 CROSS JOIN LATERAL (VALUES ('proposed', m.proposed_at), ('agreed', x.agreed_at),
                                            ('open', CASE WHEN m.state = 'proposed' THEN now() END)) each(what, at)
                 WHERE p.leader_id IS NOT NULL AND each.at IS NOT NULL) done
               WHERE EXISTS (SELECT FROM consent c WHERE c.organization_id = done.organization_id
                             AND c.person_id = done.leader_id AND c.purpose = 'exchange' AND c.withdrawn_at <= done.at)
                 AND NOT EXISTS (SELECT FROM consent c WHERE c.organization_id = done.organization_id
                                 AND c.person_id = done.leader_id AND c.purpose = 'exchange' AND c.given_at <= done.at
                                 AND (c.withdrawn_at IS NULL OR c.withdrawn_at > done.at))""",
    ),
    Invariant(
        code="P1",
        promise="No two programs that must not meet are matched.",
        sql="""SELECT a.organization_id, a.match_id, a.program_id, b.program_id AS other FROM exchange_side a
               JOIN exchange_side b ON b.organization_id = a.organization_id AND b.match_id = a.match_id
               JOIN must_not n ON n.organization_id = a.organization_id AND n.program_id = a.program_id
                 AND n.other_id = b.program_id
               JOIN exchange_match m ON m.organization_id = a.organization_id AND m.id = a.match_id
               WHERE m.state IN ('proposed', 'agreed') AND n.created_at <= m.proposed_at""",
    ),
)
