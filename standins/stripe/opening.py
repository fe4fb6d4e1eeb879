"""Opening a Checkout Session: what may be asked, and the session as it begins."""

from standins.stripe.account import Account
from standins.stripe.currencies import check_total
from standins.stripe.errors import invalid
from standins.stripe.lines import read_lines
from standins.stripe.parameters import Parameters
from standins.stripe.record import Body, shown

DAY = 24 * 3600
_LOCALES = """
auto bg cs da de el en en-GB es es-419 et fi fil fr fr-CA hi-IN hr hu id it ja ko lt lv ms mt nb nl pl pt pt-BR ro ru
sk sl sv th tr vi zh zh-HK zh-TW
"""
LOCALES = _LOCALES.split()


def _expiry(account: Account, wanted: int | None) -> int:
    now = account.now()
    if wanted is None:
        return now + DAY
    if wanted < now + DAY // 48:
        raise invalid(
            "The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation.",
            param="expires_at",
        )
    if wanted > now + DAY:
        raise invalid(
            "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.",
            param="expires_at",
        )
    return wanted


def create(account: Account, parameters: Parameters) -> Body:
    parameters.needed("mode", one_of=("payment",))
    lines = read_lines(account, parameters)
    asked = _asked(parameters)
    intent_data = _intent_data(parameters.nested("payment_intent_data"))
    _refuse_the_past(parameters)
    expires_at = _expiry(account, parameters.integer("expires_at"))
    parameters.done()
    total, currency = sum(line["amount_total"] for line in lines), lines[0]["currency"]
    if problem := check_total(total, currency):
        raise problem
    session = _new(account, total, currency, expires_at) | asked
    if email := session["customer_email"]:
        session["customer_details"] = payer(email)
    private = {"_line_items": lines, "_intent_data": intent_data, "_email": email}
    return shown(account.record.add("checkout.session", session | private))


def _asked(parameters: Parameters) -> Body:
    success_url = parameters.url("success_url")
    if success_url is None:
        raise parameters.missing("success_url")
    email = parameters.text("customer_email", longest=800)
    if email is not None and "@" not in email:
        raise invalid(f"Invalid email address: {email}", param="customer_email", code="email_invalid")
    if adaptive := parameters.nested("adaptive_pricing"):
        adaptive.text("enabled", one_of=("true", "false"))
    return {
        "success_url": success_url,
        "cancel_url": parameters.url("cancel_url"),
        "client_reference_id": parameters.text("client_reference_id", longest=200),
        "customer_creation": parameters.text("customer_creation", one_of=("if_required", "always"))
        or "if_required",
        "customer_email": email,
        "locale": parameters.text("locale", one_of=LOCALES),
        "metadata": parameters.metadata(),
        "allowed_payment_method_types": parameters.texts("allowed_payment_method_types") or None,
        "submit_type": parameters.text("submit_type", one_of=("auto", "book", "donate", "pay")),
        "ui_mode": parameters.text("ui_mode", one_of=("hosted_page",)) or "hosted_page",
    }


def _intent_data(data: Parameters | None) -> Body:
    if data is None:
        return {}
    return {
        "metadata": data.metadata(),
        "description": data.text("description", longest=1000),
        "receipt_email": data.text("receipt_email", longest=800),
        "statement_descriptor_suffix": data.text("statement_descriptor_suffix", longest=22),
    }


def _refuse_the_past(parameters: Parameters) -> None:
    """What older versions of the API took and this one does not."""
    if parameters.texts("payment_method_types"):
        raise invalid(
            "The payment_method_types parameter is no longer supported on this API version. Use "
            "allowed_payment_method_types, or manage payment methods from the Dashboard.",
            param="payment_method_types",
            code="payment_method_types_no_longer_supported",
        )


def payer(email: str | None) -> Body:
    """`customer_details`: all that this page asks a payer."""
    return {
        "address": None,
        "business_name": None,
        "email": email,
        "individual_name": None,
        "name": None,
        "phone": None,
        "tax_exempt": "none",
        "tax_ids": [],
    }


def _new(account: Account, total: int, currency: str, expires_at: int) -> Body:
    id = account.ids.new("cs_test_", 58)
    return {
        "id": id,
        "object": "checkout.session",
        "adaptive_pricing": {"enabled": False},
        "after_expiration": None,
        "allow_promotion_codes": None,
        "amount_subtotal": total,
        "amount_total": total,
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "billing_address_collection": None,
        "client_secret": None,
        "collected_information": None,
        "consent": None,
        "consent_collection": None,
        "created": account.now(),
        "currency": currency,
        "currency_conversion": None,
        "custom_fields": [],
        "custom_text": {
            "after_submit": None,
            "shipping_address": None,
            "submit": None,
            "terms_of_service_acceptance": None,
        },
        "customer": None,
        "customer_details": None,
        "discounts": [],
        "expires_at": expires_at,
        "invoice": None,
        "invoice_creation": {"enabled": False, "invoice_data": {"metadata": {}}},
        "livemode": False,
        "mode": "payment",
        "origin_context": None,
        "payment_intent": None,
        "payment_link": None,
        "payment_method_collection": "if_required",
        "payment_method_configuration_details": None,
        "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
        "payment_method_types": ["card"],
        "payment_status": "unpaid",
        "permissions": None,
        "phone_number_collection": {"enabled": False},
        "recovered_from": None,
        "saved_payment_method_options": None,
        "setup_intent": None,
        "shipping_address_collection": None,
        "shipping_cost": None,
        "shipping_options": [],
        "status": "open",
        "subscription": None,
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "url": f"{account.url}/c/pay/{id}",
        "wallet_options": None,
    }
