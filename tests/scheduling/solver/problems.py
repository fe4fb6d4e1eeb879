"""Small agenda problems to tell stories with, and random ones in which every rule can count."""

import datetime as dt
import random

from citevents.scheduling.solver import Place, Problem, Room, Session, Slot, Speaker, Wish

NINE = dt.datetime(2027, 5, 3, 9, tzinfo=dt.UTC)


def slot(name, day=0, hour=0.0, minutes=60):
    start = NINE + dt.timedelta(days=day, hours=hour)
    return Slot(name, day, start, start + dt.timedelta(minutes=minutes))


def problem(sessions, slots=None, rooms=None, **more):
    """Two days of two slots and two rooms, unless said otherwise."""
    slots = slots or (slot("a"), slot("b", hour=1), slot("c", day=1), slot("d", day=1, hour=2))
    rooms = rooms or (Room("hall", 100), Room("attic", 10))
    more.setdefault("walking", tuple((0,) * len(rooms) for _ in rooms))
    return Problem(
        days=("2027-05-03", "2027-05-04"),
        slots=tuple(sorted(slots, key=lambda one: (one.start, one.end, one.id))),
        rooms=tuple(rooms),
        speakers=more.pop("speakers", (Speaker("ana"), Speaker("bo"))),
        sessions=tuple(sessions),
        **more,
    )


def random_problem(seed, sessions=9, rooms=3):
    """Overlapping slots of different lengths, and something of every rule."""
    draw = random.Random(seed)

    def some(limit, chance):
        return frozenset(k for k in range(limit) if draw.random() < chance)

    slots = [
        slot(f"{day}{k}", day, k * 1.5, draw.choice([45, 60, 90, 120])) for day in range(2) for k in range(3)
    ]
    count = len(slots)
    return problem(
        [
            Session(
                f"s{i}",
                minutes=draw.choice([30, 60, 90]),
                track=draw.choice(["", "law", "care"]),
                level=draw.randint(0, 3),
                audience=frozenset(draw.sample(["police", "family", "courts"], draw.randint(0, 2))),
                language=draw.choice(["en", "en", "fr", "es"]),
                speakers=some(5, 0.2),
                needs=frozenset(draw.sample(["step-free", "loop"], draw.randint(0, 1))),
                pinned_slot=draw.choice([None, None, None, draw.randrange(count)]),
                pinned_room=draw.choice([None, None, None, draw.randrange(rooms)]),
                after=some(i, 0.15),
                plenary=draw.random() < 0.1,
                expected=draw.choice([None, None, draw.randint(0, 60)]),
            )
            for i in range(sessions)
        ],
        slots=slots,
        rooms=[
            Room(
                f"r{k}",
                draw.choice([5, 20, 50]),
                frozenset(draw.sample(["step-free", "loop"], draw.randint(0, 2))),
                some(count, 0.1),
            )
            for k in range(rooms)
        ],
        walking=symmetric(draw, rooms),
        speakers=[
            Speaker(
                f"p{k}",
                ((NINE, NINE + dt.timedelta(hours=draw.randint(2, 40))),) if draw.random() < 0.4 else (),
            )
            for k in range(5)
        ],
        apart=(some(sessions, 0.3) | {0, 1},),
        wishes=tuple(Wish(some(sessions, 0.1), some(sessions, 0.3), draw.randint(1, 3)) for _ in range(20)),
        roles=(Wish(must=some(sessions, 0.4), people=7),),
        published=tuple(random_place(draw, count, rooms) for _ in range(sessions)),
    )


def symmetric(draw, rooms):
    minutes = [[0] * rooms for _ in range(rooms)]
    for a in range(rooms):
        for b in range(a):
            minutes[a][b] = minutes[b][a] = draw.choice([0, 10, 40])
    return tuple(tuple(row) for row in minutes)


def random_place(draw, slots, rooms):
    return None if draw.random() < 0.2 else Place(draw.randrange(slots), draw.randrange(rooms))
