"""The product's own icons: 20 x 20, stroked in the colour of the text. A page carries only those it uses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache

from flask import g, has_app_context
from markupsafe import Markup, escape

#: What was used: "i" (an icon) or "t" (a shape), and its name.
Use = tuple[str, str]

ICONS = {
    "calendar": "M3 5h14v12H3zM3 8.5h14M7 2.75V6M13 2.75V6",
    "pin": "M10 17.5s5.5-5 5.5-9a5.5 5.5 0 0 0-11 0c0 4 5.5 9 5.5 9zM12 8.5a2 2 0 1 1-4 0 2 2 0 0 1 4 0",
    "clock": "M17.25 10a7.25 7.25 0 1 1-14.5 0 7.25 7.25 0 0 1 14.5 0M10 5.75V10l3 2",
    "globe": "M17.25 10a7.25 7.25 0 1 1-14.5 0 7.25 7.25 0 0 1 14.5 0M2.75 10h14.5M10 2.75c-4.3 4.2-4.3 10.3 0 14.5M10 2.75c4.3 4.2 4.3 10.3 0 14.5",
    "star": "m10 2.75 2.2 4.6 5 .7-3.65 3.5.9 5-4.45-2.4-4.45 2.4.9-5L2.8 8.05l5-.7z",
    "ok": "M17.25 10a7.25 7.25 0 1 1-14.5 0 7.25 7.25 0 0 1 14.5 0M6.5 10.3l2.5 2.4 4.5-5.2",
    "check": "m4 10.5 4 4 8-9",
    "warn": "M10 3.2 17.8 16.6H2.2zM10 8v4M10 14.3v.1",
    "bad": "M6.9 2.75h6.2l4.15 4.15v6.2l-4.15 4.15H6.9L2.75 13.1V6.9zM10 6.2v4.6M10 13.6v.1",
    "info": "M17.25 10a7.25 7.25 0 1 1-14.5 0 7.25 7.25 0 0 1 14.5 0M10 9.2v4.6M10 6.4v.1",
    "arrow": "M4 10h12M11 5l5 5-5 5",
    "people": "M10.2 7a2.7 2.7 0 1 1-5.4 0 2.7 2.7 0 0 1 5.4 0M2.5 16.5c0-3 2-5 5-5s5 2 5 5M12.6 4.5a2.7 2.7 0 0 1 0 5M14.6 11.8c2 .6 3.1 2.3 3.1 4.7",
    "home": "m3 9.5 7-6 7 6M5 8v8.5h10V8M8.5 16.5v-5h3v5",
    "visit": "M3 6.5h14v10H3zM7 6.5v-2.7h6v2.7M3 11h14",
    "screen": "M2.5 4h15v10h-15zM7 17h6M10 14v3",
    "ticket": "M2.5 5.5h15v2.6a2 2 0 0 0 0 3.8v2.6h-15v-2.6a2 2 0 0 0 0-3.8zM12 7.5v1M12 9.6v1M12 11.7v1",
    "print": "M6 7V3h8v4M6 14H3V7h14v7h-3M6 11.5h8V17H6z",
    "search": "M13.5 8.5a5 5 0 1 1-10 0 5 5 0 0 1 10 0M12.3 12.3 17 17",
    "undo": "M7 5 3.5 8.5 7 12M3.5 8.5H12a4.25 4.25 0 0 1 0 8.5H8",
    "retry": "M16.25 3.5v4h-4M15.9 7.3a6.5 6.5 0 1 0 .5 4",
    "x": "m5 5 10 10M15 5 5 15",
    "move": "M10 2.5v15M2.5 10h15M7.8 4.7 10 2.5l2.2 2.2M7.8 15.3l2.2 2.2 2.2-2.2M4.7 7.8 2.5 10l2.2 2.2M15.3 7.8l2.2 2.2-2.2 2.2",
    "mail": "M2.5 4.5h15v11h-15zM3 5.5l7 5.5 7-5.5",
    "shield": "M10 2.5l6.5 2.3v4.7c0 4-2.7 6.7-6.5 8-3.8-1.3-6.5-4-6.5-8V4.8zM7 10l2.2 2.2L13.2 8",
    "lock": "M4.5 9h11v8h-11zM7 9V6a3 3 0 0 1 6 0v3",
    "plus": "M10 3.5v13M3.5 10h13",
    "edit": "m3 17 .8-3.8L13.6 3.4l3 3L6.8 16.2zM11.6 5.4l3 3",
    "download": "M10 3v10M5.5 8.8 10 13.2l4.5-4.4M3 16.8h14",
    "bell": "M5 14.5V9a5 5 0 0 1 10 0v5.5M3.2 14.5h13.6M8.4 17.2h3.2",
}
"""Name -> path. Only directions (`arrow`) mirror in right-to-left: give them the class `flip`."""

SHAPES = {
    "disc": '<circle cx="5" cy="5" r="4.6"/>',
    "square": '<path d="M.8.8h8.4v8.4H.8z"/>',
    "triangle": '<path d="M5 0 10 9.4H0z"/>',
    "diamond": '<path d="m5-.4 5.4 5.4L5 10.4-.4 5z"/>',
    "ring": '<circle cx="5" cy="5" r="3.6" fill="none" stroke="currentColor" stroke-width="2.2"/>',
    "frame": '<path d="M1.8 1.8h6.4v6.4H1.8z" fill="none" stroke="currentColor" stroke-width="2.2"/>',
    "bar": '<path d="M0 3h10v4H0z"/>',
    "cross": '<path d="M3.4 0h3.2v3.4H10v3.2H6.6V10H3.4V6.6H0V3.4h3.4z"/>',
}
"""Keys of tracks and kinds: told apart by shape, never by colour alone."""


def icon(name: str, cls: str = "") -> Markup:
    """An icon beside its words. Unknown names are a mistake in the program: KeyError."""
    _use("i", name, ICONS)
    return Markup('<svg class="icon{}" aria-hidden="true"><use href="#i-{}"/></svg>').format(
        f" {cls}" if cls else "", name
    )


def shape(name: str) -> Markup:
    """The shape that stands for a track or a kind, beside its words."""
    _use("t", name, SHAPES)
    return Markup('<svg aria-hidden="true" viewBox="0 0 10 10"><use href="#t-{}"/></svg>').format(name)


def shape_of(position: int) -> str:
    """The shape of the nth track (from 0); after the last shape they begin again."""
    return list(SHAPES)[position % len(SHAPES)]


def sprite() -> Markup:
    """The definitions of what was used so far and not yet defined: once at the end of a page or of a fragment."""
    used: list[Use] = g.pop("icons", []) if has_app_context() else []
    return _sprite(tuple(dict.fromkeys(used))) if used else Markup()


@lru_cache(maxsize=256)
def _sprite(used: tuple[Use, ...]) -> Markup:
    defined = Markup().join(_symbol(kind, name) for kind, name in used)
    return Markup('<svg class="sprite" aria-hidden="true">{}</svg>').format(defined)


def _use(kind: str, name: str, known: dict[str, str]) -> None:
    if name not in known:
        raise KeyError(f"no icon called {name!r}; there are: {', '.join(known)}")
    if has_app_context():
        use([(kind, name)])


def use(used: Iterable[Use]) -> None:
    """Have these defined at the end of the page."""
    g.setdefault("icons", []).extend(used)


@contextmanager
def noted() -> Iterator[list[Use]]:
    """What is used inside, for whoever keeps what is drawn there: it is to be used again with each copy."""
    before = g.pop("icons", [])
    used = g.icons = []
    try:
        yield used
    finally:
        g.icons = before


def _symbol(kind: str, name: str) -> Markup:
    if kind == "i":
        return Markup('<symbol id="i-{}" viewBox="0 0 20 20"><path d="{}"/></symbol>').format(
            name, escape(ICONS[name])
        )
    drawing = Markup(SHAPES[name])  # noqa: S704 - a constant of this file
    return Markup(
        '<symbol id="t-{}" viewBox="0 0 10 10" overflow="visible"><g fill="currentColor">{}</g></symbol>'
    ).format(name, drawing)
