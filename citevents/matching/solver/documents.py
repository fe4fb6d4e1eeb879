"""JSON in, values out, and back. What does not fit is refused with its path and the reason."""

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

from jsonschema_rs import Draft202012Validator

from citevents.matching.solver.answer import Prices, Tier
from citevents.matching.solver.errors import Unreadable
from citevents.matching.solver.problem import (
    Agreed,
    Mode,
    Population,
    Program,
    Request,
    Round,
    Shape,
)
from citevents.matching.solver.schemas import POPULATION, REMATCHED, RESULT, Schema


def read_json(path: Path) -> Any:
    """The document in a file. Raises Unreadable."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        json.dumps(
            document, ensure_ascii=False, allow_nan=False
        ).encode()  # what cannot be written is not read
        return document
    except OSError as error:
        raise Unreadable(str(path), f"cannot be read ({error.strerror})") from error
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise Unreadable(str(path), f"is not JSON ({error})") from error


def fit(document: Any, schema: Schema) -> None:
    """Raise Unreadable with the path of the first thing that does not fit the schema."""
    errors = sorted(
        Draft202012Validator(schema).iter_errors(document), key=lambda e: [str(p) for p in e.instance_path]
    )
    if errors:
        path = "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in errors[0].instance_path)
        raise Unreadable(f"${path}", errors[0].message[:300])


def population_of(document: Any) -> Population:
    """A population from its JSON form. Raises Unreadable with path and reason."""
    fit(document, POPULATION)
    programs = tuple(_program(p) for p in document["programs"])
    requests = tuple(_request(r) for r in document["requests"])
    once([p.id for p in programs], "$.programs", "id")
    once([r.program for r in requests], "$.requests", "program")
    return Population(programs=programs, requests=requests, round=_round(document.get("round", {})))


def once(names: list[str], where: str, key: str) -> None:
    """Raise Unreadable with the path of the first name that is there already."""
    seen: dict[str, int] = {}
    for k, name in enumerate(names):
        if name in seen:
            raise Unreadable(f"{where}[{k}].{key}", f"{name!r} is already at {where}[{seen[name]}]")
        seen[name] = k


def _program(found: Mapping[str, Any]) -> Program:
    sets = {key: frozenset(found[key]) for key in ("roles", "strengths", "previous") if key in found}
    needs = {"needs": tuple(found["needs"])} if "needs" in found else {}
    return Program(**{**found, **sets, **needs})


def _request(found: Mapping[str, Any]) -> Request:
    sets = {key: frozenset(found[key]) for key in ("weeks", "visas_closed", "must_not") if key in found}
    rest: dict[str, Any] = {"wishes": tuple(found["wishes"])} if "wishes" in found else {}
    if "modes" in found:
        rest["modes"] = frozenset(Mode(m) for m in found["modes"])
    return Request(**{**found, **sets, **rest})


def _round(found: Mapping[str, Any]) -> Round:
    rest: dict[str, Any] = {}
    for key in ("accepted", "proposed"):
        if key in found:
            rest[key] = tuple(agreed(a) for a in found[key])
    if "declined" in found:
        rest["declined"] = frozenset(frozenset(pair) for pair in found["declined"])
    return Round(**{**found, **rest})


def agreed(found: Mapping[str, Any]) -> Agreed:
    return Agreed(shape=Shape(found["shape"]), programs=tuple(found["programs"]))


def matches_of(document: Any) -> tuple[Agreed, ...]:
    """The matches of a result, or of a re-match, in its JSON form, as shape and programs. Raises Unreadable."""
    if not _is_rematched(document):
        fit(document, RESULT)
        return tuple(agreed(match) for match in document["matches"])
    fit(document, REMATCHED)
    return (*(agreed(match) for match in document["kept"]), *matches_of(document["result"]))


def _is_rematched(document: Any) -> bool:
    return isinstance(document, dict) and "result" in document


Solution = tuple[tuple[Agreed, ...], Prices | None, tuple[Tier, ...], str]


def solution_of(document: Any) -> Solution:
    """What `explain` needs of a result: its matches, prices, tiers and mode. Raises Unreadable.

    Of a re-match the matches alone: its prices and tiers are those of the others, not of the whole round.
    """
    matches = matches_of(document)
    if _is_rematched(document):
        return matches, None, (), document["result"].get("mode", "coverage")
    found = document.get("prices")
    prices = None
    if found is not None:
        sets = tuple((tuple(nodes), price) for nodes, price in found["odd_sets"])
        prices = Prices(**{**found, "odd_sets": sets})
    tiers = tuple(
        Tier(**{**t, **{k: tuple(t[k]) if isinstance(t[k], list) else t[k] for k in ("value", "bound")}})
        for t in document["tiers"]
    )
    return matches, prices, tiers, document.get("mode", "coverage")


def document_of(value: Any) -> Any:
    """The JSON form of any of the engine's values; sets come out sorted, so that files compare."""
    if is_dataclass(value) and not isinstance(value, type):
        written = [f.name for f in fields(value) if f.metadata.get("written", True)]
        return {name: document_of(getattr(value, name)) for name in written}
    if isinstance(value, Mapping):
        return {str(k): document_of(v) for k, v in value.items()}
    if isinstance(value, frozenset | set):
        return sorted((document_of(v) for v in value), key=str)
    if isinstance(value, tuple | list):
        return [document_of(v) for v in value]
    return value
