"""Pages of program leaders: my program, my request, whom not to meet. Proposals and exchanges are in agreeing/."""

from __future__ import annotations

from itertools import groupby

from babel.dates import format_skeleton
from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from citevents.core.access import signed_in, who
from citevents.core.clock import now
from citevents.core.db import transaction
from citevents.core.errors import DomainError
from citevents.core.languages import current_locale
from citevents.core.languages import gettext as _
from citevents.core.web import refuse
from citevents.matching import policy, queries, services, words
from citevents.matching.agreeing import views as agreeing
from citevents.matching.blueprint import matching
from citevents.matching.desk import views as desk
from citevents.matching.errors import NoProgramYet
from citevents.matching.forms import AvoidForm, ProgramForm, RequestForm
from citevents.matching.rows import ProgramView, RoundView
from citevents.people import queries as people
from citevents.people import services as consents
from citevents.people.models import Purpose
from citevents.people.queries import wording as wording_of

__all__ = ["agreeing", "desk", "matching"]


@matching.get("/exchange")
@signed_in
def home() -> ResponseReturnValue:
    """Everything about my exchange, and what to do first."""
    me, at = who().person_id, now()
    program = queries.program_of(me)
    asked = queries.latest_request(program.id) if program else None
    proposals = queries.proposals_of(me)
    return render_template(
        "matching/home.html",
        program=program,
        round=queries.open_round(at),
        asked=asked,
        proposals=sorted(proposals, key=lambda each: not each.waits_for_me),
        exchanges=queries.exchanges_of(me),
        words=words,
    )


@matching.route("/exchange/program", methods=["GET", "POST"])
@signed_in
def program() -> ResponseReturnValue:
    """Describe my program."""
    me = who().person_id
    known = queries.program_of(me)
    form = ProgramForm(known)
    if form.validate_on_submit():
        with transaction():
            services.describe(me, form.description())
        flash(_("Your description is kept."), "success")
        return redirect(url_for("matching.home" if known else "matching.request_"), 303)
    page = render_template("matching/program.html", form=form, program=known, words=words)
    return page, 422 if form.errors else 200


@matching.route("/exchange/request", methods=["GET", "POST"], endpoint="request_")
@signed_in
def ask() -> ResponseReturnValue:
    """Ask for an exchange in the open round, or change what was asked."""
    me, at = who().person_id, now()
    program, about = queries.program_of(me), queries.open_round(at)
    if program is None or about is None:
        return render_template("matching/request_not_yet.html", program=program)
    asked = queries.request_of(program.id, about.id)
    form = _request_form(me, program, about)
    if form.validate_on_submit():
        wording = wording_of(Purpose.EXCHANGE)
        try:
            with transaction():
                consents.give_consent(me, wording.purpose, wording.version, "exchange")
                services.ask(me, about.id, form.wish(), at)
            flash(_("Your request is in the round. You can change it until the round closes."), "success")
            return redirect(url_for("matching.home"), 303)
        except DomainError as refusal:
            refuse(form, refusal)
    return _request_page(form, AvoidForm(formdata=None), program, about, asked is not None)


def _request_form(
    person_id: int, program: ProgramView, about: RoundView, *, empty: bool = False
) -> RequestForm:
    kept = queries.request_of(program.id, about.id)
    return RequestForm(
        [(week, words.days_of(week)) for week in policy.weeks_between(about.first_day, about.last_day)],
        kept,
        people.agreed(person_id, Purpose.EXCHANGE),
        **({"formdata": None} if empty else {}),
    )


def _request_page(
    form: RequestForm, avoid: AvoidForm, program: ProgramView, about: RoundView, asked: bool
) -> ResponseReturnValue:
    page = render_template(
        "matching/request.html",
        form=form,
        avoid=avoid,
        round=about,
        program=program,
        asked=asked,
        avoided=queries.avoided_by(program.id),
        months=_months(form),
        consent=wording_of(Purpose.EXCHANGE).sentence,
        words=words,
        errors=bool(form.errors or avoid.errors),
    )
    return page, 422 if form.errors or avoid.errors else 200


def _months(form: RequestForm) -> list[tuple[str, list[tuple[str, str]]]]:
    """The weeks of the round by month of their Monday: (month, [(week, days)])."""

    def month(row: tuple[str, str]) -> str:
        return str(format_skeleton("yMMMM", policy.monday_of(row[0]), locale=current_locale()))

    return [(name, list(rows)) for name, rows in groupby(form.weeks.choices, key=month)]


@matching.post("/exchange/request/withdraw")
@signed_in
def withdraw() -> ResponseReturnValue:
    """Take my request back."""
    about = queries.open_round(now())
    if about is None:
        abort(404)
    with transaction():
        services.withdraw(who().person_id, about.id, now())
    flash(
        _("Your request is taken back. Your description stays; you can ask again while the round is open."),
        "success",
    )
    return redirect(url_for("matching.home"), 303)


@matching.post("/exchange/avoid")
@signed_in
def avoid() -> ResponseReturnValue:
    """Say whom my program shall not meet. The answer is the same whether or not it is here."""
    me = who().person_id
    form = AvoidForm()
    if form.validate_on_submit():
        try:
            with transaction():
                services.avoid(me, form.words.data)
            flash(_("Kept. You will not be matched with them, and nobody is told."), "success")
            return redirect(url_for("matching.request_") + "#avoid", 303)
        except NoProgramYet:
            raise
        except DomainError as refusal:
            refuse(form, refusal)
    program, about = queries.program_of(me), queries.open_round(now())
    if program is None or about is None:
        abort(404)
    asked = queries.request_of(program.id, about.id) is not None
    return _request_page(_request_form(me, program, about, empty=True), form, program, about, asked)


@matching.post("/exchange/avoid/<int:avoided>/remove")
@signed_in
def meet_again(avoided: int) -> ResponseReturnValue:
    """Take back whom my program shall not meet."""
    with transaction():
        services.meet_again(who().person_id, avoided)
    flash(_("Taken back."), "success")
    return redirect(url_for("matching.request_") + "#avoid", 303)
