"""What somebody sends who wants the server to work: texts whose cost grows faster than they do, and bodies and headers of many parts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import cycle, islice


def _repeated(unit: str, length: int) -> str:
    return "".join(islice(cycle(unit), length))


def _two_halves(length: int) -> str:
    return "a" + "\u0315" * (length // 2) + "\u0327" * (length // 2)


#: Name -> a text of about this many characters.
TEXTS = {
    # Canonical ordering was an insertion sort in older Pythons: marks that stand in the wrong order.
    "two halves of marks": _two_halves,
    "marks in turn": lambda length: _repeated("\u0301\u0327", length),
    # Class 0 themselves, and made of marks that are not; and a letter that is one for compatibility only.
    "vowel signs of two marks": lambda length: _repeated("\u0f73", length),
    "half-width marks": lambda length: _repeated("\uff9e\u0301", length),
    "syllables to compose": lambda length: _repeated("\u1100\u1161\u11a8", length),
    "letters that grow": lambda length: _repeated("\ufdfa\u0390", length),
    "lines": lambda length: _repeated("\n", length),
    "short lines": lambda length: _repeated("a@b,\n", length),
    "blanks": lambda length: " " * length + "x",
    "zero-width joiners": lambda length: _repeated("\u200d ", length),
    "markup": lambda length: _repeated('<"', length),
    "digits": lambda length: "9" * length,
    "other digits": lambda length: "٣" * length,
    "digits in groups": lambda length: _repeated("1,1.", length),
    "digits and lines below": lambda length: _repeated("1_", length) + "1",
    "a huge exponent": lambda length: "1e" + "9" * length,
    "a host of dots": lambda length: "a@" + _repeated("b.", length),
    "a host of letters beyond ASCII": lambda length: "a@" + _repeated("ß\u0327é", length) + ".example",
    "a quoted address": lambda length: '"' + _repeated("\\ ", length) + '"@b.example',
    "commas and addresses": lambda length: _repeated("a <a@b.example>, ", length),
    "words and hyphens": lambda length: _repeated("a-", length) + "!",
    "wildcards": lambda length: _repeated("%_\\", length),
    "brackets": lambda length: _repeated('[{"a":', length),
    "a day": lambda length: "2027-08-23T" + "0" * length,
    "a path": lambda length: "/" + _repeated("a/../", length),
    "a zone": lambda length: _repeated("Europe/", length),
}
#: Those of them that cost most before they were cut: what the short run sends.
WORST = (
    "two halves of marks",
    "vowel signs of two marks",
    "half-width marks",
    "short lines",
    "lines",
    "a host of letters beyond ASCII",
    "markup",
)


def quoted(text: str) -> bytes:
    """A value of a urlencoded body in as few bytes as servers take: letters beyond ASCII stand as they are."""
    safe = (
        text.replace("%", "%25").replace("&", "%26").replace("=", "%3D").replace("+", "%2B").replace(" ", "+")
    )
    return safe.encode()


def filled(kind: str, names: Iterable[str], room: int) -> bytes:
    """A urlencoded body of at most `room` bytes with a hostile text in every field."""
    names = list(names)
    share = room // max(1, len(names)) - max(map(len, names), default=0) - 2
    each = len(quoted(TEXTS[kind](3000))) / 3000  # bytes of a character
    text = quoted(TEXTS[kind](max(0, int((share - 20) / each))))
    return b"&".join(name.encode() + b"=" + text for name in names)


@dataclass(frozen=True)
class Request:
    """One request; `bytes()` is what goes over the wire."""

    method: str
    path: str
    body: bytes = b""
    kind: str = "application/x-www-form-urlencoded"
    cookie: str = ""
    headers: tuple[tuple[str, bytes], ...] = ()
    host: bytes = b"localhost"

    def __bytes__(self) -> bytes:
        lines = [
            f"{self.method} ".encode() + self.path.encode() + b" HTTP/1.1",
            b"Host: " + self.host,
            b"Connection: close",
        ]
        if self.cookie:
            lines.append(b"Cookie: " + self.cookie.encode())
        if self.body:
            lines += [
                b"Content-Type: " + self.kind.encode(),
                b"Content-Length: " + str(len(self.body)).encode(),
            ]
        lines += [name.encode() + b": " + value for name, value in self.headers]
        return b"\r\n".join([*lines, b"", b""]) + self.body


LINE = 8000  # of a header: the server takes 8190 bytes
LINES = 60  # and 64 of them


def header(name: str, unit: bytes, lines: int = LINES) -> tuple[tuple[str, bytes], ...]:
    """A header as long as the server takes it, again and again: what repeats is joined."""
    return ((name, unit * (LINE // len(unit))),) * lines


#: Name -> headers; each of them is sent with a plain GET.
HEADERS: dict[str, tuple[tuple[str, bytes], ...]] = {
    "languages": header("Accept-Language", b"xx,"),
    "languages with weights": header("Accept-Language", b"a-b;q=.5,"),
    "encodings": header("Accept-Encoding", b"a,"),
    "types": header("Accept", b"a/b;q=1,"),
    "cookies": header("Cookie", b"a=b;"),
    "cookies without names": header("Cookie", b"=;"),
    "quoted cookies": header("Cookie", b'a="\\'),
    "a session that is none": (("Cookie", b"citevents=" + b"a." * 3900),),
    "a session of many parts": (("Cookie", b"citevents=." + b"e" * 7900),),
    "a zone that is none": (("Cookie", b"zone=" + b"Europe/" * 1000),),
    "a language that is none": (("Cookie", b"lang=" + b"e" * 7900),),
    "etags": header("If-None-Match", b'"a",'),
    "quotes without end": header("If-None-Match", b'"'),
    "ranges": header("Range", b"bytes=0-0,"),
    "forwarders": header("X-Forwarded-For", b"1,"),
    "a referrer": (("Referer", b"http://localhost/" + b"a/../" * 1500),),
    "dates": header("If-Modified-Since", b"9"),
    "an authorization": (("Authorization", b"Basic " + b"A" * 7900),),
    "parameters": (("Content-Type", b"text/plain" + b";a=b" * 1900),),
    "a boundary": (("Content-Type", b"multipart/form-data; boundary=" + b"-" * 7900),),
}
HOSTS = (
    b"a" * 300,
    b"a." * 2000,
    "é".encode() * 2000,
    b"..",
    b"a" * 7000 + b":80",
    b"[" * 3000,
    b"localhost:" + b"9" * 4400,
)


def parts(count: int, size: int, filler: bytes = b"a") -> bytes:
    """A multipart body of `count` parts, each with `size` bytes."""
    part = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n' + filler * size + b"\r\n"
    return part * count + b"--x--\r\n"


MULTIPART = "multipart/form-data; boundary=x"


def bodies(room: int) -> dict[str, tuple[str, bytes]]:
    """Name -> (content type, body): what costs by its shape, in whatever form it is sent to. `room` bytes are accepted."""
    form = "application/x-www-form-urlencoded"
    one = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n'
    return {
        "fields without end": (form, b"a&" * (room // 2)),
        "fields of one name": (form, b"ticket=1&" * (room // 9)),
        "fields of many names": (form, b"&".join(b"%x=" % number for number in range(room // 8))),
        "signs to decode": (form, b"a=" + b"%41" * (room // 3 - 1)),
        "bytes that are no letters": (form, b"a=" + b"%FF" * (room // 3 - 1)),
        "bytes as they are": (form, b"a=" + b"\xff" * (room - 2)),
        "parts without end": (MULTIPART, parts(room // 60, 1)),
        "one part": (MULTIPART, parts(1, room - 100)),
        "returns": (MULTIPART, parts(1, (room - 100), b"\r")),
        "ends of lines": (MULTIPART, parts(1, (room - 100) // 2, b"\r\n")),
        "nearly boundaries": (MULTIPART, parts(1, (room - 100) // 4, b"\r\n--")),
        "heads of a part": (MULTIPART, b"--x\r\n" + b"A: b\r\n" * (room // 6 - 10)),
        "parameters of a part": (
            MULTIPART,
            b"--x\r\nContent-Disposition: form-data" + b";a=b" * (room // 4 - 20) + b"\r\n\r\n",
        ),
        "a part without end": (MULTIPART, one + b"a" * (room - 100)),
        "a file": (
            MULTIPART,
            one.replace(b'"a"', b'"a"; filename="a"') + b"a" * (room - 100) + b"\r\n--x--\r\n",
        ),
        "deep JSON": ("application/json", b"[" * room),
        "deep objects": ("application/json", b'{"answer":' * (room // 10)),
        "wide JSON": ("application/json", b"[" + b"1," * (room // 2 - 2) + b"1]"),
        "names of JSON": (
            "application/json",
            b"{" + b",".join(b'"%x":1' % number for number in range(room // 10)) + b"}",
        ),
        "a number of JSON": ("application/json", b'{"answer":' + b"9" * (room - 20) + b"}"),
        "a small number of JSON": ("application/json", b'{"answer":1e-' + b"9" * (room - 20) + b"}"),
        "escapes of JSON": ("application/json", b'{"answer":"' + b"\\u0315" * (room // 6 - 10) + b'"}'),
    }
