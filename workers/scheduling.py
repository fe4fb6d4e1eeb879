"""Reactions of scheduling."""

from __future__ import annotations

from citevents.people.events import PersonErased
from citevents.scheduling import services
from workers.handles import handles


@handles(PersonErased, queue="waiting")
def person_erased(fact: PersonErased, key: str) -> None:
    """Favourites go; a speaker becomes a place without a name, in published versions too."""
    services.erase_person(fact.person_id)
