"""Currencies and the amounts Stripe takes in them, in its own smallest units."""

from standins.stripe.errors import StripeError, invalid

_SUPPORTED = """
aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bhd bif bmd bnd bob brl bsd bwp byn bzd cad cdf chf clp cny
cop crc cve czk djf dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gnf gtq gyd hkd hnl htg huf idr ils inr isk jmd
jod jpy kes kgs khr kmf krw kwd kyd kzt lak lbp lkr lrd lsl mad mdl mga mkd mmk mnt mop mur mvr mwk mxn myr mzn nad
ngn nio nok npr nzd omr pab pen pgk php pkr pln pyg qar ron rsd rub rwf sar sbd scr sek sgd shp sle sos srd std szl
thb tjs tnd top try ttd twd tzs uah ugx usd uyu uzs vnd vuv wst xaf xcd xcg xof xpf yer zar zmw
"""
SUPPORTED = frozenset(_SUPPORTED.split())
_WITHOUT_DECIMALS = "bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf"
WITHOUT_DECIMALS = frozenset(_WITHOUT_DECIMALS.split())
THREE_DECIMALS = frozenset({"bhd", "jod", "kwd", "omr", "tnd"})
WHOLE_UNITS_ONLY = frozenset({"isk", "ugx"})  # given with two decimals that must be 00
LARGEST = 99_999_999
# The smallest charge, as Stripe lists it for currencies that it settles; for others about half a US dollar.
LEAST = {
    "aed": 200, "aud": 50, "bgn": 100, "brl": 50, "cad": 50, "chf": 50, "czk": 1500, "dkk": 250, "eur": 50, "gbp": 30,
    "hkd": 400, "huf": 17_500, "inr": 50, "jpy": 50, "mxn": 1000, "myr": 200, "nok": 300, "nzd": 50, "pln": 200, "ron": 200,
    "sek": 300, "sgd": 50, "thb": 1000, "usd": 50,
}  # fmt: skip


def decimals(currency: str) -> int:
    return 0 if currency in WITHOUT_DECIMALS else 3 if currency in THREE_DECIMALS else 2


def written(amount: int, currency: str) -> str:
    """The amount as Stripe's messages write it."""
    places = decimals(currency)
    sign = {"usd": "$", "eur": "€", "gbp": "£", "jpy": "¥"}.get(currency)
    number = f"{amount / 10**places:,.{places}f}"
    return f"{sign}{number}" if sign else f"{number} {currency.upper()}"


def check_currency(currency: str, param: str) -> str:
    if currency.lower() not in SUPPORTED:
        offer = ", ".join(sorted(SUPPORTED))
        raise invalid(
            f"Invalid currency: {currency.lower()}. Stripe currently supports these currencies: {offer}",
            param=param,
        )
    return currency.lower()


def check_fits(amount: int, currency: str, param: str) -> None:
    """Refuses an amount finer than Stripe settles in this currency."""
    step = 10 if currency in THREE_DECIMALS else 100 if currency in WHOLE_UNITS_ONLY else 1
    if amount % step:
        raise invalid(
            f"Invalid amount: amounts in {currency} must be a multiple of {step}.",
            param=param,
            code="parameter_invalid_integer",
        )


def check_total(amount: int, currency: str) -> StripeError | None:
    """What is wrong with the total of a payment, if anything."""
    least = LEAST.get(currency, 500 if currency in THREE_DECIMALS else 50)
    if amount < least:
        return invalid(
            f"The Checkout Session's total amount due must add up to at least {written(least, currency)}",
            code="amount_too_small",
        )
    if amount > LARGEST:
        return invalid(
            f"The Checkout Session's total amount due must be no more than {written(LARGEST, currency)}",
            code="amount_too_large",
        )
    return None
