"""The list of slices: the table of contents of the product.

A slice takes part by the names of its files: `models` are imported so that the tables are known, `init` (where there is
one) is called with the app, every `Blueprint` of `views` is registered, and `commands.cli` is added to `flask`.
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

import click
from flask import Blueprint, Flask

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

#: Groups of commands that load numpy and solvers.
SOLVERS = {"scheduling": "agenda", "matching": "exchange"}


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
    for name in SLICES:
        if name in SOLVERS:
            app.cli.add_command(Deferred(name=SOLVERS[name], slice_name=name))
        elif commands := file_of(name, "commands"):
            app.cli.add_command(commands.cli)


class Deferred(click.Group):
    """A group of commands that is imported when it is called, not when a web process starts."""

    def __init__(self, name: str, slice_name: str) -> None:
        super().__init__(name)
        self._slice = slice_name

    def _group(self) -> click.Group:
        module = file_of(self._slice, "commands")
        assert module is not None
        group: click.Group = module.cli
        return group

    def list_commands(self, ctx: click.Context) -> list[str]:
        return self._group().list_commands(ctx)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return self._group().get_command(ctx, cmd_name)
