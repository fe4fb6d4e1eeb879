"""What the agenda solver says, as sentences that a person reads.

The solver knows no language: it gives a message id with arguments (`solver.words.Message`). Its ids are marked by `sentence`
in the catalogue of rules, and `flask words extract` collects them from there.
"""

from __future__ import annotations

from collections.abc import Mapping

from citevents.locale.languages import gettext as _
from citevents.scheduling.solver.sentences import Message


def in_words(said: Message, names: Mapping[str, str] | None = None) -> str:
    """The sentence in the reader's language; `names` gives titles for the ids that are its arguments: `{"s17": "Night shift"}`.

    A title stands in quotation marks, so that it cannot be taken for a part of the sentence.
    """
    known = names or {}
    arguments = {
        key: f"“{known[value]}”" if isinstance(value, str) and value in known else value
        for key, value in said.arguments.items()
    }
    return str(_(said.id)) % arguments
