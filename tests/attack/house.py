"""The whole product as real processes in a folder, killable, beside a mail server and a Stripe that keep their own books."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
import time
from collections import Counter
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import psycopg
import requests

from citevents.engines.ports import free_port
from tests.faults.engineroom import EngineRoom, wait_for
from tests.patience import PATIENCE_SECONDS

#: The Stripe stand-in gives a webhook up after these: later than anything here is away.
RETRIES = "0.2,0.5,1,2,2,3,3,4,4,5,5,5,5,5,5,5,5,5"
#: So many places are left of each quota, so that the last ones are fought for.
SHRINK = """
UPDATE quota q SET capacity = p.taken + l.places FROM places p, (SELECT %s::int) l (places)
WHERE p.organization_id = q.organization_id AND p.quota_id = q.id AND p.taken + l.places < q.capacity
"""
#: A port that cannot be: another one is chosen.
ANY = 1 << 16
#: With everything well again, nobody waits for the pause of a mailbox that was busy: ten minutes after its third "try later".
HURRY = (
    "UPDATE delivery SET send_at = now() WHERE send_at > now() + interval '30 seconds' AND failure = 'later'"
)
CALM = """
SELECT (SELECT count(*) FROM event WHERE routed_at IS NULL)
     + (SELECT count(*) FROM delivery WHERE send_at IS NOT NULL)
