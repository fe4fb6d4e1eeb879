"""A round is open or closed, whatever was sent; who left a round did not decline; when an exchange was called off.

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0007"
down_revision = "0006"

STATE, WHY = "ck_exchange_round_roundstate", "ck_exchange_side_why"


def _only(name: str, table: str, column: str, *words: str) -> None:
    op.drop_constraint(op.f(name), table)
    op.create_check_constraint(op.f(name), table, sa.column(column).in_(words))


def upgrade() -> None:
    op.execute("UPDATE exchange_round SET state = 'open' WHERE state = 'proposed'")
    _only(STATE, "exchange_round", "state", "open", "closed")
    _only(WHY, "exchange_side", "why", "dates", "fit", "travel", "other", "left")
    # What an old run read is not known: it is run again before anything of it is sent.
    op.add_column("exchange_run", sa.Column("asked_as", JSONB(), server_default="{}", nullable=False))
    op.add_column("exchange", sa.Column("cancelled_at", sa.TIMESTAMP(timezone=True)))
    # The trail knows when somebody pressed the button; of those whose leader was erased nobody wrote it down.
    op.execute(
        """UPDATE exchange x SET cancelled_at = coalesce(
             (SELECT max(e.at) FROM audit_entry e WHERE e.organization_id = x.organization_id AND e.act = 'cancel'
                AND e.subject = 'exchange' AND e.subject_id = x.id), x.agreed_at)
           WHERE x.state = 'cancelled'"""
    )
    op.create_check_constraint(
        op.f("ck_exchange_cancelled"), "exchange", "(cancelled_at IS NOT NULL) = (state = 'cancelled')"
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_exchange_cancelled"), "exchange")
    op.drop_column("exchange", "cancelled_at")
    op.drop_column("exchange_run", "asked_as")
    op.execute("UPDATE exchange_side SET why = NULL WHERE why = 'left'")
    _only(WHY, "exchange_side", "why", "dates", "fit", "travel", "other")
    _only(STATE, "exchange_round", "state", "open", "proposed", "closed")
