"""The supervisor with small children, as a program: `python tests/engines/rig.py DATA PORT [engines] [fail] [deaf] [apart]`.

It is a program of its own so that the tests can send it signals, and kill it, as a person or the kernel would.
"""

import os
import sys

from citevents.engines import preload
from citevents.engines.console import Console
from citevents.engines.errors import EngineError
from citevents.engines.options import Choices
from citevents.engines.stack import alone, run
from citevents.engines.topology import Child, Plan, Step

CHILDREN = "tests.engines.children"


def plan(port: int, wanted: list[str]) -> Plan:
    children = [
        Child("relay", (CHILDREN, "sleeper", "relay"), stage=2),
        Child("worker", (CHILDREN, "sleeper", "worker"), stage=1),
        Child("web", (CHILDREN, "web", str(port))),
    ]
    if "deaf" in wanted:
        children.append(Child("deaf", (CHILDREN, "deaf"), patience=0.3))
    migrate = ("no such table", "3") if "fail" in wanted else ("every table is there",)
    return Plan(
        steps=(Step("migrate", "Bringing the database up to date", (CHILDREN, "says", *migrate)),),
        children=tuple(children),
        places={"citevents": f"http://127.0.0.1:{port}"},
        greeting=Step("links", "Ready sign-in links", (CHILDREN, "says", "sign in here")),
    )


def main() -> int:
    data, port, *wanted = sys.argv[1:]
    if "apart" in wanted:  # as on a Mac, where every process imports for itself
        preload.SHARES = False
    environ = dict(os.environ) | {"CITEVENTS_DATA": data, "CITEVENTS_PORT": port}
    if "engines" not in wanted:
        environ |= {"DATABASE_URL": "postgresql:///none", "REDIS_URL": "redis://none"}
    console = Console()
    try:
        choices = Choices.read(environ)
        with alone(choices, console) as lock:
            return run(choices, plan(choices.port, wanted), console, lock)
    except EngineError as error:
        console.say(str(error))
        return 1


if __name__ == "__main__":
    sys.exit(main())
