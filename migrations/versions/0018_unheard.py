"""Payments of a look that differ in something that no sum tells.

Revision ID: 0018
Revises: 0017
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.add_column(
        "balance_look", sa.Column("unheard", sa.ARRAY(sa.BigInteger()), server_default="{}", nullable=False)
    )


def downgrade() -> None:
    op.drop_column("balance_look", "unheard")
