"""Desk pages of owners and organizers: people and their roles, and the trail of acts."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from citevents.core import audit, jobs
from citevents.core.access import Role, allowed, conference_names, who
from citevents.core.db import transaction
from citevents.core.errors import DomainError
from citevents.documents.csv_export import download
from citevents.locale.languages import gettext as _
from citevents.locale.languages import ngettext
from citevents.locale.text_cleaning import line
from citevents.people import policy, queries, services
from citevents.people.desk.queries import find, readers
from citevents.people.forms import POWERS, ROLES, AddressForm, EmptyForm, GrantForm, NewcomerForm
from citevents.people.queries import PersonView
from citevents.web.answers import refuse

people_desk = Blueprint("people_desk", __name__, url_prefix="/desk")

#: The largest id there can be; what is larger was not given by us.
LARGEST_ID = 2**63 - 1


@people_desk.get("/people")
@allowed(Role.OWNER, Role.ORGANIZER)
def people() -> ResponseReturnValue:
    """Who has roles; anybody by a search; the form to give a role to somebody new."""
    return _people(NewcomerForm(conference_names()))


def _people(form: NewcomerForm, status: int = 200) -> ResponseReturnValue:
    text = line(request.args.get("q"))
    role = request.args.get("role", "")
    found = find(text, Role(role) if role in list(Role) else None, _whole("page") or 1)
    return render_template(
        "people/desk.html",
        form=form,
        found=found,
        q=text,
        role=role,
        roles=ROLES,
        powers=POWERS,
        conferences=conference_names(),
        page=min(_whole("page") or 1, found.last),
        page_url=lambda n: url_for("people_desk.people", q=text or None, role=role or None, page=n),
    ), status


def _whole(name: str) -> int | None:
    """A number from the query; None for anything that is none."""
    text = request.args.get(name, "")
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 20 else 0
    return number if 0 < number <= LARGEST_ID else None


@people_desk.get("/people/news.csv")
@allowed(Role.OWNER, Role.ORGANIZER)
def news_csv() -> ResponseReturnValue:
    """Who wants news of later events, at this moment: a table for a mailing."""
    rows = readers()
    with transaction():
        audit.record("export", "news", 0, rows=len(rows))
    head = [_("name"), _("email"), _("language"), _("agreed on")]
    return download(
        "citevents-news",
        head,
        ([each.name, each.mail, each.language, f"{each.since:%Y-%m-%d}"] for each in rows),
    )


@people_desk.post("/people")
@allowed(Role.OWNER, Role.ORGANIZER)
def add() -> ResponseReturnValue:
    """Give a role to somebody by their address; they need not be known yet."""
    form = NewcomerForm(conference_names())
    if not form.validate_on_submit():
        return _people(form, 422)
    try:
        with transaction():
            person_id = services.find_or_make(form.mail.data or "", form.name.data or "")
            services.grant(person_id, Role(form.role.data), form.conference_id, granter=who().grants)
    except DomainError as refusal:
        refuse(form, refusal)
        return _people(form, refusal.status)
    person = queries.person(person_id)
    flash(
        _("%(name)s has the role. They sign in with %(mail)s.", name=person.name, mail=person.mail), "success"
    )
    return redirect(url_for("people_desk.person", public_id=person.public_id), 303)


def _person(public_id: str) -> PersonView:
    found = queries.by_public_id(public_id)
    if found is None or found.erased:
        abort(404)
    return found


@people_desk.get("/people/<public_id>")
@allowed(Role.OWNER, Role.ORGANIZER)
def person(public_id: str) -> ResponseReturnValue:
    """One person: what is known, which roles, one more."""
    return _show(_person(public_id), GrantForm(conference_names()))


def _show(
    person: PersonView, form: GrantForm, status: int = 200, address: AddressForm | None = None
) -> ResponseReturnValue:
    refused, grants = jobs.refused_to([person.id]), queries.grants_of(person.id)
    may = policy.may_correct_address(who().grants, grants)
    return render_template(
        "people/person.html",
        person=person,
        refused=len(refused),
        address=(address or AddressForm(data={"mail": person.mail})) if refused and may else None,
        grants=grants,
        form=form,
        roles=ROLES,
        powers=POWERS,
        conferences=conference_names(),
    ), status


@people_desk.post("/people/<public_id>/address")
@allowed(Role.OWNER, Role.ORGANIZER)
def correct_address(public_id: str) -> ResponseReturnValue:
    """Correct an address that refuses our emails; what it refused is sent again."""
    person = _person(public_id)
    form = AddressForm()
    if not form.validate_on_submit():
        return _show(person, GrantForm(conference_names()), 422, form)
    try:
        with transaction():
            again = services.correct_mail(person.id, form.mail.data or "", corrector=who().grants)
    except DomainError as refusal:
        refuse(form, refusal)
        return _show(person, GrantForm(conference_names()), refusal.status, form)
    flash(
        ngettext(
            "The address is corrected. %(num)s email is sent again.",
            "The address is corrected. %(num)s emails are sent again.",
            again,
        ),
        "success",
    )
    return redirect(url_for("people_desk.person", public_id=public_id), 303)


@people_desk.post("/people/<public_id>/grant")
@allowed(Role.OWNER, Role.ORGANIZER)
def grant(public_id: str) -> ResponseReturnValue:
    """Give a role."""
    person = _person(public_id)
    form = GrantForm(conference_names())
    if not form.validate_on_submit():
        return _show(person, form, 422)
    try:
        with transaction():
            given = services.grant(person.id, Role(form.role.data), form.conference_id, granter=who().grants)
    except DomainError as refusal:
        refuse(form, refusal)
        return _show(person, form, refusal.status)
    flash(_("The role is given.") if given else _("They had this role already."), "success")
    return redirect(url_for("people_desk.person", public_id=public_id), 303)


@people_desk.post("/people/<public_id>/revoke")
@allowed(Role.OWNER, Role.ORGANIZER)
def revoke(public_id: str) -> ResponseReturnValue:
    """Take a role back, with an Undo."""
    person = _person(public_id)
    form = GrantForm(conference_names())
    if not form.validate_on_submit():
        return _show(person, form, 422)
    role, conference_id = Role(form.role.data), form.conference_id
    try:
        with transaction():
            services.revoke(person.id, role, conference_id, granter=who().grants)
    except DomainError as refusal:
        refuse(form, refusal)
        return _show(person, form, refusal.status)
    undo = render_template("people/_undo_revoke.html", person=person, role=role, conference_id=conference_id)
    flash(Markup(undo), "success")  # noqa: S704 - our own template, escaped there
    return redirect(url_for("people_desk.person", public_id=public_id), 303)


@people_desk.get("/audit")
@allowed(Role.OWNER, Role.ORGANIZER)
def trail() -> ResponseReturnValue:
    """Who did what, newest first; and, when asked, whether the chain is whole."""
    asked = {name: line(request.args.get(name)) for name in ("who", "what", "act", "subject", "id")}
    act, _space, subject = asked["what"].partition(" ")
    somebody = queries.by_mail(asked["who"]) if asked["who"] else None
    entries = (
        []
        if asked["who"] and somebody is None
        else audit.trail(
            person_id=somebody.id if somebody else None,
            act=act or asked["act"],
            subject=subject or asked["subject"],
            subject_id=_whole("id"),
            before=_whole("before"),
        )
    )
    named = queries.people(entry.person_id for entry in entries if entry.person_id)
    sealed, waiting = audit.length()
    return render_template(
        "people/audit.html",
        form=EmptyForm(),
        asked=asked,
        entries=entries,
        people=named,
        sealed=sealed,
        waiting=waiting,
        more=entries[-1].id if len(entries) == 50 else None,
        checked="check" in request.args,
        broken=[place for _organization, place in audit.broken_links(everywhere=False)]
        if "check" in request.args
        else [],
    )
