"""The agenda solver's sentences reach people in their language, with titles in place of ids."""

from __future__ import annotations

import inspect

import pytest
from babel.messages.extract import extract_from_file
from flask import Flask

from citevents.locale.languages import in_language
from citevents.locale.translations_cli import MARKS
from citevents.scheduling.sentences import in_words
from citevents.scheduling.solver import rules
from citevents.scheduling.solver.sentences import message


def test_every_reason_and_every_remedy_is_collected_for_translation() -> None:
    keywords = {mark.partition(":")[0]: None for mark in MARKS if mark != "-k"}
    marked = {
        each[1] for each in extract_from_file("python", inspect.getsourcefile(rules) or "", keywords=keywords)
    }
    said = {words for kind in rules.CATALOGUE.values() for words in (kind.reason, kind.resolve)}
    assert said - marked == set()


def test_titles_stand_for_ids_and_strange_titles_are_text(app: Flask) -> None:
    said = message(rules.CATALOGUE["seats"].reason, session="s17", room="r2")
    with app.app_context(), in_language("en"):
        words = in_words(said, {"s17": "100%(x)s sure", "r2": "Arbutus"})
        assert words == "“Arbutus” has too few seats for “100%(x)s sure”"
        assert in_words(said) == "r2 has too few seats for s17"


@pytest.mark.parametrize("name", sorted(rules.CATALOGUE))
def test_every_sentence_can_be_filled_in(app: Flask, name: str) -> None:
    kind = rules.CATALOGUE[name]
    given = {key: key for key in ("session", "other", "room", "slot", "track")}
    with app.app_context():
        for code in ("en", "es", "fr", "ar"):
            with in_language(code):
                for text in (kind.reason, kind.resolve):
                    assert "%(" not in in_words(message(text, **given))
