"""The links around every page: the site's, the desk's, the footer's. Only doors that this reader may open."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import current_app, request, url_for

from citevents.conferences import queries as conferences
from citevents.core import access
from citevents.core.access import Role
from citevents.core.errors import NotYours
from citevents.locale.languages import gettext as _
from citevents.slices import slices

Link = tuple[str, str, bool]

DESK_ROLES = tuple(Role)


def _conference() -> str | None:
    """The conference that this page is about, if any."""
    slug = (request.view_args or {}).get("conference")
    return str(slug) if slug else None


def _link(label: str, endpoint: str, group: str = "", **values: Any) -> list[Link]:
    """One link, current when this page belongs to it; nothing while nobody has built it."""
    if endpoint not in current_app.view_functions:
        return []
    here = request.endpoint or ""
    return [(url_for(endpoint, **values), label, here == endpoint or bool(group and here.startswith(group)))]


def _called_off(slug: str) -> bool:
    """Whether the conference at hand is cancelled: then nothing is offered. Its own pages answer for one that is not there."""
    try:
        return conferences.by_slug(slug).cancelled
    except NotYours:
        return False


def nav_place() -> tuple[str, str | None, bool, bool]:
    """All that `site_nav` depends on: the page, the conference at hand, whether it is cancelled, whether the desk is open
    to this reader."""
    identity, slug = access.current(), _conference()
    desk = bool(identity and identity.has_any(*DESK_ROLES))
    return request.endpoint or "", slug, bool(slug) and _called_off(slug or ""), desk


def site_nav() -> list[Link]:
    """(url, label, current): the conference at hand, one's own place, the exchange, the desk."""
    _page, slug, off, desk = nav_place()
    links: list[Link] = []
    if slug:
        links += _link(_("Conference"), "registration.event", conference=slug)
        links += _link(_("Agenda"), "scheduling.agenda", conference=slug)
        if not off:
            links += _link(_("Register"), "registration.register", conference=slug)
    else:
        links += _link(_("Conferences"), "portal.home")
    links += _link(_("Exchange"), "matching.home")
    links += _link(_("My account"), "portal.mine", "me.")
    if desk:
        links += _link(_("Desk"), "portal.desk")
    return links


def foot_nav() -> list[tuple[str, str]]:
    """(url, label) of what everybody may want to know."""
    return [
        (url_for("portal.words", page="help"), _("Help and contact")),
        (url_for("portal.words", page="access"), _("Access and support")),
        (url_for("portal.words", page="privacy"), _("Privacy: what we keep, for how long")),
        (url_for("portal.words", page="terms"), _("Terms and refunds")),
    ]


def desk_nav() -> list[tuple[str, str, bool, int | None]]:
    """(url, label, current, count) of the desk's pages that this person may open."""
    identity, slug = access.current(), _conference()
    if identity is None:
        return []
    conference_id = access.conference_id(slug) if slug else None
    links: list[tuple[str, str, bool, int | None]] = []
    for each in sorted((link for given in slices() for link in given.desk), key=lambda link: link.at):
        if each.of_conference and not slug:
            continue
        scope = conference_id if each.of_conference else None
        opens = identity.has_any if each.anywhere else partial(identity.may, conference_id=scope)
        if opens(*each.roles):
            values = {"conference": slug} if each.of_conference and slug else {}
            count = each.count() if each.count else None
            links += [(*link, count or None) for link in _link(str(each.label), each.endpoint, **values)]
    return links
