"""The annealing search over a CSPLib conference, and the plan of which anneal follows which."""

from dataclasses import dataclass

from citevents.scheduling.solver.annealing import Span, anneal
from citevents.scheduling.solver.csplib.conference import Conference
from citevents.scheduling.solver.csplib.landscape import NOTHING, ConferenceLandscape
from citevents.scheduling.solver.portfolio import Found, Line

TELL_EVERY = 0.2  # seconds between two reports of better agendas
MILD = 1.5  # the hottest temperature where all weights are small
WARM = 1.0  # where an anneal of the best begins: what costs little is open again, the rest stays
STRICT = 10  # an order that weighs at least a tenth of the largest weight is kept inside every move
HUGE = 30_000  # numbers in a relaxation: too many even in the coarsest


@dataclass(frozen=True)
class Step:
    """One anneal: its share of the time, how hot it starts (of the largest weight), whether from the best known.

    `contrary`: tracks are kept sorted where the weights say better not, or the other way round.
    """

    share: float
    heat: float
    reheat: bool = False
    contrary: bool = False


AGAIN = Step(0.06, 0.0, reheat=True)
PLAN = (
    *(
        Step(0.03, 0.01),
        Step(0.08, 0.05),
        Step(0.08, 0.01),
        Step(0.08, 0.05),
        Step(0.08, 0.02, contrary=True),
    ),
    *(AGAIN, AGAIN, Step(0.14, 0.05), AGAIN, Step(0.14, 0.01), Step(0.06, 0.002, reheat=True)),
    *(AGAIN, AGAIN, Step(0.07, 0.0, reheat=True, contrary=True)),
)
"""Several short anneals and few long ones: deceptive conferences need the first, large ones the second.

Between them the best is annealed again: OR60 came from 64-69 to 63 or 64 that way, in as much time as five anew.
"""

PLAN_OF_THE_END = (Step(0.5, 0.0, reheat=True),) * 2
"""Where too little is left for anything new."""

PLAN_OF_A_HUGE_ONE = (
    *(Step(0.04, 0.01), Step(0.6, 0.05), Step(0.28, 0.05)),
    Step(0.08, 0.002, reheat=True),
)
"""Where an anneal of a few seconds hardly reaches every submission, one long one is worth more than several."""


def anneal_on(
    conference: Conference, line: Line, *, seed: int, plan: tuple[Step, ...] | None = None, moves: int = 0
) -> None:
    """Anneal along the plan (as the conference's size asks for), reporting every better agenda."""
    if plan is None:
        plan = PLAN_OF_A_HUGE_ONE if huge(conference) else PLAN
    landscape = ConferenceLandscape(conference, seed)
    told, sent = NOTHING, 0.0

    def tell(now: bool) -> None:
        nonlocal told, sent
        if landscape.lowest < told and (now or line.clock() > sent + TELL_EVERY):
            told, sent = landscape.lowest, line.clock()
            line.send(Found(told, landscape.answer()))

    def goes_on() -> bool:
        tell(now=False)
        return line.goes_on()

    landscape.scatter(seed)
    tell(now=True)
    landscape.walk(1, 1.0, landscape.price)  # from here on compiled: the spans begin after it
    total = line.left()
    for number, step in enumerate(plan):
        if not line.goes_on():
            break
        landscape.keep_sorted(sorts(conference) != step.contrary)
        if not step.reheat:
            landscape.scatter(seed * 1000 + number)
        elif line.found is not None and line.found.objective < landscape.lowest:
            landscape.go_on_from(line.found.answer)
            told = landscape.lowest
        elif landscape.best is not None:
            landscape.reheat()
        span = Span(line.clock, seconds=total * step.share, moves=int(moves * step.share))
        hottest = max(WARM if step.reheat else MILD, landscape.largest * step.heat)
        anneal(landscape, span, hottest, goes_on)
        tell(now=True)


def sorts(conference: Conference) -> bool:
    """Whether its order weighs enough to be kept inside every move."""
    return STRICT * conference.weights["order"] >= max(1, *conference.weights.values())


def huge(conference: Conference) -> bool:
    """Whether no relaxation of the whole is worth building."""
    return size(conference, [list(range(len(conference.rooms)))]) > HUGE


def size(conference: Conference, groups: list[list[int]]) -> int:
    """How many whole numbers a relaxation has to find."""
    return len(conference.sessions) * (len(conference.tracks) * len(groups) + len(conference.submissions))
