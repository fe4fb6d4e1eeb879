"""Calendars to subscribe to: the public agenda, one session, and a person's own by a secret address."""

from __future__ import annotations

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from citevents.calendars import feeds, queries, services
from citevents.conferences import queries as conferences
from citevents.core.access import by_link, public, signed_in, who
from citevents.core.db import transaction
from citevents.core.errors import NotYours
from citevents.core.links import link_to
from citevents.locale.languages import current_language, in_language
from citevents.locale.languages import gettext as _
from citevents.people import queries as people
from citevents.scheduling import queries as scheduling
from citevents.scheduling.page_cache import Memory

calendars = Blueprint("calendars", __name__)

_feeds = Memory(64)


@calendars.get("/c/<slug:conference>/agenda.ics")
@public
def agenda_feed(conference: str) -> ResponseReturnValue:
    """The published agenda as a calendar to subscribe to."""
    here = conferences.public_by_slug(conference)
    published = scheduling.current(here.id)
    if published is None:
        raise NotYours()
    key = ("agenda", published.stamp, here.revision, current_language(), request.host)
    etag, body = _feeds.get(key, lambda: feeds.agenda(here, published))
    return _calendar(etag, body, f"{here.slug}.ics")


@calendars.get("/c/<slug:conference>/agenda/sessions/<public_id>.ics")
@public
def session_file(conference: str, public_id: str) -> ResponseReturnValue:
    """One session as a file that a calendar opens."""
    here = conferences.public_by_slug(conference)
    published = scheduling.current(here.id)
    if published is None:
        raise NotYours()
    view = published.session(public_id)
    key = ("session", published.stamp, here.revision, current_language(), request.host, public_id)
    etag, body = _feeds.get(key, lambda: feeds.agenda(here, published, [view]))
    return _calendar(etag, body, "session.ics", attached=True)


@calendars.get("/calendar/<token>.ics")
@by_link
def personal_feed(token: str) -> ResponseReturnValue:
    """A person's own calendar. The address is the key: 128 bits, renewed on the page that shows it."""
    person_id = queries.whose_feed(token)
    if person_id is None:
        raise NotYours()
    with in_language(people.person(person_id).language):
        etag, body = _feeds.get(feeds.stamp(person_id), lambda: feeds.personal(person_id))
    return _calendar(etag, body, "my-agenda.ics", private=True)


@calendars.get("/me/calendar")
@signed_in
def mine() -> ResponseReturnValue:
    """How to have one's own agenda in a calendar: by mail, and by a secret address to subscribe to."""
    if "renew" in request.args:
        return render_template("calendars/renew.html")
    person_id = who().person_id
    token = queries.feed_of(person_id)
    entries = [each for each in queries.invitations_of(person_id) if each.live]
    entries.sort(key=lambda each: each.facts.start.isoformat())
    return render_template(
        "calendars/mine.html",
        url=link_to("calendars.personal_feed", token=token) if token else "",
        entries=entries,
        zone=who().zone,
    )


@calendars.post("/me/calendar")
@signed_in
def open_feed() -> ResponseReturnValue:
    """Make the secret address, or (renew) another one in its place."""
    with transaction():
        if request.form.get("renew"):
            services.renew_feed(who().person_id)
            flash(_("Your calendar has a new address. The old one answers no more."), "success")
        else:
            services.open_feed(who().person_id)
    return redirect(url_for("calendars.mine"), 303)


def _calendar(
    etag: str, body: bytes, name: str, *, attached: bool = False, private: bool = False
) -> Response:
    response = Response(mimetype="text/calendar")
    response.set_etag(etag)
    response.headers["Cache-Control"] = "private, no-cache" if private else "public, max-age=60"
    response.headers["Content-Disposition"] = f'{"attachment" if attached else "inline"}; filename="{name}"'
    if not private:
        response.vary.update(("Accept-Language", "Cookie"))
    response.make_conditional(request)
    if response.status_code != 304:
        response.set_data(body)
    return response
