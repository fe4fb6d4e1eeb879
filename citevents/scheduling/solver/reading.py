"""From a JSON document to a problem, refusing what could never be meant."""

import datetime as dt
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from citevents.scheduling.solver.document import Node, numbered, parsed
from citevents.scheduling.solver.problem import (
    Agenda,
    Place,
    Problem,
    Room,
    Rule,
    Session,
    Severity,
    Slot,
    Speaker,
    Wish,
)
from citevents.scheduling.solver.rules import CATALOGUE
from citevents.scheduling.solver.sentences import message

FIELDS = (
    *(
        "zone",
        "days",
        "rooms",
        "walking",
        "speakers",
        "sessions",
        "apart",
        "wishes",
        "roles",
        "published",
        "rules",
    ),
)
SESSION_FIELDS = (
    *("id", "minutes", "kind", "track", "level", "audience", "language", "speakers", "chair", "needs"),
    *("pinned", "after", "plenary", "expected"),
)
LEVELS = {"introductory": 1, "intermediate": 2, "advanced": 3}
Known = dict[str, int]


def read_problem(path: Path) -> Problem:
    """The problem in a file. Raises BadProblem naming the JSON path of anything amiss."""
    return problem_from(parsed(path))


def problem_from(root: Node) -> Problem:
    root.object(FIELDS)
    zone = time_zone(root.required("zone"))
    days, slots, slot_ids = read_days(root.required("days"), zone)
    room_nodes = root.required("rooms").each()
    rooms = numbered(
        room_nodes, lambda node: node.object(("id", "capacity", "features", "closed")).required("id").text()
    )
    speaker_nodes = root.get("speakers").each()
    speakers = numbered(
        speaker_nodes, lambda node: node.object(("id", "zone", "available")).required("id").text()
    )
    session_nodes = root.required("sessions").each()
    sessions = numbered(session_nodes, lambda node: node.object(SESSION_FIELDS).required("id").text())
    if not rooms:
        root.get("rooms").refuse(message("there is no room; add one"))
    if not sessions:
        root.get("sessions").refuse(message("there is no session; add one"))
    read = [read_session(node, slot_ids, rooms, speakers, sessions) for node in session_nodes]
    check_lengths(session_nodes, read, slots)
    check_circles(session_nodes, read)
    return Problem(
        days=days,
        slots=slots,
        rooms=tuple(read_room(node, slot_ids) for node in room_nodes),
        speakers=tuple(read_speaker(node, zone) for node in speaker_nodes),
        sessions=tuple(read),
        walking=read_walking(root.get("walking"), rooms),
        apart=tuple(read_group(node, sessions) for node in root.get("apart").each()),
        wishes=tuple(
            read_wish(node, sessions, ("must", "nice", "people")) for node in root.get("wishes").each()
        ),
        roles=tuple(
            read_wish(node, sessions, ("role", "must", "people")) for node in root.get("roles").each()
        ),
        published=agenda_from(root.get("published"), slot_ids, rooms, sessions)
        if root.get("published").value
        else None,
        rules=read_rules(root.get("rules")),
    )


def time_zone(node: Node) -> ZoneInfo:
    try:
        return ZoneInfo(node.text())
    except (ZoneInfoNotFoundError, ValueError, OSError):
        node.refuse(
            message("“%(zone)s” is no time zone; write one like America/Chicago", zone=node.text()[:40])
        )


