"""Answers as JSON (docs/agenda-answer.schema.json): the agenda, what it costs and every reason."""

import json
from typing import Any

from citevents.scheduling.solver.evaluation import Evaluation
from citevents.scheduling.solver.problem import Agenda, Problem


def assignments(problem: Problem, agenda: Agenda) -> list[dict[str, str]]:
    return [
        {"session": session.id, "slot": problem.slots[place.slot].id, "room": problem.rooms[place.room].id}
        for session, place in zip(problem.sessions, agenda, strict=True)
        if place is not None
    ]


def evaluation_document(problem: Problem, evaluation: Evaluation) -> dict[str, Any]:
    return {
        "blocked": evaluation.blocked,
        "cost": evaluation.cost,
        "rules": [
            {"name": name, "times": times, "people": people, "cost": cost}
            for name, (times, people, cost) in evaluation.by_rule().items()
        ],
        "violations": [
            {
                "rule": violation.rule,
                "severity": violation.severity.value,
                "sessions": [problem.sessions[i].id for i in violation.sessions],
                "people": violation.people,
                "cost": violation.cost,
                "reason": violation.reason.as_json(),
            }
            for violation in evaluation.violations
        ],
    }


def agenda_document(
    problem: Problem, agenda: Agenda, evaluation: Evaluation, bound: int | None = None
) -> dict[str, Any]:
    document = {"assignments": assignments(problem, agenda), **evaluation_document(problem, evaluation)}
    if bound is not None:
        document["bound"] = bound
    return document


def as_text(document: dict[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"
