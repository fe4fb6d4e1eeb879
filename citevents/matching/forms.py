"""The shape of what program leaders type about exchanges. Those of agreeing are in agreeing/, the coordinator's in desk/."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wtforms import (
    BooleanField,
    Field,
    FieldList,
    FormField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from citevents.core.clock import now
from citevents.locale.countries import countries
from citevents.locale.languages import gettext as _
from citevents.locale.languages import lazy_gettext as _l
from citevents.locale.spoken_languages import LEVELS, tongues
from citevents.locale.text_cleaning import line, lines
from citevents.locale.zones import zones
from citevents.matching import labels as words
from citevents.matching.read_models import ProgramView, RequestView
from citevents.matching.services import Description, Wish
from citevents.web.forms import Form, Part

#: Kinds for which a delegation travels.
TRAVELLING = {"mutual", "guest"}
#: How many languages and needs the form has room for.
TONGUES, NEEDS = 4, 5


class Checks(SelectMultipleField):
    """Any of several, as checkboxes."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


def _choices(named: Mapping[str, Any]) -> list[tuple[str, Any]]:
    return list(named.items())


class TongueForm(Part):
    """A language and how well the program's people speak it."""

    tongue = SelectField(_l("Language"), validators=[Optional()])
    level = SelectField(_l("Level"), choices=_choices(LEVELS), default="B2")

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        self.tongue.choices = [("", _("Choose, or leave it empty")), *tongues()]
        self.level.flags.required = True  # there is always one; a language alone may be left out


class ProgramForm(Form):
    """A program, as its leader describes it."""

    name = StringField(
        _l("Name of the program"),
        description=_l("Partners see it only after everybody accepted."),
        filters=[line],
        validators=[
            DataRequired(_l("Enter the name of the program.")),
            Length(max=200, message=_l("A name has at most 200 characters.")),
        ],
    )
    country = SelectField(_l("Country"), validators=[DataRequired(_l("Choose the country."))])
    city = StringField(
        _l("City or region"),
        description=_l("Shown with the name, and where visitors come to."),
        filters=[line],
        validators=[Optional(), Length(max=120, message=_l("At most 120 characters."))],
    )
    zone = SelectField(_l("Time zone"), validators=[DataRequired(_l("Choose the time zone."))])
    tongues = FieldList(FormField(TongueForm), min_entries=TONGUES, max_entries=TONGUES)
    roles = Checks(
        _l("Who takes part in the program"), choices=_choices(words.ROLES), validators=[Optional()]
    )
    stage = RadioField(
        _l("Stage"), choices=_choices(words.STAGES), default="growing", validators=[InputRequired()]
    )
    structure = RadioField(
        _l("Structure"), choices=_choices(words.STRUCTURES), default="agency", validators=[InputRequired()]
    )
    legal = SelectField(
        _l("Legal system"), choices=_choices(words.LEGAL), default="common", validators=[InputRequired()]
    )
    size = SelectField(
        _l("What it serves"), choices=_choices(words.SIZES), default="city", validators=[InputRequired()]
    )
    strengths = Checks(
        _l("What you can show others"),
        description=_l("Of the ten core elements of a CIT program."),
        choices=_choices(words.ELEMENTS),
        validators=[Optional()],
    )
    needs = FieldList(SelectField(validators=[Optional()]), min_entries=NEEDS, max_entries=NEEDS)
    about = TextAreaField(
        _l("About the program"),
        description=_l(
            "What partners should know once you know each other. "
            "Nothing about a person in crisis, in any form: no cases, no names."
        ),
        filters=[lines],
        validators=[Optional(), Length(max=3000, message=_l("At most 3,000 characters."))],
    )

    def __init__(self, program: ProgramView | None = None, **values: Any) -> None:
        super().__init__(**_typed(program), **values)
        self.country.choices = [("", _("Choose a country")), *countries()]
        self.zone.choices = [
            ("", _("Choose a time zone")),
            *((zone.name, zone.label) for zone in zones(now(), self.zone.object_data)),
        ]
        self.tongues[0].form.tongue.flags.required = True
        for entry in self.needs:
            entry.choices = [("", _("Choose, or leave it empty")), *_choices(words.ELEMENTS)]

    def validate_tongues(self, field: Field) -> None:
        """At least one language, each once."""
        chosen = [entry.form.tongue.data for entry in field if entry.form.tongue.data]
        if not chosen:
            field[0].form.tongue.errors = [_("Choose at least one language.")]
            raise ValidationError(_("Choose at least one language."))
        for place, code in enumerate(chosen):
            if code in chosen[:place]:
                again = [entry for entry in field if entry.form.tongue.data == code][-1]
                again.form.tongue.errors = [_("Name each language once.")]
                raise ValidationError(_("Name each language once."))

    def description(self) -> Description:
        """What was typed, as the service takes it."""
        needs = [entry.data for entry in self.needs if entry.data]
        return Description(
            name=self.name.data,
            country=self.country.data,
            city=self.city.data or "",
            zone=self.zone.data,
            languages={
                entry.form.tongue.data: entry.form.level.data
                for entry in self.tongues
                if entry.form.tongue.data
            },
            roles=self.roles.data or (),
            stage=self.stage.data,
            structure=self.structure.data,
            legal=self.legal.data,
            size=self.size.data,
            strengths=self.strengths.data or (),
            needs=list(dict.fromkeys(needs)),
            about=self.about.data or "",
        )


