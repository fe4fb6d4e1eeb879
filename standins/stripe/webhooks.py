"""Webhooks: signed deliveries of events, again with back-off until answered, in the order of no promise."""

import hashlib
import hmac
import http.client
import json
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import urlsplit

from standins.faults import Faults
from standins.stripe.record import Body, Record

# Seconds before each further attempt; in all about three days, as Stripe.
PATIENT = (5, 60, 300, 1800, 3600, *(4 * 3600,) * 6, *(8 * 3600,) * 5)
PARALLEL = 10
STALE = 3600


def signature(payload: str, secret: str, at: int) -> str:
    """The `Stripe-Signature` header of scheme v1."""
    mac = hmac.new(secret.encode(), f"{at}.{payload}".encode(), hashlib.sha256)
    return f"t={at},v1={mac.hexdigest()}"


class Webhooks:
    """Deliveries live in the record: what was due when the process died is sent by the next one.

    States: waiting, sending, delivered (any 2xx), given_up (no attempt left), dropped (by a fault).
    """

    def __init__(
        self,
        record: Record,
        faults: Faults,
        *,
        url: str | None,
        secret: str,
        retry_delays: Sequence[float] = PATIENT,
        timeout: float = 10.0,
    ) -> None:
        self.record = record
        self.faults = faults
        self.url = url
        self.secret = secret
        self.retry_delays = retry_delays
        self.timeout = timeout
        self._wake = threading.Event()
        self._ending = False
        self._pool = ThreadPoolExecutor(PARALLEL, thread_name_prefix="webhook")
        self._thread = threading.Thread(target=self._send_what_is_due, name="webhooks", daemon=True)

    # planning, inside the transaction that makes the event

    def schedule(self, event: Body) -> None:
        """One delivery, or what the faults make of it. Without an address there is none."""
        if self.url is None:
            return
        faults = self.faults.take("webhook", event["type"])
        due = time.time()
        if "delay" in faults:
            due += faults["delay"]["seconds"]
        if "reorder" in faults:  # the first of them waits longest
            due += faults["reorder"].times * faults["reorder"]["gap"]
        if "drop" in faults:
            self._plan(event["id"], due, state="dropped")
        else:
            copies = faults["duplicate"]["copies"] if "duplicate" in faults else 0
            for _ in range(1 + copies):
                self._plan(event["id"], due)
        if "late" in faults:
            self._plan(event["id"], due + faults["late"]["seconds"])
        for disguise in ("wrong_mode", "forged", "stale"):
            if disguise in faults:
                self._plan(event["id"], due, disguise=disguise)

    def replay(
        self,
        *,
        types: str = "*",
        events: list[str] | None = None,
        copies: int = 1,
        after: float = 0.0,
        disguise: str | None = None,
    ) -> int:
        """Sends events again, newly signed, oldest first; with `disguise="stale"` with a signature of an hour ago.

        Returns the number of deliveries planned.
        """
        planned = 0
        with self.record.changing():
            for event in self.record.all("event"):
                if fnmatchcase(event["type"], types) and (events is None or event["id"] in events):
                    for _ in range(copies):
                        self._plan(event["id"], time.time() + after, disguise=disguise)
                        planned += 1
        self.wake()
        return planned

    def _plan(self, event: str, due: float, *, state: str = "waiting", disguise: str | None = None) -> None:
        self.record.run(
            "INSERT INTO deliveries (event, disguise, due_at, state) VALUES (?, ?, ?, ?)",
            (event, disguise, due, state),
        )

    def point_at(self, url: str | None, secret: str | None = None) -> None:
        """From now on deliveries go there; those that wait too."""
        self.url, self.secret = url, secret or self.secret
        self.wake()

    # sending

    def start(self) -> None:
        self.record.run("UPDATE deliveries SET state = 'waiting' WHERE state = 'sending'")
        self._thread.start()

    def stop(self) -> None:
        self._ending = True
        self.wake()
        if self._thread.is_alive():
            self._thread.join()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def wake(self) -> None:
        self._wake.set()

    def busy(self) -> int:
        """Deliveries that are still to be made or retried."""
        sql = "SELECT count(*) AS n FROM deliveries WHERE state IN ('waiting', 'sending')"
        return int(self.record.run(sql)[0]["n"])

    def _send_what_is_due(self) -> None:
        while not self._ending:
            self._wake.clear()
            if self.url is not None:
                for row in self._claimed():
                    self._pool.submit(self._send, row["id"], row["event"], row["disguise"], row["attempts"])
            self._wake.wait(self._until_next())

    def _claimed(self) -> list[Any]:
        return self.record.run(
            "UPDATE deliveries SET state = 'sending', attempts = attempts + 1 WHERE id IN (SELECT id FROM "
            "deliveries WHERE state = 'waiting' AND due_at <= ? ORDER BY due_at, id LIMIT 100) "
            "RETURNING id, event, disguise, attempts",
            (time.time(),),
        )

    def _until_next(self) -> float:
        sql = "SELECT min(due_at) AS due FROM deliveries WHERE state = 'waiting'"
        due = self.record.run(sql)[0]["due"]
        return 1.0 if due is None or self.url is None else min(1.0, max(0.0, due - time.time()))

    def _send(self, delivery: int, event_id: str, disguise: str | None, number: int) -> None:
        event = self.record.get("event", event_id)
        status, error = (None, "no such event") if event is None else self._post(event, disguise)
        delivered = status is not None and 200 <= status < 300
        with self.record.changing():
            self.record.run(
                "INSERT INTO attempts (delivery, number, at, status, error) VALUES (?, ?, ?, ?, ?)",
                (delivery, number, time.time(), status, error),
            )
            if delivered or number > len(self.retry_delays):
                state, due = "delivered" if delivered else "given_up", time.time()
            else:
                state, due = "waiting", time.time() + self.retry_delays[number - 1]
            self.record.run(
                "UPDATE deliveries SET state = ?, due_at = ? WHERE id = ?", (state, due, delivery)
            )
        self.wake()

    def _post(self, event: Body, disguise: str | None) -> tuple[int | None, str | None]:
        if disguise == "wrong_mode":
            event = {**event, "livemode": True}
            event["data"] = {**event["data"], "object": {**event["data"]["object"], "livemode": True}}
        payload = json.dumps(event, indent=2)
        signed_at = int(time.time()) - (STALE if disguise == "stale" else 0)
        secret = "whsec_of_somebody_else" if disguise == "forged" else self.secret
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
            "Stripe-Signature": signature(payload, secret, signed_at),
        }
        target = urlsplit(self.url or "")
        connect = http.client.HTTPSConnection if target.scheme == "https" else http.client.HTTPConnection
        connection = connect(target.hostname or "", target.port, timeout=self.timeout)
        try:
            connection.request("POST", target.path or "/", payload.encode(), headers)
            return connection.getresponse().status, None
        except (OSError, http.client.HTTPException) as problem:
            return None, f"{type(problem).__name__}: {problem}"
        finally:
            connection.close()
