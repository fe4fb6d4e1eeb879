"""What is kept of a person: each slice names its part once, for the export and for the page before erasing.

`@keeps("registrations", _l("Your registrations"), erased=_l("Your registrations are cancelled; invoices are kept as the law asks."))`
over a function of a person's id that returns what an export may hold: frozen rows, dictionaries, lists, dates.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, is_dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any

Gather = Callable[[int], Any]


@dataclass(frozen=True)
class Keeping:
    """One part: its key in the export, its title, and what becomes of it when the person is erased."""

    key: str
    title: Any
    erased: Any
    gather: Gather


_keepings: dict[str, Keeping] = {}


def keeps(key: str, title: Any, *, erased: Any) -> Callable[[Gather], Gather]:
    """Declare what a slice keeps of people."""

    def declare(gather: Gather) -> Gather:
        if key in _keepings:
            raise ValueError(f"{key} is kept twice")
        _keepings[key] = Keeping(key, title, erased, gather)
        return gather

    return declare


def keepings() -> list[Keeping]:
    """Every part, in the order of the slices."""
    return list(_keepings.values())


def everything_of(person_id: int) -> dict[str, Any]:
    """All that is kept of a person, as JSON can hold it."""
    return {keeping.key: plain(keeping.gather(person_id)) for keeping in keepings()}


def plain(value: Any) -> Any:
    """Rows become dictionaries, instants ISO 8601 in UTC, states their words."""
    if is_dataclass(value) and not isinstance(value, type):
        value = asdict(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, dict):
        return {str(plain(key)): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(each) for each in value]
    return value if isinstance(value, str | int | float | bool | None) else str(value)


Ends = Callable[[int], str]

_endings: dict[str, list[Ends]] = {}


def ends_with(purpose: str) -> Callable[[Ends], Ends]:
    """Declare what ends when a person takes a consent to this purpose back.

    Over a function of the person's id that says it as a sentence with its numbers; "" where nothing does.
    """

    def declare(ends: Ends) -> Ends:
        _endings.setdefault(purpose, []).append(ends)
        return ends

    return declare


def what_ends(purpose: str, person_id: int) -> list[str]:
    """What would end now if this person took the consent back, in sentences: said before it is done."""
    return [sentence for ends in _endings.get(purpose, []) if (sentence := ends(person_id))]
