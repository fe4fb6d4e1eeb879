"""One flat array for a whole search: sizes and totals at its head, then the tables, found by their offsets.

`m[TRACK]` is where the table of tracks begins, so `m[m[TRACK] + item]` is an item's track. A single array is what
makes compiled calls cheap (passing forty arrays cost four fifths of the time) and what lets the same source run on
a plain list.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from citevents.scheduling.solver.accelerator import flat


def packed(head: int, numbers: Mapping[int, int], tables: Mapping[int, Any]) -> Any:
    """A memory with `head` places at its front; each key is the place of a number or of a table's offset."""
    front = np.zeros(head, dtype=np.int64)
    for place, number in numbers.items():
        front[place] = number
    parts = [front]
    end = head
    for place, table in tables.items():
        values = np.asarray(table, dtype=np.int64).ravel()
        front[place] = end
        end += len(values)
        parts.append(values)
    return flat(np.concatenate(parts))


def table(m: Any, place: int, size: int) -> list[int]:
    """A copy of the first `size` numbers of a table."""
    start = int(m[place])
    return [int(value) for value in m[start : start + size]]
