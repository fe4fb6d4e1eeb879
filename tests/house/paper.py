"""What stands on a PDF of ours, as an eye reads it: line by line, from left to right, whatever the language.

Only as much of a reader as our own documents need: Type 0 fonts with their table back to letters, and text that is not turned.
"""

from __future__ import annotations

import re
import zlib
from collections import defaultdict
from collections.abc import Iterator

OBJECT = re.compile(rb"(?ms)^(\d+) 0 obj\n(.*?)\nendobj")
#: A number of a transformation, the name of a font, a run of glyphs: what moves, what writes.
STEP = re.compile(
    rb"(?s)(?P<save>\bq\b)|(?P<restore>\bQ\b)|(?P<move>(?:-?[\d.]+ ){6})(?P<what>cm|Tm)|/(?P<font>\w+) -?[\d.]+ Tf"
    rb"|\[(?P<run>(?:\((?:\\.|[^\\)])*\)|[^\]()])*)\]\s*TJ|(?P<one>\((?:\\.|[^\\)])*\))\s*Tj"
)
STRING = re.compile(rb"(?s)\(((?:\\.|[^\\)])*)\)")
ESCAPE = re.compile(rb"(?s)\\([0-7]{1,3}|.)")
NAMED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def lines(pdf: bytes) -> list[str]:
    """The lines of every page, from the top; in each, the pieces from left to right with a blank between."""
    objects = {int(number): body for number, body in OBJECT.findall(pdf)}
    fonts = _fonts(objects)
    found = []
    for body in objects.values():
        if re.search(rb"/Type ?/Page\b", body):
            [content] = re.findall(rb"/Contents (\d+) 0 R", body)
            found += _page(_stream(objects[int(content)]), fonts)
    return found


def _page(content: bytes, fonts: dict[bytes, dict[int, str]]) -> list[str]:
    rows: dict[int, list[tuple[float, str]]] = defaultdict(list)
    for x, y, text in _written(content, fonts):
        rows[round(y)].append((x, text))
    return [" ".join(text for _x, text in sorted(rows[y])) for y in sorted(rows, reverse=True)]


def _written(content: bytes, fonts: dict[bytes, dict[int, str]]) -> Iterator[tuple[float, float, str]]:
    """(x, y, letters) of each run of glyphs; a run goes from left to right."""
    at, kept, font, own = (0.0, 0.0), list[tuple[float, float]](), b"", (0.0, 0.0)
    for step in STEP.finditer(content):
        if step["save"]:
            kept.append(at)
        elif step["restore"]:
            at = kept.pop()
        elif step["font"]:
            font = step["font"]
        elif step["what"]:
            x, y = (float(number) for number in step["move"].split()[4:])
            if step["what"] == b"cm":
                at = at[0] + x, at[1] + y
            else:
                own = x, y
        else:
            glyphs = b"".join(_plain(each) for each in STRING.findall(step["run"] or step["one"]))
            letters = [
                fonts[font].get(int.from_bytes(glyphs[n : n + 2]), "") for n in range(0, len(glyphs), 2)
            ]
            yield at[0] + own[0], at[1] - own[1], "".join(letters)


def _plain(string: bytes) -> bytes:
    def one(match: re.Match[bytes]) -> bytes:
        said = match[1]
        return bytes([int(said, 8)]) if said.isdigit() else NAMED.get(said, said)

    return ESCAPE.sub(one, string)


def _fonts(objects: dict[int, bytes]) -> dict[bytes, dict[int, str]]:
    """Name in the pages -> glyph -> letters."""
    found: dict[bytes, dict[int, str]] = {}
    for body in objects.values():
        for name, number in re.findall(rb"/(f\d+) (\d+) 0 R", body):
            [table] = re.findall(rb"/ToUnicode (\d+) 0 R", objects[int(number)])
            found[name] = _letters(_stream(objects[int(table)]))
    return found


def _letters(table: bytes) -> dict[int, str]:
    found: dict[int, str] = {}
    for block in re.findall(rb"(?s)beginbfchar(.*?)endbfchar", table):
        for glyph, letters in re.findall(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>", block):
            found[int(glyph, 16)] = bytes.fromhex(letters.decode()).decode("utf-16-be")
    return found


def _stream(body: bytes) -> bytes:
    return zlib.decompress(body.partition(b"stream\n")[2].rpartition(b"\nendstream")[0])