def read_days(node: Node, zone: ZoneInfo) -> tuple[tuple[str, ...], tuple[Slot, ...], Known]:
    found: list[tuple[Node, Slot]] = []
    days: list[str] = []
    for day in node.each():
        day.object(("date", "slots", "breaks"))
        try:
            date = dt.date.fromisoformat(day.required("date").text())
        except ValueError:
            day.get("date").refuse(message("write the date as 2027-05-03"))
        if date.isoformat() in days:
            day.get("date").refuse(message("this day is given twice; put its slots together"))
        days.append(date.isoformat())
        breaks = [read_span(pause.object(("start", "end")), date, zone) for pause in day.get("breaks").each()]
        for slot in day.required("slots").each():
            slot.object(("id", "start", "end"))
            start, end = read_span(slot, date, zone)
            if any(start < pause_end and pause_start < end for pause_start, pause_end in breaks):
                slot.refuse(message("the slot runs into a break; shorten one of them"))
            found.append((slot, Slot(slot.required("id").text(), len(days) - 1, start, end)))
    numbered([slot for slot, _ in found], lambda slot: slot.required("id").text())
    if not found:
        node.refuse(message("there is no slot; add a day with slots"))
    slots = tuple(sorted((slot for _, slot in found), key=lambda slot: (slot.start, slot.end, slot.id)))
    return tuple(days), slots, {slot.id: k for k, slot in enumerate(slots)}


def read_span(node: Node, date: dt.date, zone: ZoneInfo) -> tuple[dt.datetime, dt.datetime]:
    start = node.required("start").clock(date, zone)
    end = node.required("end").clock(date, zone)
    if end <= start:
        node.get("end").refuse(message("it ends before it starts; correct one of the times"))
    if start.astimezone(zone).utcoffset() != end.astimezone(zone).utcoffset():
        node.refuse(message("the clocks change in %(zone)s during it; split it there", zone=zone.key))
    return start, end


def read_room(node: Node, slots: Known) -> Room:
    return Room(
        id=node.required("id").text(),
        capacity=node.required("capacity").whole(0),
        features=node.get("features").texts(),
        closed=node.get("closed").all_among(slots),
    )


def read_speaker(node: Node, conference_zone: ZoneInfo) -> Speaker:
    """Their times are in their own zone, where they say one."""
    zone = time_zone(node.get("zone")) if node.get("zone").value is not None else conference_zone
    spans = []
    for span in node.get("available").each():
        span.object(("from", "to"))
        start, end = span.required("from").local(zone), span.required("to").local(zone)
        if end <= start:
            span.get("to").refuse(message("it ends before it starts; correct one of the times"))
        spans.append((start, end))
    return Speaker(node.required("id").text(), merged(spans))


def merged(spans: list[tuple[dt.datetime, dt.datetime]]) -> tuple[tuple[dt.datetime, dt.datetime], ...]:
    """Spans that touch are one: a slot may lie across their seam."""
    found: list[tuple[dt.datetime, dt.datetime]] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return tuple(found)


def read_session(node: Node, slots: Known, rooms: Known, speakers: Known, sessions: Known) -> Session:
    people = node.get("speakers").all_among(speakers)
    if node.get("chair").value is not None:
        people |= {node.get("chair").among(speakers)}
    pinned = node.get("pinned")
    if pinned.value is not None:
        pinned.object(("slot", "room"))
    level = node.get("level").text(default=" ").strip()
    if level and level not in LEVELS:
        node.get("level").refuse(message("a level is introductory, intermediate or advanced"))
    return Session(
        id=node.required("id").text(),
        minutes=node.required("minutes").whole(1),
        kind=node.get("kind").text(default=" ").strip(),
        track=node.get("track").text(default=" ").strip(),
        level=LEVELS.get(level, 0),
        audience=node.get("audience").texts(),
        language=node.get("language").text(default=" ").strip(),
        speakers=people,
        needs=node.get("needs").texts(),
        pinned_slot=pinned.get("slot").among(slots)
        if pinned.value and pinned.get("slot").value is not None
        else None,
        pinned_room=pinned.get("room").among(rooms)
        if pinned.value and pinned.get("room").value is not None
        else None,
        after=node.get("after").all_among(sessions),
        plenary=node.get("plenary").flag(),
        expected=None if node.get("expected").value is None else node.get("expected").whole(0),
    )


def check_lengths(nodes: list[Node], sessions: list[Session], slots: tuple[Slot, ...]) -> None:
    longest = max(slot.minutes for slot in slots)
    for node, session in zip(nodes, sessions, strict=True):
        if session.minutes > longest:
            node.get("minutes").refuse(
                message(
                    "“%(session)s” takes %(minutes)d minutes, the longest slot has %(longest)d; shorten it or add a longer slot",
                    session=session.id[:80],
                    minutes=session.minutes,
                    longest=longest,
                )
            )


