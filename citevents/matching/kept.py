"""What the exchange keeps of a person: for the export, and for the page before erasing."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from citevents.core.db import session
from citevents.core.languages import lazy_gettext as _l
from citevents.core.personal import keeps
from citevents.matching import queries
from citevents.matching.models import Request


@keeps(
    "exchange",
    _l("Your program: its description, what it asks, whom it does not want to meet, proposals, exchanges"),
    erased=_l(
        "Your words are gone. Open proposals and plans end, and the others are told; numbers without a name stay."
    ),
)
def exchange(person_id: int) -> dict[str, Any]:
    program = queries.program_of(person_id)
    if program is None:
        return {}
    asked = queries.latest_request(program.id)
    return {
        "program": program,
        "request": asked[1] if asked else None,
        "replies": session()
        .scalars(
            sa.select(Request.reply)
            .where(Request.program_id == program.id, Request.reply != "")
            .order_by(Request.id)
        )
        .all(),
        "avoids": [words for _id, words in queries.avoided_by(program.id)],
        "proposals": [
            {
                "round": each.round.name,
                "shape": each.shape,
                "proposed_at": each.proposed_at,
                "my_answer": each.my_answer,
                "state": each.state,
            }
            for each in queries.proposals_of(person_id)
        ],
        "exchanges": [
            {
                "with": [other.name for other in each.others],
                "starts_at": each.starts_at,
                "ends_at": each.ends_at,
                "place": each.place,
                "state": each.state,
            }
            for each in queries.exchanges_of(person_id)
        ],
    }
