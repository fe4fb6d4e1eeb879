"""Simulated annealing by the clock or by moves: one geometric cooling, the same for every kind of agenda."""

from collections.abc import Callable
from typing import Any, Protocol

COLDEST = 0.15
RAISE_AFTER = 0.02  # of the run: how long overload may last before its price rises
PATIENT_UNTIL = 0.25  # of the run: before it, overload is part of exploring


class Landscape(Protocol):
    """A problem with an agenda in search: what the annealing loop needs of it."""

    price: int  # what one overfull place costs at first, in the objective's unit
    largest: int  # the largest weight: what the hottest temperature is measured against

    @property
    def best(self) -> int | None:
        """The objective of the best valid agenda met so far."""

    @property
    def overfull(self) -> bool:
        """Whether the agenda in hand breaks what is only softly held during search."""

    def scatter(self, seed: int) -> None:
        """Start anew from a random agenda."""

    def reheat(self) -> None:
        """Go back to the best agenda."""

    def walk(self, moves: int, temperature: float, price: int) -> None:
        """So many proposals at one temperature."""

    def answer(self) -> Any:
        """The best valid agenda met so far."""


class Span:
    """A stretch of a search, measured in seconds or, for answers that repeat exactly, in moves."""

    def __init__(self, clock: Callable[[], float], *, seconds: float = 0.0, moves: int = 0) -> None:
        self.clock, self.begun, self.seconds, self.moves, self.done = clock, clock(), seconds, moves, 0

    def share(self) -> float:
        """How much of it is over, 0 to 1."""
        if self.moves:
            return self.done / self.moves
        return (self.clock() - self.begun) / self.seconds if self.seconds > 0 else 1.0

    def stride(self, last: int, took: float) -> int:
        """How many moves to make before looking at the clock again: about a hundredth of a second of them."""
        if self.moves:
            return max(1, min(self.moves // 1000 + 1, self.moves - self.done))
        return max(20, min(100_000, int(last * min(2.0, 0.01 / max(took, 1e-4)))))


def anneal(
    landscape: Landscape, span: Span, hottest: float, goes_on: Callable[[], bool], coldest: float = COLDEST
) -> None:
    """Cool once from `hottest` to `coldest` over the span, or until `goes_on` says no."""
    hottest = max(hottest, coldest)
    price, relieved = float(landscape.price), PATIENT_UNTIL
    stride = span.stride(200, 0.01)
    while goes_on() and (share := span.share()) < 1:
        begun = span.clock()
        landscape.walk(stride, hottest * (coldest / hottest) ** share, int(price))
        span.done += stride
        if not landscape.overfull:
            relieved = max(PATIENT_UNTIL, share)
        elif share - relieved > RAISE_AFTER:
            price, relieved = price * 1.25 + 1, share
        stride = span.stride(stride, span.clock() - begun)
