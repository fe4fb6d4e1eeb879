"""Reactions of the exchange: a round is solved in the queue of runs; each letter is a delivery of its own."""

from __future__ import annotations

from datetime import datetime

from citevents.core.clock import now
from citevents.core.db import must
from citevents.core.links import link_to
from citevents.core.mail import post
from citevents.matching import exchanges, queries, rounds, services
from citevents.matching.events import (
    ExchangeAgreed,
    LetterOwed,
    MatchAnswered,
    MatchLapsed,
    MatchProposed,
    RequestAnswered,
    RoundAsked,
)
from citevents.matching.models import Exchange
from citevents.matching.policy import Stage
from citevents.matching.read_models import ProposalView
from citevents.matching.run_progress import Watch
from citevents.people import queries as people
from citevents.people.events import ConsentWithdrawn, PersonErased
from citevents.people.models import Purpose
from workers.clock import every
from workers.handles import handles


@handles(RoundAsked, queue="runs")
def solve_round(fact: RoundAsked, key: str) -> None:
    """Solve the round. Progress shows while it lasts; a run whose worker died is begun anew."""
    rounds.solve(fact.run_id, Watch(fact.run_id))


@handles(MatchProposed, queue="waiting")
def owe_proposals(fact: MatchProposed, key: str) -> None:
    """Owe each side its letter."""
    exchanges.owe_letters(fact.match_id, "proposed")


@handles(MatchAnswered, queue="waiting")
def owe_ends(fact: MatchAnswered, key: str) -> None:
    """Owe the others a letter when one declined. An acceptance is told to nobody before everybody accepted."""
    if not fact.accepted:
        exchanges.owe_letters(fact.match_id, "ended", but=fact.program_id)


@handles(MatchLapsed, queue="waiting")
def owe_lapses(fact: MatchLapsed, key: str) -> None:
    """Owe every side a letter: the time is over."""
    exchanges.owe_letters(fact.match_id, "ended")


@handles(ExchangeAgreed, queue="waiting")
def owe_names(fact: ExchangeAgreed, key: str) -> None:
    """Owe each side the names."""
    exchanges.owe_letters(must(Exchange, fact.exchange_id).match_id, "agreed")


@handles(LetterOwed, queue="bulk")
def mail_side(fact: LetterOwed, key: str) -> None:
    """Mail one side of a match, if what it is about still holds."""
    found = queries.side(fact.side_id)
    if found is None or not _holds(fact.about, found[1]):
        return
    person, view = found
    if not person.mail:
        return
    about = fact.about
    path = "matching.exchange" if about == "agreed" else "matching.proposal"
    post(
        f"exchange.{about}:{fact.side_id}",
        f"matching/{about}",
        to=person.mail,
        name=person.greeting,
        language=person.language,
        person_id=person.id,
        proposal=view,
        zone=person.zone or view.mine.zone,
        exchange=queries.exchange(view.exchange or "", person.id),
        url=link_to(path, public_id=view.exchange if about == "agreed" else view.public_id),
        request_url=link_to("matching.home"),
    )


#: In which stages what a letter says still holds.
HOLDS = {
    "proposed": {Stage.ASKED},
    "reminder": {Stage.ASKED},
    "agreed": {Stage.AGREED},
    "ended": {Stage.OVER, Stage.MISSED},
}


def _holds(about: str, view: ProposalView) -> bool:
    return view.stage in HOLDS[about]


@handles(RequestAnswered, queue="bulk")
def mail_reply(fact: RequestAnswered, key: str) -> None:
    """Mail what the coordinator wrote back."""
    found = queries.request(fact.request_id)
    if found is None or found[1].leader_id is None or not found[2]:
        return
    _asked, program, words = found
    leader = people.person(found[1].leader_id)
    post(
        f"exchange.reply:{fact.request_id}",
        "matching/reply",
        to=leader.mail,
        name=leader.greeting,
        language=leader.language,
        person_id=leader.id,
        program=program,
        words=words,
        url=link_to("matching.home"),
    )


@handles(ConsentWithdrawn, queue="waiting")
def leave_rounds(fact: ConsentWithdrawn, key: str) -> None:
    """Without consent the program leaves the rounds, and its proposals end; exchanges already agreed stay."""
    if fact.purpose == Purpose.EXCHANGE:
        services.leave(fact.person_id, now())


@handles(PersonErased, queue="waiting")
def forget_program(fact: PersonErased, key: str) -> None:
    """Erase the program's words; what was open ends, and the others are told."""
    services.forget(fact.person_id)


@every(seconds=60)
def mind_answers(at: datetime) -> None:
    """End proposals whose time is over, remind those who are silent, give up runs that are lost."""
    exchanges.lapse_due(at)
    exchanges.remind_due(at)
    rounds.give_up(at)
