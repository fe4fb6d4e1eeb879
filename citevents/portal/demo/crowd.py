"""Who registered: people of forty countries, their orders, payments, tickets and favourites."""

from __future__ import annotations

import hashlib
from collections import Counter
from datetime import datetime, timedelta
from random import Random

import sqlalchemy as sa

from citevents.conferences.models import Conference, TicketType
from citevents.core.db import Organization, current_organization_id, session
from citevents.core.tokens import new_public_id
from citevents.payments.models import (
    Account,
    Entry,
    Invoice,
    InvoiceSeries,
    Payment,
    PaymentState,
    Posting,
)
from citevents.people import services as people
from citevents.people.services import Newcomer
from citevents.portal.demo import names
from citevents.portal.demo.bulk import insert
from citevents.portal.demo.conference import Fair
from citevents.registration import policy
from citevents.registration.models import (
    CheckIn,
    Order,
    OrderLine,
    OrderState,
    Places,
    Registration,
    RegistrationState,
    Ticket,
)
from citevents.scheduling.models import Favourite


def newcomers(rng: Random, count: int, first: int = 0) -> list[Newcomer]:
    """People who do not exist."""
    made = []
    for number in range(first, first + count):
        country = names.country_of(rng)
        name, call_name = names.a_name(rng, country)
        _, language, zone, *_rest = names.COUNTRIES[country]
        made.append(
            Newcomer(
                mail=names.address(number, country),
                name=name,
                call_name=call_name,
                country=country,
                agency=names.agency(rng, country),
                language=language,
                zone=zone,
            )
        )
    return made


