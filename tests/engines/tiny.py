"""The smallest application, to see what the web server's settings do."""

from flask import Flask

app = Flask(__name__)


@app.get("/letters/<token>")
def letter(token: str) -> str:
    return "ok"


@app.get("/health")
def health() -> str:
    return "ok"
