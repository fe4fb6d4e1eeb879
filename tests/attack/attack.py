"""`./script/attack`: the story with everything dying around it, from a seed; then rest, and the books are compared.

One line for each seed; exit status 1 when anything was violated. The folder of a seed that failed is kept.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import psycopg

from tests.attack import exchange_oracles, oracles
from tests.attack.browser import GaveUp
from tests.attack.chaos import Chaos
from tests.attack.exchange import Coordinator, Leader, Memory
from tests.attack.house import SHRINK, House
from tests.attack.people import Organizer, Person, refund_at_stripe

#: Buyers at once, and program leaders.
CROWD, LEADERS = 4, 5
#: Where somebody dies while people are asked: the point, and how often it is passed before.
ASKING = {
    "mail.accepted": 2,
    "worker.reacted:surveys.plan_survey": 1,
    "worker.reacted:surveys.mail_survey": 2,
    "clock.mid_tick:surveys.ask_due": 1,
    "web.before_commit:surveys.answer": 2,
    "web.after_commit:surveys.answer": 3,
}
#: So much has to happen before a seed says anything: one that confirmed, refunded or mailed nothing has tried nothing.
FLOORS = {"confirmed": 3, "refunded": 1, "notices": 5, "mails": 5}
#: A slow machine gets so many times its seconds to reach them.
LONGEST = 5
#: Seconds that leaders go on when nothing is struck any more, so that their story has an end; and that people who are
#: asked in the end are struck.
EPILOGUE, SURVEYED = 8.0, 6.0


@dataclass
class Outcome:
    """What a seed came to."""

    seed: int
    killed: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    settled: float = 0.0
    wrong: list[str] = field(default_factory=list)

    def below(self) -> list[str]:
        """What happened too seldom for this seed to say anything; one line each."""
        return [
            f"FLOOR  {what}: {self.counts.get(what, 0)}, and at least {least} are needed"
            for what, least in FLOORS.items()
            if self.counts.get(what, 0) < least
        ]

    def line(self) -> str:
        """One line to read: the figures with floors first."""
        order = [*FLOORS, *sorted(set(self.counts) - set(FLOORS))]
        counts = " ".join(f"{what}={self.counts.get(what, 0)}" for what in order)
        verdict = "ok" if not self.wrong else f"WRONG ({len(self.wrong)})"
        return f"seed {self.seed}: {verdict} | settled {self.settled:.1f} s | {counts} | struck: {', '.join(self.killed) or 'nothing'}"


class Run:
    """One seed on one house."""

    def __init__(self, house: House, seed: int, seconds: float) -> None:
        self.house, self.seed, self.seconds = house, seed, seconds
        self.outcome = Outcome(seed)
        self.people: list[Person] = []
        self.memory = Memory()
        self.answered: list[str] = []
        self._until = self._longest = 0.0
        self._enough = False
        self._numbers = iter(range(1, 1 << 20))
        self._lock = threading.Lock()

    def carry_out(self, struck: bool = True) -> Outcome:
        """Load and chaos, rest, check; the conference ends, rest, check again."""
        self._until = time.monotonic() + self.seconds
        self._longest = time.monotonic() + LONGEST * self.seconds
        threads = [threading.Thread(target=self._safely, args=(part,)) for part in self._parts()]
        for thread in threads:
            thread.start()
        chaos = Chaos(self.house, Random(self.seed))
        if struck:
            chaos.run(self.going)
        while any(thread.is_alive() for thread in threads):
            self.house.revive()
            time.sleep(0.2)
        self._rest()
        self._afterwards(chaos if struck else None)
        self.outcome.killed = chaos.done + [f"@{point}" for point in self.house.hits()]
        self.outcome.counts = dict(self.house.counts) | self._figures()
        self.outcome.wrong += self.outcome.below()
        self.outcome.wrong += sorted({each for person in self.people for each in person.browser.broken})
        return self.outcome

    def going(self) -> bool:
        """Until its seconds are over, and longer while the floors are not reached."""
        if time.monotonic() < self._until:
            return True
        if self._enough or time.monotonic() > self._longest:
            return False
        try:
            figures = self._figures()
        except psycopg.OperationalError:  # it is just being broken
            return True
        with self._lock:
            self._enough = all(figures[what] >= least for what, least in FLOORS.items())
            if not self._enough:
                self._until = time.monotonic() + 1
        return not self._enough

    def _parts(self) -> list[Callable[[], None]]:
        story = [self._coordinator, *[self._leader] * LEADERS]
        return [*[self._crowd] * CROWD, self._planners, self._organizer, self._dashboard, *story]

    def _person(self, kind: type[Person] = Person) -> Person:
        with self._lock:
            number = next(self._numbers)
            person = kind(self.house, Random(self.seed << 20 | number), number)
            self.people.append(person)
            return person

    def _crowd(self) -> None:
        while self.going():
            self._person().buy()

    def _planners(self) -> None:
        while self.going():
            self._person().plan()

    def _organizer(self) -> None:
        person = self._person(Organizer)
        assert isinstance(person, Organizer)
        person.work(self.going)

    def _meeting(self) -> bool:
        return time.monotonic() < self._until + EPILOGUE

    def _coordinator(self) -> None:
        person = self._person(Coordinator)
        assert isinstance(person, Coordinator)
        person.work(self._meeting)

    def _leader(self) -> None:
        person = self._person(Leader)
        assert isinstance(person, Leader)
        person.lead(self.memory, self._meeting)

    def _dashboard(self) -> None:
        rng = Random(~self.seed)
        while self.going():
            time.sleep(rng.uniform(1, 4))
            if rng.random() < 0.4:
                refund_at_stripe(self.house, rng)

    def _safely(self, part: Callable[[], None]) -> None:
        try:
            part()
        except GaveUp as away:
            self.outcome.wrong.append(f"a page stayed away: {away}")
        except Exception as error:
            trace = traceback.format_exc(limit=-3)
            self.outcome.wrong.append(f"somebody got stuck: {type(error).__name__}: {error}\n{trace}")

    # ---------- afterwards ----------

    def _rest(self) -> None:
        """Let it settle; let holds run out and the processor's list be read; let it settle again; check."""
        began = time.monotonic()
        try:
            self.house.well_again()
            self.house.settle()
            self.house.clock(datetime.now(UTC) + timedelta(minutes=61))
            self.house.settle()
        except AssertionError as problem:
            self.outcome.wrong.append(f"it does not settle: {problem}")
        self.outcome.settled = time.monotonic() - began
        self._look()

    def _look(self) -> None:
        """`flask check`, and the books of others against ours."""
        self.outcome.wrong += self.house.check() + oracles.violations(self.house, self.answered)
        self.outcome.wrong += exchange_oracles.violations(self.house, self.memory)

    def _afterwards(self, chaos: Chaos | None) -> None:
        """The conference ends, people are asked, some answer (twice), and that is struck too."""
        if self.outcome.wrong:
            return
        [(ends,)] = self.house.sql("SELECT max(ends_on) FROM conference")
        over = datetime(ends.year, ends.month, ends.day, 12, tzinfo=UTC) + timedelta(days=2)
        for point, passed in ASKING.items():
            (self.house.bullets / point).write_text(str(passed))
        try:
            self.house.clock(over)
            self.house.settle()
            self.house.clock(over + timedelta(days=9))
            self.house.settle()
            self._until, self._enough = time.monotonic() + SURVEYED, True
            answering = threading.Thread(target=self._safely, args=(self._answer,))
            answering.start()
            if chaos:
                chaos.run(self.going)
            while answering.is_alive():
                self.house.revive()
                time.sleep(0.2)
            self.house.well_again()
            self.house.clock(over + timedelta(days=10))
            self.house.settle()
        except AssertionError as problem:
            self.outcome.wrong.append(f"it does not settle after the end: {problem}")
        self._look()

    def _answer(self) -> None:
        tokens = self.house.sql(
            """SELECT i.public_id FROM survey_invitation i WHERE i.asked_at IS NOT NULL AND NOT i.used
               ORDER BY i.public_id LIMIT 12"""
        )
        for (token,) in tokens:
            person = self._person()
            page = person.browser.get(f"/surveys/{token}")
            scales = re.findall(r'type="radio"[^>]*name="(\d+)"|name="(\d+)"[^>]*type="radio"', page.text)
            values = {first or second: "1" for first, second in scales}
            try:
                form = page.form("/surveys/")
            except LookupError:
                continue
            person.browser.once(page, form, **values)
            if person.browser.submit(page, form, **values).status in (200, 409, 410):
                self.answered.append(token)
                self.house.count("answered")
            time.sleep(SURVEYED / 15)

    def _figures(self) -> dict[str, int]:
        [row] = self.house.sql(
            """SELECT (SELECT count(DISTINCT (organization_id, subject_id)) FROM state_change
                 WHERE kind = 'order' AND became = 'confirmed'),
               (SELECT count(*) FROM refund WHERE state = 'succeeded'), (SELECT count(*) FROM notice),
               (SELECT count(*) FROM delivery)"""
        )
        mails = len(list((self.house.folder / "mail").glob("*.eml")))
        return dict(zip(("confirmed", "refunded", "notices", "reactions"), row, strict=True)) | {
            "mails": mails
        }


