"""The annealing search over a CSPLib conference, and the plan of which anneal follows which."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from citevents.scheduling.solver.annealing import Span, anneal
from citevents.scheduling.solver.csplib.conference import Conference
from citevents.scheduling.solver.csplib.landscape import NOTHING, ConferenceLandscape
from citevents.scheduling.solver.portfolio import Bound, Found, Line

if TYPE_CHECKING:
    from citevents.scheduling.solver.csplib.bounds import Sketch

TELL_EVERY = 0.2  # seconds between two reports of better agendas
MILD = 1.5  # the hottest temperature where all weights are small
GENTLE = 0.6  # where an anneal begins that is to keep what it is given
STRICT = 10  # an order that weighs at least a tenth of the largest weight is kept inside every move
SLICE, POLISHING = 0.15, 0.05  # of the time: the first relaxation's, and the anneal's from each sketch
LARGE, HUGE = 60_000, 240_000  # numbers in a relaxation: too many to begin with, too many to build at all
SETTLING = 0.06  # of the time: anneal first, since a model that must beat a good agenda proves sooner


@dataclass(frozen=True)
class Step:
    """One anneal: its share of the whole, how hot it starts (of the largest weight), whether from the best.

    `contrary`: tracks are kept sorted where the weights say better not, or the other way round.
    """

    share: float
    heat: float
    reheat: bool = False
    contrary: bool = False


PLAN = (
    *(
        Step(0.03, 0.01),
        Step(0.08, 0.05),
        Step(0.08, 0.01),
        Step(0.08, 0.05),
        Step(0.08, 0.02, contrary=True),
    ),
    *(Step(0.14, 0.05), Step(0.14, 0.01), Step(0.06, 0.002, reheat=True), Step(0.25, 0.05)),
    Step(0.06, 0.002, reheat=True, contrary=True),
)
"""Several short anneals and few long ones: deceptive conferences need the first, large ones the second."""


def anneal_on(
    conference: Conference, line: Line, *, seed: int, plan: tuple[Step, ...] = PLAN, moves: int = 0
) -> None:
    """Anneal along the plan, reporting every better agenda."""
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
    landscape.walk(1, 1.0, landscape.price)  # from here on compiled: the spans begin after it
    total = line.left()
    strict = STRICT * conference.weights["order"] >= landscape.largest
    for number, step in enumerate(plan):
        if not line.goes_on():
            break
        landscape.keep_sorted(strict != step.contrary)
        if step.reheat and landscape.best is not None:
            landscape.reheat()
        else:
            landscape.scatter(seed * 1000 + number)
        span = Span(line.clock, seconds=total * step.share, moves=int(moves * step.share))
        anneal(landscape, span, max(MILD, landscape.largest * step.heat), goes_on)
        tell(now=True)


def prove_and_anneal(conference: Conference, line: Line, *, seed: int, proving: float) -> None:
    """Anneal a little, then by turns solve relaxations and anneal from what they sketch; the rest is annealing."""
    # Loaded here, since searches that only anneal should not wait for it.
    from citevents.scheduling.solver.csplib.bounds import alike_rooms, groupings, relax

    landscape, told, known = ConferenceLandscape(conference, seed), NOTHING, 0
    landscape.keep_sorted(STRICT * conference.weights["order"] >= landscape.largest)
    landscape.scatter(seed)
    landscape.walk(1, 1.0, landscape.price)
    total = line.left()
    end = line.clock() + total * proving

    def tell() -> None:
        nonlocal told
        if landscape.lowest < told:
            told = landscape.lowest
            line.send(Found(told, landscape.answer()))

    def cool(share: float, hottest: float) -> None:
        anneal(landscape, Span(line.clock, seconds=total * share), hottest, line.goes_on)
        tell()

    def try_out(sketch: "Sketch") -> None:
        if sketch.objective < landscape.lowest:
            landscape.take_up(sketch, ladder[level])
            tell()

    def report(bound: int) -> None:
        nonlocal known
        if bound > known:
            known = bound
            line.send(Bound(bound))

    cool(SETTLING, max(MILD, landscape.largest * 0.01))
    ladder, slice_of_time = groupings(conference), total * SLICE
    level = ladder.index(alike_rooms(conference))
    if size(conference, ladder[level]) > LARGE:
        level = 0
    small = size(conference, ladder[level]) <= HUGE
    while small and line.goes_on() and line.clock() < end and known < landscape.lowest:
        if line.found is not None and line.found.objective < landscape.lowest:
            landscape.go_on_from(line.found.answer)
            told = landscape.lowest
        relaxed = relax(
            conference,
            landscape.answer() if landscape.best is not None else None,
            landscape.best,
            groups=ladder[level],
            seconds=min(slice_of_time, end - line.clock()),
            seed=seed,
            report=report,
            on_sketch=try_out,
            goes_on=lambda: line.goes_on() and (line.best is None or known < line.best),
        )
        if line.best is not None and known >= line.best:
            return
        if relaxed.sketch is not None and relaxed.sketch.objective < landscape.lowest:
            landscape.take_up(relaxed.sketch, ladder[level])
            cool(POLISHING, GENTLE)
        if relaxed.solved:
            if level + 1 == len(ladder) or size(conference, ladder[level + 1]) > LARGE:
                break
            level += 1
        else:
            slice_of_time *= 1.5
    if line.goes_on():
        anneal_on(conference, line, seed=seed + 1)


def size(conference: Conference, groups: list[list[int]]) -> int:
    """How many whole numbers a relaxation has to find."""
    return len(conference.sessions) * (len(conference.tracks) * len(groups) + len(conference.submissions))
