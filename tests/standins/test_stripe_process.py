"""The Stripe stand-in as a process of its own: ports, switches by HTTP, a record that survives a kill."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import requests

from standins.stripe import StripeStandIn
from standins.stripe.cards import DECLINES
from tests.standins.conftest import Receiver, client_of

KEY = "sk_test_process"


def started(data: Path, *more: str) -> tuple[subprocess.Popen[str], str]:
    command = [sys.executable, "-m", "standins.stripe", "--data", str(data), "--secret-key", KEY, *more]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    return process, json.loads(process.stdout.readline())["url"]


def call(url: str, /, **body: Any) -> Any:
    answer = requests.post(url, json=body, timeout=5)
    assert answer.status_code < 300, answer.text
    return answer.json()


def opened(url: str, key: str) -> str:
    price = {"currency": "eur", "unit_amount": 5000, "product_data": {"name": "Ticket"}}
    session = client_of(url, KEY).v1.checkout.sessions.create(
        {
            "mode": "payment",
            "line_items": [{"price_data": price, "quantity": 1}],  # type: ignore[list-item]
            "success_url": "http://127.0.0.1:9/",
        },
        {"idempotency_key": key},
    )
    return session.id


def test_the_record_the_keys_and_the_undelivered_survive_a_kill(tmp_path: Path, receiver: Receiver) -> None:
    nowhere = ("--webhook-url", "http://127.0.0.1:9/", "--retry-delays", "0.2,0.2,0.2,0.2,0.2,0.2,0.2")
    process, url = started(tmp_path, *nowhere)
    session = opened(url, "k")
    call(f"{url}/_pay", session=session)
    before = requests.get(f"{url}/_record", timeout=5).json()
    process.kill()
    process.communicate()

    process, url = started(tmp_path, "--webhook-url", receiver.url, "--retry-delays", "0.1")
    try:
        after = requests.get(f"{url}/_record", timeout=5).json()
        del before["deliveries"], after["deliveries"]
        assert after == before
        assert opened(url, "k") == session
        receiver.wait_for(4)
        assert "checkout.session.completed" in receiver.types()
    finally:
        process.terminate()
        process.communicate()
    assert process.returncode == 0


def test_every_switch_works_by_http(tmp_path: Path, receiver: Receiver) -> None:
    process, url = started(tmp_path)
    try:
        assert requests.get(f"{url}/_health", timeout=5).json() == {"status": "ok"}
        call(f"{url}/_faults", place="api", kind="error", on="checkout.sessions.create")
        with pytest.raises(Exception, match="told to answer so"):
            opened(url, "k")
        session = opened(url, "k")
        assert call(f"{url}/_pay", session=session, card=DECLINES)["status"] == "open"
        paid = call(f"{url}/_pay", session=session)
        assert paid["status"] == "complete"
        refund = call(f"{url}/_refund", payment_intent=paid["payment_intent"], amount=700)
        assert call(f"{url}/_settle", refund=refund["id"], outcome="failed")["status"] == "failed"
        call(f"{url}/_webhook", url=receiver.url)
        assert call(f"{url}/_replay", types="refund.failed") == {"result": 1}
        assert call(f"{url}/_wait", timeout=5) == {"result": None}
        assert receiver.types() == ["refund.failed"]
        call(f"{url}/_age_keys", hours=25)
        other = opened(url, "k")
        assert other != session
        assert call(f"{url}/_lapse", session=other)["status"] == "expired"
        assert call(f"{url}/_advance", seconds=60)["result"] > 0
        assert requests.post(f"{url}/_refund", json={"payment_intent": "pi_no"}, timeout=5).status_code == 404
        assert requests.post(f"{url}/_pay", json={"colour": "red"}, timeout=5).status_code == 400
        requests.delete(f"{url}/_record", timeout=5)
        assert {
            name: len(rows) for name, rows in requests.get(f"{url}/_record", timeout=5).json().items()
        } == {
            "checkout_sessions": 0,
            "payment_intents": 0,
            "charges": 0,
            "refunds": 0,
            "disputes": 0,
            "events": 0,
            "deliveries": 0,
        }
    finally:
        process.terminate()
        process.communicate()


def test_a_seed_gives_the_same_ids_and_goes_on_after_a_restart(tmp_path: Path) -> None:
    def two(data: Path) -> list[str]:
        ids = []
        for key in ("a", "b"):
            with StripeStandIn(data, secret_key=KEY, seed=7) as standin:
                ids.append(opened(standin.url, key))
        return ids

    first, again = two(tmp_path / "one"), two(tmp_path / "two")
    assert first == again
    assert len(set(first)) == 2
