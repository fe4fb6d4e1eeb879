"""Deliveries know their class of failure, whom they wait for and whose turn it is; what is away outside is known too.

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

MOMENT = sa.TIMESTAMP(timezone=True)


def upgrade() -> None:
    op.create_table(
        "circuit",
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("failures", sa.BigInteger(), nullable=False),
        sa.Column("next_at", MOMENT, nullable=False),
        sa.Column("patience", sa.Interval(), nullable=False),
        sa.Column("probe_id", sa.BigInteger(), nullable=True),
        sa.Column("only_id", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("destination", name=op.f("pk_circuit")),
    )
    for name, kind in (
        ("organization_id", sa.BigInteger()),
        ("queue", sa.Text()),
        ("waits_for", sa.Text()),
        ("give_up_at", MOMENT),
        ("person_id", sa.BigInteger()),
    ):
        op.add_column("delivery", sa.Column(name, kind, nullable=True))
    op.add_column(
        "delivery", sa.Column("spared", sa.SmallInteger(), server_default=sa.text("0"), nullable=False)
    )
    op.add_column(
        "delivery",
        sa.Column(
            "failure",
            sa.Enum("broken", "later", "never", name="failure", native_enum=False, length=40),
            nullable=True,
        ),
    )
    op.create_check_constraint(
        op.f("ck_delivery_failure"), "delivery", "failure IN ('broken', 'later', 'never')"
    )
    # The queue of those that wait is the relay's to say: it does when it starts.
    op.execute(
        """UPDATE delivery d SET organization_id = e.organization_id,
                  failure = CASE WHEN d.dead_at IS NOT NULL THEN 'broken' END
           FROM event e WHERE e.id = d.event_id AND d.handled_at IS NULL"""
    )
    op.drop_index("delivery_due", "delivery")
    op.create_index(
        "delivery_due",
        "delivery",
        ["queue", "organization_id", "send_at", "id"],
        postgresql_where=sa.text("send_at IS NOT NULL AND waits_for IS NULL"),
    )
    op.create_index(
        "delivery_waiting",
        "delivery",
        ["waits_for", "send_at"],
        postgresql_where=sa.text("waits_for IS NOT NULL"),
    )


def downgrade() -> None:
    for name in ("delivery_due", "delivery_waiting"):
        op.drop_index(name, "delivery")
    op.drop_constraint(op.f("ck_delivery_failure"), "delivery", type_="check")
    for name in ("failure", "spared", "person_id", "give_up_at", "waits_for", "queue", "organization_id"):
        op.drop_column("delivery", name)
    op.create_index("delivery_due", "delivery", ["send_at"], postgresql_where=sa.text("send_at IS NOT NULL"))
    op.drop_table("circuit")
