"""One day of a published agenda as the grid shows it: rows by time, columns by room."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from flask import url_for

from citevents.core.times import clock, format_when
from citevents.locale.languages import gettext as _
from citevents.locale.spoken_languages import own_name
from citevents.locale.zones import city
from citevents.scheduling.models import SessionKind
from citevents.scheduling.policy import name_key
from citevents.scheduling.queries import SessionView
from citevents.web.icons import shape_of

#: The look has that many columns; more rooms than that are shown as a list.
MOST_COLUMNS = 10


@dataclass(frozen=True, kw_only=True)
class Filter:
    """What a reader wants to see of a day. Empty strings and False: everything."""

    words: str = ""
    track: str = ""
    language: str = ""
    mine: bool = False

    @property
    def active(self) -> bool:
        """Whether something is left out."""
        return bool(self.words or self.track or self.language or self.mine)

    def keeps(self, view: SessionView, favourites: Collection[int]) -> bool:
        """Whether a session is among what is wanted."""
        if self.track and (view.track is None or view.track.public_id != self.track):
            return False
        if self.language and view.language != self.language:
            return False
        if self.mine and view.id not in favourites:
            return False
        wanted = name_key(self.words)
        return wanted in name_key(" ".join([view.title, *(speaker.name for speaker in view.speakers)]))


def days_of(sessions: Iterable[SessionView], zone: str) -> list[date]:
    """The days on which something takes place, on the venue's calendar."""
    place = ZoneInfo(zone)
    return sorted({view.starts_at.astimezone(place).date() for view in sessions})


def on_day(sessions: Iterable[SessionView], day: date, zone: str) -> list[SessionView]:
    """What begins on this day of the venue."""
    place = ZoneInfo(zone)
    return [view for view in sessions if view.starts_at.astimezone(place).date() == day]


def slots(
    sessions: Sequence[SessionView],
    *,
    slug: str,
    day: date,
    clocks: tuple[str, str | None],
    favourites: Collection[int],
    instant: datetime,
) -> list[dict[str, Any]]:
    """The rows for `p.agenda`: one per starting time, under the heading of the venue's `day`. `clocks`: the zone shown
    large, and the one beside it.
    """
    zone, other = clocks
    spoken = _spoken(sessions)
    rows: list[dict[str, Any]] = []
    key = lambda view: (view.starts_at, view.kind is not SessionKind.BREAK)  # noqa: E731
    for (start, is_session), group in groupby(sorted(sessions, key=key), key=key):
        views = list(group)
        row: dict[str, Any] = {
            "start": format_when(start, zone, other, only_clock=True, under=day),
            "now": start <= instant < _runs_until(views) and is_session,
        }
        if is_session:
            row["sessions"] = [_session(view, slug, favourites, spoken) for view in views]
        else:
            row["pause"] = " · ".join(view.title for view in views)
        if row["now"]:
            row["now_words"] = _now_words(instant, zone, other)
        rows.append(row)
    _one_now_line(rows)
    return rows


def _runs_until(views: Sequence[SessionView]) -> datetime:
    """When the last of them ends that takes place; at once where none does."""
    return max((view.ends_at for view in views if not view.cancelled), default=views[0].starts_at)


def _session(view: SessionView, slug: str, favourites: Collection[int], spoken: str) -> dict[str, Any]:
    return {
        "id": view.public_id,
        "title": view.title,
        "url": url_for("scheduling.session", conference=slug, public_id=view.public_id),
        "lang": view.title_language,
        "people": names(view),
        "room": view.room,
        "column": view.column,
        "all": view.for_all or not 1 <= view.column <= MOST_COLUMNS,
        "track": (view.track.name if view.for_all else view.track.short) if view.track else "",
        "shape": shape_of(view.track.position) if view.track else "",
        "note": own_name(view.language) if view.language != spoken else "",
        "mine": view.id in favourites,
        "cancelled": view.cancelled,
    }


def _spoken(sessions: Sequence[SessionView]) -> str:
    """The language of most sessions: only the others are worth a word."""
    counted = Counter(view.language for view in sessions if view.kind is not SessionKind.BREAK)
    return counted.most_common(1)[0][0] if counted else ""


def names(view: SessionView) -> list[str]:
    """Who speaks, in order; somebody whose name is gone stays as a person."""
    return [speaker.name or _("Speaker to be named") for speaker in view.speakers]


def _now_words(instant: datetime, zone: str, other: str | None) -> str:
    here, place = clock(instant, zone), city(zone)
    if other and clock(instant, other) != here:
        return str(
            _(
                "%(time)s now in %(place)s, %(your_time)s in %(your_place)s",
                time=here,
                place=place,
                your_time=clock(instant, other),
                your_place=city(other),
            )
        )
    return str(_("%(time)s now in %(place)s", time=here, place=place))


def _one_now_line(rows: list[dict[str, Any]]) -> None:
    """Where long sessions still run beside new ones, the line stands once: after the last."""
    running = [row for row in rows if "now_words" in row]
    for row in running[:-1]:
        del row["now_words"]
