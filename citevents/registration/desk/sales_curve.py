"""How places fill: the curve of confirmed places against capacity."""

from __future__ import annotations

from citevents.conferences.catalog import catalog
from citevents.conferences.queries import ConferenceView
from citevents.core.clock import now
from citevents.core.times import format_day
from citevents.registration.desk import queries as desk


def growth(about: ConferenceView) -> dict[str, object]:
    """The curve of confirmed places against capacity, as points for `curve`."""
    days = desk.by_day(about)
    main = catalog(about).main_quota
    capacity = main.capacity if main else 0
    if not days:
        return {"days": [], "points": [], "ends": (), "capacity": capacity}
    first, last = days[0][0], max(days[-1][0], now().astimezone(about.venue_zone).date())
    span = max((last - first).days, 1)
    points = [((day - first).days * 100 / span, count) for day, count in days]
    points.append((100.0, days[-1][1]))
    ends = ((0.0, format_day(first, weekday=False)), (100.0, format_day(last, weekday=False)))
    return {"days": days, "points": points, "ends": ends, "capacity": capacity}
