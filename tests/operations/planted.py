"""One violation for each invariant, planted behind the back of triggers, foreign keys and unique indexes."""

from __future__ import annotations

from citevents.core.db import Model


def copy(table: str, where: str = "true", **changes: str) -> str:
    """INSERT a copy of one row of a table, some columns replaced by SQL expressions."""
    columns = [column.name for column in Model.metadata.tables[table].columns if column.name != "id"]
    values = [changes.get(name, f'"{name}"') for name in columns]
    quoted = ", ".join(f'"{name}"' for name in columns)
    return f'INSERT INTO "{table}" ({quoted}) SELECT {", ".join(values)} FROM "{table}" WHERE {where} ORDER BY id LIMIT 1'


def published(name: str, value: str, kind: str = "scale", of: str = "30") -> str:
    """UPDATE the published results to one question of 30 people, with one thing that is wrong, as if published so."""
    question = f"""jsonb_build_object('id', 1, 'kind', '{kind}', 'of', {of}, 'cells', '[]'::jsonb, 'texts', '[]'::jsonb)
                   || jsonb_build_object('{name}', '{value}'::jsonb)"""
    content = f"jsonb_build_object('questions', jsonb_build_array({question}))"
    return f"UPDATE survey_result SET content = {content}, digest = md5(({content})::text)"


ONE_CONFIRMED = "(SELECT id FROM registration WHERE state = 'confirmed' ORDER BY id LIMIT 1)"
ONE_PAID = (
    """(SELECT id FROM "order" WHERE payment_id IS NOT NULL AND state = 'confirmed' ORDER BY id LIMIT 1)"""
)
ONE_IN_A_CALENDAR = "(SELECT min(subject_id) FROM invitation WHERE kind = 'registration' AND state = 'live')"
ONE_PAYMENT = "(SELECT min(id) FROM payment)"

#: The invariant, and what is planted where it has more than one.
DISPUTED = f"""INSERT INTO dispute (organization_id, payment_id, processor_id, amount, currency, status, reason, refundable,
                                    opened_at, closed_at, withdrawn, lost, covers, fee, fee_currency)
               SELECT organization_id, id, 'dp_planted', 5, currency, 'needs_response', 'general', false,
                      now() - interval '1 day', {{closed}}, {{taken}}, 0, '{{{{}}}}', 0, ''
               FROM payment WHERE id = {ONE_PAYMENT}"""

LOOKED = """INSERT INTO balance_look (organization_id, asked_at, moved_at, started_at, finished_at, since, part, after, pages,
                                      compared, differed)
           SELECT id, now(), now(), clock_timestamp(), now(), now(), 'disputes', '', 3, 1, 0 FROM organization
           WHERE EXISTS (SELECT FROM payment p WHERE p.organization_id = organization.id)"""

