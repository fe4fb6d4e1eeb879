"""Which language and which clock a reader gets; the only file that knows Flask-Babel.

The rest of the product imports `gettext as _` and `lazy_gettext as _l` from here.
A choice is looked for in this order: `?lang=` (GET only, and it sticks), the cookie, the signed-in
person's own choice, what the browser asks for, English.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import flask_babel  # type: ignore[import-untyped]
from babel import Locale
from babel.numbers import format_decimal
from babel.support import NullTranslations
from flask import Flask, g, has_request_context, request
from flask.wrappers import Response
from flask_babel.speaklater import LazyString  # type: ignore[import-untyped]
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response as BaseResponse

LANGUAGES = {"en": "English", "es": "Español", "fr": "Français", "ar": "العربية"}
"""Language code -> its own name: the languages the product is written in."""

DEFAULT = "en"
LANG_COOKIE, ZONE_COOKIE = "lang", "zone"
COOKIE_SECONDS = 365 * 24 * 3600
TRANSLATIONS = Path(__file__).parents[2] / "translations"


class Reader(Protocol):
    """Somebody who is signed in, with what they chose for good."""

    @property
    def language(self) -> str | None: ...
    @property
    def zone(self) -> str | None: ...


#: Who reads, if somebody is signed in.
_signed_in: Callable[[], Reader | None] = lambda: None  # noqa: E731

# Dates and money in English are written for readers anywhere: 23 August, US$ beside CA$.
FORMATS = {"en": "en_GB"}


@dataclass(frozen=True, eq=False, slots=True)
class Tongue:
    """A language with its catalog of sentences."""

    code: str
    catalog: NullTranslations


ENGLISH = Tongue(DEFAULT, NullTranslations())


def _tongue() -> Tongue:
    """What is spoken right now, found once per request: a page has a hundred sentences, and each of them asks."""
    try:
        known: Tongue | None = g.get("tongue")
    except RuntimeError:  # without an application
        return ENGLISH
    if known is None:
        locale = flask_babel.get_locale()
        g.tongue = known = Tongue(str(locale.language), flask_babel.get_translations())
    return known


def gettext(sentence: str, **variables: Any) -> str:
    """The sentence in the language of whoever reads; `%(name)s` stands for a variable."""
    words: str = _tongue().catalog.ugettext(sentence)
    return words % variables if variables else words


def ngettext(singular: str, plural: str, num: int, **variables: Any) -> str:
    """The sentence for this number: `%(num)s` in it, thousands set apart as the reader does."""
    words: str = _tongue().catalog.ungettext(singular, plural, num)
    return words % {"num": _counted(num), **variables}


def _counted(num: int) -> int | str:
    return num if num < 1000 else str(format_decimal(num, locale=current_locale()))


def pgettext(context: str, sentence: str, **variables: Any) -> str:
    """A sentence that means something else elsewhere: `context` says where it stands."""
    words: str = _tongue().catalog.upgettext(context, sentence)
    return words % variables if variables else words


def lazy_gettext(sentence: str, **variables: Any) -> LazyString:
    """`gettext` that is said when it is read."""
    return LazyString(gettext, sentence, **variables)


def lazy_ngettext(singular: str, plural: str, num: int, **variables: Any) -> LazyString:
    """`ngettext` that is said when it is read."""
    return LazyString(ngettext, singular, plural, num, **variables)


def current_language() -> str:
    """The code (`en`, `ar`, …) in which sentences are written right now. Without an application: English."""
    return _tongue().code


def current_locale() -> Locale:
    """How dates, numbers and money are written right now."""
    return format_locale(current_language())


@lru_cache(maxsize=64)
def format_locale(language: str) -> Locale:
    """The Babel locale that writes dates and money for `language` (or any Babel identifier)."""
    return Locale.parse(FORMATS.get(language, language))


def text_direction(language: str | None = None) -> str:
    """`ltr` or `rtl`."""
    return str(Locale.parse(language or current_language()).text_direction)


def is_language(code: str | None) -> bool:
    return code in LANGUAGES


def is_zone(name: str | None) -> bool:
    """Whether `name` is a zone this machine knows (`Asia/Amman`)."""
    if not name:
        return False
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown; absolute or upward path; a directory such as "Asia"
        return False
    return True


@contextmanager
def in_language(code: str | None) -> Iterator[None]:
    """Write in the language of whoever reads: for mails and documents made outside a request.

    An unknown or missing code means English. Needs an application context.
    """
    before = g.pop("tongue", None)
    try:
        with flask_babel.force_locale(code if is_language(code) else DEFAULT):
            yield
    finally:
        g.tongue = before


@pass_eval_context
def _said(context: EvalContext, sentence: str, **variables: Any) -> str:
    """`_` in templates. As Jinja's own, which makes mark-up anew of each of a page's sentences."""
    words: str = _sentence(_tongue().catalog, sentence)
    if not context.autoescape:
        words = str(words)
    return words % variables if "%" in words else words


@pass_eval_context
def _said_of(context: EvalContext, singular: str, plural: str, num: int, **variables: Any) -> str:
    """`ngettext` in templates: as the one of Python, thousands set apart."""
    words: str = _tongue().catalog.ungettext(singular, plural, num)
    if context.autoescape:
        words = Markup(words)  # noqa: S704 - written by us, and by our translators
    return words % {"num": _counted(num), **variables}


@lru_cache(maxsize=8192)
def _sentence(catalog: NullTranslations, sentence: str) -> Markup:
    return Markup(catalog.ugettext(sentence))  # noqa: S704 - written by us, and by our translators


def choose_language() -> str:
    """The reader's language, decided once per request."""
    if not has_request_context():
        return DEFAULT
    asked = request.args.get("lang") if request.method == "GET" else None
    for code in (asked, request.cookies.get(LANG_COOKIE)):
        if is_language(code):
            return str(code)
    person = _person()
    if person and is_language(person.language):
        return str(person.language)
    return request.accept_languages.best_match(list(LANGUAGES)) or DEFAULT


