"""An email with everything in it that an outbox shows."""

from __future__ import annotations

from email.message import EmailMessage

INVITE = """BEGIN:VCALENDAR\r
VERSION:2.0\r
PRODID:-//tests//EN\r
METHOD:REQUEST\r
BEGIN:VEVENT\r
UID:session-7@example.org\r
SEQUENCE:3\r
DTSTAMP:20270101T120000Z\r
DTSTART:20270601T090000Z\r
DTEND:20270601T100000Z\r
SUMMARY:De-escalation\r
LOCATION:Room 2\r
END:VEVENT\r
END:VCALENDAR\r
"""


def letter(subject: str = "Your ticket", to: str = "ana@example.org") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "house@example.org", to, subject
    message["Message-ID"] = "<one@example.org>"
    message.set_content("Sign in: https://example.org/in/abc.\n")
    message.add_alternative(
        '<p><a href="https://example.org/in/abc">Sign in</a><img src="cid:qr"></p>', subtype="html"
    )
    html = message.get_body(("html",))
    assert html
    html.add_related(b"png bytes", "image", "png", cid="<qr>")
    message.add_attachment(b"%PDF-", "application", "pdf", filename="ticket.pdf")
    message.add_attachment(
        INVITE.encode(), "text", "calendar", filename="invite.ics", params={"method": "REQUEST"}
    )
    return message