"""


class House(EngineRoom):
    """Start it with `begin`; `revive` (the supervisor) brings back what died."""

    def __init__(self, folder: Path, *, seed: int = 1, control: str = "", workers: int = 2) -> None:
        super().__init__(folder, durable=True)
        self.seed, self.control, self.workers = seed, control, workers
        self.bullets = folder / "bullets"
        self.counts: Counter[str] = Counter()
        self.starting = threading.Lock()

    def count(self, what: str, n: int = 1) -> None:
        with self.starting:
            self.counts[what] += n

    def sql(self, text: str, *values: Any) -> list[tuple[Any, ...]]:
        """As in the engine room, asked again while the database is away."""
        until = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                return super().sql(text, *values)
            except psycopg.OperationalError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.3)

    # ---------- from nothing to a running stack ----------

    @classmethod
    def build_world(cls, folder: Path, registrations: int = 200) -> Path:
        """The sample world in a database folder, to be copied by each run; it is ready when there is a file of that name."""
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        folder.chmod(0o755)
        with cls(folder) as house:
            house.make_world(registrations)
        (folder / "ready").touch()
        return folder / "pg"

    def make_world(self, registrations: int) -> None:
        """Tables, and the sample world in them."""
        self.run("tests.faults.tables")
        self.run("flask", "--app", "app", "demo", "load", "--registrations", str(registrations))

    def copy_world(self, world: Path) -> None:
        """Before `__enter__`; what an earlier run left is thrown away."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(["cp", "-a", str(world), str(self.folder / "pg")], check=True)

    def begin(self) -> None:
        """Start everything and wait until it is healthy."""
        self.bullets.mkdir(exist_ok=True)
        ports = [free_port(ANY) for _ in range(4)]
        self.url, self.outbox_url, self.stripe_url = (f"http://127.0.0.1:{port}" for port in ports[:3])
        self.env |= {
            "CITEVENTS_PORT": str(ports[0]),
            "CITEVENTS_BASE_URL": self.url,
            "CITEVENTS_PROXIES": "1",
            "CITEVENTS_DEVELOPMENT": "1",
            "CITEVENTS_BULLETS": str(self.bullets),
            "CITEVENTS_CONTROL": self.control,
            "SMTP_URL": f"smtp://127.0.0.1:{ports[3]}",
            "CITEVENTS_OUTBOX_URL": f"{self.outbox_url}/",
            "STRIPE_SECRET_KEY": "sk_test_attack",
            "STRIPE_WEBHOOK_SECRET": "whsec_attack",
            "STRIPE_API_BASE": self.stripe_url,
            "NO_PROXY": "127.0.0.1",
            "no_proxy": "127.0.0.1",
        }
        mail = [
            "--smtp-port",
            str(ports[3]),
            "--http-port",
            str(ports[1]),
            "--data",
            str(self.folder / "mail"),
        ]
        self.start("mail", "standins.mail", *mail)
        stripe = {
            "--port": str(ports[2]),
            "--data": str(self.folder / "stripe"),
            "--webhook-url": f"{self.url}/webhooks/stripe",
            "--webhook-secret": "whsec_attack",
            "--secret-key": "sk_test_attack",
            "--retry-delays": RETRIES,
            "--seed": str(self.seed),
        }
        self.start("stripe", "standins.stripe", *(part for option in stripe.items() for part in option))
        self._part("web", "web", "--config", "citevents/engines/gunicorn.py", "app:app")
        for number in range(1, self.workers + 1):
            self._part(f"worker-{number}", "worker", "money", "waiting", "--threads", "4")
        self._part("bulk", "worker", "bulk")
        self._part("runs", "worker", "runs")
        self._part("relay", "relay")
        wait_for(self.healthy, every=0.3)

    def _part(self, name: str, *argv: str) -> None:
        self.start(name, "tests.attack.killable", *argv)

    def healthy(self) -> bool:
        try:
            return requests.get(f"{self.url}/health", timeout=10).status_code == 200
        except requests.RequestException:
            return False

    # ---------- the stand-ins ----------

    def stripe(self, what: str, **values: Any) -> dict[str, Any]:
        """Pull a switch of the Stripe stand-in, again until it is there; its answer, errors included."""
        return self._switch(f"{self.stripe_url}/_{what}", values)

    def misbehave(self, standin: str, **fault: Any) -> None:
        """Switch on a fault of `stripe` or `mail`."""
        self._switch(f"{self.stripe_url if standin == 'stripe' else self.outbox_url}/_faults", fault)

    def _switch(self, url: str, values: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = {}

        def done() -> bool:
            try:
                answer.update(requests.post(url, json=values, timeout=20).json())
            except (requests.RequestException, ValueError):
                return False
            return True

        wait_for(done, every=0.2)
        return answer

    def well_again(self) -> None:
        """Every fault of the stand-ins is switched off."""
        for url in (self.stripe_url, self.outbox_url):
            wait_for(partial(_deleted, f"{url}/_faults"), every=0.3)

    def letters(self, to: str = "", subject: str = "") -> list[dict[str, Any]]:
        """Accepted mails, oldest first, as the outbox lists them."""
        query = {"to": to, "subject": subject}
        listed = requests.get(f"{self.outbox_url}/_messages", params=query, timeout=20).json()
        return list(listed["messages"])

    def letter(self, id: str) -> dict[str, Any]:
        found: dict[str, Any] = requests.get(f"{self.outbox_url}/_messages/{id}", timeout=20).json()
        return found

    def record(self) -> dict[str, list[dict[str, Any]]]:
        """What Stripe says happened."""
        found: dict[str, list[dict[str, Any]]] = requests.get(f"{self.stripe_url}/_record", timeout=60).json()
        return found

    # ---------- rest ----------

    def settle(self, seconds: float = 600) -> float:
        """Let everything come to rest, at its own pace but for long pauses; how long it took. AssertionError when it does not."""
        calm = 0

        def quiet() -> bool:
            nonlocal calm
            if self.revive():
                calm = 0
            try:
                self.sql(HURRY)
                busy = int(self.sql(CALM)[0][0]) + len(self.sending())
            except Exception:  # the database or Stripe is on its way back
                busy = 1
            calm = 0 if busy else calm + 1
            return calm >= 5

        return wait_for(quiet, seconds, every=0.4)

    def sending(self) -> list[dict[str, Any]]:
        """Webhooks that are still on their way."""
        return [each for each in self.record()["deliveries"] if each["state"] in ("waiting", "sending")]

    def clock(self, at: datetime) -> None:
        """Let the ticks run as of an instant."""
        self.run("flask", "--app", "app", "clock", "--at", at.strftime("%Y-%m-%dT%H:%M:%S%z"))

    def check(self) -> list[str]:
        """What `flask check` has to say: one line per violation."""
        done = subprocess.run(
            [sys.executable, "-m", "flask", "--app", "app", "check"],
            env=self.env,
            cwd=Path(__file__).parents[2],
            capture_output=True,
            text=True,
            timeout=300,
        )
        found = [line for line in done.stdout.splitlines() if line.strip()]
        if done.returncode and not found:
            found = [f"flask check failed: {done.stderr[-300:]}"]
        return found

    def web_workers(self) -> list[int]:
        """Process ids of the forked web workers."""
        try:
            return [each.pid for each in psutil.Process(self.children["web"][1].pid).children()]
        except psutil.Error:
            return []

    def hits(self) -> list[str]:
        """Points where somebody died of a bullet."""
        return sorted(path.name.partition(".hit.")[0] for path in self.bullets.glob("*.hit.*"))

    def remove(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


def _deleted(url: str) -> bool:
    try:
        return requests.delete(url, timeout=10).ok
    except requests.RequestException:
        return False
