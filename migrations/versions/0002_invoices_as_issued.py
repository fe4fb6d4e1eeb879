"""Invoices keep their seller, their buyer and what they are for, as issued; the database tells a change made behind its back.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

KEPT = ("seller_name", "seller_mail", "buyer_name", "buyer_agency", "buyer_country", "subject", "digest")


def upgrade() -> None:
    for name in KEPT:
        op.add_column("invoice", sa.Column(name, sa.Text()))
    op.add_column("invoice", sa.Column("erased_at", sa.TIMESTAMP(timezone=True)))
    op.execute("DROP TRIGGER invoice_immutable ON invoice; DROP FUNCTION invoice_immutable()")
    # What was issued before had none of this: what is known now is the best there is.
    op.execute(
        """UPDATE invoice i SET seller_name = g.name, seller_mail = g.mail, subject = c.name, erased_at = p.erased_at,
                  buyer_name = CASE WHEN p.erased_at IS NULL THEN p.name ELSE '' END,
                  buyer_agency = CASE WHEN p.erased_at IS NULL THEN p.agency ELSE '' END, buyer_country = p.country
           FROM organization g, "order" o, person p, conference c
           WHERE g.id = i.organization_id AND o.organization_id = i.organization_id AND o.id = i.order_id
             AND p.organization_id = o.organization_id AND p.id = o.person_id
             AND c.organization_id = o.organization_id AND c.id = o.conference_id"""
    )
    op.create_check_constraint(
        op.f("ck_invoice_erased_is_nobody"),
        "invoice",
        "erased_at IS NULL OR (buyer_name = '' AND buyer_agency = '')",
    )
    op.execute(
        """CREATE OR REPLACE FUNCTION invoice_digest(i invoice) RETURNS text LANGUAGE sql IMMUTABLE AS
       $$ SELECT md5(jsonb_build_array(
            i.organization_id, i.id, i.public_id, i.series, i.number, i.order_id, i.payment_id, i.credits, i.refund_id,
            extract(epoch FROM i.issued_at), i.seller_name, i.seller_mail, i.buyer_name, i.buyer_agency, i.buyer_country,
            extract(epoch FROM i.erased_at), i.subject, i.currency, i.net, i.tax, i.total, i.lines)::text) $$"""
    )
    op.execute("UPDATE invoice SET digest = invoice_digest(invoice)")
    for name in KEPT:
        op.alter_column("invoice", name, nullable=False)
    op.execute(
        """CREATE OR REPLACE FUNCTION invoice_immutable() RETURNS trigger LANGUAGE plpgsql AS
       $$ DECLARE was invoice;
       BEGIN
         IF TG_OP = 'INSERT' THEN
           NEW.digest := invoice_digest(NEW);
           RETURN NEW;
         END IF;
         IF TG_OP = 'UPDATE' AND OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL THEN
           was := OLD;
           was.buyer_name := '';
           was.buyer_agency := '';
           was.erased_at := NEW.erased_at;
           IF was IS NOT DISTINCT FROM NEW AND EXISTS (
             SELECT FROM "order" o JOIN person p ON p.organization_id = o.organization_id AND p.id = o.person_id
             WHERE o.organization_id = NEW.organization_id AND o.id = NEW.order_id AND p.erased_at IS NOT NULL)
           THEN
             NEW.digest := invoice_digest(NEW);
             RETURN NEW;
           END IF;
         END IF;
         RAISE EXCEPTION 'an issued invoice does not change';
       END $$;
       CREATE TRIGGER invoice_immutable BEFORE INSERT OR UPDATE OR DELETE ON invoice FOR EACH ROW
       EXECUTE FUNCTION invoice_immutable()"""
    )


def downgrade() -> None:
    op.execute(
        """DROP TRIGGER invoice_immutable ON invoice;
           DROP FUNCTION invoice_immutable();
           DROP FUNCTION invoice_digest(invoice);
           CREATE FUNCTION invoice_immutable() RETURNS trigger LANGUAGE plpgsql AS
           $$ BEGIN RAISE EXCEPTION 'an issued invoice does not change'; END $$;
           CREATE TRIGGER invoice_immutable BEFORE UPDATE OR DELETE ON invoice FOR EACH ROW
           EXECUTE FUNCTION invoice_immutable()"""
    )
    op.drop_constraint(op.f("ck_invoice_erased_is_nobody"), "invoice")
    for name in ("erased_at", *KEPT):
        op.drop_column("invoice", name)
