"""The story of the house in a real browser, from the first look to the results: four journeys on one running product."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from icalendar import Calendar

from standins.mail.mailbox import Mailbox
from tests.attack.house import House
from tests.attack.people import SLUG, Person
from tests.journeys.conftest import Traveller

pytestmark = pytest.mark.browser
ONE_STORY = True  # what one journey sells, the last one counts
Make = Callable[..., Traveller]
CONFERENCE = "CIT International Conference (sample)"


def calendar_entries(house: House, to: str) -> list[dict[str, Any]]:
    """What a calendar program reads in somebody's mail, oldest first, with a reader that did not write it."""
    found = []
    for message in Mailbox(house.folder / "mail").messages():
        if to not in str(message["To"]):
            continue
        part = next((each for each in message.walk() if each.get_content_type() == "text/calendar"), None)
        if part is None:
            continue
        read = Calendar.from_ical(part.get_content())
        for entry in read.walk("VEVENT"):
            found.append(
                {
                    "method": str(read["METHOD"]),
                    "uid": str(entry["UID"]),
                    "sequence": int(str(entry["SEQUENCE"])),
                    "start": entry.decoded("DTSTART"),
                    "title": str(entry["SUMMARY"]),
                }
            )
    return found


def a_guest(house: House, number: int) -> Person:
    """Somebody with a free place, by plain requests."""
    guest = Person(house, Random(number), number)
    page = guest.browser.get(f"/c/{SLUG}/register")
    [(ticket,)] = house.sql(
        """SELECT t.public_id FROM ticket_type t JOIN price p ON p.organization_id = t.organization_id
           AND p.ticket_type_id = t.id AND p.amount = 0 JOIN conference c ON c.organization_id = t.organization_id
           AND c.id = t.conference_id WHERE c.slug = %s AND NOT t.add_on LIMIT 1""",
        SLUG,
    )
    values = {"ticket": ticket, "name": f"Guest {number}", "mail": guest.mail, "country": "FI", "terms": "y"}
    for _ in range(2):  # the total is agreed to once it was seen
        page = guest.browser.submit(page, page.form("/register"), **values)
        if "/orders/" in page.path:
            return guest
    raise AssertionError(page.text)


def test_1_an_attendee_reads_registers_pays_and_finds_the_way_back(stack: House, traveller: Make) -> None:
    me = traveller()
    mail = "aino.journey@attendees.example"
    me.go("/")
    me.follow(re.compile(re.escape(CONFERENCE)))
    me.arrives(CONFERENCE)
    me.follow("The whole agenda")
    me.arrives("Agenda")
    me.page.get_by_role("heading", level=4).get_by_role("link").first.click()
    me.arrives()
    me.go(f"/c/{SLUG}", CONFERENCE)
    me.follow("Register")
    me.arrives("Register")

    me.page.get_by_role("radio", name=re.compile("^Community")).check()
    me.page.locator("#summary", has_text="Community").wait_for()
    me.fill("Full name", "Aino Lehtonen")
    me.fill("Email", mail)
    me.page.get_by_label("Country", exact=True).select_option("FI")
    me.page.get_by_role("checkbox", name=re.compile("I agree to the terms")).check()
    me.page.locator("#summary").get_by_role("button", name="Go on to check").click()
    me.arrives("Check and pay")
    me.says("Aino Lehtonen")

    me.press(re.compile("^Pay "))
    me.page.wait_for_url(f"{stack.stripe_url}/**")
    me.press(re.compile("^Declined 4000"))
    me.says("Not paid.")
    me.press(re.compile("^Pays 4242"))
    me.page.wait_for_url(re.compile(r"/orders/"))
    me.arrives("You are registered, Aino")
    me.says("Paid")
    me.follow("Open the ticket")
    me.arrives()
    assert me.page.locator("svg").count() > 0, "a ticket shows its code"

    letter = me.letter(mail, "You are registered")
    names = sorted(each["name"] for each in letter["attachments"])
    assert [
        re.sub(r"ticket-\w+", "ticket", re.sub(r"\d+", "N", name)) for name in names if name.endswith(".pdf")
    ]
    assert sum(name.startswith("ticket-") and name.endswith(".pdf") for name in names) == 1
    assert sum(name.endswith(".pdf") for name in names) == 2, "ticket and receipt"
    [entry] = calendar_entries(stack, mail)
    assert (entry["method"], entry["sequence"], entry["title"]) == ("REQUEST", 0, CONFERENCE)

    other = traveller()
    other.open_link(letter)
    other.arrives()
    other.go("/me", "My account")
    other.says(CONFERENCE)
    other.follow("Open my ticket")
    other.arrives()


