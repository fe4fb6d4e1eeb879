"""What a calendar entry says: the facts that are kept with an invitation and compared with what people were told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from citevents.core.times import When, format_days, format_span
from citevents.locale.zones import city


@dataclass(frozen=True, kw_only=True)
class Facts:
    """`start` and `end` are instants, or days of which `end` is the last. `titles` translates `title` by language.

    `path` leads to its page on this site. Nothing here is about the person who is invited.
    """

    title: str
    start: datetime | date
    end: datetime | date
    place: str = ""
    zone: str = ""
    path: str = ""
    titles: Mapping[str, str] = field(default_factory=dict)

    def title_in(self, language: str) -> str:
        """The title as this reader knows it."""
        return self.titles.get(language) or self.title

    @property
    def ends_at(self) -> datetime:
        """When it is over, at the latest anywhere."""
        if isinstance(self.end, datetime):
            return self.end
        return datetime.combine(self.end + timedelta(days=1), time(12), UTC)

    def at(self, reader_zone: str | None) -> When:
        """When it is, on the venue's clock and on the reader's, in the language of now; whole days on neither."""
        if isinstance(self.start, datetime) and isinstance(self.end, datetime):
            return format_span(self.start, self.end, self.zone or "UTC", reader_zone)
        return When(
            iso=self.start.isoformat(),
            venue=format_days(self.start, self.end),
            venue_zone=city(self.zone) if self.zone else "",
        )

    def to_json(self) -> dict[str, Any]:
        """Plain values for a JSONB column."""
        return {
            "title": self.title,
            "titles": dict(self.titles),
            "place": self.place,
            "zone": self.zone,
            "path": self.path,
            "start": self.start.isoformat(),
            "end": self.end.isoformat(),
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Facts:
        """What `to_json` wrote."""
        return cls(
            **{**stored, "start": _moment(stored["start"]), "end": _moment(stored["end"])},
        )


def _moment(text: str) -> datetime | date:
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)
