"""What the slice adds to the app at start."""

from flask import Flask

from citevents.core.money import Money


def init(app: Flask) -> None:
    """Templates make money of minor units and a currency."""
    app.jinja_env.globals["money_of"] = Money
