"""Lists: newest first, in pages, as every list of the API."""

import json
from collections.abc import Mapping
from typing import Any

from standins.stripe.account import Account
from standins.stripe.errors import invalid
from standins.stripe.parameters import Parameters
from standins.stripe.record import Body, shown


def page_of(
    account: Account,
    kind: str,
    url: str,
    parameters: Parameters,
    fields: Mapping[str, Any] | None = None,
    oldest: int = 0,
) -> Body:
    """One page after `limit`, `starting_after`, `ending_before`, `created` and `fields` (a value of None: any)."""
    where, values = ["kind = ?", "created >= ?"], [kind, oldest]
    for name, value in (fields or {}).items():
        if isinstance(value, list):
            if value:
                where.append(f"json_extract(body, '$.{name}') IN ({','.join('?' * len(value))})")
                values += value
        elif value is not None:
            where.append(f"json_extract(body, '$.{name}') = ?")
            values.append(value)
    for sign, moment in parameters.moments("created").items():
        where.append(f"created {sign} ?")
        values.append(moment)
    limit = parameters.integer("limit")
    if limit is not None and not 1 <= limit <= 100:
        raise invalid(
            "This value must be between 1 and 100 (inclusive).",
            param="limit",
            code="parameter_invalid_integer",
        )
    after, before = parameters.text("starting_after"), parameters.text("ending_before")
    parameters.done()
    if after and before:
        raise invalid("You cannot provide both `ending_before` and `starting_after`.", param="starting_after")
    for cursor, sign, param in ((after, "<", "starting_after"), (before, ">", "ending_before")):
        if cursor:
            account.find(kind, cursor, param)
            where.append(f"seq {sign} (SELECT seq FROM objects WHERE id = ?)")  # noqa: S608 - sign is ours
            values.append(cursor)
    size = limit or 10
    order = "ASC" if before else "DESC"
    sql = f"SELECT body FROM objects WHERE {' AND '.join(where)} ORDER BY seq {order} LIMIT ?"  # noqa: S608
    rows = account.record.run(sql, [*values, size + 1])
    found = [shown(json.loads(row["body"])) for row in rows[:size]]
    return {
        "object": "list",
        "data": found[::-1] if before else found,
        "has_more": len(rows) > size,
        "url": url,
    }


def whole(url: str, bodies: list[Body]) -> Body:
    """A list that is small enough to be given at once."""
    return {"object": "list", "data": [shown(body) for body in bodies], "has_more": False, "url": url}
