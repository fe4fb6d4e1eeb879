"""What must never break about orders, seats, tickets and what was asked of people."""

from __future__ import annotations

from typing import Any

from citevents.core.invariants import Invariant
from citevents.registration.policy import ORDER_MOVES, REGISTRATION_MOVES


def _steps() -> dict[str, Any]:
    rows = [
        (kind, was.value, became.value)
        for kind, moves in (("order", ORDER_MOVES), ("registration", REGISTRATION_MOVES))
        for was, after in moves.items()
        for became in sorted(after)
    ]
    return {
        "kinds": [row[0] for row in rows],
        "was": [row[1] for row in rows],
        "became": [row[2] for row in rows],
    }


INVARIANTS = (
    Invariant(
        code="C1",
        promise="No quota holds more live places than its capacity, and its counter says how many there are.",
        sql="""SELECT p.organization_id, p.quota_id, p.taken, coalesce(live.n, 0) AS live, q.capacity
               FROM places p
               JOIN quota q ON q.organization_id = p.organization_id AND q.id = p.quota_id
               LEFT JOIN (SELECT l.organization_id, drawn.quota_id, count(*) AS n
                          FROM order_line l
                          JOIN registration r ON r.organization_id = l.organization_id AND r.id = l.registration_id
                          CROSS JOIN unnest(l.quota_ids) AS drawn(quota_id)
                          WHERE r.state IN ('held', 'confirmed') GROUP BY 1, 2) live
                 ON live.organization_id = p.organization_id AND live.quota_id = p.quota_id
               WHERE coalesce(live.n, 0) <> p.taken OR p.taken > q.capacity OR p.capacity <> q.capacity""",
    ),
    Invariant(
        code="C3",
        promise="At most one live registration per person and conference.",
        sql="""SELECT organization_id, conference_id, person_id, count(*) AS n FROM registration
               WHERE state IN ('held', 'confirmed') AND person_id IS NOT NULL
               GROUP BY 1, 2, 3 HAVING count(*) > 1""",
    ),
    Invariant(
        code="C5",
        promise="No hold lives two minutes past its expiry.",
        sql="""SELECT organization_id, id FROM "order"
               WHERE state IN ('held', 'awaiting_payment') AND expires_at < now() - interval '2 minutes'""",
    ),
    Invariant(
        code="C6",
        promise="An order and its registrations agree on whether places are kept.",
        sql="""SELECT o.organization_id, o.id, o.state, r.id AS registration, r.state AS registration_state
               FROM "order" o JOIN registration r ON r.organization_id = o.organization_id AND r.order_id = o.id
               WHERE (o.state IN ('held', 'awaiting_payment')) <> (r.state = 'held')
                  OR (r.state = 'confirmed' AND o.state <> 'confirmed')""",
    ),
    Invariant(
        code="C7",
        promise="No hold lasts longer than 60 minutes from its first submit; what is paid or over counts for no caller.",
        sql="""SELECT organization_id, id, state, began_at, expires_at, caller IS NOT NULL AS counted FROM "order"
               WHERE expires_at > began_at + interval '60 minutes' OR began_at > placed_at
                  OR (caller IS NOT NULL AND state NOT IN ('held', 'awaiting_payment')
                      AND NOT (state = 'confirmed' AND total = 0))""",
    ),
    Invariant(
        code="C8",
        promise="A seat is nobody's but that of the person whose address was typed for it.",
        sql="""SELECT organization_id, id, person_id, contact_id FROM registration
               WHERE person_id <> contact_id""",
    ),
    Invariant(
        code="F1",
        promise="A confirmed registration has exactly one live ticket; others have none.",
        sql="""SELECT r.organization_id, r.id, r.state, count(t.id) AS tickets FROM registration r
               LEFT JOIN ticket t ON t.organization_id = r.organization_id AND t.registration_id = r.id
                 AND t.voided_at IS NULL
               GROUP BY 1, 2, 3 HAVING count(t.id) <> CASE WHEN r.state = 'confirmed' THEN 1 ELSE 0 END""",
    ),
    Invariant(
        code="F2",
        promise="Whoever's order was confirmed here has the letter, unless it is still on its way or dead with a reason.",
        sql="""SELECT o.organization_id, o.id FROM "order" o
               JOIN person p ON p.organization_id = o.organization_id AND p.id = o.person_id
               WHERE o.state = 'confirmed' AND p.erased_at IS NULL
                 AND (o.total > 0 OR EXISTS (SELECT FROM registration r WHERE r.organization_id = o.organization_id
                                             AND r.order_id = o.id AND r.person_id IS NOT NULL))
                 AND EXISTS (SELECT FROM event e JOIN delivery d ON d.event_id = e.id
                             WHERE e.organization_id = o.organization_id AND e.name = 'order.confirmed'
                               AND (e.payload->>'order_id')::bigint = o.id AND d.handler = 'registration.mail_tickets'
                               AND d.handled_at IS NOT NULL)
                 AND NOT EXISTS (SELECT FROM event e LEFT JOIN delivery d ON d.event_id = e.id
                                 WHERE e.organization_id = o.organization_id AND e.name = 'order.tickets_owed'
                                   AND (e.payload->>'order_id')::bigint = o.id
                                   AND (e.payload->>'person_id')::bigint = o.person_id AND d.handled_at IS NULL)
                 AND NOT EXISTS (SELECT FROM letter l WHERE l.organization_id = o.organization_id
                                 AND l.key = 'order.confirmed:' || o.id)""",
    ),
    Invariant(
        code="E6",
        promise="Only legal changes of state.",
        sql="""SELECT c.organization_id, c.kind, c.subject_id, c.was, c.became FROM state_change c
               WHERE NOT EXISTS (SELECT FROM unnest(CAST(:kinds AS text[]), CAST(:was AS text[]), CAST(:became AS text[]))
                                 legal(kind, was, became)
                                 WHERE legal.kind = c.kind AND legal.was = c.was AND legal.became = c.became)""",
        values=_steps,
    ),
    Invariant(
        code="P6",
        promise="Sensitive answers are gone when their time has come.",
        sql="""SELECT organization_id, id FROM sensitive_answer WHERE erase_at < now() - interval '2 hours'""",
    ),
)
