"""Faults: switches that make a stand-in misbehave for the next few calls, messages or deliveries."""

import dataclasses
import threading
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

Kinds = Mapping[str, Mapping[str, Mapping[str, Any]]]


class UnknownFault(ValueError):
    """The switch asked for does not exist, or has no such setting."""


@dataclasses.dataclass(kw_only=True)
class Fault:
    """One switch: acts on the next `times` things named like `on`, after letting `skip` of them pass."""

    id: int
    place: str
    kind: str
    on: str
    times: int
    skip: int
    settings: dict[str, Any]

    def __getitem__(self, setting: str) -> Any:
        return self.settings[setting]


class Faults:
    """The switches of one stand-in.

    `kinds` maps place -> kind -> settings with their defaults, e.g. `{"api": {"delay": {"seconds": 1.0}}}`.
    Kept in memory: a stand-in that starts anew behaves well.
    """

    def __init__(self, kinds: Kinds) -> None:
        self.kinds = kinds
        self._lock = threading.Lock()
        self._switches: list[Fault] = []
        self._last_id = 0

    def add(
        self, place: str, kind: str, *, on: str = "*", times: int = 1, skip: int = 0, **settings: Any
    ) -> Fault:
        """Switch a fault on. `on` is a shell pattern over the names of that place. Raises UnknownFault."""
        defaults = self.kinds.get(place, {}).get(kind)
        if defaults is None:
            raise UnknownFault(f"no fault {kind!r} at {place!r}; there are: {self._offer()}")
        for name, given in settings.items():
            if name not in defaults:
                raise UnknownFault(
                    f"fault {kind!r} has no setting {name!r}, only: {', '.join(defaults) or 'none'}"
                )
            wanted = defaults[name]
            if isinstance(given, bool) is not isinstance(wanted, bool) or not isinstance(
                given, (int, float) if isinstance(wanted, (int, float)) else type(wanted)
            ):
                raise UnknownFault(f"setting {name!r} of fault {kind!r} is like {wanted!r}, not {given!r}")
        if times < 1 or skip < 0:
            raise UnknownFault("times is at least 1 and skip at least 0")
        with self._lock:
            self._last_id += 1
            fault = Fault(
                id=self._last_id,
                place=place,
                kind=kind,
                on=on,
                times=times,
                skip=skip,
                settings={**defaults, **settings},
            )
            self._switches.append(fault)
            return dataclasses.replace(fault)

    def take(self, place: str, name: str) -> dict[str, Fault]:
        """The faults that hit this thing, by kind; each is used up by one. `times` says what is left."""
        taken: dict[str, Fault] = {}
        with self._lock:
            for fault in self._switches:
                if fault.place != place or fault.kind in taken or not fnmatchcase(name, fault.on):
                    continue
                if fault.skip:
                    fault.skip -= 1
                    continue
                fault.times -= 1
                taken[fault.kind] = dataclasses.replace(fault)
            self._switches = [fault for fault in self._switches if fault.times]
        return taken

    def list(self) -> list[dict[str, Any]]:
        with self._lock:
            return [dataclasses.asdict(fault) for fault in self._switches]

    def clear(self, fault_id: int | None = None) -> None:
        with self._lock:
            self._switches = [f for f in self._switches if fault_id is not None and f.id != fault_id]

    def _offer(self) -> str:
        return ", ".join(f"{place}/{kind}" for place, kinds in self.kinds.items() for kind in kinds)


def fault_routes(faults: Faults) -> Blueprint:
    """`GET`, `POST` and `DELETE /_faults`, `DELETE /_faults/<id>`: the switches by HTTP and JSON."""
    routes = Blueprint("faults", __name__)

    @routes.get("/_faults")
    def listed() -> ResponseReturnValue:
        return {"faults": faults.list(), "kinds": faults.kinds}

    @routes.post("/_faults")
    def added() -> ResponseReturnValue:
        wanted = request.get_json(silent=True)
        if not isinstance(wanted, dict):
            return {"error": 'Send JSON such as {"place": "...", "kind": "...", "times": 1}.'}, 400
        try:
            return dataclasses.asdict(faults.add(**wanted)), 201
        except (UnknownFault, TypeError) as problem:
            return {"error": str(problem)}, 400

    @routes.delete("/_faults")
    def cleared() -> ResponseReturnValue:
        faults.clear()
        return "", 204

    @routes.delete("/_faults/<int:fault_id>")
    def removed(fault_id: int) -> ResponseReturnValue:
        faults.clear(fault_id)
        return "", 204

    return routes
