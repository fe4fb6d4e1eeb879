"""The editor: a real table, each cell a link to a form. The database refuses clashes, the form explains them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from citevents.conferences import queries as conferences
from citevents.conferences.features import FEATURES
from citevents.conferences.queries import ConferenceView
from citevents.core.access import Role, allowed
from citevents.core.db import transaction
from citevents.core.errors import DomainError
from citevents.core.times import TimeHappensTwice, UnreadableTime, local_input, parse_local
from citevents.locale.languages import gettext as _
from citevents.locale.languages import ngettext
from citevents.scheduling import agenda, queries, services
from citevents.scheduling.agenda import DraftSession, DraftView
from citevents.scheduling.desk import table
from citevents.scheduling.findings import Severity
from citevents.scheduling.forms import ChooseForm, PlaceForm
from citevents.scheduling.models import SessionKind
from citevents.scheduling.policy import Place
from citevents.scheduling.undoing import Undone
from citevents.scheduling.views import scheduling
from citevents.web.answers import refuse

EDITORS = (Role.ORGANIZER, Role.PROGRAM_COMMITTEE)
#: How many of the notes are listed; the rest is counted.
MOST_NOTES = 12


@scheduling.get("/desk/c/<slug:conference>/agenda")
@allowed(*EDITORS)
def editor(conference: str) -> ResponseReturnValue:
    """A day of the draft, what waits, what is wrong; with `move`, the form that places one session."""
    view = agenda.of(conferences.by_slug(conference))
    moving = _chosen(view, request.args.get("move"))
    form = PlaceForm(formdata=None)
    _rooms(view, form, moving)
    form.starts.data = request.args.get("starts") or (
        local_input(moving.place.start, view.conference.zone) if moving and moving.place else None
    )
    form.room.data = request.args.get("room") or (
        str(moving.place.room_id) if moving and moving.place and moving.place.room_id else None
    )
    form.occurrence.data = request.args.get("occurrence") or ""
    target = None
    if "starts" in request.args and moving:
        try:
            target = _place(view.conference, form, moving.length)
        except DomainError as refused:
            refuse(form, refused)
    return _page(view, form, moving, target)


@scheduling.post("/desk/c/<slug:conference>/agenda/sessions/<public_id>/place")
@allowed(*EDITORS)
def place(conference: str, public_id: str) -> ResponseReturnValue:
    """Put a session where the form says."""
    here = conferences.by_slug(conference)
    row = agenda.session_of(here.id, public_id)
    form = PlaceForm()
    view = agenda.of(here)
    moving = view.session(row.id)
    _rooms(view, form, moving)
    target = None
    if form.validate_on_submit():
        try:
            target = _place(here, form, row.length)
            with transaction():
                services.place(row.id, target.room_id, target.start)
            flash(
                _("“%(title)s” is scheduled. Nobody is told before you publish.", title=moving.title),
                "success",
            )
            return redirect(_url(here, _day_of(here, target)), 303)
        except DomainError as refused:
            refuse(form, refused)
            target = None
    return _page(agenda.of(here), form, moving, target), 422


@scheduling.post("/desk/c/<slug:conference>/agenda/sessions/<public_id>/unplace")
@allowed(*EDITORS)
def unplace(conference: str, public_id: str) -> ResponseReturnValue:
    """Take a session out of the grid; it waits again."""
    here = conferences.by_slug(conference)
    with transaction():
        row = agenda.session_of(here.id, public_id)
        services.unplace(row.id)
    return redirect(_url(here, _asked_day(here)), 303)


@scheduling.post("/desk/c/<slug:conference>/agenda/place")
@allowed(*EDITORS)
def place_chosen(conference: str) -> ResponseReturnValue:
    """A free cell and a waiting session were chosen: go to the form of that session, filled in."""
    here = conferences.by_slug(conference)
    row = agenda.session_of(here.id, request.form.get("session", ""))
    return redirect(
        url_for(
            "scheduling.editor",
            conference=here.slug,
            move=row.public_id,
            starts=request.form.get("starts", "")[:40],
            room=request.form.get("room", "")[:20],
            _anchor="move",
        ),
        303,
    )


@scheduling.post("/desk/c/<slug:conference>/agenda/undo")
@allowed(*EDITORS)
def undo(conference: str) -> ResponseReturnValue:
    """Take back the last step of the draft."""
    here = conferences.by_slug(conference)
    try:
        with transaction():
            undone = services.undo(here.id)
            say_undone(here, undone)
        return redirect(url_of(here, undone), 303)
    except DomainError as refused:
        flash(refused.sentence, "error")
    return redirect(_url(here, _asked_day(here)), 303)


def say_undone(here: ConferenceView, undone: Undone) -> None:
    """What the way back did, and what it did not: nobody hears of the draft before it is published."""
    row = undone.brought_back
    if row is None:
        done = _("The last step is undone. What is public stays as it is until you publish.")
        flash(done if undone.changed else _("Nothing is left of that step to undo."), "success")
    elif undone.place is None:
        flash(_("“%(title)s” is back. Schedule it, then publish.", title=row.title), "success")
    else:
        told = _(
            "“%(title)s” is back where it was. It takes place again once you publish: then people are told.",
            title=row.title,
        )
        flash(told, "success")


def url_of(here: ConferenceView, undone: Undone) -> str:
    """Where to look at it: its day, or the form that gives it a place."""
    if undone.place:
        return _url(here, _day_of(here, undone.place))
    if undone.brought_back:
        move = undone.brought_back.public_id
        return url_for("scheduling.editor", conference=here.slug, move=move, _anchor="move")
    return _url(here, _asked_day(here))


def _page(view: DraftView, form: PlaceForm, moving: DraftSession | None, target: Place | None) -> str:
    here = view.conference
    day = _day_of(here, target) if target else _asked_day(here, moving)
    days = agenda.days(here)
    found = view.problems()
    choose = None
    if moving is None and "starts" in request.args:
        choose = ChooseForm(formdata=None, starts=request.args["starts"], room=request.args.get("room", ""))
        choose.session.choices = [(row.public_id, row.title) for row in view.waiting]
    return render_template(
        "scheduling/editor.html",
        conference=here,
        view=view,
        day=day,
        days=[(_url(here, each), each, each == day) for each in days],
        rooms=[(room.name, room.capacity) for room in view.rooms],
        rows=table.rows(view, day, moving=moving.id if moving else None, target=target),
        blocks=sum(problem.severity is Severity.BLOCK for problem in found),
        warns=sum(problem.severity is Severity.WARN for problem in found),
        problems=[(problem, *table.told(view, problem, FEATURES), view.session(problem.session_id)) for problem in found[:MOST_NOTES]],
        more=max(len(found) - MOST_NOTES, 0),
        form=form,
        moving=moving,
        target=target,
        cost=table.cost(view, moving.id, target) if moving and target else None,
        choose=choose,
        published=queries.current(here.id),
        twice=bool(form.occurrence.data) or _is_twice(form),
    )  # fmt: skip


def _is_twice(form: PlaceForm) -> bool:
    """Whether the time was refused because clocks go back then: only then is it asked which of the two."""
    return bool(getattr(form, "asks_occurrence", False))


def _place(here: ConferenceView, form: PlaceForm, length: int) -> Place:
    """What the form says. Refuses times that do not exist or happen twice, at their field."""
    try:
        start = parse_local(form.starts.data or "", here.zone, form.occurrence.data or None)
    except TimeHappensTwice as refused:
        form.asks_occurrence = True
        refused.field = "starts"
        raise
    except DomainError as refused:
        refused.field = "starts"
        raise
    if start.year > here.ends_on.year + 1:  # ends of time would overflow
        raise UnreadableTime(field="starts")
    room = form.room.data or ""
    room_id = int(room) if room.isascii() and room.isdigit() and len(room) < 19 else None
    return Place(room_id=room_id, start=start, end=start + timedelta(minutes=length))


def _rooms(view: DraftView, form: PlaceForm, moving: DraftSession | None) -> None:
    """The rooms to choose from, each saying whether those who want the session fit."""
    wants = moving.wants if moving else 0
    choices: list[tuple[str, Any]] = [("", _("No room (breaks only)"))]
    for room in view.rooms:
        lacking = wants - room.capacity
        if lacking > 0:
            words = ngettext(
                "%(room)s: %(num)s seat too few", "%(room)s: %(num)s seats too few", lacking, room=room.name
            )
        else:
            words = ngettext(
                "%(room)s: fits, %(num)s seat", "%(room)s: fits, %(num)s seats", room.capacity, room=room.name
            )
        choices.append((str(room.id), words))
    form.room.choices = choices
    form.room.flags.required = not (moving and moving.kind is SessionKind.BREAK)


def _chosen(view: DraftView, public_id: str | None) -> DraftSession | None:
    return next((row for row in view.sessions if row.public_id == public_id and not row.cancelled), None)


def _asked_day(here: ConferenceView, moving: DraftSession | None = None) -> date:
    """The day of the address or form; else that of the session; else the first."""
    days = agenda.days(here)
    text = request.values.get("day", "")
    try:
        asked = date.fromisoformat(text) if text else None
    except ValueError:
        asked = None
    if asked in days:
        return asked
    if moving and moving.place:
        return _day_of(here, moving.place)
    return days[0]


def _day_of(here: ConferenceView, place: Place) -> date:
    days = agenda.days(here)
    day = place.start.astimezone(ZoneInfo(here.zone)).date()
    return day if day in days else days[0]


def _url(here: ConferenceView, day: date) -> str:
    return url_for("scheduling.editor", conference=here.slug, day=day.isoformat())
