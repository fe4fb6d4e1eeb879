"""Checkout Sessions: a page on which one person pays one amount before a moment passes."""

from standins.stripe import intents
from standins.stripe.account import Account
from standins.stripe.cards import Card
from standins.stripe.currencies import check_currency, check_fits, check_total
from standins.stripe.errors import invalid, refused
from standins.stripe.lists import page_of, whole
from standins.stripe.parameters import Parameters
from standins.stripe.record import Body, shown

DAY = 24 * 3600
LOCALES = [
    "auto",
    "bg",
    "cs",
    "da",
    "de",
    "el",
    "en",
    "en-GB",
    "es",
    "es-419",
    "et",
    "fi",
    "fil",
    "fr",
    "fr-CA",
    "hi-IN",
    "hr",
    "hu",
    "id",
    "it",
    "ja",
    "ko",
    "lt",
    "lv",
    "ms",
    "mt",
    "nb",
    "nl",
    "pl",
    "pt",
    "pt-BR",
    "ro",
    "ru",
    "sk",
    "sl",
    "sv",
    "th",
    "tr",
    "vi",
    "zh",
    "zh-HK",
    "zh-TW",
]


def _line(account: Account, item: Parameters) -> Body:
    price = item.nested("price_data")
    if price is None:
        raise item.missing("price_data")
    currency = check_currency(price.needed("currency"), "line_items[0][price_data][currency]")
    unit = price.integer("unit_amount")
    if unit is None:
        raise price.missing("unit_amount")
    if unit < 0:
        raise invalid("Invalid non-negative integer", param="line_items[0][price_data][unit_amount]")
    check_fits(unit, currency, "line_items[0][price_data][unit_amount]")
    product = price.nested("product_data")
    if product is None:
        raise price.missing("product_data")
    name, _ = product.needed("name", longest=1500), product.text("description")
    product.metadata()
    quantity = item.positive("quantity")
    if quantity is None:
        raise item.missing("quantity")
    return {
        "id": account.ids.new("li_"),
        "object": "item",
        "adjustable_quantity": None,
        "amount_discount": 0,
        "amount_subtotal": unit * quantity,
        "amount_tax": 0,
        "amount_total": unit * quantity,
        "currency": currency,
        "description": name,
        "metadata": {},
        "price": {
            "id": account.ids.new("price_"),
            "object": "price",
            "active": False,
            "currency": currency,
            "product": account.ids.new("prod_", 14),
            "type": "one_time",
            "unit_amount": unit,
            "unit_amount_decimal": str(unit),
        },
        "quantity": quantity,
    }


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
    lines = [_line(account, item) for item in parameters.items("line_items")]
    if not lines:
        raise parameters.missing("line_items")
    if len({line["currency"] for line in lines}) > 1:
        raise invalid("All line items must have the same currency.", param="line_items")
    success_url = parameters.url("success_url")
    if success_url is None:
        raise parameters.missing("success_url")
    data = parameters.nested("payment_intent_data")
    intent_data = {
        "metadata": data.metadata() if data else {},
        "description": data.text("description", longest=1000) if data else None,
        "receipt_email": data.text("receipt_email", longest=800) if data else None,
        "statement_descriptor_suffix": data.text("statement_descriptor_suffix", longest=22) if data else None,
    }
    email = parameters.text("customer_email", longest=800)
    if email is not None and "@" not in email:
        raise invalid(f"Invalid email address: {email}", param="customer_email", code="email_invalid")
    chosen = {
        "cancel_url": parameters.url("cancel_url"),
        "client_reference_id": parameters.text("client_reference_id", longest=200),
        "customer_creation": parameters.text("customer_creation", one_of=("if_required", "always"))
        or "if_required",
        "locale": parameters.text("locale", one_of=LOCALES),
        "metadata": parameters.metadata(),
        "payment_method_types": parameters.texts("payment_method_types") or ["card"],
        "submit_type": parameters.text("submit_type", one_of=("auto", "book", "donate", "pay")),
        "ui_mode": parameters.text("ui_mode", one_of=("hosted_page",)) or "hosted_page",
    }
    expires_at = _expiry(account, parameters.integer("expires_at"))
    parameters.done()
    total = sum(line["amount_total"] for line in lines)
    if problem := check_total(total, lines[0]["currency"]):
        raise problem
    id = account.ids.new("cs_test_", 58)
    session = {
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
        "currency": lines[0]["currency"],
        "currency_conversion": None,
        "custom_fields": [],
        "custom_text": {
            "after_submit": None,
            "shipping_address": None,
            "submit": None,
            "terms_of_service_acceptance": None,
        },
        "customer": None,
        "customer_details": {
            "email": email,
            "name": None,
            "address": None,
            "phone": None,
            "tax_exempt": "none",
            "tax_ids": None,
        }
        if email
        else None,
        "customer_email": email,
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
        "success_url": success_url,
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "url": f"{account.url}/c/pay/{id}",
        "wallet_options": None,
        **chosen,
        "_line_items": lines,
        "_intent_data": intent_data,
    }
    return shown(account.record.add("checkout.session", session))


