"""The list of slices: the table of contents of the product.

A slice takes part by the names of its files: `models` are imported so that the tables are known, `init` (where there is
one) is called with the app, every `Blueprint` of `views` is registered, and `commands.cli` is added to `flask`.
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

from flask import Blueprint, Flask

SLICES = (
    "people",
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


def file_of(slice_name: str, file: str) -> ModuleType | None:
    """The module `citevents.<slice>.<file>` if the slice has that file."""
    if not find_spec(f"citevents.{slice_name}"):
        return None
    name = f"citevents.{slice_name}.{file}"
    return import_module(name) if find_spec(name) else None


def init_slices(app: Flask) -> None:
    """Import the models, register blueprints and commands of every slice."""
    for name in SLICES:
        file_of(name, "models")
    for name in SLICES:
        package = file_of(name, "views")
        if package:
            for blueprint in vars(package).values():
                if isinstance(blueprint, Blueprint):
                    app.register_blueprint(blueprint)
        start = file_of(name, "init")
        if start:
            start.init(app)
        commands = file_of(name, "commands")
        if commands:
            app.cli.add_command(commands.cli)
