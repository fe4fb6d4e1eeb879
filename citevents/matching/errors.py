"""What can be refused about the exchange."""

from citevents.core.errors import DomainError
from citevents.locale.languages import lazy_gettext as _l


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


class PlacedAlready(DomainError):
    """After a round's last day for requests only those who wait can change theirs."""

    code = "placed_already"
    message = _l("You have a proposal or a partner in this round, so your request cannot change now.")
    status = 409


class NoConsent(DomainError):
    """Nobody is matched, proposed or introduced who does not agree to it, or no longer."""

    code = "no_consent"
    field = "consent"
    message = _l("Without your agreement we cannot look for a partner, or introduce you to one.")
    status = 409


class AnsweredBefore(DomainError):
    """An answer is given once, and to what is open. An acceptance can be taken back first; who declined has ended it."""

    code = "answered_before"
    message = _l("This proposal was answered already. Its page says how it stands.")
    status = 409


class TooLate(AnsweredBefore):
    """The time to answer is over."""

    code = "too_late"
    message = _l("The time to answer this proposal is over.")


class ProposalOver(AnsweredBefore):
    """The proposal ended before this answer."""

    code = "proposal_over"
    message = _l("This proposal is over.")


class EverybodyAccepted(AnsweredBefore):
    """An acceptance can be taken back until the last side has accepted."""

    code = "everybody_accepted"
    message = _l(
        "Everybody has accepted, so an exchange exists. It can be moved or cancelled on its own page."
    )


class NothingToPropose(DomainError):
    """The run has no result."""

    code = "nothing_to_propose"
    message = _l("There is no finished run to propose. Run the round first.")
    status = 409


class NothingNew(DomainError):
    """Everything that the run found is out or agreed, or it found nothing."""

    code = "nothing_new"
    message = _l("There is nothing new to propose. Run the round first.")
    status = 409


class NewerRun(DomainError):
    """Only the newest plan of a round is sent."""

    code = "newer_run"
    message = _l("Meanwhile a newer run is there. Look at its plan before you send proposals.")
    status = 409


class RunAgain(DomainError):
    """A plan is sent whole, or not: one of its pairs may not be proposed any more."""

    code = "run_again"
    message = _l(
        "Nothing was sent: part of this plan fell away since the run, because somebody answered, left or "
        "asks something else now. Run the round again."
    )
    status = 409


class RoundOver(DomainError):
    """A closed round takes no runs and no proposals."""

    code = "round_over"
    message = _l("This round is closed: it takes no runs and no proposals any more.")
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
        "Write the program’s name with its city, or its leader’s address: these words could mean anybody."
    )
