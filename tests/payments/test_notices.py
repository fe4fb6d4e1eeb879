"""One account of the processor, two organizations: a notice belongs to whoever's payment it is about, whatever host it came to.

Notices are signed and sent by hand, so that each carries one key alone; what is true is asked of the stand-in.
"""

from __future__ import annotations

import dataclasses
import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import combinations, count
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from citevents.core.access import Role
from citevents.core.clock import now
from citevents.core.db import Organization, as_organization, transaction
from citevents.core.events import EventRow
from citevents.operations.invariants import violations
from citevents.payments import notices, refunds, services
from citevents.payments.connection import processor
from citevents.payments.models import Case, Dispute, Notice, Payment, Refund, RefundReason
from citevents.payments.processor import NOTICE_TYPES
from citevents.people import services as people
from citevents.people.models import Proof
from citevents.people.sign_in import identity
from citevents.people.sign_in import services as sign_in
from standins.stripe import StripeStandIn
from standins.stripe.webhooks import signature
from tests.conferences.world import a_conference, a_ticket_type
from tests.payments.world import Settle, balances, payment_of, to_pay, words
from tests.people.world import a_person
from tests.registration.world import an_order
from workers.payments import hand_on_notices

SECRET = "whsec_standin"
_numbers = count(1)


@dataclass(kw_only=True)
class House:
    """An organization with a paid payment, one refund of it by the desk, and one dispute."""

    id: int
    host: str
    payment_id: int
    names: dict[str, str]


