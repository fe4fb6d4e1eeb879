"""The JSON forms, as JSON Schema 2020-12. `docs/exchange-*.schema.json` are these, written out."""

from typing import Any

from citevents.matching.solver.problem import (
    LEGAL_SETTINGS,
    LEVELS,
    ROLES,
    SIZES,
    STAGES,
    STRUCTURES,
    Mode,
    Shape,
)
from citevents.matching.solver.score import WEIGHTS

Schema = dict[str, Any]

_ID = {"type": "string", "minLength": 1, "maxLength": 200}
_IDS = {"type": "array", "items": _ID, "uniqueItems": True}
_COUNTRY = {"type": "string", "pattern": "^[A-Z]{2}$"}
_WEEK = {"type": "string", "pattern": "^[0-9]{4}-W(0[1-9]|[1-4][0-9]|5[0-3])$"}
_NODE = {"type": "string", "minLength": 1}  # of a bare graph
_COUNT = {"type": "integer", "minimum": 0, "maximum": 10**6}
_MONEY = {"type": "integer", "minimum": 0, "maximum": 10**12}
_TOPICS = {
    "type": "array",
    "items": {"type": "string", "minLength": 1, "maxLength": 100},
    "uniqueItems": True,
}


def _closed(required: list[str], properties: Schema) -> Schema:
    return {
        "type": "object",
        "required": required,
        "properties": properties,
        "additionalProperties": False,
    }


def _map(values: Schema, keys: Schema | None = None) -> Schema:
    return {"type": "object", "additionalProperties": values} | ({"propertyNames": keys} if keys else {})


_PROGRAM = _closed(
    ["id", "country"],
    {
        "id": _ID,
        "country": _COUNTRY,
        "languages": _map({"enum": list(LEVELS)}),
        "roles": {"type": "array", "items": {"enum": list(ROLES)}, "uniqueItems": True},
        "stage": {"enum": list(STAGES)},
        "structure": {"enum": list(STRUCTURES)},
        "legal": {"enum": list(LEGAL_SETTINGS)},
        "size": {"enum": list(SIZES)},
        "zone": {"type": "integer", "minimum": -840, "maximum": 840},
        "strengths": _TOPICS,
        "needs": _TOPICS,
        "previous": _IDS,
        "left_out": _COUNT,
    },
)

_REQUEST = _closed(
    ["program"],
    {
        "program": _ID,
        "modes": {"type": "array", "items": {"enum": [m.value for m in Mode]}, "uniqueItems": True},
        "weeks": {"type": "array", "items": _WEEK, "uniqueItems": True},
        "delegation": {"type": "integer", "minimum": 1, "maximum": 1000},
        "places": {"type": "integer", "minimum": 0, "maximum": 100},
        "largest_delegation": {"anyOf": [_COUNT, {"type": "null"}]},
        "budget": {"anyOf": [_MONEY, {"type": "null"}]},
        "visas_closed": {"type": "array", "items": _COUNTRY, "uniqueItems": True},
        "floor": {"enum": list(LEVELS)},
        "wishes": _IDS,
        "must_not": _IDS,
        "pre_matched": {"anyOf": [_ID, {"type": "null"}]},
    },
)

_AGREED = _closed(
    ["shape", "programs"],
    {
        "shape": {"enum": [s.value for s in Shape]},
        "programs": {"type": "array", "items": _ID, "minItems": 2, "maxItems": 5, "uniqueItems": True},
    },
)

_ROUND = _closed(
    [],
    {
        "id": _ID,
        "opens": {"anyOf": [_WEEK, {"type": "null"}]},
        "weights": _closed(
            [], {part: {"type": "integer", "minimum": 0, "maximum": 1000} for part in WEIGHTS}
        ),
        "minimum": {"type": "integer", "minimum": 0, "maximum": 1000},
        "targets": _map(_COUNT, _COUNTRY),
        "credit": _map({"type": "integer", "minimum": -(10**6), "maximum": 10**6}, _COUNTRY),
        "regions": _map({"type": "string", "minLength": 1}, _COUNTRY),
        "fares": _map(_MONEY),
        "accepted": {"type": "array", "items": _AGREED},
        "proposed": {"type": "array", "items": _AGREED},
        "served": _map(_COUNT, _COUNTRY),
        "declined": {
            "type": "array",
            "items": {"type": "array", "items": _ID, "minItems": 2, "maxItems": 2, "uniqueItems": True},
        },
        "step": {"type": "integer", "minimum": 1, "maximum": 1000},
        "longest_cycle": {"enum": [2, 3]},
    },
)

POPULATION: Schema = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "citevents exchange population",
    **_closed(
        ["programs", "requests"],
        {
            "programs": {"type": "array", "items": _PROGRAM},
            "requests": {"type": "array", "items": _REQUEST},
            "round": _ROUND,
        },
    ),
}

_REASON = {
    "type": "object",
    "required": ["code", "arguments"],
    "properties": {"code": {"type": "string"}, "arguments": {"type": "object"}},
}
_WHOLE = {"type": "integer"}
_VALUE = {"anyOf": [_WHOLE, {"type": "array", "items": _WHOLE}]}
# Half units of goals weighed by `multipliers`; of an odd set, its programs and its price. See answer.Prices.
_PRICES = _closed(
    ["multipliers", "values", "own", "spare", "worth", "odd_sets"],
    {
        "multipliers": _map({"type": "integer", "minimum": 1}),
        "values": _map(_WHOLE),
        "own": _map(_WHOLE),
        "spare": _map(_WHOLE),
        "worth": _map(_WHOLE),
        "odd_sets": {
            "type": "array",
            "items": {
                "type": "array",
                "prefixItems": [{"type": "array"}, _WHOLE],
                "minItems": 2,
                "maxItems": 2,
            },
        },
    },
)

