"""The audit trail and what did not go out, in words: whatever the code can record, a person can read."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from flask import Flask

import workers.reactions  # noqa: F401 - they declare themselves
from citevents.core.audit import AuditEntry
from citevents.locale.languages import in_language
from citevents.portal import reaction_messages
from citevents.portal.audit_messages import acts, in_words
from citevents.slices import slices
from workers.handles import handlers

CODE = Path(__file__).parents[2] / "citevents"
#: What is recorded under a name that the code works out: parts of a conference, steps of a draft, what nobody named.
WORKED_OUT = {
    *((act, part) for act in ("create", "change", "remove") for part in ("room", "quota", "ticket_type", "question")),
    ("act", "desk"),
    *((act, "agenda") for act in ("place", "unplace", "apply", "undo")),
}  # fmt: skip


def recorded() -> set[tuple[str, str]]:
    """(act, subject) of every `audit.record("…", "…", …)` in the code."""
    found = set(WORKED_OUT)
    for path in CODE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "audit.record":
                act, subject = node.args[:2]
                if isinstance(act, ast.Constant) and isinstance(subject, ast.Constant):
                    found.add((str(act.value), str(subject.value)))
    return found


def test_every_reaction_has_words_and_no_words_are_left_over() -> None:
    ours = {name for name, each in handlers().items() if each.react.__module__.startswith("workers.")}
    assert set(reaction_messages.words()) == ours, "tests of other modules declare some of their own"


def test_every_act_that_is_recorded_has_words_and_no_words_are_left_over() -> None:
    assert {act for each in slices() for act in each.acts} == recorded()
    assert {subject for each in slices() for subject in each.subjects} == {
        subject for _act, subject in recorded()
    }


@pytest.mark.parametrize("language", ["en", "ar"])
def test_an_entry_reads_as_a_sentence(app: Flask, language: str) -> None:
    with app.app_context(), in_language(language):
        said = {
            in_words(AuditEntry(act=act, subject=subject, subject_id=7))
            for each in slices()
            for act, subject in each.acts
        }
        assert not [words for words in said if "_" in words or "%(" in words]
        assert len(acts()) == len(recorded())
        published = AuditEntry(act="publish", subject="agenda", subject_id=7, details={"version": 3})
        assert "3" in in_words(published)
