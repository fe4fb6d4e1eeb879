"""Pages of program leaders: my program, my request, whom not to meet. Proposals and exchanges are in agreeing/."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from babel.dates import format_skeleton
from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from citevents.core.access import signed_in, who
from citevents.core.clock import now
from citevents.core.db import transaction
from citevents.core.errors import DomainError
from citevents.locale.languages import current_locale
from citevents.locale.languages import gettext as _
from citevents.matching import labels, policy, queries, services
from citevents.matching.agreeing import views as agreeing
from citevents.matching.blueprint import matching
from citevents.matching.desk import views as desk
from citevents.matching.errors import NoProgramYet, PlacedAlready, RoundClosed
from citevents.matching.forms import AvoidForm, ProgramForm, RequestForm
from citevents.matching.read_models import ProgramView, ProposalView, RequestView, RoundView
from citevents.people import queries as people
from citevents.people import services as consents
from citevents.people.models import Purpose
from citevents.people.queries import wording as wording_of
from citevents.web.answers import refuse

__all__ = ["agreeing", "desk", "matching"]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What I ask of a round, how it stands, and whether I may change it."""

    round: RoundView
    request: RequestView
    outlook: policy.Outlook
    may_change: bool


@matching.get("/exchange")
@signed_in
def home() -> ResponseReturnValue:
    """Everything about my exchange, and what to do first."""
    me, at = who().person_id, now()
    program = queries.program_of(me)
    proposals = queries.proposals_of(me, at)
    asked = _asked(program, proposals, at) if program else []
    known = {each.round.id for each in asked}
    return render_template(
        "matching/home.html",
        program=program,
        rounds=[each for each in queries.open_rounds(at) if each.id not in known],
        asked=asked,
        proposals=sorted(proposals, key=lambda each: not each.waits_for_me),
        exchanges=queries.exchanges_of(me),
        words=labels,
    )


def _asked(program: ProgramView, proposals: Sequence[ProposalView], at: datetime) -> list[Asked]:
    requests = queries.requests_of(program.id)
    sent = queries.sent_at(about.id for about, _ in requests)
    found = []
    for about, asked in requests:
        stages = [
            each.stage
            for each in proposals
            if each.round.id == about.id and each.proposed_at >= asked.asked_at
        ]
        outlook = policy.outlook(stages, asked.asked_at, sent.get(about.id))
        placed = outlook in (policy.Outlook.PROPOSED, policy.Outlook.PARTNER)
        may = policy.may_ask(closed=about.closed, in_time=at < about.closes_at, asked=True, placed=placed)
        found.append(Asked(round=about, request=asked, outlook=outlook, may_change=may))
    return found


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
        flash(_("Your description is saved."), "success")
        return redirect(url_for("matching.home" if known else "matching.request_"), 303)
    page = render_template("matching/program.html", form=form, program=known, words=labels)
    return page, 422 if form.errors else 200


@matching.route("/exchange/request", methods=["GET", "POST"], endpoint="request_")
@signed_in
def ask() -> ResponseReturnValue:
    """Ask for an exchange in a round (`round`; the open one), or change what was asked."""
    me, at = who().person_id, now()
    program = queries.program_of(me)
    about = _round_meant(program, at)
    if program is None or about is None:
        return render_template("matching/request_not_yet.html", program=program)
    asked = queries.request_of(program.id, about.id) is not None
    placed = asked and program.id in queries.placed_in(about.id)
    if not policy.may_ask(closed=about.closed, in_time=at < about.closes_at, asked=asked, placed=placed):
        refusal = PlacedAlready() if placed and not about.closed else RoundClosed()
        page = render_template("matching/request_not_yet.html", program=program, refusal=refusal.sentence)
        return page, refusal.status if request.method == "POST" else 200
    form = _request_form(me, program, about)
    if form.validate_on_submit():
        wording = wording_of(Purpose.EXCHANGE)
        try:
            with transaction():
                consents.give_consent(me, wording.purpose, wording.version, "exchange")
                services.ask(me, about.id, form.wish(), at)
            flash(_kept(about, at), "success")
            return redirect(url_for("matching.home"), 303)
        except DomainError as refusal:
            refuse(form, refusal)
    return _request_page(form, AvoidForm(formdata=None), program, about, asked)


def _kept(about: RoundView, at: datetime) -> str:
    if about.takes_requests(at):
        return _("Your request is in the round. You can change it until the round closes.")
    return _("Your request is changed. It counts the next time the round is matched.")


def _round_meant(program: ProgramView | None, at: datetime) -> RoundView | None:
    """The round that a page or form is about: the one it names, else the open one, else that of my newest request."""
    named = request.values.get("round")
    if named:
        about = queries.round_by(named)
        if about is None:
            abort(404)
        return about
    asked = queries.requests_of(program.id) if program else []
    return queries.open_round(at) or next((about for about, _ in asked), None)


def _request_form(
    person_id: int, program: ProgramView, about: RoundView, *, empty: bool = False
) -> RequestForm:
    kept = queries.request_of(program.id, about.id)
    return RequestForm(
        [(week, labels.days_of(week)) for week in policy.weeks_between(about.first_day, about.last_day)],
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
        words=labels,
        errors=bool(form.errors or avoid.errors),
    )
    return page, 422 if form.errors or avoid.errors else 200


def _months(form: RequestForm) -> list[tuple[str, list[tuple[str, str]]]]:
    """The weeks of the round by month of their Monday: (month, [(week, days)])."""

    def month(row: tuple[str, str]) -> str:
        return str(format_skeleton("yMMMM", policy.monday_of(row[0]), locale=current_locale()))

    return [(name, list(rows)) for name, rows in groupby(form.weeks.choices, key=month)]


@matching.route("/exchange/request/withdraw", methods=["GET", "POST"])
@signed_in
def withdraw() -> ResponseReturnValue:
    """Take my request back: asked once, with what ends and what cannot be had again."""
    me, at = who().person_id, now()
    program = queries.program_of(me)
    asked = queries.requests_of(program.id) if program else []
    named = request.values.get("round") or (asked[0][0].public_id if asked else "")
    about = next((about for about, _ in asked if about.public_id == named), None)
    if about is None:
        abort(404)
    if request.method == "GET":
        ending = [
            each
            for each in queries.proposals_of(me, at)
            if each.round.id == about.id and each.stage in (policy.Stage.ASKED, policy.Stage.ACCEPTED)
        ]
        return render_template("matching/withdraw.html", round=about, ending=len(ending))
    with transaction():
        services.withdraw(me, about.id, at)
    flash(_taken_back(about, at), "success")
    return redirect(url_for("matching.home"), 303)


def _taken_back(about: RoundView, at: datetime) -> str:
    if about.takes_requests(at):
        return _(
            "Your request is taken back. Your description stays; you can ask again while the round is open."
        )
    return _("Your request is taken back. Your description stays for the next round.")


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
            flash(_("Saved. You will not be matched with them, and nobody is told."), "success")
            return _to_avoided()
        except NoProgramYet:
            raise
        except DomainError as refusal:
            refuse(form, refusal)
    program = queries.program_of(me)
    about = _round_meant(program, now())
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
    return _to_avoided()


def _to_avoided() -> ResponseReturnValue:
    """Back to the list, on the page of the round that it was opened from."""
    about = queries.round_by(request.form.get("round", ""))
    return redirect(
        url_for("matching.request_", round=about.public_id if about else None, _anchor="avoid"), 303
    )
