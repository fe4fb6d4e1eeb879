"""The list of slices: the table of contents of the product, from the lowest floor to the highest.

A slice takes part by its `slice.py` (see `core/contributions.py`). Adding one adds its name here, and edits nothing else.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from importlib.util import find_spec

from flask import Flask

from citevents.core.contributions import Slice

SLICES = (
    "people",
    "organizations",
    "conferences",
    "registration",
    "scheduling",
    "matching",
    "payments",
    "calendars",
    "surveys",
    "operations",
    "portal",
)


class NotASlice(RuntimeError):
    """What a slice gives cannot be read, or two give the same."""


@cache
def slices() -> tuple[Slice, ...]:
    """What every slice gives, in their order. Raises NotASlice."""
    return tuple(gathered({name: _slice(name) for name in SLICES}).values())


def gathered(found: dict[str, Slice]) -> dict[str, Slice]:
    """The same, where nothing is offered twice. Raises NotASlice."""
    by: dict[object, str] = {}
    for name, each in found.items():
        for offer in each.offers():
            if offer in by:
                kind, what = offer
                raise NotASlice(
                    f"{by[offer]} and {name} both offer the {kind} {what!r}: take it out of one slice.py"
                )
            by[offer] = name
    return found


def _slice(name: str) -> Slice:
    module = f"citevents.{name}.slice"
    if not find_spec(f"citevents.{name}") or not find_spec(module):
        raise NotASlice(
            f"citevents/{name}/slice.py is missing: it says in one `SLICE` what the slice gives the product"
        )
    given = getattr(import_module(module), "SLICE", None)
    if not isinstance(given, Slice):
        raise NotASlice(f"citevents/{name}/slice.py declares no SLICE")
    return given


def init_slices(app: Flask) -> None:
    """Register the pages and commands of every slice, then let each begin."""
    for each in slices():
        for blueprint in each.blueprints:
            app.register_blueprint(blueprint)
        if each.start:
            each.start(app)
    for each in slices():
        if each.commands:
            app.cli.add_command(each.commands)
