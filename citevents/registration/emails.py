"""Letters about orders and places. Called by reactions; each is sent once per cause."""

from __future__ import annotations

from collections.abc import Callable

from citevents.conferences import queries as conferences
from citevents.conferences.queries import ConferenceView
from citevents.core.clock import now
from citevents.core.links import absolute, link_to, path_to
from citevents.core.mail import Attachment, post
from citevents.core.money import Money
from citevents.people import queries as people
from citevents.people.services import sign_in_path
from citevents.registration import queries, ticket_pdf
from citevents.registration.models import EndedBy
from citevents.registration.queries import OrderView, PlaceView, RegistrationView

#: The calendar entries that change with one registration, in a language; the calendars slice makes them, a floor above.
Invite = Callable[[RegistrationView, str], list[Attachment]]


def order_page(order: OrderView, conference: ConferenceView) -> str:
    """The path of an order's page."""
    return path_to("registration.order", conference=conference.slug, order=order.public_id)


def _signing_in(person_id: int, path: str) -> str:
    return absolute(sign_in_path(person_id, path))


def recipients(order_id: int) -> list[int]:
    """Who gets an email about a confirmed order, the buyer first.

    Nobody for a conference that was cancelled meanwhile: the letter that says so is on its way. A free seat of a buyer who
    has one already is `already`'s to tell.
    """
    order = queries.order(order_id)
    buyer = people.person(order.person_id)
    live = _with_ticket(order)
    if not live or buyer.erased or conferences.by_id(order.conference_id).cancelled:
        return []
    guests = dict.fromkeys(place.person_id for place in live if place.person_id not in (None, buyer.id))
    there = people.people(guest for guest in guests if guest)
    return [buyer.id, *(guest for guest in guests if guest in there and not there[guest].erased)]


def _with_ticket(order: OrderView) -> list[PlaceView]:
    told = {
        place.id
        for place in order.places
        if place.contact_id == order.person_id and _has_another(order, place)
    }
    return [place for place in order.places if place.ticket and (order.total or place.id not in told)]


def confirmed(order_id: int, person_id: int, receipts: list[Attachment], invite: Invite) -> None:
    """Tickets, receipt and calendar entry to the buyer; to anybody else of the order their own ticket.

    One email to one of the `recipients`; none where they are none any more.
    """
    if person_id not in recipients(order_id):
        return
    order = queries.order(order_id)
    conference = conferences.by_id(order.conference_id)
    to = people.person(person_id)
    own = next((place for place in _with_ticket(order) if place.person_id == to.id), None)
    if to.id == order.person_id:
        _tickets(order, conference, _with_ticket(order), to, order.language, receipts, own, invite)
    elif own:
        _tickets(order, conference, [own], to, order.language, [], own, invite)


def _tickets(
    order: OrderView,
    conference: ConferenceView,
    places: list[PlaceView],
    to: people.PersonView,
    language: str,
    receipts: list[Attachment],
    own: PlaceView | None,
    invite: Invite,
) -> None:
    papers = [
        Attachment(
            name=f"ticket-{place.code}.pdf",
            content=ticket_pdf.pdf(conference, order, place, language),
            mimetype="application/pdf",
        )
        for place in places
    ]
    entries = invite(queries.registration(own.id), language) if own else []
    shown = path_to("registration.ticket", conference=conference.slug, ticket=places[0].ticket)
    buyer = to.id == order.person_id
    post(
        f"order.confirmed:{order.id}" if buyer else f"order.confirmed:{order.id}:{to.id}",
        "registration/confirmed",
        to=to.mail,
        name=to.greeting,
        language=language,
        person_id=to.id,
        attachments=[*papers, *receipts, *entries],
        conference=conference,
        order=order,
        receipt=bool(receipts),
        entry=bool(entries),
        agreed=order.agreed and buyer,
        url=_signing_in(to.id, shown),
        order_url=_signing_in(to.id, order_page(order, conference)) if buyer else "",
    )


def _has_another(order: OrderView, place: PlaceView) -> RegistrationView | None:
    """The confirmed seat beside which this one stands, where its address is that of somebody who has one."""
    if place.person_id is not None or place.contact_id is None:
        return None
    return queries.place_of(place.contact_id, order.conference_id)


