"""Static files: one address per content, kept by browsers for a year, compressed once."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from flask import Blueprint, Flask, Response, abort, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue

from citevents.core.access import public
from citevents.web.parts import init_parts

STATIC = Path(__file__).parents[2] / "static"
YEAR = 365 * 24 * 3600
#: Formats that shrink; pictures and fonts are compressed already.
SHRINKS = (".css", ".js", ".svg", ".json", ".webmanifest", ".txt")
SMALLEST = 400
"""Bytes under which gzip does not pay."""

assets = Blueprint("assets", __name__)


@dataclass(frozen=True, slots=True)
class Asset:
    """A static file in memory. `mark` is the first 12 hex digits of its SHA-256."""

    content: bytes
    packed: bytes | None
    mark: str
    mimetype: str


@lru_cache(maxsize=256)
def _load(name: str, _changed: int) -> Asset:
    path = STATIC / name
    content = path.read_bytes()
    shrinks = path.suffix in SHRINKS and len(content) >= SMALLEST
    # A fixed time inside gzip: the same file has the same bytes in every process.
    packed = gzip.compress(content, 9, mtime=0) if shrinks else None
    kind = "text/javascript" if path.suffix == ".js" else mimetypes.guess_type(name)[0]
    return Asset(
        content, packed, hashlib.sha256(content).hexdigest()[:12], kind or "application/octet-stream"
    )


@lru_cache
def _names() -> frozenset[str]:
    """Only these exist for the outside: nobody's path is joined to ours."""
    return frozenset(path.relative_to(STATIC).as_posix() for path in STATIC.rglob("*") if path.is_file())


def asset(name: str) -> Asset:
    """The file of that name under static/; KeyError if there is none."""
    if current_app.debug:
        _names.cache_clear()
    if name not in _names():
        raise KeyError(name)
    return _load(name, (STATIC / name).stat().st_mtime_ns if current_app.debug else 0)


def static_url(name: str) -> str:
    """The address of a static file, which changes with its content."""
    return url_for("assets.static", mark=asset(name).mark, name=name)


@assets.get("/static/<mark>/<path:name>")
@public
def static(mark: str, name: str) -> ResponseReturnValue:
    """A static file. An old address answers with today's file, but is not kept."""
    try:
        file = asset(name)
    except KeyError:
        abort(404)
    packed = file.packed if request.accept_encodings["gzip"] > 0 else None
    answer = Response(packed or file.content, mimetype=file.mimetype)
    answer.set_etag(file.mark + ("-gzip" if packed else ""))
    if packed:
        answer.content_encoding = "gzip"
    if file.packed:
        answer.vary.add("Accept-Encoding")
    if mark == file.mark:
        answer.headers["Cache-Control"] = f"public, max-age={YEAR}, immutable"
    else:
        answer.headers["Cache-Control"] = "no-cache"
    return answer.make_conditional(request)


@assets.get("/favicon.ico")
@public
def favicon() -> ResponseReturnValue:
    """Browsers ask for it whatever a page says."""
    answer = Response(asset("mark.svg").content, mimetype="image/svg+xml")
    answer.headers["Cache-Control"] = f"public, max-age={24 * 3600}"
    return answer


@assets.get("/parts")
@public
def parts() -> ResponseReturnValue:
    """Every part of a page in its states: for the people who build citevents."""
    from citevents.web.gallery import sample

    return render_template("_parts/gallery.html", **sample())


def init_assets(app: Flask) -> None:
    """Register static files, the gallery, and everything templates use to draw."""
    app.register_blueprint(assets)
    app.jinja_env.globals["static_url"] = static_url
    init_parts(app)
