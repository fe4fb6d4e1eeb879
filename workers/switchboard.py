"""Who emits and who reacts, read from the source and the registry; docs/EVENTS.md is this text."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

from citevents.core import events
from workers import clock, handles

ROOT = Path(__file__).resolve().parent.parent


@cache
def emitters() -> dict[str, list[str]]:
    """Event class name -> the functions (module.function) whose source calls `emit(ThatEvent(...))`."""
    found: dict[str, list[str]] = {}
    for folder in ("citevents", "workers"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            for function in ast.walk(ast.parse(path.read_text())):
                if isinstance(function, ast.FunctionDef):
                    for kind in _emitted(function):
                        place = f"{module.removeprefix('citevents.')}.{function.name}"
                        if place not in found.setdefault(kind, []):
                            found[kind].append(place)
    return found


def _emitted(function: ast.FunctionDef) -> list[str]:
    kinds = []
    for call in ast.walk(function):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "emit":
            for made in call.args:
                if isinstance(made, ast.Call):
                    name = made.func
                    kinds.append(name.id if isinstance(name, ast.Name) else getattr(name, "attr", ""))
    return kinds


def text() -> str:
    """The switchboard as Markdown."""
    import workers.reactions  # noqa: F401

    sources = emitters()
    lines = [
        "# The switchboard",
        "",
        "Printed by `flask house`; a test keeps this file equal to it. Every arrow between slices is one of these events.",
        "",
        "| event | promises | emitted by | reactions (queue) |",
        "|---|---|---|---|",
    ]
    for name, kind in sorted(events.kinds().items()):
        promise = (kind.__doc__ or "").strip().splitlines()[0] if kind.__doc__ else ""
        reactions = [
            f"`{h.name}` ({h.queue})" for _, h in sorted(handles.handlers().items()) if h.event is kind
        ]
        lines.append(
            f"| `{name}` | {promise} | {', '.join(f'`{s}`' for s in sources.get(kind.__name__, [])) or '-'} "
            f"| {', '.join(reactions) or '-'} |"
        )
    lines += ["", "## Ticks of the clock", "", "| tick | every | does |", "|---|---|---|"]
    for entry in sorted(clock.ticks().values(), key=lambda e: e.name):
        lines.append(
            f"| `{entry.name}` | {entry.seconds:g} s | {(entry.tick.__doc__ or '').strip().splitlines()[0]} |"
        )
    return "\n".join(lines) + "\n"
