"""Line items: what is bought, each at a price given on the spot."""

from standins.stripe.account import Account
from standins.stripe.currencies import check_currency, check_fits
from standins.stripe.errors import invalid
from standins.stripe.parameters import Parameters
from standins.stripe.record import Body


def read_lines(account: Account, parameters: Parameters) -> list[Body]:
    """The `line_items` asked for, at least one, all in one currency."""
    lines = [_line(account, item) for item in parameters.items("line_items")]
    if not lines:
        raise parameters.missing("line_items")
    if len({line["currency"] for line in lines}) > 1:
        raise invalid("All line items must have the same currency.", param="line_items")
    return lines


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
