"""The shape of what organizers type about sessions, tracks and places."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from email_validator import EmailNotValidError, validate_email
from wtforms import (
    HiddenField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from citevents.conferences.features import FEATURES
from citevents.locale.languages import gettext as _
from citevents.locale.languages import lazy_gettext as _l
from citevents.locale.spoken_languages import tongues
from citevents.locale.text_cleaning import line, lines
from citevents.people import queries as people
from citevents.scheduling.models import Level, Part, SessionKind, Track
from citevents.scheduling.queries import SpeakerView
from citevents.scheduling.speakers import SpeakerInput
from citevents.web.forms import Form

KINDS = {
    SessionKind.WORKSHOP: _l("Workshop"),
    SessionKind.PLENARY: _l("Plenary, for everyone"),
    SessionKind.PANEL: _l("Panel"),
    SessionKind.FILM: _l("Film with discussion"),
    SessionKind.MEETING: _l("Meeting"),
    SessionKind.SOCIAL: _l("Social event, for everyone"),
    SessionKind.BREAK: _l("Break, needs no room"),
}
LEVELS = {
    Level.ANY: _l("For everyone"),
    Level.NEW: _l("For newcomers to CIT"),
    Level.PRACTISED: _l("For people with some practice"),
    Level.EXPERT: _l("For experts"),
}
MOST_SPEAKERS = 12
CHAIR = "chair:"
#: Before the name of somebody who is not the one of that name who is there already.
ANOTHER = "another:"


class SessionForm(Form):
    """A session. Speakers are lines: a name, or a name, a comma and an address; `chair:` before whoever leads."""

    title = StringField(
        _l("Title"),
        filters=[line],
        validators=[
            DataRequired(_l("Give the session a title.")),
            Length(
                max=200, message=_l("A title has at most 200 characters. Put the rest into the description.")
            ),
        ],
    )
    kind = SelectField(_l("Kind"), choices=list(KINDS.items()), validators=[InputRequired()])
    track = SelectField(_l("Track"), validators=[Optional()])
    length = IntegerField(
        _l("Length in minutes"),
        default=60,
        validators=[
            InputRequired(_l("Say how many minutes it takes.")),
            NumberRange(5, 1440, _l("A session takes between 5 minutes and 24 hours.")),
        ],
    )
    language = SelectField(_l("Spoken language"), validators=[InputRequired()])
    speakers = TextAreaField(
        _l("Speakers"),
        description=_l(
            "One person on each line. Add an address, and the session is on their page: "
            "Aino Lehtonen, aino@agency.example. Write “chair:” before whoever leads."
        ),
        filters=[lines],
        validators=[Optional(), Length(max=3000)],
    )
    abstract = TextAreaField(
        _l("Description"),
        description=_l("What people learn, and how. No case data about people in crisis."),
        filters=[lines],
        validators=[Optional(), Length(max=6000, message=_l("A description has at most 6,000 characters."))],
    )
    level = SelectField(_l("Level"), choices=list(LEVELS.items()), validators=[InputRequired()])
    audience = StringField(
        _l("For whom"),
        description=_l("For example: dispatchers and their supervisors."),
        filters=[line],
        validators=[Optional(), Length(max=200, message=_l("At most 200 characters."))],
    )
    needs = SelectMultipleField(
        _l("What the room must have"),
        choices=list(FEATURES.items()),
        option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
        validators=[Optional()],
    )

    def __init__(self, tracks: Sequence[Track], **values: Any) -> None:
        super().__init__(**values)
        self.track.choices = [("", _l("No track"))] + [(track.public_id, track.name) for track in tracks]
        self.language.choices = tongues()
        self._tracks = {track.public_id: track.id for track in tracks}

    def validate_speakers(self, field: TextAreaField) -> None:
        """At most twelve, each with a name."""
        if len(self._lines()) > MOST_SPEAKERS:  # each of them is looked for
            raise ValidationError(_l("At most twelve people on one session."))
        typed = self.speakers_wanted()
        if any(not (each.name or each.mail) or len(each.name) > 200 for each in typed):
            raise ValidationError(_l("Each line needs a name of at most 200 characters."))
        wrong = next((each.mail for each in typed if each.mail and not is_address(each.mail)), None)
        if wrong:
            raise ValidationError(_("“%(mail)s” is not an address like name@agency.example.", mail=wrong))

    def speakers_wanted(self) -> list[SpeakerInput]:
        """Who is to speak and chair."""
        return [_speaker(each) for each in self._lines()]

    def _lines(self) -> list[str]:
        return [each for each in (self.speakers.data or "").split("\n") if each.strip()]

    def words(self) -> dict[str, Any]:
        """The columns of a session."""
        return {
            "title": self.title.data,
            "kind": SessionKind(self.kind.data),
            "track_id": self._tracks.get(self.track.data),
            "length": self.length.data,
            "language": self.language.data,
            "abstract": self.abstract.data,
            "level": Level(self.level.data),
            "audience": self.audience.data,
            "needs": list(self.needs.data or []),
        }


def is_address(text: str) -> bool:
    """Whether mail could go there."""
    try:
        validate_email(text, check_deliverability=False)
    except EmailNotValidError:
        return False
    return True


def _speaker(text: str) -> SpeakerInput:
    """`chair: another: Maria Garcia, maria@agency.example`; what stands before the name in any order."""
    marks, rest = set[str](), text.strip()
    while mark := next((each for each in (CHAIR, ANOTHER) if rest.casefold().startswith(each)), None):
        marks.add(mark)
        rest = rest[len(mark) :].strip()
    plain = rest.replace("<", ",").replace(">", "")
    name, _comma, mail = plain.rpartition(",") if "@" in rest else (rest, "", "")
    return SpeakerInput(
        name=line(name),
        mail=line(mail),
        part=Part.CHAIR if CHAIR in marks else Part.SPEAKER,
        another=ANOTHER in marks,
    )


def speakers_typed(speakers: Sequence[SpeakerView]) -> str:
    """Speakers as the form's lines."""
    known = people.people(speaker.person_id for speaker in speakers if speaker.person_id)
    lines = []
    for speaker in speakers:
        person = known.get(speaker.person_id or 0)
        words = f"{CHAIR} {speaker.name}" if speaker.part is Part.CHAIR else speaker.name
        lines.append(f"{words}, {person.mail}" if person and person.mail else words)
    return "\n".join(lines)


