"""The oracle: the record as a test reads it, to hold the product's books against."""

from typing import Any

from standins.stripe.record import Record, shown

NAMES = {
    "checkout_sessions": "checkout.session",
    "payment_intents": "payment_intent",
    "charges": "charge",
    "refunds": "refund",
    "disputes": "dispute",
    "events": "event",
}


def whole_record(record: Record) -> dict[str, list[dict[str, Any]]]:
    """`checkout_sessions`, `payment_intents`, `charges`, `refunds`, `disputes`, `events` and `deliveries`, oldest first.

    A delivery has `event`, `state` (waiting, sending, delivered, given_up, dropped), `disguise` (None,
    wrong_mode, forged or stale) and its `attempts` with `at`, `status` and `error`.
    """
    with record.changing():
        objects = {name: [shown(body) for body in record.all(kind)] for name, kind in NAMES.items()}
        attempts: dict[int, list[dict[str, Any]]] = {}
        for row in record.run("SELECT * FROM attempts ORDER BY delivery, number"):
            entry = {"at": row["at"], "status": row["status"], "error": row["error"]}
            attempts.setdefault(row["delivery"], []).append(entry)
        deliveries = [
            {
                "id": row["id"],
                "event": row["event"],
                "disguise": row["disguise"],
                "state": row["state"],
                "due_at": row["due_at"],
                "attempts": attempts.get(row["id"], []),
            }
            for row in record.run("SELECT * FROM deliveries ORDER BY id")
        ]
    return {**objects, "deliveries": deliveries}
