"""Purposes of consent are those that something asks, reads and takes back; nothing ever asked for the two that go.

Revision ID: 0010
Revises: 0009
"""

from alembic import op

revision = "0010"
down_revision = "0009"

BEFORE = ("terms", "sensitive_answers", "photos", "exchange", "follow_up", "news")
AFTER = ("sensitive_answers", "exchange", "follow_up", "news")


def upgrade() -> None:
    op.execute("DELETE FROM consent WHERE purpose IN ('terms', 'photos')")
    _purposes(AFTER)


def downgrade() -> None:
    _purposes(BEFORE)


def _purposes(names: tuple[str, ...]) -> None:
    op.drop_constraint(op.f("ck_consent_purpose"), "consent")
    wanted = ", ".join(f"'{name}'" for name in names)
    op.create_check_constraint(op.f("ck_consent_purpose"), "consent", f"purpose IN ({wanted})")
