"""Read from right to left, what is not Arabic keeps its own order: names, titles, numbers of papers, codes, days."""

from __future__ import annotations

import re
from collections.abc import Callable
from email.message import EmailMessage
from html import escape
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask, render_template

from citevents.core import circuits, mail
from citevents.core.clock import now
from citevents.core.db import Model, Organization, must, session, transaction
from citevents.core.events import emit
from citevents.locale import languages
from citevents.payments.events import Refunded
from citevents.payments.models import Payment, Refund, RefundReason, RefundState
from citevents.people.events import PasskeyAdded
from citevents.people.models import Passkey, Person
from citevents.people.sign_in import services as sign_in
from citevents.registration import services as registration
from citevents.scheduling import services as scheduling
from standins.mail import Outbox
from tests.conferences.world import a_room
from tests.house.everything import Everything
from tests.house.eye import out_of_order, texts_kept
from tests.house.paper import lines
from tests.house.readers import pages, refused
from tests.house.visits import visitor
from tests.people.world import a_person
from tests.playwrights import Window
from tests.registration.world import a_paid_order, an_order
from tests.scheduling.world import a_session, placed, published

Settle = Callable[[], int]
#: What organizers and people type. Each gets an ending that shows which way it was read.
TYPED = {
    "organization": ("name",),
    "conference": ("name", "summary", "description", "venue", "address", "city", "access_note"),
    "ticket_type": ("name", "description"),
    "price": ("name",),
    "quota": ("name",),
    "question": ("label", "reason"),
    "room": ("name",),
    "track": ("name",),
    "session": ("title", "abstract"),
    "speaker": ("name",),
    "person": ("name", "call_name", "agency"),
    "registration": ("name", "agency"),
    "program": ("name", "city"),
    "exchange_round": ("name",),
    "survey_question": ("label",),
}
ENDING = " (no. 3)."


@pytest.fixture
def house(
    organization: Organization, settle: Settle, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> Everything:
    """One of everything, in words that end with a number, a bracket and a stop; all letters are in Arabic."""
    force = languages.flask_babel.force_locale
    monkeypatch.setattr(languages.flask_babel, "force_locale", lambda _code: force("ar"))
    monkeypatch.setattr(
        mail,
        "render_template",
        lambda template, /, **values: render_template(template, **values | {"language": "ar"}),
    )
    outbox.clear()
    made = Everything(settle)
    with transaction() as current:
        circuits.close({"mail"})  # in that house the mail server is away; here all letters are to come
        for table, columns in TYPED.items():
            about = Model.metadata.tables[table]
            for column in columns:
                current.execute(
                    sa.update(about).where(about.c[column] != "").values({column: about.c[column] + ENDING})
                )
    session().expire_all()
    published(made.here)
    settle()
    return made


@pytest.mark.browser
def test_every_page_keeps_the_order_of_what_was_typed(
    app: Flask,
    browser: Window,
    house: Everything,
    session: Any,
) -> None:
    wrong: list[str] = []
    texts = texts_kept()
    assert len(texts) > 100
    with visitor(browser, app.test_client()) as looking:
        for _reader, client, seen in pages(app, house, "ar"):
            looking.client = client
            for each in (seen, *refused(client, seen)):
                wrong += [f"{each.name}: {found}" for found in out_of_order(looking.show(each), texts)]
    assert not wrong, "\n".join(wrong)


@pytest.fixture
def letters(house: Everything, settle: Settle, outbox: Outbox) -> list[EmailMessage]:
    """Those that the house sent, and of the kinds that it did not."""
    amina = a_person("Amina (no. 3).", mail="amina@letters.example")
    with transaction():  # emails greet her by name
        must(Person, amina).mail_proven_at = now()
    order = an_order(house.here, house.free, mail="amina@letters.example", name="Amina (no. 3).")
    talk, room = a_session(house.here, "Night (no. 4)."), a_room(house.here, "Room (no. 5).")
    placed(talk, room, "12:30")
    published(house.here)
    with transaction():
        scheduling.favourite(talk.id, amina)
    settle()
    placed(talk, room, "13:30")
    published(house.here)
    settle()
    with transaction():
        registration.cancel(order.order_id, now())
    paid = a_paid_order(house.here, house.full, mail="amina@letters.example", name="Amina (no. 3).")
    settle()
    with transaction() as current:
        [passkey] = current.scalars(sa.select(Passkey))
        emit(PasskeyAdded(person_id=passkey.person_id, passkey_id=passkey.id))
        sign_in.ask_link("aino@tampere.example", next="", language="ar")
        [payment] = current.scalars(sa.select(Payment).where(Payment.order_id == paid.order_id))
        refund = Refund(
            payment_id=payment.id,
            amount=payment.amount,
            currency=payment.currency,
            reason=RefundReason.DESK,
            state=RefundState.SUCCEEDED,
        )
        current.add(refund)
        current.flush()
        emit(Refunded(refund_id=refund.id, payment_id=payment.id, order_id=payment.order_id))
    settle()
    return outbox.messages()


PLAIN = "<div style='unicode-bidi: plaintext; white-space: pre-wrap; width: 60rem'>{}</div>"


@pytest.mark.browser
def test_every_letter_keeps_the_order_of_what_was_typed(
    app: Flask,
    browser: Window,
    house: Everything,
    letters: list[EmailMessage],
) -> None:
    """Its subject, its page and its plain twin, of which mail programs turn each line by its first letter."""
    texts, wrong, kinds = texts_kept(), [], set()
    page = browser.new_page()
    for letter in letters:
        text, html = (letter.get_body((kind,)) for kind in ("plain", "html"))
        assert text and html
        subject = str(letter["Subject"])
        kinds.add(subject)
        for what, shown in (
            ("subject", PLAIN.format(escape(subject))),
            ("text", PLAIN.format(escape(text.get_content()))),
            ("page", html.get_content()),
        ):
            page.set_content(shown)
            wrong += [f"{what} of {subject}: {each}" for each in out_of_order(page, texts)]
    page.close()
    assert len(kinds) > 8, kinds
    assert not wrong, "\n".join(sorted(set(wrong)))


def squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)


def test_every_document_keeps_the_order_of_what_was_typed(
    house: Everything, letters: list[EmailMessage], organization: Organization
) -> None:
    """The ticket and the invoice of somebody with a bracket in their name."""
    papers = {
        str(part.get_filename()): [squeezed(line) for line in lines(part.get_content())]
        for letter in letters
        if "Amina" in str(letter["To"])
        for part in letter.iter_attachments()
        if part.get_content_type() == "application/pdf"
    }
    ticket = next(papers[name] for name in papers if name.startswith("ticket"))
    typed = (
        house.here.name,
        house.here.access_note,
        house.here.venue,
        "Amina (no. 3).",
        "Volunteer (no. 3).",
    )
    [(note, paper)] = [(name.removesuffix(".pdf"), papers[name]) for name in papers if name[0].isdigit()]
    for read, texts in (
        (ticket, typed),
        (paper, (organization.name, organization.mail, "Amina (no. 3).", note)),
    ):
        for text in texts:
            assert any(squeezed(text) in line for line in read), (text, read)
