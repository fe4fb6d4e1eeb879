"""Events: what happened, for 30 days, whether or not a webhook told it."""

from standins.stripe.account import Account
from standins.stripe.errors import invalid
from standins.stripe.lists import page_of
from standins.stripe.parameters import Parameters
from standins.stripe.record import Body, shown

KEPT_FOR = 30 * 24 * 3600


def retrieve(account: Account, parameters: Parameters, id: str) -> Body:
    parameters.done()
    return shown(account.find("event", id, "id"))


def index(account: Account, parameters: Parameters) -> Body:
    type, types = parameters.text("type"), parameters.texts("types")
    if type and types:
        raise invalid("You may only specify one of these parameters: type, types.", param="types")
    if len(types) > 20:
        raise invalid("Array too long: at most 20 types.", param="types")
    parameters.text("delivery_success", one_of=("true", "false"))
    wanted = {"type": [type] if type else types}
    return page_of(account, "event", "/v1/events", parameters, wanted, oldest=account.now() - KEPT_FOR)