def check_circles(nodes: list[Node], sessions: list[Session]) -> None:
    """Prerequisites that come back to where they began leave no sequence."""
    open_, done = set[int](), set[int]()

    def visit(first: int) -> None:
        # A stack of its own: chains may be longer than Python's.
        stack = [(first, iter(sorted(sessions[first].after)))]
        open_.add(first)
        while stack:
            i, rest = stack[-1]
            following = next(rest, None)
            if following is None:
                stack.pop()
                open_.discard(i)
                done.add(i)
            elif following in open_:
                circle = [j for j, _ in stack]
                names = [sessions[j].id for j in circle[circle.index(following) :]]
                nodes[i].get("after").refuse(
                    message(
                        "these build on each other in a circle: %(names)s; break it", names=", ".join(names)
                    )
                )
            elif following not in done:
                open_.add(following)
                stack.append((following, iter(sorted(sessions[following].after))))

    for i in range(len(sessions)):
        if i not in done:
            visit(i)


def read_walking(node: Node, rooms: Known) -> tuple[tuple[int, ...], ...]:
    """Minutes both ways; 0 where nothing is said."""
    minutes = [[0] * len(rooms) for _ in rooms]
    for way in node.each():
        way.object(("from", "to", "minutes"))
        a, b = way.required("from").among(rooms), way.required("to").among(rooms)
        minutes[a][b] = minutes[b][a] = way.required("minutes").whole(0)
    return tuple(tuple(row) for row in minutes)


def read_group(node: Node, sessions: Known) -> frozenset[int]:
    group = node.all_among(sessions)
    if len(group) < 2:
        node.refuse(message("a group has at least two sessions"))
    return group


def read_wish(node: Node, sessions: Known, fields: tuple[str, ...]) -> Wish:
    node.object(fields)
    must = node.get("must").all_among(sessions)
    return Wish(must, node.get("nice").all_among(sessions) - must, node.get("people").whole(0, default=1))


def read_rules(node: Node) -> dict[str, Rule]:
    rules: dict[str, Rule] = {}
    for entry in node.each():
        entry.object(("name", "severity", "weight"))
        name = entry.required("name").text()
        if name not in CATALOGUE:
            entry.get("name").refuse(
                message("there is no rule “%(name)s”; see the list in docs/AGENDA.md", name=name[:80])
            )
        if name in rules:
            entry.get("name").refuse(
                message("the rule “%(name)s” is given twice and contradicts itself; keep one", name=name)
            )
        kind = CATALOGUE[name]
        severity = entry.get("severity").text(default=kind.severity.value)
        if severity not in set(Severity):
            entry.get("severity").refuse(message("a severity is block, warn or ignore"))
        rules[name] = Rule(name, Severity(severity), entry.get("weight").whole(0, default=kind.weight))
    return rules


def read_agenda(path: Path, problem: Problem) -> Agenda:
    """An agenda in a file, its ids as in the problem."""
    return agenda_from(
        parsed(path),
        {slot.id: k for k, slot in enumerate(problem.slots)},
        {room.id: k for k, room in enumerate(problem.rooms)},
        {session.id: k for k, session in enumerate(problem.sessions)},
    )


def agenda_from(node: Node, slots: Known, rooms: Known, sessions: Known) -> Agenda:
    places: list[Place | None] = [None] * len(sessions)
    if not isinstance(node.value, dict):
        node.refuse(message("an agenda is an object with a list of assignments"))
    for row in node.required("assignments").each():
        row.object(("session", "slot", "room"))
        i = row.required("session").among(sessions)
        if places[i] is not None:
            row.get("session").refuse(message("this session is placed twice; keep one"))
        places[i] = Place(row.required("slot").among(slots), row.required("room").among(rooms))
    return tuple(places)
