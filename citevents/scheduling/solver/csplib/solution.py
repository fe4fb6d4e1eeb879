"""CSPLib solutions as JSON: `{"assignments": [{"submission", "session", "room", "slot"}, ...]}`."""

import json
from pathlib import Path

from citevents.scheduling.solver.csplib.conference import Conference, Place, Solution
from citevents.scheduling.solver.errors import BadProblem
from citevents.scheduling.solver.sentences import Message, message


def write_solution(conference: Conference, solution: Solution) -> str:
    assignments = [
        {
            "submission": item.reference,
            "session": conference.sessions[place.session].name,
            "room": conference.rooms[place.room],
            "slot": place.slot,
        }
        for item, place in zip(conference.submissions, solution, strict=True)
    ]
    return json.dumps({"assignments": assignments}, ensure_ascii=False, indent=1) + "\n"


def read_solution(path: Path, conference: Conference) -> tuple[Solution | None, list[Message]]:
    """The solution, or None with what keeps it from being a complete one (missing or repeated submissions).

    Raises BadProblem, with a JSON path, for what is no solution file at all or names unknown things.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadProblem(path.name, message("this is no readable JSON file; write it again")) from error
    rows = document.get("assignments") if isinstance(document, dict) else None
    if not isinstance(rows, list):
        raise BadProblem("$.assignments", message("a list of assignments is missing; add it"))
    submissions = {item.reference: i for i, item in enumerate(conference.submissions)}
    sessions = {session.name: s for s, session in enumerate(conference.sessions)}
    rooms = {room: r for r, room in enumerate(conference.rooms)}
    places: dict[int, Place] = {}
    wrong: list[Message] = []
    for k, row in enumerate(rows):
        where = f"$.assignments[{k}]"
        if not isinstance(row, dict):
            raise BadProblem(
                where, message("an assignment is an object with submission, session, room and slot")
            )
        item = known(row, "submission", submissions, where)
        slot = row.get("slot")
        if isinstance(slot, bool) or not isinstance(slot, int):
            raise BadProblem(f"{where}.slot", message("the slot must be a whole number, from 1"))
        place = Place(known(row, "session", sessions, where), known(row, "room", rooms, where), slot)
        if item in places:
            wrong.append(
                message("%(submission)s is placed more than once", submission=str(row["submission"]).strip())
            )
        places[item] = place
    for i, submission in enumerate(conference.submissions):
        if i not in places:
            wrong.append(message("%(submission)s is not placed", submission=submission.reference))
    if wrong:
        return None, wrong
    return tuple(places[i] for i in range(len(conference.submissions))), []


def known(row: dict[str, object], key: str, names: dict[str, int], where: str) -> int:
    name = str(row.get(key, "")).strip()
    if name not in names:
        raise BadProblem(
            f"{where}.{key}", message("“%(name)s” is not in the workbook; correct it", name=name[:80])
        )
    return names[name]