@pytest.fixture(autouse=True)
def _signed(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = dataclasses.replace(app.config["SETTINGS"], stripe_webhook_secret=SECRET)
    monkeypatch.setitem(app.config, "SETTINGS", settings)


@pytest.fixture
def houses(
    client: FlaskClient, session: Session, stripe: StripeStandIn, organization: Organization, settle: Settle
) -> Iterator[dict[str, House]]:
    """A answers at every host but B's."""
    other = Organization(name="Nordic CIT", host="b.example", mail="hello@b.example")
    session.add(other)
    session.commit()
    yield {
        "A": a_house(client, session, stripe, organization.id, "http://localhost", settle),
        "B": a_house(client, session, stripe, other.id, "http://b.example", settle),
    }


def a_house(
    client: FlaskClient, session: Session, stripe: StripeStandIn, id: int, host: str, settle: Settle
) -> House:
    with as_organization(id):
        conference = a_conference()
        placed = an_order(
            conference, a_ticket_type(conference, amount=10_000), mail=f"buyer-{id}@two.example"
        )
        client.get(f"/pay/{placed.public_id}", base_url=host)
        stripe.pay(payment_of(placed).checkout_id or "")
        look(payment_of(placed).id, settle)
        payment = payment_of(placed)
        with transaction():
            refunds.ask(payment.id, 1_000, RefundReason.DESK)
        settle()
        stripe.dispute(payment.intent_id or "", amount=500, inquiry=True)
        look(payment.id, settle)
        refund = session.scalars(sa.select(Refund)).one()
        dispute = session.scalars(sa.select(Dispute)).one()
        return House(
            id=id,
            host=host,
            payment_id=payment.id,
            names={
                "payment": payment.public_id,
                "our refund": f"{refund.public_id}:2",
                "checkout": payment.checkout_id or "",
                "intent": payment.intent_id or "",
                "charge": payment.charge_id or "",
                "refund": refund.processor_id or "",
                "dispute": dispute.processor_id,
            },
        )


def look(payment_id: int, settle: Settle) -> None:
    with transaction():
        services.settle(payment_id, processor())
    settle()


#: What a notice is about, and where each name stands in it, in the order in which they count.
PLACES: dict[str, dict[str, str]] = {
    "checkout.session": {"payment": "metadata.payment", "checkout": "id", "intent": "payment_intent"},
    "payment_intent": {"payment": "metadata.payment", "intent": "id", "charge": "latest_charge"},
    "charge": {"payment": "metadata.payment", "intent": "payment_intent", "charge": "id"},
    "refund": {
        "our refund": "metadata.refund",
        "intent": "payment_intent",
        "charge": "charge",
        "refund": "id",
    },
    "dispute": {"intent": "payment_intent", "charge": "charge", "dispute": "id"},
}


def kind_of(type: str) -> str:
    if type.startswith("charge."):
        return {"charge.refunded": "charge", "charge.refund.updated": "refund"}.get(type, "dispute")
    return type.rpartition(".")[0]


def told(type: str, **names: str) -> dict[str, Any]:
    """An event of Stripe's that carries these names of its object, and no other."""
    kind = kind_of(type)
    about: dict[str, Any] = {"id": f"x_{next(_numbers)}", "object": kind, "metadata": {}}
    for name, value in names.items():
        place = PLACES[kind][name]
        if place.startswith("metadata."):
            about["metadata"][place.partition(".")[2]] = value
        else:
            about[place] = value
    return {
        "id": f"evt_{next(_numbers)}",
        "object": "event",
        "api_version": "2026-10-28.endive",
        "created": int(time.time()),
        "data": {"object": about},
        "livemode": False,
        "type": type,
    }


def sent(client: FlaskClient, event: dict[str, Any], host: str) -> bool:
    """Signed, to this host; whether it was new."""
    body = json.dumps(event)
    header = signature(body, SECRET, int(time.time()))
    answer = client.post("/webhooks/stripe", base_url=host, data=body, headers={"Stripe-Signature": header})
    assert answer.status_code == 200
    stored: bool = answer.get_json()["stored"]
    return stored


def owner_of(session: Session, event: dict[str, Any]) -> int | None:
    return session.scalars(sa.select(Notice.organization_id).where(Notice.processor_id == event["id"])).one()


def emitted(session: Session, event: dict[str, Any]) -> list[int]:
    """The organizations that were told of a notice, once each."""
    notice = session.scalars(sa.select(Notice.id).where(Notice.processor_id == event["id"])).one()
    rows = sa.select(EventRow.organization_id).where(
        EventRow.name == "payment.notice_stored", EventRow.payload["notice_id"].as_integer() == notice
    )
    return list(session.scalars(rows))


def test_every_notice_type_is_in_the_table() -> None:
    assert {kind_of(each) for each in NOTICE_TYPES} == set(PLACES)


@pytest.mark.parametrize("kind", PLACES)
def test_each_name_alone_says_whose_it_is_at_the_host_of_the_other(
    client: FlaskClient, session: Session, houses: dict[str, House], settle: Settle, kind: str
) -> None:
    for type in (each for each in NOTICE_TYPES if kind_of(each) == kind):
        for name in PLACES[kind]:
            for owner, other in (("A", "B"), ("B", "A")):
                event = told(type, **{name: houses[owner].names[name]})
                assert sent(client, event, houses[other].host), (type, name, owner)
                assert owner_of(session, event) == houses[owner].id, (type, name, owner)
                assert emitted(session, event) == [houses[owner].id]
                assert not sent(client, event, houses[owner].host), "the same again"
    settle()
    unhandled = session.scalars(sa.select(Notice.kind).where(Notice.handled_at.is_(None)))
    assert unhandled.all() == []
    assert violations() == []


@pytest.mark.parametrize("kind", PLACES)
def test_of_names_that_contradict_each_other_the_first_counts(
    client: FlaskClient, session: Session, houses: dict[str, House], settle: Settle, kind: str
) -> None:
    type = next(each for each in NOTICE_TYPES if kind_of(each) == kind)
    names = list(PLACES[kind])
    for first, second in combinations(names, 2):
        for owner, other in (("A", "B"), ("B", "A")):
            event = told(type, **{first: houses[owner].names[first], second: houses[other].names[second]})
            sent(client, event, houses[other].host)
            assert owner_of(session, event) == houses[owner].id, (type, first, second)
    settle()
    assert violations() == []


def test_a_stripe_metadata_of_ours_that_is_no_payments_is_passed_over(
    client: FlaskClient, session: Session, houses: dict[str, House]
) -> None:
    event = told("payment_intent.succeeded", payment="of-another-shop", intent=houses["B"].names["intent"])
    sent(client, event, houses["A"].host)
    assert owner_of(session, event) == houses["B"].id


def everything_of(session: Session, client: FlaskClient, house: House) -> tuple[object, ...]:
    """What an organization has of money, and what its pages say."""
    with as_organization(house.id):
        pages = [
            words(client.get(f"/desk/c/cit-2027/{page}", base_url=house.host)) for page in ("money", "orders")
        ]
        rows = [
            session.scalar(sa.select(sa.func.count()).select_from(table))
            for table in (Case, Refund, Dispute, Payment)
        ]
        events = session.scalar(
            sa.select(sa.func.count(EventRow.id)).where(EventRow.organization_id == house.id)
        )
        return balances(), rows, events, pages


def what_happens(stripe: StripeStandIn, what: str, intent: str) -> None:
    if what == "a dispute":
        stripe.dispute(intent)
    else:
        stripe.refund_from_dashboard(intent, 2_000)


@pytest.mark.parametrize("what", ["a dispute", "a refund in the dashboard"])
@pytest.mark.parametrize(("owner", "other"), [("A", "B"), ("B", "A")])
@pytest.mark.parametrize("way", ["to the other's host", "in the other's daily look"])
def test_it_books_at_its_owner_and_shows_nothing_to_the_other(
    app: Flask,
    client: FlaskClient,
    session: Session,
    stripe: StripeStandIn,
    houses: dict[str, House],
    settle: Settle,
    what: str,
    owner: str,
    other: str,
    way: str,
) -> None:
    """As Stripe itself tells it, whole."""
    mine, theirs = houses[owner], houses[other]
    with as_organization(theirs.id):
        desk = staff_at(app, theirs)
    before = everything_of(session, desk, theirs)
    known = {each["id"] for each in stripe.record()["events"]}
    what_happens(stripe, what, mine.names["intent"])
    if way == "to the other's host":
        for event in stripe.record()["events"]:
            if event["id"] not in known:
                sent(client, event, theirs.host)
    else:
        with as_organization(theirs.id), transaction():
            notices.reconcile(now().replace(year=2020), processor())
    settle()
    owners = session.execute(sa.select(Notice.organization_id, Notice.handled_at.is_(None))).all()
    assert {row[1] for row in owners} == {False}
    if way == "to the other's host":
        assert {row[0] for row in owners} == {mine.id}
    with as_organization(mine.id):
        took = {"a dispute": [0, 10_000], "a refund in the dashboard": [2_000, 0]}[what]
        returned = sum(
            session.scalars(sa.select(Refund.amount).where(Refund.reason == RefundReason.PROCESSOR))
        )
        assert [returned, sum(session.scalars(sa.select(Dispute.withdrawn)))] == took
    after = everything_of(session, desk, theirs)
    if way == "to the other's host":
        assert after == before
    else:
        assert (after[0], after[1], after[3]) == (before[0], before[1], before[3])
    assert violations() == []


def staff_at(app: Flask, house: House) -> FlaskClient:
    """The browser of somebody who keeps its money, at its host."""
    person_id = a_person("Fin Ance")
    with transaction():
        people.grant(person_id, Role.FINANCE)
        entered = sign_in.enter(person_id, Proof.LINK)
    browser = app.test_client()
    with browser.session_transaction(base_url=house.host) as cookie:
        cookie[identity.KEY] = entered.public_id
    return browser


# ---------- what is nobody's ----------


@pytest.mark.parametrize("host", ["A", "B"])
def test_what_no_organization_knows_is_one_case_of_nobody(
    app: Flask, client: FlaskClient, session: Session, houses: dict[str, House], settle: Settle, host: str
) -> None:
    with as_organization(houses[host].id):
        desk = staff_at(app, houses[host])
    before = everything_of(session, desk, houses[host])
    made = [
        told("charge.dispute.created", intent="pi_unknown", charge="ch_unknown", dispute="dp_unknown"),
        told("charge.dispute.funds_withdrawn", intent="pi_unknown", dispute="dp_unknown"),
        told("charge.refunded", payment="unknown", intent="pi_unknown", charge="ch_unknown"),
        told("refund.created", charge="ch_other", refund="re_unknown"),
    ]
    for event in made:
        assert [sent(client, event, houses[host].host) for _ in range(3)] == [True, False, False]
        assert owner_of(session, event) is None
    assert settle() == 0
    assert [(each.about, each.kinds) for each in notices.unowned()] == [
        ("ch_other", ["refund.created"]),
        ("pi_unknown", ["charge.dispute.created", "charge.dispute.funds_withdrawn", "charge.refunded"]),
    ]
    assert everything_of(session, desk, houses[host]) == before
    assert violations() == [], "it may come to belong to somebody in a moment"
    session.execute(sa.update(Notice).values(stored_at=now() - timedelta(minutes=3)))
    assert sorted((each.code, each.row["about"], each.row["notices"]) for each in violations()) == [
        ("E7", "ch_other", 1),
        ("E7", "pi_unknown", 3),
    ]


@pytest.mark.parametrize("type", NOTICE_TYPES)
def test_every_kind_may_be_nobodys(
    client: FlaskClient, session: Session, houses: dict[str, House], settle: Settle, type: str
) -> None:
    names = {name: f"{name}_unknown" for name in PLACES[kind_of(type)]}
    sent(client, event := told(type, **names), houses["B"].host)
    assert (owner_of(session, event), settle(), len(notices.unowned())) == (None, 0, 1)


def test_what_is_never_about_a_payment_waits_for_nobody(
    client: FlaskClient, session: Session, houses: dict[str, House], settle: Settle
) -> None:
    """A payout, say, where the webhook was told to send everything."""
    event = told("refund.created") | {"type": "payout.paid"}
    event["data"]["object"] = {"id": "po_1", "object": "payout", "amount": 100}
    sent(client, event, houses["A"].host)
    assert (owner_of(session, event), settle(), notices.unowned()) == (None, 0, [])
    session.execute(sa.update(Notice).values(stored_at=now() - timedelta(minutes=3)))
    assert violations() == []


def test_one_that_came_before_its_payment_was_known_is_handed_on(
    client: FlaskClient,
    session: Session,
    stripe: StripeStandIn,
    organization: Organization,
    settle: Settle,
) -> None:
    """Paid and disputed while nobody here had asked yet: the dispute names an intent that we do not know."""
    conference = a_conference()
    placed = an_order(conference, a_ticket_type(conference, amount=10_000))
    stripe.pay(to_pay(client, placed))
    stripe.dispute(str(stripe.record()["payment_intents"][0]["id"]))
    events = stripe.record()["events"]
    early = [each for each in events if each["type"].startswith("charge.dispute.")]
    for event in early:
        sent(client, event, "http://localhost")
    settle()
    assert [owner_of(session, each) for each in early] == [None] * len(early)
    for event in events:
        if event["type"] == "checkout.session.completed":
            sent(client, event, "http://localhost")
    settle()
    assert [owner_of(session, each) for each in early] == [organization.id] * len(early)
    assert [tuple(row) for row in session.execute(sa.select(Dispute.withdrawn))] == [(10_000,)]
    assert (notices.unowned(), violations()) == ([], [])


def test_the_clock_hands_on_what_is_known_by_another_way(
    client: FlaskClient, session: Session, houses: dict[str, House], settle: Settle
) -> None:
    sent(client, event := told("refund.created", refund="re_soon"), houses["B"].host)
    assert owner_of(session, event) is None
    with as_organization(houses["A"].id), transaction():
        session.scalars(sa.select(Refund)).one().processor_id = "re_soon"
    with transaction():
        hand_on_notices(now())
    assert (owner_of(session, event), emitted(session, event)) == (houses["A"].id, [houses["A"].id])
    with transaction():
        hand_on_notices(now())
    assert emitted(session, event) == [houses["A"].id]


def test_a_person_says_what_it_is(
    app: Flask, client: FlaskClient, session: Session, organization: Organization, stripe: StripeStandIn
) -> None:
    runner = app.test_cli_runner()
    assert "Every notice belongs to somebody." in runner.invoke(args=["notices", "list"]).output
    sent(client, told("charge.refunded", intent="pi_shop", charge="ch_shop"), "http://localhost")
    sent(client, told("charge.dispute.created", intent="pi_shop"), "http://localhost")
    listed = runner.invoke(args=["notices", "list"]).output
    assert re.fullmatch(
        r"pi_shop  \d{4}-\d\d-\d\d \d\d:\d\d UTC  charge.dispute.created, charge.refunded\n", listed
    )
    for args, said in (
        (["pi_shop", "--words", "  "], "Error: --words: say what it is.\n"),
        (
            ["pi_none", "--words", "x"],
            "Error: Nothing waits under the name pi_none. `flask notices list` has those that do.\n",
        ),
        (["pi_shop", "--words", "The book shop uses this account, too"], "pi_shop is settled.\n"),
    ):
        assert runner.invoke(args=["notices", "dismiss", *args]).output == said
    assert notices.unowned() == []
    session.expire_all()
    assert session.scalars(sa.select(Notice.decision)).all() == ["The book shop uses this account, too"] * 2
    session.execute(sa.update(Notice).values(stored_at=now() - timedelta(minutes=3)))
    assert violations() == []
