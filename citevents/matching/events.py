"""Facts about rounds, proposals and exchanges."""

from citevents.core.events import event


@event("exchange.round_asked")
class RoundAsked:
    """A coordinator started a run of this round; the solver works in the queue of runs."""

    run_id: int
    round_id: int


@event("exchange.round_solved")
class RoundSolved:
    """A run of this round has its result; the coordinator may propose it."""

    run_id: int
    round_id: int


@event("exchange.match_proposed")
class MatchProposed:
    """Two programs were proposed to each other, without names."""

    match_id: int


@event("exchange.match_answered")
class MatchAnswered:
    """One side accepted or declined. A declined match is over for all its sides."""

    match_id: int
    program_id: int
    accepted: bool


@event("exchange.answer_taken_back")
class AnswerTakenBack:
    """One side took its acceptance back before everybody had accepted; its answer is open again."""

    match_id: int
    program_id: int


@event("exchange.match_lapsed")
class MatchLapsed:
    """The time to answer is over and not everybody accepted."""

    match_id: int


@event("exchange.letter_owed")
class LetterOwed:
    """One side of a match is owed a letter: "proposed", "reminder", "ended" or "agreed"."""

    side_id: int
    about: str


@event("exchange.request_answered")
class RequestAnswered:
    """A coordinator wrote back to a program that asks for an exchange."""

    request_id: int


@event("exchange.agreed")
class ExchangeAgreed:
    """Both sides accepted: an exchange exists, and the leaders know each other's names."""

    exchange_id: int


@event("exchange.dated")
class ExchangeDated:
    """An exchange has (new) dates; calendars follow."""

    exchange_id: int


@event("exchange.cancelled")
class ExchangeCancelled:
    """An exchange will not take place; calendars follow."""

    exchange_id: int
