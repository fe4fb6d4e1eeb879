"""Tables of looking at the processor: how far a look got, and what it was told of each payment."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa

from citevents.core.db import Mapped, Row, belongs_to, mapped_column


class Part(StrEnum):
    """The lists of the processor, in the order in which a look reads them."""

    CHARGES = "charges"
    REFUNDS = "refunds"
    DISPUTES = "disputes"


class Look(Row):
    """One complete look at what the processor holds. It goes on where it stopped: each page is read in a transaction that
    also says which comes next."""

    __tablename__ = "balance_look"

    asked_at: Mapped[datetime]
    #: When its last step was made; one that stands still for long is begun anew.
    moved_at: Mapped[datetime]
    #: When the first page was read: what moved later need not be in it.
    started_at: Mapped[datetime | None] = mapped_column(default=None)
    finished_at: Mapped[datetime | None] = mapped_column(default=None)
    #: Payments that were opened from this instant on are looked at.
    since: Mapped[datetime]
    part: Mapped[Part] = mapped_column(default=Part.CHARGES)
    #: The processor's name of the last row that was read of this part, and how many pages were read in all.
    after: Mapped[str] = mapped_column(default="")
    pages: Mapped[int] = mapped_column(default=0)
    #: Payments that differ in something that no sum tells.
    unheard: Mapped[list[int]] = mapped_column(default_factory=list, server_default="{}")
    #: How many payments were compared, and how many of them differed then.
    compared: Mapped[int] = mapped_column(default=0)
    differed: Mapped[int] = mapped_column(default=0)

    __table_args__ = (sa.Index("balance_look_asked", "organization_id", "asked_at"),)


class Balance(Row):
    """What the processor said of one payment in one look, in minor units: what came, what went back for good, what banks
    hold or kept, and what disputes cost, in a currency of its own. Those of the newest complete look are kept."""

    __tablename__ = "processor_balance"

    look_id: Mapped[int]
    payment_id: Mapped[int]
    currency: Mapped[str]
    received: Mapped[int] = mapped_column(default=0)
    refunded: Mapped[int] = mapped_column(default=0)
    withdrawn: Mapped[int] = mapped_column(default=0)
    fee: Mapped[int] = mapped_column(default=0)
    fee_currency: Mapped[str] = mapped_column(default="")

    __table_args__ = (
        belongs_to("balance_look", "look_id", ondelete="CASCADE"),
        belongs_to("payment"),
        sa.UniqueConstraint("organization_id", "look_id", "payment_id"),
        sa.Index("processor_balance_payment", "organization_id", "payment_id"),
    )
