"""Whatever people do to a round in whatever order: after each step it is what the reference says, and nothing is violated."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from citevents.core.clock import now
from citevents.core.db import Organization, must, transaction
from citevents.core.db import session as current
from citevents.core.errors import DomainError
from citevents.matching import exchanges, queries, rounds, services
from citevents.matching.models import Match, Round, Run
from citevents.matching.policy import Stage
from citevents.operations.invariants import violations
from citevents.people import services as people
from citevents.people.models import Purpose
from tests.matching.reference import Proposal, Reference
from tests.matching.world import AMMAN, TAMPERE, a_leader, a_round, a_world_of_its_own, asks, program_of, says

Settle = Callable[[], int]
CITIES = [(AMMAN, "Amman"), (AMMAN, "Irbid"), (TAMPERE, "Tampere"), (TAMPERE, "Oulu")]
#: What a step answers with instead of an error's code.
DONE = "done"


class Living:
    """A round in the database and beside it as it should be; each step is done to both."""

    def __init__(self, settle: Settle) -> None:
        self.settle = settle
        self.about: Round = a_round()
        self.leaders = [
            a_leader(f"Leader of {city}", base | {"name": f"{city} CIT", "city": city})
            for base, city in CITIES
        ]
        ids = [program_of(leader).id for leader in self.leaders]
        self.number = {id: place for place, id in enumerate(ids)}
        self.should = Reference(fits={frozenset({one, other}) for one in (0, 1) for other in (2, 3)})
        self.should.changes = dict.fromkeys(range(4), 0)
        self.run_id: int | None = None
        for place in range(4):
            self.ask(place)

    def step(self, what: str, who: int) -> None:
        answered, expected = getattr(self, what)(who)
        assert answered == expected, (what, who)

    # ---------- what is done; each gives (what the product answered, what the reference expects) ----------

    def ask(self, who: int) -> tuple[str, str]:
        weeks = [f"2027-W{week}" for week in range(36 + self.should.changes[who] % 10, 47)]
        asks(self.leaders[who], self.about, weeks=weeks)
        self.should.asking.add(who)
        self.should.agree.add(who)
        return DONE, DONE

    def change(self, who: int) -> tuple[str, str]:
        """Ask for one week less than before."""
        self.should.changes[who] += 1
        return self.ask(who)

    def take_request_back(self, who: int) -> tuple[str, str]:
        with transaction():
            answered = services.withdraw(self.leaders[who], self.about.id, now())
        return str(answered), str(self.should.take_request_back(who))

    def take_agreement_back(self, who: int) -> tuple[str, str]:
        with transaction():
            answered = people.withdraw_consent(self.leaders[who], Purpose.EXCHANGE)
        expected = who in self.should.agree
        if expected:
            self.should.take_agreement_back(who)
        return str(answered), str(expected)

    def carry_out(self, who: int) -> tuple[str, str]:
        """Reactions come by when they come by; only then an agreement taken back takes the request along."""
        self.settle()
        self.should.carry_out()
        return DONE, DONE

    def run(self, who: int) -> tuple[str, str]:
        self.carry_out(who)
        most = self.should.most()
        with transaction():
            self.run_id = rounds.ask_run(self.about.id, "coverage", None)
        self.settle()
        answer = must(Run, self.run_id).answer
        self.should.plan = [
            frozenset(self.number[program] for program in found["programs"]) for found in answer["matches"]
        ]
        self.should.read = dict(self.should.changes)
        assert self.should.fell_away() == [], "what was just found may be proposed"
        return str(len(self.should.unsent())), str(most)

    def send(self, who: int) -> tuple[str, str]:
        if self.run_id is None or self.should.plan is None:
            return DONE, DONE
        new = self.should.unsent()
        expected = "run_again" if self.should.fell_away() else str(len(new))
        run_id = self.run_id
        answered = self._said(lambda: str(rounds.propose(run_id, now())))
        if expected != "run_again":
            self.should.proposals += [Proposal(pair, dict.fromkeys(pair)) for pair in new]
        return answered, expected

    def accept(self, who: int) -> tuple[str, str]:
        return self._answer(who, True)

    def decline(self, who: int) -> tuple[str, str]:
        return self._answer(who, False)

    def _answer(self, who: int, accepted: bool) -> tuple[str, str]:
        proposal, match = self._newest(who)
        if proposal is None or match is None:
            return DONE, DONE
        stage = proposal.stage(who)
        answered = self._said(lambda: DONE if says(self.leaders[who], match, accepted) is None else "agreed")
        if stage is not Stage.ASKED:
            same = {True: (Stage.ACCEPTED, Stage.AGREED), False: (Stage.DECLINED, Stage.LEFT)}[accepted]
            return answered, DONE if stage in same else exchanges.REFUSED[stage].code
        proposal.said[who] = accepted
        if not accepted:
            proposal.over = "declined"
            return answered, DONE
        agreed = all(proposal.said.values()) and proposal.pair not in self.should.avoided
        proposal.agreed = agreed
        return answered, "agreed" if agreed else DONE

    def take_back(self, who: int) -> tuple[str, str]:
        proposal, match = self._newest(who)
        if proposal is None or match is None:
            return DONE, DONE
        stage = proposal.stage(who)
        answered = self._said(lambda: exchanges.take_back(self.leaders[who], match.public_id, now()))
        if stage is Stage.ACCEPTED:
            proposal.said[who] = None
        return answered, DONE if stage in (Stage.ACCEPTED, Stage.ASKED) else exchanges.REFUSED[stage].code

    def lapse(self, who: int) -> tuple[str, str]:
        """The clock comes by when the time of everything that is out is over; what somebody left is ended for that."""
        due = [each for each in self.should.proposals if each.out or (each.left and not each.carried_out)]
        with transaction():
            answered = exchanges.lapse_due(now() + timedelta(days=15))
        for each in due:
            each.over = each.over or "lapsed"
            each.carried_out = bool(each.left)
        return str(answered), str(len(due))

    def call_off(self, who: int) -> tuple[str, str]:
        proposal, _match = self._newest(who)
        if proposal is None or not proposal.agreed:
            return DONE, DONE
        exchange = queries.exchanges_of(self.leaders[who])
        with transaction():
            for each in exchange:
                exchanges.cancel(self.leaders[who], each.public_id)
        for each in self.should.proposals:
            if who in each.pair and each.agreed:
                each.called_off = True
        return DONE, DONE

    def avoid(self, who: int) -> tuple[str, str]:
        """Say not to meet the one who fits best."""
        other = 2 if who < 2 else 0
        with transaction():
            services.avoid(self.leaders[who], f"{CITIES[other][1]} CIT")
        self.should.avoided.add(frozenset({who, other}))
        return DONE, DONE

    def _newest(self, who: int) -> tuple[Proposal | None, Match | None]:
        proposal = self.should.newest(who)
        if proposal is None:
            return None, None
        newest = queries.proposals_of(self.leaders[who])[0].public_id
        return proposal, current().scalars(sa.select(Match).where(Match.public_id == newest)).one()

    def _said(self, act: Callable[[], Any]) -> str:
        try:
            with transaction():
                return str(act() or DONE)
        except DomainError as refusal:
            return refusal.code

    # ---------- afterwards ----------

    def look(self) -> None:
        """Everybody reads what the reference says; nothing that may never be is there."""
        for who, leader in enumerate(self.leaders):
            read = [each.stage for each in queries.proposals_of(leader)]
            right = [each.stage(who) for each in reversed(self.should.proposals) if who in each.pair]
            assert read == right, who
            agreed = [each for each in self.should.proposals if who in each.pair and each.agreed]
            assert len(queries.exchanges_of(leader)) == len(agreed)
        # Whatever waits for its reaction is no violation yet.
        wrong = [each for each in violations() if each.code[0] in "XP" and each.row.get("what") != "open"]
        assert wrong == []


STEPS = (
    "run", "send", "accept", "accept", "accept", "decline", "take_back", "lapse", "call_off",
    "take_request_back", "take_agreement_back", "carry_out", "ask", "change", "avoid",
)  # fmt: skip


@example([("run", 0), ("take_agreement_back", 0), ("send", 0), ("ask", 0), ("send", 0)])
@given(st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 3)), min_size=4, max_size=20))
@settings(suppress_health_check=list(HealthCheck))
def test_a_round_is_what_it_should_be_after_every_step(
    session: Session, organization: Organization, settle: Settle, steps: list[tuple[str, int]]
) -> None:
    with a_world_of_its_own(session):
        living = Living(settle)
        for what, who in [("run", 0), ("send", 0), *steps]:
            living.step(what, who)
            living.look()
        living.carry_out(0)
        assert [each for each in violations() if each.code in ("X2", "X3", "P1")] == []
