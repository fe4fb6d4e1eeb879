"""Pieces of pages that are the same for everybody: made once, then handed out with the icons they use.

    {% call fragment("footer", organization, venue_zone) %}...{% endcall %}

The name and the values say everything that the body depends on, beside the reader's language and clock. What belongs to one
visitor (a CSRF token, a nonce, a path) and counted ids (`next_id`) stay outside.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass

from flask import current_app
from markupsafe import Markup

from citevents.locale.languages import current_language, reader_zone
from citevents.web import icons

#: Pieces an application remembers: some name conferences, and none is worth more than its second making.
FRAGMENTS = 1000


@dataclass(frozen=True, slots=True)
class Made:
    html: Markup
    icons: tuple[icons.Use, ...]


def fragment(name: str, *values: Hashable, caller: Callable[[], Markup]) -> Markup:
    """The piece as it was made for these values, or made now."""
    memory: dict[tuple[Hashable, ...], Made] = current_app.extensions.setdefault("fragments", {})
    key = (name, current_language(), reader_zone(), *values)
    made = memory.get(key)
    if made is None or current_app.jinja_env.auto_reload:
        if len(memory) >= FRAGMENTS and key not in memory:
            memory.clear()
        with icons.noted() as used:
            html = caller()
        memory[key] = made = Made(html, tuple(used))
    icons.use(made.icons)
    return made.html
