"""Fields of forms that WTForms does not have."""

from __future__ import annotations

from datetime import date
from typing import Any

from wtforms import DateField

from citevents.core.times import YEARS


class DayField(DateField):  # type: ignore[misc]  # WTForms has no types
    """A day within the years in which zones are known; others are refused like what is no day at all."""

    data: Any

    def process_formdata(self, valuelist: list[str]) -> None:
        super().process_formdata(valuelist)
        if isinstance(self.data, date) and self.data.year not in YEARS:
            self.data = None
            raise ValueError(self.gettext("Not a valid date value."))
