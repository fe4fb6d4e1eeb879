"""What every answer has in common: headers, one organization per host, refusals as pages, forms that carry them."""

from __future__ import annotations

import gzip
import logging
import secrets
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa
from flask import Flask, Response, current_app, g, render_template, request
from flask_wtf.csrf import CSRFError, CSRFProtect
from sqlalchemy.exc import DataError, DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import BadHost, HTTPException, NotFound, SecurityError
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import BaseConverter
from werkzeug.sansio.utils import host_is_trusted

from citevents.config import Settings
from citevents.core.access import Door, access_of
from citevents.core.db import Organization, _organization, session
from citevents.core.errors import DomainError
from citevents.web import intake
from citevents.web.forms import Form

csrf = CSRFProtect()
log = logging.getLogger("citevents.web")


class Slug(BaseConverter):
    """Lower-case words joined by hyphens."""

    regex = r"[a-z0-9]+(?:-[a-z0-9]+)*"


def init_web(app: Flask, settings: Settings) -> None:
    """Body limits, proxies, the organization of the host, CSRF, headers and error pages."""
    app.request_class = intake.Request
    app.config.update(
        MAX_CONTENT_LENGTH=intake.LARGEST_BODY,
        MAX_FORM_MEMORY_SIZE=intake.LARGEST_PARTS,
        MAX_FORM_PARTS=intake.MOST_FIELDS,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_CHECK_DEFAULT=False,
        # The prefix keeps subdomains from planting a cookie of this name.
        SESSION_COOKIE_NAME="__Host-citevents" if settings.base_url.startswith("https") else "citevents",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_REFRESH_EACH_REQUEST=False,
        SESSION_COOKIE_SECURE=settings.base_url.startswith("https"),
    )
    app.url_map.converters["slug"] = Slug
    if settings.proxies:
        count = settings.proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)  # type: ignore[method-assign]
    app.wsgi_app = intake.Gate(app.wsgi_app)  # type: ignore[method-assign]
    csrf.init_app(app)
    app.before_request(_enter)
    app.before_request(_protect)
    app.after_request(_headers)
    app.after_request(_compress)
    app.jinja_env.globals["csp_nonce"] = csp_nonce
    app.register_error_handler(DomainError, _refused)
    app.register_error_handler(CSRFError, _forged)
    app.register_error_handler(HTTPException, _http)
    for kind in (OperationalError, PoolTimeout):
        app.register_error_handler(kind, _unavailable)
    app.register_error_handler(DataError, _unstorable)
    app.register_error_handler(Exception, _broken)


HOST_MEMORY_SECONDS = 30.0


def _enter() -> None:
    """Everything in this request is done on behalf of the organization that the host names."""
    g.csp_nonce = secrets.token_urlsafe(16)
    if request.endpoint in NO_ORGANIZATION:
        g.identity = None
        return
    trusted = current_app.config["SETTINGS"].trusted_hosts
    if trusted and not host_is_trusted(request.host, trusted):
        raise SecurityError(f"{request.host} is not trusted")
    try:
        g.house = _house_of(request.host.partition(":")[0].lower())
    except NotSetUp:
        g.identity = None  # nobody can be signed in, whatever an old cookie says
        if request.endpoint not in WITHOUT_ORGANIZATION:
            raise
    else:
        _organization.set(g.house.id)


#: Endpoints that must answer on any host, and before anything is set up.
NO_ORGANIZATION = {
    "operations.health",
    "operations.health_web",
    "operations.prometheus",
    "assets.static",
    "organizations.set_up",
}
#: Those that answer before anything is set up, too: the page that says so is read in a language.
WITHOUT_ORGANIZATION = {"preferences.page", "preferences.save"}


class NotSetUp(NotFound):
    """There is no organization yet."""


@dataclass(frozen=True)
class House:
    """The organization of a host as pages need it: remembered for half a minute, so that no page asks for it."""

    id: int
    name: str
    host: str | None
    mail: str
    sample: bool


def _house_of(host: str) -> House:
    hosts: dict[str, tuple[float, House]] = current_app.extensions.setdefault("hosts", {})
    known = hosts.get(host)
    if known and known[0] > time.monotonic() and not current_app.testing:
        return known[1]
    row = session().scalar(
        sa.select(Organization)
        .where(sa.or_(Organization.host == host, Organization.host.is_(None)))
        .order_by(Organization.host.is_(None), Organization.id)
        .limit(1)
    )
    if row is None:
        if session().scalar(sa.select(sa.exists(sa.select(Organization.id)))):
            raise SecurityError(f"{host} belongs to no organization")
        raise NotSetUp()
    if len(hosts) > 1000:  # hosts are chosen by callers
        hosts.clear()
    found = House(row.id, row.name, row.host, row.mail, row.sample)
    hosts[host] = (time.monotonic() + HOST_MEMORY_SECONDS, found)
    return found


def organization() -> House:
    """The organization of this request. LookupError where there is none."""
    if "house" not in g:
        raise LookupError("this request has no organization")
    return g.house  # type: ignore[no-any-return]


def organization_or_none() -> House | None:
    """The same for the frame of a page, which may be about the very lack of one, or of a database."""
    return g.get("house")  # type: ignore[no-any-return]


def _protect() -> None:
    """CSRF for every route but those of machines, which bring their own proof."""
    access = access_of(request.endpoint) if request.endpoint else None
    if access is None or access.door is not Door.MACHINE:
        csrf.protect()