def _typed(program: ProgramView | None) -> dict[str, Any]:
    """What is kept, as the form's own data."""
    if program is None:
        return {}
    names = ("name", "country", "city", "zone", "stage", "structure", "legal", "size", "about")
    return {
        **{name: getattr(program, name) for name in names},
        "roles": list(program.roles),
        "strengths": list(program.strengths),
        "tongues": [{"tongue": code, "level": level} for code, level in program.languages.items()][:TONGUES],
        "needs": list(program.needs)[:NEEDS],
    }


class RequestForm(Form):
    """What a program asks of a round. The weeks are those of the round."""

    modes = Checks(_l("What you would accept"), validators=[InputRequired(_l("Choose at least one kind."))])
    weeks = Checks(
        _l("Weeks that suit you"),
        validators=[
            InputRequired(_l("Choose at least one week. The more you choose, the better the match."))
        ],
    )
    delegation = IntegerField(
        _l("People in your delegation"),
        description=_l(
            "At least three: one law-enforcement officer, one provider, one advocate or family member."
        ),
        default=3,
        validators=[
            InputRequired(_l("Say how many people would travel.")),
            NumberRange(3, 20, _l("A delegation has 3 to 20 people.")),
        ],
    )
    three_parts = BooleanField(
        _l(
            "Our delegation has at least one law-enforcement officer, one provider and one advocate "
            "or family member."
        ),
    )
    places = IntegerField(
        _l("Delegations you can host in this round"),
        description=_l("0 if you cannot host."),
        default=1,
        validators=[
            InputRequired(_l("Say how many delegations you can host.")),
            NumberRange(0, 20, _l("Enter a number from 0 to 20.")),
        ],
    )
    floor = SelectField(
        _l("Common language at least at"),
        description=_l("Below this level a language in common does not count."),
        choices=_choices(LEVELS),
        default="B1",
        validators=[InputRequired()],
    )
    visas_closed = SelectMultipleField(
        _l("Countries your delegation cannot enter"),
        description=_l("Where visas are out of reach. Hold Ctrl or Command to choose several."),
        validators=[Optional()],
    )
    consent = BooleanField(
        validators=[DataRequired(_l("Without this we cannot look for a partner."))],
    )

    def __init__(
        self, weeks: list[tuple[str, str]], request: RequestView | None, consented: bool, **values: Any
    ) -> None:
        super().__init__(**_wished(request, consented), **values)
        self.modes.choices = [(mode, label) for mode, (label, _help) in words.MODES.items()]
        self.weeks.choices = weeks
        self.visas_closed.choices = countries()
        self.three_parts.flags.optional = (
            False  # asked of those who travel: neither optional nor always required
        )

    def validate_three_parts(self, field: BooleanField) -> None:
        """Who travels, travels together: police, health and those it is for."""
        if not field.data and TRAVELLING & set(self.modes.data or ()):
            raise ValidationError(_("A delegation needs all three. Put it together first, then say so here."))

    def wish(self) -> Wish:
        """What was typed, as the service takes it."""
        return Wish(
            modes=self.modes.data,
            weeks=self.weeks.data,
            delegation=self.delegation.data,
            places=self.places.data,
            floor=self.floor.data,
            visas_closed=self.visas_closed.data or (),
        )


def _wished(request: RequestView | None, consented: bool) -> dict[str, Any]:
    if request is None:
        return {"consent": consented}
    return {
        "modes": list(request.modes),
        "weeks": list(request.weeks),
        "delegation": request.delegation,
        "three_parts": True,
        "places": request.places,
        "floor": request.floor,
        "visas_closed": list(request.visas_closed),
        "consent": consented,
    }


class AvoidForm(Form):
    """Whom a program does not want to meet."""

    words = StringField(
        _l("Name of the program, or its leader’s address"),
        filters=[line],
        validators=[
            DataRequired(_l("Write whom you do not want to meet.")),
            Length(max=200, message=_l("At most 200 characters.")),
        ],
    )
