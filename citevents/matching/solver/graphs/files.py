"""Edge lists in: the CSV form of a bare graph."""

import csv
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from citevents.matching.solver.errors import Unreadable
from citevents.matching.solver.graphs.graph import Graph

HEADER = ["a", "b", "weight"]
HEAVIEST = 10**12
_WHOLE = re.compile(r"[+-]?[0-9]+")  # int() takes 1_000 and the digits of every script as well
_LONGEST = 1000  # characters; Python reads no number of more than 4,300


@dataclass(frozen=True, slots=True)
class EdgeList:
    """Names in order of first mention; rows as (position of a, position of b, weight)."""

    names: tuple[str, ...]
    rows: tuple[tuple[int, int, int], ...]

    def graph(self) -> Graph:
        """The rows as undirected edges."""
        ends = np.array(self.rows, np.int64).reshape(-1, 3)
        return Graph(
            n=len(self.names),
            a=np.minimum(ends[:, 0], ends[:, 1]),
            b=np.maximum(ends[:, 0], ends[:, 1]),
            weight=ends[:, 2],
        )


def read_edges(path: Path, *, directed: bool = False) -> EdgeList:
    """Read `a,b,weight`. Raises Unreadable, naming the line, for anything that is not a simple graph."""
    at: dict[str, int] = {}
    rows: list[tuple[int, int, int]] = []
    seen: dict[tuple[int, int], int] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file)
            header = next(reader, None)
            if header is None or [h.strip() for h in header] != HEADER:
                raise Unreadable("line 1", "the header must be a,b,weight")
            for fields in reader:
                line = reader.line_num
                if not fields:
                    continue
                a, b, weight = _fields(fields, line)
                ends = at.setdefault(a, len(at)), at.setdefault(b, len(at))
                key = ends if directed or ends[0] < ends[1] else (ends[1], ends[0])
                if key in seen:
                    raise Unreadable(f"line {line}", f"the edge {a},{b} is already on line {seen[key]}")
                seen[key] = line
                rows.append((*ends, weight))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise Unreadable(str(path), f"cannot be read ({error})") from error
    return EdgeList(tuple(at), tuple(rows))


def _fields(fields: list[str], line: int) -> tuple[str, str, int]:
    where = f"line {line}"
    if len(fields) != 3:
        raise Unreadable(where, f"3 fields wanted, {len(fields)} found")
    a, b, text = (f.strip() for f in fields)
    if not a or not b:
        raise Unreadable(where, "a node has no name")
    if a == b:
        raise Unreadable(where, f"{a} is joined to itself; leave the line out")
    if not _WHOLE.fullmatch(text):
        raise Unreadable(where, f"the weight {text[:40]!r} is not a whole number")
    if len(text) > _LONGEST or not 1 <= int(text) <= HEAVIEST:
        raise Unreadable(where, f"the weight {text[:40]} is not between 1 and {HEAVIEST}")
    return a, b, int(text)