class PlaceForm(Form):
    """Where and when. `occurrence` is asked only for a time that happens twice, when clocks go back."""

    starts = StringField(
        _l("To time"),
        description=_l("On the venue's clock, like 2027-08-23 15:30."),
        filters=[line],
        validators=[DataRequired(_l("Say when it begins.")), Length(max=40)],
    )
    room = SelectField(_l("To room"), validators=[Optional()])
    occurrence = SelectField(
        _l("Which of the two"),
        choices=[
            ("", _l("Only if clocks go back then")),
            ("first", _l("The first time")),
            ("second", _l("The second time")),
        ],
        validators=[Optional()],
    )


class ChooseForm(Form):
    """Which of the waiting sessions goes into a free cell."""

    session = SelectField(_l("Session"), validators=[InputRequired(_l("Choose a session."))])
    starts = HiddenField()
    room = HiddenField()


class TrackForm(Form):
    """A new track."""

    name = StringField(
        _l("Name"),
        filters=[line],
        validators=[
            DataRequired(_l("Give the track a name.")),
            Length(max=80, message=_l("At most 80 characters.")),
        ],
    )
    short = StringField(
        _l("Short name"),
        description=_l("For narrow columns: one word."),
        filters=[line],
        validators=[Optional(), Length(max=20, message=_l("At most 20 characters."))],
    )


class PublishForm(Form):
    """What the summary was about."""

    seen_version = HiddenField()
    seen_step = HiddenField()
