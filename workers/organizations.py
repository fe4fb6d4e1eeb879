"""Reactions about organizations: whoever owns a new one hears of it."""

from __future__ import annotations

from citevents.core.links import absolute
from citevents.core.mail import post
from citevents.organizations.events import OrganizationMade
from citevents.people import queries
from citevents.people.sign_in import services
from workers.handles import handles


@handles(OrganizationMade, queue="waiting")
def tell_owner(fact: OrganizationMade, key: str) -> None:
    """Mails the owner a link that signs them in."""
    owner = queries.person(fact.person_id)
    if owner.erased:
        return
    post(
        f"organization.made:{owner.id}",
        "organizations/owner",
        to=owner.mail,
        name=owner.call_name,
        language=owner.language,
        person_id=owner.id,
        url=absolute(services.fresh_sign_in_path(owner.id, "/desk")),
        minutes=services.ASKED_MINUTES,
    )
