"""The API under /v1: authentication, faults, idempotency and errors around the functions of each noun."""

import json
import time
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, request

from standins.faults import Fault, Kinds
from standins.stripe import charges, disputes, errors, events, intents, opening, refunds, sessions
from standins.stripe.account import API_VERSION, Account
from standins.stripe.clockwork import let_time_pass
from standins.stripe.expansion import expand
from standins.stripe.idempotency import Answer, Idempotency, call_of
from standins.stripe.parameters import Parameters, tree_of
from standins.stripe.record import Body
from standins.web import DROP

ROUTES: list[tuple[str, str, str, Callable[..., Body]]] = [
    ("POST", "/v1/checkout/sessions", "checkout.sessions.create", opening.create),
    ("GET", "/v1/checkout/sessions", "checkout.sessions.list", sessions.index),
    ("GET", "/v1/checkout/sessions/<id>", "checkout.sessions.retrieve", sessions.retrieve),
    ("POST", "/v1/checkout/sessions/<id>/expire", "checkout.sessions.expire", sessions.expire),
    ("GET", "/v1/checkout/sessions/<id>/line_items", "checkout.sessions.line_items", sessions.line_items),
    ("POST", "/v1/payment_intents", "payment_intents.create", intents.create),
    ("GET", "/v1/payment_intents", "payment_intents.list", intents.index),
    ("GET", "/v1/payment_intents/<id>", "payment_intents.retrieve", intents.retrieve),
    ("POST", "/v1/payment_intents/<id>/cancel", "payment_intents.cancel", intents.cancel),
    ("GET", "/v1/charges", "charges.list", charges.index),
    ("GET", "/v1/charges/<id>", "charges.retrieve", charges.retrieve),
    ("POST", "/v1/refunds", "refunds.create", refunds.create),
    ("GET", "/v1/refunds", "refunds.list", refunds.index),
    ("GET", "/v1/refunds/<id>", "refunds.retrieve", refunds.retrieve),
    ("GET", "/v1/disputes", "disputes.list", disputes.index),
    ("GET", "/v1/disputes/<id>", "disputes.retrieve", disputes.retrieve),
    ("GET", "/v1/events", "events.list", events.index),
    ("GET", "/v1/events/<id>", "events.retrieve", events.retrieve),
]

# A fault's `on` is matched with the names above (place `api`) or with the event's type (place `webhook`).
KINDS: Kinds = {
    "api": {
        "delay": {"seconds": 1.0},
        "error": {"status": 500, "code": ""},  # nothing was executed
        # executed, then answered with an error. Stripe remembers that error for the key ("error"); "result"
        # is the kinder case in which a retry with the same key gets what was made.
        "error_after": {"status": 500, "remembered": "error"},
        "drop": {},  # the connection breaks, nothing was executed
        "drop_after": {},  # the connection breaks, all was executed
        "wrong_mode": {},  # the answer says livemode
    },
    "webhook": {
        "delay": {"seconds": 1.0},
        "duplicate": {"copies": 1},  # sent 1 + copies times at once
        "reorder": {"gap": 0.2},  # the next `times` events arrive last first
        "drop": {},
        "late": {"seconds": 60.0},  # sent, and once more later
        "wrong_mode": {},  # these three come beside the right one
        "forged": {},
        "stale": {},
    },
}


def build_api(account: Account, idempotency: Idempotency, secret_key: str) -> Blueprint:
    api = Blueprint("api", __name__)

    def view(name: str, function: Callable[..., Body]) -> Callable[..., Response]:
        def answer(**ids: str) -> Response:
            request_id = account.ids.new("req_", 14)
            try:
                _authenticate(secret_key)
                outcome = _answer(account, idempotency, name, function, ids, request_id)
            except errors.StripeError as refusal:
                return _response(Answer(refusal.status, refusal.body, request_id), request_id)
            account.webhooks.wake()
            return outcome

        return answer

    for method, path, name, function in ROUTES:
        api.add_url_rule(path, name.replace(".", "_"), view(name, function), methods=[method])

    @api.route("/v1/<path:rest>", methods=["GET", "POST", "DELETE"])
    def unknown(rest: str) -> Response:
        refusal = errors.StripeError(
            404, "invalid_request_error", f"Unrecognized request URL ({request.method}: /v1/{rest})."
        )
        return _response(Answer(404, refusal.body, ""), account.ids.new("req_", 14))

    return api


