"""Pages of the exchange coordinator: the board, rounds, runs, proposals, replies."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from citevents.core.access import Role, allowed, who
from citevents.core.clock import now
from citevents.core.db import transaction
from citevents.core.errors import DomainError
from citevents.locale.countries import where
from citevents.locale.languages import gettext as _
from citevents.locale.languages import ngettext
from citevents.matching import labels, queries, rounds, services
from citevents.matching.blueprint import matching
from citevents.matching.desk.forms import ReplyForm, RoundForm, RunForm
from citevents.matching.desk.queries import Board, board, leaders_of, openings, reason_of, request_of, run_of
from citevents.matching.errors import NewerRun, NothingNew, RunAgain
from citevents.matching.models import RoundState
from citevents.matching.read_models import RoundView
from citevents.web.maps import LonLat

COORDINATOR = Role.EXCHANGE_COORDINATOR


@matching.get("/desk/exchange", endpoint="board")
@allowed(COORDINATOR)
def newest() -> ResponseReturnValue:
    """The board of the newest round that is not closed, or of the last one."""
    every = queries.rounds()
    if not every:
        return render_template("matching/desk/none.html")
    about = next((each for each in every if each.state is not RoundState.CLOSED), every[0])
    return _board(about, every)


@matching.get("/desk/exchange/rounds/<public_id>")
@allowed(COORDINATOR)
def round_(public_id: str) -> ResponseReturnValue:
    """The board of one round."""
    return _board(_round(public_id), queries.rounds())


def _round(public_id: str) -> RoundView:
    about = queries.round_by(public_id)
    if about is None:
        abort(404)
    return about


def _board(about: RoundView, every: list[RoundView]) -> str:
    at = now()
    seen = board(about, at)
    return render_template(
        "matching/desk/board.html",
        board=seen,
        round=about,
        rounds=every,
        ages=seen.ages(at),
        form=RunForm(formdata=None),
        words=labels,
        arcs=arcs(seen),
        dots=_dots(seen),
        waiting_dots=_waiting_dots(seen),
        elapsed=_elapsed(seen.latest.asked_at, at) if seen.latest else "",
    )


def arcs(seen: Board) -> list[tuple[LonLat, LonLat, str]]:
    """The pairings that stand as arcs between their countries."""
    drawn = []
    for each in seen.shown:
        centres = [where(program.country) for program in each.programs]
        known = [centre for centre in centres if centre]
        ring = [*known, known[0]] if len(known) > 2 else known
        drawn += [(start, end, labels.ARCS[each.shape]) for start, end in pairwise(ring)]
    return drawn


def _dots(seen: Board) -> list[LonLat]:
    countries = {program.country for each in seen.shown for program in each.programs}
    return [centre for code in sorted(countries) if (centre := where(code))]


def _waiting_dots(seen: Board) -> list[LonLat]:
    countries = {each.program.country for each in seen.waiting if each.match_overdue}
    return [centre for code in sorted(countries) if (centre := where(code))]


def _elapsed(since: datetime, at: datetime) -> str:
    seconds = max(0, int((at - since).total_seconds()))
    if seconds < 60:
        return str(ngettext("%(num)s second", "%(num)s seconds", seconds))
    return str(ngettext("%(num)s minute", "%(num)s minutes", seconds // 60))


@matching.route("/desk/exchange/rounds/new", methods=["GET", "POST"])
@allowed(COORDINATOR)
def new_round() -> ResponseReturnValue:
    """Open a round."""
    form = RoundForm()
    if form.validate_on_submit():
        closes = datetime.combine(form.closes.data + timedelta(days=1), time(), UTC)
        with transaction():
            rounds.open_round(
                form.name.data, form.first_day.data, form.last_day.data, closes, form.answer_days.data
            )
        flash(_("The round is open: program leaders can ask now."), "success")
        return redirect(url_for("matching.board"), 303)
    return render_template("matching/desk/new_round.html", form=form), 422 if form.errors else 200


@matching.post("/desk/exchange/rounds/<public_id>/run")
@allowed(COORDINATOR)
def run(public_id: str) -> ResponseReturnValue:
    """Have the round solved. A second press while it works is the same run."""
    about = _round(public_id)
    form = RunForm()
    if not form.validate_on_submit():
        abort(400)
    try:
        with transaction():
            rounds.ask_run(about.id, form.mode.data, who().person_id)
    except DomainError as refusal:
        flash(refusal.sentence, "warning")
    return _to_run(public_id)


def _to_run(public_id: str) -> ResponseReturnValue:
    return redirect(url_for("matching.round_", public_id=public_id) + "#run", 303)


@matching.get("/desk/exchange/rounds/<public_id>/run")
@allowed(COORDINATOR)
def progress(public_id: str) -> ResponseReturnValue:
    """The piece of the board that shows a run while it works; asks the whole page to come again when it is over."""
    about = _round(public_id)
    seen = run_of(about.id)
    if "HX-Request" not in request.headers:
        return redirect(url_for("matching.round_", public_id=public_id) + "#run")
    if seen is None or not seen.working:
        return "", 200, {"HX-Refresh": "true"}
    return render_template(
        "matching/desk/_run.html", run=seen, round=about, words=labels, elapsed=_elapsed(seen.asked_at, now())
    )


@matching.post("/desk/exchange/rounds/<public_id>/stop")
@allowed(COORDINATOR)
def stop(public_id: str) -> ResponseReturnValue:
    """Stop the run and keep its best so far."""
    seen = run_of(_round(public_id).id)
    if seen is not None and seen.working:
        with transaction():
            rounds.stop_run(seen.id)
        flash(_("The run stops and keeps the best plan it has."), "success")
    return _to_run(public_id)


@matching.route("/desk/exchange/rounds/<public_id>/propose", methods=["GET", "POST"])
@allowed(COORDINATOR)
def propose(public_id: str) -> ResponseReturnValue:
    """Send the proposals of the last run: asked once, with the numbers. What cannot be sent is said on the board, where
    the next step stands."""
    about = _round(public_id)
    if request.method == "POST":
        return _send(about)
    seen = board(about, now())
    if seen.run is None or not seen.found:
        flash((RunAgain() if seen.fallen else NothingNew()).sentence, "warning")
        return _to_run(public_id)
    leaders, tongues = leaders_of(seen.found)
    return render_template(
        "matching/desk/propose.html",
        board=seen,
        round=about,
        leaders=leaders,
        tongues=tongues,
        words=labels,
    )


def _send(about: RoundView) -> ResponseReturnValue:
    """The page was about one run of this round: that one is sent, or none."""
    try:
        with transaction():
            made = rounds.propose(_run_meant(about), now())
    except DomainError as refusal:
        flash(refusal.sentence, "warning")
        return _board(about, queries.rounds()), refusal.status
    if made:
        sentence = ngettext("%(num)s proposal is on its way.", "%(num)s proposals are on their way.", made)
        flash(sentence, "success")
    else:
        flash(NothingNew().sentence, "warning")
    return redirect(url_for("matching.round_", public_id=about.public_id), 303)


def _run_meant(about: RoundView) -> int:
    typed = request.form.get("run", "")
    meant = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 18 else 0
    if not rounds.is_of(meant, about.id):
        raise NewerRun()
    return meant


@matching.route("/desk/exchange/rounds/<public_id>/close", methods=["GET", "POST"])
@allowed(COORDINATOR)
def close(public_id: str) -> ResponseReturnValue:
    """End the round: asked once."""
    about = _round(public_id)
    if request.method == "POST":
        with transaction():
            rounds.close_round(about.id)
        flash(_("The round is closed. Proposals that are out can still be answered."), "success")
        return redirect(url_for("matching.round_", public_id=public_id), 303)
    return render_template("matching/desk/close.html", round=about, board=board(about, now()))


@matching.route("/desk/exchange/rounds/<public_id>/requests/<int:request_id>", methods=["GET", "POST"])
@allowed(COORDINATOR)
def reply(public_id: str, request_id: int) -> ResponseReturnValue:
    """What a program asks, and a first letter to its leader."""
    about = _round(public_id)
    found = request_of(request_id, about.id)
    if found is None:
        abort(404)
    form = ReplyForm()
    if form.validate_on_submit():
        with transaction():
            services.reply(request_id, form.words.data, now())
        flash(_("Your email is on its way."), "success")
        return redirect(url_for("matching.round_", public_id=public_id), 303)
    page = render_template(
        "matching/desk/request.html",
        form=form,
        round=about,
        request_=found[0],
        program=found[1],
        reason=reason_of(about.id, found[1].id),
        openings=openings(about.id, found[1].id),
        words=labels,
    )
    return page, 422 if form.errors else 200