def test_1_works_without_any_script(stack: House, traveller: Make) -> None:
    """The main job on a browser that runs none: register, pay, find the way back, mark a session, say sorry and leave."""
    me = traveller(scripts=False)
    mail = "noscript.journey@attendees.example"
    me.go(f"/c/{SLUG}/register", "Register")
    me.page.get_by_role("radio", name=re.compile("^Community")).check()
    me.press("Update the total")
    me.page.locator("#summary", has_text="Community").wait_for()
    me.fill("Full name", "Samira Haddad")
    me.fill("Email", "not an address")
    me.press("Go on to check")
    assert me.page.title().startswith("Error: ")
    assert me.page.get_by_label("Full name", exact=True).input_value() == "Samira Haddad"
    me.fill("Email", mail)
    me.page.get_by_label("Country", exact=True).select_option("FI")
    me.page.get_by_role("checkbox", name=re.compile("I agree to the terms")).check()
    me.page.locator("#summary").get_by_role("button", name="Go on to check").click()
    me.arrives("Check and pay")
    me.press(re.compile("^Pay "))
    me.page.wait_for_url(f"{stack.stripe_url}/**")
    me.press(re.compile("^Pays 4242"))
    me.page.wait_for_url(re.compile(r"/orders/"))
    me.arrives("You are registered, Samira")
    me.open_link(me.letter(mail, "You are registered"))
    me.go(f"/c/{SLUG}/agenda", "Agenda")
    me.page.locator("main form button[name=favourite]").first.click()
    me.arrives("Agenda")
    me.go("/me", "My account")
    me.follow("Order, receipt, cancel")
    me.arrives("You are registered, Samira")
    me.follow("Cancel my registration")
    me.arrives("Cancel your registration")
    me.press(re.compile("^Cancel and get"))
    me.arrives()
    me.letter(mail, "Your registration is cancelled")


def test_2_a_session_is_placed_published_moved_and_cancelled(stack: House, traveller: Make) -> None:
    organizer = traveller()
    organizer.enter("organizer@sample.example", "/desk")
    desk = f"/desk/c/{SLUG}/agenda"
    organizer.go(desk, "Build the agenda")
    organizer.follow("Add a session")
    organizer.arrives("Add a session")
    organizer.fill("Title", "Night shift: a journey")
    organizer.press("Add, then schedule it")
    organizer.page.wait_for_url(re.compile("move="))
    organizer.arrives("Build the agenda")

    [(day, taken, room)] = stack.sql(
        """SELECT (c.starts_on + 1)::text, to_char(lower(p.during) AT TIME ZONE c.zone, 'YYYY-MM-DD"T"HH24:MI'), p.room_id::text
           FROM placement p JOIN conference c ON c.organization_id = p.organization_id AND c.id = p.conference_id
           WHERE c.slug = %s AND p.room_id IS NOT NULL ORDER BY p.id LIMIT 1""",
        SLUG,
    )

    def place(starts: str, button: str) -> None:
        organizer.fill("To time", starts)
        organizer.page.get_by_label("To room").select_option(room)
        organizer.press(button)

    place(taken, "Schedule it here")
    organizer.page.locator(".errors, .error-summary, [role=alert]").first.wait_for()
    organizer.arrives()
    place(f"{day}T19:00", "Schedule it here")
    organizer.says("is scheduled. Nobody is told before you publish.")
    organizer.arrives()

    def publish() -> None:
        organizer.go(f"{desk}/publish", re.compile("Publish version"))
        organizer.press(re.compile("^Publish"))
        organizer.page.wait_for_url("**/versions")
        organizer.arrives()

    publish()
    guest = a_guest(stack, 901)
    me = traveller()
    me.open_link(me.letter(guest.mail, "You are registered"))
    [(session,)] = stack.sql("SELECT public_id FROM session WHERE title = 'Night shift: a journey'")
    me.go(f"/c/{SLUG}/agenda/sessions/{session}", "Night shift: a journey")
    me.press(re.compile("Add to my favourites"))
    me.says("An invitation for your calendar is on its way.")
    me.arrives()
    me.letter(guest.mail, "Night shift")

    organizer.go(f"{desk}?move={session}", "Build the agenda")
    place(f"{day}T20:15", "Move it here")
    organizer.says("is scheduled. Nobody is told before you publish.")
    publish()
    me.letter(guest.mail, "Night shift", after=1)
    organizer.go(f"{desk}/sessions/{session}", "Edit the session")
    organizer.follow(re.compile("Cancel this session"))
    organizer.arrives()
    organizer.press(re.compile("^Cancel the session"))
    organizer.says("is cancelled")
    me.letter(guest.mail, "Night shift", after=2)

    told = [each for each in calendar_entries(stack, guest.mail) if each["title"] != CONFERENCE]
    assert [(each["method"], each["sequence"]) for each in told] == [
        ("REQUEST", 0),
        ("REQUEST", 1),
        ("CANCEL", 2),
    ]
    assert len({each["uid"] for each in told}) == 1
    assert told[1]["start"] - told[0]["start"] == timedelta(hours=1, minutes=15)


