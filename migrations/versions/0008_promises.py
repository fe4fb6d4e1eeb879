"""A refund is a promise: how often it was tried, why it waits, what went back by another way; accounts and cases for it.

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

#: (table, column, constraint, values before, values added)
WORDS = (
    (
        "refund",
        "state",
        "ck_refund_refundstate",
        ("asked", "pending", "succeeded", "failed"),
        ("returned", "written_off"),
    ),
    (
        "money_case",
        "kind",
        "ck_money_case_casekind",
        ("amount", "twice", "refund_failed", "unknown"),
        ("dispute", "difference"),
    ),
    (
        "ledger_entry",
        "account",
        "ck_ledger_entry_account",
        ("processor", "sales", "tax", "buyers"),
        ("elsewhere", "written_off", "disputed", "lost", "fees"),
    ),
)


def _allow(table: str, column: str, constraint: str, values: tuple[str, ...]) -> None:
    op.drop_constraint(op.f(constraint), table, type_="check")
    listed = ", ".join(f"'{value}'" for value in values)
    op.create_check_constraint(op.f(constraint), table, f"{column} IN ({listed})")


def upgrade() -> None:
    for table, column, constraint, before, added in WORDS:
        _allow(table, column, constraint, before + added)
    op.add_column("refund", sa.Column("attempt", sa.Integer(), server_default=sa.text("1"), nullable=False))
    op.add_column("refund", sa.Column("tries", sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.add_column("refund", sa.Column("problem", sa.Text(), server_default="", nullable=False))
    op.add_column("refund", sa.Column("next_try_at", sa.TIMESTAMP(timezone=True), nullable=True))
    op.add_column("refund", sa.Column("covered", sa.BigInteger(), server_default=sa.text("0"), nullable=False))
    op.add_column("refund", sa.Column("covers", sa.BigInteger(), server_default=sa.text("0"), nullable=False))
    op.create_check_constraint(
        op.f("ck_refund_shares"), "refund", "covered BETWEEN 0 AND amount AND covers BETWEEN 0 AND amount"
    )
    op.create_index(
        "refund_next_try", "refund", ["next_try_at"], postgresql_where=sa.text("next_try_at IS NOT NULL")
    )
    op.execute("UPDATE refund SET next_try_at = now() WHERE state = 'asked'")


def downgrade() -> None:
    op.drop_index("refund_next_try", table_name="refund")
    op.drop_constraint(op.f("ck_refund_shares"), "refund", type_="check")
    for column in ("covers", "covered", "next_try_at", "problem", "tries", "attempt"):
        op.drop_column("refund", column)
    for table, column, constraint, before, _added in WORDS:
        _allow(table, column, constraint, before)
