"""Workshops with attendees' favourites, generated; and the same for PyPI's conference-scheduler where it is installed."""

import datetime as dt
import random
import time
from dataclasses import replace

from citevents.scheduling.solver import Agenda, Place, Problem, Room, Session, Slot, Speaker, Wish

PER_DAY = 4
START = dt.datetime(2027, 5, 3, 14, tzinfo=dt.UTC)
LENGTH = dt.timedelta(minutes=90)


def problem(
    sessions: int, *, periods: int, rooms: int, people: int, favourites: int, pairs: int, away: int, seed: int
) -> Problem:
    """Popularity falls with the root of the rank; `pairs` share a speaker, `away` speakers miss a quarter of the time."""
    draw = random.Random(seed)
    slots = tuple(
        Slot(f"p{k}", k // PER_DAY, start, start + LENGTH)
        for k in range(periods)
        for start in [START + dt.timedelta(days=k // PER_DAY, hours=2 * (k % PER_DAY))]
    )
    by = list(range(sessions))
    shuffled = draw.sample(by, sessions)
    for k in range(pairs):
        by[shuffled[2 * k + 1]] = shuffled[2 * k]
    speakers = [Speaker(f"speaker {k}") for k in range(sessions)]
    for k in draw.sample(range(sessions), away):
        missing = set(draw.sample(range(periods), periods // 4))
        speakers[k] = replace(
            speakers[k],
            available=tuple((slot.start, slot.end) for p, slot in enumerate(slots) if p not in missing),
        )
    popularity = [1 / (1 + rank) ** 0.5 for rank in range(sessions)]
    draw.shuffle(popularity)
    return Problem(
        days=tuple(f"day {k}" for k in range(-(-periods // PER_DAY))),
        slots=slots,
        rooms=tuple(Room(f"room {k}", draw.choice([40, 60, 90, 120, 200])) for k in range(rooms)),
        speakers=tuple(speakers),
        sessions=tuple(Session(f"workshop {k}", 90, speakers=frozenset({by[k]})) for k in range(sessions)),
        walking=tuple((0,) * rooms for _ in range(rooms)),
        wishes=tuple(wish(draw, popularity, favourites) for _ in range(people)),
    )


def wish(draw: random.Random, popularity: list[float], favourites: int) -> Wish:
    chosen: set[int] = set()
    while len(chosen) < favourites:
        chosen.add(draw.choices(range(len(popularity)), popularity)[0])
    return Wish(nice=frozenset(chosen))


def contradicting(base: Problem) -> Problem:
    """Two sessions pinned to one time that must be kept apart, among all the others."""
    sessions = list(base.sessions)
    for k in (3, 7):
        sessions[k] = replace(sessions[k], pinned_slot=5)
    return replace(base, sessions=tuple(sessions), apart=(frozenset({3, 7, 9}),))


def beside(base: Problem) -> tuple[Agenda, float] | None:
    """What conference-scheduler makes of it and how long it takes; None where it is not installed.

    Its two objectives cannot be joined; seats (its demand over capacity) are what it is asked to minimise, its only
    one that scales.
    """
    try:
        from conference_scheduler import resources, scheduler
        from conference_scheduler.lp_problem import objective_functions
    except ImportError:
        return None
    demand = [sum(k in wish.nice for wish in base.wishes) for k in range(len(base.sessions))]
    slots = [
        resources.Slot(
            venue=room.id,
            starts_at=slot.start.replace(tzinfo=None),
            duration=90,
            session=slot.id,
            capacity=room.capacity,
        )
        for slot in base.slots
        for room in base.rooms
    ]
    events = [
        resources.Event(name=session.id, duration=90, demand=demand[k])
        for k, session in enumerate(base.sessions)
    ]
    for k, session in enumerate(base.sessions):
        for speaker in session.speakers:
            events[k].add_unavailability(
                *(events[j] for j in range(len(events)) if j != k and speaker in base.sessions[j].speakers)
            )
            spans = base.speakers[speaker].available
            away = [slot.start not in {start for start, _ in spans} for slot in base.slots] if spans else []
            events[k].add_unavailability(
                *(
                    slots[p * len(base.rooms) + r]
                    for p, out in enumerate(away)
                    if out
                    for r in range(len(base.rooms))
                )
            )
    begun = time.monotonic()
    solution = scheduler.solution(
        events=events,
        slots=slots,
        objective_function=objective_functions.efficiency_capacity_demand_difference,
    )
    agenda: list[Place | None] = [None] * len(events)
    for event, cell in solution:
        agenda[event] = Place(cell // len(base.rooms), cell % len(base.rooms))
    return tuple(agenda), time.monotonic() - begun
