"""JSON out, with a line for each thing that somebody may look for."""

import json
from collections.abc import Mapping
from typing import Any


def text_of(document: Any) -> str:
    """JSON with each member of an object, and each list or object in a list, on a line of its own, two levels deep.

    What is deeper stays on its line: the encoder of the standard library is many times slower where it indents.
    """
    return _text(document, "", 2) + "\n"


def _text(value: Any, margin: str, deeper: int) -> str:
    inner = margin + " "
    if deeper and value and isinstance(value, Mapping):
        rows = [f"{_flat(str(key))}: {_text(v, inner, deeper - 1)}" for key, v in value.items()]
        return _block("{", rows, "}", margin)
    if value and isinstance(value, list) and isinstance(value[0], list | Mapping):
        return _block("[", [_flat(v) for v in value], "]", margin)
    return _flat(value)


def _block(opened: str, rows: list[str], closed: str, margin: str) -> str:
    inner = f"\n{margin} "
    return f"{opened}{inner}{f',{inner}'.join(rows)}\n{margin}{closed}"


def _flat(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
