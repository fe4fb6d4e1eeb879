"""A case for an order that the processor takes no payment for.

Revision ID: 0017
Revises: 0016
"""

from alembic import op

revision = "0017"
down_revision = "0016"

BEFORE = ("amount", "twice", "refund_failed", "unknown", "dispute", "difference")


def _kinds(*values: str) -> None:
    op.drop_constraint(op.f("ck_money_case_casekind"), "money_case", type_="check")
    listed = ", ".join(f"'{value}'" for value in values)
    op.create_check_constraint(op.f("ck_money_case_casekind"), "money_case", f"kind IN ({listed})")


def upgrade() -> None:
    _kinds(*BEFORE, "refused")


def downgrade() -> None:
    op.execute("UPDATE money_case SET kind = 'unknown' WHERE kind = 'refused'")
    _kinds(*BEFORE)
