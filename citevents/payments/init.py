"""What the slice adds to the app at start: money for templates, and what it keeps of people."""

from flask import Flask

from citevents.core.money import Money
from citevents.payments import kept as kept


def init(app: Flask) -> None:
    """Templates make money of minor units and a currency."""
    app.jinja_env.globals["money_of"] = Money