RESULT: Schema = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "citevents exchange result",
    "type": "object",
    "required": ["matches", "tiers", "unmatched", "problems", "people", "score", "blocking", "complete"],
    "properties": {
        "round": {"type": "string"},
        "mode": {"enum": ["coverage", "stable"]},
        "matches": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["shape", "programs", "score", "directions"],
                "properties": {
                    "shape": {"enum": [s.value for s in Shape]},
                    "programs": {"type": "array", "items": _ID, "minItems": 2, "maxItems": 5},
                    "score": {"type": "integer"},
                    "weeks": {"type": "array", "items": _WEEK},
                    "kept": {"anyOf": [{"enum": ["accepted", "proposed", "pre_matched"]}, {"type": "null"}]},
                    "directions": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["gains", "gives", "score", "parts", "reasons"],
                            "properties": {
                                "gains": _ID,
                                "gives": _ID,
                                "score": {"type": "integer"},
                                "parts": _map({"type": "integer"}),
                                "reasons": {"type": "array", "items": _REASON},
                            },
                        },
                    },
                },
            },
        },
        "tiers": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["name", "value", "bound", "proven", "seconds"],
                "properties": {
                    "name": {"type": "string"},
                    "value": _VALUE,
                    "bound": _VALUE,
                    "proven": {"type": "boolean"},
                    "seconds": {"type": "number"},
                },
            },
        },
        "unmatched": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["program", "reason"],
                "properties": {"program": _ID, "reason": _REASON},
            },
        },
        "problems": {"type": "array", "items": {"type": "object", "required": ["program", "code"]}},
        "people": {"type": "integer"},
        "score": {"type": "integer"},
        "blocking": {"type": "array", "items": {"type": "array", "items": _ID}},
        "blocking_count": {"type": "integer"},
        "complete": {"type": "boolean"},
        "seconds": {"type": "number"},
        "countries": {
            "type": "array",
            "items": _closed(
                ["country", "asked", "matched", "entitled"],
                {"country": _COUNTRY, "asked": _WHOLE, "matched": _WHOLE, "entitled": _WHOLE},
            ),
        },
        "prices": {"anyOf": [_PRICES, {"type": "null"}]},
    },
}

REMATCHED: Schema = _closed(
    ["kept", "result"], {"kept": {"type": "array", "items": _AGREED}, "result": RESULT}
)

_NODES = _map({"type": "integer", "minimum": 0})
_ODD_SETS = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["nodes", "price"],
        "properties": {
            "nodes": {"type": "array", "items": _NODE, "minItems": 3},
            "price": {"type": "integer", "minimum": 1},
        },
    },
}
_CYCLE_PRICES = {
    "type": "object",
    "required": ["unit", "nodes", "odd_sets"],
    "properties": {
        "unit": {"type": "integer", "minimum": 1},
        "reward": {"type": "integer", "minimum": 0},
        "nodes": _NODES,
        "odd_sets": _ODD_SETS,
    },
}
GRAPH_RESULT: Schema = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "citevents exchange graph result",
    "type": "object",
    "required": ["objective", "groups", "people", "value", "proven", "bound", "seconds"],
    "properties": {
        "objective": {"enum": ["score", "coverage"]},
        "groups": {"type": "array", "items": {"type": "array", "items": _NODE, "minItems": 2, "maxItems": 3}},
        "people": {"type": "integer"},
        "value": {"type": "integer"},
        "proven": {"type": "boolean"},
        "bound": {"type": "integer"},
        "people_bound": {"type": "integer"},  # cycles by coverage: no answer has more people
        "seconds": {"type": "number"},
        "longest_cycle": {"enum": [2, 3]},
        "certificate": {
            "type": "object",
            "required": ["reward", "nodes", "odd_sets"],
            "properties": {
                "reward": {"type": "integer", "minimum": 0},
                "nodes": _NODES,
                "odd_sets": _ODD_SETS,
            },
        },
        # Cycles: prices in 1/unit of the weights plus `reward` per node, and of the number of nodes.
        "cycle_certificate": _CYCLE_PRICES,
        "people_certificate": _CYCLE_PRICES,
        "cardinality": {
            "type": "object",
            "required": ["barrier"],
            "properties": {"barrier": {"type": "array", "items": _NODE}},
        },
    },
}

_SLOT = {"type": "string", "minLength": 1, "maxLength": 100}
_SLOTS = {"type": "array", "items": _SLOT, "uniqueItems": True}
GATHERING: Schema = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "citevents exchange gathering",
    **_closed(
        ["people", "slots", "tables"],
        {
            "people": {
                "type": "array",
                "items": _closed(
                    ["id", "free"],
                    {
                        "id": _ID,
                        "free": _SLOTS,
                        "seeks": _TOPICS,
                        "offers": _TOPICS,
                        "languages": {"type": "array", "items": _ID, "uniqueItems": True},
                        "at_most": {"anyOf": [_COUNT, {"type": "null"}]},
                        "must_meet": _IDS,
                        "no_thanks": _IDS,
                    },
                ),
            },
            "slots": _SLOTS,
            "tables": _COUNT,
            "at_most": _COUNT,
        },
    ),
}
FILES = {
    "exchange-population": POPULATION,
    "exchange-result": RESULT,
    "exchange-graph-result": GRAPH_RESULT,
    "exchange-gathering": GATHERING,
}
