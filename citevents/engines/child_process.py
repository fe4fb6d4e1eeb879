"""Child processes that never outlive their parent, not even when it is killed with SIGKILL."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Protocol, Self

# The shell waits for a line. The pipe closes without one only when the parent is gone: then the child's
# whole process group is asked to end, and made to. This works on Linux and Mac alike.
_LEASH = """
read -r line && exit
kill -s "$2" -- "-$1"
for second in 1 2 3 4 5 6 7 8; do sleep 1; kill -s 0 -- "-$1" || exit; done
kill -s KILL -- "-$1"
"""


class Process(Protocol):
    """What is needed of a child: `subprocess.Popen` has it."""

    pid: int

    def poll(self) -> int | None: ...
    def wait(self, timeout: float | None = None) -> int: ...
    def send_signal(self, number: int, /) -> None: ...
    def kill(self) -> None: ...


class Leashed:
    """A child that leads a process group of its own, tied to the life of this process.

    `ends_on` is the signal that asks it to end.
    """

    def __init__(self, process: Process, ends_on: signal.Signals = signal.SIGTERM) -> None:
        self.ends_on = ends_on
        self.pid = process.pid
        self._process = process
        self._leash = subprocess.Popen(  # noqa: S603
            ["/bin/sh", "-c", _LEASH, "leash", str(self.pid), ends_on.name.removeprefix("SIG")],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    @classmethod
    def program(
        cls,
        argv: Sequence[str],
        *,
        output: IO[bytes] | int,
        env: Mapping[str, str],
        cwd: Path,
        keep: Sequence[int] = (),
        user: tuple[int, int] | None = None,
        ends_on: signal.Signals = signal.SIGTERM,
    ) -> Self:
        """Start a program. It inherits the file descriptors in `keep`; `user` is a (uid, gid) to run as."""
        uid, gid = user or (None, None)
        process = subprocess.Popen(  # noqa: S603 (a list of arguments, no shell)
            argv,
            env=dict(env),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=keep,
            user=uid,
            group=gid,
            extra_groups=None if uid is None else [],
        )
        return cls(process, ends_on)

    def poll(self) -> int | None:
        """The exit status, or None while it runs. When it has ended, so has its whole process group."""
        status = self._process.poll()
        if status is not None:
            self._end_group()
            self._release()
        return status

    def ask(self, with_signal: signal.Signals | None = None) -> None:
        """Ask it to end; does not wait."""
        if self._process.poll() is None:
            self._process.send_signal(with_signal or self.ends_on)

    def wait(self, seconds: float) -> int | None:
        """Wait for its end; None when it still runs after that time."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None
        return self.poll()

    def kill(self) -> None:
        """End its whole process group at once."""
        self._end_group()
        self._process.kill()
        self._process.wait()
        self._release()

    def stop(self, seconds: float) -> None:
        """Ask it to end, and make it end when it has not after `seconds`."""
        self.ask()
        if self.wait(seconds) is None:
            self.kill()

    def _end_group(self) -> None:
        # What a killed child leaves behind (a web worker, say) would hold its port against its successor.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)

    def _release(self) -> None:
        if self._leash.poll() is None:
            try:
                self._leash.communicate(b"\n", timeout=5)
            except (BrokenPipeError, subprocess.TimeoutExpired):
                self._leash.kill()
        self._leash.wait()
