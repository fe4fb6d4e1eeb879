"""What may be shown of the answers, so that nobody is recognised. Pure; applied once, when a survey closes.

The promise, to somebody who reads everything that is shown, knows this file, and answered too: of no group (those who chose an
answer, those who did not, those who left the question out, or any of these together) can they tell that it is smaller than five.

So an exact number stands for at least six people and leaves at least six others: each of the six has five to hide among. Where
fewer than six are on one side, only that is shown, never how many: twelve of twelve looks like seven of twelve. Those who left a
question out are a group like any other: while they are fewer than six, shares are of all who answered the survey, and how many
left this question out cannot be worked out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

#: Fewer answers than this, and nothing is shown at all; fewer people of one language, and none of their words.
SMALLEST = 5
#: Fewest people behind an exact number.
EXACT = SMALLEST + 1
#: Fewest people to show shares of: below, one side is always too small.
FEWEST = SMALLEST + EXACT


@dataclass(frozen=True, slots=True)
class Band:
    """How many people, as far as it is shown: from `low` to `high`, the same when the number is exact."""

    low: int
    high: int

    @property
    def exact(self) -> bool:
        return self.low == self.high


#: What is shown of one answer; None is "not shown".
Shown = Band | None


def base(people: int, everybody: int) -> int | None:
    """Of how many people the shares of a question are; None where none can be shown.

    `people` answered it, of the `everybody` who answered the survey. Who left it out counts among the others while fewer than six.
    """
    left_out = everybody - people
    if left_out < EXACT:
        return everybody if everybody >= FEWEST else None
    return people if people >= FEWEST else None


def side(hits: int, of: int) -> Shown:
    """One side of a yes or no.

    >>> side(20, 31), side(31, 31), side(2, 31)
    (Band(low=20, high=20), Band(low=26, high=31), None)
    """
    if hits < EXACT:
        return None
    return Band(hits, hits) if of - hits >= EXACT else Band(of - SMALLEST, of)


def parts(counts: Sequence[int], of: int, *, open_end: bool) -> list[Shown]:
    """Each part of a whole of `of` people. `open_end`: fewer than six of the whole are in none of them, nobody knows how many.

    What is hidden is at least six people in at least two parts (or in one and the open end), so that it cannot be solved. The
    smallest parts are hidden first; of equal ones the later.

    >>> parts([20, 12, 8], 40, open_end=False)
    [Band(low=20, high=20), Band(low=12, high=12), Band(low=8, high=8)]
    >>> parts([20, 12, 3], 35, open_end=False)
    [Band(low=20, high=20), None, None]
    """
    if max(counts, default=0) > of - EXACT:  # nearly everybody: the few are protected together
        return [side(count, of) for count in counts]
    order = sorted(range(len(counts)), key=lambda index: (counts[index], -index))
    hidden = [index for index in order if counts[index] < EXACT]
    rest = order[len(hidden) :]
    shown = sum(counts[index] for index in rest)
    enough = 1 if open_end else 2
    while rest and (hidden or open_end) and (len(hidden) < enough or of - shown < EXACT):
        hidden.append(rest.pop(0))
        shown -= counts[hidden[-1]]
    return [Band(count, count) if index in rest else None for index, count in enumerate(counts)]
