"""What a payment's page is opened with is kept until it is open.

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.add_column(
        "payment",
        sa.Column(
            "asked", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
    )
    # Nobody knows any more what these asked; the next try is another payment.
    op.execute("UPDATE payment SET state = 'failed', settled_at = now() WHERE state = 'open' AND checkout_id IS NULL")


def downgrade() -> None:
    op.drop_column("payment", "asked")
