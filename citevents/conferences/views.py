"""Desk pages of a conference: settings, tickets with prices and quotas, questions, rooms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from citevents.conferences import queries, services
from citevents.conferences.catalog import Catalog, catalog
from citevents.conferences.forms import (
    NewForm,
    QuestionForm,
    QuotaForm,
    RoomForm,
    SettingsForm,
    TicketForm,
)
from citevents.conferences.models import (
    Conference,
    ConferenceKind,
    Question,
    QuestionKind,
    Quota,
    Room,
    TicketType,
)
from citevents.conferences.queries import ConferenceView
from citevents.core.access import Role, allowed
from citevents.core.db import Row, get, must, transaction
from citevents.core.errors import DomainError, NotYours
from citevents.core.money import Money, format_money
from citevents.locale.languages import gettext as _
from citevents.locale.languages import reader_zone
from citevents.web.answers import refuse
from citevents.web.forms import Form

conferences = Blueprint("conferences", __name__)

MOMENTS = ("registration_opens_at", "registration_closes_at", "refund_until", "transfer_until")


def _attempt(form: Form, act: Callable[[], Any], done: str, to: Callable[[], str]) -> Response | None:
    """Do it in a transaction and go on; None when it was refused, with the refusal in the form."""
    try:
        with transaction():
            act()
    except DomainError as refusal:
        refuse(form, refusal)
        return None
    flash(done, "success")
    answer = redirect(to(), 303)
    assert isinstance(answer, Response)
    return answer


def _page(template: str, form: Form, **values: Any) -> Response:
    wrong = bool(form.errors) or bool(form.form_errors)
    return Response(render_template(template, form=form, **values), 422 if wrong else 200)


@conferences.route("/desk/conferences/new", methods=["GET", "POST"])
@allowed(Role.ORGANIZER)
def new() -> ResponseReturnValue:
    """A new conference, as a draft."""
    form = NewForm(data={"currency": "USD", "zone": reader_zone(), "kind": ConferenceKind.CONFERENCE.value})
    if form.validate_on_submit():
        values = {name: field.data for name, field in form._fields.items() if name != "csrf_token"}
        values["kind"] = ConferenceKind(values["kind"])
        done = _attempt(
            form,
            lambda: services.create(**values),
            _("The event is made, and only organizers see it so far. Next come tickets."),
            lambda: url_for("conferences.tickets", conference=form.slug.data),
        )
        if done:
            return done
    return _page("conferences/new.html", form)


@conferences.route("/desk/c/<slug:conference>/settings", methods=["GET", "POST"])
@allowed(Role.ORGANIZER)
def settings(conference: str) -> ResponseReturnValue:
    """What the public page says, and when registration is open."""
    about = queries.by_slug(conference)
    row = must(Conference, about.id)
    form, told = SettingsForm(obj=row), 0
    if not form.is_submitted():
        for name in MOMENTS:
            form._fields[name].show(getattr(row, name), row.zone)
    elif form.validate():
        values = {
            name: field.instant if name in MOMENTS else field.data
            for name, field in form._fields.items()
            if name != "csrf_token"
        }
        told = services.people_told(about.id, **values)
        if told <= request.form.get("told", 0, type=int):  # nobody is told, or as many as the button said
            done = _attempt(
                form,
                lambda: services.change(about.id, **values),
                _("The settings are saved."),
                lambda: url_for("conferences.settings", conference=about.slug),
            )
            if done:
                return done
    return _page("conferences/settings.html", form, conference=about, told=told)


@conferences.get("/desk/c/<slug:conference>/tickets")
@allowed(Role.ORGANIZER)
def tickets(conference: str) -> ResponseReturnValue:
    """What is sold, at what price, from which pools."""
    about = queries.by_slug(conference)
    return render_template(
        "conferences/tickets.html",
        conference=about,
        catalog=catalog(about),
        money=lambda minor: format_money(Money(minor, about.currency)),
    )


@conferences.get("/desk/c/<slug:conference>/questions")
@allowed(Role.ORGANIZER)
def questions(conference: str) -> ResponseReturnValue:
    """What people are asked."""
    about = queries.by_slug(conference)
    return render_template("conferences/questions.html", conference=about, catalog=catalog(about))


@conferences.get("/desk/c/<slug:conference>/rooms")
@allowed(Role.ORGANIZER)
def rooms(conference: str) -> ResponseReturnValue:
    """The rooms of the venue."""
    about = queries.by_slug(conference)
    return render_template("conferences/rooms.html", conference=about, rooms=queries.rooms(about.id))


def _row(kind: type[Row], about: ConferenceView, id: int | None) -> Any:
    """The row to change, None for a new one; NotYours for another conference's."""
    if id is None:
        return None
    row = get(kind, id)
    if row is None or getattr(row, "conference_id", None) != about.id:
        raise NotYours()
    return row


