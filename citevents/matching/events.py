"""Facts about rounds, proposals and exchanges."""

from citevents.core.events import event


@event("exchange.round_asked")
class RoundAsked:
    """A coordinator started a run of this round; the solver works in the slow queue."""

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
    """One side accepted or declined."""

    match_id: int
    program_id: int
    accepted: bool


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
