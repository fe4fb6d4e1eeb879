"""What a slice gives the product: its `slice.py` declares one `Slice`, and pages, checks and commands read them all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from types import ModuleType
from typing import Any

import click
from flask import Blueprint, Flask

from citevents.core.access import Role
from citevents.core.invariants import Invariant


@dataclass(frozen=True)
class DeskLink:
    """A link in the desk's menu, for whoever has one of `roles`; smaller `at` first."""

    at: int
    label: Any
    endpoint: str
    roles: tuple[Role, ...]
    #: Shown while a conference is at hand, for those who have the role there.
    of_conference: bool = False
    #: A role for one conference is enough.
    anywhere: bool = False
    #: How many of something wait behind it.
    count: Callable[[], int] | None = None


class Deferred(click.Group):
    """A group of commands that is imported when it is called: it loads numpy and solvers, which no web process needs."""

    def __init__(self, name: str, module: str) -> None:
        super().__init__(name)
        self._module = module

    def _group(self) -> click.Group:
        group: click.Group = import_module(self._module).cli
        return group

    def list_commands(self, ctx: click.Context) -> list[str]:
        return self._group().list_commands(ctx)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return self._group().get_command(ctx, cmd_name)


@dataclass(frozen=True, kw_only=True)
class Slice:
    """All that one slice gives. What is said in words is said lazily."""

    blueprints: Sequence[Blueprint] = ()
    commands: click.Command | None = None
    #: The module that declares what is kept of a person (`core.personal_data`).
    personal_data: ModuleType | None = None
    invariants: Sequence[Invariant] = ()
    #: (act, subject) of an audit entry -> what was done, without who; `%(…)s` are details of the entry.
    acts: Mapping[tuple[str, str], Any] = field(default_factory=dict)
    #: Subject of an audit entry -> what was acted on.
    subjects: Mapping[str, Any] = field(default_factory=dict)
    #: Name of a reaction -> what it does, for the person who looks at one that failed.
    reactions: Mapping[str, Any] = field(default_factory=dict)
    desk: Sequence[DeskLink] = ()
    #: Called with the app when all slices are loaded.
    start: Callable[[Flask], None] | None = None

    def offers(self) -> list[tuple[str, Any]]:
        """What must be offered once in the whole product, as (kind, name)."""
        return [
            *(("page", blueprint.name) for blueprint in self.blueprints),
            *(("command", self.commands.name) for _ in [0] if self.commands),
            *(("invariant", invariant.code) for invariant in self.invariants),
            *(("act", act) for act in self.acts),
            *(("subject", subject) for subject in self.subjects),
            *(("reaction", reaction) for reaction in self.reactions),
            *(("desk link", link.endpoint) for link in self.desk),
        ]
