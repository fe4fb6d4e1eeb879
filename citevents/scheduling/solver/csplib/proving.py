"""The search that proves: relaxations by turns, each from the best agenda known, and anneals from what they sketch."""

from citevents.scheduling.solver.annealing import Span, anneal
from citevents.scheduling.solver.csplib.bounds import (
    Relaxed,
    Sketch,
    alike_rooms,
    groupings,
    relax,
    track_floors,
)
from citevents.scheduling.solver.csplib.conference import Conference
from citevents.scheduling.solver.csplib.landscape import NOTHING, ConferenceLandscape
from citevents.scheduling.solver.csplib.search import (
    MILD,
    PLAN_OF_THE_END,
    WARM,
    anneal_on,
    huge,
    size,
    sorts,
)
from citevents.scheduling.solver.portfolio import Bound, Found, Line

LARGE = 60_000  # numbers in a relaxation: too many for this one
GENTLE = 0.6  # where an anneal begins that is to keep what it is given
FLOORS = 0.3  # of the time at most: what each track costs by itself
SETTLING, POLISHING = 0.06, 0.05  # of the time at most: the first anneal, and the one from each sketch
PATIENCE, GROWTH = 0.08, 2  # of the time: how long a relaxation may teach little, and what that grows by
LITTLE = 1 / 32  # of the gap: what closes less of it is no news
NEAR = (
    0.2  # a gap, as a share of the best: where it is wider, relaxations that find nothing share with anneals
)
REACH = 3  # all but one part in so many of the gap is asked for


def prove_and_anneal(conference: Conference, line: Line, *, seed: int, proving: float) -> None:
    """Relax and anneal by turns for a share of the time; what is left goes to annealing."""
    prover = Prover(conference, line, seed)
    prover.begin()
    if not huge(conference):
        prover.relax_by_turns(line.clock() + (line.left() * proving))
    if line.goes_on() and not prover.proven:
        late = line.left() < prover.total / 2 and line.found is not None
        anneal_on(conference, line, seed=seed + 1, plan=PLAN_OF_THE_END if late else None)


class Prover:
    """A search with what it knows: the best agenda in its landscape, the bound, what each track costs alone."""

    def __init__(self, conference: Conference, line: Line, seed: int) -> None:
        self.conference, self.line, self.seed = conference, line, seed
        self.landscape = ConferenceLandscape(conference, seed)
        self.landscape.keep_sorted(sorts(conference))
        self.bound, self.told, self.floors = 0, NOTHING, list[int]()
        self.sketched = self.gap = (
            NOTHING  # of the relaxation in hand: its best, and the gap when it last was news
        )

    @property
    def lowest(self) -> int:
        """What the best agenda costs that any of the searches knows."""
        best = self.line.best
        return self.landscape.lowest if best is None else min(best, self.landscape.lowest)

    @property
    def proven(self) -> bool:
        return self.bound >= self.lowest

    def goes_on(self) -> bool:
        return self.line.goes_on() and not self.proven

    def begin(self) -> None:
        """Any agenda, then what tracks cost alone, then an anneal as long as that took.

        A relaxation that must beat a good agenda proves sooner; where tracks are bounded at once, it needs none.
        """
        line = self.line
        self.total = line.left()
        self.landscape.scatter(self.seed)
        self.tell()
        self.landscape.walk(1, 1.0, self.landscape.price)
        begun = line.clock()
        self.floors = track_floors(
            self.conference,
            seconds=self.total * FLOORS,
            report=self.learn,
            goes_on=self.goes_on,
            clock=line.clock,
        )
        took = (line.clock() - begun) / self.total
        if not huge(self.conference):
            self.cool(min(SETTLING, took), max(MILD, self.landscape.largest * 0.01))

    def relax_by_turns(self, end: float) -> None:
        """Until `end`: the optimum is asked for, then what is well below the best, then with more patience again.

        A sketch of what is well below the best is worth most, and that there is none often takes less to prove than
        the optimum.
        """
        ladder = groupings(self.conference)
        level = ladder.index(alike_rooms(self.conference))
        if size(self.conference, ladder[level]) > LARGE:
            level = 0
        patience, reaching = self.total * PATIENCE, False
        while self.goes_on() and self.line.clock() < end:
            self.adopt()
            bound, lowest, begun = self.bound, self.landscape.lowest, self.line.clock()
            at_most = bound + (self.lowest - bound) // REACH if reaching else None
            relaxed = self.ask(ladder[level], at_most, patience, end - self.line.clock())
            if relaxed.sketch is not None and relaxed.sketch.objective < self.landscape.lowest:
                self.landscape.take_up(relaxed.sketch, ladder[level])
                self.cool(POLISHING, GENTLE)
            if relaxed.solved:
                level += 1
                if level == len(ladder) or size(self.conference, ladder[level]) > LARGE:
                    break
                continue
            found = self.landscape.lowest < lowest
            if not found and self.lowest - self.bound > NEAR * self.lowest:
                self.adopt()
                if self.landscape.best is not None:
                    self.landscape.reheat()
                self.cool((self.line.clock() - begun) / self.total, WARM)
            if not reaching or not (found or self.bound > bound):
                patience *= GROWTH if reaching else 1
                reaching = not reaching and self.landscape.best is not None

    def ask(self, groups: list[list[int]], at_most: int | None, patience: float, seconds: float) -> Relaxed:
        """One relaxation, from the best agenda known."""

        def try_out(sketch: Sketch) -> bool:
            if sketch.objective < self.landscape.lowest:
                self.landscape.take_up(sketch, groups)
                self.tell()
            self.sketched = sketch.objective
            return self.news()

        def learn(bound: int) -> bool:
            self.learn(bound)
            return self.news()

        self.sketched, self.gap = NOTHING, self.lowest - self.bound
        best = self.landscape.best
        return relax(
            self.conference,
            None if best is None else self.landscape.answer(),
            best,
            groups=groups,
            # They shorten the proof that nothing costs so little, but blur what a sketch might save.
            floors=() if at_most is None else self.floors,
            at_most=at_most,
            seconds=seconds,
            patience=patience,
            seed=self.seed,
            report=learn,
            on_sketch=try_out,
            goes_on=lambda: self.goes_on() and (at_most is None or self.lowest > at_most),
        )

    def cool(self, share: float, hottest: float) -> None:
        span = Span(self.line.clock, seconds=self.total * share)
        anneal(self.landscape, span, hottest, self.goes_on)
        self.tell()

    def adopt(self) -> None:
        """Go on from what another search has found, if that is better."""
        found = self.line.found
        if found is not None and found.objective < self.landscape.lowest:
            self.landscape.go_on_from(found.answer)
            self.told = self.landscape.lowest

    def tell(self) -> None:
        if self.landscape.lowest < self.told:
            self.told = self.landscape.lowest
            self.line.send(Found(self.told, self.landscape.answer()))

    def learn(self, bound: int) -> None:
        if bound > self.bound:
            self.bound = bound
            self.line.send(Bound(bound))

    def news(self) -> bool:
        """Whether the gap has closed by more than a little, or will have if the sketch can be dealt out."""
        gap = min(self.lowest, self.sketched) - self.bound
        if gap > self.gap * (1 - LITTLE):
            return False
        self.gap = gap
        return True
