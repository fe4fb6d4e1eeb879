"""What the exchange keeps of a person, and what ends with a consent: for the export, and for the pages that ask before."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from citevents.core.db import session
from citevents.core.personal_data import ends_with, keeps
from citevents.locale.languages import lazy_gettext as _l
from citevents.locale.languages import ngettext
from citevents.matching import queries
from citevents.matching.models import Request
from citevents.matching.policy import Stage
from citevents.people.queries import Purpose


@ends_with(Purpose.EXCHANGE)
def proposals(person_id: int) -> str:
    """The proposals that are out: nobody is matched or introduced without agreeing to it."""
    ending = sum(each.stage in (Stage.ASKED, Stage.ACCEPTED) for each in queries.proposals_of(person_id))
    if not ending:
        return ""
    return ngettext("%(num)s open proposal ends with it.", "%(num)s open proposals end with it.", ending)


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
                "answered_at": each.answered_at,
                "state": each.stage,
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
