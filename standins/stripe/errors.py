"""Refusals in Stripe's JSON form."""

from typing import Any


class StripeError(Exception):
    """Becomes `{"error": {...}}` with an HTTP status.

    `saved` says whether an idempotency key remembers it: Stripe does from the moment a call is executed, and
    does not for parameters that were refused before.
    """

    def __init__(self, status: int, type: str, message: str, *, saved: bool = True, **fields: Any) -> None:
        super().__init__(message)
        self.status = status
        self.saved = saved
        self.body = {
            "error": {
                "type": type,
                "message": message,
                **{name: value for name, value in fields.items() if value is not None},
            }
        }


def invalid(message: str, *, param: str | None = None, code: str | None = None) -> StripeError:
    """A parameter that cannot be: refused before anything is executed."""
    return StripeError(400, "invalid_request_error", message, saved=False, param=param, code=code)


def refused(message: str, *, param: str | None = None, code: str | None = None) -> StripeError:
    """A call that makes sense but not for this object as it stands."""
    return StripeError(400, "invalid_request_error", message, param=param, code=code)


def no_such(noun: str, id: str, param: str) -> StripeError:
    message = f"No such {noun}: '{id}'"
    return StripeError(
        404, "invalid_request_error", message, saved=False, param=param, code="resource_missing"
    )


def unauthorized(key: str) -> StripeError:
    if not key:
        message = (
            "You did not provide an API key. You need to provide your API key in the Authorization header, "
            "using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY')."
        )
    else:
        message = f"Invalid API Key provided: {key[:8]}{'*' * max(0, len(key) - 12)}{key[-4:]}"
    return StripeError(401, "invalid_request_error", message, saved=False)


def other_parameters(key: str) -> StripeError:
    message = (
        "Keys for idempotent requests can only be used with the same parameters they were first used with. "
        f"Try using a key other than '{key}' if you meant to execute a different request."
    )
    return StripeError(400, "idempotency_error", message, saved=False)


def other_endpoint(key: str, path: str) -> StripeError:
    message = (
        "Keys for idempotent requests can only be used for the same endpoint they were first used for "
        f"('{path}'). Try using a key other than '{key}' if you meant to execute a different request."
    )
    return StripeError(400, "idempotency_error", message, saved=False)


def key_in_use(key: str) -> StripeError:
    message = (
        "There is currently another in-progress request using this Idempotent Key (that probably means you "
        f"submitted twice, and the other request is still going through): {key}. Please try again later."
    )
    return StripeError(409, "idempotency_error", message, saved=False, code="idempotency_key_in_use")


def out_of_order(status: int, code: str = "") -> StripeError:
    """What a fault makes of a call. 4xx refuse it, with Stripe's `code` of the refusal; nothing was executed then."""
    if status == 429:
        message = (
            "Too many requests hit the API too quickly. We recommend an exponential backoff of your requests."
        )
        return StripeError(429, "invalid_request_error", message, saved=False, code=code or "rate_limit")
    message = "An unknown error occurred: the stand-in was told to answer so."
    if status < 500:
        return StripeError(status, "invalid_request_error", message, saved=False, code=code or None)
    return StripeError(status, "api_error", message)
