"""What the slice adds to the app at start: money for templates, the books of orders, and what it keeps of people."""

from flask import Flask

from citevents.core.money import Money
from citevents.payments import books
from citevents.payments import kept as kept
from citevents.registration import returns


def init(app: Flask) -> None:
    """Templates make money of minor units and a currency; orders ask here how their money stands."""
    returns.kept_in(books)
    app.jinja_env.globals["money_of"] = Money
