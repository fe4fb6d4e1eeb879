"""Pages of an order and its tickets, for whoever holds the link."""

from __future__ import annotations

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from citevents.conferences import queries as conferences
from citevents.conferences.queries import ConferenceView
from citevents.core import jobs
from citevents.core.access import by_link
from citevents.core.clock import now
from citevents.core.db import transaction
from citevents.core.errors import DomainError, NotYours
from citevents.core.money import Money, format_money
from citevents.documents.pdf import qr_svg
from citevents.locale.languages import current_language
from citevents.locale.languages import gettext as _
from citevents.registration import queries, returns, services
from citevents.registration import ticket_pdf as paper
from citevents.registration.blueprint import registration
from citevents.registration.models import OrderState, RegistrationState
from citevents.registration.order_pages.forms import DetailsForm


@registration.get("/orders/<order>")
@registration.get("/c/<slug:conference>/orders/<order>")
@by_link
def order(order: str, conference: str | None = None) -> ResponseReturnValue:
    """An order: to check and pay while it is held, to use when it is confirmed.

    Pages that do not know the conference link to the short address.
    """
    if conference is None:
        conference_id = queries.conference_of_order(order)
        if conference_id is None:
            raise NotYours()
        slug = conferences.by_id(conference_id).slug
        return redirect(url_for("registration.order", conference=slug, order=order), 303)
    about = conferences.public_by_slug(conference)
    found = queries.order_at(about.id, order)
    page = {
        OrderState.HELD: "check",
        OrderState.AWAITING_PAYMENT: "check",
        OrderState.CONFIRMED: "confirmed",
    }.get(found.state, "over")
    if about.cancelled or (page == "check" and found.expires_at and found.expires_at <= now()):
        page = "over"
    return render_template(
        f"registration/order_{page}.html",
        conference=about,
        order=found,
        lines=[
            (f"{line.name}, {line.step}" if line.step else line.name, Money(line.net, found.net.currency))
            for line in found.lines
        ],
        answers=queries.answers(about, found),
        # While it is being checked it is shown; later the link may have gone further than the buyer.
        mail=found.places[0].mail if page == "check" else "",
        refund=returns.of_order(found, about, now()),
        paid=returns.paid_for(found.id) if found.total else None,
        spaced=paper.spaced,
        refused=jobs.refused_about(found.id),
    )


@registration.post("/c/<slug:conference>/orders/<order>/pay")
@by_link
def pay(conference: str, order: str) -> ResponseReturnValue:
    """On to the payment page, with the places kept until it is done."""
    about = conferences.public_by_slug(conference)
    found = queries.order_at(about.id, order)
    try:
        with transaction():
            services.go_to_pay(found.id, now())
    except DomainError as refusal:
        flash(refusal.sentence, "error")
        return redirect(url_for("registration.order", conference=about.slug, order=order), 303)
    return redirect(url_for("payments.checkout", order=order), 303)


@registration.route("/c/<slug:conference>/orders/<order>/details", methods=["GET", "POST"])
@by_link
def details(conference: str, order: str) -> ResponseReturnValue:
    """Put a name right: certificate, badge and ticket follow."""
    about = conferences.public_by_slug(conference)
    found = queries.order_at(about.id, order)
    place = next((each for each in found.places if each.state is RegistrationState.CONFIRMED), None)
    if about.cancelled:
        return redirect(url_for("registration.order", conference=about.slug, order=order), 303)
    if place is None or about.ended_at:
        raise NotYours()
    form = DetailsForm(obj=place)
    if form.validate_on_submit():
        with transaction():
            services.correct(
                place.id,
                name=form.name.data or "",
                call_name=form.call_name.data or "",
                agency=form.agency.data or "",
            )
        flash(_("Your details are corrected, on the ticket too."), "success")
        return redirect(url_for("registration.order", conference=about.slug, order=order), 303)
    page = render_template("registration/details.html", conference=about, order=found, form=form)
    return Response(page, 422 if form.is_submitted() else 200)


@registration.route("/c/<slug:conference>/orders/<order>/cancel", methods=["GET", "POST"])
@by_link
def cancel(conference: str, order: str) -> ResponseReturnValue:
    """Give the places back: asks once, naming what goes back."""
    about = conferences.public_by_slug(conference)
    found = queries.order_at(about.id, order)
    here = url_for("registration.order", conference=about.slug, order=order)
    if request.method == "POST" and not about.cancelled:
        again = url_for("registration.cancel", conference=about.slug, order=order)
        # Paid while the question was on the screen: it is another question now.
        if request.args.get("was", found.state) != found.state:
            return redirect(again, 303)
        back = 0
        try:
            with transaction():
                if not found.keeps:
                    back = services.cancel(found.id, now())
                elif not services.give_up(found.id, now()):
                    return redirect(again, 303)
            flash(_cancelled(back, found.total.currency), "success")
        except DomainError as refusal:
            flash(refusal.sentence, "error")
        return redirect(here, 303)
    if about.cancelled or (not found.keeps and found.state is not OrderState.CONFIRMED):
        return redirect(here, 303)
    return render_template(
        "registration/cancel.html",
        conference=about,
        order=found,
        back=here,
        refund=returns.of_order(found, about, now()),
        stands=returns.standing(found.payment_id),
    )


def _cancelled(back: int, currency: str) -> str:
    if back:
        amount = format_money(Money(back, currency))
        return str(
            _(
                "Your registration is cancelled. %(amount)s is refunded to the card you paid with.",
                amount=amount,
            )
        )
    return str(_("Your registration is cancelled."))


@registration.get("/c/<slug:conference>/tickets/<ticket>")
@by_link
def ticket(conference: str, ticket: str) -> ResponseReturnValue:
    """A ticket to show at the desk, on paper or screen; or that it is not valid any more."""
    about = conferences.public_by_slug(conference)
    order, place, valid = _ticket(about, ticket)
    if not valid:
        return render_template("registration/ticket_void.html", conference=about, order=order, place=place)
    return render_template(
        "registration/ticket.html",
        conference=about,
        order=order,
        place=place,
        rows=paper.rows(about, order, place),
        code=paper.spaced(place.code or ""),
        qr=qr_svg(paper.address(about, ticket)),
        ticket=ticket,
    )


@registration.get("/c/<slug:conference>/tickets/<ticket>.pdf")
@by_link
def ticket_pdf(conference: str, ticket: str) -> ResponseReturnValue:
    """The same on one sheet."""
    about = conferences.public_by_slug(conference)
    order, place, valid = _ticket(about, ticket)
    if not valid:
        return redirect(url_for("registration.ticket", conference=about.slug, ticket=ticket), 303)
    return Response(
        paper.pdf(about, order, place, current_language()),
        mimetype="application/pdf",
        headers={
            "Content-Disposition": 'inline; filename="ticket.pdf"',
            "Cache-Control": "private, no-store",
        },
    )


def _ticket(about: ConferenceView, public_id: str) -> tuple[queries.OrderView, queries.PlaceView, bool]:
    """The order and the place of a ticket of this conference, and whether it lets in; NotYours where there is none."""
    found = queries.find_ticket(public_id)
    if found is None or found[1].conference_id != about.id:
        raise NotYours()
    order = queries.order(found[1].order_id)
    place = next(place for place in order.places if place.id == found[1].id)
    return order, place, not found[0].voided_at and not about.cancelled
