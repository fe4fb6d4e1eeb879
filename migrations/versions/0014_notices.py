"""A notice of the processor belongs to whoever's payment it is about, and to nobody while that is not known.

Revision ID: 0014
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

NAMES = ("charge_id", "refund_public_id")


def upgrade() -> None:
    op.add_column("payment", sa.Column("charge_id", sa.Text(), nullable=True))
    op.create_index("payment_charge", "payment", ["charge_id"])
    op.create_index("payment_public", "payment", ["public_id"])
    op.create_index("refund_public", "refund", ["public_id"])
    for name in NAMES:
        op.add_column("notice", sa.Column(name, sa.Text(), nullable=True))
    op.add_column("notice", sa.Column("decision", sa.Text(), server_default="", nullable=False))
    op.drop_constraint(op.f("pk_notice"), "notice", type_="primary")
    op.create_primary_key(op.f("pk_notice"), "notice", ["id"])
    op.alter_column("notice", "organization_id", nullable=True)
    op.create_index(
        "notice_unowned",
        "notice",
        ["stored_at"],
        postgresql_where=sa.text("organization_id IS NULL AND handled_at IS NULL"),
    )
    # Filed under the host that they came to: their owner is looked for anew. Nothing was done about them there.
    op.execute(
        """UPDATE notice n SET organization_id = NULL, handled_at = NULL
           WHERE NOT EXISTS (SELECT FROM payment p WHERE p.organization_id = n.organization_id
                             AND (p.public_id = n.payment_public_id OR p.checkout_id = n.subject
                                  OR p.intent_id IN (n.subject, n.intent_id)))"""
    )


def downgrade() -> None:
    op.execute("DELETE FROM notice WHERE organization_id IS NULL")
    op.drop_index("notice_unowned", table_name="notice")
    op.alter_column("notice", "organization_id", nullable=False)
    op.drop_constraint(op.f("pk_notice"), "notice", type_="primary")
    op.create_primary_key(op.f("pk_notice"), "notice", ["organization_id", "id"])
    op.drop_column("notice", "decision")
    for name in NAMES:
        op.drop_column("notice", name)
    op.drop_index("refund_public", table_name="refund")
    op.drop_index("payment_public", table_name="payment")
    op.drop_index("payment_charge", table_name="payment")
    op.drop_column("payment", "charge_id")
