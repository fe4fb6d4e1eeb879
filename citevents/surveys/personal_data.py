"""What this slice keeps of a person."""

from citevents.core.personal_data import keeps
from citevents.locale.languages import lazy_gettext as _l
from citevents.surveys import queries


@keeps(
    "surveys",
    _l("Surveys you were asked to answer"),
    erased=_l("Your invitations are erased. Your answers were never joined to your name."),
)
def invitations(person_id: int) -> list[dict[str, object]]:
    """Which surveys, and whether they were answered; what was answered is not known."""
    return queries.answered_by(person_id)
