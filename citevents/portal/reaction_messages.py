"""What reactions do, in words: for the person who looks at what did not go out. Each slice brings its own."""

from __future__ import annotations

from functools import cache
from typing import Any

from citevents.slices import slices


@cache
def words() -> dict[str, Any]:
    """Handler -> what it would have done."""
    return {handler: said for each in slices() for handler, said in each.reactions.items()}


def in_words(handler: str) -> str:
    """What the reaction does: "Mail tickets"; its own name where nobody said it in words."""
    return str(words().get(handler, handler))
