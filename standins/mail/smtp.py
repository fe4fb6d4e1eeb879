"""The door: SMTP on loopback, and the faults a mail server can have."""

import asyncio
import socket
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, Self

from aiosmtpd.smtp import SMTP

from standins.faults import Faults, Kinds
from standins.mail.mailbox import Mailbox
from standins.web import LOOPBACK

# Names a fault's `on` is matched with: "server" at `connect`, the sender at `mail`, the recipient at `rcpt`, the first
# recipient at `data`.
KINDS: Kinds = {
    "connect": {
        # greeted with this, then hung up on
        "refuse": {"code": 421, "text": "Service not available"},
        # slow to greet: a sender that gives up meanwhile was never talked to
        "delay": {"seconds": 1.0},
        # the connection is cut before a word
        "drop": {},
    },
    "mail": {"refuse": {"code": 421, "text": "Service not available"}, "delay": {"seconds": 1.0}},
    "rcpt": {"refuse": {"code": 450, "text": "Mailbox unavailable"}, "delay": {"seconds": 1.0}},
    "data": {
        # refused after the whole message was read
        "refuse": {"code": 451, "text": "Local error in processing"},
        # slow: a sender that gives up meanwhile was not accepted
        "delay": {"seconds": 1.0},
        # accepted, then silent before the 250: the sender's time runs out
        "silence": {"seconds": 60.0},
        # accepted, then the connection is cut before the 250
        "drop": {},
    },
}


def _refusal(fault: Any) -> str:
    return f"{int(fault['code'])} {fault['text']}"


class _Door:
    """What aiosmtpd calls at each step of a conversation."""

    def __init__(self, mailbox: Mailbox, faults: Faults) -> None:
        self.mailbox = mailbox
        self.faults = faults

    async def handle_MAIL(  # noqa: N802 - aiosmtpd finds hooks by this name
        self, server: SMTP, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if refusal := await self._hindered("mail", address):
            return refusal
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if refusal := await self._hindered("rcpt", address):
            return refusal
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def _hindered(self, place: str, name: str) -> str:
        """What a fault of this step makes the server say, after the time it makes it take."""
        faults = self.faults.take(place, name)
        if "delay" in faults:
            await asyncio.sleep(faults["delay"]["seconds"])
        return _refusal(faults["refuse"]) if "refuse" in faults else ""

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:  # noqa: N802
        faults = self.faults.take("data", envelope.rcpt_tos[0])
        if "delay" in faults:
            await asyncio.sleep(faults["delay"]["seconds"])
        if "refuse" in faults:
            return _refusal(faults["refuse"])
        heard = not {"drop", "silence"} & faults.keys()
        try:
            name = self.mailbox.keep(
                envelope.original_content, sender=envelope.mail_from, to=envelope.rcpt_tos, answered=heard
            )
        except OSError:  # as a mail server says of its full disk
            return "452 4.3.1 Insufficient system storage"
        if "drop" in faults:
            assert isinstance(server.transport, asyncio.WriteTransport)
            server.transport.abort()
        elif "silence" in faults:
            await asyncio.sleep(faults["silence"]["seconds"])  # cancelled when the sender hangs up
            self.mailbox.mark_answered(name)
        return f"250 OK kept as {name}"


class _Conversation(SMTP):
    """One connection; aiosmtpd greets where `_handle_client` begins."""

    async def _handle_client(self) -> None:
        faults = self.event_handler.faults.take("connect", "server")
        if "delay" in faults:
            await asyncio.sleep(faults["delay"]["seconds"])
        if "refuse" in faults:
            await self.push(_refusal(faults["refuse"]))
        if {"refuse", "drop"} & faults.keys():
            assert isinstance(self.transport, asyncio.WriteTransport)
            self.transport.close()
            return
        await super()._handle_client()


class SmtpServer:
    """SMTP on a port of loopback; 0 takes a free one. Bound when made, serving between start and stop.

    Its event loop lives in a thread of its own, so that it may be made where another loop runs.
    """

    def __init__(self, mailbox: Mailbox, faults: Faults, port: int = 0) -> None:
        self._door = _Door(mailbox, faults)
        self.calls = 0
        self._socket = socket.create_server((LOOPBACK, port))
        self.port: int = self._socket.getsockname()[1]
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="smtp", daemon=True)

    def start(self) -> Self:
        self._thread.start()
        self._in_loop(self._listen())
        return self

    @contextmanager
    def away(self) -> Iterator[None]:
        """Inside, nobody listens on the port: connections are refused."""
        self._in_loop(self._shut())
        try:
            yield
        finally:
            self._socket = socket.create_server((LOOPBACK, self.port))
            self._in_loop(self._listen())

    async def _shut(self) -> None:
        self._server.close()

    def stop(self) -> None:
        if self._thread.is_alive():
            self._in_loop(self._hang_up())
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
        self._socket.close()
        self._loop.close()

    def _in_loop(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=5)

    async def _listen(self) -> None:
        self._server = await self._loop.create_server(self._conversation, sock=self._socket)

    def _conversation(self) -> SMTP:
        self.calls += 1
        return _Conversation(
            self._door,
            hostname="outbox.localhost",
            ident="citevents outbox",
            enable_SMTPUTF8=True,
            loop=self._loop,
        )

    async def _hang_up(self) -> None:
        self._server.close()
        talking = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in talking:
            task.cancel()
        await asyncio.gather(*talking, return_exceptions=True)
