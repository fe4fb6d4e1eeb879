"""The registration form: its shape comes from what the conference sells and asks."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from functools import lru_cache
from typing import Any

from wtforms import (
    BooleanField,
    EmailField,
    Field,
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.i18n import get_translations
from wtforms.validators import DataRequired, Email, InputRequired, Length, Optional, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from citevents.conferences.catalog import QuestionView
from citevents.conferences.models import QuestionKind
from citevents.locale.countries import (
    countries,
    is_country,
)
from citevents.locale.languages import current_language
from citevents.locale.languages import gettext as _
from citevents.locale.languages import lazy_gettext as _l
from citevents.locale.text_cleaning import line, lines
from citevents.people.models import Purpose
from citevents.people.queries import wording as wording_of
from citevents.web.forms import Form

LONGEST_NAME = 200
LONGEST_TEXT = 2000
#: Bytes of JSON of what is kept for a closed tab.
LARGEST_DRAFT = 8000
TOO_LONG = _l("Use at most %(max)d characters.")
#: What mail programs and readers of PDF make a link: nobody is called so, and our ticket would carry it for a stranger.
WEB_ADDRESS = re.compile(r"://|\bwww\.|\w\.\w{2,}/", re.IGNORECASE)


def no_web_address(_form: Any, field: Field) -> None:
    """A validator of names."""
    if WEB_ADDRESS.search(field.data or ""):
        raise ValidationError(_("Enter a name, without a web address."))


@lru_cache(maxsize=32)
def _wtforms_words(language: str) -> Any:
    return get_translations([language])


class RegisterForm(Form):
    """Shape only: what it costs and whether there is room is for the house to say."""

    class Meta(Form.Meta):
        #: core.web checks the token of every post before its view; the form would sign one more for nothing.
        csrf = False

        def get_translations(self, form: Any) -> Any:
            """WTForms' own few sentences, read once per language instead of once per request."""
            return _wtforms_words(current_language())

    form = HiddenField(filters=[line])
    instead = HiddenField(filters=[line])
    shown_total = HiddenField(filters=[line])
    ticket = StringField(_l("Your ticket"), filters=[line])
    add_ons = SelectMultipleField(_l("Add to it"), validate_choice=False)
    name = StringField(
        _l("Full name"),
        [
            DataRequired(_l("Enter your name as it should stand on the certificate.")),
            Length(max=LONGEST_NAME, message=TOO_LONG),
            no_web_address,
        ],
        [line],
        description=_l("In any script, as it should stand on the certificate"),
    )
    call_name = StringField(
        _l("What should we call you?"),
        [Optional(), Length(max=80, message=TOO_LONG), no_web_address],
        [line],
        description=_l("For the badge and our emails"),
    )
    mail = EmailField(
        _l("Email"),
        [
            DataRequired(_l("Enter your email address: your ticket goes there.")),
            Length(max=254, message=TOO_LONG),
            Email(_l("Enter an email address with an @, like name@agency.example.")),
        ],
        [lambda text: (text or "").strip()],
        description=_l("Your ticket and a link that signs you in go here"),
    )
    agency = StringField(
        _l("Agency or organization"), [Optional(), Length(max=LONGEST_NAME, message=TOO_LONG)], [line]
    )
    country = SelectField(_l("Country"), [InputRequired(_l("Choose your country."))], validate_choice=False)
    sensitive_consent = BooleanField(wording_of(Purpose.SENSITIVE_ANSWERS).sentence)
    terms = BooleanField(
        _l("I agree to the terms and refunds."), [InputRequired(_l("Agree to the terms to go on."))]
    )
    follow_up = BooleanField(wording_of(Purpose.FOLLOW_UP).sentence)
    news = BooleanField(wording_of(Purpose.NEWS).sentence)

    questions: tuple[QuestionView, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.country.choices = [("", _("Choose…")), *countries()]

    def validate_country(self, field: Field) -> None:
        if field.data and not is_country(field.data):
            raise ValidationError(_("Choose your country."))

    def validate_sensitive_consent(self, field: Field) -> None:
        if not field.data and self.answers(sensitive=True):
            raise ValidationError(
                _("Agree to this, or take your answers out: without it we may not keep them.")
            )

    def answers(self, *, sensitive: bool) -> dict[int, Any]:
        """Question id -> what was answered; unanswered ones are left out."""
        given = (
            (question.id, self._fields[question.field].data)
            for question in self.questions
            if question.sensitive is sensitive
        )
        return {id: answer for id, answer in given if answer}

    def plain_questions(self) -> list[tuple[QuestionView, Field]]:
        return [(each, self._fields[each.field]) for each in self.questions if not each.sensitive]

    def sensitive_questions(self) -> list[tuple[QuestionView, Field]]:
        return [(each, self._fields[each.field]) for each in self.questions if each.sensitive]

    def typed(self, tickets: Collection[str]) -> dict[str, Any]:
        """What was typed, to be kept for a closed tab: choices among those offered (`tickets`: public ids), texts that fit.

        Nothing sensitive, nothing agreed to; `LARGEST_DRAFT` at most, and what does not fit any more is left out.
        """
        offered: dict[str, Collection[str]] = {"ticket": tickets, "add_ons": tickets}
        offered["country"] = [code for code in [self.country.data] if is_country(code)]
        asked = [question for question in self.questions if not question.sensitive]
        offered |= {each.field: [value for value, _words in each.options] for each in asked if each.options}
        kept: dict[str, Any] = {}
        room = LARGEST_DRAFT
        for name in (
            *offered,
            "name",
            "call_name",
            "mail",
            "agency",
            *(question.field for question in asked),
        ):
            value = _fitting(self._fields[name], offered.get(name))
            size = len(json.dumps({name: value}, ensure_ascii=False).encode())
            if value and name not in kept and size <= room:
                kept[name] = value
                room -= size
        return kept


def _fitting(field: Field, offered: Collection[str] | None) -> Any:
    """What a field holds, as far as it can be sent; None or empty where it cannot."""
    if isinstance(field.data, list):
        return [each for each in dict.fromkeys(field.data) if each in (offered or ())]
    if offered is not None:
        return field.data if field.data in offered else None
    return (field.data or "").replace("\0", "")[: field.flags.maxlength]


def register_form(questions: tuple[QuestionView, ...]) -> type[RegisterForm]:
    """The form that asks these questions too."""
    return _made(questions)


@lru_cache(maxsize=200)
def _made(questions: tuple[QuestionView, ...]) -> type[RegisterForm]:
    fields = {question.field: _field(question) for question in questions}
    return type("RegisterForm", (RegisterForm,), {**fields, "questions": questions})


def _field(question: QuestionView) -> Any:
    needed = DataRequired(_l("Answer this question.")) if question.required else Optional()
    checks = [needed]
    if question.kind is QuestionKind.TEXT:
        checks.append(Length(max=LONGEST_TEXT, message=TOO_LONG))
        return TextAreaField(question.label, checks, [lines])
    choices = list(question.options)
    if question.kind is QuestionKind.ONE:
        return RadioField(question.label, checks, choices=choices)
    boxes = {"widget": ListWidget(prefix_label=False), "option_widget": CheckboxInput()}
    return SelectMultipleField(question.label, checks, choices=choices, **boxes)
