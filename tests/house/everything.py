"""One of everything: a small house in which every page has something to show, and somebody of every role to look at it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import sqlalchemy as sa

from citevents.calendars import services as calendars
from citevents.conferences.models import TicketType
from citevents.core import circuits
from citevents.core.access import Role
from citevents.core.clock import now
from citevents.core.db import current_organization_id, session, transaction
from citevents.core.errors import Later
from citevents.core.events import Delivery, EventRow, Failure
from citevents.matching import services as matching
from citevents.payments.models import (
    Case,
    CaseKind,
    Dispute,
    Payment,
    PaymentState,
    Refund,
    RefundReason,
    RefundState,
)
from citevents.people import queries as people
from citevents.people import services as everybody
from citevents.people.models import Passkey, Purpose
from citevents.registration import check_in
from citevents.registration import services as registration
from citevents.registration.models import Registration
from citevents.scheduling import services as scheduling
from citevents.surveys import answering
from citevents.surveys import queries as surveys
from citevents.surveys import services as asking
from citevents.surveys.models import SurveyInvitation
from tests.conferences.world import a_conference, a_price, a_question, a_quota, a_room, a_ticket_type
from tests.matching.world import AMMAN, TAMPERE, a_leader, a_pair, a_round, asks, proposed, says
from tests.people.world import a_person
from tests.registration.world import a_paid_order, an_order
from tests.scheduling.world import a_session, placed, published
from tests.surveys import world as asked
from workers.clock import run_all

Settle = Callable[[], int]
#: Roles that somebody has here; the owner may do all.
ROLES = tuple(Role)


class Everything:
    """`people[role]` and the other ids, `paths`: addresses that nothing links to, by what they show."""

    def __init__(self, settle: Settle) -> None:
        self.settle = settle
        self.paths: dict[str, str] = {}
        self.here = a_conference(
            slug="here",
            summary="Three days for everyone who answers a crisis together.",
            description="Officers, clinicians, families.\n\nAnd people with lived experience.",
            access_note="Step-free; quiet room",
        )
        self.full = self._sold()
        self._agenda()
        self.people = {role: self._staff(role) for role in ROLES}
        self.attendee = self._attendee()
        self._orders()
        self._what_went_wrong()
        self._survey()
        self._refused()
        self._exchange()
        settle()
        with transaction():
            circuits.failed(Later("421", destination="mail"), 1, now(), 1.0)

    def _staff(self, role: Role) -> int:
        person_id = a_person(f"Sam {role.value}", mail=f"{role.value}@staff.example")
        with transaction():
            everybody.grant(person_id, role)
        return person_id

    def _sold(self) -> TicketType:
        quota = a_quota(self.here)
        full = a_ticket_type(self.here, quota, amount=49_000, tax_basis_points=500)
        a_price(full, 52_000, position=2, until=now() + timedelta(days=1))
        self.free = a_ticket_type(self.here, quota, amount=0, name="Volunteer")
        a_ticket_type(self.here, a_quota(self.here, "Luncheon", 40, main=False), amount=4_000, name="Awards luncheon", add_on=True)  # fmt: skip
        a_ticket_type(self.here, quota, amount=42_000, name="Early", on_sale_until=now() - timedelta(days=1))
        a_question(self.here)
        a_question(self.here, "You come as", sensitive=False, reason="", erase_after_days=None)
        return full

    def _agenda(self) -> None:
        arbutus, birch = a_room(self.here), a_room(self.here, "Birch", 2)
        with transaction():
            track = scheduling.add_track(self.here.id, "Practice")
        first = a_session(
            self.here, "Dispatch as the first contact", "Lea Sommer", "高橋 美咲", track_id=track.id
        )
        second = a_session(self.here, "المرافقة بعد الأزمة", "ليلى الحداد", language="ar")
        self.waiting = a_session(self.here, "Night shift").public_id
        placed(first, arbutus, "09:45")
        placed(second, birch, "09:45")
        published(self.here)
        placed(second, birch, "11:15")
        with transaction():
            scheduling.cancel(first.id)
        desk = "/desk/c/here/agenda"
        self.paths["a session being moved"] = f"{desk}?day=2027-08-23&move={second.public_id}"
        self.paths["what a move costs"] = (
            f"{desk}?day=2027-08-23&move={second.public_id}&starts=2027-08-23T09:45&room={arbutus.id}"
        )
        self.paths["a cancelled session"] = f"/c/here/agenda/sessions/{first.public_id}"

    def _attendee(self) -> int:
        """Somebody with a free place, a favourite, a calendar, a passkey, who came."""
        an_order(self.here, self.free, mail="aino@tampere.example", name="Aino Lehtonen")
        found = people.by_mail("aino@tampere.example")
        assert found
        [place] = session().scalars(sa.select(Registration).where(Registration.person_id == found.id))
        with transaction() as current:
            calendars.open_feed(found.id)
            everybody.give_consent(found.id, Purpose.NEWS, "2027-01")
            check_in.check_in(self.here.id, place.id, now(), None)
            current.add(Passkey(person_id=found.id, name="Phone", credential_id="abc", public_key=b"abc"))
        self.settle()
        return found.id

    def _orders(self) -> None:
        held = an_order(self.here, self.full, mail="held@x.example", name="Held")
        late = an_order(self.here, self.full, mail="late@x.example", name="Late")
        paid = a_paid_order(self.here, self.full, mail="paid@x.example", name="Paid")
        over = an_order(self.here, self.free, mail="over@x.example", name="Over")
        with transaction():
            registration.give_up(late.order_id, now())
            registration.cancel(over.order_id, now())
        [payment] = session().scalars(sa.select(Payment))
        self.paths |= {
            "an order to check": f"/c/here/orders/{held.public_id}",
            "an order given up": f"/c/here/orders/{late.public_id}",
            "an order that is paid": f"/c/here/orders/{paid.public_id}",
            "a place given back": f"/c/here/orders/{over.public_id}",
            "cancelling at the desk": f"/desk/c/here/orders/{paid.public_id}/cancel",
            "changing an order": f"/c/here/register?order={held.public_id}",
            "a payment": f"/desk/c/here/money/{payment.public_id}",
        }
        with transaction() as current:  # money that came when the order had been given up
            late_money = {
                "amount": late.total,
                "currency": self.here.currency,
                "state": PaymentState.SUCCEEDED,
            }
            current.add(Payment(order_id=late.order_id, settled_at=now(), **late_money))
            current.add(case := Case(kind=CaseKind.TWICE, payment_id=payment.id))
            waits, failed = (
                Refund(
                    payment_id=payment.id,
                    amount=1_000,
                    currency="CAD",
                    reason=RefundReason.DESK,
                    state=state,
                    tries=1,
                    problem="balance_insufficient",
                    next_try_at=now() + timedelta(hours=4),
                )
                for state in (RefundState.ASKED, RefundState.FAILED)
            )
            current.add_all([waits, failed])
            current.add(
                Dispute(
                    payment_id=payment.id,
                    processor_id="dp_here",
                    amount=payment.amount,
                    currency="CAD",
                    status="needs_response",
                    reason="fraudulent",
                    refundable=True,
                    due_at=now() + timedelta(days=9),
                    opened_at=now(),
                )
            )
            current.add(
                dispute := Case(kind=CaseKind.DISPUTE, payment_id=payment.id, details={"dispute": "dp_here"})
            )
            current.add(
                difference := Case(
                    kind=CaseKind.DIFFERENCE,
                    payment_id=payment.id,
                    details={"held": 11_000, "booked": 10_000, "currency": "CAD"},
                )
            )
        self.paths |= {
            "a difference": f"/desk/c/here/money/cases/{difference.id}",
            "a case about money": f"/desk/c/here/money/cases/{case.id}",
            "a dispute": f"/desk/c/here/money/cases/{dispute.id}",
            "a refund that waits": f"/desk/c/here/money/refunds/{waits.public_id}",
            "a refund that did not arrive": f"/desk/c/here/money/refunds/{failed.public_id}",
        }

    def _refused(self) -> None:
        """An order that is held, and the processor takes no payment for."""
        order = an_order(self.here, self.full, mail="unpayable@x.example", name="Unpayable")
        with transaction() as current:
            payment = Payment(
                order_id=order.order_id,
                amount=order.total,
                currency=self.here.currency,
                state=PaymentState.FAILED,
                opened_at=now() - timedelta(minutes=5),
                settled_at=now(),
            )
            current.add(payment)
            current.flush()
            details = {"code": "invalid_request", "said": "This account takes no such currency."}
            current.add(case := Case(kind=CaseKind.REFUSED, payment_id=payment.id, details=details))
        self.paths |= {
            "a payment that is refused for good": f"/pay/{order.public_id}/refused",
            "a case about it": f"/desk/c/here/money/cases/{case.id}",
        }

    def _what_went_wrong(self) -> None:
        with transaction() as current:
            event = EventRow(
                organization_id=current_organization_id(), name="order.confirmed", payload={}, routed_at=now()
            )
            current.add(event)
            current.flush()
            dead = {"attempts": 5, "send_at": None, "dead_at": now(), "error": "SMTP: 550 mailbox full"}
            current.execute(
                sa.insert(Delivery).values(
                    event_id=event.id,
                    handler="people.mail_link",
                    failure=Failure.NEVER,
                    person_id=self.attendee,
                    **dead,
                )
            )
            current.execute(
                sa.insert(Delivery).values(
                    event_id=event.id,
                    handler="registration.mail_tickets",
                    failure=Failure.NEVER,
                    person_id=self.people[Role.ORGANIZER],
                    **dead,
                )
            )
            current.execute(
                sa.insert(Delivery).values(event_id=event.id, handler="payments.book_sale", **dead)
            )
        self.paths["somebody whose address refuses"] = (
            f"/desk/people/{people.person(self.attendee).public_id}"
        )

    def _survey(self) -> None:
        past = now().date() - timedelta(days=2)
        over = a_conference(slug="over", name="40-hour course (sample)", starts_on=past, ends_on=past)
        kind = a_ticket_type(over, a_quota(over), amount=0)
        for number in range(9):
            an_order(over, kind, mail=f"guest{number}@x.example", name=f"Guest {number}")
        with transaction():
            for place in session().scalars(
                sa.select(Registration).where(Registration.conference_id == over.id)
            ):
                check_in.check_in(over.id, place.id, now(), None)
        self.settle()
        for days in (0, 5):  # one tick ends the course, a later one asks whoever is due
            run_all(now() + timedelta(days=days))
            self.settle()
        survey = surveys.of_conference(over.id)
        assert survey
        tokens = session().scalars(sa.select(SurveyInvitation.public_id)).all()
        for number, token in enumerate(tokens[:7]):
            sent = {
                str(question.id): ["Shorter slides."]
                if question.kind.value == "text"
                else ["5" if question.kind.value == "scale" and number else "1"]
                for question in survey.questions
            }
            with transaction():
                answering.answer(token, sent, now())
        with transaction():
            asking.prepare(self.here.id)
        self._results()
        self.paths |= {
            "a survey": f"/surveys/{tokens[8]}",
            "a survey answered already": f"/surveys/{tokens[0]}",
            "thanks for answering": f"/surveys/{tokens[0]}/thanks",
            "a survey under way": "/desk/c/over/surveys",
            "results": "/desk/c/long-over/surveys",
            "results of few": "/desk/c/hardly-answered/surveys",
        }

    def _results(self) -> None:
        """Two surveys that are closed: one has exact numbers, a band, hidden ones and words; of the other four answered."""
        survey, links = asked.a_survey(27, slug="long-over")
        for number, link in enumerate(links[:26]):
            asked.says(
                survey,
                link,
                all_scales=5 if number % 3 else 2,
                one=0 if number < 25 else 2,
                many=[0, 1] if number < 12 else [1],
                text="More time for the exercises, please." if number % 4 else None,
            )
        few, links = asked.a_survey(6, slug="hardly-answered")
        for link in links[:4]:
            asked.says(few, link, all_scales=5)
        with transaction():
            answering.close(survey)
            answering.close(few)

    def _exchange(self) -> None:
        self.leader, other, match = a_pair(self.settle)
        says(self.leader, match, True)
        says(other, match, True)
        self.settle()
        self.asked = a_leader("Rania Khoury", {**AMMAN, "name": "Zarqa Program (sample)"})
        alone = a_leader("Pekka Aalto", {**TAMPERE, "name": "Oulu Program (sample)"})
        answered = a_round("Exchange round 2027-C")
        for leader in (self.leader, alone):
            asks(leader, answered)
        [open_] = proposed(answered, self.settle)
        says(self.leader, open_, True)
        self.paths["a proposal that waits for the others"] = f"/exchange/proposals/{open_.public_id}"
        about = a_round("Exchange round 2028-A")
        for leader in (self.leader, self.asked, alone):
            asks(leader, about)
        with transaction():
            matching.avoid(self.asked, "Somewhere Program")
        self.paths["the new round"] = f"/desk/exchange/rounds/{about.public_id}"
