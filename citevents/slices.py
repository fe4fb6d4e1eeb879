"""The list of slices: the table of contents of the product."""

from importlib import import_module
from importlib.util import find_spec

from flask import Flask

SLICES = ("scheduling", "matching")


def register_commands(app: Flask) -> None:
    """Add each slice's `commands.cli` (a click group) to the `flask` command."""
    for name in SLICES:
        module = f"citevents.{name}.commands"
        if find_spec(module):
            app.cli.add_command(import_module(module).cli)