def test_3_two_leaders_are_matched_accept_and_meet(stack: House, traveller: Make) -> None:
    coordinator = traveller()
    coordinator.enter("coordinator@sample.example", "/desk/exchange")
    coordinator.follow(re.compile("Close this round"))
    coordinator.arrives()
    coordinator.press("Close the round")
    coordinator.says("The round is closed.")
    coordinator.follow("Open a new round")
    coordinator.arrives("Open a round")
    monday = datetime.now(UTC).date() + timedelta(days=120)
    coordinator.fill("Name", "Journey round (sample)")
    for name, at in (("first_day", monday), ("last_day", monday + timedelta(days=60))):
        coordinator.page.locator(f"[name={name}]").fill(at.isoformat())
    coordinator.page.locator("[name=closes]").fill(
        (datetime.now(UTC).date() + timedelta(days=20)).isoformat()
    )
    coordinator.press("Open the round")
    coordinator.says("The round is open")
    coordinator.arrives("Exchange board")

    leaders = [
        ("liisa@leaders.example", "Liisa Virtanen", "Tampere Journey Program", "FI", "Europe/Helsinki"),
        ("brian@leaders.example", "Brian Walsh", "Cork Journey Program", "IE", "Europe/Dublin"),
    ]
    pages = [lead(traveller(), *who) for who in leaders]

    coordinator.go("/desk/exchange", "Exchange board")
    coordinator.press("Run the round")
    coordinator.page.get_by_role("link", name=re.compile(r"^Send \d+ proposal")).first.wait_for()
    coordinator.arrives("Exchange board")
    coordinator.follow(re.compile(r"^Send \d+ proposal"))
    coordinator.arrives(re.compile("Send 1 proposal"))
    coordinator.press(re.compile("^Send .* and tell"))
    coordinator.says("1 proposal is on its way.")

    for mine, (mail, *_me), (_mail, name, program, *_rest) in zip(pages, leaders, leaders[::-1], strict=True):
        letter = mine.letter(mail, "We found a partner")
        assert name not in letter["text"] and program not in letter["text"]
        mine.go(
            re.findall(r"https?://\S+/exchange/proposals/[^\s>]+", letter["text"])[0], "We found a partner"
        )
        shown = mine.page.inner_text("body")
        assert name not in shown and program not in shown, "names come when everybody accepted"
        mine.says("Why this match")
        mine.press("Accept")
        mine.arrives(re.compile("^Accept"))
        mine.press("Accept")
        mine.says(re.compile("Your answer is saved|You have agreed"))
        mine.arrives()

    for mine, (mail, *_me), (_mail, name, program, *_rest) in zip(pages, leaders, leaders[::-1], strict=True):
        letter = mine.letter(mail, "", after=0)
        exchange = exchange_of(mine, mail)
        mine.go(exchange)
        mine.says(name)
        mine.says(program)
        [entry] = wait_for_entries(mine, mail)
        assert (entry["method"], entry["sequence"]) == ("REQUEST", 0)
        assert "Journey Program" in entry["title"]
        mine.go("/me")
        mine.says(program)


def lead(me: Traveller, mail: str, name: str, program: str, country: str, zone: str) -> Traveller:
    """A leader signs in for the first time, describes a program and asks for an exchange."""
    me.enter(mail, "/exchange", name=name)
    me.follow("Describe my program")
    me.arrives("Describe your program")
    me.fill("Name of the program", program)
    me.page.locator("main [name=country]").select_option(country)
    me.page.locator("main [name=zone]").select_option(zone)
    me.page.get_by_label("Language 1", exact=True).select_option("en")
    me.page.get_by_label("Level of language 1", exact=True).select_option("C1")
    me.page.locator("[name=strengths]").first.check()
    me.page.locator("[name=strengths]").nth(3).check()
    me.page.locator("[name='needs-0']").select_option(index=3)
    me.press("Save the description")
    me.page.wait_for_url("**/exchange/request")
    me.arrives("Ask for an exchange")
    for box in me.page.locator("[name=modes]").all():
        box.check()
    for box in me.page.locator("[name=weeks]").all()[:6]:
        box.check()
    me.page.locator("[name=three_parts]").check()
    me.page.locator("[name=consent]").check()
    me.press("Ask for an exchange")
    me.says("Your request is in the round.")
    me.arrives("My exchange")
    return me


