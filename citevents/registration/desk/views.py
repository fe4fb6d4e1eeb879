"""Desk pages of registration: orders, their figures, what people need, check-in."""

from __future__ import annotations

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from citevents.conferences import queries as conferences
from citevents.conferences.catalog import catalog
from citevents.conferences.queries import ConferenceView
from citevents.core import audit, jobs
from citevents.core.access import Role, allowed, who
from citevents.core.clock import now
from citevents.core.db import transaction
from citevents.core.errors import DomainError
from citevents.core.money import Money
from citevents.documents.csv_export import download
from citevents.locale.languages import gettext as _
from citevents.locale.languages import lazy_gettext as _l
from citevents.people import queries as people
from citevents.registration import check_in as arrivals
from citevents.registration import queries, returns, services, ticket_pdf
from citevents.registration.blueprint import registration
from citevents.registration.desk import queries as desk
from citevents.registration.desk.forms import CancelForm
from citevents.registration.desk.sales_curve import growth
from citevents.registration.models import EndedBy, OrderState

#: Whose act ended a registration.
ENDED_BY = {
    EndedBy.BUYER: _l("Cancelled by the buyer"),
    EndedBy.ORGANIZERS: _l("Cancelled by the organizers"),
    EndedBy.EVENT: _l("Cancelled with the event"),
    EndedBy.REFUND: _l("Cancelled because all the money went back"),
}
STATES = {
    OrderState.HELD: (_l("Held"), "info"),
    OrderState.AWAITING_PAYMENT: (_l("Paying"), "info"),
    OrderState.CONFIRMED: (_l("Confirmed"), "good"),
    OrderState.EXPIRED: (_l("Expired"), ""),
    OrderState.CANCELLED: (_l("Cancelled"), "warn"),
}


def _state() -> OrderState | None:
    asked = request.args.get("state", "")
    return OrderState(asked) if asked in set(OrderState) else None


def _text() -> str:
    return request.args.get("q", "").replace("\0", "").strip()[:200]


@registration.get("/desk/c/<slug:conference>/orders")
@allowed(Role.ORGANIZER, Role.FINANCE, Role.CHECK_IN)
def orders(conference: str) -> ResponseReturnValue:
    """Orders to search and filter, with the curve of places."""
    about = conferences.by_slug(conference)
    page = request.args.get("page", 1, type=int)
    return render_template(
        "registration/desk/orders.html",
        conference=about,
        listing=desk.orders(about.id, text=_text(), state=_state(), page=page),
        counts=desk.states(about.id),
        states=STATES,
        text=_text(),
        state=_state(),
        **growth(about),
    )


@registration.get("/desk/c/<slug:conference>/orders.csv")
@allowed(Role.ORGANIZER, Role.FINANCE)
def orders_csv(conference: str) -> ResponseReturnValue:
    """The orders of the list as a table for a spreadsheet; text stays text. Nothing sensitive is in it."""
    about = conferences.by_slug(conference)
    rows = list(desk.all_orders(about.id, text=_text(), state=_state()))
    mails = people.people(row.person_id for row in rows)
    with transaction():
        audit.record("export", "conference", about.id, what="orders", rows=len(rows))
    return download(
        f"{about.slug}-orders",
        ["order", "state", "name", "agency", "country", "places", "currency", "total", "placed_at", "mail"],
        (
            [
                queries.number_of(row.id),
                row.state.value,
                row.name,
                row.agency,
                row.country,
                row.places,
                row.total.currency,
                row.total.amount,
                row.placed_at.isoformat(timespec="seconds"),
                mails[row.person_id].mail if row.person_id in mails else "",
            ]
            for row in rows
        ),
    )


@registration.get("/desk/c/<slug:conference>/orders/<order>")
@allowed(Role.ORGANIZER, Role.FINANCE, Role.CHECK_IN)
def desk_order(conference: str, order: str) -> ResponseReturnValue:
    """One order with its people, lines and history."""
    about = conferences.by_slug(conference)
    found = queries.order_at(about.id, order)
    return render_template(
        "registration/desk/order.html",
        conference=about,
        order=found,
        buyer=people.person(found.person_id),
        lines=[(line.name, Money(line.net, found.net.currency)) for line in found.lines],
        history=desk.history(found.id),
        refused=people.people(job.person_id for job in jobs.refused_about(found.id) if job.person_id),
        may_correct=who().may(Role.ORGANIZER),
        states=STATES,
        ended_by=ENDED_BY,
        spaced=ticket_pdf.spaced,
        may_cancel=who().may(Role.ORGANIZER, conference_id=about.id),
    )


