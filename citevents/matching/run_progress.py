"""How a run shows itself while it works: progress in short transactions of its own, beside the long one of the reaction.

What is written here is visible at once and stays when the work fails; the answer itself belongs to the reaction.
"""

from __future__ import annotations

import logging
import time
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from citevents.core.clock import now
from citevents.core.db import current_organization_id, db
from citevents.matching.models import Run, RunState

log = logging.getLogger("citevents.matching")

#: Seconds between two signs of life.
PULSE = 1.0


class Watch:
    """Tells the world how far one run is, and the run whether somebody wants it to stop."""

    def __init__(self, run_id: int) -> None:
        self.run_id = run_id
        self._stage, self._done = "begin", 0.0
        self._stopping = False
        self._next = 0.0

    def progress(self, stage: str, done: float) -> None:
        """The solver came to a stage (a message id), with 0..1 of the way behind it."""
        self._stage, self._done = stage, done
        self._beat()

    def stop(self) -> bool:
        """Whether to end with the best so far. Asked often, looked up once a second."""
        if not self._stopping and time.monotonic() >= self._next:
            self._beat()
        return self._stopping

    def _beat(self) -> None:
        self._next = time.monotonic() + PULSE
        said: dict[str, Any] = {"stage": self._stage, "done": self._done, "at": now().isoformat()}
        runs: Any = Run.__table__
        statement = (
            sa.update(runs)
            .where(
                runs.c.organization_id == current_organization_id(),
                runs.c.id == self.run_id,
                runs.c.state.in_((RunState.ASKED, RunState.RUNNING)),
            )
            # Joined, so that a wish to stop that stands there is not overwritten.
            .values(state=RunState.RUNNING, progress=runs.c.progress.concat(said))
            .returning(runs.c.progress)
        )
        try:
            with db.engine.begin() as connection:
                found = connection.execute(statement).scalar()
        except SQLAlchemyError as error:  # no connection free, or the row is held: the next beat says it
            log.info("no pulse", extra={"run": self.run_id, "error": type(error).__name__})
            return
        self._stopping = bool(found and found.get("stop"))
