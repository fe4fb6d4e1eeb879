"""One word, one thing: what docs/GLOSSARY.md says not to say is said in no sentence of the product, in none of its languages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from flask import Flask

from citevents.locale.languages import TRANSLATIONS, in_language

GLOSSARY = Path(__file__).parents[2] / "docs" / "GLOSSARY.md"
LANGUAGES = {"English": "en", "Spanish": "es", "French": "fr", "Arabic": "ar"}
FIELD = re.compile(r"%\(\w+\)s")
ARABIC_PREFIXES = "(?:[وفبكل]?ال|لل|[وفبكل])?"


@dataclass(frozen=True, kw_only=True)
class Term:
    """A thing and its word in one language: the forms in use, and what must not be said for it."""

    thing: str
    language: str
    forms: tuple[str, ...]
    never: tuple[str, ...]


def rows(text: str, width: int) -> Iterator[list[str]]:
    """The cells of each row of the tables that have so many columns, without their heads."""
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and len(cells) == width and cells[0] not in ("thing", "language", "---"):
            yield cells


def terms(text: str) -> list[Term]:
    """Every word of the glossary, one for each language."""
    found = []
    for thing, *cells in rows(text, 5):
        for language, cell in zip(LANGUAGES.values(), cells, strict=True):
            said, _, never = cell.partition("; not ")
            found.append(
                Term(
                    thing=thing,
                    language=language,
                    forms=tuple(form.strip() for form in said.split("/")),
                    never=tuple(word.strip() for word in never.split(",") if word.strip()),
                )
            )
    return found


def allowed(text: str) -> list[tuple[str, str, str]]:
    """(language, phrase, reason) of what may be said all the same."""
    return [(LANGUAGES[language], phrase, reason) for language, phrase, reason in rows(text, 3)]


def sentences(language: str) -> list[str]:
    """What the product says in a language: each sentence once, its fields left out."""
    path = (
        TRANSLATIONS / "messages.pot"
        if language == "en"
        else TRANSLATIONS / language / "LC_MESSAGES" / "messages.po"
    )
    with path.open("rb") as file:
        catalogue = read_po(file)
    said: dict[str, None] = {}
    for message in catalogue:
        if message.id:
            text = message.id if language == "en" else message.string
            said.update(dict.fromkeys(text if isinstance(text, (tuple, list)) else (text,)))
    return [FIELD.sub("…", sentence) for sentence in said]


def found_in(sentence: str, word: str, language: str) -> bool:
    """Whether a word stands in a sentence by itself: "mail" is not in "e-mail" or "mailbox"; Arabic carries its article along."""
    prefix = ARABIC_PREFIXES if language == "ar" else ""
    return bool(re.search(rf"(?<![\w’-]){prefix}{re.escape(word)}(?![\w-])", sentence, re.IGNORECASE))


def unsaid(sentence: str, phrases: list[str]) -> str:
    """A sentence without the phrases that may be said all the same."""
    for phrase in phrases:
        sentence = re.sub(re.escape(phrase), "…", sentence, flags=re.IGNORECASE)
    return sentence


def wrong_words(said: list[str], known: list[Term], phrases: list[str]) -> list[tuple[str, str]]:
    """(word, sentence) wherever a sentence says what the glossary says not to say."""
    return [
        (word, sentence)
        for sentence in said
        for term in known
        for word in term.never
        if found_in(unsaid(sentence, phrases), word, term.language)
    ]


@pytest.fixture(scope="module")
def glossary() -> str:
    return GLOSSARY.read_text(encoding="utf-8")


@pytest.mark.parametrize("language", LANGUAGES.values())
def test_no_sentence_says_a_word_that_is_not_to_be_said(glossary: str, language: str) -> None:
    known = [term for term in terms(glossary) if term.language == language]
    phrases = [phrase for code, phrase, _reason in allowed(glossary) if code == language]
    assert wrong_words(sentences(language), known, phrases) == []


@pytest.mark.parametrize("language", LANGUAGES.values())
def test_every_word_of_the_glossary_is_in_use(glossary: str, language: str) -> None:
    said = "\n".join(sentences(language)).casefold()
    idle = [
        term
        for term in terms(glossary)
        if term.language == language and not any(form.casefold() in said for form in term.forms)
    ]
    assert idle == []


def test_every_word_has_its_translations_and_no_word_is_forbidden_for_itself(glossary: str) -> None:
    known = terms(glossary)
    assert len(known) > 4 * 30
    assert [term for term in known if not term.thing or not all(term.forms)] == []
    assert [
        (term.thing, form)
        for term in known
        for form in term.forms
        for other in known
        if other.language == term.language and form in other.never
    ] == []


def test_exceptions_are_few_and_each_has_its_reason_and_its_use(glossary: str) -> None:
    exceptions = allowed(glossary)
    assert 0 < len(exceptions) <= 8
    assert [each for each in exceptions if len(each[2]) < 10] == []
    idle = [
        (language, phrase)
        for language, phrase, _reason in exceptions
        if not any(found_in(sentence, phrase, language) for sentence in sentences(language))
    ]
    assert idle == []


@pytest.mark.parametrize(
    ("language", "sentence", "word"),
    [
        ("en", "You have a place, …", "place"),
        ("en", "It takes place, and the place is taken.", "place"),
        ("en", "Open the newest letter.", "letter"),
        ("en", "Tickets come by mail.", "mail"),
        ("en", "3 places left.", "places"),
        ("es", "Su lugar está reservado hasta …", "su lugar"),
        ("fr", "Vous recevez cette lettre.", "lettre"),
        ("fr", "Un mail est en route.", "mail"),
        ("ar", "مكانك محجوز حتى …", "مكانك"),
        ("ar", "لم تُحفظ المسودة", "مسودة"),
    ],
)
def test_the_old_words_would_be_found(glossary: str, language: str, sentence: str, word: str) -> None:
    known = [term for term in terms(glossary) if term.language == language]
    phrases = [phrase for code, phrase, _reason in allowed(glossary) if code == language]
    assert (word, sentence) in wrong_words([sentence], known, phrases)


@pytest.mark.parametrize(
    ("taken", "total", "english", "french"),
    [
        (2, 3, "1 of 3 seats is left", "Il reste 1 place sur 3"),
        (1, 3, "2 of 3 seats are left", "Il reste 2 places sur 3"),
        (0, 1200, "1,200 of 1,200 seats are left", "Il reste 1\u202f200 places sur 1\u202f200"),
        (3, 3, "All 3 seats are taken", "Les 3 places sont toutes prises"),
        (1, 1, "The seat is taken", "La place est prise"),
    ],
)
def test_one_seat_is_said_as_one(app: Flask, taken: int, total: int, english: str, french: str) -> None:
    with app.test_request_context():
        for language, finding in (("en", english), ("fr", french)):
            with in_language(language):
                parts = app.jinja_env.get_template("_parts/charts.html").make_module({})
                assert f'aria-label="{finding}"' in str(parts.capacity(taken, 0, total))  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "This event will not take place."),
        ("en", "Your mailbox is full, so our email came back."),
        ("en", "Enter a name with letters or digits in it."),
        ("fr", "Un e-mail est en route."),
        ("es", "Quedan 3 plazas."),
        ("ar", "في مكان الانعقاد"),
    ],
)
def test_other_senses_are_left_alone(glossary: str, language: str, sentence: str) -> None:
    known = [term for term in terms(glossary) if term.language == language]
    phrases = [phrase for code, phrase, _reason in allowed(glossary) if code == language]
    assert wrong_words([sentence], known, phrases) == []
