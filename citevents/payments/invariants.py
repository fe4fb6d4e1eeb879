"""What must never break about money."""

from __future__ import annotations

from citevents.core.invariants import Invariant

INVARIANTS = (
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
        code="M11",
        promise="What the processor held of each payment when it was last looked at is what the ledger says, unless it moved since.",
        sql="""SELECT b.organization_id, b.payment_id, b.received - b.refunded - b.withdrawn AS held, booked.held AS booked,
                      b.fee AS fee_told, booked.fee AS fee_booked
               FROM processor_balance b
               JOIN balance_look l ON l.organization_id = b.organization_id AND l.id = b.look_id
               CROSS JOIN LATERAL (
                 SELECT coalesce(sum(e.amount) FILTER (WHERE e.account = 'processor' AND e.currency = b.currency
                                                         AND split_part(t.cause, ':', 1) <> 'dispute_fee'), 0) AS held,
                        coalesce(sum(e.amount) FILTER (WHERE e.account = 'fees'), 0) AS fee, max(t.posted_at) AS moved_at
                 FROM posting t JOIN ledger_entry e ON e.organization_id = t.organization_id AND e.posting_id = t.id
                 WHERE t.organization_id = b.organization_id AND t.payment_id = b.payment_id) booked
               WHERE l.finished_at IS NOT NULL
                 AND (booked.moved_at IS NULL OR booked.moved_at < l.started_at)
                 AND (booked.held <> b.received - b.refunded - b.withdrawn OR booked.fee <> b.fee)""",
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
                 AND f.asked_at > d.opened_at + interval '1 second'""",  # a dispute is told in whole seconds
    ),
    Invariant(
        code="M14",
        promise="Nobody can pay for an order that is over: its checkout is closed.",
        sql="""SELECT p.organization_id, p.id, p.order_id, o.state FROM payment p
               JOIN "order" o ON o.organization_id = p.organization_id AND o.id = p.order_id
               WHERE p.state = 'open' AND o.state NOT IN ('held', 'awaiting_payment')""",
    ),
    Invariant(
        code="E4",
        promise="Every notice of the processor is acted on.",
        sql="""SELECT n.organization_id, n.id, n.kind FROM notice n
               WHERE n.organization_id IS NOT NULL AND n.handled_at IS NULL
                 AND NOT EXISTS (SELECT FROM event e JOIN delivery d ON d.event_id = e.id
                                 WHERE e.organization_id = n.organization_id AND e.name = 'payment.notice_stored'
                                   AND (e.payload->>'notice_id')::bigint = n.id AND d.dead_at IS NOT NULL)""",
    ),
    Invariant(
        code="E7",
        promise="No money at the processor is nobody's: a payment here is known by it, or somebody said what it is (flask notices).",
        sql="""SELECT coalesce(intent_id, charge_id, subject) AS about, min(said_at) AS since, count(*) AS notices FROM notice
               WHERE organization_id IS NULL AND handled_at IS NULL AND stored_at < now() - interval '2 minutes'
               GROUP BY 1""",
    ),
)