def _authenticate(secret_key: str) -> None:
    shown = request.authorization
    given = (shown.username if shown.type == "basic" else shown.token) or "" if shown else ""
    if given != secret_key:
        raise errors.unauthorized(given)


def _answer(
    account: Account,
    idempotency: Idempotency,
    name: str,
    function: Callable[..., Body],
    ids: dict[str, str],
    request_id: str,
) -> Response:
    pairs = list((request.form if request.method == "POST" else request.args).items(multi=True))
    key = request.headers.get("Idempotency-Key") if request.method == "POST" else None
    faults = account.faults.take("api", name)
    let_time_pass(account)

    def execute() -> Answer:
        parameters = Parameters(tree_of(pairs))
        wanted = parameters.texts("expand")
        with account.caused_by(request_id, key):
            return Answer(200, expand(account, function(account, parameters, **ids), wanted), request_id)

    if key is not None and len(key) > 255:
        raise errors.invalid("Idempotency keys have at most 255 characters.")
    if key is None:
        _before(faults)
        with account.record.changing():
            outcome, replayed = execute(), False
    else:
        with idempotency.holding(key):
            _before(faults)
            outcome, replayed = _once(account, idempotency, key, pairs, execute, faults, request_id)
    return _after(faults, outcome, replayed, request_id)


def _before(faults: dict[str, Fault]) -> None:
    if "delay" in faults:
        time.sleep(faults["delay"]["seconds"])
    if "drop" in faults:
        request.environ[DROP] = True
        raise errors.StripeError(500, "api_error", "nobody reads this", saved=False)
    if "error" in faults:
        raise errors.out_of_order(faults["error"]["status"], faults["error"]["code"])


def _once(
    account: Account,
    idempotency: Idempotency,
    key: str,
    pairs: list[tuple[str, str]],
    execute: Callable[[], Answer],
    faults: dict[str, Fault],
    request_id: str,
) -> tuple[Answer, bool]:
    """Executes and remembers in one transaction, or gives the remembered answer again."""
    call = call_of(request.path, pairs)
    with account.record.changing():
        if earlier := idempotency.earlier(key, call):
            return earlier, True
        try:
            outcome = execute()
        except errors.StripeError as refusal:
            if not refusal.saved:
                raise
            outcome = Answer(refusal.status, refusal.body, request_id)
        remembered = outcome
        if "error_after" in faults and faults["error_after"]["remembered"] == "error":
            failure = errors.out_of_order(faults["error_after"]["status"])
            remembered = Answer(failure.status, failure.body, outcome.request)
        idempotency.remember(key, call, remembered)
    return outcome, False


def _after(faults: dict[str, Fault], outcome: Answer, replayed: bool, request_id: str) -> Response:
    if "drop_after" in faults:
        request.environ[DROP] = True
    if "error_after" in faults and not replayed:
        failure = errors.out_of_order(faults["error_after"]["status"])
        return _response(Answer(failure.status, failure.body, request_id), request_id)
    if "wrong_mode" in faults:
        outcome = outcome._replace(body=_live(outcome.body))
    return _response(outcome, request_id, replayed)


def _live(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: True if name == "livemode" else _live(item) for name, item in value.items()}
    return [_live(item) for item in value] if isinstance(value, list) else value


def _response(answer: Answer, request_id: str, replayed: bool = False) -> Response:
    response = Response(json.dumps(answer.body, indent=2), answer.status, mimetype="application/json")
    response.headers["Request-Id"] = request_id
    response.headers["Stripe-Version"] = request.headers.get("Stripe-Version", API_VERSION)
    if key := request.headers.get("Idempotency-Key"):
        response.headers["Idempotency-Key"] = key
    if replayed:
        response.headers["Idempotent-Replayed"] = "true"
        response.headers["Original-Request"] = answer.request
    return response
