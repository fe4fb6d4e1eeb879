"""What other slices and pages may know of calendars."""

from __future__ import annotations

from citevents.calendars.models import Kind
from citevents.core.db import current_organization_id
from citevents.core.tokens import keyed


def uid_of(kind: Kind, subject_id: int, person_id: int) -> str:
    """The UID of a meeting in a person's calendar: the same for ever, telling nothing, no machine's name in it."""
    return keyed("uid", f"{current_organization_id()}:{kind}:{subject_id}:{person_id}")[:32] + "@citevents"
