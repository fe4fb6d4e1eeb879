"""`python -m citevents.engines`: everything on one machine, with one command, until Ctrl-C.

`python -m citevents.engines web relay` runs only those parts, for installations on several hosts.
"""

import os
import sys

from citevents.engines.console import Console
from citevents.engines.errors import FULL, EngineError
from citevents.engines.options import Choices
from citevents.engines.stack import alone, run
from citevents.engines.topology import plan


def main() -> int:
    """Run until told to stop. 0 is a clean stop; anything else has said why."""
    console = Console()
    try:
        choices = Choices.read(os.environ, tuple(sys.argv[1:]))
        with alone(choices, console) as lock:
            return run(choices, plan(choices), console, lock)
    except EngineError as error:
        console.say(str(error))
    except OSError as problem:
        if problem.errno not in FULL:
            raise
        console.say("The disk of the data folder (CITEVENTS_DATA) is full. Make room, then start again.")
    except KeyboardInterrupt:
        console.say("Stopped")
    return 1


if __name__ == "__main__":
    sys.exit(main())
