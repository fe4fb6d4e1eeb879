"""What can be refused about the exchange."""

from citevents.core.errors import DomainError
from citevents.core.languages import lazy_gettext as _l


class NoProgramYet(DomainError):
    """A request needs a program."""

    code = "no_program_yet"
    message = _l("Describe your program first; then you can ask for an exchange.")
    status = 409


class RoundClosed(DomainError):
    """The round takes no requests any more."""

    code = "round_closed"
    message = _l("This round takes no requests any more. Your description is kept for the next one.")
    status = 409


class AnsweredBefore(DomainError):
    """An answer is given once; a match that has ended takes none."""

    code = "answered_before"
    message = _l("This proposal was answered already, or is over. Its page says how it stands.")
    status = 409


class NothingToPropose(DomainError):
    """The run has no result, or a newer one replaced it."""

    code = "nothing_to_propose"
    message = _l("There is no finished run to propose. Run the round first.")
    status = 409


class RunAlready(DomainError):
    """One run at a time."""

    code = "run_already"
    message = _l("This round is being matched at the moment. Wait until it is done.")
    status = 409


class ExchangeOver(DomainError):
    """A cancelled exchange has no dates."""

    code = "exchange_over"
    message = _l("This exchange was cancelled, so its dates cannot change.")
    status = 409


class EndsBeforeStart(DomainError):
    """The end is not after the start."""

    code = "ends_before_start"
    field = "ends_at"
    message = _l("The end must be after the beginning.")


class AvoidsEverybody(DomainError):
    """The words would keep the program apart from everybody, or from nobody."""

    code = "avoids_everybody"
    field = "words"
    message = _l(
        "Write the program’s name with its place, or its leader’s address: these words could mean anybody."
    )
