"""What people do while things break: buyers, people who make plans, organizers, the desk at the door, a dashboard at Stripe."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Callable
from random import Random
from typing import Any
from urllib.parse import urlsplit

from tests.attack.browser import Browser, Page
from tests.attack.house import House
from tests.patience import PATIENCE_SECONDS

SLUG = "cit-international"
PAYS, ASKS_BANK, DECLINED = "4242424242424242", "4000002500003155", "4000000000000002"
#: How a buyer behaves on the payment page: the cards in turn ("" walks away), and what the bank is told.
MANNERS: tuple[tuple[tuple[str, ...], bool], ...] = (
    ((PAYS,), True),
    ((PAYS,), True),
    ((PAYS,), True),
    ((DECLINED, PAYS), True),
    ((ASKS_BANK,), True),
    ((ASKS_BANK,), False),
    ((DECLINED, ""), True),
    (("",), True),
)


class Person:
    """Somebody with a browser, an address and a temper."""

    def __init__(self, house: House, rng: Random, number: int) -> None:
        self.house, self.rng, self.number = house, rng, number
        self.mail = f"guest-{house.seed}-{number}@attack.example"
        self.browser = Browser(house.url, f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}")

    # ---------- registering ----------

    def register(self) -> str | None:
        """Fill in the form and send it; the order's public id, or None when it was refused (sold out, say)."""
        page = self.browser.get(f"/c/{SLUG}/register")
        tickets = self.house.sql(
            """SELECT t.public_id, t.add_on, (SELECT max(p.amount) FROM price p WHERE p.organization_id = t.organization_id
                      AND p.ticket_type_id = t.id) FROM ticket_type t
               JOIN conference c ON c.organization_id = t.organization_id AND c.id = t.conference_id
               WHERE c.slug = %s AND NOT t.hidden ORDER BY t.position, t.id""",
            SLUG,
        )
        free = [id for id, add_on, amount in tickets if not add_on and not amount]
        paid = [id for id, add_on, amount in tickets if not add_on and amount]
        extras = [id for id, add_on, _amount in tickets if add_on]
        ticket = self.rng.choice(free if self.rng.random() < 0.35 and free else paid)
        add_ons = self.rng.sample(extras, 1) if extras and self.rng.random() < 0.4 else []
        try:
            form = page.form("/register")
        except LookupError:  # all is taken, or it is over
            return None
        sent = self.browser.submit(
            page,
            form,
            ticket=ticket,
            add_ons=add_ons,
            name=f"Guest {self.number} of Attack",
            mail=self.mail,
            country="FI",
            terms="y",
        )
        # Without scripts the total of what was chosen is shown by the answer, to be agreed to.
        if "/orders/" not in sent.path and any("shown_total" in form.values for form in sent.forms):
            sent = self.browser.submit(sent, sent.form("/register"), terms="y")
        found = re.search(r"/orders/([^/]+)$", sent.path)
        self.house.count("placed" if found else "refused")
        return found[1] if found else None

    def buy(self) -> None:
        """Register, pay in one's own manner, come back, and perhaps think better of it."""
        order = self.register()
        if order is None:
            return
        page = self.browser.get(f"/c/{SLUG}/orders/{order}")
        if any(form.action.endswith("/pay") for form in page.forms):
            self.pay(page)
        if self.rng.random() < 0.2:
            time.sleep(self.rng.random() * 2)
            self.cancel(order)

    def pay(self, page: Page) -> None:
        """Go to Stripe's page and do there what one does; come back to ours."""
        theirs = self.browser.submit(page, page.form("/pay"))
        session = re.search(r"(cs_\w+)", theirs.url)
        if session is None:  # the hold was over
            self.house.count("too late to pay")
            return
        cards, approves = self.rng.choice(MANNERS)
        if self.rng.random() < 0.3:  # two tabs lead to the same page
            again = self.browser.get(f"/pay/{page.path.rpartition('/')[2]}")
            assert session[1] in again.url or "cs_" not in again.url, "two payment pages for one order"
        for card in cards:
            if not card:
                self.house.count("walked away")
                return
            done = self.house.stripe("pay", session=session[1], card=card)
            if card == ASKS_BANK:
                done = self.house.stripe("answer_bank", session=session[1], approved=approves)
            if done.get("status") == "complete":
                self.house.count("paid")
                self.come_back(str(done["success_url"]))

    def come_back(self, url: str) -> None:
        """Wait on our page as its Refresh header does, as long as people wait."""
        for _ in range(8):
            if not urlsplit(self.browser.get(url).url).path.startswith("/paid/"):
                return
            time.sleep(1)

    def cancel(self, order: str) -> None:
        """Cancel the order; sometimes the button is pressed twice."""
        page = self.browser.get(f"/c/{SLUG}/orders/{order}/cancel")
        with contextlib.suppress(LookupError):
            form = page.form("/cancel")
            if self.rng.random() < 0.5:
                self.browser.once(page, form)
            self.browser.submit(page, form)
            self.house.count("cancelled")

    # ---------- with a link that was mailed ----------

    def sign_in(self, mail: str, landing: str) -> bool:
        """Ask for a link, wait for the mail, press the button; ask anew when the link was used up by a lost answer."""
        return any(self._sign_in(mail, landing) for _ in range(3))

    def _sign_in(self, mail: str, landing: str) -> bool:
        page = self.browser.get(f"/sign-in?next={landing}")
        seen = {each["id"] for each in self.letters(mail)}
        self.browser.submit(page, page.form("/sign-in"), mail=mail)
        until = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < until:
            for each in self.letters(mail):
                if each["id"] not in seen and (opened := self.open_letter(each["id"])) is not None:
                    return opened
            time.sleep(0.5)
        return False

    def letters(self, mail: str) -> list[dict[str, Any]]:
        with contextlib.suppress(OSError, ValueError):
            return self.house.letters(mail)
        return []

    def open_letter(self, id: str) -> bool | None:
        """Follow the sign-in link of a letter and press its button: whether it let in; None when there is no such link."""
        links = re.findall(
            r"https?://[^\s>\"]+/sign-in/[^\s>\"]+", str(self.house.letter(id).get("text", ""))
        )
        if not links:
            return None
        page = self.browser.get(links[0])
        with contextlib.suppress(LookupError):
            return self.browser.submit(page, page.form("/sign-in/")).status == 200
        return False

    def plan(self) -> None:
        """Have a place, come by the letter's link, and choose sessions; drop one again."""
        order = self.register()
        if order is None:
            return
        page = self.browser.get(f"/c/{SLUG}/orders/{order}")
        if any(form.action.endswith("/pay") for form in page.forms):
            self.pay(page)
        if not self.sign_in(self.mail, f"/c/{SLUG}/agenda"):
            return
        agenda = self.browser.get(f"/c/{SLUG}/agenda")
        days = sorted(set(re.findall(r"day=(\d{4}-\d\d-\d\d)", agenda.text)))
        page = self.browser.get(f"/c/{SLUG}/agenda?day={self.rng.choice(days)}") if days else agenda
        stars = re.findall(r'name="favourite" value="([^"]+)" aria-pressed="false"', page.text)
        chosen = self.rng.sample(stars, min(3, len(stars)))
        for star in [*chosen, *chosen[:1]]:
            # A star turns on and off: whoever got no answer looks before pressing again.
            self.browser.once(page, page.form("/agenda/favourite"), favourite=star)
            self.house.count("stars")


