"""Pages that are the same for every stranger: made once, then given from memory, with an ETag.

What differs between two strangers, the nonce of the scripts and the token of the footer's form, is put in when a page is
given. A page is remembered for at most a minute, in this process only.
"""

from __future__ import annotations

import hashlib
import secrets
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

from flask import Response, g, make_response, request, session
from flask_wtf.csrf import generate_csrf

from citevents.core import access
from citevents.core.tokens import digest
from citevents.web.answers import csp_nonce

MOST = 128
_NONCE = f"nonce-{secrets.token_urlsafe(16)}"
_TOKEN = f"token-{secrets.token_urlsafe(16)}"

Key = tuple[object, ...]


class Memory:
    """The newest answers by what they are made of; the one longest unused goes first."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[Key, tuple[str, bytes]] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Key, make: Callable[[], bytes]) -> tuple[str, bytes]:
        """(ETag, bytes), made when not remembered."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        body = make()
        found = (hashlib.sha256(body).hexdigest()[:32], body)
        with self._lock:
            self._kept[key] = found
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return found


_pages = Memory(MOST)


def stranger() -> bool:
    """Whether this page may be the same as others': nobody is signed in and nothing is waiting to be said."""
    return access.current() is None and "_flashes" not in session


def page(key: Key, make: Callable[[], str]) -> Response:
    """A stranger's page from memory, or 304 when they have it. `key` must name all that it is made of."""
    etag, body = _pages.get(key, lambda: _blank(make))
    token = generate_csrf()
    response = make_response()
    # Another session needs another token: a browser's copy with the old one is not good any more.
    response.set_etag(f"{etag}.{digest(str(session['csrf_token']))[:16]}", weak=True)
    response.make_conditional(request)
    if response.status_code != 304:
        filled = body.replace(_NONCE.encode(), csp_nonce().encode())
        response.set_data(filled.replace(_TOKEN.encode(), token.encode()))
        response.mimetype = "text/html"
    return response


def _blank(make: Callable[[], str]) -> bytes:
    """The page with marks where each reader's own values belong."""
    nonce = g.csp_nonce
    g.csp_nonce, g.csrf_token = _NONCE, _TOKEN
    try:
        return make().encode()
    finally:
        g.csp_nonce = nonce
        g.pop("csrf_token", None)
