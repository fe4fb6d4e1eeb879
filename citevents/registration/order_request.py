"""What somebody asks for with the registration form, as plain values."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from citevents.core.tokens import keyed
from citevents.people.models import Purpose
from citevents.registration.models import OrderState


@dataclass(frozen=True, kw_only=True)
class Wish:
    """One buyer, one person, one ticket and what is added to it. Ticket types by public id, answers by question id."""

    form: str
    #: Public id of an unpaid order that this one replaces.
    instead: str = ""
    ticket: str
    add_ons: tuple[str, ...] = ()
    name: str
    mail: str
    call_name: str = ""
    agency: str = ""
    country: str = ""
    answers: dict[int, Any] = field(default_factory=dict)
    #: Kept apart, and only with consent.
    sensitive: dict[int, Any] = field(default_factory=dict)
    news: bool = False
    follow_up: bool = False
    #: Version of the terms agreed to.
    terms: str
    language: str = "en"
    zone: str | None = None
    #: The total that the buyer saw, minor units; None: accept any.
    shown_total: int | None = None
    #: Who is signed in and buys; None: the person with this address.
    buyer_id: int | None = None
    #: Keyed names of the browser and of the network that it comes from; "": not known, and so nobody's.
    browser: str = ""
    caller: str = ""

    @property
    def agreed(self) -> tuple[Purpose, ...]:
        """What was ticked beside the terms."""
        ticked = ((self.news, Purpose.NEWS), (self.follow_up, Purpose.FOLLOW_UP))
        return tuple(purpose for wanted, purpose in ticked if wanted)

    @property
    def fingerprint(self) -> str:
        """Of what was sent: the same form with the same content is the same order."""
        content = asdict(self) | dict.fromkeys(("shown_total", "form", "instead", "browser", "caller"))
        return keyed("wish", json.dumps(content, sort_keys=True))


@dataclass(frozen=True, kw_only=True)
class Placed:
    """What became of a wish. `again` when the same form had made this order before."""

    order_id: int
    public_id: str
    state: OrderState
    total: int
    again: bool = False
