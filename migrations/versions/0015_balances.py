"""Looks at what the processor holds of each payment, and an account for differences that nothing explains.

Revision ID: 0015
Revises: 0014
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

BEFORE = (
    *("processor", "sales", "tax", "buyers"),
    *("elsewhere", "written_off", "disputed", "lost", "fees"),
)


def _accounts(*values: str) -> None:
    op.drop_constraint(op.f("ck_ledger_entry_account"), "ledger_entry", type_="check")
    listed = ", ".join(f"'{value}'" for value in values)
    op.create_check_constraint(op.f("ck_ledger_entry_account"), "ledger_entry", f"account IN ({listed})")


def upgrade() -> None:
    moment = sa.TIMESTAMP(timezone=True)
    _accounts(*BEFORE, "differences")
    # Sample payments were never at the processor.
    op.execute("UPDATE payment SET checkout_id = NULL WHERE checkout_id LIKE 'cs\\_sample\\_%'")
    op.create_table(
        "balance_look",
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("asked_at", moment, nullable=False),
        sa.Column("moved_at", moment, nullable=False),
        sa.Column("started_at", moment, nullable=True),
        sa.Column("finished_at", moment, nullable=True),
        sa.Column("since", moment, nullable=False),
        sa.Column(
            "part",
            sa.Enum("charges", "refunds", "disputes", name="part", native_enum=False, length=40, create_constraint=True),
            nullable=False,
        ),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("pages", sa.BigInteger(), nullable=False),
        sa.Column("compared", sa.BigInteger(), nullable=False),
        sa.Column("differed", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_balance_look_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_balance_look")),
    )
    op.create_index("balance_look_asked", "balance_look", ["organization_id", "asked_at"])
    op.create_table(
        "processor_balance",
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("look_id", sa.BigInteger(), nullable=False),
        sa.Column("payment_id", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.Column("refunded", sa.BigInteger(), nullable=False),
        sa.Column("withdrawn", sa.BigInteger(), nullable=False),
        sa.Column("fee", sa.BigInteger(), nullable=False),
        sa.Column("fee_currency", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "look_id"],
            ["balance_look.organization_id", "balance_look.id"],
            name=op.f("fk_processor_balance_organization_id_look_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "payment_id"],
            ["payment.organization_id", "payment.id"],
            name=op.f("fk_processor_balance_organization_id_payment_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_processor_balance_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_processor_balance")),
        sa.UniqueConstraint(
            "organization_id",
            "look_id",
            "payment_id",
            name=op.f("uq_processor_balance_organization_id_look_id_payment_id"),
        ),
    )
    op.create_index("processor_balance_payment", "processor_balance", ["organization_id", "payment_id"])


def downgrade() -> None:
    op.drop_table("processor_balance")
    op.drop_table("balance_look")
    _accounts(*BEFORE)
