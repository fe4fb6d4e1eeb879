"""Small children for the rig: `python -m tests.engines.children KIND ...`."""

import http.server
import os
import signal
import sys
import time
from typing import NoReturn


class Page(http.server.BaseHTTPRequestHandler):
    """Answers 200 to everything."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None: ...


def web(port: str) -> None:
    http.server.HTTPServer(("127.0.0.1", int(port)), Page).serve_forever()


def sleeper(name: str) -> NoReturn:
    """Says when it is asked to end, so that the order of the ends can be read."""

    def end(*_: object) -> None:
        print(name, "ends", flush=True)
        sys.exit(0)

    signal.signal(signal.SIGTERM, end)
    print(name, "is up as", os.getpid(), flush=True)
    while True:
        time.sleep(60)


def deaf() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    time.sleep(600)


def says(words: str, status: str = "0") -> None:
    print(words)
    sys.exit(int(status))


if __name__ == "__main__":
    kind, *arguments = sys.argv[1:]
    {"web": web, "sleeper": sleeper, "deaf": deaf, "says": says}[kind](*arguments)
