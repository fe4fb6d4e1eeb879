"""A round as it should be, in sixty lines of sets and dictionaries: what the product is compared with, step by step."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import combinations

from citevents.matching.policy import Stage

Pair = frozenset[int]


@dataclass
class Proposal:
    """Two programs and what each said. `over`: why it ended, if it did; `agreed`: there is an exchange."""

    pair: Pair
    said: dict[int, bool | None]
    agreed: bool = False
    called_off: bool = False
    #: "declined", "lapsed" or "left".
    over: str = ""
    #: Who left it; until that is `carried_out` others can leave it, too.
    left: set[int] = field(default_factory=set)
    carried_out: bool = False

    @property
    def out(self) -> bool:
        return not self.agreed and not self.over

    @property
    def stands(self) -> bool:
        return self.out or (self.agreed and not self.called_off)

    def stage(self, program: int) -> Stage:
        if self.agreed:
            return Stage.CALLED_OFF if self.called_off else Stage.AGREED
        if program in self.left:
            return Stage.LEFT
        if self.said[program] is False:
            return Stage.DECLINED
        if self.out:
            return Stage.ACCEPTED if self.said[program] else Stage.ASKED
        return Stage.MISSED if self.over == "lapsed" and self.said[program] is None else Stage.OVER


@dataclass
class Reference:
    """One round; programs are numbers, who may meet is `fits`."""

    fits: set[Pair]
    asking: set[int] = field(default_factory=set)
    agree: set[int] = field(default_factory=set)
    #: How often each program changed what it asks.
    changes: dict[int, int] = field(default_factory=dict)
    avoided: set[Pair] = field(default_factory=set)
    proposals: list[Proposal] = field(default_factory=list)
    #: What the newest run found, and how everybody asked then.
    plan: list[Pair] | None = None
    read: dict[int, int] = field(default_factory=dict)

    @property
    def taking_part(self) -> set[int]:
        return self.asking & self.agree

    def standing(self, program: int) -> Proposal | None:
        return next((each for each in self.proposals if program in each.pair and each.stands), None)

    def newest(self, program: int) -> Proposal | None:
        return next((each for each in reversed(self.proposals) if program in each.pair), None)

    def may(self, pair: Pair) -> bool:
        """May these two be proposed to each other now?"""
        return (
            pair in self.fits
            and pair <= self.taking_part
            and pair not in self.avoided
            and not any(each.pair == pair for each in self.proposals)
            and not any(self.standing(program) for program in pair)
        )

    def most(self) -> int:
        """How many new pairs a run can find."""
        possible = [pair for pair in self.fits if self.may(pair)]
        return max(
            size
            for size in range(len(possible) + 1)
            for some in combinations(possible, size)
            if len(set().union(*some)) == 2 * size
        )

    def unsent(self) -> list[Pair]:
        return [
            pair
            for pair in self.plan or ()
            if not any(each.pair == pair and each.stands for each in self.proposals)
        ]

    def fell_away(self) -> list[Pair]:
        """What of the plan may not be sent any more."""
        return [
            pair
            for pair in self.unsent()
            if not self.may(pair) or any(self.read[program] != self.changes[program] for program in pair)
        ]

    def take_agreement_back(self, program: int) -> None:
        """It ends what is out; carried out later."""
        self.agree.discard(program)
        for each in self.proposals:
            if program in each.pair and (each.out or (each.left and not each.carried_out)):
                each.over = "left"
                each.left.add(program)

    def take_request_back(self, program: int) -> int:
        """It ends what is out, at once; how many that were. What somebody else left before is theirs."""
        self.asking.discard(program)
        mine = [each for each in self.proposals if program in each.pair and not each.carried_out]
        ended = 0
        for each in mine:
            if each.out:
                each.over = "left"
                each.left.add(program)
            ended += program in each.left and each.over == "left"
            each.carried_out = bool(each.left)
        return ended

    def carry_out(self) -> None:
        """Whoever took the agreement back leaves the round."""
        self.asking &= self.agree
        for each in self.proposals:
            each.carried_out = bool(each.left)
