"""The whole stack on one machine: engines, steps, children, and the words that tell how it goes."""

import contextlib
import http.client
import os
import time
import traceback
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from citevents.engines import preload
from citevents.engines.console import Console
from citevents.engines.data_folder import hold
from citevents.engines.errors import EngineError, FolderInUse
from citevents.engines.options import Choices
from citevents.engines.ports import HOST, free_port, taken
from citevents.engines.postgres import Postgres
from citevents.engines.secret import written
from citevents.engines.supervisor import Supervisor, ended
from citevents.engines.topology import Plan, Step
from citevents.engines.valkey import Valkey

ROOT = Path(__file__).parents[2]
LEFTOVERS_SECONDS = 20.0
HEALTH_SECONDS = 60.0


@contextlib.contextmanager
def alone(choices: Choices, console: Console) -> Iterator[int]:
    """Make the data folder ours and see that the port is free; yields the lock that children inherit.

    One lock is the supervisor's own: a second start is refused at once. The other is held by every process
    of the stack: what a killed supervisor left behind is waited for.
    """
    choices.data.mkdir(mode=0o711, parents=True, exist_ok=True)
    with contextlib.ExitStack() as locks:
        locks.callback(os.close, hold(choices.data / "supervisor.lock"))
        lock = _when_the_last_run_is_gone(choices.data / "children.lock", console)
        locks.callback(os.close, lock)
        if (not choices.parts or "web" in choices.parts) and taken(choices.port):
            raise EngineError(
                f"Port {choices.port} is taken by another program. Stop that one, or choose another port: "
                f"CITEVENTS_PORT={free_port(choices.port + 10)} ./script/server"
            )
        yield lock


def run(choices: Choices, plan: Plan, console: Console, lock: int) -> int:
    """Start everything, keep it running until told to stop, stop it in order. Returns the exit status."""
    env = {**choices.environ, **plan.env}
    supervisor = Supervisor(env, console, lock, ROOT)
    began = time.monotonic()
    with contextlib.ExitStack() as engines:
        if not choices.given("DATABASE_URL"):
            postgres = engines.enter_context(Postgres(choices.data / "postgres"))
            env["DATABASE_URL"] = postgres.create_database("citevents")
            supervisor.keep_server(postgres)
        if not choices.given("REDIS_URL"):
            valkey = engines.enter_context(Valkey(choices.data / "valkey"))
            env["REDIS_URL"] = valkey.url
            supervisor.keep_server(valkey)
        ours = {name: value for name, value in env.items() if choices.environ.get(name) != value}
        engines.enter_context(written(choices.data / "environment", ours))
        try:
            _load(plan, env, console)
            if not all(_done(supervisor, console, step) for step in plan.steps):
                return int(not supervisor.stopping)
            for child in plan.children:
                supervisor.keep(child)
            console.say(f"Running {', '.join(child.name for child in plan.children)}")
            if plan.has_web:
                _greet(supervisor, console, choices.port, plan, began)
            supervisor.watch()
            console.say("Stopping")
        finally:
            supervisor.stop()
    console.say("Stopped")
    return 0


def _when_the_last_run_is_gone(path: Path, console: Console) -> int:
    with contextlib.suppress(FolderInUse):
        return hold(path)
    console.say("Waiting for what is left of the run before to end")
    return hold(path, LEFTOVERS_SECONDS)


def _load(plan: Plan, env: Mapping[str, str], console: Console) -> None:
    try:
        preload.preload(plan.preload, env)
    except Exception as error:
        console.say(traceback.format_exc())
        raise EngineError("citevents could not be loaded, see above.") from error


def _done(supervisor: Supervisor, console: Console, step: Step) -> bool:
    console.say(step.doing)
    began = time.monotonic()
    status = supervisor.run(step)
    if status:
        console.say(f"{step.doing}: {step.name} {ended(status)}, see above")
    elif status == 0 and time.monotonic() - began > 1:
        console.say(f"{step.doing}: done in {time.monotonic() - began:.1f} s")
    return status == 0


def _greet(supervisor: Supervisor, console: Console, port: int, plan: Plan, began: float) -> None:
    deadline = time.monotonic() + HEALTH_SECONDS
    healthy = False

    def decided() -> bool:
        nonlocal healthy
        healthy = _healthy(port, urlsplit(plan.places["citevents"]).netloc)
        return healthy or time.monotonic() > deadline

    supervisor.watch(until=decided, every=0.2)
    if supervisor.stopping:
        return
    if not healthy:
        console.say(f"/health does not answer 200 after {HEALTH_SECONDS:.0f} s: see the lines above")
    console.say()
    for what, address in plan.places.items():
        console.say(f"{what + ':':<16} {address}")
    if plan.greeting:
        supervisor.run(plan.greeting)
    console.say(f"Up in {time.monotonic() - began:.1f} s. Ctrl-C stops everything.")


def _healthy(port: int, host: str) -> bool:
    """Whether the web server here says that all is well, asked under the name that it answers to."""
    connection = http.client.HTTPConnection(HOST, port, timeout=2)
    with contextlib.suppress(OSError, http.client.HTTPException), contextlib.closing(connection):
        connection.request("GET", "/health", headers={"Host": host})
        return connection.getresponse().status == 200
    return False
