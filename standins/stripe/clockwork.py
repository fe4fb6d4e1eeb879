"""Time: what happens by itself when its moment has come."""

import threading

from standins.stripe import disputes, refunds, sessions
from standins.stripe.account import Account


def let_time_pass(account: Account) -> None:
    """Sessions lapse, refunds arrive, payments are disputed."""
    sessions.lapse_due(account)
    refunds.settle_due(account)
    disputes.start_due(account)


class Clockwork:
    """Looks every second, in a thread."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, name="clockwork", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._end.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._end.wait(1.0):
            let_time_pass(self._account)
            self._account.webhooks.wake()
