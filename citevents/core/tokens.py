"""Unguessable ids and signed values. 128 bits, compared in constant time, stored as digests where they open doors."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from flask import current_app


def new_public_id() -> str:
    """128 random bits as 22 URL-safe characters: the name of a thing in links and outside calls."""
    return secrets.token_urlsafe(16)


def digest(token: str) -> str:
    """What is stored of a token that opens a door (hex SHA-256): the database alone opens nothing."""
    return hashlib.sha256(token.encode()).hexdigest()


class NoSecret(RuntimeError):
    """Something was to be signed, and there is nothing to sign it with."""

    def __init__(self) -> None:
        super().__init__(
            "CITEVENTS_SECRET is not set, and this is signed with it. Name the folder of the running installation in "
            "CITEVENTS_DATA, or set the secret that the installation runs with."
        )


def keyed(purpose: str, text: str) -> str:
    """HMAC-SHA256 (hex) under the installation's secret; `purpose` keeps uses apart. NoSecret where there is none."""
    secret: str = current_app.config["SECRET_KEY"] or ""
    if not secret:
        raise NoSecret()
    return hmac.new(secret.encode(), f"{purpose}\0{text}".encode(), hashlib.sha256).hexdigest()


def same(left: str, right: str) -> bool:
    """Equality in constant time."""
    return hmac.compare_digest(left.encode(), right.encode())
