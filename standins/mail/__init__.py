"""The mail outbox: a real SMTP server that keeps every message it accepts, with pages to read them."""

from standins.mail.outbox import Outbox

__all__ = ["Outbox"]
