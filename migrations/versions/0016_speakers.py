"""Two speakers of a conference may have the same name.

Revision ID: 0016
Revises: 0015
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.drop_constraint(op.f("uq_speaker_organization_id_conference_id_name_key"), "speaker", type_="unique")
    op.create_index("speaker_name", "speaker", ["organization_id", "conference_id", "name_key"])
    op.execute("UPDATE speaker SET name_key = '' WHERE name = ''")


def downgrade() -> None:
    op.execute("UPDATE speaker SET name_key = 'erased ' || id WHERE name = ''")
    repeated = """UPDATE speaker s SET name_key = s.name_key || ' ' || s.id FROM speaker o
                  WHERE o.organization_id = s.organization_id AND o.conference_id = s.conference_id
                    AND o.name_key = s.name_key AND o.id < s.id"""
    op.execute(repeated)
    op.drop_index("speaker_name", table_name="speaker")
    op.create_unique_constraint(
        op.f("uq_speaker_organization_id_conference_id_name_key"),
        "speaker",
        ["organization_id", "conference_id", "name_key"],
    )
