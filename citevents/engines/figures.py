"""Figures that the processes of a server count together, in memory of theirs: no disk can be too full for them.

Files that are mapped into memory, as Prometheus' own library shares its figures, end a process by SIGBUS when their disk is full.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterator, Mapping

KEY_BYTES = 120


class Figures:
    """Rows of `width` numbers by key. Each process adds to a part of its own and anybody reads the sum of all parts.

    Made before processes are forked, which then `take` a part each; whoever takes the part of one that ended counts on there.
    A key beyond `rows` is not counted: what measures never stops what it measures.
    """

    def __init__(self, width: int, parts: int = 64, rows: int = 1024) -> None:
        self._row = struct.Struct(f"={KEY_BYTES}s{width}d")
        self._number = struct.Struct("=d")
        self._parts, self._rows = parts, rows
        self._memory = mmap.mmap(-1, parts * rows * self._row.size)
        self._part = 0
        self._known: dict[bytes, int] = {}

    def take(self, part: int) -> None:
        """This process counts in this part from now on."""
        self._part = part % self._parts
        self._known = {key: place for place, key, _numbers in self._read(self._part)}

    def add(self, key: str, amounts: Mapping[int, float]) -> None:
        """Add to numbers of a row, by their index."""
        name = key.encode()[:KEY_BYTES]
        place = self._known.get(name)
        if place is None:
            if len(self._known) >= self._rows:
                return
            place = self._known[name] = (self._part * self._rows + len(self._known)) * self._row.size
            struct.pack_into(f"={KEY_BYTES}s", self._memory, place, name)
        for index, amount in amounts.items():
            at = place + KEY_BYTES + index * self._number.size
            self._number.pack_into(self._memory, at, self._number.unpack_from(self._memory, at)[0] + amount)

    def sums(self) -> dict[str, tuple[float, ...]]:
        """What all processes counted, by key."""
        found: dict[str, tuple[float, ...]] = {}
        for part in range(self._parts):
            for _place, key, numbers in self._read(part):
                name = key.decode()
                before = found.get(name, (0.0,) * len(numbers))
                found[name] = tuple(one + other for one, other in zip(before, numbers, strict=True))
        return found

    def _read(self, part: int) -> Iterator[tuple[int, bytes, tuple[float, ...]]]:
        first = part * self._rows * self._row.size
        for place in range(first, first + self._rows * self._row.size, self._row.size):
            key, *numbers = self._row.unpack_from(self._memory, place)
            if not key[0]:
                return
            yield place, key.rstrip(b"\0"), tuple(numbers)


#: Of the requests of this server; operations.metrics says what the numbers are.
REQUESTS = Figures(width=16)
