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
SLICE, POLISHING = 0.2, 0.05  # of the time: the first relaxation's, and the anneal's from each sketch
LARGE, HUGE = 60_000, 30_000  # numbers in a relaxation: too many for this one, too many even in the coarsest
FLOORS = 0.3  # of the time at most: what each track costs by itself
REACH, NEAR = (
    3,
    0.25,
)  # all but one part in so many of the gap is asked for; at once where it is at most so wide
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
    """Anneal a little, bound each track, then solve relaxations and anneal from what they sketch, by turns.

    Some relaxations are only asked for what is well below the best: a sketch of that is worth most, and that there is
    none often takes less to prove than the optimum. The time that is left goes to annealing.
    """
    # Loaded here, since searches that only anneal should not wait for it.
    from citevents.scheduling.solver.csplib.bounds import alike_rooms, groupings, relax, track_floors

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

    tell()
    cool(SETTLING, max(MILD, landscape.largest * 0.01))
    floors = track_floors(
        conference, seconds=total * FLOORS, report=report, goes_on=line.goes_on, clock=line.clock
    )
    ladder, slice_of_time = groupings(conference), total * SLICE
    level = ladder.index(alike_rooms(conference))
    if size(conference, ladder[level]) > LARGE:
        level = 0
    lowest = landscape.lowest if line.best is None else min(landscape.lowest, line.best)
    reaching = lowest - known <= NEAR * lowest
    if reaching:
        slice_of_time *= 1.5
    while not huge(conference) and line.goes_on() and line.clock() < end and known < landscape.lowest:
        if line.found is not None and line.found.objective < landscape.lowest:
            landscape.go_on_from(line.found.answer)
            told = landscape.lowest
        before = landscape.lowest
        at_most = known + (landscape.lowest - known) // REACH if reaching else None
        relaxed = relax(
            conference,
            landscape.answer() if landscape.best is not None else None,
            landscape.best,
            groups=ladder[level],
            floors=floors,
            at_most=at_most,
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
        elif at_most is not None and (landscape.lowest < before or relaxed.bound > at_most):
            continue  # that helped: ask for a part of what is left of the gap
        else:
            slice_of_time *= 1.5 if reaching else 1.0
            reaching = not reaching and landscape.best is not None
    if line.goes_on():
        anneal_on(conference, line, seed=seed + 1)


def huge(conference: Conference) -> bool:
    """Whether no relaxation of the whole is worth building."""
    return size(conference, [list(range(len(conference.rooms)))]) > HUGE


def size(conference: Conference, groups: list[list[int]]) -> int:
    """How many whole numbers a relaxation has to find."""
    return len(conference.sessions) * (len(conference.tracks) * len(groups) + len(conference.submissions))
