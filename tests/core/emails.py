"""An email as the product composes it."""

from __future__ import annotations

from email.message import EmailMessage

from citevents.core import mail


def letter(to: str = "ana@example.org") -> EmailMessage:
    return mail.compose(
        to=to,
        name="Ana",
        subject="Your ticket",
        text="Here it is.\n",
        html="<p>Here it is.</p>",
        message_id="<one@example.org>",
        language="en",
    )
