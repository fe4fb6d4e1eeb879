"""What every template may use without importing: the parts of a page as `p`, icons, and how things are written."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import Any

from flask import Flask, current_app, g
from jinja2 import Environment, pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup
from wtforms.fields.choices import SelectFieldBase

from citevents.core import money, times
from citevents.core.clock import now
from citevents.core.money import Money
from citevents.locale import countries, spoken_languages, zones
from citevents.locale.languages import current_locale, reader_zone, text_direction
from citevents.locale.text_cleaning import ISOLATES
from citevents.web import charts, fragments, icons, maps

FILES = (
    "actions",
    "fields",
    "facts",
    "status",
    "orders",
    "tables",
    "charts",
    "maps",
    "agenda",
    "ways",
    "states",
)
"""The files of `templates/_parts/`; every macro in them has a name of its own."""


class NoSuchPart(Exception):
    """A template asks for a part that does not exist. (An AttributeError would be taken for an empty value.)"""


class Parts:
    """`p.field(...)`, `p.notice(...)`: one attribute for each macro in `templates/_parts/`."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._macros: dict[str, Any] = {}

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        if not self._macros or self._environment.auto_reload:
            self._macros = self._collect()
        try:
            return self._macros[name]
        except KeyError:
            raise NoSuchPart(f"{name!r}; there are: {', '.join(sorted(self._macros))}") from None

    def _collect(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for file in FILES:
            module = self._environment.get_template(f"_parts/{file}.html").module
            for name in (name for name in dir(module) if not name.startswith("_")):
                if name in found:
                    raise ValueError(f"two parts are called {name!r}")
                found[name] = getattr(module, name)
        return found


def next_id(stem: str = "x") -> str:
    """A name for an element that nobody names: the same page gives the same names in the same order."""
    count = g.get("part_count", 0) + 1
    g.part_count = count
    return f"{stem}-{count}"


def number(value: float) -> str:
    """`1,404`: as the reader writes it, with no needless digits after the point."""
    from babel.numbers import format_decimal

    return str(format_decimal(value, locale=current_locale(), decimal_quantization=False))


def percent(value: float) -> str:
    """82.3 -> `82%`, as the reader writes it. For shares of at least five people."""
    from babel.numbers import format_percent

    return str(format_percent(round(value) / 100, locale=current_locale()))


def when(moment: datetime, venue_zone: str, **how: Any) -> times.When:
    """A moment on the venue's clock and on the reader's, for `p.when`."""
    return times.format_when(moment, venue_zone, reader_zone(), **how)


def span(start: datetime, end: datetime, venue_zone: str, **how: Any) -> times.When:
    """From a moment to another on both clocks, for `p.when`."""
    return times.format_span(start, end, venue_zone, reader_zone(), **how)


def deadline_when(end: datetime, zone: str, reader: str | None = None, **how: Any) -> times.When:
    """The last moment on which a deadline holds, in `zone` and on the clock that the reader chose (else on `reader`'s)."""
    return times.format_when(times.last_moment(end, zone), zone, reader_zone() or reader, **how)


def offered(field: Any) -> str:
    """The type of a field. A choice shown for the first time stands among what is offered: a browser would silently put
    the first in its place. LookupError otherwise, in tests; on a form sent back it is the form that says so.
    """
    values = field.data if isinstance(field.data, list) else [field.data]
    if current_app.testing and not field.raw_data and isinstance(field, SelectFieldBase):
        known = {str(value) for value, *_rest in field.iter_choices()}
        unknown = [value for value in values if value not in (None, "") and str(value) not in known]
        if unknown:
            raise LookupError(f"{field.name} begins with {unknown}, which it does not offer")
    return str(field.type)


def zone_options(venue_zone: str | None, chosen: str | None) -> Markup:
    """The clocks to choose from in every footer, the venue's and the chosen one among them."""
    return _zone_options(tuple(zones.common_zones(now(), venue_zone, chosen)), chosen)


@lru_cache(maxsize=256)
def _zone_options(offered: tuple[zones.Zone, ...], chosen: str | None) -> Markup:
    option = Markup('<option value="{}"{}>{}</option>')
    selected = Markup(" selected")
    return Markup().join(
        option.format(zone.name, selected if zone.name == chosen else "", zone.label) for zone in offered
    )


def initials(name: str) -> str:
    """One or two letters that stand for a person: first and last word; one sign where a script has no initials."""
    words = [word for word in name.split() if word[0].isalpha()]
    if not words:
        return "·"
    if not words[0].isascii() and 0x2E80 <= ord(words[0][0]) <= 0xD7FF:  # Chinese, Japanese, Korean
        return words[0][0]
    letters = words[0][0] + (words[-1][0] if len(words) > 1 else "")
    return letters.upper()


def dots(pieces: Iterable[object]) -> Markup:
    """`Vancouver · 29 August`: what is there, side by side, each set apart so that none turns the order of another."""
    return Markup(" · ").join(Markup("<bdi>{}</bdi>").format(piece) for piece in pieces if piece)


@pass_eval_context
def apart(context: EvalContext, value: object) -> object:
    """What somebody typed, set apart from the words around it: `<bdi>`, in plain text the marks that our sentences use.

    Mark-up, and what is no text, stays as it is.
    """
    if type(value) is not str or not value:
        return value
    if context.autoescape:
        return Markup("<bdi>{}</bdi>").format(value)
    return f"{ISOLATES[0]}{value}{ISOLATES[1]}" if text_direction() == "rtl" else value


def init_parts(app: Flask) -> None:
    """Give templates the parts, icons and filters."""
    environment = app.jinja_env
    environment.globals.update(
        p=Parts(environment),
        fragment=fragments.fragment,
        icon=icons.icon,
        shape=icons.shape,
        shape_of=icons.shape_of,
        sprite=icons.sprite,
        next_id=next_id,
        when=when,
        deadline_when=deadline_when,
        offered=offered,
        span=span,
        now=now,
        zone_options=zone_options,
        zones=zones.zones,
        countries=countries.countries,
        curve=charts.curve,
        seats=charts.seats,
        world=maps.world,
        on_map=maps.on_map,
        map_arc=maps.map_arc,
        globe=maps.globe,
    )
    environment.filters.update(
        money=_money,
        money_text=money.format_money,
        amount=money.format_amount,
        day=times.format_day,
        days=times.format_days,
        clock=times.clock,
        when=when,
        deadline=times.format_deadline,
        deadline_when=deadline_when,
        zone=lambda zone, at: times.zone_name(at, zone),
        city=zones.city,
        country=countries.country_name,
        tongue=spoken_languages.tongue_name,
        own_name=spoken_languages.own_name,
        number=number,
        percent=percent,
        share=charts.share,
        initials=initials,
        dots=dots,
        apart=apart,
    )


def _money(value: Money) -> Markup:
    """With its currency, never broken over two lines, isolated from text that runs the other way."""
    return Markup('<bdi class="money">{}</bdi>').format(money.format_money(value))
