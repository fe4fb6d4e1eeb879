"""Whose act ended a registration, and what the organizers said about it and about cancelling an event.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

BY = ("buyer", "organizers", "event", "refund")


def upgrade() -> None:
    op.add_column("conference", sa.Column("cancel_note", sa.Text(), nullable=False, server_default=""))
    op.add_column("registration", sa.Column("end_note", sa.Text(), nullable=False, server_default=""))
    op.add_column(
        "registration",
        sa.Column(
            "ended_by", sa.Enum(*BY, name="endedby", native_enum=False, length=40, create_constraint=True)
        ),
    )
    # Who it was is known where the whole event was cancelled.
    op.execute(
        """UPDATE registration r SET ended_by = 'event' FROM conference c
           WHERE c.organization_id = r.organization_id AND c.id = r.conference_id AND c.state = 'cancelled'
             AND r.state = 'cancelled' AND r.confirmed_at IS NOT NULL"""
    )


def downgrade() -> None:
    op.drop_column("registration", "ended_by")
    op.drop_column("registration", "end_note")
    op.drop_column("conference", "cancel_note")
