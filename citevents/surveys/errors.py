"""What can be refused about surveys."""

from citevents.core.errors import DomainError
from citevents.locale.languages import lazy_gettext as _l


class AnsweredAlready(DomainError):
    """The link was used."""

    code = "answered_already"
    message = _l("This survey was answered with your link already. Thank you: every answer counts once.")
    status = 409


class SurveyClosed(DomainError):
    """Too late, or not open yet."""

    code = "survey_closed"
    message = _l("This survey is closed. Nothing is missing from you; thank you for coming back.")
    status = 410


class NothingAnswered(DomainError):
    """An empty form."""

    code = "nothing_answered"
    message = _l("Answer at least one question, then send. You may leave out any of them.")


class NotWhileOpen(DomainError):
    """Questions do not change under people who are answering them."""

    code = "not_while_open"
    message = _l("The questions cannot change once people are being asked.")
    status = 409


class AnswersAway(DomainError):
    """The box of this survey cannot be opened: the installation's secret is not the one it was sealed under."""

    code = "answers_away"
    message = _l(
        "Answers cannot be taken just now. Keep this page open and send again later: what you chose stays here."
    )
    status = 503


class ResultsLater(DomainError):
    """Half of the answers, compared with all of them, would show single ones."""

    code = "results_later"
    message = _l(
        "Results are there once the survey is closed. Until then only the number of answers is known."
    )
    status = 409
