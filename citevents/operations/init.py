"""What the slice adds to the app at start."""

from flask import Flask

from citevents.operations import metrics


def init(app: Flask) -> None:
    """Time every request."""
    metrics.init_metrics(app)
