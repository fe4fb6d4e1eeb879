"""A conference with one of everything that an address names, and the addresses of routes that lead to it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from werkzeug.routing import Rule

from citevents.core.clock import now
from citevents.core.db import transaction
from citevents.matching import rounds
from citevents.matching.queries import rounds as every_round
from citevents.scheduling import services as scheduling
from citevents.surveys import services as surveys
from tests.conferences.world import a_conference, a_price, a_question, a_quota, a_ticket_type
from tests.house.routes import an_argument
from tests.registration.world import an_order


class World:
    """A conference with one of everything, and an owner who may send any form."""

    def __init__(self) -> None:
        conference = a_conference(slug="here")
        ticket = a_ticket_type(conference, a_quota(conference), amount=49000)
        a_price(ticket, 52000, position=2, until=now() + timedelta(days=1))
        self.values: dict[str, Any] = {"conference": "here"}
        self.values["order"] = an_order(conference, ticket).public_id
        question = a_question(conference)
        with transaction():
            session = scheduling.add_session(conference.id, title="Listening first")
            track = scheduling.add_track(conference.id, "Practice")
            surveys.prepare(conference.id)
            rounds.open_round(
                "Round A", now().date(), now().date() + timedelta(days=90), now() + timedelta(days=30)
            )
        self.paths: dict[str, dict[str, Any]] = {
            "conferences.ticket": {"id": ticket.id},
            "conferences.question": {"id": question.id},
            "scheduling.remove_track": {"public_id": track.public_id},
            "matching.round_": {"public_id": every_round()[0].public_id},
        }
        self.session = session.public_id
        self.round = every_round()[0].public_id

    def path(self, rule: Rule) -> str:
        """An address of this route that leads to something, where there is something."""
        known = dict(self.values)
        if rule.endpoint.startswith("scheduling."):
            known["public_id"] = self.session
        if rule.endpoint.startswith("matching."):
            known["public_id"] = self.round
        known |= self.paths.get(rule.endpoint, {})

        def value(found: re.Match[str]) -> str:
            argument = found[1]
            return str(known.get(argument, an_argument(rule, argument)))

        return re.sub(r"<(?:[^:<>]+(?:\([^)]*\))?:)?([^<>]+)>", value, rule.rule)
