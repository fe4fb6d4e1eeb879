"""P3: somebody reads every table of the database, system columns too, after each answer; who said what stays unknown.

Commits are real here. The attacker has a copy of all rows from before and after each answer (which is more than a database
ever shows at one time), learns on half of the answers, and guesses the others. Two controls, kept in rows of their own as the
first version kept them, show that the attacker is no fool.
"""

from __future__ import annotations

import json
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from citevents import create_app
from citevents.config import Settings
from citevents.core.db import Model, Organization, as_organization, db, must, session, transaction
from citevents.core.errors import DomainError
from citevents.engines.postgres import Postgres
from citevents.surveys import answering, queries
from citevents.surveys.models import Survey, SurveyInvitation
from standins.mail import Outbox
from tests.surveys.world import OPEN, OVER, a_survey, closed, of_kind, says, sent, view

PEOPLE = 6
Row = dict[str, Any]
Copy = dict[str, list[Row]]


@pytest.fixture(scope="module")
def house(postgres: Postgres, outbox: Outbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The application on a database of its own: here commits are real."""
    app = create_app(
        Settings(
            database_url=postgres.create_database("nameless"),
            smtp_url=outbox.smtp_url,
            secret="test-secret",
            base_url="http://localhost",
            data=tmp_path_factory.mktemp("data"),
        )
    )
    with app.app_context():
        Model.metadata.create_all(db.engine)
        db.session.execute(
            sa.text("CREATE TABLE leak (survey_id bigint, step int, words text, id bigserial)")
        )
        db.session.commit()
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    postgres.drop_database("nameless")


@pytest.fixture
def here(house: Flask) -> Iterator[int]:
    """A new organization of the house, as whom the test runs; its id."""
    with house.app_context():
        made = Organization(name="Sample", sample=True)
        session().add(made)
        session().commit()
        with as_organization(made.id):
            yield made.id
        db.session.remove()


def read_everything() -> Copy:
    """Every row of every table, with what PostgreSQL itself keeps of it."""
    one_by_one = [
        f"SELECT '{name}' AS name, xmin::text::bigint AS xmin, ctid::text, cmin::text, xmax::text, to_jsonb(t) AS r"
        f' FROM "{name}" t'
        for name in [*(table.name for table in Model.metadata.sorted_tables), "leak"]
    ]
    copy: Copy = defaultdict(list)
    for row in session().execute(sa.text(" UNION ALL ".join(one_by_one))):
        copy[row.name].append(dict(row._mapping))
    session().commit()
    return copy


@dataclass
class Sample:
    """One answer as the attacker saw it happen: the survey's tables before and after, and what was said (to be guessed)."""

    before: Copy
    after: Copy
    agreed: bool


@dataclass
class Trial:
    samples: list[Sample] = field(default_factory=list)
    #: (who, in order of answering; words in the order that the results have them) for each survey.
    words: list[tuple[list[str], list[str]]] = field(default_factory=list)


def numbers(value: Any, at: str = "") -> Iterator[tuple[str, float]]:
    """Whatever is a number in a row, and how long what is not."""
    if isinstance(value, dict):
        for name, each in value.items():
            yield from numbers(each, f"{at}.{name}")
    elif isinstance(value, bool | int | float):
        yield at, float(value)
    elif value is not None:
        text = value if isinstance(value, str) else json.dumps(value, default=str)
        yield f"{at} length", float(len(text))
        yield f"{at} sum", float(sum(text.encode()) % 251)
        found = "".join(char for char in text if char.isdigit())[:9]
        yield f"{at} digits", float(found or 0)


def features(sample: Sample) -> dict[str, float]:
    """What changed with one answer: numbers of the rows that are new, and by how much they grew."""
    made: dict[str, float] = {}
    for table, rows in sample.after.items():
        if rows == sample.before[table]:
            continue
        old = {json.dumps(row, sort_keys=True, default=str) for row in sample.before[table]}
        new = [row for row in rows if json.dumps(row, sort_keys=True, default=str) not in old]
        made[f"{table} rows"] = len(rows) - len(sample.before[table])
        for row in new[:1]:
            made |= {f"{table}{name}": value for name, value in numbers(row)}
        before = sum(len(json.dumps(row, default=str)) for row in sample.before[table])
        made[f"{table} grew"] = sum(len(json.dumps(row, default=str)) for row in rows) - before
    return made


def guessed(samples: list[Sample]) -> float:
    """How many of the second half somebody guesses who looked in the first half for the one number that tells most."""
    seen = [(features(sample), sample.agreed) for sample in samples]
    half = len(seen) // 2
    learn, judge = seen[:half], seen[half:]
    best, rule = -1, ("", 0.0, True)
    for name in sorted({name for each, _ in learn for name in each}):
        for limit in sorted({each.get(name, 0.0) for each, _ in learn})[:40]:
            for above in (True, False):
                right = sum(says_yes(each, (name, limit, above)) is agreed for each, agreed in learn)
                best, rule = max((best, rule), (right, (name, limit, above)), key=lambda pair: pair[0])
    return sum(says_yes(each, rule) is agreed for each, agreed in judge) / len(judge)


def says_yes(each: dict[str, float], rule: tuple[str, float, bool]) -> bool:
    """What a rule says of one answer: its number is above the limit, or is not."""
    name, limit, above = rule
    return (each.get(name, 0.0) > limit) is above


def leak(survey_id: int, step: int, words: str) -> None:
    """The first version: a row for each answer, in the transaction that marks its link as used."""
    session().execute(
        sa.text("INSERT INTO leak (survey_id, step, words) VALUES (:survey, :step, :words)"),
        {"survey": survey_id, "step": step, "words": words},
    )


def play(random: Random, surveys: int, leaking: bool = False) -> Trial:
    """Many small surveys: half of each agree, who does is drawn, and everybody writes a sentence."""
    trial = Trial()
    for number in range(surveys):
        survey_id, links = a_survey(PEOPLE, slug=f"over-{number}")
        agree = [True, False] * (PEOPLE // 2)
        random.shuffle(agree)
        order = random.sample(range(PEOPLE), PEOPLE)
        said = [f"More time for the exercises, please. {random.getrandbits(40)}" for _ in links]
        before = read_everything()
        for place in order:
            with transaction():
                form = sent(survey_id, scale=5 if agree[place] else 1, text=said[place])
                answering.answer(links[place], form, OPEN)
                if leaking:
                    leak(survey_id, 5 if agree[place] else 1, said[place])
            after = read_everything()
            if not leaking:
                everything = json.dumps(after, default=str)
                assert not any(each in everything for each in said), "words of an open survey can be read"
            trial.samples.append(Sample(before, after, agree[place]))
            before = after
        texts = of_kind(closed(survey_id), "text").outcome.texts
        if leaking:
            rows = session().execute(
                sa.text("SELECT words FROM leak WHERE survey_id = :survey ORDER BY xmin::text::bigint"),
                {"survey": survey_id},
            )
            texts = tuple(row.words for row in rows)
        trial.words.append(([said[place] for place in order], list(texts)))
    return trial


def matched(trial: Trial) -> int:
    """How many sentences go to the right person if the k-th to answer is taken for the writer of the k-th shown."""
    return sum(
        first == second
        for answered, shown in trial.words
        for first, second in zip(answered, shown, strict=True)
    )


def test_who_reads_all_tables_after_each_answer_guesses_as_well_as_chance(here: int) -> None:
    trial = play(Random(11), 20)
    n = len(trial.samples) // 2
    assert abs(guessed(trial.samples) - 0.5) < 4 * (0.25 / n) ** 0.5
    # By chance one sentence in each survey finds its writer; 4 sigma of that.
    assert abs(matched(trial) - 20) < 4 * 20**0.5


def test_a_row_for_each_answer_would_tell(here: int) -> None:
    trial = play(Random(12), 4, leaking=True)
    assert guessed(trial.samples) == 1.0
    assert matched(trial) == 4 * PEOPLE


def test_a_box_of_another_survey_does_not_open(here: int) -> None:
    one, links = a_survey(2, slug="one")
    other, others = a_survey(2, slug="other")
    says(one, links[0], scale=5)
    says(other, others[0], scale=1)
    with transaction() as current:
        current.execute(
            sa.text(
                "UPDATE survey_box SET sealed = (SELECT sealed FROM survey_box WHERE survey_id = :one) WHERE survey_id = :other"
            ),
            {"one": one, "other": other},
        )
    with transaction():
        assert answering.close_due(OVER) == 1
    assert (view(one).state, view(other).state) == ("closed", "open")


def as_here(house: Flask, here: int, act: Callable[[], object]) -> threading.Thread:
    def run() -> None:
        with house.app_context(), as_organization(here):
            act()
            db.session.remove()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_twenty_answer_at_once_and_each_is_counted(house: Flask, here: int) -> None:
    survey_id, links = a_survey(20, slug="at-once")
    forms = sent(survey_id, scale=5)
    session().commit()

    def answer(link: str) -> Callable[[], None]:
        def act() -> None:
            with transaction():
                answering.answer(link, forms, OPEN)

        return act

    threads = [as_here(house, here, answer(link)) for link in links]
    for thread in threads:
        thread.join(60)
    session().expire_all()
    assert view(survey_id).answered == 20
    assert of_kind(closed(survey_id), "scale").outcome.of == 20


def test_an_answer_under_way_when_the_survey_closes_is_counted_or_refused(house: Flask, here: int) -> None:
    """The clock comes while somebody's answer is not committed: it waits for its next tick; an answer behind it is refused."""
    survey_id, links = a_survey(12, slug="second")
    for link in links[:10]:
        says(survey_id, link, scale=5)
    written, go_on = threading.Event(), threading.Event()
    forms = sent(survey_id, scale=5)
    session().commit()

    def slowly() -> None:
        with transaction():
            answering.answer(links[10], forms, OPEN)
            session().flush()
            written.set()
            go_on.wait(60)

    thread = as_here(house, here, slowly)
    assert written.wait(60)
    with transaction():
        assert answering.close_due(OVER) == 0, "somebody is answering"
    go_on.set()
    thread.join(60)
    session().expire_all()
    with transaction():
        assert answering.close_due(OVER) == 1
    with pytest.raises(DomainError), transaction():
        answering.answer(links[11], forms, OPEN)
    results = queries.results(view(survey_id))
    assert results is not None
    assert of_kind(results, "scale").outcome.of == 11
    used = session().scalar(
        sa.select(sa.func.count()).where(SurveyInvitation.survey_id == survey_id, SurveyInvitation.used)
    )
    assert used == must(Survey, survey_id).answered == 11
