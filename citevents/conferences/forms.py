"""Forms of organizers. Times are typed on the venue's clock, money as people write it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from wtforms import (
    BooleanField,
    Field,
    FieldList,
    FormField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import (
    DataRequired,
    InputRequired,
    Length,
    NumberRange,
    Optional,
    Regexp,
    ValidationError,
)
from wtforms.widgets import CheckboxInput, ListWidget

from citevents.conferences.features import FEATURES
from citevents.conferences.models import ConferenceKind, QuestionKind
from citevents.core import chargeable
from citevents.core.clock import now
from citevents.core.errors import DomainError
from citevents.core.money import Money, tax_on
from citevents.core.times import deadline_typed, last_moment, local_input, parse_local
from citevents.locale.countries import countries
from citevents.locale.languages import gettext as _
from citevents.locale.languages import lazy_gettext as _l
from citevents.locale.text_cleaning import line, lines, tidy
from citevents.locale.zones import zones
from citevents.web.fields import AmountField, DayField
from citevents.web.forms import Form, Part

KINDS = {
    ConferenceKind.CONFERENCE: _l("Conference"),
    ConferenceKind.COURSE: _l("Course"),
    ConferenceKind.WORKSHOP: _l("Workshop"),
    ConferenceKind.WEBINAR: _l("Webinar"),
}
QUESTION_KINDS = {
    QuestionKind.TEXT: _l("A text"),
    QuestionKind.ONE: _l("One of several answers"),
    QuestionKind.MANY: _l("Several answers"),
}
CURRENCIES = (
    "CAD",
    "USD",
    "EUR",
    "GBP",
    "AUD",
    "NZD",
    "CHF",
    "JPY",
    "JOD",
    "NGN",
    "INR",
    "BRL",
    "MXN",
    "ZAR",
)
STEPS = 4
NEEDED = _l("Fill this in.")
TOO_LONG = _l("Use at most %(max)d characters.")


def _typed(value: Any) -> str:
    """What a person typed; a moment of a row is shown by `Moment.show` instead."""
    return tidy(value) if isinstance(value, str) else ""


def _one_in_a_line(value: Any) -> str:
    """Answers as a person typed them, or as a question keeps them."""
    return lines(value if isinstance(value, str) else "\n".join(value or ()))


def needed(most: int = 200) -> list[Any]:
    return [DataRequired(NEEDED), Length(max=most, message=TOO_LONG)]


def free(most: int = 200) -> list[Any]:
    return [Optional(), Length(max=most, message=TOO_LONG)]


class Moment(StringField):
    """A time on the venue's clock; `data` is the text, `instant` what it means. The form knows the zone."""

    instant: datetime | None = None

    def pre_validate(self, form: Any) -> None:
        self.instant = None
        if self.data:
            try:
                self.instant = parse_local(self.data, form.clock())
            except DomainError as wrong:
                raise ValidationError(wrong.sentence) from None

    def show(self, moment: datetime | None, zone: str) -> None:
        self.data = local_input(moment, zone) if moment else ""


class Deadline(Moment):
    """The last moment on which something holds; 23:59 means to the end of the day. `instant` is the end, not included."""

    def pre_validate(self, form: Any) -> None:
        super().pre_validate(form)
        if self.instant:
            self.instant = deadline_typed(self.instant, form.clock())

    def show(self, moment: datetime | None, zone: str) -> None:
        super().show(last_moment(moment, zone) if moment else None, zone)


def moment(label: Any, description: Any = "", kind: type[Moment] = Moment) -> Moment:
    return kind(label, filters=[_typed], description=description, render_kw={"type": "datetime-local"})


