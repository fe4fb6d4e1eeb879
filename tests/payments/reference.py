"""Money as it should stand: one order of one seat, its payment at the processor, and what its organizer was told so far.

Plain numbers, no database: what the product's ledger is compared with, step by step. Amounts are minor units.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

FEE = 1_500


class Stands(StrEnum):
    WAITS = "waits"  # promised; the processor could not do it yet
    MOVED = "moved"
    FAILED = "failed"  # a person decides
    SETTLED = "settled"  # carried out by another way: by hand, by another refund, by a bank


@dataclass
class Promise:
    """Something to give back: asked here, or begun in the dashboard (`covers` of it for earlier promises)."""

    amount: int
    stands: Stands = Stands.WAITS
    covered: int = 0
    covers: int = 0

    @property
    def rest(self) -> int:
        return self.amount - self.covered

    @property
    def owed(self) -> bool:
        return self.stands in (Stands.WAITS, Stands.FAILED)


@dataclass
class AtTheProcessor:
    """What is true there, heard of or not. A refund that failed is 0."""

    received: int = 0
    refunds: list[int] = field(default_factory=list)
    #: None, or "open", "won", "lost"; an amount that the bank holds or keeps.
    dispute: str | None = None
    withdrawn: int = 0
    fees: int = 0

    @property
    def left(self) -> int:
        return self.received - sum(self.refunds)

    @property
    def refuses(self) -> bool:
        return self.dispute in ("open", "lost")

    @property
    def net(self) -> int:
        return self.left - self.withdrawn


@dataclass
class Reference:
    """`price` of the seat. What the organizer knows lags behind the truth until `hear`."""

    price: int
    truth: AtTheProcessor = field(default_factory=AtTheProcessor)
    paid: bool = False
    seat: bool = False
    #: The order ended before it was paid: by its time ("expired") or by its buyer ("given up").
    ended: str = ""
    conference_off: bool = False
    promises: list[Promise] = field(default_factory=list)
    #: Which refund at the processor is which promise, by place in `truth.refunds`; None: not heard of.
    known: list[Promise | None] = field(default_factory=list)
    dispute: str | None = None
    withdrawn: int = 0
    fees: int = 0
    lost: int = 0
    #: What a cancelled seat would have given back, had the bank not to decide.
    held: int = 0
    by_hand: int = 0

    # ---------- what can be read ----------

    @property
    def free(self) -> int:
        """What can still be promised, as far as is known."""
        return max(0, self.price - sum(each.amount - each.covers for each in self.promises) - self.lost)

    @property
    def blocked(self) -> bool:
        return self.dispute == "open"

    @property
    def moved(self) -> int:
        return sum(each.rest for each in self.promises if each.stands is Stands.MOVED)

    @property
    def unearned(self) -> int:
        """What came for no seat and is not promised back yet: nothing, at rest."""
        return sum(each.rest for each in self.promises if each.owed)

    @property
    def books(self) -> dict[str, int]:
        """Accounts of the ledger, those at nought left out; what is earned and its tax together."""
        if not self.paid:
            return {}
        processor = self.price - self.moved - self.withdrawn - self.fees
        accounts = {
            "processor": processor,
            "buyers": -self.unearned,
            "elsewhere": -self.by_hand,
            "disputed": self.withdrawn if self.dispute == "open" else 0,
            "lost": self.lost,
            "fees": self.fees,
        }
        accounts["earned"] = -sum(accounts.values())
        return {name: amount for name, amount in accounts.items() if amount}

    # ---------- what people here do; each does what follows at once ----------

    def promise(self, amount: int) -> None:
        if amount:
            made = Promise(amount)
            self.promises.append(made)
            self.carry_out(made)

    def carry_out(self, promise: Promise) -> None:
        """Ask the processor; a refusal makes everything be heard that is true there."""
        if promise.stands is not Stands.WAITS or self.blocked:
            return
        if self.truth.refuses or promise.rest > self.truth.left:
            self.hear()
            return
        unheard = len(self.truth.refunds) - len(self.known)
        self.truth.refunds.append(promise.rest)
        self.known += [None] * unheard + [promise]
        promise.stands = Stands.MOVED
        self._give_up_seat()

    def cancel(self) -> None:
        """The seat is given back with all that is left of its price."""
        self.seat = False
        if self.blocked:
            self.held = min(self.price, self.free)
        else:
            self.promise(min(self.price, self.free))

    def decide(self, promise: Promise, again: bool) -> None:
        if again:
            promise.stands = Stands.WAITS
            self.carry_out(promise)
            return
        self.by_hand += promise.rest
        promise.stands = Stands.SETTLED
        self._give_up_seat()

    def later(self) -> None:
        """Time passes: what waits is asked for again."""
        for promise in list(self.promises):
            self.carry_out(promise)

    def _give_up_seat(self) -> None:
        """Whoever got everything back has no seat."""
        back = sum(
            each.amount - each.covers
            for each in self.promises
            if each.stands in (Stands.MOVED, Stands.SETTLED)
        )
        if back >= self.price:
            self.seat = False

    # ---------- what is heard ----------

    def hear(self) -> None:
        """All that is true at the processor is known here from now on."""
        new = bool(self.truth.received) and not self.paid
        late = new and (self.ended == "given up" or self.conference_off)
        if new:
            self.paid, self.seat = True, not late
        for place, amount in enumerate(self.truth.refunds):
            self._refund(place, amount)
        # What came for no seat goes back; a bank that took it for good carried that out.
        made = Promise(self.free) if late and self.free else None
        self.promises += [made] if made else []
        self._disputed()
        if made:
            self.carry_out(made)

    def _refund(self, place: int, amount: int) -> None:
        if place >= len(self.known):
            self.known.append(None)
        promise = self.known[place]
        if promise is None and amount:
            self.known[place] = self._adopt(amount)
            self._give_up_seat()
        elif promise is not None and not amount and promise.stands is Stands.MOVED:
            promise.stands = Stands.FAILED

    def _adopt(self, amount: int) -> Promise:
        """A refund from the dashboard carries out what waits, the oldest first."""
        covers = self._cover(amount)
        made = Promise(amount, Stands.MOVED, covers=covers)
        self.promises.append(made)
        return made

    def _cover(self, amount: int) -> int:
        rest = amount
        for each in self.promises:
            if each.owed and rest:
                share = min(each.rest, rest)
                each.covered += share
                rest -= share
                if not each.rest:
                    each.stands = Stands.SETTLED
        return amount - rest

    def _disputed(self) -> None:
        was, now = self.dispute, self.truth.dispute
        self.dispute, self.withdrawn, self.fees = now, self.truth.withdrawn, self.truth.fees
        if now == "lost" and was != "lost":
            covered = self._cover(self.withdrawn)
            self.lost = self.withdrawn - covered
            self.held = 0
        if now == "won" and was != "won":
            self.later()
            held, self.held = self.held, 0
            self.promise(min(held, self.free))