def csp_nonce() -> str:
    """The nonce of this answer's scripts."""
    return g.get("csp_nonce", "")  # type: ignore[no-any-return]


def _headers(response: Response) -> Response:
    if response.status_code == 304:
        return response  # the browser's copy keeps its own headers, and the nonce that its scripts carry
    policy = (
        f"default-src 'none'; script-src 'nonce-{csp_nonce()}'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; form-action 'self'{pay}; frame-ancestors 'none'; base-uri 'none'; manifest-src 'self', "
        # A second policy, which must agree: a page kept for everybody has a nonce that everybody can read, and so a nonce
        # alone must not be enough. Scripts are files of ours; there is none in a page.
        "script-src 'self'"
    )
    # Browsers follow a form's redirect only to hosts that form-action names: the hosted payment page is one.
    response.headers.setdefault("Content-Security-Policy", policy.format(pay=_pay_page()))
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    response.headers.setdefault("Permissions-Policy", "camera=(self), microphone=(), geolocation=()")
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    if response.mimetype == "text/html" and "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = "no-store" if g.get("identity") else "private, no-cache"
    return response


#: Bodies worth compressing, from this many bytes on.
COMPRESSED = {"text/html", "text/plain", "text/calendar", "text/csv", "application/json"}
SMALLEST = 1000


def _compress(response: Response) -> Response:
    """Gzip for slow links, where no proxy does it. CSRF tokens are signed anew in each page: lengths tell nothing of them."""
    if response.mimetype not in COMPRESSED or response.is_streamed or response.direct_passthrough:
        return response
    response.vary.add("Accept-Encoding")
    if response.content_encoding or not request.accept_encodings["gzip"] or request.method == "HEAD":
        return response
    body = response.get_data()
    if len(body) >= SMALLEST:
        response.set_data(gzip.compress(body, 5, mtime=0))
        response.content_encoding = "gzip"
    return response


def _pay_page() -> str:
    settings: Settings = current_app.config["SETTINGS"]
    if settings.stripe_api_base:
        parts = urlsplit(settings.stripe_api_base)
        return f" {parts.scheme}://{parts.netloc}"
    return " https://checkout.stripe.com"


def refuse(form: Form, refusal: DomainError) -> None:
    """Put a refusal where it belongs in the form: at its field, or above the form."""
    field = form._fields.get(refusal.field or "")
    if field is not None:
        field.errors = [*field.errors, refusal.sentence]
    else:
        form.form_errors.append(refusal.sentence)


#: A way back that is longer was not made here.
LONGEST_PATH = 2000


def local_path(target: str | None, fallback: str) -> str:
    """A redirect target that stays here: a path of this site, else `fallback`."""
    if not target or len(target) > LONGEST_PATH:
        return fallback
    if not target.startswith("/") or target.startswith(("//", "/\\")):
        return fallback
    if any(ord(char) < 32 for char in target) or urlsplit(target).netloc:
        return fallback
    return target


def error_page(status: int, sentence: str = "", **values: Any) -> tuple[str, int]:
    """The page for a status: what happened and what to do next."""
    return render_template("errors/error.html", status=status, sentence=sentence, **values), status


def _refused(refusal: DomainError) -> tuple[str, int]:
    return error_page(refusal.status, refusal.sentence)


def _forged(error: CSRFError) -> tuple[str, int]:
    log.info("csrf refused", extra={"endpoint": request.endpoint})
    return error_page(400)


def _http(error: HTTPException) -> Any:
    if error.response is not None or error.code is None or error.code < 400:
        return error
    if isinstance(
        error, SecurityError | BadHost
    ):  # a host that is not ours, or none: no page, whose links would lead there
        return Response("This address is not served here.\n", 400, mimetype="text/plain")
    if isinstance(error, NotSetUp):
        return render_template("errors/not_set_up.html"), 404
    if error.code == 413:
        intake.drain(request.environ)
    return error_page(error.code)


#: Waiting for a lock, a statement or a connection took too long, or the database is away: nothing was written.
def _unavailable(error: Exception) -> Response:
    log.warning("database unavailable", extra={"error": type(error).__name__})
    page, status = _plain_unavailable()
    return Response(page, status, {"Retry-After": "5"}, mimetype="text/html")


def _plain_unavailable() -> tuple[str, int]:
    return render_template("errors/unavailable.html"), 503


def _unstorable(error: DataError) -> tuple[str, int]:
    """What was asked for cannot exist: a NUL in a text, a number beyond every number here."""
    session().rollback()
    return error_page(404 if request.method == "GET" else 400)


def _broken(error: Exception) -> Any:
    if isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", "") in ("55P03", "57014", "40P01"):
        return _unavailable(error)
    # The message of an error may quote what a person typed: log where, not what.
    log.error(
        "unhandled error",
        extra={"endpoint": request.endpoint, "error": type(error).__name__, "where": _where(error)},
    )
    if current_app.testing or current_app.debug:
        raise error
    return error_page(500)


def _where(error: Exception) -> str:
    trace = error.__traceback__
    places = []
    while trace:
        places.append(
            f"{trace.tb_frame.f_code.co_qualname if hasattr(trace.tb_frame.f_code, 'co_qualname') else trace.tb_frame.f_code.co_name}:{trace.tb_lineno}"
        )
        trace = trace.tb_next
    return " > ".join(places[-6:])
