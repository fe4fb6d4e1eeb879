"""Time passes for conferences."""

from __future__ import annotations

from datetime import datetime

from citevents.conferences import services
from workers.clock import every


@every(seconds=60)
def end_conferences(at: datetime) -> None:
    """The last day is over at the venue: said once."""
    services.end_conferences(at)
