"""Control: the switches, the clock and the oracle by HTTP and JSON, for tests in other processes.

No key is asked: the stand-in listens on loopback only.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from standins.stripe.errors import StripeError

if TYPE_CHECKING:
    from standins.stripe.standin import StripeStandIn


def build_control(standin: "StripeStandIn") -> Blueprint:
    """The stand-in's methods, one to one."""
    control = Blueprint("control", __name__)

    @control.get("/_health")
    def health() -> ResponseReturnValue:
        return {"status": "ok"}

    @control.get("/_record")
    def record() -> ResponseReturnValue:
        return dict(standin.record())

    @control.delete("/_record")
    def clear() -> ResponseReturnValue:
        standin.clear()
        return "", 204

    actions: dict[str, Callable[..., Any]] = {
        "/_pay": standin.pay,
        "/_answer_bank": standin.answer_bank,
        "/_lapse": standin.lapse,
        "/_refund": standin.refund_from_dashboard,
        "/_settle": standin.settle_refund,
        "/_dispute": standin.dispute,
        "/_answer_dispute": standin.answer_dispute,
        "/_close_dispute": standin.close_dispute,
        "/_amend_charge": standin.amend_charge,
        "/_balance": standin.balance,
        "/_advance": standin.advance,
        "/_age_keys": standin.age_keys,
        "/_replay": standin.replay,
        "/_webhook": standin.point_webhooks_at,
        "/_wait": standin.wait_until_quiet,
    }

    def view(action: Callable[..., Any]) -> Callable[[], ResponseReturnValue]:
        def answer() -> ResponseReturnValue:
            given = request.get_json(silent=True) or {}
            try:
                result = action(**given)
            except StripeError as refusal:
                return refusal.body, refusal.status
            except (TypeError, ValueError, TimeoutError) as problem:
                return {"error": str(problem)}, 400
            return result if isinstance(result, dict) else {"result": result}

        return answer

    for path, action in actions.items():
        control.add_url_rule(path, path.strip("_/"), view(action), methods=["POST"])
    return control