@registration.route("/desk/c/<slug:conference>/orders/<order>/cancel", methods=["GET", "POST"])
@allowed(Role.ORGANIZER)
def desk_cancel(conference: str, order: str) -> ResponseReturnValue:
    """The house cancels an order: asks once, gives everything back."""
    about = conferences.by_slug(conference)
    found = queries.order_at(about.id, order)
    back = url_for("registration.desk_order", conference=about.slug, order=order)
    form = CancelForm()
    if form.validate_on_submit():
        try:
            with transaction():
                services.cancel(found.id, now(), by_house=True, note=form.note.data or "")
            flash(
                _("The order is cancelled. Whoever loses a registration by it is told by email."), "success"
            )
        except DomainError as refusal:
            flash(refusal.sentence, "error")
        return redirect(back, 303)
    live = [place for place in found.places if place.ticket]
    page = render_template(
        "registration/desk/cancel.html",
        conference=about,
        order=found,
        form=form,
        back=back,
        refund=returns.of_order(found, about, now(), by_house=True),
        stands=returns.standing(found.payment_id),
        places=len(live),
        told=len({found.person_id, *(place.person_id for place in live if place.person_id)}),
    )
    return Response(page, 422 if form.errors else 200)


@registration.get("/desk/c/<slug:conference>/needs")
@allowed(Role.ORGANIZER)
def needs(conference: str) -> ResponseReturnValue:
    """What people need, for those who arrange it. Looking is remembered."""
    about = conferences.by_slug(conference)
    with transaction():
        audit.record("read", "sensitive_answers", about.id)
    given = desk.needs(about.id)
    return render_template(
        "registration/desk/needs.html",
        conference=about,
        asked=[
            (
                question,
                [
                    (name, queries.in_words(question, answer))
                    for name, id, answer in given
                    if id == question.id
                ],
            )
            for question in catalog(about).questions
            if question.sensitive
        ],
    )


@registration.get("/desk/c/<slug:conference>/check-in")
@allowed(Role.CHECK_IN, Role.ORGANIZER)
def check_in(conference: str) -> ResponseReturnValue:
    """The check-in desk: scan or search, one big button each."""
    return _check_in_page(conferences.by_slug(conference))


def _check_in_page(about: ConferenceView, refusal: DomainError | None = None, status: int = 200) -> Response:
    text = _text()
    page = render_template(
        "registration/desk/check_in.html",
        conference=about,
        text=text,
        guests=desk.guests(about.id, text) if text else [],
        latest=desk.latest_arrivals(about.id),
        arrived=desk.arrived(about.id),
        expected=desk.expected(about.id),
        refusal=refusal,
        spaced=ticket_pdf.spaced,
    )
    return Response(page, status)


@registration.post("/desk/c/<slug:conference>/check-in")
@allowed(Role.CHECK_IN, Role.ORGANIZER)
def arrive(conference: str) -> ResponseReturnValue:
    """Somebody is there: by a scanned or typed code, or by the button beside a name."""
    about = conferences.by_slug(conference)
    code = request.form.get("code", "").replace("\0", "")[:500]
    chosen = request.form.get("registration", 0, type=int)
    try:
        with transaction():
            registration_id = chosen or arrivals.find(about.id, code)
            new = arrivals.check_in(about.id, registration_id, now(), who().person_id)
            if new:
                audit.record("check_in", "registration", registration_id)
    except DomainError as refusal:
        return _check_in_page(about, refusal, refusal.status)
    _say_arrived(about, registration_id, new)
    return redirect(url_for("registration.check_in", conference=about.slug), 303)


def _say_arrived(about: ConferenceView, registration_id: int, new: bool) -> None:
    guest = desk.guest(registration_id)
    if guest is None:
        return
    name = Markup("<bdi>{}</bdi>").format(guest.name)
    if not new:
        again = Markup(_("%(name)s was checked in already. Look at the ticket again."))  # noqa: S704 - our sentence
        flash(again % {"name": name}, "warning")
        return
    said = Markup(_("%(name)s is checked in.")) % {"name": name}  # noqa: S704 - our sentence
    undo = Markup(render_template("registration/desk/_undo.html", conference=about, guest=guest))  # noqa: S704 - our template
    flash(Markup("{} {}").format(said, undo), "success")


@registration.post("/desk/c/<slug:conference>/check-in/undo")
@allowed(Role.CHECK_IN, Role.ORGANIZER)
def undo_arrival(conference: str) -> ResponseReturnValue:
    """It was a mistake: the person is not there yet."""
    about = conferences.by_slug(conference)
    registration_id = request.form.get("registration", 0, type=int)
    with transaction():
        undone = arrivals.undo(about.id, registration_id, now())
        if undone:
            audit.record("undo_check_in", "registration", registration_id)
    if undone:
        flash(_("The check-in is undone."), "success")
    else:
        flash(_("There was nothing to undo."), "warning")
    return redirect(url_for("registration.check_in", conference=about.slug), 303)