def exchange_of(me: Traveller, mail: str) -> str:
    """The address of the exchange, from the letter that names everybody."""
    for listed in me.house.letters(mail)[::-1]:
        found = re.findall(
            r"https?://\S+/exchange/exchanges/[^\s>]+", str(me.house.letter(listed["id"])["text"])
        )
        if found:
            return str(found[0])
    raise AssertionError("no letter names the exchange")


def wait_for_entries(me: Traveller, mail: str) -> list[dict[str, Any]]:
    me.house.settle()
    return calendar_entries(me.house, mail)


def test_4_it_ends_people_are_asked_and_small_cells_stay_hidden(stack: House, traveller: Make) -> None:
    guests = [a_guest(stack, 950 + number) for number in range(13)]
    stack.settle()
    desk = traveller()
    desk.enter("organizer@sample.example", "/desk")
    codes = stack.sql(
        """SELECT t.code FROM ticket t JOIN registration r ON r.organization_id = t.organization_id AND r.id = t.registration_id
           WHERE r.name ~ '^Guest 9[56]' AND t.voided_at IS NULL ORDER BY r.id"""
    )
    assert len(codes) == len(guests)
    desk.go(f"/desk/c/{SLUG}/check-in", "Check-in")
    for number, (code,) in enumerate(codes, 1):
        desk.fill("Scan a ticket or type its code", code)
        desk.press("Check in")
        desk.says(f"Guest {949 + number} is checked in.")
    desk.arrives("Check-in")

    [(ends,)] = stack.sql("SELECT ends_on FROM conference WHERE slug = %s", SLUG)
    over = datetime(ends.year, ends.month, ends.day, 12, tzinfo=UTC) + timedelta(days=2)
    stack.clock(over)
    stack.settle()
    stack.clock(over + timedelta(days=7))
    stack.settle()
    me = traveller()
    links = [survey_link(me, guest.mail) for guest in guests]
    me.go(links[0], "How was it")
    choose(me, "I learned something", "Completely")
    choose(me, "Would you come again", "No")
    me.press("Send my answers")
    me.arrives("Thank you")
    me.go(links[0])
    assert me.page.get_by_role("button", name="Send my answers").count() == 0, "a link answers once"
    for number in range(1, 12):
        answer(guests[number], links[number], learned="5" if number < 6 else "1", again="0")

    desk = traveller()  # half a year later everybody has been signed out
    desk.enter("organizer@sample.example", f"/desk/c/{SLUG}/surveys")
    desk.arrives("How was it")
    desk.says("Until then nobody sees more than the number of answers, not even you")
    desk.says("of 13 people who were asked")
    assert desk.page.get_by_role("table").count() == 0
    stack.clock(over + timedelta(days=40))
    desk.enter("organizer@sample.example", f"/desk/c/{SLUG}/surveys")
    desk.says("12 of 13 people who were asked answered.")
    desk.says("How nobody is recognised.")
    learned = desk.page.get_by_role("row", name=re.compile("I learned something"))
    assert "50" in learned.first.inner_text(), "six agree and six do not: shown, as share and interval"
    row = desk.page.get_by_role("row", name=re.compile("^Yes"))
    assert "7 or more" in row.first.inner_text(), "eleven said yes: the one who did not is not known"
    row = desk.page.get_by_role("row", name=re.compile("^No"))
    assert "not shown" in row.first.inner_text(), "one person said no: nobody may read or work that out"


def survey_link(me: Traveller, mail: str) -> str:
    """The link of the letter that asks; every guest has exactly one."""
    texts = [str(me.house.letter(each["id"])["text"]) for each in me.house.letters(mail)]
    [link] = {found for text in texts for found in re.findall(r"https?://\S+/surveys/[^\s>]+", text)}
    return str(link)


def choose(me: Traveller, question: str, answer: str) -> None:
    me.page.get_by_role("group", name=re.compile(question)).get_by_role("radio", name=answer).check()


def answer(guest: Person, link: str, *, learned: str, again: str) -> None:
    """Answer by plain requests, as a browser without scripts would."""
    page = guest.browser.get(link)
    ids = dict(
        guest.house.sql(
            """SELECT q.label, q.id FROM survey_question q JOIN survey s ON s.organization_id = q.organization_id
               AND s.id = q.survey_id JOIN conference c ON c.organization_id = s.organization_id AND c.id = s.conference_id
               WHERE c.slug = %s""",
            SLUG,
        )
    )
    values = {
        str(ids["I learned something that I will use at work."]): learned,
        str(ids["Would you come again?"]): again,
    }
    sent = guest.browser.submit(page, page.form("/surveys/"), **values)
    assert sent.path.endswith("/thanks"), sent.text
