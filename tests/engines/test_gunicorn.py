"""The web server's settings, on the real server."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_access_log_tells_the_route_and_nothing_about_the_person() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "--config",
        "citevents/engines/gunicorn.py",
        "tests.engines.tiny:app",
    ]
    with subprocess.Popen(
        command, cwd=ROOT, env=os.environ | {"CITEVENTS_PORT": str(port)}, stdout=subprocess.PIPE, text=True
    ) as server:
        address = f"http://127.0.0.1:{port}"
        for path in ("/letters/s3cret?mail=ana@example.org", "/ana@example.org", "/health"):
            ask = urllib.request.Request(
                address + path, headers={"User-Agent": "Ana's browser", "Referer": "ana"}
            )
            for _ in range(100):
                try:
                    urllib.request.urlopen(ask, timeout=5).close()
                    break
                except urllib.error.HTTPError:
                    break
                except OSError:
                    time.sleep(0.1)
        server.send_signal(signal.SIGTERM)
        out, _ = server.communicate(timeout=20)
    lines = [json.loads(line) for line in out.splitlines()]
    assert [(line["message"], line["status"]) for line in lines] == [
        ("GET /letters/<token>", 200),
        ("GET (no such page)", 404),
    ]
    assert {key for line in lines for key in line} == {"at", "level", "log", "message", "status", "ms"}
