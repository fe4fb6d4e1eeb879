"""Every foreign key has an index that leads with it, and so has what emails are searched by.

Revision ID: 0003
Revises: 0002
"""

from alembic import op

revision = "0003"
down_revision = "0002"

#: (index, table, column after the organization)
INDEXES = (
    ("quota_conference", "quota", "conference_id"),
    ("ticket_type_conference", "ticket_type", "conference_id"),
    ("quota_use_quota", "quota_use", "quota_id"),
    ("price_ticket_type", "price", "ticket_type_id"),
    ("question_conference", "question", "conference_id"),
    ("letter_person", "letter", "person_id"),
    ("exchange_request_program", "exchange_request", "program_id"),
    ("must_not_other", "must_not", "other_id"),
    ("must_not_avoided", "must_not", "avoided_id"),
    ("exchange_match_run", "exchange_match", "run_id"),
    ("refund_of_registration", "refund", "registration_id"),
    ("money_case_payment", "money_case", "payment_id"),
    ("posting_payment", "posting", "payment_id"),
    ("posting_refund", "posting", "refund_id"),
    ("invoice_of_payment", "invoice", "payment_id"),
    ("invoice_credits", "invoice", "credits"),
    ("role_grant_conference", "role_grant", "conference_id"),
    ("passkey_challenge_person", "passkey_challenge", "person_id"),
    ("registration_person", "registration", "person_id"),
    ("registration_conference", "registration", "conference_id"),
    ("registration_ticket_type", "registration", "ticket_type_id"),
    ("order_line_registration", "order_line", "registration_id"),
    ("order_line_ticket_type", "order_line", "ticket_type_id"),
    ("sensitive_answer_question", "sensitive_answer", "question_id"),
    ("ticket_registration", "ticket", "registration_id"),
    ("check_in_registration", "check_in", "registration_id"),
    ("draft_conference", "draft", "conference_id"),
    ("session_track", "session", "track_id"),
    ("placement_room", "placement", "room_id"),
    ("session_speaker_speaker", "session_speaker", "speaker_id"),
    ("survey_invitation_person", "survey_invitation", "person_id"),
)


def upgrade() -> None:
    for name, table, column in INDEXES:
        op.create_index(name, table, ["organization_id", column])


def downgrade() -> None:
    for name, table, _column in INDEXES:
        op.drop_index(name, table)
