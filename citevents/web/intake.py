"""What a request may be at most, asked before anything reads it: its head, its body, the number of its fields.

Work on what was sent begins only here within; texts are cut where they are tidied (core/texts).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import flask
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge
from werkzeug.formparser import FormDataParser

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

#: Bytes of a body: several times the largest form there is, filled to its last character.
LARGEST_BODY = 1024 * 1024
#: Of it, in fields and heads of a multipart form; files are not counted. Browsers send our forms the other way.
LARGEST_PARTS = 256 * 1024
#: Fields of a form; the largest asks for countries and weeks.
MOST_FIELDS = 1000
LONGEST_NAME = 100
#: Characters of path and query together: a web server in front takes as many.
LONGEST_ADDRESS = 4000
#: Of all headers together; browsers stay far below it with their cookies full. Repeated ones were joined: 64 times 8 kB.
LONGEST_HEADERS = 16_000
LONGEST_HOST = 255


class Gate:
    """Answers in plain words what is larger than any browser sends, before a session or a language is looked for."""

    def __init__(self, application: WSGIApplication) -> None:
        self.application = application

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        refusal = refused(environ)
        if refusal is None:
            return self.application(environ, start_response)
        status, sentence = refusal
        body = f"{sentence}\n".encode()
        head = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))]
        start_response(status, [*head, ("Cache-Control", "no-store")])
        return [body]


def refused(environ: WSGIEnvironment) -> tuple[str, str] | None:
    """(status line, sentence) for a request whose head is too large or names an impossible host; None for all others."""
    if len(environ.get("PATH_INFO", "")) + len(environ.get("QUERY_STRING", "")) > LONGEST_ADDRESS:
        return "414 URI Too Long", "This address is longer than any of ours."
    if len(environ.get("HTTP_HOST", "")) > LONGEST_HOST:
        return "400 Bad Request", "This address is not served here."
    said = (len(value) for name, value in environ.items() if name.startswith(("HTTP_", "CONTENT_")))
    if sum(said) > LONGEST_HEADERS:
        return (
            "431 Request Header Fields Too Large",
            "Your browser sent too much with this. Clear its cookies for this site.",
        )
    return None


def drain(environ: WSGIEnvironment) -> None:
    """Read past what is left of a body, a few times the largest at most: browsers hear no answer before they have sent all."""
    left = 4 * LARGEST_BODY
    while left > 0 and (chunk := environ["wsgi.input"].read(min(left, 1 << 16))):
        left -= len(chunk)


class FormParser(FormDataParser):
    """Counts the fields of a form before it reads them, whichever way they were sent, and takes no name that no form has."""

    def parse(self, stream: IO[bytes], mimetype: str, content_length: int | None, options: Any = None) -> Any:
        """(stream, form, files). Raises 413 for too many fields, 400 for an impossible name."""
        if mimetype == "application/x-www-form-urlencoded":
            found = stream, self.cls(_pairs(stream.read())), self.cls()
        else:
            found = super().parse(stream, mimetype, content_length, options)
        if any(len(name) > LONGEST_NAME or not name.isascii() for name in (*found[1], *found[2])):
            raise BadRequest()
        return found


def _pairs(body: bytes) -> list[tuple[str, str]]:
    """What a urlencoded body says. Bytes that are no letters become the mark for that, which is quicker than to keep them."""
    if body.count(b"&") >= MOST_FIELDS:
        raise RequestEntityTooLarge()
    return parse_qsl(body.decode(errors="replace"), keep_blank_values=True, errors="replace")


class Request(flask.Request):
    """A request whose form is counted; JSON nested without end is no JSON."""

    form_data_parser_class = FormParser

    def get_json(self, *args: Any, **options: Any) -> Any:
        """As Flask's."""
        try:
            return super().get_json(*args, **options)
        except RecursionError:
            if options.get("silent"):
                return None
            raise BadRequest() from None