def already(order_id: int) -> None:
    """Somebody registered the address of a person who has a seat: the truth, to them alone, and at most once a day."""
    order = queries.order(order_id)
    if order.state not in ("held", "awaiting_payment", "confirmed"):
        return
    for place in order.places:
        seat = _has_another(order, place)
        if seat is None or seat.person_id is None:
            continue
        conference, person = conferences.by_id(order.conference_id), people.person(seat.person_id)
        post(
            f"registration.already:{seat.id}:{now().date()}",
            "registration/already",
            to=person.mail,
            name=person.greeting,
            language=person.language,
            person_id=person.id,
            conference=conference,
            number=queries.number_of(seat.order_id),
            unpaid=bool(order.total),
            url=_signing_in(person.id, order_page(queries.order(seat.order_id), conference)),
            other_url=absolute(order_page(order, conference)),
        )
        return  # one email in one delivery


def hold_expired(order_id: int) -> None:
    """Nobody paid in time: how to try again. Not to somebody who has a place or a newer order by now."""
    order = queries.order(order_id)
    conference = conferences.by_id(order.conference_id)
    buyer = people.person(order.person_id)
    if conference.cancelled:
        return
    newer = [each for each in queries.of_person(order.person_id) if each.conference_id == conference.id]
    if buyer.erased or newer or order.state != "expired":
        return
    post(
        f"order.expired:{order.id}",
        "registration/hold_expired",
        to=buyer.mail,
        name=buyer.greeting,
        language=order.language,
        person_id=buyer.id,
        conference=conference,
        order=order,
        url=link_to("registration.register", conference=conference.slug, order=order.public_id),
    )


def event_off(order_id: int) -> None:
    """The event is cancelled, and with it an order that nobody had paid: to its buyer, who may be about to."""
    order = queries.order(order_id)
    conference, buyer = conferences.by_id(order.conference_id), people.person(order.person_id)
    if buyer.erased or not queries.ended_with_event(order, conference):
        return
    post(
        f"order.off:{order.id}",
        "registration/event_off",
        to=buyer.mail,
        name=buyer.greeting,
        language=order.language,
        person_id=buyer.id,
        conference=conference,
        order=order,
        note=conference.cancel_note,
        url=link_to("registration.event", conference=conference.slug),
    )


def cancelled(registration_id: int, refund: int, invite: Invite) -> None:
    """A registration is cancelled, by whom, what money goes back, and it leaves the calendar: one letter says it all."""
    registration = queries.registration(registration_id)
    order = queries.order(registration.order_id)
    person = people.person(registration.person_id or order.person_id)
    if person.erased:
        return
    entries = invite(registration, order.language)
    paid = Money(refund, order.total.currency) if refund and person.id == order.person_id else None
    _cancelled(f"registration.cancelled:{registration_id}", registration, order, person, paid, entries)


def cancelled_for(registration_id: int, refund: int) -> None:
    """The same to whoever bought it, where that is somebody else: they have the receipt, and get the money."""
    registration = queries.registration(registration_id)
    order = queries.order(registration.order_id)
    buyer = people.person(order.person_id)
    if buyer.erased or registration.person_id in (None, buyer.id):
        return
    paid = Money(refund, order.total.currency) if refund else None
    _cancelled(f"registration.cancelled:{registration_id}:{buyer.id}", registration, order, buyer, paid, [])


def _cancelled(
    key: str,
    registration: RegistrationView,
    order: OrderView,
    to: people.PersonView,
    refund: Money | None,
    entries: list[Attachment],
) -> None:
    conference = conferences.by_id(order.conference_id)
    own = registration.person_id in (None, to.id)
    post(
        key,
        "registration/cancelled",
        to=to.mail,
        name=to.greeting,
        language=order.language,
        person_id=to.id,
        attachments=entries,
        conference=conference,
        order=order,
        guest="" if own else registration.name,
        entry=bool(entries),
        refund=refund,
        note=registration.end_note or conference.cancel_note,
        by=(registration.ended_by or EndedBy.BUYER).value,
        url=link_to("registration.event", conference=conference.slug),
    )