class Organizer(Person):
    """Moves sessions, publishes, cancels some; checks people in; once, the whole conference goes to another town."""

    relocated = False

    def work(self, going: Callable[[], bool]) -> None:
        if not self.sign_in("organizer@sample.example", "/desk"):
            self.house.count("organizer locked out")
            return
        while going():
            self.rng.choice(
                (
                    self.move,
                    self.move,
                    self.publish,
                    self.cancel_session,
                    self.check_in,
                    self.check_in,
                    self.relocate,
                )
            )()
            time.sleep(self.rng.random())

    def move(self) -> None:
        """Try another time or room: a clash is refused and explained."""
        [(session, zone_start)] = self.house.sql(
            """SELECT s.public_id, to_char(p2.lower AT TIME ZONE c.zone, 'YYYY-MM-DD"T"HH24:MI')
               FROM session s JOIN conference c ON c.organization_id = s.organization_id AND c.id = s.conference_id
               JOIN placement p ON p.organization_id = s.organization_id AND p.session_id = s.id AND p.room_id IS NOT NULL,
               LATERAL (SELECT lower(q.during) AS lower FROM placement q WHERE q.organization_id = s.organization_id
                        AND q.conference_id = s.conference_id ORDER BY random() LIMIT 1) p2
               WHERE c.slug = %s AND s.state <> 'cancelled' ORDER BY random() LIMIT 1""",
            SLUG,
        ) or [(None, None)]
        rooms = self.house.sql(
            """SELECT r.id FROM room r JOIN conference c ON c.organization_id = r.organization_id AND c.id = r.conference_id
               WHERE c.slug = %s""",
            SLUG,
        )
        if session is None:
            return
        page = self.browser.get(f"/desk/c/{SLUG}/agenda?move={session}")
        with contextlib.suppress(LookupError):
            form = page.form(f"/sessions/{session}/place")
            done = self.browser.submit(page, form, starts=zone_start, room=self.rng.choice(rooms)[0])
            self.house.count("clash refused" if done.status == 422 else "moved")

    def publish(self) -> None:
        page = self.browser.get(f"/desk/c/{SLUG}/agenda/publish")
        with contextlib.suppress(LookupError):
            self.browser.submit(page, page.form("/agenda/publish"))
            self.house.count("published")

    def relocate(self) -> None:
        """Another town: the form says how many are told, and is sent once more."""
        if self.relocated or self.rng.random() < 0.5:
            return
        page = self.browser.get(f"/desk/c/{SLUG}/settings")
        for _ in range(5):
            forms = [form for form in page.forms if "starts_on" in form.values]
            if not forms or page.status == 303:
                break
            page = self.browser.submit(page, forms[0], city="Burnaby")
            if "told" not in {name for form in page.forms for name in form.values}:
                self.relocated = True
                self.house.count("relocated")
                break

    def cancel_session(self) -> None:
        if self.rng.random() < 0.6:
            return
        sessions = self.house.sql(
            """SELECT s.public_id FROM session s JOIN conference c ON c.organization_id = s.organization_id
               AND c.id = s.conference_id JOIN favourite f ON f.organization_id = s.organization_id AND f.session_id = s.id
               WHERE c.slug = %s AND s.state <> 'cancelled' ORDER BY random() LIMIT 1""",
            SLUG,
        )
        for (session,) in sessions:
            page = self.browser.get(f"/desk/c/{SLUG}/agenda/sessions/{session}/cancel")
            with contextlib.suppress(LookupError):
                self.browser.submit(page, page.form("/cancel"))
                self.house.count("sessions cancelled")

    def check_in(self) -> None:
        page = self.browser.get(f"/desk/c/{SLUG}/check-in")
        codes = self.house.sql("SELECT code FROM ticket WHERE voided_at IS NULL ORDER BY random() LIMIT 3")
        for (code,) in codes:
            with contextlib.suppress(LookupError):
                self.browser.submit(page, page.form("/check-in"), code=code)
                self.house.count("checked in")


def refund_at_stripe(house: House, rng: Random) -> None:
    """Somebody gives money back in Stripe's own dashboard, all or some."""
    with contextlib.suppress(OSError, ValueError):
        paid = [each for each in house.record()["payment_intents"] if each["status"] == "succeeded"]
        if paid:
            intent = rng.choice(paid)
            amount = None if rng.random() < 0.6 else rng.randrange(100, intent["amount"])
            house.stripe("refund", payment_intent=intent["id"], amount=amount)
            house.count("refunded at Stripe")
