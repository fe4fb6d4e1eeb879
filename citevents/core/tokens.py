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


def keyed(purpose: str, text: str) -> str:
    """HMAC-SHA256 (hex) under the installation's secret; `purpose` keeps uses apart."""
    secret: str = current_app.config["SECRET_KEY"]
    return hmac.new(secret.encode(), f"{purpose}\0{text}".encode(), hashlib.sha256).hexdigest()


def same(left: str, right: str) -> bool:
    """Equality in constant time."""
    return hmac.compare_digest(left.encode(), right.encode())
