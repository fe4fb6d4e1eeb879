"""The agenda as everyone sees it: days, sessions, favourites, JSON."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from citevents.conferences import queries as conferences
from citevents.conferences.queries import ConferenceView
from citevents.core import access
from citevents.core.access import public, signed_in, who
from citevents.core.clock import now
from citevents.core.db import transaction
from citevents.core.errors import DomainError, NotYours
from citevents.core.links import site
from citevents.locale.languages import current_language, reader_zone
from citevents.locale.languages import gettext as _
from citevents.locale.spoken_languages import own_name
from citevents.registration import queries as registration
from citevents.scheduling import grid, page_cache, queries, services
from citevents.scheduling.grid import Filter
from citevents.scheduling.models import SessionKind
from citevents.scheduling.queries import Published, SessionView

scheduling = Blueprint("scheduling", __name__)

_told = page_cache.Memory(32)


@scheduling.get("/c/<slug:conference>/agenda")
@public
def agenda(conference: str) -> ResponseReturnValue:
    """One day of the published agenda; the days, tracks and languages to choose from; both clocks."""
    here = conferences.public_by_slug(conference)
    published = queries.current(here.id)
    if published is None:
        return render_template("scheduling/not_yet.html", conference=here)
    if page_cache.stranger() and not request.args.get("q"):
        return page_cache.page(_key(here, published), lambda: _day_page(here, published))
    return _day_page(here, published)


@scheduling.get("/c/<slug:conference>/agenda/print")
@public
def print_agenda(conference: str) -> ResponseReturnValue:
    """Every day on one page, for paper and for reading through."""
    here, published = _published(conference)
    if page_cache.stranger():
        return page_cache.page(_key(here, published), lambda: _print_page(here, published))
    return _print_page(here, published)


@scheduling.get("/c/<slug:conference>/agenda.json")
@public
def agenda_json(conference: str) -> ResponseReturnValue:
    """The published agenda for other programs; times are ISO 8601 with the venue's offset."""
    here, published = _published(conference)
    key = ("json", published.stamp, here.revision, current_language(), site())
    etag, body = _told.get(key, lambda: _as_json(here, published))
    response = Response(mimetype="application/json")
    response.set_etag(etag)
    response.headers["Cache-Control"] = "public, max-age=60"
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.vary.update(("Accept-Language", "Cookie"))
    response.make_conditional(request)
    if response.status_code != 304:
        response.set_data(body)
    return response


@scheduling.get("/c/<slug:conference>/agenda/sessions/<public_id>")
@public
def session(conference: str, public_id: str) -> ResponseReturnValue:
    """One session: when, where, who, what it is about; that it is not in the agenda any more, where it was."""
    here, published = _published(conference)
    try:
        view = published.session(public_id)
    except NotYours:
        view = queries.last_known(published, public_id)
        return render_template("scheduling/session_gone.html", conference=here, session=view)
    if page_cache.stranger():
        return page_cache.page(_key(here, published), lambda: _session_page(here, view))
    return _session_page(here, view)


@scheduling.get("/c/<slug:conference>/agenda/favourite")
@signed_in
def wish(conference: str) -> ResponseReturnValue:
    """Where a star leads somebody who was not signed in: the session, now with a star that works. Changes nothing."""
    here, published = _published(conference)
    view = published.session(request.args.get("favourite", ""))
    return redirect(url_for("scheduling.session", conference=here.slug, public_id=view.public_id), 303)


@scheduling.post("/c/<slug:conference>/agenda/favourite")
@signed_in
def favourite(conference: str) -> ResponseReturnValue:
    """Turn a favourite on or off, and go back to where the star was."""
    here, published = _published(conference)
    view = published.session(request.form.get("favourite", ""))
    person_id = who().person_id
    try:
        with transaction():
            if view.id in queries.favourite_ids(person_id, here.id):
                services.unfavourite(view.id, person_id)
                flash(_("“%(title)s” is no longer among your favourites.", title=view.title), "success")
            else:
                services.favourite(view.id, person_id)
                flash(_chosen(here, view, person_id), "success")
    except DomainError as refused:
        flash(refused.sentence, "error")
    return redirect(_back(here), 303)


def _chosen(here: ConferenceView, view: SessionView, person_id: int) -> str:
    if registration.is_registered(person_id, here.id):
        return str(
            _(
                "“%(title)s” is in your agenda. An invitation for your calendar is on its way.",
                title=view.title,
            )
        )
    sentence = _(
        "“%(title)s” is among your favourites. It comes into your calendar as soon as you are registered.",
        title=view.title,
    )
    url = url_for("registration.register", conference=here.slug)
    return Markup('{} <a href="{}">{}</a>').format(sentence, url, _("Register"))


def _back(here: ConferenceView) -> str:
    """The page of the agenda on which the star was pressed."""
    came = urlsplit(request.referrer or "")
    if came.netloc == request.host and came.path.startswith(
        url_for("scheduling.agenda", conference=here.slug)
    ):
        return came.path + (f"?{came.query}" if came.query else "")
    return url_for("scheduling.agenda", conference=here.slug)


def _published(slug: str) -> tuple[ConferenceView, Published]:
    here = conferences.public_by_slug(slug)
    published = queries.current(here.id)
    if published is None:
        raise NotYours()
    return here, published


def _key(here: ConferenceView, published: Published) -> page_cache.Key:
    """All that a stranger's page is made of. The minute bounds how long anything else that shows may be old."""
    minute = now().replace(second=0, microsecond=0)
    known = tuple(sorted((name, value) for name, value in request.args.items() if name in KNOWN))
    return (
        request.endpoint,
        request.path,
        known,
        published.stamp,
        here.revision,
        current_language(),
        reader_zone(),
        minute,
    )


