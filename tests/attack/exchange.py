"""What program leaders and their coordinator do while things break: ask, match, propose, answer, move, call off."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random

from tests.attack.browser import Page
from tests.attack.house import House
from tests.attack.people import Person

COUNTRIES = (
    ("FI", "Europe/Helsinki"),
    ("IE", "Europe/Dublin"),
    ("PT", "Europe/Lisbon"),
    ("CA", "America/Vancouver"),
)
PROPOSAL, EXCHANGE = r"/exchange/proposals/([\w-]+)", r"/exchange/exchanges/([\w-]+)(?![\w/-])"


@dataclass
class Memory:
    """What leaders know to have been kept, because a page said so."""

    leaders: list[Leader] = field(default_factory=list)
    #: (proposal, mail) -> what was answered.
    answers: dict[tuple[str, str], bool] = field(default_factory=dict)
    #: (who, whom not, since when).
    avoided: list[tuple[str, str, datetime]] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


class Leader(Person):
    """Leads a program: describes it, asks, answers what is proposed, and lives with what was agreed."""

    def __init__(self, house: House, rng: Random, number: int) -> None:
        super().__init__(house, rng, number)
        self.mail = f"leader-{house.seed}-{number}@attack.example"
        self.name = f"Leader {house.seed}-{number} of Attack"
        self.program = f"Program {house.seed}-{number} of Attack"

    def lead(self, memory: Memory, going: Callable[[], bool]) -> None:
        memory.leaders.append(self)
        if not self.sign_in(self.mail, "/exchange"):
            self.house.count("leader locked out")
            return
        self.introduce()
        while going() and not self.ask():
            time.sleep(0.5)  # no round is open yet
        while going():
            if self.rng.random() < 0.1:
                self.avoid(memory)
            home = self.browser.get("/exchange")
            for proposal in sorted(set(re.findall(PROPOSAL, home.text))):
                self.answer(memory, proposal)
            for exchange in sorted(set(re.findall(EXCHANGE, home.text))):
                self.live_with(exchange)
            time.sleep(self.rng.uniform(0.3, 1.5))

    def introduce(self) -> None:
        page = self.browser.get("/me/settings")
        with contextlib.suppress(LookupError):
            self.browser.submit(page, page.form("/me/settings"), name=self.name)
        page = self.browser.get("/exchange/program")
        country, zone = self.rng.choice(COUNTRIES)
        self.browser.submit(
            page,
            page.form("/exchange/program"),
            name=self.program,
            country=country,
            zone=zone,
            **{"tongues-0-tongue": "en", "tongues-0-level": "C1"},
        )

    def ask(self) -> bool:
        """Ask in the open round; whether there is one."""
        page = self.browser.get("/exchange/request")
        try:
            form = page.form("/exchange/request")
        except LookupError:
            return False
        weeks = re.findall(r'name="weeks"[^>]*value="([^"]+)"', page.text)
        weeks = weeks or re.findall(r'value="(\d{4}-W\d\d)"', page.text)
        done = self.browser.submit(
            page,
            form,
            modes=["mutual", "virtual"],
            weeks=weeks[:6],
            three_parts="y",
            consent="y",
            places="2",
        )
        self.house.count("asked" if done.path == "/exchange" else "asking refused")
        return True

    def avoid(self, memory: Memory) -> None:
        """Say whom the program shall not meet."""
        others = [each for each in memory.leaders if each is not self]
        page = self.browser.get("/exchange/request")
        with contextlib.suppress(LookupError):
            form = page.form("/exchange/avoid")
            if others and not any(self.mail in pair[:2] for pair in memory.avoided):
                whom = self.rng.choice(others)
                if self.browser.submit(page, form, words=whom.mail).status == 200:
                    memory.avoided.append((self.mail, whom.mail, datetime.now(UTC)))
                    self.house.count("avoided")

    def answer(self, memory: Memory, proposal: str) -> None:
        """Read a proposal: it names nobody. Accept or decline it, pressing twice now and then."""
        where = f"/exchange/proposals/{proposal}"
        page = self.browser.get(where)
        with contextlib.suppress(LookupError):
            back = page.form("/take-back")  # accepted before: it can be taken back until everybody has
            if self.rng.random() < 0.1:
                memory.answers.pop((proposal, self.mail), None)
                self.browser.submit(page, back)
                self.house.count("acceptances taken back")
            return
        try:
            form = page.form(where)
        except LookupError:
            return
        self._names_nobody(memory, page)
        accepted = self.rng.random() < 0.8
        sure = self.browser.submit(page, form, answer="yes" if accepted else "no")
        try:
            last = sure.form(where)
        except LookupError:
            return
        self._names_nobody(memory, sure)
        if self.rng.random() < 0.3:
            self.browser.once(sure, last)
        done = self.browser.submit(sure, last)
        if done.status == 200:
            memory.answers[proposal, self.mail] = accepted
            self.house.count("accepted" if accepted else "declined")

    def _names_nobody(self, memory: Memory, page: Page) -> None:
        for other in memory.leaders:
            if other is not self and any(
                word in page.text for word in (other.mail, other.name, other.program)
            ):
                memory.wrong.append(f"P7  {page.path} named {other.program} before everybody accepted")

    def live_with(self, exchange: str) -> None:
        """Move an exchange, or call it off."""
        where = f"/exchange/exchanges/{exchange}"
        throw = self.rng.random()
        with contextlib.suppress(LookupError):
            if throw < 0.06:
                page = self.browser.get(f"{where}/cancel")
                self.browser.submit(page, page.form("/cancel"))
                self.house.count("exchanges cancelled")
            elif throw < 0.35:
                page = self.browser.get(where)
                form = page.form(where)
                days = timedelta(days=self.rng.randint(1, 3))
                times = {
                    name: (datetime.fromisoformat(form.values[name][0]) + days).isoformat(timespec="minutes")
                    for name in ("starts_at", "ends_at")
                }
                self.browser.submit(page, form, place=f"Hall {self.rng.randint(1, 9)}", **times)
                self.house.count("exchanges moved")


class Coordinator(Person):
    """Opens a round for these leaders, has it solved again and again, and proposes what is found."""

    def work(self, going: Callable[[], bool]) -> None:
        if not self.sign_in("coordinator@sample.example", "/desk/exchange"):
            self.house.count("coordinator locked out")
            return
        self.begin()
        while going():
            board = self.browser.get("/desk/exchange")
            proposing = [link for link in board.links if link.endswith("/propose")]
            with contextlib.suppress(LookupError):
                if proposing:
                    page = self.browser.get(proposing[0])
                    self.browser.submit(page, page.form("/propose"))
                    self.house.count("proposed")
                else:
                    mode = self.rng.choice(("coverage", "stable"))
                    self.browser.submit(board, board.form("/run"), mode=mode)
                    self.house.count("rounds run")
            time.sleep(self.rng.uniform(1, 2.5))

    def begin(self) -> None:
        """Close the round that is open, and open one of our own."""
        board = self.browser.get("/desk/exchange")
        for link in [each for each in board.links if each.endswith("/close")]:
            page = self.browser.get(link)
            with contextlib.suppress(LookupError):
                self.browser.submit(page, page.form("/close"))
        today = datetime.now(UTC).date()
        page = self.browser.get("/desk/exchange/rounds/new")
        self.browser.submit(
            page,
            page.form("/rounds/new"),
            name="Round of Attack",
            first_day=(today + timedelta(days=120)).isoformat(),
            last_day=(today + timedelta(days=200)).isoformat(),
            closes=(today + timedelta(days=30)).isoformat(),
            answer_days="14",
        )
