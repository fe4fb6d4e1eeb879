"""`python -m standins.mail --smtp-port N --http-port N --data DIR`: the outbox as a process of its own."""

import argparse
from pathlib import Path

from standins.mail.outbox import Outbox
from standins.process import serve


def main() -> None:
    options = argparse.ArgumentParser(prog="standins.mail", description=__doc__)
    options.add_argument("--smtp-port", type=int, default=0, help="0 takes a free one (default)")
    options.add_argument("--http-port", type=int, default=0, help="0 takes a free one (default)")
    options.add_argument("--data", type=Path, required=True, help="folder for the accepted messages")
    given = options.parse_args()
    outbox = Outbox(given.data, smtp_port=given.smtp_port, http_port=given.http_port)
    serve(outbox, smtp_port=outbox.smtp_port, smtp_url=outbox.smtp_url, http_url=outbox.web_url)


if __name__ == "__main__":
    main()
