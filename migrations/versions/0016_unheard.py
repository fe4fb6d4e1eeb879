"""Payments of a look that differ in something that no sum tells.

Revision ID: 0016
Revises: 0015
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.add_column(
        "balance_look", sa.Column("unheard", sa.ARRAY(sa.BigInteger()), server_default="{}", nullable=False)
    )


def downgrade() -> None:
    op.drop_column("balance_look", "unheard")
