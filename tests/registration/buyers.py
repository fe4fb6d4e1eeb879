"""The form of a conference as a buyer fills it, and what the pages answer."""

from __future__ import annotations

import re
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from citevents.conferences.models import Conference, TicketType
from tests.conferences.world import a_conference, a_quota, a_ticket_type

REGISTER = "/c/cit-2027/register"


def sale(amount: int = 0, capacity: int = 2) -> tuple[Conference, TicketType]:
    conference = a_conference()
    return conference, a_ticket_type(conference, a_quota(conference, capacity=capacity), amount=amount)


def hidden(page: TestResponse) -> dict[str, str]:
    """The hidden fields of the registration form."""
    form = page.text[page.text.index('class="split"') :]
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form))


def fill(client: FlaskClient, kind: TicketType, /, **changes: Any) -> TestResponse:
    """Open the form, fill it in as Aino, send it; `caller` is the address it is sent from."""
    caller = changes.pop("caller", "127.0.0.1")
    fields = hidden(client.get(REGISTER)) | {
        "ticket": kind.public_id,
        "name": "Aino Lehtonen",
        "mail": "aino@tampere.example",
        "country": "FI",
        "terms": "y",
        "go": "",
    }
    fields |= changes
    return client.post(
        REGISTER,
        data={k: v for k, v in fields.items() if v is not None},
        environ_overrides={"REMOTE_ADDR": caller},
    )


def words(page: TestResponse) -> str:
    main = page.text[page.text.index("<main") : page.text.index("</main>")]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main))
