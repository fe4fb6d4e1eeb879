"""Answers to surveys are counted together and sealed while a survey is open; results are published once, when it closes.

Revision ID: 0009
Revises: 0008
"""

import json
from bisect import insort
from typing import Any

import sqlalchemy as sa
from alembic import op
from flask import current_app
from sqlalchemy.dialects.postgresql import JSONB

from citevents.core.sealing import seal

revision = "0009"
down_revision = "0008"

IMMUTABLE = """CREATE OR REPLACE FUNCTION survey_result_immutable() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN
         IF TG_OP = 'INSERT' THEN
           NEW.digest := md5(NEW.content::text);
           RETURN NEW;
         END IF;
         RAISE EXCEPTION 'published results do not change';
       END $$;
       CREATE TRIGGER survey_result_immutable BEFORE INSERT OR UPDATE OR DELETE ON survey_result FOR EACH ROW
       EXECUTE FUNCTION survey_result_immutable()"""


def upgrade() -> None:
    op.add_column("survey", sa.Column("asks_at", sa.TIMESTAMP(timezone=True)))
    op.add_column("survey", sa.Column("asked", sa.Integer(), server_default="0", nullable=False))
    op.add_column("survey", sa.Column("answered", sa.Integer(), server_default="0", nullable=False))
    _table("survey_box", sa.Column("sealed", sa.LargeBinary(), nullable=False), ondelete="CASCADE")
    _table(
        "survey_result",
        sa.Column("content", JSONB(), nullable=False),
        sa.Column("digest", sa.Text(), server_default="", nullable=False),
        sa.Column("published_at", sa.TIMESTAMP(timezone=True), nullable=False),
    )
    op.execute(IMMUTABLE)
    op.execute(
        """UPDATE survey s SET
             asks_at = (SELECT min(due_at) FROM survey_invitation i WHERE i.organization_id = s.organization_id
                        AND i.survey_id = s.id),
             asked = (SELECT count(*) FROM survey_invitation i WHERE i.organization_id = s.organization_id
                      AND i.survey_id = s.id AND i.asked_at IS NOT NULL),
             answered = (SELECT count(*) FROM survey_response r WHERE r.organization_id = s.organization_id
                         AND r.survey_id = s.id)"""
    )
    _count_in()
    # The clock closes them again, and publishes all answers: those that had waited for a lot of five, too.
    op.execute("UPDATE survey SET state = 'open' WHERE state = 'closed'")
    op.execute("DELETE FROM delivery d USING event e WHERE e.id = d.event_id AND e.name = 'survey.answered'")
    op.execute("DELETE FROM event WHERE name = 'survey.answered'")
    op.drop_index("survey_response_survey", table_name="survey_response")
    op.drop_table("survey_response")


def downgrade() -> None:
    """Answers that were counted together do not come back one by one."""
    op.create_table(
        "survey_response",
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("survey_id", sa.BigInteger(), nullable=False),
        sa.Column("answers", JSONB(), nullable=False),
        sa.Column("released", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "survey_id"],
            ["survey.organization_id", "survey.id"],
            name=op.f("fk_survey_response_organization_id_survey_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_survey_response_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_survey_response")),
    )
    op.create_index(
        "survey_response_survey", "survey_response", ["organization_id", "survey_id", "released"]
    )
    op.drop_table("survey_result")
    op.execute("DROP FUNCTION survey_result_immutable()")
    op.drop_table("survey_box")
    op.drop_column("survey", "asks_at")
    op.drop_column("survey", "answered")
    op.drop_column("survey", "asked")


def _table(name: str, *columns: "sa.Column[Any]", ondelete: str | None = None) -> None:
    op.create_table(
        name,
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("survey_id", sa.BigInteger(), nullable=False),
        *columns,
        sa.ForeignKeyConstraint(
            ["organization_id", "survey_id"],
            ["survey.organization_id", "survey.id"],
            name=op.f(f"fk_{name}_organization_id_survey_id"),
            ondelete=ondelete,
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f(f"fk_{name}_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f(f"pk_{name}")),
        sa.UniqueConstraint(
            "organization_id", "survey_id", name=op.f(f"uq_{name}_organization_id_survey_id")
        ),
    )


def _count_in() -> None:
    """Seal what was answered: of each survey one row, how many chose what, and the words."""
    database = op.get_bind()
    surveys = database.execute(
        sa.text("SELECT DISTINCT organization_id, survey_id FROM survey_response")
    ).all()
    if surveys and not current_app.config["SECRET_KEY"]:
        raise RuntimeError("set CITEVENTS_SECRET to the server's: answers to surveys are sealed under it")
    for organization_id, survey_id in surveys:
        ours = {"organization": organization_id, "survey": survey_id}
        questions = database.execute(
            sa.text(
                """SELECT id, kind, cardinality(options) AS options FROM survey_question
                   WHERE organization_id = :organization AND survey_id = :survey"""
            ),
            ours,
        ).all()
        kinds = {str(row.id): row.kind for row in questions}
        tally = {
            str(row.id): {"people": 0, "counts": [0] * _width(row.kind, row.options), "texts": []}
            for row in questions
        }
        given = sa.text(
            "SELECT answers FROM survey_response WHERE organization_id = :organization AND survey_id = :survey"
        )
        for (answers,) in database.execute(given, ours):
            for question, answer in answers.items():
                if answer is not None and question in tally:
                    _add(kinds[question], tally[question], answer)
        written = json.dumps(tally, ensure_ascii=False, sort_keys=True).encode()
        written = written.ljust(-(-len(written) // 4096) * 4096)
        database.execute(
            sa.text(
                """INSERT INTO survey_box (organization_id, survey_id, sealed)
                   VALUES (:organization, :survey, :sealed)"""
            ),
            {**ours, "sealed": seal(f"survey:{organization_id}:{survey_id}", written)},
        )


def _width(kind: str, options: int) -> int:
    return {"scale": 5, "text": 0}.get(kind, options)


def _add(kind: str, counted: dict[str, Any], answer: Any) -> None:
    counted["people"] += 1
    if kind == "text":
        insort(counted["texts"], answer)
        return
    for index in answer if kind == "many" else [answer - 1 if kind == "scale" else answer]:
        counted["counts"][index] += 1
