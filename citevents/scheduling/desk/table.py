"""One day of the draft as the editor's table shows it, and what a move would cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import url_for

from citevents.core.times import clock, format_when, local_input
from citevents.locale.languages import gettext as _
from citevents.locale.languages import ngettext
from citevents.scheduling import agenda, policy, queries
from citevents.scheduling.agenda import DraftSession, DraftView
from citevents.scheduling.findings import Problem, ProblemKind, Severity
from citevents.scheduling.models import SessionKind
from citevents.scheduling.policy import Clash, Place

#: A free cell is offered where the room is free for this long.
FREE_FOR = timedelta(minutes=30)


def rows(view: DraftView, day: date, *, moving: int | None, target: Place | None) -> list[dict[str, Any]]:
    """The rows for `p.agenda_editor`: one per starting time of the day (and of the target), one cell per room."""
    zone = ZoneInfo(view.conference.zone)
    there = [row for row in view.placed if row.place and row.place.start.astimezone(zone).date() == day]
    starts = {row.place.start for row in there if row.place}
    if target and target.start.astimezone(zone).date() == day:
        starts.add(target.start)
    flags = _flags(view)
    return [
        {
            "start": clock(start, view.conference.zone),
            "cells": _cells(view, there, start, flags, moving, target),
        }
        for start in sorted(starts)
    ]


def _cells(
    view: DraftView,
    there: Sequence[DraftSession],
    start: datetime,
    flags: Mapping[int, Problem],
    moving: int | None,
    target: Place | None,
) -> list[dict[str, Any] | None]:
    cells: list[dict[str, Any] | None] = []
    # While everyone is at one thing, or has a break, no room is offered.
    busy = any(
        row.place and row.place.start <= start < row.place.end
        for row in there
        if row.kind is SessionKind.BREAK or row.kind in policy.FOR_ALL
    )
    for room in view.rooms:
        mine = [row for row in there if row.place and row.place.room_id == room.id]
        here = next((row for row in mine if row.place and row.place.start == start), None)
        if here:
            cells.append(_taken(view, here, flags.get(here.id), here.id == moving))
        elif target and target.start == start and target.room_id == room.id:
            cells.append(
                {"state": "target", "flag": ngettext("%(num)s seat", "%(num)s seats", room.capacity)}
            )
        elif busy or any(_runs(row, start) for row in mine):
            cells.append(None)
        else:
            cells.append(_free(view, room.id, room.name, start))
    breaks = [row for row in there if row.place and row.place.start == start and row.place.room_id is None]
    if breaks and cells:
        cells[0] = _taken(view, breaks[0], None, breaks[0].id == moving)
    return cells


def _runs(row: DraftSession, start: datetime) -> bool:
    return row.place is not None and row.place.start < start + FREE_FOR and row.place.end > start


def _taken(view: DraftView, row: DraftSession, problem: Problem | None, moving: bool) -> dict[str, Any]:
    assert row.place is not None
    slug, zone = view.conference.slug, view.conference.zone
    cell: dict[str, Any] = {
        "title": row.title,
        "people": [speaker.name for speaker in row.speakers],
        "url": url_for(
            "scheduling.editor",
            conference=slug,
            day=row.place.start.astimezone(ZoneInfo(zone)).date().isoformat(),
            move=row.public_id,
            _anchor="move",
        ),
        "state": "",
    }
    if row.kind is not SessionKind.BREAK:
        cell["wanted"] = row.wants
    if moving:
        cell |= {"state": "moving", "flag": _("Being moved")}
    elif problem:
        cell |= {"state": "hard" if problem.severity is Severity.BLOCK else "softc", "flag": short(problem)}
    return cell


def _free(view: DraftView, room_id: int, room: str, start: datetime) -> dict[str, Any]:
    zone = view.conference.zone
    return {
        "state": "free",
        "place_url": url_for(
            "scheduling.editor",
            conference=view.conference.slug,
            day=start.astimezone(ZoneInfo(zone)).date().isoformat(),
            starts=local_input(start, zone),
            room=room_id,
            _anchor="move",
        ),
        "where": _("a session at %(time)s in %(room)s", time=clock(start, zone), room=room),
    }


def _flags(view: DraftView) -> dict[int, Problem]:
    """The worst problem of each session; notes are for the list below."""
    found: dict[int, Problem] = {}
    for problem in view.problems():
        if problem.severity is not Severity.NOTE:
            for session_id in (problem.session_id, problem.other_id):
                if session_id is not None:
                    found.setdefault(session_id, problem)
    return found


def short(problem: Problem) -> str:
    """What is wrong, for a cell."""
    words = {
        ProblemKind.ROOM_SHORT: ngettext(
            "Room short by %(num)s seat", "Room short by %(num)s seats", problem.people
        ),
        ProblemKind.NEEDS: _("The room lacks something"),
        ProblemKind.NO_WALK: _("No time to walk over"),
        ProblemKind.OUTSIDE: _("Outside the conference"),
        ProblemKind.BOTH_WANTED: ngettext("%(num)s wants both", "%(num)s want both", problem.people),
    }
    return str(words[problem.kind])


def told(view: DraftView, problem: Problem, needs: Mapping[str, Any]) -> tuple[str, str]:
    """What is wrong, as a sentence, and whom it concerns, in numbers."""
    one = view.session(problem.session_id)
    assert one.place is not None
    other = view.session(problem.other_id) if problem.other_id is not None else one
    room = next((room.name for room in view.rooms if room.id == one.place.room_id), "")
    when = format_when(one.place.start, view.conference.zone).venue
    lacking = ", ".join(str(needs.get(need, need)) for need in problem.needs)
    sentence = {
        ProblemKind.ROOM_SHORT: _("%(room)s is too small for “%(title)s”", room=room, title=one.title),
        ProblemKind.NEEDS: _("“%(title)s” needs what %(room)s has not: %(needs)s", title=one.title, room=room, needs=lacking),
        ProblemKind.NO_WALK: _("Somebody goes from “%(title)s” straight to “%(other)s” in another room", title=one.title, other=other.title),
        ProblemKind.OUTSIDE: _("“%(title)s” is on a day without the conference", title=one.title),
        ProblemKind.BOTH_WANTED: _("“%(title)s” and “%(other)s” are at the same time", title=one.title, other=other.title),
    }[problem.kind]  # fmt: skip
    concerned = {
        ProblemKind.ROOM_SHORT: ngettext("%(num)s person more than seats", "%(num)s people more than seats", problem.people),
        ProblemKind.NO_WALK: ngettext("%(num)s speaker", "%(num)s speakers", problem.people),
        ProblemKind.BOTH_WANTED: ngettext("%(num)s person wants both", "%(num)s people want both", problem.people),
    }.get(problem.kind) or ngettext("%(num)s person wants it", "%(num)s people want it", problem.people)  # fmt: skip
    return str(sentence), f"{when} · {concerned}"


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What a move would do: what forbids it, how many problems come and go, how many people would be told if published."""

    clash: Clash | None
    worse: int
    better: int
    people_between_wishes: tuple[int, int]
    told: int


def cost(view: DraftView, session_id: int, becomes: Place) -> Cost:
    """What would change if this session went there. Nothing is written."""
    moved = tuple(replace(row, place=becomes) if row.id == session_id else row for row in view.sessions)
    placed = {
        row.id: (row.place, frozenset(speaker.id for speaker in row.speakers)) for row in moved if row.place
    }
    before, after = agenda.problems(view, view.placed), agenda.problems(view, moved)
    known, new = set(before), set(after)
    published = queries.current(view.conference.id)
    moves = policy.moved(published.content, session_id, becomes) if published else None
    return Cost(
        clash=policy.first_clash(placed, [session_id]),
        worse=len(_heavy(new - known)),
        better=len(_heavy(known - new)),
        people_between_wishes=(_torn(before), _torn(after)),
        told=queries.told(view.conference.id, moves) if moves else 0,
    )


def _heavy(problems: set[Problem]) -> list[Problem]:
    return [problem for problem in problems if problem.severity is not Severity.NOTE]


def _torn(problems: Sequence[Problem]) -> int:
    """How often people must choose between two favourites."""
    return sum(problem.people for problem in problems if problem.kind is ProblemKind.BOTH_WANTED)