@conferences.route("/desk/c/<slug:conference>/tickets/new", methods=["GET", "POST"])
@conferences.route("/desk/c/<slug:conference>/tickets/<int:id>", methods=["GET", "POST"])
@allowed(Role.ORGANIZER)
def ticket(conference: str, id: int | None = None) -> ResponseReturnValue:
    """A ticket type with its prices and quotas."""
    about = queries.by_slug(conference)
    row, seen = _row(TicketType, about, id), catalog(about)
    form = TicketForm(obj=row)
    form.zone = about.zone
    form.quotas.choices = [(quota.id, quota.name) for quota in seen.quotas]
    for each in form.steps:
        each.form.zone, each.form.currency = about.zone, about.currency
    if not form.is_submitted():
        _show_ticket(form, row, seen)
    elif form.validate():
        done = _attempt(
            form,
            lambda: _keep_ticket(about, id, form),
            _("The ticket is saved."),
            lambda: url_for("conferences.tickets", conference=about.slug),
        )
        if done:
            return done
    return _page("conferences/ticket.html", form, conference=about, id=id)


def _show_ticket(form: TicketForm, row: TicketType | None, seen: Catalog) -> None:
    if row is None:
        form.quotas.data = [seen.main_quota.id] if seen.main_quota else []
        return
    form.on_sale_from.show(row.on_sale_from, form.zone)
    form.on_sale_until.show(row.on_sale_until, form.zone)
    form.tax.data = f"{row.tax_basis_points / 100:g}"
    view = next(each for each in seen.tickets if each.id == row.id)
    form.quotas.data = list(view.quota_ids)
    form.show_steps(view.prices, seen.conference.currency)


def _keep_ticket(about: ConferenceView, id: int | None, form: TicketForm) -> None:
    rows = [each.form for each in form.steps]
    services.keep_ticket(
        about.id,
        id,
        quota_ids=form.quotas.data or [],
        steps=[
            services.Step(
                name=row.name.data or "",
                amount=row.amount.money.minor,
                until=row.until.instant,
                until_sold=row.until_sold.data,
            )
            for row in rows
            if row.amount.money is not None
        ],
        name=form.name.data,
        description=form.description.data or "",
        add_on=bool(form.add_on.data),
        hidden=bool(form.hidden.data),
        tax_basis_points=form.basis_points,
        on_sale_from=form.on_sale_from.instant,
        on_sale_until=form.on_sale_until.instant,
        position=form.position.data or 0,
    )


@conferences.route("/desk/c/<slug:conference>/quotas/new", methods=["GET", "POST"])
@conferences.route("/desk/c/<slug:conference>/quotas/<int:id>", methods=["GET", "POST"])
@allowed(Role.ORGANIZER)
def quota(conference: str, id: int | None = None) -> ResponseReturnValue:
    """A pool of places."""
    about = queries.by_slug(conference)
    form = QuotaForm(obj=_row(Quota, about, id))
    if form.validate_on_submit():
        done = _attempt(
            form,
            lambda: services.keep_quota(
                about.id,
                id,
                name=form.name.data or "",
                capacity=form.capacity.data or 0,
                main=bool(form.main.data),
            ),
            _("The quota is saved."),
            lambda: url_for("conferences.tickets", conference=about.slug),
        )
        if done:
            return done
    return _page(
        "conferences/part.html",
        form,
        conference=about,
        id=id,
        title=_("New quota") if id is None else _("Quota"),
        what="quotas",
        back="tickets",
    )


