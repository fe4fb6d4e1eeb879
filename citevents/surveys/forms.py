"""What people type about surveys. The survey itself is read by services.answer: its questions are data."""

from __future__ import annotations

from wtforms import IntegerField, RadioField, StringField, TextAreaField, ValidationError
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange

from citevents.locale.languages import lazy_gettext as _l
from citevents.locale.text_cleaning import line, lines
from citevents.surveys.models import QuestionKind
from citevents.web.forms import Form

KINDS = (
    (QuestionKind.SCALE.value, _l("Five steps, from not at all to completely")),
    (QuestionKind.ONE.value, _l("One of several")),
    (QuestionKind.MANY.value, _l("Any of several")),
    (QuestionKind.TEXT.value, _l("Own words")),
)
CHOOSING = (QuestionKind.ONE.value, QuestionKind.MANY.value)


class AnswerForm(Form):
    """Carries the CSRF token of a survey."""


class TimesForm(Form):
    """When people are asked."""

    ask_after_days = IntegerField(
        _l("Days after the end until people are asked"),
        description=_l(
            "0 asks on the last evening; 180 asks what changed after six months. From 30 on, only people who agreed to be asked later are asked."
        ),
        validators=[InputRequired(_l("Enter a number of days.")), NumberRange(0, 730)],
    )
    open_days = IntegerField(
        _l("Days to answer"),
        validators=[InputRequired(_l("Enter a number of days.")), NumberRange(1, 365)],
    )


class QuestionForm(Form):
    """One question."""

    kind = RadioField(_l("How people answer"), choices=KINDS, default=QuestionKind.SCALE.value)
    label = StringField(
        _l("Question or statement"),
        filters=[line],
        validators=[DataRequired(_l("Write the question or statement.")), Length(max=300)],
    )
    options = TextAreaField(
        _l("Answers to choose from"),
        description=_l("One on each line; only for “one of several” and “any of several”."),
        filters=[lines],
        validators=[Length(max=3000)],
        render_kw={"data-optional": True},
    )

    def answers(self) -> list[str]:
        """The options, blank lines left out."""
        if self.kind.data not in CHOOSING:
            return []
        return [each for each in (self.options.data or "").splitlines() if each]

    def validate_options(self, field: TextAreaField) -> None:
        if self.kind.data in CHOOSING and not 2 <= len(self.answers()) <= 20:
            raise ValidationError(_l("Write 2 to 20 answers, one on each line."))
