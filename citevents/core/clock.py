"""The one place that asks what time it is. Edges ask; decisions are told."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime


def _of_the_machine() -> datetime:
    return datetime.now(UTC)


_source: Callable[[], datetime] = _of_the_machine


def now() -> datetime:
    """This instant, UTC."""
    return _source()


@contextmanager
def driven(source: Callable[[], datetime]) -> Iterator[None]:
    """Inside, `source` says what time it is, in every thread of this process: days of an outage pass in a test."""
    global _source
    before, _source = _source, source
    try:
        yield
    finally:
        _source = before