def attack(
    folder: Path, world: Path, seed: int, seconds: float, *, control: str = "", struck: bool = True
) -> Outcome:
    """One seed in a folder of its own, on a copy of the world."""
    house = House(folder, seed=seed, control=control)
    house.copy_world(world)
    with house:
        house.sql(
            SHRINK, 1 if control else 8
        )  # with a control, the first few buyers are too many on a slow machine, too
        if control:
            house.sql("ALTER TABLE places DROP CONSTRAINT ck_places_within")
        house.begin()
        return Run(house, seed, seconds).carry_out(struck)


def main() -> int:
    parser = argparse.ArgumentParser(prog="script/attack", description=__doc__)
    parser.add_argument("--seeds", type=int, default=3, help="how many")
    parser.add_argument("--first", type=int, default=1, help="the first one")
    parser.add_argument("--seconds", type=float, default=30, help="of load and chaos for each")
    parser.add_argument("--control", default="", help="break the product on purpose: seats, stamp or letters")
    parser.add_argument("--calm", action="store_true", help="load only; nothing is struck")
    parser.add_argument("--folder", type=Path, help="where the folders of seeds go")
    given = parser.parse_args()
    folder = given.folder or Path(tempfile.mkdtemp(prefix="attack-"))
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
    print(f"Building the world in {folder}", flush=True)
    world = folder / "world" / "pg"
    if not (world.parent / "ready").exists():  # one that was left half built is built anew
        House.build_world(folder / "world")
    failed = 0
    for seed in range(given.first, given.first + given.seeds):
        place = folder / f"seed-{seed}"
        outcome = attack(place, world, seed, given.seconds, control=given.control, struck=not given.calm)
        print(outcome.line(), flush=True)
        for each in outcome.wrong:
            print(f"    {each}", flush=True)
        if outcome.wrong:
            failed += 1
            print(f"    kept: {place}", flush=True)
        else:
            House(place).remove()
    if not failed:
        House(folder / "world").remove()
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
