"""Who may enter: one declaration per route, enforced before any view runs.

A declaration is a decorator on the view function. A route without one is refused with 500 and fails the house tests.
What a person may not see answers 404, the same as what does not exist.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import Flask, abort, current_app, g, redirect, request, url_for
from werkzeug.wrappers import Response

View = TypeVar("View", bound=Callable[..., Any])


class Role(StrEnum):
    """What a person may do for the organization, everywhere or for one conference."""

    OWNER = "owner"
    ORGANIZER = "organizer"
    PROGRAM_COMMITTEE = "program_committee"
    REVIEWER = "reviewer"
    FINANCE = "finance"
    CHECK_IN = "check_in"
    EXCHANGE_COORDINATOR = "exchange_coordinator"


class Door(StrEnum):
    PUBLIC = "public"  # everyone
    LINK = "link"  # whoever holds the 128-bit link; the view checks it and answers 404 otherwise
    SIGNED_IN = "signed_in"  # any person; the view shows only what is theirs
    FRESH = "fresh"  # any person who showed today, with an asked link or a passkey, that it is them
    ROLE = "role"  # one of the named roles, for the conference in the URL where there is one
    MACHINE = "machine"  # another program with its own proof (a signature, a bearer token); no CSRF


@dataclass(frozen=True)
class Access:
    door: Door
    roles: frozenset[Role] = frozenset()
    anywhere: bool = False
    proof: str = ""


@dataclass(frozen=True)
class Grant:
    """A role; `conference_id` None means everywhere."""

    role: Role
    conference_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class Identity:
    """The signed-in person, as much as pages need.

    `fresh`: they showed today that it is them. A sign-in by the link of an old letter is not fresh; the roles that would
    come with a fresh one are then in `asleep`, and `grants` is empty.
    """

    person_id: int
    name: str
    call_name: str
    mail: str
    language: str | None = None
    zone: str | None = None
    fresh: bool = True
    grants: frozenset[Grant] = field(default_factory=frozenset)
    asleep: frozenset[Grant] = field(default_factory=frozenset)

    def may(self, *roles: Role, conference_id: int | None = None) -> bool:
        """Has one of the roles, globally or for this conference. An owner may everything."""
        return covers(self.grants, roles, conference_id)

    def has_any(self, *roles: Role) -> bool:
        """Has one of the roles anywhere at all (to show a desk's door in the menu)."""
        return covers(self.grants, roles, anywhere=True)


def covers(
    grants: Iterable[Grant],
    roles: Iterable[Role],
    conference_id: int | None = None,
    *,
    anywhere: bool = False,
) -> bool:
    """Whether one of the grants is one of these roles (or owner), for this conference, everywhere, or at all (`anywhere`)."""
    wanted = {*roles, Role.OWNER}
    return any(
        grant.role in wanted and (anywhere or grant.conference_id in (None, conference_id))
        for grant in grants
    )


def _declare(view: View, access: Access) -> View:
    view.access = access  # type: ignore[attr-defined]
    return view


def public(view: View) -> View:
    """Everyone may enter."""
    return _declare(view, Access(Door.PUBLIC))


def by_link(view: View) -> View:
    """Whoever holds the link may enter; the view looks the token up and answers 404 for any other."""
    return _declare(view, Access(Door.LINK))


def signed_in(view: View) -> View:
    """Any signed-in person; the view shows only what is theirs."""
    return _declare(view, Access(Door.SIGNED_IN))


def freshly_signed_in(view: View) -> View:
    """Any person who signed in today by an asked link or a passkey: for passkeys, export, erasing."""
    return _declare(view, Access(Door.FRESH))


def allowed(*roles: Role, anywhere: bool = False) -> Callable[[View], View]:
    """People with one of these roles, for the conference in the URL (`<slug:conference>`) or everywhere.

    `anywhere`: a role for any conference opens the page, which then shows what that role may see (the desk's front page).
    """
    return lambda view: _declare(view, Access(Door.ROLE, frozenset(roles), anywhere=anywhere))


def machine(proof: str) -> Callable[[View], View]:
    """Another program; `proof` says in words what the view verifies. Exempt from CSRF."""
    return lambda view: _declare(view, Access(Door.MACHINE, proof=proof))


def access_of(endpoint: str) -> Access | None:
    """The declaration of a route, or None."""
    return getattr(current_app.view_functions.get(endpoint), "access", None)


#: Says who is signed in; the people slice sets it.
_identify: Callable[[], Identity | None] = lambda: None  # noqa: E731
#: Turns the slug of a conference in a URL into its id, or None; the conferences slice sets it.
_conference_of: Callable[[str], int | None] = lambda slug: None  # noqa: E731
#: The conferences for which roles can be given: id -> name; the conferences slice sets it.
_conference_names: Callable[[], dict[int, str]] = dict


def identified_by(identify: Callable[[], Identity | None]) -> None:
    """Let the people slice say who is signed in."""
    global _identify
    _identify = identify


def conferences_by(
    lookup: Callable[[str], int | None], names: Callable[[], dict[int, str]] | None = None
) -> None:
    """Let the conferences slice say which conference a URL means, and what conferences there are."""
    global _conference_of, _conference_names
    _conference_of = lookup
    _conference_names = names or _conference_names


def conference_names() -> dict[int, str]:
    """Every conference's name by id, newest first: where a role can hold."""
    return _conference_names()


def conference_id(slug: str) -> int | None:
    """Which conference a slug means, looked up once per request."""
    known: dict[str, int | None] = g.setdefault("conference_ids", {})
    if slug not in known:
        known[slug] = _conference_of(slug)
    return known[slug]


def current() -> Identity | None:
    """Who is signed in, looked up once per request. Where looking fails (503), the error page is for nobody."""
    if "identity" not in g:
        g.identity = None
        g.identity = _identify()
    return g.identity  # type: ignore[no-any-return]


def who() -> Identity:
    """Who is signed in, in a view whose declaration promises that somebody is."""
    identity = current()
    if identity is None:
        abort(404)
    return identity


def enforce() -> Response | None:
    """Let the request pass (None), send it to the sign-in page, or answer 404."""
    if request.endpoint is None:
        return None  # no such route: 404 follows
    access = access_of(request.endpoint)
    if access is None:
        raise RuntimeError(f"route {request.endpoint} does not say who may enter")
    if access.door in (Door.PUBLIC, Door.LINK, Door.MACHINE):
        return None
    identity = current()
    if identity is None:
        return _to_sign_in()
    if access.door is Door.FRESH and not identity.fresh:
        return _to_sign_in()
    if access.door is Door.ROLE:
        return _ask_roles(access, identity)
    return None


def _ask_roles(access: Access, identity: Identity) -> Response | None:
    slug = (request.view_args or {}).get("conference")
    about = conference_id(slug) if slug else None
    if slug and about is None:
        abort(404)
    if covers(identity.grants, access.roles, about, anywhere=access.anywhere):
        return None
    if not covers(identity.asleep, access.roles, about, anywhere=access.anywhere):
        abort(404)
    return _to_sign_in()


def _to_sign_in() -> Response:
    """To the sign-in page and, after it, back: to this page, or to the one whose form was sent."""
    if request.method == "GET":
        back = request.full_path.rstrip("?")
    else:
        came_from = urlsplit(request.referrer or "")
        back = came_from.path if came_from.netloc == request.host else ""
    return redirect(url_for("people.sign_in", next=back or None), 303 if request.method == "POST" else 302)


def init_access(app: Flask) -> None:
    """Ask before every request; Flask's own static route is not used."""
    app.before_request(enforce)
