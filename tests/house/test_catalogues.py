"""English, Spanish, French and Arabic are complete: every sentence has its translation, with the same places to fill in."""

from __future__ import annotations

import re

import pytest

from citevents.locale import translations_cli
from citevents.locale.languages import LANGUAGES, TRANSLATIONS

OTHERS = sorted(set(LANGUAGES) - {"en"})
PLACE = re.compile(r"%\(\w+\)s")


@pytest.mark.parametrize("language", OTHERS)
def test_nothing_is_left_untranslated(language: str) -> None:
    assert translations_cli.untranslated(language) == []


@pytest.mark.parametrize("language", OTHERS)
def test_translations_fill_in_what_the_source_fills_in(language: str) -> None:
    from babel.messages.pofile import read_po

    with (TRANSLATIONS / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        catalogue = read_po(file)
    wrong = []
    for message in catalogue:
        if not message.id:
            continue
        sources = message.id if isinstance(message.id, tuple) else (message.id,)
        offered = {place for source in sources for place in PLACE.findall(source)}
        texts = message.string if isinstance(message.string, tuple) else (message.string,)
        for text in texts:
            if set(PLACE.findall(text)) - offered:
                wrong.append((sources[0], text))
        if not isinstance(message.id, tuple) and set(PLACE.findall(message.string)) != offered:
            wrong.append((message.id, message.string))
    assert wrong == []
