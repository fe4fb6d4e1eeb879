"""The public pages as a browser without scripts meets them."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from citevents.conferences.models import ConferenceState, QuestionKind
from citevents.core.access import Role
from citevents.core.clock import now
from citevents.registration import page_cache, policy, queries, views
from citevents.registration.models import Draft, Order, Places, Registration, SensitiveAnswer
from tests.conferences.world import a_conference, a_price, a_question, a_ticket_type
from tests.people.world import staff
from tests.registration.buyers import REGISTER, fill, hidden, sale, words
from tests.registration.world import a_paid_order, an_order

pytestmark = pytest.mark.usefixtures("organization")


def count(session: Session, kind: type) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(kind)) or 0


def test_the_event_page_says_what_when_where_and_how_much(client: FlaskClient) -> None:
    conference, _ticket = sale(amount=49000)
    page = client.get("/c/cit-2027")
    assert page.status_code == 200
    for said in (
        conference.name,
        "22–25 August 2027",
        "Harbour Hall (sample), Vancouver",
        "CA$490.00",
        "2 of 2 seats",
    ):
        assert said in words(page)


def test_the_event_page_is_kept_and_follows_every_change(client: FlaskClient, session: Session) -> None:
    conference, ticket = sale(amount=49000)
    first = client.get("/c/cit-2027")
    again = client.get("/c/cit-2027", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    conference.summary = "Something else"
    session.commit()
    assert "Something else" in client.get("/c/cit-2027").text
    a_price(ticket, 100)
    changed = client.get("/c/cit-2027", headers={"If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200


def test_a_kept_page_carries_each_visitors_own_tokens(client: FlaskClient) -> None:
    _conference, ticket = sale()
    other = client.application.test_client()
    mine, theirs = hidden(client.get(REGISTER)), hidden(other.get(REGISTER))
    assert mine["csrf_token"] != theirs["csrf_token"]
    assert mine["form"] != theirs["form"]
    assert fill(other, ticket).status_code == 303


def test_a_kept_form_follows_what_is_left_once_that_is_said(
    client: FlaskClient, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_cache, "BREATH_SECONDS", 0)
    conference, ticket = sale(capacity=103)
    made: list[str] = []
    page = views._form_page
    monkeypatch.setattr(views, "_form_page", lambda offer, form: made.append("made") or page(offer, form))

    def buy() -> str:
        an_order(conference, ticket, mail=f"{len(made)}-{count(session, Order)}@tampere.example")
        return words(client.get(REGISTER))

    assert "left." not in words(client.get(REGISTER))
    assert ["left." in buy() for _ in range(2)] == [False, False]
    assert made == ["made"]
    assert "100 seats left." in buy()
    assert "99 seats left." in buy()
    assert len(made) == 3


def test_what_was_known_a_moment_ago_is_not_asked_again(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    sale()
    asked: list[int] = []
    places = queries.places
    monkeypatch.setattr(queries, "places", lambda id, **how: asked.append(id) or places(id, **how))
    pages = [words(client.get(REGISTER)) for _ in range(3)]
    assert pages == pages[:1] * 3
    assert len(asked) == 1
    monkeypatch.setattr(page_cache, "BREATH_SECONDS", 0)
    client.get(REGISTER)
    assert len(asked) == 2


def test_scripts_of_a_kept_page_match_its_policy(client: FlaskClient) -> None:
    sale()
    for _visit in range(2):
        page = client.get(REGISTER)
        nonces = set(re.findall(r'<script nonce="([^"]+)"', page.text))
        policy_said = re.findall(r"'nonce-([^']+)'", page.headers["Content-Security-Policy"])
        assert list(nonces) == policy_said


def test_a_free_order_takes_three_requests(client: FlaskClient, session: Session) -> None:
    _conference, ticket = sale()
    sent = fill(client, ticket)
    assert sent.status_code == 303
    page = client.get(sent.location)
    assert "You are registered, Aino Lehtonen" in words(page)
    assert count(session, Registration) == 1


def test_a_paid_order_is_checked_and_then_paid(client: FlaskClient, session: Session) -> None:
    _conference, ticket = sale(amount=49000)
    page = client.get(fill(client, ticket).location)
    assert "Check and pay" in words(page)
    assert "Pay CA$490.00" in words(page)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert token
    order = session.scalars(sa.select(Order)).one()
    went = client.post(f"/c/cit-2027/orders/{order.public_id}/pay", data={"csrf_token": token[1]})
    assert (went.status_code, went.location) == (303, f"/pay/{order.public_id}")
    session.expire_all()
    assert order.state == "awaiting_payment"


def test_changing_something_replaces_the_order(client: FlaskClient, session: Session) -> None:
    _conference, ticket = sale(amount=49000, capacity=1)
    sent = fill(client, ticket)
    order = sent.location.rpartition("/")[2]
    form = client.get(f"{REGISTER}?order={order}")
    assert 'value="aino@tampere.example"' in form.text
    fill(client, ticket, **hidden(form), mail="aino.lehtonen@tampere.example")
    session.expire_all()
    assert [each.state for each in session.scalars(sa.select(Order).order_by(Order.id))] == [
        "cancelled",
        "held",
    ]
    assert session.scalar(sa.select(Places.taken)) == 1


def test_a_double_click_is_one_order(client: FlaskClient, session: Session) -> None:
    _conference, ticket = sale()
    fields = hidden(client.get(REGISTER))
    first, second = (fill(client, ticket, form=fields["form"]) for _click in range(2))
    assert first.location == second.location
    assert count(session, Order) == 1


def test_nothing_typed_names_each_field_and_keeps_the_rest(client: FlaskClient, session: Session) -> None:
    _conference, ticket = sale()
    page = fill(client, ticket, name="", mail="layla.agency.example", country="", terms=None, agency="Amman")
    assert page.status_code == 422
    for said in (
        "4 things to put right",
        "Enter your name as it should stand on the certificate.",
        "Enter an email address with an @, like name@agency.example.",
        "Choose your country.",
        "Agree to the terms to go on.",
    ):
        assert said in words(page)
    assert 'value="Amman"' in page.text
    assert "<title>Error:" in page.text
    assert count(session, Order) == 0


TYPED = [
    ("name", "x" * 201, "Use at most 200 characters."),
    ("name", "x" * 1_000_000, "Use at most 200 characters."),
    ("name", "\x00\u202e\u2066 ", "Enter your name as it should stand on the certificate."),
    ("mail", "aino@tampere.example\r\nBcc: all@example.test", "Enter an email address"),
    ("mail", "a\x00@b.example", "Enter an email address"),
    ("mail", f"{'x' * 300}@b.example", "Use at most 254 characters."),
    ("agency", "y" * 201, "Use at most 200 characters."),
    ("country", "ZZ", "Choose your country."),
    ("country", "<b>", "Choose your country."),
    ("ticket", "no-such-ticket", "Choose a ticket."),
    ("ticket", "", "Choose a ticket."),
    ("ticket", "\x00", "Choose a ticket."),
    ("add_ons", "no-such", "is not on sale now"),
]


@pytest.mark.parametrize(("field", "value", "said"), TYPED)
def test_what_cannot_be_is_refused_with_a_sentence(
    client: FlaskClient, session: Session, field: str, value: str, said: str
) -> None:
    _conference, ticket = sale()
    page = fill(client, ticket, **{field: value})
    assert page.status_code == 422
    assert said in words(page)
    assert count(session, Order) == 0


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", "{{ 7*7 }}", "Ali\u202egnp.exe", "🧑‍🚒 Ada", "ليلى الحداد"]
)
def test_strange_names_are_names(client: FlaskClient, session: Session, name: str) -> None:
    _conference, ticket = sale()
    page = client.get(fill(client, ticket, name=name).location)
    kept = session.scalars(sa.select(Registration.name)).one()
    assert kept == name.replace("\u202e", " ")
    assert "<script>alert" not in page.text
    assert name.startswith("<") or kept in words(page)


def test_hidden_fields_can_hold_anything(client: FlaskClient, session: Session) -> None:
    _conference, ticket = sale(capacity=100)
    for field in ("form", "instead", "shown_total"):
        for value in ("", "\x00", "x" * 100_000, "-1", "٣", "{}"):
            answer = fill(client, ticket, **{field: value}, mail=f"{field}-{len(value)}@example.test")
            assert answer.status_code in (303, 422), (field, value)


def test_a_ticket_that_filled_up_while_the_form_was_open(client: FlaskClient, session: Session) -> None:
    conference, ticket = sale(capacity=1)
    fields = hidden(client.get(REGISTER))
    an_order(conference, ticket, mail="layla@agency.example")
    page = fill(client, ticket, form=fields["form"], agency="Tampere")
    assert page.status_code == 422
    assert "“Full conference” is full." in words(page)
    assert 'value="Tampere"' in page.text


def test_registration_that_closed_while_the_form_was_open(client: FlaskClient, session: Session) -> None:
    conference, ticket = sale()
    fields = hidden(client.get(REGISTER))
    conference.registration_closes_at = now()
    session.commit()
    page = client.post(
        REGISTER,
        data=fields
        | {"ticket": ticket.public_id, "name": "A", "mail": "a@b.example", "country": "FI", "terms": "y"},
    )
    assert page.status_code == 422
    assert "Registration is closed. Nothing was ordered." in words(page)


def test_one_caller_cannot_keep_a_conference_by_ordering_and_never_paying(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, session: Session
) -> None:
    config = client.application.config
    monkeypatch.setitem(config, "SETTINGS", replace(config["SETTINGS"], unpaid_per_caller=2))
    conference, ticket = sale(capacity=20, amount=49000)
    free = a_ticket_type(conference, amount=0, name="Family")
    assert [fill(client, ticket, mail=f"p{n}@cit.example").status_code for n in range(2)] == [303, 303]
    page = fill(client, ticket, mail="p2@cit.example", agency="Tampere")
    assert page.status_code == 422
    assert "That was tried too often. Wait a quarter of an hour, then try again." in words(page)
    assert 'value="Tampere"' in page.text
    assert session.scalar(sa.select(sa.func.count()).select_from(Order)) == 2
    assert fill(client, free, mail="p3@cit.example", shown_total="0").status_code == 422
    assert (
        fill(client, ticket, mail="p4@cit.example", shown_total="", caller="203.0.113.9").status_code == 303
    )
    staff(client, Role.CHECK_IN, conference.id)
    assert fill(client, ticket, mail="p5@cit.example", shown_total="").status_code == 303, (
        "at the desk a queue is waiting"
    )


def test_every_try_counts_and_an_address_of_ipv6_is_its_network(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = client.application.config
    monkeypatch.setitem(config, "SETTINGS", replace(config["SETTINGS"], unpaid_per_caller=3))
    _conference, ticket = sale(capacity=0, amount=49000)
    tries = [fill(client, ticket, mail=f"p{n}@cit.example", caller=f"2001:db8:0:7::{n}") for n in range(5)]
    said = ["is full." if "is full." in words(page) else "too often" for page in tries]
    assert said == ["is full."] * 3 + ["too often"] * 2
    assert "is full." in words(fill(client, ticket, caller="2001:db8:0:8::1"))


def test_what_a_network_keeps_unpaid_is_named_with_what_to_do(client: FlaskClient) -> None:
    _conference, ticket = sale(capacity=8, amount=49000)
    answers = [fill(client, ticket, mail=f"p{n}@cit.example") for n in range(6)]
    assert [each.status_code for each in answers] == [303] * 5 + [422]
    assert "Many registrations from your network still wait to be paid for" in words(answers[-1])


def test_a_name_is_no_web_address(client: FlaskClient, session: Session) -> None:
    _conference, ticket = sale()
    for name in ("Win: https://evil.example", "WWW.evil.example", "Locked, see evil.example/cit"):
        page = fill(client, ticket, name=name)
        assert (page.status_code, count(session, Order)) == (422, 0)
        assert "Enter a name, without a web address." in words(page)
    assert fill(client, ticket, name="J.R.R. St.John-Smith", call_name="J. R.").status_code == 303


def test_changing_the_address_in_a_full_house_competes_for_the_seat(
    client: FlaskClient, session: Session
) -> None:
    """It is free for a moment, and nobody was quicker; its time goes on."""
    _conference, ticket = sale(amount=49000, capacity=1)
    order = fill(client, ticket).location.rpartition("/")[2]
    began = session.scalar(sa.select(Order.began_at))
    form = hidden(client.get(f"{REGISTER}?order={order}"))
    assert fill(client, ticket, **form, mail="b@tampere.example").status_code == 303
    session.expire_all()
    assert [(each.state, each.began_at) for each in session.scalars(sa.select(Order).order_by(Order.id))] == [
        ("cancelled", began),
        ("held", began),
    ]


def test_full_is_said_however_often_the_form_is_sent_again(client: FlaskClient) -> None:
    conference, ticket = sale(amount=49000, capacity=1)
    page = client.get(REGISTER)
    an_order(conference, ticket, mail="quicker@agency.example")
    fields = hidden(page)
    for _press in range(3):
        answer = fill(client, ticket, **fields)
        assert "is full." in words(answer)
        assert "price changed" not in words(answer)
        fields = hidden(answer)


def test_the_check_page_says_until_when_and_that_nothing_prolongs_it(
    client: FlaskClient, session: Session
) -> None:
    _conference, ticket = sale(amount=49000)
    form = words(client.get(REGISTER))
    assert "From then your seat is held for 60 minutes." in form
    page = words(client.get(fill(client, ticket).location))
    assert "Nothing makes that time longer, neither going to pay nor changing something." in page


def test_the_total_follows_the_choice_without_scripts_and_with(client: FlaskClient) -> None:
    conference, ticket = sale(amount=49000)
    lunch = a_ticket_type(conference, amount=4000, name="Awards luncheon", add_on=True)
    page = fill(client, ticket, add_ons=lunch.public_id, update="1", name="")
    assert page.status_code == 200
    assert "CA$530.00" in words(page)
    fields = hidden(page) | {"ticket": ticket.public_id, "add_ons": lunch.public_id, "update": "1"}
    part = client.post(REGISTER, data=fields, headers={"HX-Request": "true"})
    assert part.text.lstrip().startswith("<aside")
    assert "CA$530.00" in part.text


def test_what_was_typed_survives_a_closed_tab_without_the_sensitive(
    client: FlaskClient, session: Session
) -> None:
    conference, ticket = sale()
    need = a_question(conference)
    city = a_question(conference, "Which city?", kind=QuestionKind.TEXT, options=[], sensitive=False)
    fill(
        client,
        ticket,
        terms=None,
        agency="Tampere",
        **{f"q{need.id}": "Live captions", f"q{city.id}": "Espoo"},
    )
    back = client.get(REGISTER).text
    assert 'value="Tampere"' in back
    assert "Espoo" in back
    assert session.scalars(sa.select(Draft.typed)).one().keys() == {
        "ticket", "name", "mail", "country", "agency", f"q{city.id}",
    }  # fmt: skip
    fill(client, ticket)
    assert count(session, Draft) == 0


def test_sensitive_answers_need_consent(client: FlaskClient, session: Session) -> None:
    conference, ticket = sale()
    need = a_question(conference)
    page = fill(client, ticket, **{f"q{need.id}": "Live captions"})
    assert page.status_code == 422
    assert "Agree to this, or take your answers out" in words(page)
    assert (
        fill(client, ticket, **{f"q{need.id}": "Live captions", "sensitive_consent": "y"}).status_code == 303
    )
    assert session.scalars(sa.select(SensitiveAnswer.answer)).all() == [["Live captions"]]
    assert fill(client, ticket, **{f"q{need.id}": "Something else"}, mail="b@c.example").status_code == 422


@pytest.mark.parametrize("what", ["orders", "tickets"])
def test_a_foreign_code_is_not_found(client: FlaskClient, what: str) -> None:
    sale()
    a_conference("other")
    assert client.get(f"/c/cit-2027/{what}/{'x' * 22}").status_code == 404
    assert client.get(f"/c/cit-2027/{what}/%00").status_code == 404


def test_an_order_shows_under_its_own_conference_only(client: FlaskClient) -> None:
    conference, ticket = sale()
    placed = an_order(conference, ticket)
    a_conference("other")
    assert client.get(f"/c/other/orders/{placed.public_id}").status_code == 404
    short = client.get(f"/orders/{placed.public_id}")
    assert (short.status_code, short.location) == (303, f"/c/cit-2027/orders/{placed.public_id}")


def test_cancelling_asks_once_names_the_money_and_gives_the_place_back(
    client: FlaskClient, session: Session
) -> None:
    conference, ticket = sale(amount=49000)
    placed = a_paid_order(conference, ticket)
    here = f"/c/cit-2027/orders/{placed.public_id}/cancel"
    page = client.get(here)
    assert "CA$490.00 is refunded to the card you paid with." in words(page)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert token
    done = client.post(here, data={"csrf_token": token[1]}, follow_redirects=True)
    assert "Your registration is cancelled." in words(done)
    again = client.post(here, data={"csrf_token": token[1]}, follow_redirects=True)
    assert "There is no registration left to cancel in this order." in words(again)
    assert session.scalar(sa.select(Places.taken)) == 0


def test_who_gives_up_an_order_that_was_paid_meanwhile_is_asked_again_with_the_money(
    client: FlaskClient, session: Session
) -> None:
    conference, ticket = sale(amount=49000)
    placed = a_paid_order(conference, ticket)
    here = f"/c/cit-2027/orders/{placed.public_id}/cancel"
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get(here).text)
    assert token
    page = f"{here}?was=awaiting_payment"
    asked = client.post(page, data={"csrf_token": token[1]}, follow_redirects=True)
    assert "CA$490.00 is refunded to the card you paid with." in words(asked)
    assert session.scalar(sa.select(Places.taken)) == 1


def test_a_ticket_has_a_page_and_a_pdf_until_it_is_void(client: FlaskClient, session: Session) -> None:
    conference, ticket = sale()
    placed = an_order(conference, ticket, name="ليلى الحداد")
    page = client.get(f"/c/cit-2027/orders/{placed.public_id}")
    address = re.search(r'href="(/c/cit-2027/tickets/[^".]+)"', page.text)
    assert address
    shown = client.get(address[1])
    assert "ليلى الحداد" in shown.text
    assert '<svg class="qr"' in shown.text
    pdf = client.get(address[1] + ".pdf")
    assert (pdf.mimetype, pdf.data[:5]) == ("application/pdf", b"%PDF-")
    from citevents.core.db import transaction
    from citevents.registration import services

    with transaction():
        services.cancel(placed.order_id, now())
    void = client.get(address[1])
    assert "This ticket is not valid any more" in words(void)
    assert "ليلى الحداد" not in void.text
    assert '<svg class="qr"' not in void.text
    assert f'href="/c/cit-2027/orders/{placed.public_id}"' in void.text
    assert client.get(address[1] + ".pdf").location == address[1]


def test_a_draft_conference_is_not_found(client: FlaskClient) -> None:
    a_conference(state=ConferenceState.DRAFT)
    assert client.get("/c/cit-2027").status_code == 404
    assert client.get(REGISTER).status_code == 404


def test_an_order_out_of_time_has_a_way_back(client: FlaskClient, session: Session) -> None:
    conference, ticket = sale(amount=49000)
    placed = an_order(conference, ticket, at=now() - policy.HOLD - timedelta(seconds=1))
    page = client.get(f"/c/cit-2027/orders/{placed.public_id}")
    assert "The time to pay is over" in words(page)
    assert f"/c/cit-2027/register?order={placed.public_id}" in page.text


@pytest.mark.parametrize(
    ("end", "said"),
    [
        (datetime(2027, 6, 28, 7, tzinfo=UTC), "Sun 27 June 2027"),  # midnight of Vancouver
        (datetime(2027, 6, 28, 19, tzinfo=UTC), "Mon 28 June 2027, 12:00 (Vancouver)"),
    ],
)
def test_page_and_form_name_the_last_moment_of_a_refund(
    client: FlaskClient, session: Session, end: datetime, said: str
) -> None:
    conference, _kind = sale()
    conference.refund_until = conference.registration_closes_at = end
    session.commit()
    event = html.unescape(client.get("/c/cit-2027").text)
    assert f"until {said}" in event and f"Open until {said}" in event
    assert f"Full refund until {said}." in html.unescape(client.get(REGISTER).text)
    assert (
        policy.refund(500, conference, end - timedelta(seconds=1)),
        policy.refund(500, conference, end),
    ) == (500, 0)
