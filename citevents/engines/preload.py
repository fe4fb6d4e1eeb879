"""Python modules as processes that share the memory of what was imported before.

A process that imports the whole product needs some 80 MB and two seconds. Forked from one that has imported it, it needs
a quarter of that and no time. macOS breaks frameworks that are used after a fork, so there every module starts afresh.
"""

import gc
import importlib
import os
import runpy
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path

import setproctitle

from citevents.engines.child_process import Leashed

SHARES = sys.platform == "linux"
setproctitle.getproctitle()  # it finds its place in memory only before the environment is changed
_REACHED_US = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD)


def preload(names: Sequence[str], env: Mapping[str, str]) -> None:
    """Import modules under the environment that the children will have."""
    if not SHARES:
        return
    os.environ.update(env)
    for name in names:
        importlib.import_module(name)


def start(
    run: Sequence[str], *, output: int, env: Mapping[str, str], cwd: Path, keep: Sequence[int]
) -> Leashed:
    """Run a module with its arguments as `python -m` would. `output` is what it writes to."""
    if SHARES:
        return Leashed(_fork(run, output, env, cwd, keep))
    return Leashed.program([sys.executable, "-m", *run], output=output, env=env, cwd=cwd, keep=keep)


class _Forked:
    """A forked child, with the few methods of `subprocess.Popen` that are used."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._status: int | None = None

    def poll(self) -> int | None:
        if self._status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self._status = os.waitstatus_to_exitcode(status)
        return self._status

    def wait(self, timeout: float | None = None) -> int:
        deadline = None if timeout is None else time.monotonic() + timeout
        while (status := self.poll()) is None:
            if deadline is not None and time.monotonic() > deadline:
                raise subprocess.TimeoutExpired("fork", timeout or 0)
            time.sleep(0.02)
        return status

    def send_signal(self, number: int, /) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def _fork(run: Sequence[str], output: int, env: Mapping[str, str], cwd: Path, keep: Sequence[int]) -> _Forked:
    gc.collect()
    gc.freeze()  # the collector's marks would copy every shared page
    sys.stdout.flush()
    sys.stderr.flush()
    # Until the child has its own, our handlers would swallow a signal that is meant for it.
    signal.pthread_sigmask(signal.SIG_BLOCK, _REACHED_US)
    try:
        pid = os.fork()
        if pid == 0:
            _become(run, output, env, cwd, keep)
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _REACHED_US)
    return _Forked(pid)


def _become(run: Sequence[str], output: int, env: Mapping[str, str], cwd: Path, keep: Sequence[int]) -> None:
    """Never returns, and runs nothing of ours at its end: our objects here are only copies."""
    status = 1
    try:
        os.setsid()
        signal.set_wakeup_fd(-1)
        for number in _REACHED_US:
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(output, 1)
        os.dup2(output, 2)
        for descriptor in map(int, os.listdir("/proc/self/fd")):  # noqa: PTH208 (names are wanted)
            if descriptor > 2 and descriptor not in keep:
                _close(descriptor)
        os.environ.clear()
        os.environ.update(env)
        os.chdir(cwd)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _REACHED_US)
        sys.argv = list(run)
        setproctitle.setproctitle(f"{sys.executable} -m {' '.join(run)}")
        runpy.run_module(run[0], run_name="__main__", alter_sys=True)
        status = 0
    except SystemExit as end:
        status = _status(end)
    except BaseException:
        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except (OSError, ValueError):
                continue
        os._exit(status)


def _close(descriptor: int) -> None:
    try:
        os.close(descriptor)
    except OSError:
        return  # the one that listed them


def _status(end: SystemExit) -> int:
    if end.code is None or isinstance(end.code, int):
        return end.code or 0
    sys.stderr.write(f"{end.code}\n")
    return 1