PLANTS: dict[str, tuple[str, ...]] = {
    "C1": (
        "UPDATE places SET taken = taken + 1 WHERE id = (SELECT min(id) FROM places WHERE taken < capacity)",
    ),
    "C3": ("DROP INDEX registration_once", copy("registration", "state = 'confirmed'")),
    "C5": (
        'ALTER TABLE "order" DROP CONSTRAINT ck_order_holds_end',
        f"UPDATE \"order\" SET state = 'held', expires_at = now() - interval '3 minutes' WHERE id = {ONE_PAID}",
    ),
    "C6": (f"UPDATE registration SET state = 'held' WHERE id = {ONE_CONFIRMED}",),
    "C7": (
        'ALTER TABLE "order" DROP CONSTRAINT ck_order_holds_end',
        f"UPDATE \"order\" SET state = 'held', expires_at = began_at + interval '61 minutes' WHERE id = {ONE_PAID}",
    ),
    "C7 of a caller": (
        'ALTER TABLE "order" DROP CONSTRAINT ck_order_caller',
        f"UPDATE \"order\" SET caller = 'planted' WHERE id = {ONE_PAID}",
    ),
    "C8": (f"UPDATE registration SET contact_id = (SELECT max(id) FROM person) WHERE id = {ONE_CONFIRMED}",),
    "M14": (f"UPDATE payment SET state = 'open' WHERE order_id = {ONE_PAID}",),
    "M3": (
        f"""INSERT INTO refund (organization_id, public_id, payment_id, amount, currency, reason, state, asked_at)
            SELECT organization_id, 'planted', id, amount + 1, currency, 'desk', 'succeeded', now()
            FROM payment WHERE id = {ONE_PAYMENT}""",
    ),
    "M4": (f'UPDATE "order" SET payment_id = NULL WHERE id = {ONE_PAID}',),
    "M5": (
        f"""UPDATE ledger_entry SET amount = amount - 5 WHERE account = 'buyers' AND posting_id =
            (SELECT min(id) FROM posting WHERE payment_id = {ONE_PAYMENT})""",
    ),
    "M6": ("UPDATE ledger_entry SET amount = amount + 1 WHERE id = (SELECT min(id) FROM ledger_entry)",),
    "M7": ("DELETE FROM invoice WHERE id = (SELECT max(id) FROM invoice)",),
    "M7 changed": (
        "UPDATE invoice SET buyer_name = 'Somebody Else' WHERE id = (SELECT max(id) FROM invoice)",
    ),
    "M8": (f"DELETE FROM invoice WHERE order_id = {ONE_PAID}",),
    "M9": (
        f"""UPDATE ledger_entry SET amount = amount - 1 WHERE account = 'processor' AND posting_id =
            (SELECT min(id) FROM posting WHERE payment_id = {ONE_PAYMENT})""",
    ),
    "M9 refund": (
        f"""INSERT INTO refund (organization_id, public_id, payment_id, amount, currency, reason, state, asked_at)
            SELECT organization_id, 'planted', id, 1, currency, 'desk', 'succeeded', now() FROM payment WHERE id = {ONE_PAYMENT}""",
    ),
    "M10 a place that was cancelled": (
        f"UPDATE registration SET refund_due = 5, state = 'cancelled' WHERE id = {ONE_CONFIRMED}",
    ),
    "M10 a debt that is not in the books": (
        f"""INSERT INTO refund (organization_id, public_id, payment_id, amount, currency, reason, state, asked_at, next_try_at)
            SELECT organization_id, 'planted', id, 1, currency, 'desk', 'asked', now(), now() FROM payment WHERE id = {ONE_PAYMENT}""",
    ),
    "M10 a debt that nobody is at": (
        f"""INSERT INTO refund (organization_id, public_id, payment_id, amount, currency, reason, state, asked_at)
            SELECT organization_id, 'planted', id, 1, currency, 'desk', 'failed', now() FROM payment WHERE id = {ONE_PAYMENT}""",
        f"""UPDATE ledger_entry SET amount = amount - 1 WHERE account = 'buyers' AND posting_id =
            (SELECT max(id) FROM posting WHERE payment_id = {ONE_PAYMENT})""",
    ),
    "M11": (
        LOOKED,
        """INSERT INTO processor_balance (organization_id, look_id, payment_id, currency, received, refunded, withdrawn, fee, fee_currency)
           SELECT p.organization_id, l.id, p.id, p.currency, p.amount - 1, 0, 0, 0, '' FROM payment p, balance_look l
           WHERE p.state = 'succeeded'""",
    ),
    "M11 a fee": (
        LOOKED,
        """INSERT INTO processor_balance (organization_id, look_id, payment_id, currency, received, refunded, withdrawn, fee, fee_currency)
           SELECT p.organization_id, l.id, p.id, p.currency, p.amount, 0, 0, 15, p.currency FROM payment p, balance_look l
           WHERE p.state = 'succeeded' AND NOT EXISTS (SELECT FROM refund r WHERE r.payment_id = p.id)""",
    ),
    "M12 a dispute that is not booked": (DISPUTED.format(taken=5, closed="now()"),),
    "M12 a dispute that nobody is asked about": (DISPUTED.format(taken=0, closed="NULL"),),
    "M12 money that went back while the bank decides": (
        DISPUTED.format(taken=0, closed="NULL"),
        """INSERT INTO money_case (organization_id, kind, payment_id, opened_at, details, decision)
           SELECT organization_id, 'dispute', payment_id, now(), '{"dispute": "dp_planted"}', '' FROM dispute""",
        f"""INSERT INTO refund (organization_id, public_id, payment_id, amount, currency, reason, state, asked_at, done_at, processor_id)
            SELECT organization_id, 'planted', id, 1, currency, 'desk', 'succeeded', now(), now(), 're_planted'
            FROM payment WHERE id = {ONE_PAYMENT}""",
    ),
    "F1": (f"UPDATE ticket SET voided_at = now() WHERE registration_id = {ONE_CONFIRMED}",),
    "F2": (
        f"""WITH made AS (INSERT INTO event (organization_id, name, payload, routed_at)
                         SELECT organization_id, 'order.confirmed', jsonb_build_object('order_id', id), now()
                         FROM "order" WHERE id = {ONE_PAID} RETURNING id)
           INSERT INTO delivery (event_id, handler, send_at, attempts, handled_at)
           SELECT id, 'registration.mail_tickets', NULL, 1, now() FROM made""",
    ),
    "F3": (
        "ALTER TABLE invitation DROP CONSTRAINT ck_invitation_sequence",
        "UPDATE invitation SET sent_sequence = sequence + 1 WHERE id = (SELECT min(id) FROM invitation)",
    ),
    "F4": ("UPDATE invitation SET sequence = sequence + 1 WHERE id = (SELECT min(id) FROM invitation)",),
    "F4 of a conference that moved": ("UPDATE conference SET ends_on = ends_on + 1 WHERE ended_at IS NULL",),
    "F4 of a conference elsewhere": ("UPDATE conference SET venue = 'Elsewhere' WHERE ended_at IS NULL",),
    "F4 of a place given back": (
        f"UPDATE registration SET state = 'cancelled' WHERE id = {ONE_IN_A_CALENDAR}",
        f"UPDATE ticket SET voided_at = now() WHERE registration_id = {ONE_IN_A_CALENDAR}",
    ),
    "F4 of a session at another time": (
        """UPDATE invitation SET sequence = sequence + 1, sent_sequence = sent_sequence + 1,
           facts = facts || jsonb_build_object('start', '2020-01-01T10:00:00+00:00')
           WHERE id = (SELECT min(id) FROM invitation WHERE kind = 'session' AND state = 'live')""",
    ),
    "F6 of a conference that was cancelled": (
        "UPDATE conference SET state = 'cancelled', cancelled_at = now() WHERE ended_at IS NULL",
    ),
    "F6 of a session that is over by what is true now": (
        """UPDATE invitation SET sequence = sequence + 1, sent_sequence = sent_sequence + 1,
           told = told || jsonb_build_object('start', '2099-01-01T10:00:00+00:00', 'end', '2099-01-01T11:00:00+00:00')
           WHERE id = (SELECT min(id) FROM invitation WHERE kind = 'session' AND state = 'live')""",
    ),
    "F6 of a session that is not in the agenda": (
        """UPDATE invitation SET subject_id = -1 WHERE id =
           (SELECT min(id) FROM invitation WHERE kind = 'session' AND state = 'live')""",
    ),
    "F6 of one who spoke and was not told": (
        """UPDATE invitation SET state = 'cancelled', sequence = sequence + 1, sent_sequence = sent_sequence + 1
           WHERE id = (SELECT min(id) FROM invitation WHERE kind = 'session' AND state = 'live')""",
    ),
    "F5": (
        "ALTER TABLE invitation DROP CONSTRAINT uq_invitation_organization_id_kind_subject_id_person_id",
        copy("invitation", uid="'another'"),
    ),
    "E1": (
        """INSERT INTO event (organization_id, name, payload)
           SELECT id, 'conference.ended', '{"conference_id": 1}' FROM organization ORDER BY id DESC LIMIT 1""",
    ),
    "E2": (
        """WITH made AS (INSERT INTO event (organization_id, name, payload, routed_at)
                         SELECT id, 'conference.ended', '{}', now() FROM organization ORDER BY id DESC LIMIT 1 RETURNING id)
           INSERT INTO delivery (event_id, handler, send_at, dead_at) SELECT id, 'x', NULL, now() FROM made""",
    ),
    "E3": (
        """WITH made AS (INSERT INTO event (organization_id, name, payload, routed_at)
                         SELECT id, 'conference.ended', '{}', now() FROM organization ORDER BY id DESC LIMIT 1 RETURNING id)
           INSERT INTO delivery (event_id, handler, send_at, handled_at) SELECT id, 'x', NULL, now() FROM made""",
    ),
    "E4": (
        """INSERT INTO notice (organization_id, processor_id, kind, subject, said_at, stored_at)
           SELECT id, 'evt_planted', 'charge.refunded', 'ch_1', now(), now() FROM organization ORDER BY id DESC LIMIT 1""",
    ),
    "E7": (
        """INSERT INTO notice (processor_id, kind, subject, intent_id, said_at, stored_at)
           SELECT 'evt_planted' || n, 'charge.dispute.created', 'dp_' || n, 'pi_of_nobody', now(), now() - interval '3 minutes'
           FROM generate_series(1, 2) n""",
    ),
    "E6": (
        """INSERT INTO state_change (organization_id, kind, subject_id, was, became)
           SELECT id, 'order', 1, 'cancelled', 'held' FROM organization ORDER BY id DESC LIMIT 1""",
    ),
    "P1": (),  # filled in below: needs a match
    "P2": ("UPDATE survey_result SET content = jsonb_set(content, '{questions}', '[]')",),
    "P2 of a survey that closed without results": ("DELETE FROM survey_result",),
    "P2 of results while it is open": (
        "UPDATE survey SET state = 'open', closes_at = now() + interval '1 day'",
    ),
    "P2 of a survey that nobody closes": (
        "DELETE FROM survey_result",
        "UPDATE survey SET state = 'open', closes_at = now() - interval '2 hours'",
    ),
    "P2 of a number of few": (published("cells", "[[4, 4]]"),),
    "P2 of a number that leaves few": (published("cells", "[[27, 27]]"),),
    "P2 of a band that says how few": (published("cells", "[[29, 30]]"),),
    "P2 of shares of few": (published("of", "10"),),
    "P2 of a question that few left out": (published("of", "27"),),
    "P2 of words of few": (published("texts", '["Terve."]'),),
    "P2 of one part that the others give away": (
        published("cells", "[[12, 12], [7, 7], null]", kind="one", of="19"),
    ),
    "P2 of parts that give away who left it out": (published("cells", "[[15, 15], [15, 15]]", kind="one"),),
    "P3": ("UPDATE survey SET answered = 1 WHERE state = 'closed'",),
    "P3 of a box that stayed": (
        """INSERT INTO survey_box (organization_id, survey_id, sealed)
           SELECT organization_id, id, decode(repeat('00', 5000), 'hex') FROM survey""",
    ),
    "P3 of answers that are not sealed": (
        "DELETE FROM survey_result",
        "UPDATE survey SET state = 'open', closes_at = now() + interval '1 day'",
        """INSERT INTO survey_box (organization_id, survey_id, sealed) SELECT organization_id, id, '{}'::bytea FROM survey""",
    ),
    "P3 of a column that names somebody": ("ALTER TABLE survey_box ADD COLUMN person_id bigint",),
    "P3 of a time": ("ALTER TABLE survey_invitation ADD COLUMN answered_at timestamptz",),
    "P3 of an event": (
        """INSERT INTO event (organization_id, name, payload, routed_at)
           SELECT id, 'survey.answered', '{}', now() FROM organization ORDER BY id DESC LIMIT 1""",
    ),
    "P4": (
        "ALTER TABLE person DROP CONSTRAINT ck_person_erased_is_nobody",
        f"UPDATE person SET erased_at = now() WHERE id = (SELECT person_id FROM registration WHERE id = {ONE_CONFIRMED})",
    ),
    "P6": (
        f"""INSERT INTO sensitive_answer (organization_id, conference_id, registration_id, question_id, answer, erase_at)
            SELECT r.organization_id, r.conference_id, r.id, q.id, '["0"]', now() - interval '3 hours'
            FROM registration r JOIN question q ON q.organization_id = r.organization_id
            WHERE r.id = {ONE_CONFIRMED} LIMIT 1""",
    ),
    "A1": (
        "ALTER TABLE placement DROP CONSTRAINT placement_one_session_per_room",
        """UPDATE placement p SET room_id = o.room_id, during = o.during FROM placement o
           WHERE o.id = (SELECT min(id) FROM placement WHERE room_id IS NOT NULL)
             AND p.id = (SELECT max(id) FROM placement WHERE room_id IS NOT NULL)""",
    ),
    "A2": ("UPDATE agenda_version SET content = content || '{\"planted\": true}'",),
}
PLANTS["P1"] = (
    """WITH two AS (SELECT organization_id, min(id) AS a, max(id) AS b, min(round_id) AS round
                    FROM (SELECT p.organization_id, p.id, r.id AS round_id FROM program p
                          JOIN exchange_round r ON r.organization_id = p.organization_id) x GROUP BY 1),
            run AS (INSERT INTO exchange_run (organization_id, round_id, mode, state, progress, answer, asked_at)
                    SELECT organization_id, round, 'coverage', 'done', '{}', '{}', now() FROM two RETURNING id, organization_id),
            made AS (INSERT INTO exchange_match (organization_id, round_id, run_id, shape, score, weeks, directions,
                                                 answer_by, public_id, state, proposed_at)
                     SELECT t.organization_id, t.round, run.id, 'mutual', 1, '{}', '{}', now(), 'planted', 'proposed', now()
                     FROM two t, run RETURNING id, organization_id),
            sides AS (INSERT INTO exchange_side (organization_id, match_id, program_id, position)
                      SELECT m.organization_id, m.id, x.program_id, x.position FROM made m, two t,
                      LATERAL (VALUES (t.a, 0), (t.b, 1)) x(program_id, position))
       INSERT INTO must_not (organization_id, program_id, other_id, created_at)
       SELECT organization_id, a, b, now() - interval '1 day' FROM two""",
)
#: One who has a proposal that is out, or agreed; and when.
ONE_AGREED = """(SELECT p.leader_id, p.organization_id, x.agreed_at FROM exchange x
                JOIN exchange_side s ON s.organization_id = x.organization_id AND s.match_id = x.match_id
                JOIN program p ON p.organization_id = s.organization_id AND p.id = s.program_id
                WHERE p.leader_id IS NOT NULL ORDER BY x.id LIMIT 1)"""
