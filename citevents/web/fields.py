"""Fields of forms that WTForms does not have."""

from __future__ import annotations

from datetime import date
from typing import Any

from wtforms import DateField, StringField, ValidationError

from citevents.core import chargeable
from citevents.core.errors import DomainError
from citevents.core.money import AmbiguousAmount, Money, parse_money, typed
from citevents.core.times import YEARS
from citevents.locale.text_cleaning import line


class DayField(DateField):  # type: ignore[misc]  # WTForms has no types
    """A day within the years in which zones are known; others are refused like what is no day at all."""

    data: Any

    def process_formdata(self, valuelist: list[str]) -> None:
        super().process_formdata(valuelist)
        if isinstance(self.data, date) and self.data.year not in YEARS:
            self.data = None
            raise ValueError(self.gettext("Not a valid date value."))


class AmountField(StringField):  # type: ignore[misc]  # WTForms has no types
    """An amount of money, zero or more, in the `currency` that its form names; `data` is the text, `money` what it means.

    What can mean two things is asked about: `readings` stand below the text, and the one chosen comes back beside it, in
    `NAME-means`. Amounts between two steps of the currency are refused.
    """

    data: str | None
    money: Money | None = None
    readings: tuple[Money, ...] = ()

    def __init__(self, label: Any = None, validators: Any = None, **options: Any) -> None:
        super().__init__(label, validators, filters=[line], **options)

    def process(self, formdata: Any, *args: Any, **options: Any) -> None:
        """Also keep which of two meanings was chosen."""
        super().process(formdata, *args, **options)
        self._chosen = formdata.get(f"{self.name}-means", "") if formdata else ""

    def show(self, money: Money) -> None:
        """Fill the field, so that it is read back as the same amount."""
        self.data = typed(money)

    def pre_validate(self, form: Any) -> None:
        """Read what was typed."""
        self.money, self.readings = None, ()
        if self.data:
            try:
                money = self._read(self.data, form.currency)
                chargeable.in_steps(money)
                self.money = money
            except DomainError as wrong:
                raise ValidationError(wrong.sentence) from None

    def _read(self, text: str, currency: str) -> Money:
        try:
            return parse_money(text, currency)
        except AmbiguousAmount as unsure:
            chosen = [each for each in unsure.readings if str(each.minor) == self._chosen]
            if not chosen:
                self.readings = unsure.readings
                raise
            self.show(chosen[0])
            return chosen[0]
