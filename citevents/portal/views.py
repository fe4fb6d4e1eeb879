"""Pages that show many slices: home, my place, the organizer desk, dead letters, the words of the house."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from citevents.conferences import queries as conferences
from citevents.core import access, audit, events
from citevents.core.access import Role, allowed, public
from citevents.core.clock import now
from citevents.core.db import transaction
from citevents.core.errors import NotYours
from citevents.core.languages import gettext as _

portal = Blueprint("portal", __name__)

WORDS = ("help", "access", "privacy", "terms")


@portal.get("/")
@public
def home() -> ResponseReturnValue:
    """What is coming up, and what this place is for."""
    listed = conferences.listed()
    today = now().date()
    return render_template(
        "portal/home.html",
        coming=[each for each in listed if each.ends_on >= today],
        past=[each for each in reversed(listed) if each.ends_on < today],
    )


@portal.get("/about/<page>")
@public
def words(page: str) -> ResponseReturnValue:
    """Help, access, privacy, terms."""
    if page not in WORDS:
        abort(404)
    return render_template(f"portal/{page}.html")


@portal.get("/desk")
@allowed(*Role)
def desk() -> ResponseReturnValue:
    """What needs a person today, for whoever works here."""
    identity = access.who()
    return render_template(
        "portal/desk.html",
        conferences=[each for each in conferences.every() if identity.may(*Role, conference_id=each.id)],
        dead=len(events.dead_letters()) if identity.may(Role.ORGANIZER) else 0,
    )


@portal.get("/desk/deliveries")
@allowed(Role.ORGANIZER)
def deliveries() -> ResponseReturnValue:
    """Dead letters: what failed five times, with its error and a button to try again."""
    return render_template("portal/deliveries.html", letters=events.dead_letters())


@portal.post("/desk/deliveries/<int:delivery>/retry")
@allowed(Role.ORGANIZER)
def retry(delivery: int) -> ResponseReturnValue:
    """Give a dead letter five new attempts."""
    with transaction():
        if not events.retry(delivery):
            raise NotYours()
        audit.record("retry", "delivery", delivery)
    flash(_("It is being tried again. If it fails five more times, it comes back here."), "success")
    return redirect(url_for("portal.deliveries"), 303)
