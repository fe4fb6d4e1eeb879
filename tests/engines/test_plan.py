"""What is run for which settings, and what refuses to be meant."""

from pathlib import Path

import pytest

from citevents.engines import EngineError
from citevents.engines.console import concise
from citevents.engines.options import Choices
from citevents.engines.topology import Plan, plan
from tests.settings.secret import SECRET


def planned(data: Path, **environ: str) -> Plan:
    return plan(Choices.read({"CITEVENTS_DATA": str(data), **environ}))


def names(made: Plan) -> list[str]:
    return [child.name for child in made.children]


def test_a_machine_with_nothing_gets_everything(tmp_path: Path) -> None:
    made = planned(tmp_path)
    assert names(made) == ["mail", "stripe", "relay", "worker", "bulk", "runs", "web"]
    assert [step.name for step in made.steps] == ["migrate", "demo"]
    assert list(made.places) == ["citevents", "mail outbox", "Stripe stand-in"]
    assert made.env["CITEVENTS_BASE_URL"] == "http://localhost:8000"
    assert made.env["CITEVENTS_DEVELOPMENT"] == "1"


def test_what_is_set_is_used_and_not_stood_in_for(tmp_path: Path) -> None:
    made = planned(
        tmp_path,
        SMTP_URL="smtp://mail.example:587",
        STRIPE_SECRET_KEY="sk_live_1",
        STRIPE_WEBHOOK_SECRET="whsec_1",
        CITEVENTS_BASE_URL="https://events.example",
        CITEVENTS_SECRET=SECRET,
        CITEVENTS_DEMO="0",
    )
    assert names(made) == ["relay", "worker", "bulk", "runs", "web"]
    assert [step.name for step in made.steps] == ["migrate"]
    assert made.places == {"citevents": "https://events.example"}
    assert made.greeting is None
    assert not {"SMTP_URL", "STRIPE_SECRET_KEY", "STRIPE_API_BASE"} & set(made.env)
    assert made.env["CITEVENTS_SECRET"] == SECRET
    assert made.env["CITEVENTS_DEVELOPMENT"] == "0"


def test_workers_are_numbered_when_there_are_several(tmp_path: Path) -> None:
    made = planned(tmp_path, CITEVENTS_WORKERS="2", CITEVENTS_BULK="3", CITEVENTS_WEB="3")
    assert names(made)[2:] == [
        "relay",
        "worker-1",
        "worker-2",
        "bulk-1",
        "bulk-2",
        "bulk-3",
        "runs",
        "web",
    ]
    assert made.env["CITEVENTS_WEB"] == "3"


def test_each_queue_is_served(tmp_path: Path) -> None:
    """Money and what one person waits for in one process with threads for each; emails to many and solvers apart."""
    run = {child.name: child.run for child in planned(tmp_path, CITEVENTS_RUNS="2").children}
    assert {name: run[name] for name in ("worker", "bulk", "runs-1", "runs-2")} == {
        "worker": ("workers.process", "money", "waiting"),
        "bulk": ("workers.process", "bulk"),
        "runs-1": ("workers.process", "runs"),
        "runs-2": ("workers.process", "runs"),
    }


SHARED = {
    "DATABASE_URL": "postgresql://db.example/citevents",
    "REDIS_URL": "rediss://queue.example",
    "SMTP_URL": "smtp://mail.example:587",
    "STRIPE_SECRET_KEY": "sk_live_1",
    "STRIPE_WEBHOOK_SECRET": "whsec_1",
    "CITEVENTS_SECRET": SECRET,
    "CITEVENTS_BASE_URL": "https://events.example",
}


def test_a_host_may_run_some_parts_only(tmp_path: Path) -> None:
    environ = SHARED | {"CITEVENTS_DATA": str(tmp_path), "CITEVENTS_WORKERS": "2"}
    made = plan(Choices.read(environ, ("worker", "relay")))
    assert names(made) == ["relay", "worker-1", "worker-2"]
    assert made.steps == ()
    assert not made.has_web


def test_a_unit_file_of_before_the_four_queues_still_means_what_it_meant(tmp_path: Path) -> None:
    made = plan(Choices.read(SHARED | {"CITEVENTS_DATA": str(tmp_path)}, ("worker", "slow", "relay")))
    assert names(made) == ["relay", "worker", "bulk", "runs"]


@pytest.mark.parametrize(
    ("parts", "environ", "sentence"),
    [
        (("wep",), SHARED, "There is no part named wep. The parts are: web, worker, bulk, runs, relay."),
        (
            ("web", "relay"),
            SHARED | {"REDIS_URL": "", "CITEVENTS_SECRET": ""},
            "To run only web and relay here, set what is shared: REDIS_URL, CITEVENTS_SECRET.",
        ),
    ],
)
def test_parts_that_would_not_belong_together_are_refused(
    parts: tuple[str, ...], environ: dict[str, str], sentence: str
) -> None:
    with pytest.raises(EngineError) as refused:
        Choices.read(environ, parts)
    assert str(refused.value) == sentence


def test_web_stops_first_and_what_it_needs_last(tmp_path: Path) -> None:
    stages = {child.name: child.stage for child in planned(tmp_path).children}
    assert sorted(stages, key=lambda name: stages[name]) == [
        "web",
        "worker",
        "bulk",
        "runs",
        "relay",
        "mail",
        "stripe",
    ]


def test_secrets_are_made_once_and_private(tmp_path: Path) -> None:
    first, second = planned(tmp_path).env, planned(tmp_path).env
    for name in ("CITEVENTS_SECRET", "STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET"):
        assert first[name] == second[name]
    assert first["STRIPE_SECRET_KEY"].startswith("sk_test_")
    assert first["STRIPE_WEBHOOK_SECRET"].startswith("whsec_")
    assert len(first["CITEVENTS_SECRET"]) == 64
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}


@pytest.mark.parametrize(
    ("environ", "sentence"),
    [
        (
            {"CITEVENTS_PORT": "eighty"},
            "CITEVENTS_PORT must be a whole number from 1 to 65535, not 'eighty'.",
        ),
        ({"CITEVENTS_PORT": "65536"}, "CITEVENTS_PORT must be a whole number from 1 to 65535, not '65536'."),
        ({"CITEVENTS_WORKERS": "0"}, "CITEVENTS_WORKERS must be a whole number from 1 to 64, not '0'."),
        ({"CITEVENTS_RUNS": "many"}, "CITEVENTS_RUNS must be a whole number from 1 to 64, not 'many'."),
        ({"CITEVENTS_WEB": "²"}, "CITEVENTS_WEB must be a whole number from 1 to 64, not '²'."),
        (
            {"STRIPE_SECRET_KEY": "sk_live_1"},
            "STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRET belong together: set both or neither.",
        ),
    ],
)
def test_what_can_not_be_meant_is_said(environ: dict[str, str], sentence: str) -> None:
    with pytest.raises(EngineError) as refused:
        Choices.read(environ)
    assert str(refused.value) == sentence


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("plain words", "plain words"),
        ('{"at": "x", "level": "info", "log": "a", "message": "GET /", "status": 200}', "GET / status=200"),
        ('{"level": "warning", "message": "late", "ms": 3}', "WARNING late ms=3"),
        ("{not json", "{not json"),
        ("{}", ""),
    ],
)
def test_structured_lines_are_shown_as_a_person_reads_them(line: str, shown: str) -> None:
    assert concise(line) == shown
