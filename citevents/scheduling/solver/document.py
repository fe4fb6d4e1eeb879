"""Agenda problems and agendas as JSON (docs/agenda-problem.schema.json), read strictly: every refusal names its path."""

import datetime as dt
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NoReturn, TypeVar
from zoneinfo import ZoneInfo

from citevents.scheduling.solver.errors import BadProblem
from citevents.scheduling.solver.sentences import Message, message

T = TypeVar("T")
MOST = 100_000  # items in one list: beyond it a file is a mistake
LARGEST = 10**9


class Node:
    """A place in a JSON document that knows its path."""

    def __init__(self, value: Any, path: str = "$") -> None:
        self.value, self.path = value, path

    def refuse(self, reason: Message) -> NoReturn:
        raise BadProblem(self.path, reason)

    def object(self, allowed: Iterable[str]) -> "Node":
        if not isinstance(self.value, dict):
            self.refuse(message("this must be an object with named fields"))
        for key in self.value:
            if key not in allowed:
                self.get(key).refuse(
                    message("the field “%(field)s” is unknown; remove or correct it", field=key[:80])
                )
        return self

    def get(self, key: str) -> "Node":
        return Node(self.value.get(key), f"{self.path}.{key}")

    def required(self, key: str) -> "Node":
        node = self.get(key)
        if node.value is None:
            node.refuse(message("the field is missing; add it"))
        return node

    def each(self) -> list["Node"]:
        """The items of a list; none where the field is absent."""
        if self.value is None:
            return []
        if not isinstance(self.value, list):
            self.refuse(message("this must be a list"))
        if len(self.value) > MOST:
            self.refuse(message("more than %(most)d items; split the conference", most=MOST))
        return [Node(item, f"{self.path}[{k}]") for k, item in enumerate(self.value)]

    def text(self, default: str | None = None) -> str:
        if self.value is None and default is not None:
            return default
        if not isinstance(self.value, str) or not self.value.strip():
            self.refuse(message("this must be a text that is not blank"))
        return self.value.strip()

    def whole(self, least: int, default: int | None = None) -> int:
        if self.value is None and default is not None:
            return default
        if isinstance(self.value, bool) or not isinstance(self.value, int):
            self.refuse(message("this must be a whole number"))
        if not least <= self.value <= LARGEST:
            self.refuse(
                message("this must be a whole number from %(least)d to %(most)d", least=least, most=LARGEST)
            )
        return self.value

    def flag(self) -> bool:
        if self.value is None:
            return False
        if not isinstance(self.value, bool):
            self.refuse(message("this must be true or false"))
        return self.value

    def texts(self) -> frozenset[str]:
        return frozenset(node.text() for node in self.each())

    def among(self, known: dict[str, int]) -> int:
        name = self.text()
        if name not in known:
            self.refuse(message("“%(name)s” is not known; correct it or add it to its list", name=name[:80]))
        return known[name]

    def all_among(self, known: dict[str, int]) -> frozenset[int]:
        return frozenset(node.among(known) for node in self.each())

    def local(self, zone: ZoneInfo) -> dt.datetime:
        """A local date and time as UTC. Times that the clocks skip or show twice are refused: they name no instant."""
        try:
            wall = dt.datetime.fromisoformat(self.text())
        except ValueError:
            self.refuse(message("write the time as 2027-05-03T09:00"))
        return self.instant(wall, zone)

    def clock(self, day: dt.date, zone: ZoneInfo) -> dt.datetime:
        """A time of day on a day, as UTC."""
        try:
            wall = dt.datetime.combine(day, dt.time.fromisoformat(self.text()))
        except ValueError:
            self.refuse(message("write the time as 09:00"))
        return self.instant(wall, zone)

    def instant(self, wall: dt.datetime, zone: ZoneInfo) -> dt.datetime:
        if wall.tzinfo is not None:
            return wall.astimezone(dt.UTC)
        earlier, later = (wall.replace(tzinfo=zone, fold=fold).astimezone(dt.UTC) for fold in (0, 1))
        if earlier.astimezone(zone).replace(tzinfo=None) != wall:
            self.refuse(
                message("the clocks skip this time in %(zone)s; choose one that exists", zone=zone.key)
            )
        if earlier != later:
            self.refuse(
                message(
                    "the clocks show this time twice in %(zone)s; write it with its offset", zone=zone.key
                )
            )
        return earlier


def parsed(path: Path) -> Node:
    """A JSON file's root. Raises BadProblem for what is none."""
    try:
        return Node(json.loads(path.read_text(encoding="utf-8"), parse_constant=refuse_constant))
    except json.JSONDecodeError as error:
        raise BadProblem(
            f"{path.name}, line {error.lineno}, column {error.colno}",
            message("this is no JSON from here on; correct it"),
        ) from error
    except (OSError, ValueError, RecursionError) as error:
        raise BadProblem(path.name, message("this is no readable JSON file; write it again")) from error


def refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


def numbered(nodes: list[Node], make: Callable[[Node], str]) -> dict[str, int]:
    """Id -> index. Refuses ids given twice."""
    found: dict[str, int] = {}
    for k, node in enumerate(nodes):
        name = make(node)
        if name in found:
            node.get("id").refuse(message("“%(name)s” is given twice; ids must differ", name=name[:80]))
        found[name] = k
    return found
