"""The house as it stands when it is opened: every table of the first version.

Revision ID: 0001
Revises:
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "organization",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=True),
        sa.Column("mail", sa.Text(), nullable=False),
        sa.Column("sample", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organization")),
        sa.UniqueConstraint("host", name=op.f("uq_organization_host")),
    )
    op.create_table(
        "tries",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("window_start", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", "window_start", name=op.f("pk_tries")),
    )
    op.create_table(
        "audit_entry",
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column(
            "at", sa.TIMESTAMP(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=True),
        sa.Column("mac", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_audit_entry_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_audit_entry")),
        sa.UniqueConstraint("organization_id", "place", name=op.f("uq_audit_entry_organization_id_place")),
    )
    op.create_index(
        "audit_subject", "audit_entry", ["organization_id", "subject", "subject_id"], unique=False
    )
    op.create_index(
        "audit_unsealed",
        "audit_entry",
        ["organization_id", "id"],
        unique=False,
        postgresql_where=sa.text("place IS NULL"),
    )
    op.create_table(
        "conference",
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "conference",
                "course",
                "workshop",
                "webinar",
                name="conferencekind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "public",
                "cancelled",
                name="conferencestate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("wording", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("venue", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("city", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("longitude", sa.Double(), nullable=True),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.Column("access_note", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("registration_opens_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("registration_closes_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("refund_until", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("transfer_until", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("sample", sa.Boolean(), nullable=False),
        sa.Column("ended_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_conference_dates")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_conference_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_conference")),
        sa.UniqueConstraint("organization_id", "slug", name=op.f("uq_conference_organization_id_slug")),
    )
    op.create_table(
        "event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "recorded_at",
            sa.TIMESTAMP(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("routed_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_event_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
    )
    op.create_index("event_recorded", "event", ["recorded_at"], unique=False)
    op.create_index(
        "event_unrouted", "event", ["id"], unique=False, postgresql_where=sa.text("routed_at IS NULL")
    )
    op.create_table(
        "exchange_round",
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("closes_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "proposed",
                "closed",
                name="roundstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("answer_days", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint("last_day >= first_day", name=op.f("ck_exchange_round_days")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_exchange_round_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_exchange_round")),
        sa.UniqueConstraint(
            "organization_id", "public_id", name=op.f("uq_exchange_round_organization_id_public_id")
        ),
    )
    op.create_table(
        "invoice_series",
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_invoice_series_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_invoice_series")),
        sa.UniqueConstraint("organization_id", "name", name=op.f("uq_invoice_series_organization_id_name")),
    )
    op.create_table(
        "letter",
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("accepted_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_letter_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_letter")),
        sa.UniqueConstraint("organization_id", "key", name=op.f("uq_letter_organization_id_key")),
    )
    op.create_table(
        "notice",
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("processor_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("intent_id", sa.Text(), nullable=True),
        sa.Column("payment_public_id", sa.Text(), nullable=True),
        sa.Column("said_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("stored_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("handled_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_notice_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_notice")),
        sa.UniqueConstraint("processor_id", name=op.f("uq_notice_processor_id")),
    )
    op.create_index("notice_stored", "notice", ["organization_id", "stored_at"], unique=False)
    op.create_table(
        "person",
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("call_name", sa.Text(), nullable=False),
        sa.Column("mail", sa.Text(), nullable=True),
        sa.Column("mail_key", sa.Text(), nullable=True),
        sa.Column("mail_proven_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("zone", sa.Text(), nullable=True),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("erased_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint(
            "erased_at IS NULL OR (mail IS NULL AND name = '')", name=op.f("ck_person_erased_is_nobody")
        ),
        sa.CheckConstraint("(mail IS NULL) = (mail_key IS NULL)", name=op.f("ck_person_mail_and_key")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_person_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_person")),
        sa.UniqueConstraint("organization_id", "mail_key", name=op.f("uq_person_organization_id_mail_key")),
        sa.UniqueConstraint("organization_id", "public_id", name=op.f("uq_person_organization_id_public_id")),
    )
    op.create_table(
        "state_change",
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("was", sa.Text(), nullable=False),
        sa.Column("became", sa.Text(), nullable=False),
        sa.Column(
            "at", sa.TIMESTAMP(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_state_change_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_state_change")),
    )
    op.create_index(
        "state_change_subject", "state_change", ["organization_id", "kind", "subject_id"], unique=False
    )
    op.create_table(
        "agenda_version",
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("conference_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("digest", sa.Text(), server_default="", nullable=False),
        sa.Column("summary", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("step_id", sa.BigInteger(), nullable=True),
        sa.Column("published_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("by_person_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id", "conference_id"],
            ["conference.organization_id", "conference.id"],
            name=op.f("fk_agenda_version_organization_id_conference_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_agenda_version_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_agenda_version")),
        sa.UniqueConstraint(
            "organization_id",
            "conference_id",
            "number",
            name=op.f("uq_agenda_version_organization_id_conference_id_number"),
        ),
    )
    op.create_table(
        "consent",
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum(
                "terms",
                "sensitive_answers",
                "photos",
                "exchange",
                "follow_up",
                "news",
                name="purpose",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("wording_version", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("given_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id", "person_id"],
            ["person.organization_id", "person.id"],
            name=op.f("fk_consent_organization_id_person_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_consent_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_consent")),
    )
    op.create_index("consent_person", "consent", ["organization_id", "person_id"], unique=False)
    op.create_index(
        "consent_standing",
        "consent",
        ["organization_id", "person_id", "purpose", "wording_version"],
        unique=True,
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )
    op.create_table(
        "delivery",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("handler", sa.Text(), nullable=False),
        sa.Column(
            "send_at",
            sa.TIMESTAMP(timezone=True),
            server_default=sa.text("statement_timestamp()"),
            nullable=True,
        ),
        sa.Column("attempts", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("handled_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("dead_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(send_at IS NULL) = (handled_at IS NOT NULL OR dead_at IS NOT NULL)",
            name=op.f("ck_delivery_open_or_closed"),
        ),
        sa.ForeignKeyConstraint(
            ["event_id"], ["event.id"], name=op.f("fk_delivery_event_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sa.UniqueConstraint("event_id", "handler", name=op.f("uq_delivery_event_id_handler")),
        postgresql_with={"fillfactor": 80},
    )
    op.create_index(
        "delivery_dead",
        "delivery",
        ["dead_at"],
        unique=False,
        postgresql_where=sa.text("dead_at IS NOT NULL"),
    )
    op.create_index(
        "delivery_due", "delivery", ["send_at"], unique=False, postgresql_where=sa.text("send_at IS NOT NULL")
    )
    op.create_table(
        "draft",
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("conference_id", sa.BigInteger(), nullable=False),
        sa.Column("token_digest", sa.Text(), nullable=False),
        sa.Column("typed", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("expires_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "conference_id"],
            ["conference.organization_id", "conference.id"],
            name=op.f("fk_draft_organization_id_conference_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_draft_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_draft")),
        sa.UniqueConstraint(
            "organization_id", "token_digest", name=op.f("uq_draft_organization_id_token_digest")
        ),
    )
    op.create_index("draft_expiry", "draft", ["expires_at"], unique=False)
    op.create_table(
        "draft_step",
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("conference_id", sa.BigInteger(), nullable=False),
        sa.Column("changes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("by_person_id", sa.BigInteger(), nullable=True),
        sa.Column("undone_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id", "conference_id"],
            ["conference.organization_id", "conference.id"],
            name=op.f("fk_draft_step_organization_id_conference_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_draft_step_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_draft_step")),
    )
    op.create_index(
        "draft_step_conference", "draft_step", ["organization_id", "conference_id", "id"], unique=False
    )
    op.create_table(
        "exchange_run",
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("round_id", sa.BigInteger(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "asked",
                "running",
                "done",
                "failed",
                "dropped",
                name="runstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("asked_by", sa.BigInteger(), nullable=True),
        sa.Column("progress", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("answer", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("asked_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("finished_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id", "round_id"],
            ["exchange_round.organization_id", "exchange_round.id"],
            name=op.f("fk_exchange_run_organization_id_round_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_exchange_run_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_exchange_run")),
    )
    op.create_index("exchange_run_round", "exchange_run", ["organization_id", "round_id", "id"], unique=False)
    op.create_table(
        "feed",
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("issue", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "person_id"],
            ["person.organization_id", "person.id"],
            name=op.f("fk_feed_organization_id_person_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_feed_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_feed")),
        sa.UniqueConstraint("organization_id", "digest", name=op.f("uq_feed_organization_id_digest")),
        sa.UniqueConstraint("organization_id", "person_id", name=op.f("uq_feed_organization_id_person_id")),
    )
    op.create_table(
        "invitation",
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "registration",
                "session",
                "exchange",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("conference_id", sa.BigInteger(), nullable=True),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "live",
                "cancelled",
                name="invitationstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("changed_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("sent_sequence", sa.Integer(), nullable=False),
        sa.Column("told", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("sent_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint(
            "sequence >= 0 AND sent_sequence <= sequence", name=op.f("ck_invitation_sequence")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "conference_id"],
            ["conference.organization_id", "conference.id"],
            name=op.f("fk_invitation_organization_id_conference_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "person_id"],
            ["person.organization_id", "person.id"],
            name=op.f("fk_invitation_organization_id_person_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_invitation_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_invitation")),
        sa.UniqueConstraint(
            "organization_id",
            "kind",
            "subject_id",
            "person_id",
            name=op.f("uq_invitation_organization_id_kind_subject_id_person_id"),
        ),
        sa.UniqueConstraint("organization_id", "uid", name=op.f("uq_invitation_organization_id_uid")),
    )
    op.create_index(
        "invitation_conference", "invitation", ["organization_id", "conference_id", "kind"], unique=False
    )
    op.create_index("invitation_person", "invitation", ["organization_id", "person_id"], unique=False)
    op.create_table(
        "order",
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("conference_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "held",
                "awaiting_payment",
                "confirmed",
                "expired",
                "cancelled",
                name="orderstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("net", sa.BigInteger(), nullable=False),
        sa.Column("tax", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("terms", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("placed_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("expires_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("confirmed_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("payment_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "(expires_at IS NOT NULL) = (state IN ('held', 'awaiting_payment'))",
            name=op.f("ck_order_holds_expire"),
        ),
        sa.CheckConstraint("net >= 0 AND tax >= 0 AND total = net + tax", name=op.f("ck_order_amounts")),
        sa.ForeignKeyConstraint(
            ["organization_id", "conference_id"],
            ["conference.organization_id", "conference.id"],
            name=op.f("fk_order_organization_id_conference_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "person_id"],
            ["person.organization_id", "person.id"],
            name=op.f("fk_order_organization_id_person_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_order_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_order")),
        sa.UniqueConstraint("organization_id", "public_id", name=op.f("uq_order_organization_id_public_id")),
    )
    op.create_index(
        "order_conference", "order", ["organization_id", "conference_id", "placed_at"], unique=False
    )
    op.create_index(
        "order_due",
        "order",
        ["expires_at"],
        unique=False,
        postgresql_where=sa.text("state IN ('held', 'awaiting_payment')"),
    )
    op.create_index(
        "order_form",
        "order",
        ["organization_id", "form"],
        unique=True,
        postgresql_where=sa.text("state IN ('held', 'awaiting_payment', 'confirmed')"),
    )
    op.create_index("order_person", "order", ["organization_id", "person_id"], unique=False)
    op.create_table(
        "passkey",
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("credential_id", sa.Text(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("uses", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id", "person_id"],
            ["person.organization_id", "person.id"],
            name=op.f("fk_passkey_organization_id_person_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_passkey_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_passkey")),
        sa.UniqueConstraint(
            "organization_id", "credential_id", name=op.f("uq_passkey_organization_id_credential_id")
        ),
        sa.UniqueConstraint(
            "organization_id", "public_id", name=op.f("uq_passkey_organization_id_public_id")
        ),
    )
    op.create_index("passkey_person", "passkey", ["organization_id", "person_id"], unique=False)
    op.create_table(
        "passkey_challenge",
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("challenge", sa.LargeBinary(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("expires_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "person_id"],
            ["person.organization_id", "person.id"],
            name=op.f("fk_passkey_challenge_organization_id_person_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_passkey_challenge_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_passkey_challenge")),
        sa.UniqueConstraint(
            "organization_id", "challenge", name=op.f("uq_passkey_challenge_organization_id_challenge")
        ),
    )
    op.create_index("passkey_challenge_expiry", "passkey_challenge", ["expires_at"], unique=False)
    op.create_table(
        "program",
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("leader_id", sa.BigInteger(), nullable=True),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("city", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("languages", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("roles", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("structure", sa.Text(), nullable=False),
        sa.Column("legal", sa.Text(), nullable=False),
        sa.Column("size", sa.Text(), nullable=False),
        sa.Column("strengths", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("needs", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "leader_id"],
            ["person.organization_id", "person.id"],
            name=op.f("fk_program_organization_id_leader_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_program_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_program")),
        sa.UniqueConstraint(
            "organization_id", "public_id", name=op.f("uq_program_organization_id_public_id")
        ),
    )
    op.create_index("program_leader", "program", ["organization_id", "leader_id"], unique=True)
    op.create_table(
        "question",
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("conference_id", sa.BigInteger(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "text",
                "one",
                "many",
                name="questionkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("wording", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("options", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("sensitive", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("erase_after_days", sa.Integer(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "conference_id"],
            ["conference.organization_id", "conference.id"],
            name=op.f("fk_question_organization_id_conference_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_question_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_question")),
    )
    op.create_table(
        "quota",
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("conference_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("main", sa.Boolean(), nullable=False),
        sa.CheckConstraint("capacity >= 0", name=op.f("ck_quota_capacity")),
        sa.ForeignKeyConstraint(
            ["organization_id", "conference_id"],
            ["conference.organization_id", "conference.id"],
            name=op.f("fk_quota_organization_id_conference_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_quota_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_quota")),
    )
    op.create_index(
        "quota_main",
        "quota",
        ["organization_id", "conference_id"],
        unique=True,
        postgresql_where=sa.text("main"),
    )
    op.create_table(
        "role_grant",
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "owner",
                "organizer",
                "program_committee",
                "reviewer",
                "finance",
                "check_in",
                "exchange_coordinator",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("conference_id", sa.BigInteger(), nullable=True),
        sa.Column("granted_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "conference_id"],
            ["conference.organization_id", "conference.id"],
            name=op.f("fk_role_grant_organization_id_conference_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "person_id"],
            ["person.organization_id", "person.id"],
            name=op.f("fk_role_grant_organization_id_person_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_role_grant_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_role_grant")),
        sa.UniqueConstraint(
            "organization_id",
            "person_id",
            "role",
            "conference_id",
            name=op.f("uq_role_grant_organization_id_person_id_role_conference_id"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index(
        "role_grant_role", "role_grant", ["organization_id", "role", "conference_id"], unique=False
    )
    op.create_table(
        "room",
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("conference_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("features", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.CheckConstraint("capacity >= 0", name=op.f("ck_room_capacity")),
        sa.ForeignKeyConstraint(
            ["organization_id", "conference_id"],
            ["conference.organization_id", "conference.id"],
            name=op.f("fk_room_organization_id_conference_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_room_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_room")),
        sa.UniqueConstraint(
            "organization_id",
            "conference_id",
            "name",
            name=op.f("uq_room_organization_id_conference_id_name"),
        ),
    )
    op.create_table(
        "sign_in",
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "proof",
            sa.Enum(
                "letter",
                "link",
                "passkey",
                name="proof",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("started_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("expires_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "person_id"],
            ["person.organization_id", "person.id"],
            name=op.f("fk_sign_in_organization_id_person_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_sign_in_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_sign_in")),
        sa.UniqueConstraint(
            "organization_id", "public_id", name=op.f("uq_sign_in_organization_id_public_id")
        ),
    )
    op.create_index("sign_in_expiry", "sign_in", ["expires_at"], unique=False)
    op.create_index("sign_in_person", "sign_in", ["organization_id", "person_id"], unique=False)
    op.create_table(
        "sign_in_link",
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum(
                "asked", "letter", name="linkpurpose", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("mail", sa.Text(), nullable=True),
        sa.Column("mail_key", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("next", sa.Text(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("expires_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("used_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(mail IS NOT NULL) = (purpose = 'asked')", name=op.f("ck_sign_in_link_asked_by_mail")
        ),
        sa.CheckConstraint(
            "person_id IS NOT NULL OR purpose = 'asked'", name=op.f("ck_sign_in_link_letter_to_person")
        ),
        sa.CheckConstraint("(mail IS NULL) = (mail_key IS NULL)", name=op.f("ck_sign_in_link_mail_and_key")),
        sa.ForeignKeyConstraint(
            ["organization_id", "person_id"],
            ["person.organization_id", "person.id"],
            name=op.f("fk_sign_in_link_organization_id_person_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_sign_in_link_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_sign_in_link")),
        sa.UniqueConstraint(
            "organization_id", "public_id", name=op.f("uq_sign_in_link_organization_id_public_id")
        ),
    )
    op.create_index("sign_in_link_expiry", "sign_in_link", ["expires_at"], unique=False)
    op.create_index("sign_in_link_mail", "sign_in_link", ["organization_id", "mail_key"], unique=False)
    op.create_index("sign_in_link_person", "sign_in_link", ["organization_id", "person_id"], unique=False)
    op.create_table(
        "speaker",
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("conference_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "conference_id"],
            ["conference.organization_id", "conference.id"],
            name=op.f("fk_speaker_organization_id_conference_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "person_id"],
            ["person.organization_id", "person.id"],
            name=op.f("fk_speaker_organization_id_person_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_speaker_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_speaker")),
        sa.UniqueConstraint(
            "organization_id",
            "conference_id",
            "name_key",
            name=op.f("uq_speaker_organization_id_conference_id_name_key"),
        ),
        sa.UniqueConstraint(
            "organization_id",
            "conference_id",
            "person_id",
            name=op.f("uq_speaker_organization_id_conference_id_person_id"),
        ),
    )
    op.create_index(
        "speaker_changed", "speaker", ["organization_id", "conference_id", "changed_at"], unique=False
    )
    op.create_index("speaker_person", "speaker", ["organization_id", "person_id"], unique=False)
    op.create_table(
        "survey",
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("conference_id", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("wording", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "open",
                "closed",
                name="surveystate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("ask_after_days", sa.Integer(), nullable=False),
        sa.Column("open_days", sa.Integer(), nullable=False),
        sa.Column("closes_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint(
            "ask_after_days >= 0 AND open_days BETWEEN 1 AND 365", name=op.f("ck_survey_days")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "conference_id"],
            ["conference.organization_id", "conference.id"],
            name=op.f("fk_survey_organization_id_conference_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_survey_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_survey")),
        sa.UniqueConstraint(
            "organization_id", "conference_id", name=op.f("uq_survey_organization_id_conference_id")
        ),
    )
    op.create_table(
        "ticket_type",
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("conference_id", sa.BigInteger(), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("wording", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("add_on", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("tax_basis_points", sa.Integer(), nullable=False),
        sa.Column("on_sale_from", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("on_sale_until", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("hidden", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "conference_id"],
            ["conference.organization_id", "conference.id"],
            name=op.f("fk_ticket_type_organization_id_conference_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_ticket_type_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_ticket_type")),
        sa.UniqueConstraint(
            "organization_id", "public_id", name=op.f("uq_ticket_type_organization_id_public_id")
        ),
    )
    op.create_table(
        "track",
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("conference_id", sa.BigInteger(), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("short", sa.Text(), nullable=False),
        sa.Column("wording", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "conference_id"],
            ["conference.organization_id", "conference.id"],
            name=op.f("fk_track_organization_id_conference_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_track_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_track")),
        sa.UniqueConstraint(
            "organization_id",
            "conference_id",
            "name",
            name=op.f("uq_track_organization_id_conference_id_name"),
        ),
        sa.UniqueConstraint("organization_id", "public_id", name=op.f("uq_track_organization_id_public_id")),
    )
    op.create_table(
        "avoided",
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("program_id", sa.BigInteger(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "program_id"],
            ["program.organization_id", "program.id"],
            name=op.f("fk_avoided_organization_id_program_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_avoided_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_avoided")),
        sa.UniqueConstraint(
            "organization_id", "program_id", "words", name=op.f("uq_avoided_organization_id_program_id_words")
        ),
    )
    op.create_table(
        "exchange_match",
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("round_id", sa.BigInteger(), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("shape", sa.Text(), nullable=False),
        sa.Column("score", sa.BigInteger(), nullable=False),
        sa.Column("weeks", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("directions", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("answer_by", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "proposed",
                "agreed",
                "declined",
                "lapsed",
                name="matchstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("proposed_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "round_id"],
            ["exchange_round.organization_id", "exchange_round.id"],
            name=op.f("fk_exchange_match_organization_id_round_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "run_id"],
            ["exchange_run.organization_id", "exchange_run.id"],
            name=op.f("fk_exchange_match_organization_id_run_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_exchange_match_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_exchange_match")),
        sa.UniqueConstraint(
            "organization_id", "public_id", name=op.f("uq_exchange_match_organization_id_public_id")
        ),
    )
    op.create_index(
        "exchange_match_due",
        "exchange_match",
        ["answer_by"],
        unique=False,
        postgresql_where=sa.text("state = 'proposed'"),
    )
    op.create_index("exchange_match_round", "exchange_match", ["organization_id", "round_id"], unique=False)
    op.create_table(
        "exchange_request",
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("round_id", sa.BigInteger(), nullable=False),
        sa.Column("program_id", sa.BigInteger(), nullable=False),
        sa.Column("modes", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("weeks", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("delegation", sa.Integer(), nullable=False),
        sa.Column("places", sa.Integer(), nullable=False),
        sa.Column("floor", sa.Text(), nullable=False),
        sa.Column("visas_closed", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("asked_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("replied_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("reply", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "delegation BETWEEN 1 AND 20 AND places BETWEEN 0 AND 20", name=op.f("ck_exchange_request_sizes")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "program_id"],
            ["program.organization_id", "program.id"],
            name=op.f("fk_exchange_request_organization_id_program_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "round_id"],
            ["exchange_round.organization_id", "exchange_round.id"],
            name=op.f("fk_exchange_request_organization_id_round_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_exchange_request_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_exchange_request")),
        sa.UniqueConstraint(
            "organization_id",
            "round_id",
            "program_id",
            name=op.f("uq_exchange_request_organization_id_round_id_program_id"),
        ),
    )
    op.create_table(
        "payment",
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "succeeded",
                "failed",
                name="paymentstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("checkout_id", sa.Text(), nullable=True),
        sa.Column("checkout_url", sa.Text(), nullable=True),
        sa.Column("intent_id", sa.Text(), nullable=True),
        sa.Column("opened_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("settled_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint("amount > 0", name=op.f("ck_payment_amount")),
        sa.ForeignKeyConstraint(
            ["organization_id", "order_id"],
            ["order.organization_id", "order.id"],
            name=op.f("fk_payment_organization_id_order_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_payment_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_payment")),
        sa.UniqueConstraint(
            "organization_id", "public_id", name=op.f("uq_payment_organization_id_public_id")
        ),
    )
    op.create_index("payment_checkout", "payment", ["checkout_id"], unique=True)
    op.create_index("payment_intent", "payment", ["intent_id"], unique=False)
    op.create_index(
        "payment_open",
        "payment",
        ["organization_id", "order_id"],
        unique=True,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index("payment_order", "payment", ["organization_id", "order_id"], unique=False)
    op.create_table(
        "places",
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("quota_id", sa.BigInteger(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.CheckConstraint("taken BETWEEN 0 AND capacity", name=op.f("ck_places_within")),
        sa.ForeignKeyConstraint(
            ["organization_id", "quota_id"],
            ["quota.organization_id", "quota.id"],
            name=op.f("fk_places_organization_id_quota_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_places_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_places")),
        sa.UniqueConstraint("organization_id", "quota_id", name=op.f("uq_places_organization_id_quota_id")),
        postgresql_with={"fillfactor": 50},
    )
    op.create_table(
        "price",
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("ticket_type_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("until_sold", sa.Integer(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_price_amount")),
        sa.ForeignKeyConstraint(
            ["organization_id", "ticket_type_id"],
            ["ticket_type.organization_id", "ticket_type.id"],
            name=op.f("fk_price_organization_id_ticket_type_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_price_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_price")),
    )
    op.create_table(
        "quota_use",
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("quota_id", sa.BigInteger(), nullable=False),
        sa.Column("ticket_type_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "quota_id"],
            ["quota.organization_id", "quota.id"],
            name=op.f("fk_quota_use_organization_id_quota_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "ticket_type_id"],
            ["ticket_type.organization_id", "ticket_type.id"],
            name=op.f("fk_quota_use_organization_id_ticket_type_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_quota_use_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_quota_use")),
        sa.UniqueConstraint(
            "organization_id",
            "ticket_type_id",
            "quota_id",
            name=op.f("uq_quota_use_organization_id_ticket_type_id_quota_id"),
        ),
    )
    op.create_table(
        "registration",
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("conference_id", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("ticket_type_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "held",
                "confirmed",
                "expired",
                "cancelled",
                name="registrationstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("call_name", sa.Text(), nullable=False),
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("answers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("confirmed_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("ended_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("refund_due", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "conference_id"],
            ["conference.organization_id", "conference.id"],
            name=op.f("fk_registration_organization_id_conference_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "order_id"],
            ["order.organization_id", "order.id"],
            name=op.f("fk_registration_organization_id_order_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "person_id"],
            ["person.organization_id", "person.id"],
            name=op.f("fk_registration_organization_id_person_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "ticket_type_id"],
            ["ticket_type.organization_id", "ticket_type.id"],
            name=op.f("fk_registration_organization_id_ticket_type_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_registration_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_registration")),
    )
    op.create_index(
        "registration_once",
        "registration",
        ["organization_id", "conference_id", "person_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('held', 'confirmed')"),
    )
    op.create_index("registration_order", "registration", ["organization_id", "order_id"], unique=False)
    op.create_table(
        "session",
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("conference_id", sa.BigInteger(), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("abstract", sa.Text(), nullable=False),
        sa.Column("wording", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "plenary",
                "workshop",
                "panel",
                "film",
                "meeting",
                "social",
                "break",
                name="sessionkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("track_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "level",
            sa.Enum(
                "any",
                "new",
                "practised",
                "expert",
                name="level",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("length", sa.Integer(), nullable=False),
        sa.Column("needs", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "planned",
                "cancelled",
                name="sessionstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint("length BETWEEN 5 AND 1440", name=op.f("ck_session_length")),
        sa.ForeignKeyConstraint(
            ["organization_id", "conference_id"],
            ["conference.organization_id", "conference.id"],
            name=op.f("fk_session_organization_id_conference_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "track_id"],
            ["track.organization_id", "track.id"],
            name=op.f("fk_session_organization_id_track_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_session_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_session")),
        sa.UniqueConstraint(
            "organization_id", "public_id", name=op.f("uq_session_organization_id_public_id")
        ),
    )
    op.create_index("session_conference", "session", ["organization_id", "conference_id"], unique=False)
    op.create_table(
        "sold",
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("ticket_type_id", sa.BigInteger(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.CheckConstraint("count >= 0", name=op.f("ck_sold_count")),
        sa.ForeignKeyConstraint(
            ["organization_id", "ticket_type_id"],
            ["ticket_type.organization_id", "ticket_type.id"],
            name=op.f("fk_sold_organization_id_ticket_type_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_sold_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_sold")),
        sa.UniqueConstraint(
            "organization_id", "ticket_type_id", name=op.f("uq_sold_organization_id_ticket_type_id")
        ),
    )
    op.create_table(
        "survey_invitation",
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("survey_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("due_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("asked_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("used", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "person_id"],
            ["person.organization_id", "person.id"],
            name=op.f("fk_survey_invitation_organization_id_person_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "survey_id"],
            ["survey.organization_id", "survey.id"],
            name=op.f("fk_survey_invitation_organization_id_survey_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_survey_invitation_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_survey_invitation")),
        sa.UniqueConstraint(
            "organization_id", "public_id", name=op.f("uq_survey_invitation_organization_id_public_id")
        ),
        sa.UniqueConstraint(
            "organization_id",
            "survey_id",
            "person_id",
            name=op.f("uq_survey_invitation_organization_id_survey_id_person_id"),
        ),
    )
    op.create_index(
        "survey_invitation_due",
        "survey_invitation",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("asked_at IS NULL"),
    )
    op.create_table(
        "survey_question",
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("survey_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "scale",
                "one",
                "many",
                "text",
                name="questionkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("options", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("wording", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "survey_id"],
            ["survey.organization_id", "survey.id"],
            name=op.f("fk_survey_question_organization_id_survey_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_survey_question_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_survey_question")),
    )
    op.create_index(
        "survey_question_survey",
        "survey_question",
        ["organization_id", "survey_id", "position"],
        unique=False,
    )
    op.create_table(
        "survey_response",
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("survey_id", sa.BigInteger(), nullable=False),
        sa.Column("answers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
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
        "survey_response_survey",
        "survey_response",
        ["organization_id", "survey_id", "released"],
        unique=False,
    )
    op.create_table(
        "check_in",
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("conference_id", sa.BigInteger(), nullable=False),
        sa.Column("registration_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("by_person_id", sa.BigInteger(), nullable=True),
        sa.Column("undone_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id", "conference_id"],
            ["conference.organization_id", "conference.id"],
            name=op.f("fk_check_in_organization_id_conference_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "registration_id"],
            ["registration.organization_id", "registration.id"],
            name=op.f("fk_check_in_organization_id_registration_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_check_in_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_check_in")),
    )
    op.create_index(
        "check_in_conference", "check_in", ["organization_id", "conference_id", "at"], unique=False
    )
    op.create_index(
        "check_in_live",
        "check_in",
        ["organization_id", "registration_id"],
        unique=True,
        postgresql_where=sa.text("undone_at IS NULL"),
    )
    op.create_table(
        "exchange",
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("match_id", sa.BigInteger(), nullable=False),
        sa.Column("starts_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("ends_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "planned",
                "cancelled",
                name="exchangestate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("agreed_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_exchange_times")),
        sa.ForeignKeyConstraint(
            ["organization_id", "match_id"],
            ["exchange_match.organization_id", "exchange_match.id"],
            name=op.f("fk_exchange_organization_id_match_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_exchange_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_exchange")),
        sa.UniqueConstraint("organization_id", "match_id", name=op.f("uq_exchange_organization_id_match_id")),
        sa.UniqueConstraint(
            "organization_id", "public_id", name=op.f("uq_exchange_organization_id_public_id")
        ),
    )
    op.create_table(
        "exchange_side",
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("match_id", sa.BigInteger(), nullable=False),
        sa.Column("program_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("accepted", sa.Boolean(), nullable=True),
        sa.Column(
            "why",
            sa.Enum(
                "dates",
                "fit",
                "travel",
                "other",
                name="why",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("answered_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("reminded_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id", "match_id"],
            ["exchange_match.organization_id", "exchange_match.id"],
            name=op.f("fk_exchange_side_organization_id_match_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "program_id"],
            ["program.organization_id", "program.id"],
            name=op.f("fk_exchange_side_organization_id_program_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_exchange_side_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_exchange_side")),
        sa.UniqueConstraint(
            "organization_id",
            "match_id",
            "program_id",
            name=op.f("uq_exchange_side_organization_id_match_id_program_id"),
        ),
    )
    op.create_index("exchange_side_program", "exchange_side", ["organization_id", "program_id"], unique=False)
    op.create_table(
        "favourite",
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("session_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("conference_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "conference_id"],
            ["conference.organization_id", "conference.id"],
            name=op.f("fk_favourite_organization_id_conference_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "person_id"],
            ["person.organization_id", "person.id"],
            name=op.f("fk_favourite_organization_id_person_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "session_id"],
            ["session.organization_id", "session.id"],
            name=op.f("fk_favourite_organization_id_session_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_favourite_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_favourite")),
        sa.UniqueConstraint(
            "organization_id",
            "session_id",
            "person_id",
            name=op.f("uq_favourite_organization_id_session_id_person_id"),
        ),
    )
    op.create_index("favourite_conference", "favourite", ["organization_id", "conference_id"], unique=False)
    op.create_index(
        "favourite_person", "favourite", ["organization_id", "person_id", "conference_id"], unique=False
    )
    op.create_table(
        "money_case",
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "amount",
                "twice",
                "refund_failed",
                "unknown",
                name="casekind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("payment_id", sa.BigInteger(), nullable=True),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("opened_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("closed_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("closed_by", sa.BigInteger(), nullable=True),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "payment_id"],
            ["payment.organization_id", "payment.id"],
            name=op.f("fk_money_case_organization_id_payment_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_money_case_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_money_case")),
    )
    op.create_index(
        "money_case_open",
        "money_case",
        ["organization_id", "opened_at"],
        unique=False,
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_table(
        "must_not",
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("program_id", sa.BigInteger(), nullable=False),
        sa.Column("other_id", sa.BigInteger(), nullable=False),
        sa.Column("avoided_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint("program_id <> other_id", name=op.f("ck_must_not_other")),
        sa.ForeignKeyConstraint(
            ["organization_id", "avoided_id"],
            ["avoided.organization_id", "avoided.id"],
            name=op.f("fk_must_not_organization_id_avoided_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "other_id"],
            ["program.organization_id", "program.id"],
            name="fk_must_not_other",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "program_id"],
            ["program.organization_id", "program.id"],
            name=op.f("fk_must_not_organization_id_program_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_must_not_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_must_not")),
        sa.UniqueConstraint(
            "organization_id",
            "program_id",
            "other_id",
            "avoided_id",
            name=op.f("uq_must_not_organization_id_program_id_other_id_avoided_id"),
        ),
    )
    op.create_table(
        "order_line",
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("registration_id", sa.BigInteger(), nullable=False),
        sa.Column("ticket_type_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("net", sa.BigInteger(), nullable=False),
        sa.Column("tax", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("tax_basis_points", sa.Integer(), nullable=False),
        sa.Column("quota_ids", sa.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("counted", sa.Boolean(), nullable=False),
        sa.CheckConstraint("net >= 0 AND tax >= 0 AND total = net + tax", name=op.f("ck_order_line_amounts")),
        sa.ForeignKeyConstraint(
            ["organization_id", "order_id"],
            ["order.organization_id", "order.id"],
            name=op.f("fk_order_line_organization_id_order_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "registration_id"],
            ["registration.organization_id", "registration.id"],
            name=op.f("fk_order_line_organization_id_registration_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "ticket_type_id"],
            ["ticket_type.organization_id", "ticket_type.id"],
            name=op.f("fk_order_line_organization_id_ticket_type_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_order_line_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_order_line")),
    )
    op.create_index("order_line_order", "order_line", ["organization_id", "order_id"], unique=False)
    op.create_table(
        "placement",
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("conference_id", sa.BigInteger(), nullable=False),
        sa.Column("session_id", sa.BigInteger(), nullable=False),
        sa.Column("room_id", sa.BigInteger(), nullable=True),
        sa.Column("during", postgresql.TSTZRANGE(), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.text("int8range(organization_id, organization_id, '[]')"), "&&"),
            (sa.text("int8range(room_id, room_id, '[]')"), "&&"),
            (sa.column("during"), "&&"),
            where=sa.text("room_id IS NOT NULL"),
            deferrable="True",
            initially="IMMEDIATE",
            using="gist",
            name="placement_one_session_per_room",
        ),
        sa.CheckConstraint(
            "NOT isempty(during) AND lower_inc(during) AND NOT upper_inc(during) AND lower(during) IS NOT NULL AND upper(during) IS NOT NULL",
            name=op.f("ck_placement_during"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "conference_id"],
            ["conference.organization_id", "conference.id"],
            name=op.f("fk_placement_organization_id_conference_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "room_id"],
            ["room.organization_id", "room.id"],
            name=op.f("fk_placement_organization_id_room_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "session_id"],
            ["session.organization_id", "session.id"],
            name=op.f("fk_placement_organization_id_session_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_placement_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_placement")),
        sa.UniqueConstraint(
            "organization_id", "session_id", name=op.f("uq_placement_organization_id_session_id")
        ),
    )
    op.create_index("placement_conference", "placement", ["organization_id", "conference_id"], unique=False)
    op.create_table(
        "refund",
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("payment_id", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column(
            "reason",
            sa.Enum(
                "cancelled",
                "late",
                "desk",
                "processor",
                name="refundreason",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "asked",
                "pending",
                "succeeded",
                "failed",
                name="refundstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("registration_id", sa.BigInteger(), nullable=True),
        sa.Column("processor_id", sa.Text(), nullable=True),
        sa.Column("asked_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("done_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint("amount > 0", name=op.f("ck_refund_amount")),
        sa.ForeignKeyConstraint(
            ["organization_id", "payment_id"],
            ["payment.organization_id", "payment.id"],
            name=op.f("fk_refund_organization_id_payment_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "registration_id"],
            ["registration.organization_id", "registration.id"],
            name=op.f("fk_refund_organization_id_registration_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_refund_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_refund")),
        sa.UniqueConstraint("organization_id", "public_id", name=op.f("uq_refund_organization_id_public_id")),
    )
    op.create_index("refund_payment", "refund", ["organization_id", "payment_id"], unique=False)
    op.create_index("refund_processor", "refund", ["processor_id"], unique=True)
    op.create_index(
        "refund_registration",
        "refund",
        ["organization_id", "registration_id"],
        unique=True,
        postgresql_where=sa.text("registration_id IS NOT NULL AND state <> 'failed'"),
    )
    op.create_table(
        "sensitive_answer",
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("conference_id", sa.BigInteger(), nullable=False),
        sa.Column("registration_id", sa.BigInteger(), nullable=False),
        sa.Column("question_id", sa.BigInteger(), nullable=False),
        sa.Column("answer", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("erase_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "conference_id"],
            ["conference.organization_id", "conference.id"],
            name=op.f("fk_sensitive_answer_organization_id_conference_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "question_id"],
            ["question.organization_id", "question.id"],
            name=op.f("fk_sensitive_answer_organization_id_question_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "registration_id"],
            ["registration.organization_id", "registration.id"],
            name=op.f("fk_sensitive_answer_organization_id_registration_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_sensitive_answer_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_sensitive_answer")),
        sa.UniqueConstraint(
            "organization_id",
            "registration_id",
            "question_id",
            name=op.f("uq_sensitive_answer_organization_id_registration_id_question_id"),
        ),
    )
    op.create_index(
        "sensitive_answer_conference", "sensitive_answer", ["organization_id", "conference_id"], unique=False
    )
    op.create_index("sensitive_answer_erase", "sensitive_answer", ["erase_at"], unique=False)
    op.create_table(
        "session_speaker",
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("session_id", sa.BigInteger(), nullable=False),
        sa.Column("speaker_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "part",
            sa.Enum("speaker", "chair", name="part", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("during", postgresql.TSTZRANGE(), nullable=True),
        postgresql.ExcludeConstraint(
            (sa.text("int8range(organization_id, organization_id, '[]')"), "&&"),
            (sa.text("int8range(speaker_id, speaker_id, '[]')"), "&&"),
            (sa.column("during"), "&&"),
            where=sa.text("during IS NOT NULL"),
            deferrable="True",
            initially="IMMEDIATE",
            using="gist",
            name="session_speaker_one_place",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "session_id"],
            ["session.organization_id", "session.id"],
            name=op.f("fk_session_speaker_organization_id_session_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "speaker_id"],
            ["speaker.organization_id", "speaker.id"],
            name=op.f("fk_session_speaker_organization_id_speaker_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_session_speaker_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_session_speaker")),
        sa.UniqueConstraint(
            "organization_id",
            "session_id",
            "speaker_id",
            name=op.f("uq_session_speaker_organization_id_session_id_speaker_id"),
        ),
    )
    op.create_table(
        "ticket",
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("registration_id", sa.BigInteger(), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("issued_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("voided_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id", "registration_id"],
            ["registration.organization_id", "registration.id"],
            name=op.f("fk_ticket_organization_id_registration_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_ticket_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_ticket")),
        sa.UniqueConstraint("organization_id", "public_id", name=op.f("uq_ticket_organization_id_public_id")),
    )
    op.create_index("ticket_code", "ticket", ["organization_id", "code"], unique=False)
    op.create_index(
        "ticket_live",
        "ticket",
        ["organization_id", "registration_id"],
        unique=True,
        postgresql_where=sa.text("voided_at IS NULL"),
    )
    op.create_table(
        "invoice",
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("series", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("payment_id", sa.BigInteger(), nullable=False),
        sa.Column("credits", sa.BigInteger(), nullable=True),
        sa.Column("refund_id", sa.BigInteger(), nullable=True),
        sa.Column("issued_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("net", sa.BigInteger(), nullable=False),
        sa.Column("tax", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("lines", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint("total = net + tax", name=op.f("ck_invoice_amounts")),
        sa.ForeignKeyConstraint(
            ["organization_id", "credits"],
            ["invoice.organization_id", "invoice.id"],
            name=op.f("fk_invoice_organization_id_credits"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "order_id"],
            ["order.organization_id", "order.id"],
            name=op.f("fk_invoice_organization_id_order_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "payment_id"],
            ["payment.organization_id", "payment.id"],
            name=op.f("fk_invoice_organization_id_payment_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "refund_id"],
            ["refund.organization_id", "refund.id"],
            name=op.f("fk_invoice_organization_id_refund_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_invoice_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_invoice")),
        sa.UniqueConstraint(
            "organization_id", "public_id", name=op.f("uq_invoice_organization_id_public_id")
        ),
        sa.UniqueConstraint(
            "organization_id", "refund_id", name=op.f("uq_invoice_organization_id_refund_id")
        ),
        sa.UniqueConstraint(
            "organization_id", "series", "number", name=op.f("uq_invoice_organization_id_series_number")
        ),
    )
    op.create_index("invoice_order", "invoice", ["organization_id", "order_id"], unique=False)
    op.create_index(
        "invoice_payment",
        "invoice",
        ["organization_id", "payment_id"],
        unique=True,
        postgresql_where=sa.text("credits IS NULL"),
    )
    op.create_table(
        "posting",
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("payment_id", sa.BigInteger(), nullable=False),
        sa.Column("refund_id", sa.BigInteger(), nullable=True),
        sa.Column("posted_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "payment_id"],
            ["payment.organization_id", "payment.id"],
            name=op.f("fk_posting_organization_id_payment_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "refund_id"],
            ["refund.organization_id", "refund.id"],
            name=op.f("fk_posting_organization_id_refund_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_posting_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_posting")),
        sa.UniqueConstraint("organization_id", "cause", name=op.f("uq_posting_organization_id_cause")),
    )
    op.create_table(
        "ledger_entry",
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("posting_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "account",
            sa.Enum(
                "processor",
                "sales",
                "tax",
                "buyers",
                name="account",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.CheckConstraint("amount <> 0", name=op.f("ck_ledger_entry_amount")),
        sa.ForeignKeyConstraint(
            ["organization_id", "posting_id"],
            ["posting.organization_id", "posting.id"],
            name=op.f("fk_ledger_entry_organization_id_posting_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_ledger_entry_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_ledger_entry")),
    )
    op.create_index(
        "ledger_entry_account", "ledger_entry", ["organization_id", "account", "currency"], unique=False
    )
    op.create_index("ledger_entry_posting", "ledger_entry", ["organization_id", "posting_id"], unique=False)

    # What stands beside the models: triggers and their functions.
    op.execute(
        """CREATE OR REPLACE FUNCTION audit_immutable() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN RAISE EXCEPTION 'the audit trail does not change'; END $$;
       CREATE TRIGGER audit_immutable BEFORE UPDATE OR DELETE ON audit_entry FOR EACH ROW
       WHEN (OLD.place IS NOT NULL) EXECUTE FUNCTION audit_immutable()
        """
    )
    op.execute(
        """CREATE OR REPLACE FUNCTION event_notify() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN PERFORM pg_notify('event', ''); RETURN NULL; END $$;
       CREATE TRIGGER event_notify AFTER INSERT ON event FOR EACH STATEMENT EXECUTE FUNCTION event_notify()
        """
    )
    op.execute(
        """CREATE OR REPLACE FUNCTION conference_revised() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN NEW.revision := OLD.revision + 1; RETURN NEW; END $$;
       CREATE TRIGGER conference_revised BEFORE UPDATE ON conference FOR EACH ROW
       WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION conference_revised()
        """
    )
    op.execute(
        """CREATE OR REPLACE FUNCTION room_revises() RETURNS trigger LANGUAGE plpgsql AS
   $$ DECLARE part record;
   BEGIN
     part := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
     UPDATE conference SET revision = revision + 1
     WHERE organization_id = part.organization_id AND id = part.conference_id;
     RETURN NULL;
   END $$;
   CREATE TRIGGER room_revises AFTER INSERT OR UPDATE OR DELETE ON room FOR EACH ROW EXECUTE FUNCTION room_revises()
        """
    )
    op.execute(
        """CREATE OR REPLACE FUNCTION quota_revises() RETURNS trigger LANGUAGE plpgsql AS
   $$ DECLARE part record;
   BEGIN
     part := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
     UPDATE conference SET revision = revision + 1
     WHERE organization_id = part.organization_id AND id = part.conference_id;
     RETURN NULL;
   END $$;
   CREATE TRIGGER quota_revises AFTER INSERT OR UPDATE OR DELETE ON quota FOR EACH ROW EXECUTE FUNCTION quota_revises()
        """
    )
    op.execute(
        """CREATE OR REPLACE FUNCTION ticket_type_revises() RETURNS trigger LANGUAGE plpgsql AS
   $$ DECLARE part record;
   BEGIN
     part := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
     UPDATE conference SET revision = revision + 1
     WHERE organization_id = part.organization_id AND id = part.conference_id;
     RETURN NULL;
   END $$;
   CREATE TRIGGER ticket_type_revises AFTER INSERT OR UPDATE OR DELETE ON ticket_type FOR EACH ROW EXECUTE FUNCTION ticket_type_revises()
        """
    )
    op.execute(
        """CREATE OR REPLACE FUNCTION question_revises() RETURNS trigger LANGUAGE plpgsql AS
   $$ DECLARE part record;
   BEGIN
     part := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
     UPDATE conference SET revision = revision + 1
     WHERE organization_id = part.organization_id AND id = part.conference_id;
     RETURN NULL;
   END $$;
   CREATE TRIGGER question_revises AFTER INSERT OR UPDATE OR DELETE ON question FOR EACH ROW EXECUTE FUNCTION question_revises()
        """
    )
    op.execute(
        """CREATE OR REPLACE FUNCTION quota_use_revises() RETURNS trigger LANGUAGE plpgsql AS
   $$ DECLARE part record;
   BEGIN
     part := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
     UPDATE conference SET revision = revision + 1
     WHERE organization_id = part.organization_id AND id = (SELECT t.conference_id FROM ticket_type t WHERE t.organization_id = part.organization_id AND t.id = part.ticket_type_id);
     RETURN NULL;
   END $$;
   CREATE TRIGGER quota_use_revises AFTER INSERT OR UPDATE OR DELETE ON quota_use FOR EACH ROW EXECUTE FUNCTION quota_use_revises()
        """
    )
    op.execute(
        """CREATE OR REPLACE FUNCTION price_revises() RETURNS trigger LANGUAGE plpgsql AS
   $$ DECLARE part record;
   BEGIN
     part := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
     UPDATE conference SET revision = revision + 1
     WHERE organization_id = part.organization_id AND id = (SELECT t.conference_id FROM ticket_type t WHERE t.organization_id = part.organization_id AND t.id = part.ticket_type_id);
     RETURN NULL;
   END $$;
   CREATE TRIGGER price_revises AFTER INSERT OR UPDATE OR DELETE ON price FOR EACH ROW EXECUTE FUNCTION price_revises()
        """
    )
    op.execute(
        """CREATE OR REPLACE FUNCTION places_follow_quota() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN
         INSERT INTO places (organization_id, quota_id, capacity, taken)
         VALUES (NEW.organization_id, NEW.id, NEW.capacity, 0)
         ON CONFLICT (organization_id, quota_id) DO UPDATE SET capacity = EXCLUDED.capacity;
         RETURN NULL;
       END $$;
       CREATE TRIGGER places_follow_quota AFTER INSERT OR UPDATE OF capacity ON quota FOR EACH ROW
       EXECUTE FUNCTION places_follow_quota()
        """
    )
    op.execute(
        """CREATE OR REPLACE FUNCTION remember_state() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN
              INSERT INTO state_change (organization_id, kind, subject_id, was, became)
              VALUES (NEW.organization_id, TG_TABLE_NAME, NEW.id, OLD.state, NEW.state);
              RETURN NULL;
            END $$;
            CREATE TRIGGER remember_state AFTER UPDATE OF state ON "order" FOR EACH ROW
            WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION remember_state()
        """
    )
    op.execute(
        """CREATE OR REPLACE FUNCTION remember_state() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN
              INSERT INTO state_change (organization_id, kind, subject_id, was, became)
              VALUES (NEW.organization_id, TG_TABLE_NAME, NEW.id, OLD.state, NEW.state);
              RETURN NULL;
            END $$;
            CREATE TRIGGER remember_state AFTER UPDATE OF state ON "registration" FOR EACH ROW
            WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION remember_state()
        """
    )
    op.execute(
        """CREATE OR REPLACE FUNCTION placement_carries_speakers() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN
         IF TG_OP = 'DELETE' THEN
           UPDATE session_speaker SET during = NULL
            WHERE organization_id = OLD.organization_id AND session_id = OLD.session_id;
           RETURN NULL;
         END IF;
         PERFORM 1 FROM session WHERE organization_id = NEW.organization_id AND id = NEW.session_id FOR NO KEY UPDATE;
         UPDATE session_speaker SET during = NEW.during
          WHERE organization_id = NEW.organization_id AND session_id = NEW.session_id;
         RETURN NULL;
       END $$;
       CREATE TRIGGER placement_carries_speakers AFTER INSERT OR UPDATE OR DELETE ON placement FOR EACH ROW
       EXECUTE FUNCTION placement_carries_speakers();
       CREATE OR REPLACE FUNCTION speaker_follows_placement() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN
         PERFORM 1 FROM session WHERE organization_id = NEW.organization_id AND id = NEW.session_id FOR NO KEY UPDATE;
         NEW.during := (SELECT during FROM placement
                         WHERE organization_id = NEW.organization_id AND session_id = NEW.session_id);
         RETURN NEW;
       END $$;
       CREATE TRIGGER speaker_follows_placement BEFORE INSERT OR UPDATE OF session_id, speaker_id ON session_speaker
       FOR EACH ROW EXECUTE FUNCTION speaker_follows_placement()
        """
    )
    op.execute(
        """CREATE OR REPLACE FUNCTION agenda_version_immutable() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN RAISE EXCEPTION 'a published agenda does not change: publish a new version'; END $$;
       CREATE TRIGGER agenda_version_immutable BEFORE UPDATE OR DELETE ON agenda_version FOR EACH ROW
       EXECUTE FUNCTION agenda_version_immutable();
       CREATE OR REPLACE FUNCTION agenda_version_digest() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN NEW.digest := md5(NEW.content::text); RETURN NEW; END $$;
       CREATE TRIGGER agenda_version_digest BEFORE INSERT ON agenda_version FOR EACH ROW
       EXECUTE FUNCTION agenda_version_digest()
        """
    )
    op.execute(
        """CREATE OR REPLACE FUNCTION ledger_balances() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN
         IF EXISTS (SELECT FROM ledger_entry e
                    WHERE e.organization_id = NEW.organization_id AND e.posting_id = NEW.posting_id
                    GROUP BY e.currency HAVING sum(e.amount) <> 0)
         THEN RAISE EXCEPTION 'posting % does not balance', NEW.posting_id; END IF;
         RETURN NULL;
       END $$;
       CREATE CONSTRAINT TRIGGER ledger_balances AFTER INSERT ON ledger_entry
       DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_balances();
       CREATE OR REPLACE FUNCTION money_immutable() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN RAISE EXCEPTION 'what was booked does not change'; END $$;
       CREATE TRIGGER ledger_immutable BEFORE UPDATE OR DELETE ON ledger_entry FOR EACH ROW
       EXECUTE FUNCTION money_immutable()
        """
    )
    op.execute(
        """CREATE OR REPLACE FUNCTION invoice_immutable() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN RAISE EXCEPTION 'an issued invoice does not change'; END $$;
       CREATE TRIGGER invoice_immutable BEFORE UPDATE OR DELETE ON invoice FOR EACH ROW
       EXECUTE FUNCTION invoice_immutable()
        """
    )
    op.execute(
        """CREATE OR REPLACE FUNCTION invitation_rises() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN
         IF NEW.uid <> OLD.uid OR NEW.sequence < OLD.sequence THEN
           RAISE EXCEPTION 'an invitation keeps its UID and its SEQUENCE rises';
         END IF;
         IF NEW.sequence = OLD.sequence AND (NEW.facts <> OLD.facts OR NEW.state <> OLD.state) THEN
           RAISE EXCEPTION 'a changed invitation needs a higher SEQUENCE';
         END IF;
         RETURN NEW;
       END $$;
       CREATE TRIGGER invitation_rises BEFORE UPDATE ON invitation FOR EACH ROW EXECUTE FUNCTION invitation_rises()
        """
    )


def downgrade() -> None:
    op.execute(
        """DROP TRIGGER IF EXISTS invitation_rises ON invitation; DROP FUNCTION IF EXISTS invitation_rises() CASCADE
        """
    )
    op.execute(
        """DROP TRIGGER IF EXISTS invoice_immutable ON invoice; DROP FUNCTION IF EXISTS invoice_immutable() CASCADE
        """
    )
    op.execute(
        """DROP TRIGGER IF EXISTS ledger_balances ON ledger_entry; DROP TRIGGER IF EXISTS ledger_immutable ON ledger_entry;
       DROP FUNCTION IF EXISTS ledger_balances() CASCADE; DROP FUNCTION IF EXISTS money_immutable() CASCADE
        """
    )
    op.execute(
        """DROP TRIGGER IF EXISTS agenda_version_immutable ON agenda_version; DROP TRIGGER IF EXISTS agenda_version_digest ON agenda_version; DROP FUNCTION IF EXISTS agenda_version_immutable() CASCADE; DROP FUNCTION IF EXISTS agenda_version_digest() CASCADE
        """
    )
    op.execute(
        """DROP TRIGGER IF EXISTS placement_carries_speakers ON placement; DROP FUNCTION IF EXISTS placement_carries_speakers() CASCADE; DROP TRIGGER IF EXISTS speaker_follows_placement ON session_speaker; DROP FUNCTION IF EXISTS speaker_follows_placement() CASCADE
        """
    )
    op.execute(
        """DROP TRIGGER IF EXISTS remember_state ON "registration"; DROP FUNCTION IF EXISTS remember_state() CASCADE
        """
    )
    op.execute(
        """DROP TRIGGER IF EXISTS remember_state ON "order"; DROP FUNCTION IF EXISTS remember_state() CASCADE
        """
    )
    op.execute(
        """DROP TRIGGER IF EXISTS places_follow_quota ON quota; DROP FUNCTION IF EXISTS places_follow_quota() CASCADE
        """
    )
    op.execute(
        """DROP TRIGGER IF EXISTS price_revises ON price; DROP FUNCTION IF EXISTS price_revises() CASCADE
        """
    )
    op.execute(
        """DROP TRIGGER IF EXISTS quota_use_revises ON quota_use; DROP FUNCTION IF EXISTS quota_use_revises() CASCADE
        """
    )
    op.execute(
        """DROP TRIGGER IF EXISTS question_revises ON question; DROP FUNCTION IF EXISTS question_revises() CASCADE
        """
    )
    op.execute(
        """DROP TRIGGER IF EXISTS ticket_type_revises ON ticket_type; DROP FUNCTION IF EXISTS ticket_type_revises() CASCADE
        """
    )
    op.execute(
        """DROP TRIGGER IF EXISTS quota_revises ON quota; DROP FUNCTION IF EXISTS quota_revises() CASCADE
        """
    )
    op.execute(
        """DROP TRIGGER IF EXISTS room_revises ON room; DROP FUNCTION IF EXISTS room_revises() CASCADE
        """
    )
    op.execute(
        """DROP TRIGGER IF EXISTS conference_revised ON conference; DROP FUNCTION IF EXISTS conference_revised() CASCADE
        """
    )
    op.execute(
        """DROP TRIGGER IF EXISTS event_notify ON event; DROP FUNCTION IF EXISTS event_notify() CASCADE
        """
    )
    op.execute(
        """DROP TRIGGER IF EXISTS audit_immutable ON audit_entry; DROP FUNCTION IF EXISTS audit_immutable() CASCADE
        """
    )
    op.drop_index("ledger_entry_posting", table_name="ledger_entry")
    op.drop_index("ledger_entry_account", table_name="ledger_entry")
    op.drop_table("ledger_entry")
    op.drop_table("posting")
    op.drop_index("invoice_payment", table_name="invoice", postgresql_where=sa.text("credits IS NULL"))
    op.drop_index("invoice_order", table_name="invoice")
    op.drop_table("invoice")
    op.drop_index("ticket_live", table_name="ticket", postgresql_where=sa.text("voided_at IS NULL"))
    op.drop_index("ticket_code", table_name="ticket")
    op.drop_table("ticket")
    op.drop_table("session_speaker")
    op.drop_index("sensitive_answer_erase", table_name="sensitive_answer")
    op.drop_index("sensitive_answer_conference", table_name="sensitive_answer")
    op.drop_table("sensitive_answer")
    op.drop_index(
        "refund_registration",
        table_name="refund",
        postgresql_where=sa.text("registration_id IS NOT NULL AND state <> 'failed'"),
    )
    op.drop_index("refund_processor", table_name="refund")
    op.drop_index("refund_payment", table_name="refund")
    op.drop_table("refund")
    op.drop_index("placement_conference", table_name="placement")
    op.drop_table("placement")
    op.drop_index("order_line_order", table_name="order_line")
    op.drop_table("order_line")
    op.drop_table("must_not")
    op.drop_index("money_case_open", table_name="money_case", postgresql_where=sa.text("closed_at IS NULL"))
    op.drop_table("money_case")
    op.drop_index("favourite_person", table_name="favourite")
    op.drop_index("favourite_conference", table_name="favourite")
    op.drop_table("favourite")
    op.drop_index("exchange_side_program", table_name="exchange_side")
    op.drop_table("exchange_side")
    op.drop_table("exchange")
    op.drop_index("check_in_live", table_name="check_in", postgresql_where=sa.text("undone_at IS NULL"))
    op.drop_index("check_in_conference", table_name="check_in")
    op.drop_table("check_in")
    op.drop_index("survey_response_survey", table_name="survey_response")
    op.drop_table("survey_response")
    op.drop_index("survey_question_survey", table_name="survey_question")
    op.drop_table("survey_question")
    op.drop_index(
        "survey_invitation_due", table_name="survey_invitation", postgresql_where=sa.text("asked_at IS NULL")
    )
    op.drop_table("survey_invitation")
    op.drop_table("sold")
    op.drop_index("session_conference", table_name="session")
    op.drop_table("session")
    op.drop_index("registration_order", table_name="registration")
    op.drop_index(
        "registration_once",
        table_name="registration",
        postgresql_where=sa.text("state IN ('held', 'confirmed')"),
    )
    op.drop_table("registration")
    op.drop_table("quota_use")
    op.drop_table("price")
    op.drop_table("places")
    op.drop_index("payment_order", table_name="payment")
    op.drop_index("payment_open", table_name="payment", postgresql_where=sa.text("state = 'open'"))
    op.drop_index("payment_intent", table_name="payment")
    op.drop_index("payment_checkout", table_name="payment")
    op.drop_table("payment")
    op.drop_table("exchange_request")
    op.drop_index("exchange_match_round", table_name="exchange_match")
    op.drop_index(
        "exchange_match_due", table_name="exchange_match", postgresql_where=sa.text("state = 'proposed'")
    )
    op.drop_table("exchange_match")
    op.drop_table("avoided")
    op.drop_table("track")
    op.drop_table("ticket_type")
    op.drop_table("survey")
    op.drop_index("speaker_person", table_name="speaker")
    op.drop_index("speaker_changed", table_name="speaker")
    op.drop_table("speaker")
    op.drop_index("sign_in_link_person", table_name="sign_in_link")
    op.drop_index("sign_in_link_mail", table_name="sign_in_link")
    op.drop_index("sign_in_link_expiry", table_name="sign_in_link")
    op.drop_table("sign_in_link")
    op.drop_index("sign_in_person", table_name="sign_in")
    op.drop_index("sign_in_expiry", table_name="sign_in")
    op.drop_table("sign_in")
    op.drop_table("room")
    op.drop_index("role_grant_role", table_name="role_grant")
    op.drop_table("role_grant")
    op.drop_index("quota_main", table_name="quota", postgresql_where=sa.text("main"))
    op.drop_table("quota")
    op.drop_table("question")
    op.drop_index("program_leader", table_name="program")
    op.drop_table("program")
    op.drop_index("passkey_challenge_expiry", table_name="passkey_challenge")
    op.drop_table("passkey_challenge")
    op.drop_index("passkey_person", table_name="passkey")
    op.drop_table("passkey")
    op.drop_index("order_person", table_name="order")
    op.drop_index(
        "order_form",
        table_name="order",
        postgresql_where=sa.text("state IN ('held', 'awaiting_payment', 'confirmed')"),
    )
    op.drop_index(
        "order_due", table_name="order", postgresql_where=sa.text("state IN ('held', 'awaiting_payment')")
    )
    op.drop_index("order_conference", table_name="order")
    op.drop_table("order")
    op.drop_index("invitation_person", table_name="invitation")
    op.drop_index("invitation_conference", table_name="invitation")
    op.drop_table("invitation")
    op.drop_table("feed")
    op.drop_index("exchange_run_round", table_name="exchange_run")
    op.drop_table("exchange_run")
    op.drop_index("draft_step_conference", table_name="draft_step")
    op.drop_table("draft_step")
    op.drop_index("draft_expiry", table_name="draft")
    op.drop_table("draft")
    op.drop_index("delivery_due", table_name="delivery", postgresql_where=sa.text("send_at IS NOT NULL"))
    op.drop_index("delivery_dead", table_name="delivery", postgresql_where=sa.text("dead_at IS NOT NULL"))
    op.drop_table("delivery")
    op.drop_index("consent_standing", table_name="consent", postgresql_where=sa.text("withdrawn_at IS NULL"))
    op.drop_index("consent_person", table_name="consent")
    op.drop_table("consent")
    op.drop_table("agenda_version")
    op.drop_index("state_change_subject", table_name="state_change")
    op.drop_table("state_change")
    op.drop_table("person")
    op.drop_index("notice_stored", table_name="notice")
    op.drop_table("notice")
    op.drop_table("letter")
    op.drop_table("invoice_series")
    op.drop_table("exchange_round")
    op.drop_index("event_unrouted", table_name="event", postgresql_where=sa.text("routed_at IS NULL"))
    op.drop_index("event_recorded", table_name="event")
    op.drop_table("event")
    op.drop_table("conference")
    op.drop_index("audit_unsealed", table_name="audit_entry", postgresql_where=sa.text("place IS NULL"))
    op.drop_index("audit_subject", table_name="audit_entry")
    op.drop_table("audit_entry")
    op.drop_table("tries")
    op.drop_table("organization")
