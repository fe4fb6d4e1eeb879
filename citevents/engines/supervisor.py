"""Keeps processes alive, shows what they say, and stops them in order. One thread, no polling."""

import os
import selectors
import signal
import socket
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from citevents.engines import preload
from citevents.engines.child_process import Leashed
from citevents.engines.console import Console
from citevents.engines.errors import EngineError
from citevents.engines.server import Server
from citevents.engines.topology import Child, Step

SHORTEST_WAIT, LONGEST_WAIT = 0.5, 15.0
STEADY_SECONDS = 30.0
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Kept:
    """Something that is started again when it ends, a little later each time until it holds."""

    def __init__(self, name: str, start: Callable[[], None], poll: Callable[[], int | None]) -> None:
        self.name = name
        self._start, self._poll = start, poll
        self._since = time.monotonic()
        self._wait = SHORTEST_WAIT
        self.again_at: float | None = None

    def tend(self, console: Console) -> None:
        """Start it if its time has come; notice that it has ended."""
        now = time.monotonic()
        if self.again_at is not None:
            if now >= self.again_at:
                self._again(console)
            return
        status = self._poll()
        if status is not None:
            self._wait = SHORTEST_WAIT if now - self._since > STEADY_SECONDS else self._wait
            self._later(console, ended(status))

    def _again(self, console: Console) -> None:
        try:
            self._start()
        except EngineError as error:
            self._later(console, f"could not be started: {error}")
        else:
            self._since, self.again_at = time.monotonic(), None

    def _later(self, console: Console, why: str) -> None:
        console.say(f"{self.name} {why}; starting it again in {self._wait:g} s")
        self.again_at = time.monotonic() + self._wait
        self._wait = min(self._wait * 2, LONGEST_WAIT)


class Supervisor:
    """Runs steps and children in `folder` with one environment, which may still be filled in until they start.

    `lock` is a descriptor that every child inherits: see `citevents.engines.data_folder.hold`.
    """

    def __init__(self, env: Mapping[str, str], console: Console, lock: int, folder: Path) -> None:
        self.stopping = False
        self._hurried = False
        self._env, self._console, self._lock, self._folder = env, console, lock, folder
        self._kept: list[Kept] = []
        self._running: dict[str, tuple[Child, Leashed]] = {}
        self._unfinished: dict[int, bytes] = {}
        self._selector = selectors.DefaultSelector()
        self._listen_to_signals()

    def keep_server(self, server: Server) -> None:
        """Keep a started engine alive; whoever started it stops it."""
        self._kept.append(Kept(server.name, server.start, server.poll))

    def keep(self, child: Child) -> None:
        """Start a child and keep it alive."""

        def start() -> None:
            self._running[child.name] = child, self._launch(child.name, child.run)

        start()
        self._kept.append(Kept(child.name, start, lambda: self._running[child.name][1].poll()))

    def run(self, step: Step) -> int | None:
        """Run a command to its end, showing what it says. Its status, or None when told to stop meanwhile."""
        process = self._launch(step.name, step.run)
        self.watch(until=lambda: process.poll() is not None)
        if process.poll() is None:
            process.stop(5)
            return None
        self._drain()
        return process.poll()

    def watch(self, until: Callable[[], bool] | None = None, every: float | None = None) -> None:
        """Tend everything until told to stop, or until `until` (asked after each event and `every` seconds)."""
        while not self.stopping and not (until and until()):
            self._turn(every)

    def stop(self) -> None:
        """Stop the children, stage by stage; whoever does not end in its time is killed, and said so.

        Being told to stop once more (a second Ctrl-C) kills at once.
        """
        signal.set_wakeup_fd(-1)
        for number in STOPPING:
            signal.signal(number, self._hurry)
        for stage in sorted({child.stage for child, _ in self._running.values()}):
            self._stop_together([pair for pair in self._running.values() if pair[0].stage == stage])
        self._drain()

    def _stop_together(self, group: list[tuple[Child, Leashed]]) -> None:
        began = time.monotonic()
        for _, process in group:
            process.ask()
        for child, process in group:
            while process.poll() is None and not self._hurried and time.monotonic() - began < child.patience:
                self._read(0.05)
            if process.poll() is None:
                if not self._hurried:
                    self._console.say(f"{child.name} did not stop in {child.patience:g} s; killing it")
                process.kill()

    def _hurry(self, *signal_and_frame: object) -> None:
        self._hurried = True

    def _launch(self, name: str, run: tuple[str, ...]) -> Leashed:
        output, to_us = os.pipe()
        try:
            process = preload.start(run, output=to_us, env=self._env, cwd=self._folder, keep=[self._lock])
        finally:
            os.close(to_us)
        os.set_blocking(output, False)
        self._selector.register(output, selectors.EVENT_READ, name)
        return process

    def _turn(self, every: float | None) -> None:
        now = time.monotonic()
        waits = [kept.again_at - now for kept in self._kept if kept.again_at is not None]
        waits += [] if every is None else [every]
        self._read(max(0.0, min(waits)) if waits else None)
        if not self.stopping:
            for kept in self._kept:
                kept.tend(self._console)

    def _read(self, timeout: float | None) -> None:
        for key, _ in self._selector.select(timeout):
            if key.data is None:
                self._bell.recv(4096)
                continue
            chunk = os.read(key.fd, 65536)
            *lines, rest = (self._unfinished.pop(key.fd, b"") + chunk).split(b"\n")
            if not chunk:
                self._selector.unregister(key.fd)
                os.close(key.fd)
                lines += [rest] if rest else []
            elif rest:
                self._unfinished[key.fd] = rest
            for line in lines:
                self._console.line(key.data, line.decode(errors="replace").rstrip("\r"))

    def _drain(self) -> None:
        """Read what is there to read, without waiting for more."""
        for _ in range(100):
            if not self._selector.select(0):
                return
            self._read(0)

    def _listen_to_signals(self) -> None:
        self._bell, ringer = socket.socketpair()
        for end in (self._bell, ringer):
            end.setblocking(False)
        self._ringer = ringer
        self._selector.register(self._bell, selectors.EVENT_READ, None)
        signal.set_wakeup_fd(ringer.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)  # it only rings the bell
        for number in STOPPING:
            if signal.getsignal(number) != signal.SIG_IGN:  # nohup means it
                signal.signal(number, self._told_to_stop)

    def _told_to_stop(self, *_: object) -> None:
        self.stopping = True


def ended(status: int) -> str:
    """An exit status in words."""
    if status >= 0:
        return f"ended with status {status}"
    return f"was ended by {signal.Signals(-status).name}"
