"""What must never break, each as one query that returns no row at rest. `flask check` runs them all.

Codes are those of the product's reliability plan: C seats, M money, F promises, E events, X exchange, P privacy, A agenda. The
queries look at every organization and name ids only. Those that ask for rest (E1, E2, E4, F2, F4, X3) hold once the queue is quiet.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from citevents.core import audit, events
from citevents.core.db import session
from citevents.registration.policy import ORDER_MOVES, REGISTRATION_MOVES


@dataclass(frozen=True, kw_only=True)
class Invariant:
    """`sql` gives a row for each violation; `values` are its parameters."""

    code: str
    promise: str
    sql: str
    values: Callable[[], dict[str, Any]] = dict


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


def _names() -> dict[str, Any]:
    return {"names": list(events.kinds())}


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
        code="M14",
        promise="Nobody can pay for an order that is over: its checkout is closed.",
        sql="""SELECT p.organization_id, p.id, p.order_id, o.state FROM payment p
               JOIN "order" o ON o.organization_id = p.organization_id AND o.id = p.order_id
               WHERE p.state = 'open' AND o.state NOT IN ('held', 'awaiting_payment')""",
    ),
    Invariant(
        code="M3",
        promise="What was promised back of a payment, or went back, never exceeds it.",
        sql="""SELECT p.organization_id, p.id, p.amount, sum(r.amount - r.covers) AS refunds FROM payment p
               JOIN refund r ON r.organization_id = p.organization_id AND r.payment_id = p.id
               GROUP BY 1, 2, 3 HAVING sum(r.amount - r.covers) > p.amount""",
    ),
    Invariant(
        code="M4",
        promise="A confirmed order is free, or paid exactly once by a payment of its amount and currency.",
        sql="""SELECT o.organization_id, o.id, o.total, p.id AS payment, p.amount, p.state FROM "order" o
               LEFT JOIN payment p ON p.organization_id = o.organization_id AND p.id = o.payment_id
               WHERE o.state = 'confirmed' AND o.total > 0
                 AND (p.id IS NULL OR p.state <> 'succeeded' OR p.amount <> o.total OR p.currency <> o.currency
                      OR p.order_id <> o.id)
               UNION ALL
               SELECT o.organization_id, o.id, o.total, NULL, NULL, 'paid though free' FROM "order" o
               WHERE o.state = 'confirmed' AND o.total = 0 AND o.payment_id IS NOT NULL""",
    ),
    Invariant(
        code="M5",
        promise="No money is kept without a place, but while a refund is under way or a case is open.",
        sql="""SELECT t.organization_id, t.payment_id, sum(e.amount) AS owed FROM posting t
               JOIN ledger_entry e ON e.organization_id = t.organization_id AND e.posting_id = t.id
               WHERE e.account = 'buyers'
                 AND NOT EXISTS (SELECT FROM money_case c WHERE c.organization_id = t.organization_id
                                 AND c.payment_id = t.payment_id AND c.closed_at IS NULL)
                 AND NOT EXISTS (SELECT FROM refund r WHERE r.organization_id = t.organization_id
                                 AND r.payment_id = t.payment_id AND r.state IN ('asked', 'pending', 'failed'))
               GROUP BY 1, 2 HAVING sum(e.amount) <> 0""",
    ),
    Invariant(
        code="M6",
        promise="Every posting of the ledger adds up to nought in each currency.",
        sql="""SELECT organization_id, posting_id, currency, sum(amount) AS rest FROM ledger_entry
               GROUP BY 1, 2, 3 HAVING sum(amount) <> 0""",
    ),
    Invariant(
        code="M7",
        promise="Invoice numbers run without a gap in each series, and an issued invoice is what was issued.",
        sql="""SELECT i.organization_id, i.series AS name, i.number AS last, NULL AS issued, NULL AS highest
               FROM invoice i WHERE i.digest <> invoice_digest(i)
               UNION ALL
               SELECT s.organization_id, s.name, s.last, count(i.id) AS issued, max(i.number) AS highest
               FROM invoice_series s
               LEFT JOIN invoice i ON i.organization_id = s.organization_id AND i.series = s.name
               GROUP BY 1, 2, 3 HAVING count(i.id) <> s.last OR coalesce(max(i.number), 0) <> s.last""",
    ),
    Invariant(
        code="M8",
        promise="Every confirmed and paid order is earned and invoiced.",
        sql="""SELECT o.organization_id, o.id FROM "order" o WHERE o.state = 'confirmed' AND o.payment_id IS NOT NULL
                 AND NOT EXISTS (SELECT FROM invoice i WHERE i.organization_id = o.organization_id
                                 AND i.payment_id = o.payment_id AND i.credits IS NULL)""",
    ),
    Invariant(
        code="M9",
        promise="Every payment and refund that went through stands in the ledger once, with its amount; no other does.",
        sql="""SELECT p.organization_id, 'payment' AS what, p.id, p.amount, sum(e.amount) AS booked FROM payment p
               LEFT JOIN posting t ON t.organization_id = p.organization_id AND t.cause = 'payment:' || p.public_id
               LEFT JOIN ledger_entry e ON e.organization_id = t.organization_id AND e.posting_id = t.id
                 AND e.account = 'processor' AND e.currency = p.currency
               WHERE p.state = 'succeeded' GROUP BY 1, 2, 3, 4 HAVING coalesce(sum(e.amount), 0) <> p.amount
               UNION ALL
               SELECT r.organization_id, 'refund', r.id, r.amount - r.covered, sum(e.amount) FROM refund r
               LEFT JOIN posting t ON t.organization_id = r.organization_id AND t.refund_id = r.id
               LEFT JOIN ledger_entry e ON e.organization_id = t.organization_id AND e.posting_id = t.id
                 AND e.account = 'processor' AND e.currency = r.currency
               GROUP BY r.organization_id, r.id
               HAVING coalesce(sum(e.amount), 0)
                   <> CASE WHEN r.state = 'succeeded' THEN r.covered - r.amount ELSE 0 END""",
    ),
    Invariant(
        code="M10",
        promise="Whatever somebody was told they get back is owed until it moved, with a next try or an open case.",
        sql="""SELECT r.organization_id, 'not promised' AS what, r.id, r.refund_due AS told, sum(f.amount) AS found
               FROM registration r
               LEFT JOIN refund f ON f.organization_id = r.organization_id AND f.registration_id = r.id
               WHERE r.refund_due > 0 GROUP BY r.organization_id, r.id HAVING coalesce(sum(f.amount), 0) < r.refund_due
               UNION ALL
               SELECT f.organization_id, 'not owed', f.payment_id, sum(f.amount - f.covered), owed.amount FROM refund f
               LEFT JOIN LATERAL (
                 SELECT -sum(e.amount) AS amount FROM posting t
                 JOIN ledger_entry e ON e.organization_id = t.organization_id AND e.posting_id = t.id
                 WHERE t.organization_id = f.organization_id AND t.payment_id = f.payment_id AND e.account = 'buyers'
                   AND e.currency = f.currency) owed ON true
               WHERE f.state IN ('asked', 'pending', 'failed')
               GROUP BY f.organization_id, f.payment_id, owed.amount
               HAVING coalesce(owed.amount, 0) < sum(f.amount - f.covered)
               UNION ALL
               SELECT f.organization_id, 'nobody is at it', f.id, f.amount - f.covered, NULL FROM refund f
               WHERE (f.state = 'asked' AND f.next_try_at IS NULL)
                  OR (f.state = 'failed' AND NOT EXISTS (
                        SELECT FROM money_case c WHERE c.organization_id = f.organization_id
                          AND c.payment_id = f.payment_id AND c.closed_at IS NULL
                          AND (c.details->>'refund')::bigint = f.id))""",
    ),
    Invariant(
        code="M12",
        promise="A dispute is booked as the bank took and gave back, has an open case until the bank decided, and nothing goes back meanwhile.",
        sql="""SELECT d.organization_id, 'not booked' AS what, d.id, d.withdrawn AS told, booked.amount AS found FROM dispute d
               LEFT JOIN LATERAL (
                 SELECT -sum(e.amount) AS amount FROM posting t
                 JOIN ledger_entry e ON e.organization_id = t.organization_id AND e.posting_id = t.id
                 WHERE t.organization_id = d.organization_id AND t.payment_id = d.payment_id AND e.account = 'processor'
                   AND split_part(t.cause, ':', 1) = 'dispute' AND split_part(t.cause, ':', 2) = d.processor_id) booked ON true
               WHERE coalesce(booked.amount, 0) <> d.withdrawn
               UNION ALL
               SELECT d.organization_id, 'nobody is asked', d.id, d.amount, NULL FROM dispute d
               WHERE d.closed_at IS NULL AND NOT EXISTS (
                       SELECT FROM money_case c WHERE c.organization_id = d.organization_id AND c.payment_id = d.payment_id
                         AND c.kind = 'dispute' AND c.closed_at IS NULL AND c.details->>'dispute' = d.processor_id)
               UNION ALL
               SELECT f.organization_id, 'went back meanwhile', f.id, f.amount, NULL FROM refund f
               JOIN dispute d ON d.organization_id = f.organization_id AND d.payment_id = f.payment_id
               WHERE d.closed_at IS NULL AND NOT d.refundable AND f.state IN ('pending', 'succeeded')
                 AND f.asked_at > d.opened_at""",
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
    Invariant(
        code="E1",
        promise="No event waits for its deliveries.",
        sql="SELECT id, name, recorded_at FROM event WHERE routed_at IS NULL AND name = ANY(:names)",
        values=_names,
    ),
    Invariant(
        code="E2",
        promise="Every delivery is handled, given up with a reason, or waits for somebody outside while patience lasts.",
        sql="""SELECT id, event_id, handler, attempts FROM delivery
               WHERE handled_at IS NULL AND (dead_at IS NULL OR coalesce(error, '') = '')
                 AND NOT (dead_at IS NULL AND failure = 'later' AND give_up_at > now())""",
    ),
    Invariant(
        code="E3",
        promise="Nothing was handled before it was emitted, or without being attempted.",
        sql="""SELECT d.id, d.event_id FROM delivery d JOIN event e ON e.id = d.event_id
               WHERE d.handled_at IS NOT NULL AND (d.attempts < 1 OR d.handled_at < e.recorded_at OR e.routed_at IS NULL)""",
    ),
    Invariant(
        code="E4",
        promise="Every notice of the processor is acted on.",
        sql="""SELECT n.organization_id, n.id, n.kind FROM notice n WHERE n.handled_at IS NULL
                 AND NOT EXISTS (SELECT FROM event e JOIN delivery d ON d.event_id = e.id
                                 WHERE e.organization_id = n.organization_id AND e.name = 'payment.notice_stored'
                                   AND (e.payload->>'notice_id')::bigint = n.id AND d.dead_at IS NOT NULL)""",
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
    Invariant(
        code="P4",
        promise="An erased person leaves no identity in the tables.",
        sql="""SELECT p.organization_id, p.id, 'person' AS place FROM person p
               WHERE p.erased_at IS NOT NULL AND (p.mail IS NOT NULL OR p.mail_key IS NOT NULL OR p.name <> '')
               UNION ALL
               SELECT r.organization_id, r.person_id, 'registration' FROM registration r
               JOIN person p ON p.organization_id = r.organization_id AND p.id = coalesce(r.person_id, r.contact_id)
               WHERE p.erased_at IS NOT NULL AND (r.name <> '' OR r.agency <> '' OR r.mail <> '')
               UNION ALL
               SELECT i.organization_id, o.person_id, 'invoice' FROM invoice i
               JOIN "order" o ON o.organization_id = i.organization_id AND o.id = i.order_id
               JOIN person p ON p.organization_id = o.organization_id AND p.id = o.person_id
               WHERE p.erased_at IS NOT NULL AND (i.buyer_name <> '' OR i.buyer_agency <> '')
               UNION ALL
               SELECT i.organization_id, i.person_id, 'survey_invitation' FROM survey_invitation i
               JOIN person p ON p.organization_id = i.organization_id AND p.id = i.person_id
               WHERE p.erased_at IS NOT NULL
               UNION ALL
               SELECT s.organization_id, r.person_id, 'sensitive_answer' FROM sensitive_answer s
               JOIN registration r ON r.organization_id = s.organization_id AND r.id = s.registration_id
               JOIN person p ON p.organization_id = r.organization_id AND p.id = r.person_id
               WHERE p.erased_at IS NOT NULL
               UNION ALL
               SELECT g.organization_id, g.leader_id, 'program' FROM program g
               JOIN person p ON p.organization_id = g.organization_id AND p.id = g.leader_id
               WHERE p.erased_at IS NOT NULL""",
    ),
    Invariant(
        code="P6",
        promise="Sensitive answers are gone when their time has come.",
        sql="""SELECT organization_id, id FROM sensitive_answer WHERE erase_at < now() - interval '2 hours'""",
    ),
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


@dataclass(frozen=True, kw_only=True)
class Violation:
    """One row that should not be."""

    code: str
    promise: str
    row: dict[str, Any]


def violations(limit: int = 20) -> list[Violation]:
    """Every violation found, at most `limit` of each invariant; the keyed audit chain (P5) included."""
    found: list[Violation] = []
    for invariant in INVARIANTS:
        rows = session().execute(
            sa.text(f"SELECT * FROM ({invariant.sql}) violation LIMIT :most"),  # noqa: S608 - our own SQL
            {**invariant.values(), "most": limit},
        )
        found += [
            Violation(code=invariant.code, promise=invariant.promise, row=dict(row._mapping)) for row in rows
        ]
    found += [
        Violation(
            code="P5",
            promise="The audit chain is unbroken.",
            row={"organization_id": organization_id, "place": place},
        )
        for organization_id, place in audit.broken_links()[:limit]
    ]
    return found
