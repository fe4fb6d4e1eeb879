"""Bytes that only this installation can read: the database alone, its copies included, says nothing of them but their length."""

from __future__ import annotations

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from citevents.core.tokens import keyed

_NONCE = 12


class Unreadable(Exception):
    """Sealed for something else, under another secret, or changed since."""


def seal(purpose: str, content: bytes) -> bytes:
    """Encrypt (AES-256-GCM, a key of the installation's secret); `purpose` says what it is, and must be said again to open it."""
    nonce = secrets.token_bytes(_NONCE)
    return nonce + AESGCM(_key()).encrypt(nonce, content, purpose.encode())


def unseal(purpose: str, sealed: bytes) -> bytes:
    """What was sealed for this purpose. Raises Unreadable."""
    try:
        return AESGCM(_key()).decrypt(sealed[:_NONCE], sealed[_NONCE:], purpose.encode())
    except InvalidTag as wrong:
        raise Unreadable(purpose) from wrong


def _key() -> bytes:
    return bytes.fromhex(keyed("sealing", ""))