def reader_zone() -> str | None:
    """The IANA zone the reader chose, or None: then times show in the venue's zone only."""
    if not has_request_context():
        return None
    chosen = request.cookies.get(ZONE_COOKIE)
    if is_zone(chosen):
        return chosen
    person = _person()
    return person.zone if person and is_zone(person.zone) else None


def _person() -> Reader | None:
    """Who reads. A page that says that the database is away has a language too."""
    try:
        return _signed_in()
    except SQLAlchemyError:
        return None


def remember(response: BaseResponse, name: str, value: str) -> None:
    """Keep a choice for a year, for this site only."""
    response.set_cookie(
        name, value, max_age=COOKIE_SECONDS, httponly=True, samesite="Lax", secure=request.is_secure
    )


def _speak(response: Response) -> Response:
    """Say in which language a page is, that it depends on who asks, and keep a `?lang=` choice."""
    if response.mimetype != "text/html":
        return response
    response.vary.update(("Accept-Language", "Cookie"))
    response.headers.setdefault("Content-Language", current_language())
    asked = request.args.get("lang")
    if request.method == "GET" and is_language(asked) and request.cookies.get(LANG_COOKIE) != asked:
        remember(response, LANG_COOKIE, str(asked))
    return response


def init_languages(app: Flask, signed_in: Callable[[], Reader | None]) -> None:
    """Set up translation; `signed_in` tells who reads. The catalogues are compiled."""
    global _signed_in
    _signed_in = signed_in
    flask_babel.Babel(
        app,
        default_locale=DEFAULT,
        default_translation_directories=str(TRANSLATIONS),
        locale_selector=choose_language,
    )
    globals_: dict[str, Any] = {
        "_": _said,
        "gettext": _said,
        "ngettext": _said_of,
        "language": current_language,
        "text_direction": text_direction,
        "languages": LANGUAGES,
        "reader_zone": reader_zone,
    }
    app.jinja_env.globals.update(globals_)
    app.after_request(_speak)
