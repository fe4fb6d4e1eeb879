"""The supervisor with small children, as a program: `python tests/engines/rig.py DATA PORT [SETTING...]`.

It is a program of its own so that the tests can send it signals, and kill it, as a person or the kernel would.
"""

import os
import sys

from citevents.engines.choices import Choices
from citevents.engines.console import Console
from citevents.engines.errors import EngineError
from citevents.engines.stack import alone, run
from citevents.engines.topology import Child, Plan, Step

WEB = """
import http.server, os, sys
class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(str(os.getpid()).encode())
    def log_message(self, *_): pass
print("web is up", flush=True)
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Page).serve_forever()
"""
# It writes when it is asked to end, so that the order of the ends can be read.
SLEEPER = """
import os, signal, sys, time
def end(*_):
    print(sys.argv[1], "ends", flush=True); sys.exit(0)
signal.signal(signal.SIGTERM, end)
print(sys.argv[1], "is up as", os.getpid(), flush=True)
while True: time.sleep(60)
"""
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf is up', flush=True); time.sleep(600)"


def python(source: str, *arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-c", source, *arguments)


def plan(port: int, wanted: set[str]) -> Plan:
    failing = "import sys; print('no such table'); sys.exit(3)"
    children = [
        Child("relay", python(SLEEPER, "relay"), stage=2),
        Child("worker", python(SLEEPER, "worker"), stage=1),
        Child("web", python(WEB, str(port))),
    ]
    if "deaf" in wanted:
        children.append(Child("deaf", python(DEAF), stage=0, patience=0.3))
    return Plan(
        steps=(
            Step(
                "migrate",
                "Bringing the database up to date",
                python(failing if "fail" in wanted else "print('ok')"),
            ),
        ),
        children=tuple(children),
        places={"citevents": f"http://127.0.0.1:{port}"},
        greeting=Step("links", "Links", python("print('sign in here')")),
    )


def main() -> int:
    data, port, *wanted = sys.argv[1:]
    environ = dict(os.environ) | {"CITEVENTS_DATA": data, "CITEVENTS_PORT": port}
    if "engines" not in wanted:
        environ |= {"DATABASE_URL": "postgresql:///none", "REDIS_URL": "redis://none"}
    console = Console()
    try:
        choices = Choices.read(environ)
        with alone(choices, console) as lock:
            return run(choices, plan(choices.port, set(wanted)), console, lock)
    except EngineError as error:
        console.say(str(error))
        return 1


if __name__ == "__main__":
    sys.exit(main())
