"""`expand[]`: an id in an answer is replaced by its object, a list that is left out is put in."""

from standins.stripe.account import Account
from standins.stripe.errors import invalid
from standins.stripe.lists import whole
from standins.stripe.record import Body, shown

_KINDS = {"payment_intent": "payment_intent", "latest_charge": "charge", "charge": "charge"}


def expand(account: Account, answer: Body, paths: list[str]) -> Body:
    """Expands in place; a path is dotted, and starts with `data` in a list."""
    for path in paths:
        _expand(account, answer, path.split("."), path)
    return answer


def _expand(account: Account, body: Body, steps: list[str], path: str) -> None:
    name, rest = steps[0], steps[1:]
    if body.get("object") == "list" and name == "data":
        for item in body["data"]:
            _expand(account, item, rest, path)
        return
    if (body.get("object"), name) == ("checkout.session", "line_items"):
        session = account.find("checkout.session", body["id"])
        body[name] = whole(f"/v1/checkout/sessions/{body['id']}/line_items", session["_line_items"])
    elif (body.get("object"), name) == ("charge", "refunds"):
        refunds = account.record.all("refund", charge=body["id"])
        body[name] = whole(f"/v1/charges/{body['id']}/refunds", refunds[::-1])
    elif name in _KINDS and name in body:
        if isinstance(body[name], str):
            body[name] = shown(account.find(_KINDS[name], body[name]))
    else:
        raise invalid(f"This property cannot be expanded ({path}).", param="expand[0]")
    if rest and isinstance(body[name], dict):
        _expand(account, body[name], rest, path)
