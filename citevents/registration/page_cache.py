"""Public pages, made once for everybody who has not signed in, and then handed out.

A page is kept by what it shows: the conference's revision, its places, the language, the clock. What belongs to one
visitor (the CSRF token, the form's token) is put into the kept page in the place of the first visitor's.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flask import Response, current_app, g, request, session
from flask_wtf.csrf import generate_csrf

from citevents.conferences.queries import ConferenceView
from citevents.core import access
from citevents.core.clock import now
from citevents.core.db import current_organization_id
from citevents.core.tokens import keyed
from citevents.locale.languages import current_language, reader_zone

#: In a rush places change with every order: a page may show those of two seconds ago.
BREATH_SECONDS = 2.0
PAGES = 300


@dataclass(frozen=True, kw_only=True)
class Section:
    """A part of the public page of a conference that another slice shows there: its agenda, its people.

    `values` gives what the template needs, or None to leave the section out. It is asked when the page is made anew: call
    `conferences.services.touch(conference_id)` when it shows something else.
    """

    name: str
    template: str
    values: Callable[[ConferenceView], Mapping[str, Any] | None]


_sections: dict[str, Section] = {}


def add_section(section: Section) -> None:
    """Show this on the public page of every conference, after the places. For the `init` of a slice above."""
    _sections[section.name] = section


def sections(conference: ConferenceView) -> list[tuple[str, Mapping[str, Any]]]:
    """(template, values) of what other slices show of a conference."""
    found = ((section.template, section.values(conference)) for section in _sections.values())
    return [(template, values) for template, values in found if values is not None]


@dataclass(frozen=True)
class Kept:
    html: str
    stamp: tuple[Any, ...]
    places: tuple[Any, ...]
    csrf: str
    form: str
    nonce: str
    until: datetime
    #: When `places` were last seen to be so (monotonic seconds).
    known: float

    def good(self, stamp: tuple[Any, ...], at: datetime) -> bool:
        return self.stamp == stamp and at < self.until


def shareable() -> bool:
    """Whether this visitor sees what everybody sees: not signed in, nothing kept for them, a plain address."""
    return (
        access.current() is None
        and not request.query_string
        and "_flashes" not in session
        and "draft" not in session
    )


def page(
    name: str,
    conference: ConferenceView,
    places: Callable[[], tuple[Any, ...]],
    render: Callable[[], tuple[str, datetime]],
    *,
    form: str = "",
) -> Response:
    """The kept page, made by `render` -> (HTML, good until) where there is none that is good.

    `places` says what is taken now; it is asked when that was last known two seconds ago.
    `form` is this visitor's own token in it; a page without one has an ETag and may be answered by 304.
    """
    memory: dict[tuple[Any, ...], Kept] = current_app.extensions.setdefault("front", {})
    key = (name, current_organization_id(), conference.id, current_language(), reader_zone())
    stamp = (conference.revision,)
    kept = memory.get(key)
    csrf = generate_csrf()
    if kept is None or not kept.good(stamp, now()) or time.monotonic() - kept.known >= BREATH_SECONDS:
        known, taken = time.monotonic(), places()
        if kept and kept.good(stamp, now()) and kept.places == taken:
            kept = replace(kept, known=known)
        else:
            # The same in every process, so that a browser's copy answers to either; nobody outside can guess it.
            nonce = keyed("nonce", repr((key, stamp, taken)))[:32]
            g.csp_nonce = nonce
            html, until = render()
            kept = Kept(html, stamp, taken, csrf, form, nonce, until, known)
        if len(memory) >= PAGES and key not in memory:
            memory.clear()
        memory[key] = kept
    g.csp_nonce = kept.nonce
    html = kept.html.replace(kept.csrf, csrf)
    if form:
        return Response(html.replace(kept.form, form))
    answer = Response(html)
    mark = f"{key}{kept.stamp}{kept.places}{csrf_seed()}"
    answer.set_etag(hashlib.sha256(mark.encode()).hexdigest()[:32])
    answer.make_conditional(request)
    return answer


def csrf_seed() -> str:
    """What makes this browser's CSRF tokens: with another one, a kept copy of a page is old."""
    return str(session.get("csrf_token", ""))
