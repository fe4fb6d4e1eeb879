"""What must never break, each as one query that returns no row at rest; every slice has its own in `invariants.py`.

Codes are those of the product's reliability plan: C seats, M money, F promises, E events, X exchange, P privacy, A agenda. The
queries look at every organization and name ids only. Those that ask for rest (E1, E2, E4, F2, F4, X3) hold once the queue is quiet.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from citevents.core import events


@dataclass(frozen=True, kw_only=True)
class Invariant:
    """`sql` gives a row for each violation; `values` are its parameters."""

    code: str
    promise: str
    sql: str
    values: Callable[[], dict[str, Any]] = dict


def _names() -> dict[str, Any]:
    return {"names": list(events.kinds())}


#: Of events and their deliveries.
INVARIANTS = (
    Invariant(
        code="E1",
        promise="No event waits for its deliveries.",
        sql="SELECT id, name, recorded_at FROM event WHERE routed_at IS NULL AND name = ANY(:names)",
        values=_names,
    ),
    Invariant(
        code="E2",
        promise="Every delivery is handled, given up with a reason, or waits for somebody outside while patience lasts.",
        sql="""SELECT id, event_id, handler, attempts FROM delivery
               WHERE handled_at IS NULL AND (dead_at IS NULL OR coalesce(error, '') = '')
                 AND NOT (dead_at IS NULL AND failure = 'later' AND give_up_at > now())""",
    ),
    Invariant(
        code="E3",
        promise="Nothing was handled before it was emitted, or without being attempted.",
        sql="""SELECT d.id, d.event_id FROM delivery d JOIN event e ON e.id = d.event_id
               WHERE d.handled_at IS NOT NULL AND (d.attempts < 1 OR d.handled_at < e.recorded_at OR e.routed_at IS NULL)""",
    ),
)
