"""`python -m standins.stripe --port N --data DIR --webhook-url URL`: the stand-in as a process of its own."""

import argparse
from pathlib import Path

from standins.process import serve
from standins.stripe.standin import SECRET_KEY, WEBHOOK_SECRET, StripeStandIn
from standins.stripe.webhooks import PATIENT


def main() -> None:
    options = argparse.ArgumentParser(prog="standins.stripe", description=__doc__)
    options.add_argument("--port", type=int, default=0, help="0 takes a free one (default)")
    options.add_argument("--data", type=Path, required=True, help="folder for the record")
    options.add_argument("--webhook-url", help="where events are sent; without it nowhere")
    options.add_argument("--webhook-secret", default=WEBHOOK_SECRET)
    options.add_argument("--secret-key", default=SECRET_KEY)
    options.add_argument("--public-url", help="how a browser reaches the pay page, if not by loopback")
    options.add_argument("--retry-delays", type=_delays, default=PATIENT, help="seconds, e.g. 0.1,0.5,2")
    options.add_argument("--seed", type=int, help="the same ids each time")
    given = options.parse_args()
    standin = StripeStandIn(**vars(given))
    serve(standin, port=standin.port, url=standin.url)


def _delays(text: str) -> tuple[float, ...]:
    return tuple(float(part) for part in text.split(","))


if __name__ == "__main__":
    main()
