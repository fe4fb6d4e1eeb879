"""Ids that look like Stripe's; with a seed the same ones each time."""

import random
import secrets
import string

from standins.stripe.record import Record

_LETTERS = string.ascii_letters + string.digits


class Ids:
    """`new("pi_")` gives `pi_` and 24 letters. With a seed the n-th id is always the same, over restarts too."""

    def __init__(self, record: Record, seed: int | None = None) -> None:
        self.record = record
        self.seed = seed

    def new(self, prefix: str, length: int = 24) -> str:
        if self.seed is None:
            return prefix + "".join(secrets.choice(_LETTERS) for _ in range(length))
        with self.record.changing():
            number = self.record.note("ids") + 1
            self.record.write_note("ids", number)
        return prefix + "".join(random.Random(f"{self.seed}:{number}").choices(_LETTERS, k=length))
