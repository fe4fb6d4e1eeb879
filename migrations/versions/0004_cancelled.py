"""Why an entry left a calendar, what stands in calendars now, and when a conference was cancelled.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

WHY = ("conference", "cancelled", "removed", "unnamed", "left", "place")


def upgrade() -> None:
    op.add_column("conference", sa.Column("cancelled_at", sa.TIMESTAMP(timezone=True)))
    op.add_column(
        "invitation",
        sa.Column("why", sa.Enum(*WHY, name="why", native_enum=False, length=40, create_constraint=True)),
    )
    # What was told as gone stands in nobody's calendar any more.
    op.execute("UPDATE invitation SET told = '{}' WHERE state = 'cancelled' AND sent_sequence = sequence")


def downgrade() -> None:
    op.execute("UPDATE invitation SET told = facts WHERE state = 'cancelled' AND sent_at IS NOT NULL")
    op.drop_column("invitation", "why")
    op.drop_column("conference", "cancelled_at")
