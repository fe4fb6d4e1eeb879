"""Pages everybody sees: the conference, the form, the order and its tickets by link. Desk pages are in desk/."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any

from flask import Response, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import OperationalError

from citevents.conferences import queries as conferences
from citevents.conferences.catalog import Catalog, catalog
from citevents.conferences.queries import ConferenceView
from citevents.config import Settings
from citevents.core import access, chargeable, rate_limits
from citevents.core.access import Role, public
from citevents.core.clock import now
from citevents.core.db import transaction
from citevents.core.errors import DomainError
from citevents.core.money import Money
from citevents.core.tokens import keyed, new_public_id
from citevents.locale.countries import where
from citevents.locale.languages import current_language, reader_zone
from citevents.people import queries as people
from citevents.registration import form_drafts, page_cache, policy, queries, services
from citevents.registration.blueprint import registration
from citevents.registration.desk import views as desk_views
from citevents.registration.errors import AddOnFull, AlreadyRegistered, SoldOut
from citevents.registration.forms import RegisterForm, register_form
from citevents.registration.offer import Offer, price_steps
from citevents.registration.order_pages import views as ordering_views
from citevents.registration.order_request import Placed, Wish
from citevents.web.answers import refuse

__all__ = ["desk_views", "ordering_views", "registration"]


def offer_of(conference: ConferenceView, at: datetime, instead: str = "") -> Offer:
    """What everybody is offered at this moment; and what an unpaid order of this public id keeps, to whoever changes it."""
    seen = catalog(conference)
    counted = [ticket.id for ticket in seen.tickets if ticket.counted]
    places, sold = queries.places(conference.id), queries.sold(counted)
    if instead:
        kept = queries.kept_by(conference.id, instead, at)
        places = {id: replace(each, taken=each.taken - kept.places[id]) for id, each in places.items()}
        sold = {id: n - kept.sales[id] for id, n in sold.items()}
    return Offer(seen, at, places, sold)


@registration.get("/c/<slug:conference>")
@public
def event(conference: str) -> ResponseReturnValue:
    """The public page of a conference."""
    about = conferences.public_by_slug(conference)
    offer = cache(lambda: offer_of(about, now()))  # not asked for while a kept page is fresh

    def render() -> tuple[str, datetime]:
        return _event_page(offer()), offer().until()

    if not page_cache.shareable():
        return render()[0]
    return page_cache.page("event", about, lambda: tuple(offer().places.items()), render)


def _event_page(offer: Offer) -> str:
    about = offer.catalog.conference
    venue = about.at or where(about.country) or (0.0, 20.0)
    coming = queries.countries(about.id)
    return render_template(
        "registration/event.html",
        conference=about,
        offer=offer,
        steps=price_steps(offer),
        places=queries.places(about.id, held=True),
        venue=venue,
        coming=coming,
        origins=[place for code in coming if (place := where(code))],
        sections=page_cache.sections(about),
        agenda_url=_agenda(about),
        mine=_mine(about),
    )


def _agenda(about: ConferenceView) -> str | None:
    """The agenda stands a floor above; its link is shown once that floor is built."""
    if "scheduling.agenda" not in current_app.view_functions:
        return None
    return url_for("scheduling.agenda", conference=about.slug)


def _mine(about: ConferenceView) -> queries.RegistrationView | None:
    identity = access.current()
    return queries.place_of(identity.person_id, about.id) if identity else None


@registration.get("/c/<slug:conference>/register")
@public
def register(conference: str) -> ResponseReturnValue:
    """One page to choose and fill in."""
    about = conferences.public_by_slug(conference)
    offer = cache(lambda: offer_of(about, now(), request.args.get("order", "")))
    token = new_public_id()

    def render() -> tuple[str, datetime]:
        return _form_page(offer(), _blank(offer(), token)), offer().until()

    if not page_cache.shareable():
        return render()[0]
    return page_cache.page("register", about, lambda: offer().shown(), render, form=token)


def _blank(offer: Offer, token: str) -> RegisterForm:
    """A fresh form, filled with what is known: an order to change, what was typed here before, who is signed in."""
    known = _known(offer) | {"form": token}
    open_tickets = [choice.ticket.public_id for choice in offer.tickets if choice.open]
    if known.get("ticket") not in open_tickets:
        known["ticket"] = open_tickets[0] if open_tickets else ""
    known.setdefault("country", "")
    form = register_form(offer.catalog.questions)(formdata=None, data=known)
    form.instead.data = request.args.get("order", "") if known.get("of_order") else ""
    return form


def _known(offer: Offer) -> dict[str, Any]:
    about = offer.catalog.conference
    earlier = request.args.get("order")
    if earlier:
        return queries.typed_of(about.id, earlier)
    typed = form_drafts.find(about.id, now())
    identity = access.current()
    if typed or identity is None:
        return dict(typed)
    person = people.person(identity.person_id)
    return {
        "name": person.name,
        "call_name": person.call_name if person.call_name != person.name else "",
        "mail": person.mail,
        "agency": person.agency,
        "country": person.country,
    }


@registration.post("/c/<slug:conference>/register")
@public
def send(conference: str) -> ResponseReturnValue:
    """Place the order: to its confirmation where it is free, to its check page where it is to be paid."""
    about = conferences.public_by_slug(conference)
    seen = catalog(about)
    form = register_form(seen.questions)()
    if "update" in request.form:
        return _updated(seen, form)
    if form.validate():
        try:
            placed = _submit(seen, _wish(form, seen))
            return redirect(url_for("registration.order", conference=about.slug, order=placed.public_id), 303)
        except AlreadyRegistered as known:
            flash(known.sentence, "info")
            return redirect(
                url_for("registration.order", conference=about.slug, order=known.values["order"]), 303
            )
        except DomainError as refusal:
            refuse(form, refusal)
    return _again(seen, form, 422)


def _submit(seen: Catalog, wish: Wish) -> Placed:
    """Place the order. Each try counts against its caller, whatever comes of it and whose address it names."""
    try:
        try:
            return _place(seen, wish)
        except (SoldOut, AddOnFull):
            with transaction():
                began_at = services.let_go(seen, wish, now())
            if began_at is None:
                raise
            return _place(seen, wish, began_at)
    except rate_limits.TooOften:
        raise
    except DomainError:
        with suppress(rate_limits.TooOften), transaction():  # the count went with the order
            _count_try(wish)
        raise


def _place(seen: Catalog, wish: Wish, began_at: datetime | None = None) -> Placed:
    settings: Settings = current_app.config["SETTINGS"]
    share = policy.Share(orders=settings.unpaid_per_caller, percent=settings.share_per_caller)
    with transaction():
        _count_try(wish)
        placed = services.place(seen, wish, now(), began_at=began_at, share=share)
        form_drafts.drop()
    return placed


def _count_try(wish: Wish) -> None:
    """Orders of one caller take turns here, so that what it keeps is counted right."""
    if wish.caller:
        rate_limits.limit("register", wish.caller, current_app.config["SETTINGS"].unpaid_per_caller)


def _caller(about: ConferenceView) -> str:
    """Keyed name of the network that asks; "" for the desk, which may register as many as stand there."""
    identity = access.current()
    if identity and identity.may(Role.ORGANIZER, Role.CHECK_IN, conference_id=about.id):
        return ""
    return keyed("caller", rate_limits.caller())


def _browser() -> str:
    """Keyed name of this browser, as long as it keeps its cookie."""
    seed = page_cache.csrf_seed()
    return keyed("browser", seed) if seed else ""


def _updated(seen: Catalog, form: RegisterForm) -> ResponseReturnValue:
    """The form as it stands, with its total; for htmx only the order. What was typed is kept."""
    if "HX-Request" not in request.headers:
        return _again(seen, form, 200)
    _keep_draft(seen, form)
    return render_template(
        "registration/_summary.html",
        **_totals(offer_of(seen.conference, now(), form.instead.data or ""), form),
    )


def _again(seen: Catalog, form: RegisterForm, status: int) -> ResponseReturnValue:
    _keep_draft(seen, form)
    form.form.data = _token(form)
    return Response(_form_page(offer_of(seen.conference, now(), form.instead.data or ""), form), status)


def _keep_draft(seen: Catalog, form: RegisterForm) -> None:
    """A comfort: whoever keeps too many, or a database that takes nothing, costs nobody the page."""
    with suppress(rate_limits.TooOften, OperationalError), transaction():
        form_drafts.keep(seen.conference.id, form.typed(seen.by_public_id), now())


def _token(form: RegisterForm) -> str:
    sent = form.form.data or ""
    return sent if len(sent) == 22 else new_public_id()


def _wish(form: RegisterForm, seen: Catalog) -> Wish:
    identity = access.current()
    shown = form.shown_total.data or ""
    return Wish(
        form=_token(form),
        instead=form.instead.data or "",
        ticket=form.ticket.data or "",
        add_ons=tuple(form.add_ons.data or ()),
        name=form.name.data or "",
        mail=form.mail.data or "",
        call_name=form.call_name.data or "",
        agency=form.agency.data or "",
        country=form.country.data or "",
        answers=form.answers(sensitive=False),
        sensitive=form.answers(sensitive=True),
        news=bool(form.news.data),
        follow_up=bool(form.follow_up.data),
        terms=policy.TERMS,
        language=current_language(),
        zone=reader_zone(),
        shown_total=int(shown) if shown.isdecimal() and len(shown) < 16 else None,
        buyer_id=identity.person_id if identity else None,
        browser=_browser(),
        caller=_caller(seen.conference),
    )


@dataclass(frozen=True)
class Chosen:
    """What is chosen in the form, priced; `full` are names of what can no longer be had."""

    lines: list[policy.Line]
    full: list[str]


def _chosen(offer: Offer, form: RegisterForm) -> Chosen:
    wanted = [form.ticket.data, *dict.fromkeys(form.add_ons.data or ())]
    choices = [
        offer.choice(ticket) for each in wanted if (ticket := offer.catalog.by_public_id.get(each or ""))
    ]
    step = chargeable.step(offer.catalog.conference.currency)
    lines = [
        policy.line(choice.ticket, offer.at, offer.sold.get(choice.ticket.id, 0), step)
        for choice in choices
        if choice.open
    ]
    return Chosen(lines, [choice.ticket.name for choice in choices if not choice.open])


def _totals(offer: Offer, form: RegisterForm) -> dict[str, Any]:
    chosen = _chosen(offer, form)
    _net, tax, total = policy.totals(chosen.lines)
    currency = offer.catalog.conference.currency
    return {
        "conference": offer.catalog.conference,
        "chosen": chosen,
        "lines": [(_named(line), Money(line.net, currency)) for line in chosen.lines],
        "tax": Money(tax, currency),
        "total": Money(total, currency),
        "minutes": int(policy.HOLD.total_seconds() // 60),
    }


def _named(line: policy.Line) -> str:
    return f"{line.name}, {line.step}" if line.step else line.name


def _form_page(offer: Offer, form: RegisterForm) -> str:
    totals = _totals(offer, form)
    form.shown_total.data = str(totals["total"].minor)
    return render_template("registration/register.html", offer=offer, form=form, terms_url=_terms(), **totals)


def _terms() -> str:
    """The page of terms stands a floor above."""
    if "portal.words" not in current_app.view_functions:
        return "#"
    return url_for("portal.words", page="terms")
