"""Pages of agreeing: a proposal and its answer, an exchange and its dates, calling it off."""

from __future__ import annotations

from datetime import datetime

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from citevents.core.access import signed_in, who
from citevents.core.clock import now
from citevents.core.db import transaction
from citevents.core.errors import DomainError
from citevents.core.times import local_input, parse_local
from citevents.locale.countries import where
from citevents.locale.languages import gettext as _
from citevents.matching import exchanges, labels, policy, queries
from citevents.matching.agreeing.forms import AnswerForm, DatesForm
from citevents.matching.blueprint import matching
from citevents.matching.models import ExchangeState, Why
from citevents.matching.read_models import ExchangeView, ProposalView
from citevents.web.answers import refuse
from citevents.web.forms import Form
from citevents.web.maps import LonLat


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
            "matching/answer.html", proposal=view, accepted=accepted, form=form, words=labels
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
    flash(_("Your answer is saved."), "success")
    return redirect(url_for("matching.proposal", public_id=public_id), 303)


def _proposal(public_id: str) -> ProposalView:
    view = queries.proposal(public_id, who().person_id)
    if view is None:
        abort(404)
    return view


def _proposal_page(view: ProposalView, form: Form, status: int = 200) -> ResponseReturnValue:
    page = render_template(
        "matching/proposal.html",
        proposal=view,
        form=form,
        words=labels,
        online=view.shape in policy.ONLINE,
        arcs=_arcs(view),
        dots=[centre for code in _countries(view) if (centre := where(code))],
    )
    return page, status if form.form_errors else 422 if form.errors else 200


def _countries(view: ProposalView) -> list[str]:
    return list(dict.fromkeys([view.mine.country, *(other.country for other in view.others)]))


def _arcs(view: ProposalView) -> list[tuple[LonLat, LonLat, str]]:
    """From my country to each of the others'."""
    here = where(view.mine.country)
    there = [where(other.country) for other in view.others]
    return [(here, each, labels.ARCS[view.shape]) for each in there if here and each]


@matching.post("/exchange/proposals/<public_id>/take-back")
@signed_in
def take_back(public_id: str) -> ResponseReturnValue:
    """Take my acceptance back, as long as not everybody has accepted."""
    view = _proposal(public_id)
    try:
        with transaction():
            exchanges.take_back(who().person_id, public_id, now())
        flash(
            _("Your acceptance is taken back. You can accept again or decline until the last day."), "success"
        )
    except DomainError as refusal:
        flash(refusal.sentence, "warning")
    return redirect(url_for("matching.proposal", public_id=view.public_id), 303)


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
                flash(_("Saved. Everybody’s calendar is updated by email."), "success")
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
    page = render_template(
        "matching/exchange.html",
        exchange=view,
        form=form,
        words=labels,
        online=view.shape in policy.ONLINE,
    )
    return page, 422 if form.errors else 200
