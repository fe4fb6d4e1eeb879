"""Money that belongs to no payment waits with the notices that belong to nobody, not at whoever looked first.

Revision ID: 0019
Revises: 0018
"""

from alembic import op

revision = "0019"
down_revision = "0018"

KINDS = ("amount", "twice", "refund_failed", "dispute", "difference", "refused")


def _kinds(*values: str) -> None:
    op.drop_constraint(op.f("ck_money_case_casekind"), "money_case", type_="check")
    listed = ", ".join(f"'{value}'" for value in values)
    op.create_check_constraint(op.f("ck_money_case_casekind"), "money_case", f"kind IN ({listed})")


def upgrade() -> None:
    # The next daily look finds what is still there.
    op.execute("DELETE FROM money_case WHERE kind = 'unknown'")
    _kinds(*KINDS)


def downgrade() -> None:
    _kinds(*KINDS, "unknown")
