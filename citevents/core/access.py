"""Who may enter: one declaration per route, enforced before any view runs.

A declaration is a decorator on the view function. A route without one is refused with 500 and fails the house tests.
What a person may not see answers 404, the same as what does not exist.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar

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
    ROLE = "role"  # one of the named roles, for the conference in the URL where there is one
    MACHINE = "machine"  # another program with its own proof (a signature, a bearer token); no CSRF


@dataclass(frozen=True)
class Access:
    door: Door
    roles: frozenset[Role] = frozenset()
    proof: str = ""


@dataclass(frozen=True)
class Grant:
    """A role; `conference_id` None means everywhere."""

    role: Role
    conference_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class Identity:
    """The signed-in person, as much as pages need."""

    person_id: int
    name: str
    call_name: str
    mail: str
    language: str | None = None
    zone: str | None = None
    grants: frozenset[Grant] = field(default_factory=frozenset)

    def may(self, *roles: Role, conference_id: int | None = None) -> bool:
        """Has one of the roles, globally or for this conference. An owner may everything."""
        return any(
            (grant.role in roles or grant.role is Role.OWNER)
            and (grant.conference_id is None or grant.conference_id == conference_id)
            for grant in self.grants
        )

    def has_any(self, *roles: Role) -> bool:
        """Has one of the roles anywhere at all (to show a desk's door in the menu)."""
        return any(grant.role in roles or grant.role is Role.OWNER for grant in self.grants)


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


def allowed(*roles: Role) -> Callable[[View], View]:
    """People with one of these roles, for the conference in the URL (`<slug:conference>`) or everywhere."""
    return lambda view: _declare(view, Access(Door.ROLE, frozenset(roles)))


def machine(proof: str) -> Callable[[View], View]:
    """Another program; `proof` says in words what the view verifies. Exempt from CSRF."""
    return lambda view: _declare(view, Access(Door.MACHINE, proof=proof))


def access_of(endpoint: str) -> Access | None:
    """The declaration of a route, or None."""
    return getattr(current_app.view_functions.get(endpoint), "access", None)


#: Says who is signed in; the people slice sets it. Must not raise.
_identify: Callable[[], Identity | None] = lambda: None  # noqa: E731
#: Turns the slug of a conference in a URL into its id, or None; the conferences slice sets it.
_conference_of: Callable[[str], int | None] = lambda slug: None  # noqa: E731


def identified_by(identify: Callable[[], Identity | None]) -> None:
    """Let the people slice say who is signed in."""
    global _identify
    _identify = identify


def conferences_by(lookup: Callable[[str], int | None]) -> None:
    """Let the conferences slice say which conference a URL means."""
    global _conference_of
    _conference_of = lookup


def current() -> Identity | None:
    """Who is signed in, looked up once per request."""
    if "identity" not in g:
        g.identity = _identify()
    return g.identity  # type: ignore[no-any-return]


def who() -> Identity:
    """Who is signed in, in a view whose declaration promises that somebody is."""
    identity = current()
    if identity is None:
        abort(404)
    return identity


def _enforce() -> Response | None:
    if request.endpoint is None:
        return None  # no such route: 404 follows
    access = access_of(request.endpoint)
    if access is None:
        raise RuntimeError(f"route {request.endpoint} does not say who may enter")
    if access.door in (Door.PUBLIC, Door.LINK, Door.MACHINE):
        return None
    identity = current()
    if identity is None:
        if request.method == "GET":
            return redirect(url_for("people.sign_in", next=request.full_path.rstrip("?")))
        abort(404)
    if access.door is Door.ROLE:
        slug = (request.view_args or {}).get("conference")
        conference_id = _conference_of(slug) if slug else None
        if slug and conference_id is None:
            abort(404)
        if not identity.may(*access.roles, conference_id=conference_id):
            abort(404)
    return None


def init_access(app: Flask) -> None:
    """Ask before every request; Flask's own static route is not used."""
    app.before_request(_enforce)
