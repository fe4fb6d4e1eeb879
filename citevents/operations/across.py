"""Invariants of what is kept in many slices: they belong to none."""

from __future__ import annotations

from citevents.core.invariants import Invariant

#: Of what is kept in many slices.
ACROSS = (
    Invariant(
        code="P4",
        promise="An erased person leaves no identity in the tables.",
        sql="""SELECT p.organization_id, p.id, 'person' AS place FROM person p
               WHERE p.erased_at IS NOT NULL AND (p.mail IS NOT NULL OR p.mail_key IS NOT NULL OR p.name <> '')
               UNION ALL
               SELECT r.organization_id, r.person_id, 'registration' FROM registration r
               JOIN person p ON p.organization_id = r.organization_id AND p.id = coalesce(r.person_id, r.contact_id)
               WHERE p.erased_at IS NOT NULL AND (r.name <> '' OR r.agency <> '' OR r.mail <> '')
               UNION ALL
               SELECT i.organization_id, o.person_id, 'invoice' FROM invoice i
               JOIN "order" o ON o.organization_id = i.organization_id AND o.id = i.order_id
               JOIN person p ON p.organization_id = o.organization_id AND p.id = o.person_id
               WHERE p.erased_at IS NOT NULL AND (i.buyer_name <> '' OR i.buyer_agency <> '')
               UNION ALL
               SELECT i.organization_id, i.person_id, 'survey_invitation' FROM survey_invitation i
               JOIN person p ON p.organization_id = i.organization_id AND p.id = i.person_id
               WHERE p.erased_at IS NOT NULL
               UNION ALL
               SELECT s.organization_id, r.person_id, 'sensitive_answer' FROM sensitive_answer s
               JOIN registration r ON r.organization_id = s.organization_id AND r.id = s.registration_id
               JOIN person p ON p.organization_id = r.organization_id AND p.id = r.person_id
               WHERE p.erased_at IS NOT NULL
               UNION ALL
               SELECT g.organization_id, g.leader_id, 'program' FROM program g
               JOIN person p ON p.organization_id = g.organization_id AND p.id = g.leader_id
               WHERE p.erased_at IS NOT NULL""",
    ),
)