def retrieve(account: Account, parameters: Parameters, id: str) -> Body:
    parameters.done()
    return shown(account.find("checkout.session", id, "session"))


def index(account: Account, parameters: Parameters) -> Body:
    wanted = {name: parameters.text(name) for name in ("payment_intent", "status")}
    return page_of(account, "checkout.session", "/v1/checkout/sessions", parameters, wanted)


def line_items(account: Account, parameters: Parameters, id: str) -> Body:
    parameters.integer("limit")
    parameters.done()
    session = account.find("checkout.session", id, "session")
    return whole(f"/v1/checkout/sessions/{id}/line_items", session["_line_items"])


def expire(account: Account, parameters: Parameters, id: str) -> Body:
    parameters.done()
    session = account.find("checkout.session", id, "session")
    if session["status"] != "open":
        raise refused(
            'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a '
            f"status of `{session['status']}`.",
        )
    return shown(_lapse(account, session))


def lapse_due(account: Account) -> None:
    """Sessions whose moment has passed expire."""
    with account.record.changing():
        rows = account.record.run(
            "SELECT id FROM objects WHERE kind = 'checkout.session' AND json_extract(body, '$.status') = 'open' "
            "AND json_extract(body, '$.expires_at') <= ?",
            (account.now(),),
        )
        for row in rows:
            _lapse(account, account.find("checkout.session", row["id"]))


def _lapse(account: Account, session: Body) -> Body:
    session |= {"status": "expired", "url": None}
    account.record.save(session)
    intent = session["payment_intent"] and account.find("payment_intent", session["payment_intent"])
    if intent and intent["status"] not in ("succeeded", "canceled"):
        intents.close(account, intent, "automatic")
    account.emit("checkout.session.expired", session)
    return session


def pay(account: Account, id: str, card: Card, email: str | None = None) -> Body:
    """The person on the pay page tries a card. A session that is no longer open stays as it is."""
    with account.record.changing():
        session = account.find("checkout.session", id, "session")
        if session["status"] != "open":
            return session
        email = session["customer_email"] or email
        if session["payment_intent"]:
            intent = account.find("payment_intent", session["payment_intent"])
        else:
            intent = intents.make(
                account, session["amount_total"], session["currency"], session=id, **session["_intent_data"]
            )
            session["payment_intent"] = intent["id"]
        return _after(account, session, intents.attempt(account, intent, card, email), email)


def answer_bank(account: Account, id: str, approved: bool, email: str | None = None) -> Body:
    """The person answers the bank's question (3-D Secure)."""
    with account.record.changing():
        session = account.find("checkout.session", id, "session")
        if session["status"] != "open" or not session["payment_intent"]:
            return session
        intent = account.find("payment_intent", session["payment_intent"])
        email = session["customer_email"] or email
        return _after(account, session, intents.answer_bank(account, intent, approved, email), email)


def _after(account: Account, session: Body, intent: Body, email: str | None) -> Body:
    if intent["status"] == "succeeded":
        details = {"email": email, "name": None, "address": None, "phone": None, "tax_exempt": "none"}
        session |= {
            "status": "complete",
            "payment_status": "paid",
            "url": None,
            "customer_details": {**details, "tax_ids": []},
        }
    account.record.save(session)
    if intent["status"] == "succeeded":
        account.emit("checkout.session.completed", session)
    return session