def register(
    rng: Random,
    about: Conference,
    wishes: list[tuple[Newcomer, int, datetime, list[tuple[TicketType, str, int, list[int]]]]],
) -> list[int]:
    """Confirmed registrations as they came about; each wish is who, person id, when, and what at which price with its quotas."""
    orders, registrations, lines, tickets, taken = [], [], [], [], Counter[int]()
    for who, person_id, when, bought in wishes:
        amounts = [(net, net * kind.tax_basis_points // 10_000) for kind, _, net, _ in bought]
        net, tax = sum(n for n, _ in amounts), sum(t for _, t in amounts)
        orders.append(
            {
                "public_id": new_public_id(),
                "conference_id": about.id,
                "person_id": person_id,
                "state": OrderState.CONFIRMED,
                "form": new_public_id(),
                "fingerprint": "demo",
                "currency": about.currency,
                "net": net,
                "tax": tax,
                "total": net + tax,
                "terms": "2027-01",
                "language": who.language or "en",
                "placed_at": when,
                "began_at": when,
                "confirmed_at": when + timedelta(minutes=3),
            }
        )
    order_ids = insert(Order, orders)
    for order_id, order, (who, person_id, _when, bought) in zip(order_ids, orders, wishes, strict=True):
        registrations.append(
            {
                "conference_id": about.id,
                "order_id": order_id,
                "person_id": person_id,
                "ticket_type_id": bought[0][0].id,
                "state": RegistrationState.CONFIRMED,
                "name": who.name,
                "call_name": who.call_name,
                "agency": who.agency,
                "country": who.country,
                "mail": who.mail,
                "contact_id": person_id,
                "answers": {},
                "confirmed_at": order["confirmed_at"],
            }
        )
    registration_ids = insert(Registration, registrations)
    for registration_id, order_id, (_, _, when, bought) in zip(
        registration_ids, order_ids, wishes, strict=True
    ):
        for kind, step, net, quota_ids in bought:
            tax = net * kind.tax_basis_points // 10_000
            lines.append(
                {
                    "order_id": order_id,
                    "registration_id": registration_id,
                    "ticket_type_id": kind.id,
                    "name": kind.name,
                    "step": step,
                    "net": net,
                    "tax": tax,
                    "total": net + tax,
                    "tax_basis_points": kind.tax_basis_points,
                    "quota_ids": quota_ids,
                }
            )
            taken.update(quota_ids)
        public_id = new_public_id()
        tickets.append(
            {
                "registration_id": registration_id,
                "public_id": public_id,
                "code": policy.ticket_code(hashlib.sha256(public_id.encode()).digest()),
                "issued_at": when,
            }
        )
    insert(OrderLine, lines)
    insert(Ticket, tickets)
    for quota_id, count in taken.items():
        session().execute(
            sa.update(Places).where(Places.quota_id == quota_id).values(taken=Places.taken + count)
        )
    _pay(about, order_ids, orders, lines, [who for who, *_ in wishes])
    return registration_ids


def _pay(
    about: Conference,
    order_ids: list[int],
    orders: list[dict],  # type: ignore[type-arg]
    lines: list[dict],  # type: ignore[type-arg]
    buyers: list[Newcomer],
) -> None:
    """Payments of what cost something, with their bookings and invoices."""
    paid = [(order_id, order) for order_id, order in zip(order_ids, orders, strict=True) if order["total"]]
    payments = [
        {
            "public_id": new_public_id(),
            "order_id": order_id,
            "amount": order["total"],
            "currency": order["currency"],
            "state": PaymentState.SUCCEEDED,
            "intent_id": f"pi_sample_{order_id}",
            "opened_at": order["placed_at"],
            "settled_at": order["confirmed_at"],
        }
        for order_id, order in paid
    ]
    payment_ids = insert(Payment, payments)
    if not payment_ids:
        return
    session().execute(
        sa.text(
            """UPDATE "order" o SET payment_id = p.id FROM payment p
               WHERE p.organization_id = o.organization_id AND p.order_id = o.id AND o.payment_id IS NULL
                 AND o.organization_id = :organization_id"""
        ),
        {"organization_id": current_organization_id()},
    )
    postings, entries = [], []
    for payment_id, payment, (order_id, order) in zip(payment_ids, payments, paid, strict=True):
        postings += [
            {
                "cause": f"payment:{payment['public_id']}",
                "payment_id": payment_id,
                "posted_at": order["confirmed_at"],
            },
            {"cause": f"order:{order_id}", "payment_id": payment_id, "posted_at": order["confirmed_at"]},
        ]
    posting_ids = insert(Posting, postings)
    for place, (_, order) in enumerate(paid):
        received, earned = posting_ids[2 * place], posting_ids[2 * place + 1]
        entries += [
            (received, Account.PROCESSOR, order["total"]),
            (received, Account.BUYERS, -order["total"]),
            (earned, Account.BUYERS, order["total"]),
            (earned, Account.SALES, -order["net"]),
            (earned, Account.TAX, -order["tax"]),
        ]
    currency = paid[0][1]["currency"]
    insert(
        Entry,
        [
            {"posting_id": posting_id, "account": account, "amount": amount, "currency": currency}
            for posting_id, account, amount in entries
            if amount
        ],
    )
    _invoice(about, payment_ids, paid, lines, dict(zip(order_ids, buyers, strict=True)))


def _invoice(
    about: Conference,
    payment_ids: list[int],
    paid: list[tuple[int, dict]],  # type: ignore[type-arg]
    lines: list[dict],  # type: ignore[type-arg]
    buyers: dict[int, Newcomer],
) -> None:
    seller = session().get_one(Organization, current_organization_id())
    by_order: dict[int, list[dict]] = {}  # type: ignore[type-arg]
    for line in lines:
        by_order.setdefault(line["order_id"], []).append(line)
    counters: Counter[str] = Counter()
    rows = []
    for payment_id, (order_id, order) in sorted(
        zip(payment_ids, paid, strict=True), key=lambda pair: pair[1][1]["confirmed_at"]
    ):
        series = str(order["confirmed_at"].year)
        counters[series] += 1
        rows.append(
            {
                "public_id": new_public_id(),
                "series": series,
                "number": counters[series],
                "order_id": order_id,
                "payment_id": payment_id,
                "issued_at": order["confirmed_at"],
                "seller_name": seller.name,
                "seller_mail": seller.mail,
                "buyer_name": buyers[order_id].name,
                "buyer_agency": buyers[order_id].agency,
                "buyer_country": buyers[order_id].country,
                "subject": about.name,
                "currency": order["currency"],
                "net": order["net"],
                "tax": order["tax"],
                "total": order["total"],
                "lines": [
                    {key: line[key] for key in ("name", "net", "tax", "total", "tax_basis_points")}
                    for line in by_order[order_id]
                ],
            }
        )
    insert(Invoice, rows)
    insert(InvoiceSeries, [{"name": name, "last": last} for name, last in counters.items()])


def visitors(rng: Random, fair: Fair, people_ids: list[int], who: list[Newcomer], now: datetime) -> list[int]:
    """Register these people for the conference over the last months, more and more of them."""
    lunch, dispatch, receiving = (kind for kind in fair.add_ons[1:4])
    early_until = now - timedelta(days=30)
    left = {lunch.id: 536, dispatch.id: 17, receiving.id: 9}
    quotas = _quotas_of(fair)
    wishes = []
    for person_id, newcomer in zip(people_ids, who, strict=True):
        when = now - timedelta(days=110 * (1 - rng.random() ** 0.6), minutes=rng.randrange(1440))
        kind = rng.choices((fair.full, fair.community, fair.day, fair.add_ons[4]), (70, 16, 8, 6))[0]
        step, net = {
            fair.full.id: ("Early", 42_000) if when < early_until else ("Regular", 49_000),
            fair.community.id: ("", 18_000),
            fair.day.id: ("", 24_000),
            fair.add_ons[4].id: ("", 0),
        }[kind.id]
        bought = [(kind, step, net, quotas[kind.id])]
        for extra, price, chance in (
            (fair.add_ons[0], 0, 0.3),
            (lunch, 4_000, 0.45),
            (dispatch, 2_500, 0.02),
            (receiving, 2_500, 0.01),
        ):
            if rng.random() < chance and left.get(extra.id, 1) > 0:
                left[extra.id] = left.get(extra.id, 10**6) - 1
                bought.append((extra, "", price, quotas[extra.id]))
        wishes.append((newcomer, person_id, when, bought))
    wishes.sort(key=lambda wish: wish[2])
    register(rng, fair.conference, wishes)
    return [wish[1] for wish in wishes]


def _quotas_of(fair: Fair) -> dict[int, list[int]]:
    from citevents.conferences.models import QuotaUse

    found: dict[int, list[int]] = {
        kind.id: [] for kind in (fair.full, fair.community, fair.day, *fair.add_ons)
    }
    for use in session().scalars(sa.select(QuotaUse).where(QuotaUse.ticket_type_id.in_(found))):
        found[use.ticket_type_id].append(use.quota_id)
    return {kind: sorted(ids) for kind, ids in found.items()}


def favourites(rng: Random, fair: Fair, person_ids: list[int]) -> None:
    """About eight workshops each; a few are wanted by many."""
    popularity = [rng.paretovariate(1.3) for _ in fair.sessions]
    rows = []
    for person_id in person_ids:
        wanted = set(rng.choices(fair.sessions, popularity, k=rng.randint(3, 12)))
        rows += [
            {"session_id": session_id, "person_id": person_id, "conference_id": fair.conference.id}
            for session_id in sorted(wanted)
        ]
    insert(Favourite, rows)


def graduates(rng: Random, course: Conference, count: int, now: datetime) -> list[int]:
    """People who took the finished course and were checked in every one of them."""
    from citevents.conferences.models import QuotaUse

    kind = session().scalars(sa.select(TicketType).where(TicketType.conference_id == course.id)).one()
    quota_ids = list(
        session().scalars(sa.select(QuotaUse.quota_id).where(QuotaUse.ticket_type_id == kind.id))
    )
    who = newcomers(rng, count, first=5000)
    ids = people.find_or_make_all(who)
    opened = course.registration_opens_at or now
    wishes = [
        (newcomer, person_id, opened + timedelta(days=rng.random() * 60), [(kind, "", 0, quota_ids)])
        for newcomer, person_id in zip(who, ids, strict=True)
    ]
    wishes.sort(key=lambda wish: wish[2])
    registration_ids = register(rng, course, wishes)
    insert(
        CheckIn,
        [
            {
                "conference_id": course.id,
                "registration_id": registration_id,
                "at": (course.ended_at or now) - timedelta(days=4, hours=15, minutes=rng.randrange(30)),
            }
            for registration_id in registration_ids
        ],
    )
    return [wish[1] for wish in wishes]