class NewForm(Form):
    name = StringField(_l("Name"), needed(), [line])
    slug = StringField(
        _l("Address"),
        [
            *needed(60),
            Regexp(r"^[a-z0-9]+(?:-[a-z0-9]+)*$", message=_l("Use lower-case letters, digits and hyphens.")),
        ],
        [line],
        description=_l("The end of its address, like cit-2027"),
    )
    kind = SelectField(_l("What is it?"))
    starts_on = DayField(_l("First day"), [InputRequired(_l("Enter a day like 2027-08-23."))])
    ends_on = DayField(_l("Last day"), [InputRequired(_l("Enter a day like 2027-08-25."))])
    zone = SelectField(_l("Clock of the venue"), [InputRequired(_l("Choose the venue's clock."))])
    currency = SelectField(_l("Currency"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind.choices = [(kind.value, words) for kind, words in KINDS.items()]
        self.zone.choices = [
            ("", _("Choose the venue's clock")),
            *((zone.name, zone.label) for zone in zones(now(), self.zone.object_data)),
        ]
        self.currency.choices = [(code, code) for code in CURRENCIES]


class SettingsForm(Form):
    name = StringField(_l("Name"), needed(), [line])
    summary = TextAreaField(_l("In one sentence"), free(300), [line])
    description = TextAreaField(_l("About it"), free(10_000), [lines])
    venue = StringField(_l("Venue"), free(), [line])
    address = StringField(_l("Street address"), free(), [line])
    city = StringField(_l("City"), free(), [line])
    country = SelectField(_l("Country"), [Optional()])
    access_note = TextAreaField(
        _l("Access"), free(500), [line], description=_l("Step-free ways, interpreting, quiet room")
    )
    zone = SelectField(_l("Clock of the venue"))
    starts_on = DayField(_l("First day"), [InputRequired(_l("Enter a day like 2027-08-23."))])
    ends_on = DayField(_l("Last day"), [InputRequired(_l("Enter a day like 2027-08-25."))])
    registration_opens_at = moment(_l("Registration opens"), _l("On the venue's clock"))
    registration_closes_at = moment(_l("Registration closes"), _l("On the venue's clock"), Deadline)
    refund_until = moment(_l("Full refund until"), _l("Empty: no refunds"), Deadline)
    transfer_until = moment(_l("Registrations can be handed on until"), _l("Empty: not offered"), Deadline)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.country.choices = [("", _("Online, or not said")), *countries()]
        self.zone.choices = [(zone.name, zone.label) for zone in zones(now(), self.zone.object_data)]

    def clock(self) -> str:
        """The zone in which its times are typed."""
        return str(self.zone.data or "UTC")


class StepForm(Part):
    """A price step. A row without an amount is none."""

    name = StringField(_l("Name of the step"), free(80), [line])
    amount = AmountField(_l("Price"), free(40))
    until = moment(_l("Until"), kind=Deadline)
    until_sold = IntegerField(_l("or until so many are sold"), [Optional(), NumberRange(1, 10**6)])

    zone, currency = "UTC", "USD"

    def clock(self) -> str:
        return self.zone


def checks(label: Any, **more: Any) -> SelectMultipleField:
    """Several checkboxes under one question."""
    return SelectMultipleField(
        label, widget=ListWidget(prefix_label=False), option_widget=CheckboxInput(), **more
    )


class TicketForm(Form):
    name = StringField(_l("Name"), needed(), [line])
    description = StringField(_l("What is in it"), free(500), [line])
    add_on = BooleanField(_l("It is added to a ticket, and lets nobody in by itself"))
    hidden = BooleanField(_l("Hidden from everybody"))
    quotas = checks(_l("Takes a seat from"), coerce=int)
    tax = StringField(_l("Tax in percent, added to the price"), free(10), [line])
    on_sale_from = moment(_l("On sale from"))
    on_sale_until = moment(_l("On sale until"), kind=Deadline)
    position = IntegerField(_l("Position in the list"), [Optional(), NumberRange(0, 1000)], default=0)
    steps = FieldList(FormField(StepForm), min_entries=STEPS, max_entries=STEPS)

    zone = "UTC"
    basis_points = 0

    def clock(self) -> str:
        return self.zone

    def validate_tax(self, field: Field) -> None:
        text = (field.data or "0").replace(",", ".").removesuffix("%").strip()
        whole, _point, part = text.partition(".")
        if (
            not whole.isascii()
            or not whole.isdecimal()
            or len(whole) > 3
            or len(part) > 2
            or (part and not part.isdecimal())
        ):
            raise ValidationError(_("Enter a percentage like 5 or 7.5."))
        self.basis_points = int(whole) * 100 + int((part or "0").ljust(2, "0"))
        if self.basis_points > 10_000:
            raise ValidationError(_("Enter a percentage like 5 or 7.5."))

    def validate_steps(self, field: Field) -> None:
        """Each price with its tax can be charged to a card, or is nothing."""
        wrong = ""
        for price in (row.form.amount for row in field):
            if price.money is None:
                continue
            tax = tax_on(price.money.minor, self.basis_points, chargeable.step(price.money.currency))
            refusal = chargeable.refusal(price.money + Money(tax, price.money.currency))
            if refusal:
                wrong = refusal.sentence
                price.errors = [*price.errors, wrong]
        if wrong:
            raise ValidationError(wrong)

    def show_steps(self, prices: Any, currency: str) -> None:
        """The price steps of a ticket type, in the rows."""
        for row, price in zip(self.steps, prices, strict=False):
            row.form.name.data = price.name
            row.form.amount.show(Money(price.amount, currency))
            row.form.until.show(price.until, self.zone)
            row.form.until_sold.data = price.until_sold


class QuotaForm(Form):
    name = StringField(_l("Name"), needed(), [line])
    capacity = IntegerField(
        _l("Seats"), [InputRequired(_l("Enter a number like 120.")), NumberRange(0, 10**6)]
    )
    main = BooleanField(_l("These are the seats of the event, shown on its page"))


class QuestionForm(Form):
    label = StringField(_l("Question"), needed(300), [line])
    kind = SelectField(_l("Kind of answer"))
    options = TextAreaField(
        _l("Answers to choose from"),
        [Length(max=4000, message=TOO_LONG)],
        [_one_in_a_line],
        description=_l("One in a line"),
    )
    required = BooleanField(_l("It must be answered"))
    sensitive = BooleanField(
        _l("Answers may be health data"),
        description=_l(
            "Access, diet, lived experience: optional, with consent, seen by the fewest, erased first."
        ),
    )
    reason = StringField(_l("Why it is asked"), free(500), [line])
    erase_after_days = IntegerField(
        _l("Erase so many days after the event"), [Optional(), NumberRange(0, 3650)]
    )
    position = IntegerField(_l("Position in the list"), [Optional(), NumberRange(0, 1000)], default=0)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind.choices = [(kind.value, words) for kind, words in QUESTION_KINDS.items()]

    def answers(self) -> list[str]:
        return list(dict.fromkeys(each for each in (self.options.data or "").splitlines() if each))

    def validate_options(self, field: Field) -> None:
        if self.kind.data != QuestionKind.TEXT and len(self.answers()) < 1:
            raise ValidationError(_("Write at least one answer to choose from."))

    def validate_sensitive(self, field: Field) -> None:
        if field.data and self.required.data:
            raise ValidationError(_("A question about health is never required. Untick one of the two."))
        if field.data and not self.reason.data:
            raise ValidationError(_("Say why it is asked: people see it beside the question."))


class RoomForm(Form):
    name = StringField(_l("Name"), needed(80), [line])
    capacity = IntegerField(
        _l("Seats"), [InputRequired(_l("Enter a number like 120.")), NumberRange(0, 10**6)]
    )
    features = checks(_l("It has"))
    position = IntegerField(_l("Position in the list"), [Optional(), NumberRange(0, 1000)], default=0)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.features.choices = list(FEATURES.items())
