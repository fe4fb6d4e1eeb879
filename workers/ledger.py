"""The statements on the ledger of deliveries. What is due is asked of the product's clock (`:at`), never of the database's."""

import sqlalchemy as sa

#: Seconds that a probe has to come back before another one is sent.
LEASE = 120

# Only events that this version knows: an older relay during a deploy must not mark away what it cannot route.
ROUTE = sa.text(
    """WITH picked AS (SELECT id, name, organization_id FROM event WHERE routed_at IS NULL AND name = ANY(:known)
                       ORDER BY id LIMIT 500 FOR UPDATE SKIP LOCKED),
            made AS (INSERT INTO delivery (event_id, organization_id, handler, queue, send_at)
                     SELECT p.id, p.organization_id, r.handler, r.queue, CAST(:at AS timestamptz) FROM picked p
                     JOIN unnest(CAST(:names AS text[]), CAST(:handlers AS text[]), CAST(:queues AS text[]))
                          r(name, handler, queue) USING (name)
                     ORDER BY p.id
                     ON CONFLICT DO NOTHING)
       UPDATE event e SET routed_at = clock_timestamp() FROM picked p WHERE e.id = p.id"""
)
# Most turns of the relay find something in one queue at most.
DUE = sa.text(
    """SELECT q FROM unnest(CAST(:queues AS text[])) q
       WHERE EXISTS (SELECT FROM delivery WHERE queue = q AND send_at <= :at AND send_at IS NOT NULL AND waits_for IS NULL)"""
)
# In turns: the first of each organization, then the second of each. The index is walked from organization to organization,
# so that a mailing of thousands costs the others nothing.
SEND = sa.text(
    """WITH RECURSIVE o(id) AS (
         (SELECT organization_id FROM delivery WHERE queue = :queue AND send_at IS NOT NULL AND waits_for IS NULL
          ORDER BY organization_id LIMIT 1)
         UNION ALL
         SELECT (SELECT d.organization_id FROM delivery d WHERE d.queue = :queue AND d.organization_id > o.id
                 AND d.send_at IS NOT NULL AND d.waits_for IS NULL ORDER BY d.organization_id LIMIT 1)
         FROM o WHERE o.id IS NOT NULL),
       next AS (
         SELECT own.id, row_number() OVER (ORDER BY own.turn, own.send_at, own.id) AS turn
         FROM o CROSS JOIN LATERAL (
           SELECT first.id, first.send_at, row_number() OVER (ORDER BY first.send_at, first.id) AS turn
           FROM (SELECT d.id, d.send_at FROM delivery d
                 WHERE d.queue = :queue AND d.organization_id = o.id AND d.send_at <= :at AND d.send_at IS NOT NULL
                   AND d.waits_for IS NULL AND d.attempts - d.spared < :most AND d.handler = ANY(:known)
                 ORDER BY d.send_at, d.id LIMIT :room) first) own
         ORDER BY own.turn, own.send_at, own.id LIMIT :room),
       taken AS (
         SELECT d.id, next.turn FROM delivery d JOIN next ON next.id = d.id
         WHERE d.send_at <= :at AND d.waits_for IS NULL FOR UPDATE OF d SKIP LOCKED)
       UPDATE delivery d SET send_at = CAST(:at AS timestamptz) + interval '5 minutes' FROM taken WHERE d.id = taken.id
       RETURNING d.id, d.handler, d.attempts, taken.turn"""
)
ADOPT = sa.text(
    """UPDATE delivery d SET queue = h.queue, organization_id = e.organization_id
       FROM unnest(CAST(:handlers AS text[]), CAST(:queues AS text[])) h(handler, queue), event e
       WHERE d.send_at IS NOT NULL AND d.waits_for IS NULL AND h.handler = d.handler AND e.id = d.event_id
         AND (d.queue IS NULL OR (:all AND d.queue <> h.queue))"""
)
BURY = sa.text(
    """WITH gone AS (SELECT id FROM delivery WHERE send_at <= :at AND waits_for IS NULL AND attempts - spared >= :most
                     FOR UPDATE SKIP LOCKED)
       UPDATE delivery d SET dead_at = :at, send_at = NULL, failure = 'broken',
              error = coalesce(d.error, 'every attempt killed its worker')
       FROM gone WHERE d.id = gone.id"""
)
GIVE_UP = sa.text(
    """UPDATE delivery SET dead_at = :at, send_at = NULL, waits_for = NULL
       WHERE waits_for IS NOT NULL AND give_up_at <= :at"""
)
# Also what came to wait just when its destination was back.
RELEASE = sa.text(
    """UPDATE delivery d SET waits_for = NULL, send_at = :at
       WHERE d.waits_for IS NOT NULL AND NOT EXISTS (SELECT FROM circuit c WHERE c.destination = d.waits_for)"""
)
# Whoever has not been the probe for longest: one that fails for a reason of its own keeps nobody away for long. One that ended
# without a call (it had nothing to say by then, or failed before) found nothing out: the next goes at once.
PROBE = sa.text(
    """WITH ready AS (SELECT destination, only_id FROM circuit c
                     WHERE next_at <= :at OR (probe_id IS NOT NULL AND NOT EXISTS (
                       SELECT FROM delivery d WHERE d.id = c.probe_id AND d.send_at IS NOT NULL AND d.waits_for IS NULL
                       AND d.failure IS DISTINCT FROM 'broken'))
                     FOR UPDATE SKIP LOCKED),
            chosen AS (SELECT r.destination, (SELECT d.id FROM delivery d WHERE d.waits_for = r.destination
                         AND d.handler = ANY(:known) ORDER BY d.id IS NOT DISTINCT FROM r.only_id, d.send_at, d.id LIMIT 1) AS id FROM ready r),
            sent AS (UPDATE circuit c SET probe_id = chosen.id,
                            next_at = CAST(:at AS timestamptz) + make_interval(secs => :lease)
                     FROM chosen WHERE c.destination = chosen.destination AND chosen.id IS NOT NULL)
       UPDATE delivery d SET waits_for = NULL, send_at = :at FROM chosen WHERE d.id = chosen.id"""
)
# Every row that waits to be sent: its message may have gone with the queue. A row at work is locked and skipped; one in
# back-off is merely tried sooner, which the fence on `attempts` makes harmless.
UNSEND = sa.text(
    """WITH waiting AS (SELECT id FROM delivery WHERE send_at > :at AND waits_for IS NULL FOR UPDATE SKIP LOCKED)
       UPDATE delivery d SET send_at = :at FROM waiting WHERE d.id = waiting.id"""
)
PRUNE = sa.text(
    """DELETE FROM event WHERE id IN (
         SELECT e.id FROM event e WHERE e.recorded_at < now() - make_interval(days => :days) AND e.routed_at IS NOT NULL
         AND NOT EXISTS (SELECT FROM delivery d WHERE d.event_id = e.id AND d.handled_at IS NULL)
         ORDER BY e.recorded_at LIMIT 5000)"""
)
