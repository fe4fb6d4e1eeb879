"""Workshops with attendees' favourites, generated; and the same for PyPI's conference-scheduler where it is installed."""

import datetime as dt
import random
import time
from dataclasses import replace

from citevents.scheduling.solver import Agenda, Place, Problem, Room, Session, Slot, Speaker, Wish

PER_DAY = 4
START = dt.datetime(2027, 5, 3, 14, tzinfo=dt.UTC)
LENGTH = dt.timedelta(minutes=90)
SIZES = (40, 45, 50, 55, 60, 80, 100, 120, 200, 300)
SKEW = 0.45  # of the logarithm of popularity, its standard deviation
NEAREST = (5, 9, 2)
"""Room sizes and skew are set so that conference-scheduler fares as it did where the aim of 1,780 comes from. There it left
2,309 clashes and 2,223 seats short; over the seeds 1 to 9 here 2,300 and 2,152 in the mean. The three nearest are measured:
2,339 and 2,214, 2,289 and 2,194, 2,362 and 2,175."""


def problem(
    sessions: int, *, periods: int, rooms: int, people: int, favourites: int, pairs: int, away: int, seed: int
) -> Problem:
    """Everybody draws `favourites` sessions by their popularity, where drawing one again adds nothing; `pairs` of
    sessions share a speaker, `away` speakers miss a quarter of the time."""
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
    popularity = [draw.lognormvariate(0, SKEW) for _ in range(sessions)]
    return Problem(
        days=tuple(f"day {k}" for k in range(-(-periods // PER_DAY))),
        slots=slots,
        rooms=tuple(Room(f"room {k}", SIZES[k % len(SIZES)]) for k in range(rooms)),
        speakers=tuple(speakers),
        sessions=tuple(Session(f"workshop {k}", 90, speakers=frozenset({by[k]})) for k in range(sessions)),
        walking=tuple((0,) * rooms for _ in range(rooms)),
        wishes=tuple(
            Wish(nice=frozenset(draw.choices(range(sessions), popularity, k=favourites)))
            for _ in range(people)
        ),
    )


def comparable(seed: int) -> Problem:
    """A problem like the one that the aim is about: 100 workshops, 12 periods of 10 rooms, 1,200 attendees."""
    return problem(100, periods=12, rooms=10, people=1200, favourites=8, pairs=12, away=20, seed=seed)


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
        import pulp
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
        solver=pulp.PULP_CBC_CMD(msg=False),
    )
    agenda: list[Place | None] = [None] * len(events)
    for event, cell in solution:
        agenda[event] = Place(cell // len(base.rooms), cell % len(base.rooms))
    return tuple(agenda), time.monotonic() - begun