PLANTS["X2"] = (
    """INSERT INTO exchange_match (organization_id, round_id, run_id, shape, score, weeks, directions, answer_by, public_id,
                                   state, proposed_at)
       SELECT organization_id, round_id, run_id, shape, score, weeks, directions, answer_by, 'planted', 'declined',
              proposed_at + interval '1 day' FROM exchange_match ORDER BY id LIMIT 1""",
    """INSERT INTO exchange_side (organization_id, match_id, program_id, position)
       SELECT s.organization_id, m.id, s.program_id, s.position FROM exchange_match m
       JOIN exchange_side s ON s.organization_id = m.organization_id AND s.match_id = (SELECT min(id) FROM exchange_match)
       WHERE m.public_id = 'planted'""",
)
PLANTS["X2 with somebody avoided"] = PLANTS["P1"]
PLANTS["X3"] = (
    f"""UPDATE consent c SET withdrawn_at = one.agreed_at - interval '1 hour' FROM {ONE_AGREED} one
        WHERE c.organization_id = one.organization_id AND c.person_id = one.leader_id AND c.purpose = 'exchange'""",
)
PLANTS["X3 of a proposal that stays open"] = (
    *PLANTS["P1"],
    "UPDATE exchange_match SET proposed_at = now() - interval '1 minute' WHERE public_id = 'planted'",
    """INSERT INTO consent (organization_id, person_id, purpose, wording_version, source, given_at, withdrawn_at)
       SELECT m.organization_id, p.leader_id, 'exchange', 'planted', '', m.proposed_at - interval '1 hour', now()
       FROM exchange_match m JOIN exchange_side s ON s.organization_id = m.organization_id AND s.match_id = m.id
       JOIN program p ON p.organization_id = s.organization_id AND p.id = s.program_id
       WHERE m.public_id = 'planted' AND p.leader_id IS NOT NULL""",
    "UPDATE consent SET withdrawn_at = now() WHERE purpose = 'exchange' AND withdrawn_at IS NULL",
)
PLANTS["F4 of an exchange on other days"] = (
    *PLANTS["P1"],
    """INSERT INTO exchange (organization_id, match_id, starts_at, ends_at, zone, place, public_id, state, agreed_at)
       SELECT organization_id, id, now() + interval '9 days', now() + interval '11 days', 'Europe/Lisbon', 'Porto',
              'planted', 'planned', now() FROM exchange_match WHERE public_id = 'planted'""",
    """INSERT INTO invitation (organization_id, uid, person_id, kind, subject_id, sequence, state, facts, changed_at,
                               sent_sequence, told)
       SELECT x.organization_id, 'planted', p.leader_id, 'exchange', x.id, 0, 'live',
              '{"start": "2020-01-01", "end": "2020-01-02", "place": "Porto", "zone": "Europe/Lisbon"}', now(), 0, '{}'
       FROM exchange x JOIN program p ON p.organization_id = x.organization_id
       WHERE x.public_id = 'planted' AND p.leader_id IS NOT NULL LIMIT 1""",
)
