"""Pages of program leaders: my program, my request, proposals, exchanges."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from babel.dates import format_skeleton
from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from citevents.core import places
from citevents.core.access import signed_in, who
from citevents.core.clock import now
from citevents.core.db import transaction
from citevents.core.errors import DomainError
from citevents.core.languages import current_locale
from citevents.core.languages import gettext as _
from citevents.core.maps import LonLat
from citevents.core.times import format_days, local_input, parse_local
from citevents.core.web import refuse
from citevents.matching import exchanges, policy, queries, services, words
from citevents.matching.blueprint import matching
from citevents.matching.desk import views as desk
from citevents.matching.errors import NoProgramYet
from citevents.matching.forms import AnswerForm, AvoidForm, DatesForm, ProgramForm, RequestForm
from citevents.matching.models import ExchangeState, MatchState, Why
from citevents.matching.rows import ExchangeView, ProgramView, ProposalView, RoundView
from citevents.people import queries as people
from citevents.people import services as consents
from citevents.people.models import Purpose
from citevents.people.queries import wording as wording_of

__all__ = ["desk", "matching"]


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
        **_whens(),
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
        [(week, _week_words(week)) for week in policy.weeks_between(about.first_day, about.last_day)],
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


def _week_words(week: str) -> str:
    monday = policy.monday_of(week)
    return format_days(monday, monday + timedelta(days=4))


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


@matching.get("/exchange/proposals/<public_id>")
@signed_in
def proposal(public_id: str) -> ResponseReturnValue:
    """What we propose, why, and my answer."""
    return _proposal_page(_proposal(public_id), AnswerForm(formdata=None))


@matching.post("/exchange/proposals/<public_id>")
@signed_in
def answer(public_id: str) -> ResponseReturnValue:
    """Accept or decline: asked once more, then kept."""
    view = _proposal(public_id)
    form = AnswerForm()
    accepted = {"yes": True, "no": False}.get(request.form.get("answer", ""))
    if not form.validate_on_submit() or accepted is None:
        return _proposal_page(view, form)
    if view.waits_for_me and "sure" not in request.form:
        return render_template(
            "matching/answer.html", proposal=view, accepted=accepted, form=form, words=words
        )
    try:
        with transaction():
            agreed = exchanges.answer(
                who().person_id, public_id, accepted, now(), Why(form.why.data) if form.why.data else None
            )
    except DomainError as refusal:
        refuse(form, refusal)
        return _proposal_page(_proposal(public_id), form, refusal.status)
    view = _proposal(public_id)
    if agreed and view.exchange:
        flash(_("You have agreed. Now you know each other’s names."), "success")
        return redirect(url_for("matching.exchange", public_id=view.exchange), 303)
    flash(_("Your answer is kept."), "success")
    return redirect(url_for("matching.proposal", public_id=public_id), 303)


def _proposal(public_id: str) -> ProposalView:
    view = queries.proposal(public_id, who().person_id)
    if view is None:
        abort(404)
    return view


def _proposal_page(view: ProposalView, form: FlaskForm, status: int = 200) -> ResponseReturnValue:
    page = render_template(
        "matching/proposal.html",
        proposal=view,
        form=form,
        words=words,
        over=view.state in (MatchState.DECLINED, MatchState.LAPSED),
        arcs=_arcs(view),
        dots=[centre for code in _countries(view) if (centre := places.where(code))],
        **_whens(),
    )
    return page, status if form.form_errors else 422 if form.errors else 200


def _countries(view: ProposalView) -> list[str]:
    return list(dict.fromkeys([view.mine.country, *(other.peer.country for other in view.others)]))


def _arcs(view: ProposalView) -> list[tuple[LonLat, LonLat, str]]:
    """From my country to each of the others'."""
    here = places.where(view.mine.country)
    there = [places.where(other.peer.country) for other in view.others]
    return [(here, each, words.ARCS[view.shape]) for each in there if here and each]


@matching.get("/exchange/exchanges/<public_id>")
@signed_in
def exchange(public_id: str) -> ResponseReturnValue:
    """Who meets whom, when and where."""
    view = _exchange(public_id)
    form = DatesForm(
        formdata=None,
        starts_at=local_input(view.starts_at, view.zone),
        ends_at=local_input(view.ends_at, view.zone),
        place=view.place,
    )
    return _exchange_page(view, form)


@matching.post("/exchange/exchanges/<public_id>")
@signed_in
def dates(public_id: str) -> ResponseReturnValue:
    """Move it: everybody's calendar follows."""
    view = _exchange(public_id)
    form = DatesForm()
    if form.validate_on_submit():
        starts_at = _parsed(form, "starts_at", view.zone)
        ends_at = _parsed(form, "ends_at", view.zone)
        if starts_at and ends_at:
            try:
                with transaction():
                    exchanges.set_dates(who().person_id, public_id, starts_at, ends_at, form.place.data or "")
                flash(_("Kept. Everybody’s calendar follows by mail."), "success")
                return redirect(url_for("matching.exchange", public_id=public_id), 303)
            except DomainError as refusal:
                refuse(form, refusal)
    return _exchange_page(view, form)


def _parsed(form: DatesForm, name: str, zone: str) -> datetime | None:
    """What was typed in a field of times, as UTC; None and an error at the field where the clock refuses it."""
    try:
        return parse_local(form[name].data, zone, form.occurrence.data or None)
    except DomainError as refusal:
        refusal.field = name
        refuse(form, refusal)
        return None


@matching.route("/exchange/exchanges/<public_id>/cancel", methods=["GET", "POST"])
@signed_in
def cancel(public_id: str) -> ResponseReturnValue:
    """Call it off: asked once, with how many are told."""
    view = _exchange(public_id)
    if request.method == "POST":
        with transaction():
            exchanges.cancel(who().person_id, public_id)
        flash(_("The exchange is cancelled. Everybody is told, and it leaves their calendars."), "success")
        return redirect(url_for("matching.exchange", public_id=public_id), 303)
    if view.state is ExchangeState.CANCELLED:
        return redirect(url_for("matching.exchange", public_id=public_id))
    return render_template("matching/cancel.html", exchange=view, told=len(view.leaders))


def _exchange(public_id: str) -> ExchangeView:
    view = queries.exchange(public_id, who().person_id)
    if view is None:
        abort(404)
    return view


def _exchange_page(view: ExchangeView, form: DatesForm) -> ResponseReturnValue:
    page = render_template("matching/exchange.html", exchange=view, form=form, words=words, **_whens())
    return page, 422 if form.errors else 200


def _whens() -> dict[str, Any]:
    """How the templates of the exchange say weeks."""
    return {"week_words": _week_words, "monday_of": policy.monday_of, "ONLINE": policy.ONLINE}
