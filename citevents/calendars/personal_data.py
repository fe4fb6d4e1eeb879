"""What this slice keeps of a person: for the export, and for the page before erasing."""

from __future__ import annotations

from typing import Any

from citevents.calendars import queries
from citevents.core.personal_data import keeps
from citevents.locale.languages import lazy_gettext as _l


@keeps(
    "calendar",
    _l("What we put into your calendar, and the address of your feed"),
    erased=_l("The feed ends. What was sent stays as numbers without a name; your calendar is yours."),
)
def calendar(person_id: int) -> dict[str, Any]:
    return {
        "feed": queries.feed_of(person_id) is not None,
        "entries": [
            {"uid": each.uid, "sequence": each.sequence, "live": each.live, **each.facts.to_json()}
            for each in queries.invitations_of(person_id)
        ],
    }