#: What a stranger's page may be asked for; the rest of a query changes nothing on it.
KNOWN = ("day", "track", "slang", "mine", "clock", "lang")


def _day_page(here: ConferenceView, published: Published) -> str:
    sessions = published.sessions()
    zone, yours = here.zone, reader_zone()
    days = grid.days_of(sessions, zone)
    day = _day(days, zone)
    identity = access.current()
    favourites = queries.favourite_ids(identity.person_id, here.id) if identity else frozenset()
    wanted = _filter()
    today = grid.on_day(sessions, day, zone)
    shown = [
        view
        for view in today
        if (wanted.keeps(view, favourites) and not (wanted.active and view.kind is SessionKind.BREAK))
    ]
    large = yours if request.args.get("clock") == "yours" and yours else zone
    return render_template(
        "scheduling/agenda.html",
        conference=here,
        days=[(_day_url(here, each), each, each == day) for each in days],
        day=day,
        tracks=published.tracks(),
        spoken=sorted({view.language for view in sessions}, key=own_name),
        wanted=wanted,
        rooms=[(room.name, room.capacity) for room in published.rooms[: grid.MOST_COLUMNS]],
        slots=grid.slots(
            shown,
            slug=here.slug,
            day=day,
            clocks=(large, yours if large == zone else zone),
            favourites=favourites,
            instant=now(),
        ),
        clocks=_clocks(here, large, yours),
        large=large,
        total=sum(view.kind is not SessionKind.BREAK and not view.cancelled for view in shown),
        chosen=sum(view.id in favourites and not view.cancelled for view in shown),
        identity=identity,
        number=published.number,
        moment=today[0].starts_at if today else now(),
    )


def _print_page(here: ConferenceView, published: Published) -> str:
    sessions, yours = published.sessions(), reader_zone()
    return render_template(
        "scheduling/print.html",
        conference=here,
        number=published.number,
        published_at=published.published_at,
        days=[
            (
                day,
                grid.slots(
                    grid.on_day(sessions, day, here.zone),
                    slug=here.slug,
                    day=day,
                    clocks=(here.zone, yours),
                    favourites=(),
                    instant=datetime.max.replace(tzinfo=ZoneInfo("UTC")),
                ),
            )
            for day in grid.days_of(sessions, here.zone)
        ],
        moment=sessions[0].starts_at if sessions else now(),
    )


def _session_page(here: ConferenceView, view: SessionView) -> str:
    identity = access.current()
    return render_template(
        "scheduling/session.html",
        conference=here,
        session=view,
        names=grid.names(view),
        identity=identity,
        mine=bool(identity) and view.id in queries.favourite_ids(identity.person_id, here.id),  # type: ignore[union-attr]
        day_url=_day_url(here, view.starts_at.astimezone(ZoneInfo(here.zone)).date()),
    )


def _day(days: list[date], zone: str) -> date:
    """The day asked for; else today, when it is one; else the first."""
    asked = request.args.get("day", "")
    if asked:
        try:
            day = date.fromisoformat(asked)
        except ValueError:
            abort(404)
        if day not in days:
            abort(404)
        return day
    today = now().astimezone(ZoneInfo(zone)).date()
    return today if today in days else days[0] if days else today


def _filter() -> Filter:
    return Filter(
        words=request.args.get("q", "").strip()[:100],
        track=request.args.get("track", ""),
        language=request.args.get("slang", ""),
        mine=request.args.get("mine") == "y" and access.current() is not None,
    )


def _asked(**changes: str | None) -> dict[str, Any]:
    """The query as it is, with changes; what is empty is left out."""
    kept = {name: request.args.get(name) for name in ("day", "track", "slang", "mine", "clock", "q")}
    return {name: value for name, value in (kept | changes).items() if value}


def _day_url(here: ConferenceView, day: date) -> str:
    return url_for("scheduling.agenda", conference=here.slug, **_asked(day=day.isoformat()))


def _clocks(here: ConferenceView, large: str, yours: str | None) -> list[tuple[str, str, bool]]:
    """The two ways to show times; nothing to choose where the reader's clock is the venue's, or unknown."""
    if not yours or yours == here.zone:
        return []
    return [
        (
            url_for("scheduling.agenda", conference=here.slug, **_asked(clock=None)),
            here.zone,
            large == here.zone,
        ),
        (url_for("scheduling.agenda", conference=here.slug, **_asked(clock="yours")), yours, large == yours),
    ]


def _as_json(here: ConferenceView, published: Published) -> bytes:
    place, base = ZoneInfo(here.zone), site()
    told = {
        "conference": {"name": here.name, "slug": here.slug, "zone": here.zone, "cancelled": here.cancelled},
        "version": published.number,
        "published_at": published.published_at.isoformat(),
        "sessions": [
            {
                "id": view.public_id,
                "url": base + url_for("scheduling.session", conference=here.slug, public_id=view.public_id),
                "title": view.title,
                "abstract": view.abstract,
                "kind": view.kind.value,
                "track": view.track.name if view.track else None,
                "level": view.level.value,
                "audience": view.audience,
                "language": view.language,
                "starts_at": view.starts_at.astimezone(place).isoformat(),
                "ends_at": view.ends_at.astimezone(place).isoformat(),
                "room": view.room or None,
                "speakers": [{"name": speaker.name, "part": speaker.part.value} for speaker in view.speakers],
                "cancelled": view.cancelled,
            }
            for view in published.sessions()
        ],
    }
    return current_app.json.dumps(told).encode()
