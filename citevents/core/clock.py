"""The one place that asks what time it is. Edges ask; decisions are told."""

from datetime import UTC, datetime


def now() -> datetime:
    """This instant, UTC."""
    return datetime.now(UTC)
