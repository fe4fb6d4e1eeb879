"""What the embedded servers share: a folder with a lock, a private socket, a log, a life tied to ours."""

import contextlib
import os
import signal
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Self

from citevents.engines.child_process import Leashed
from citevents.engines.data_folder import hold, last_words, open_log, socket_folder
from citevents.engines.errors import EngineError
from citevents.engines.unix_user import Account, own, reaching

START_SECONDS = 60.0
STOP_SECONDS = 10.0
PREDECESSOR_SECONDS = 15.0


class Server(ABC):
    """One server in `folder`, on a unix socket that only its user (and root) can open.

    It ends with the `with`, or with this process however that ends; after a crash the next start recovers.
    `durable=False` is for servers whose folder is thrown away: a power cut may lose everything.
    """

    name: ClassVar[str]
    socket: ClassVar[str]
    ends_on: ClassVar[signal.Signals]

    def __init__(self, folder: Path | str, durable: bool = True) -> None:
        self.folder = Path(folder).resolve()
        self.durable = durable
        self._account: Account | None = None
        self._sockets: Path | None = None
        self._process: Leashed | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start, and return when it takes connections. `EngineError` says why it can not."""
        self._account = own(self.folder)
        # A predecessor may still be on its way out; the lock is free when its last process is gone.
        lock = hold(self.folder / "lock", wait=PREDECESSOR_SECONDS)
        try:
            self._sockets = socket_folder(self.folder, self.socket, self._account)
            self._prepare()
            self._process = self._run(self._command(), keep=[lock])
            self._wait_ready(self._process)
        except BaseException:
            self.stop()
            raise
        finally:
            os.close(lock)

    def stop(self) -> None:
        """Disconnect everybody and stop; what was committed is on disk when this returns."""
        if self._process:
            self._process.stop(STOP_SECONDS)
        if self._sockets and self._sockets.parent != self.folder:
            with contextlib.suppress(OSError):
                self._sockets.rmdir()

    @property
    def pid(self) -> int:
        if self._process is None:
            raise EngineError(f"{self.name} has not been started.")
        return self._process.pid

    def poll(self) -> int | None:
        """The exit status of a server that has ended by itself, or None."""
        return self._process.poll() if self._process else None

    @property
    def sockets(self) -> Path:
        """The folder of its socket."""
        if self._sockets is None:
            raise EngineError(f"{self.name} has not been started.")
        return self._sockets

    @abstractmethod
    def _prepare(self) -> None:
        """Make what the server needs in its folder; nobody else works there now."""

    @abstractmethod
    def _command(self) -> list[str]:
        """The command that runs the server in the foreground."""

    @abstractmethod
    def _answers(self) -> bool:
        """Whether a client is served now."""

    def _run(self, command: Sequence[str], keep: Sequence[int] = ()) -> Leashed:
        argv, account = reaching(command, self._account, self.folder)
        environment = {"LC_ALL": "C", "PATH": os.defpath}  # nothing of PGHOST and its family
        with open_log(self.folder) as log:
            return Leashed.program(
                argv,
                output=log,
                env=environment,
                cwd=Path("/"),
                keep=keep,
                user=account,
                ends_on=self.ends_on,
            )

    def _wait_ready(self, process: Leashed) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if process.poll() is not None:
                raise EngineError(f"{self.name} ended while starting:\n{last_words(self.folder)}")
            if time.monotonic() > deadline:
                raise EngineError(f"{self.name} did not answer in time:\n{last_words(self.folder)}")
            time.sleep(0.02)