@conferences.route("/desk/c/<slug:conference>/questions/new", methods=["GET", "POST"])
@conferences.route("/desk/c/<slug:conference>/questions/<int:id>", methods=["GET", "POST"])
@allowed(Role.ORGANIZER)
def question(conference: str, id: int | None = None) -> ResponseReturnValue:
    """A question of the registration form."""
    about = queries.by_slug(conference)
    row = _row(Question, about, id)
    form = QuestionForm(obj=row)
    if form.validate_on_submit():
        kind = QuestionKind(form.kind.data or "")
        done = _attempt(
            form,
            lambda: services.keep_question(
                about.id,
                id,
                label=form.label.data,
                kind=kind,
                options=[] if kind is QuestionKind.TEXT else form.answers(),
                required=bool(form.required.data),
                sensitive=bool(form.sensitive.data),
                reason=form.reason.data or "",
                erase_after_days=form.erase_after_days.data,
                position=form.position.data or 0,
            ),
            _("The question is saved."),
            lambda: url_for("conferences.questions", conference=about.slug),
        )
        if done:
            return done
    return _page(
        "conferences/part.html",
        form,
        conference=about,
        id=id,
        title=_("New question") if id is None else _("Question"),
        what="questions",
        back="questions",
    )


@conferences.route("/desk/c/<slug:conference>/rooms/new", methods=["GET", "POST"])
@conferences.route("/desk/c/<slug:conference>/rooms/<int:id>", methods=["GET", "POST"])
@allowed(Role.ORGANIZER)
def room(conference: str, id: int | None = None) -> ResponseReturnValue:
    """A room."""
    about = queries.by_slug(conference)
    form = RoomForm(obj=_row(Room, about, id))
    if form.validate_on_submit():
        done = _attempt(
            form,
            lambda: services.keep_room(
                about.id,
                id,
                name=form.name.data,
                capacity=form.capacity.data,
                features=list(form.features.data or []),
                position=form.position.data or 0,
            ),
            _("The room is saved."),
            lambda: url_for("conferences.rooms", conference=about.slug),
        )
        if done:
            return done
    return _page(
        "conferences/part.html",
        form,
        conference=about,
        id=id,
        title=_("New room") if id is None else _("Room"),
        what="rooms",
        back="rooms",
    )


REMOVABLE: dict[str, tuple[type[Row], str]] = {
    "tickets": (TicketType, "conferences.tickets"),
    "quotas": (Quota, "conferences.tickets"),
    "questions": (Question, "conferences.questions"),
    "rooms": (Room, "conferences.rooms"),
}


@conferences.route(
    "/desk/c/<slug:conference>/<any(tickets,quotas,questions,rooms):what>/<int:id>/remove",
    methods=["GET", "POST"],
)
@allowed(Role.ORGANIZER)
def remove(conference: str, what: str, id: int) -> ResponseReturnValue:
    """Take away what nobody used; asks once."""
    about = queries.by_slug(conference)
    kind, back = REMOVABLE[what]
    row = _row(kind, about, id)
    if request.method == "GET":
        name = row.label if isinstance(row, Question) else row.name
        there = url_for(back, conference=about.slug)
        return render_template(
            "conferences/remove.html", conference=about, name=name, what=what, id=id, back=there
        )
    try:
        with transaction():
            services.remove(kind, about.id, id)
        flash(_("It is removed."), "success")
    except DomainError as refusal:
        flash(refusal.sentence, "error")
    return redirect(url_for(back, conference=about.slug), 303)
