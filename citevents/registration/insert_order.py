"""An order with its registration, lines and ticket, written in one statement: what a rush does most, in one round trip."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from citevents.core.db import session
from citevents.registration import policy

# A conflict is somebody's earlier wish, which the caller looks at; nearly always there is none. Without the row before it
# nothing of what follows is written.
_ORDER = """INSERT INTO "order" (organization_id, public_id, conference_id, person_id, state, form, fingerprint, currency,
      net, tax, total, terms, language, placed_at, began_at, expires_at, confirmed_at, browser, caller, agreed)
    VALUES (:organization_id, :public_id, :conference_id, :buyer_id, :state, :form, :fingerprint, :currency,
      :net, :tax, :total, :terms, :language, :placed_at, :began_at, :expires_at, :confirmed_at, :browser, :caller, CAST(:agreed AS text[]))
    ON CONFLICT DO NOTHING RETURNING id"""
_PLACE = """registered AS (
    INSERT INTO registration (organization_id, conference_id, order_id, person_id, ticket_type_id, state,
      name, call_name, agency, country, mail, contact_id, answers, confirmed_at)
    SELECT :organization_id, :conference_id, ordered.id, CAST(:person_id AS bigint), :ticket_type_id, :state,
      :name, :call_name, :agency, :country, :mail, :contact_id, CAST(:answers AS jsonb),
      CAST(:confirmed_at AS timestamptz) FROM ordered
    ON CONFLICT DO NOTHING RETURNING id, order_id),
  bought AS (
    INSERT INTO order_line (organization_id, order_id, registration_id, ticket_type_id, name, step, net, tax, total,
      tax_basis_points, quota_ids, counted)
    SELECT :organization_id, order_id, id, ticket_type_id, name, step, net, tax, net + tax,
      tax_basis_points, quota_ids, counted
    FROM registered CROSS JOIN ROWS FROM (jsonb_to_recordset(CAST(:lines AS jsonb)) AS (ticket_type_id bigint, name text,
      step text, net bigint, tax bigint, tax_basis_points int, quota_ids bigint[], counted boolean))
      WITH ORDINALITY AS line (ticket_type_id, name, step, net, tax, tax_basis_points, quota_ids, counted, place)
    ORDER BY place),
  issued AS (
    INSERT INTO ticket (organization_id, registration_id, public_id, code, issued_at)
    SELECT :organization_id, id, :ticket, :code, CAST(:confirmed_at AS timestamptz) FROM registered
    WHERE CAST(:ticket AS text) IS NOT NULL)"""
_BOOK = sa.text(
    f"WITH ordered AS ({_ORDER}), {_PLACE} SELECT ordered.id, registered.id FROM ordered LEFT JOIN registered ON true"  # noqa: S608
)
_ADD_PLACE = sa.text(
    f"WITH ordered AS (SELECT CAST(:order_id AS bigint) AS id), {_PLACE} SELECT id FROM registered"  # noqa: S608
)


@dataclass(frozen=True, slots=True)
class Booked:
    """What was written. Without a registration the person has or holds a place there already."""

    order_id: int
    registration_id: int | None


def book(values: dict[str, Any], lines: Iterable[policy.Line]) -> Booked | None:
    """Write an order with everything; None where the order of this form stands already.

    `values` are those of the order (`buyer_id`, …), of the registration (`person_id`, `name`, `answers` as JSON, …) and of its
    ticket (`ticket`, `code`: None while nothing is confirmed), which share state and moment.
    """
    row = session().execute(_BOOK, values | {"lines": _json(lines)}).first()
    return Booked(*row) if row else None


def add_place(order_id: int, values: dict[str, Any], lines: Iterable[policy.Line]) -> int | None:
    """Write the rest to an order whose registration met a rival; its id, or None where another rival was quicker."""
    added: int | None = session().scalar(_ADD_PLACE, values | {"lines": _json(lines), "order_id": order_id})
    return added


def _json(lines: Iterable[policy.Line]) -> str:
    return json.dumps([{name: getattr(line, name) for name in line.__dataclass_fields__} for line in lines])
