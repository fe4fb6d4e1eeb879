"""`flask agenda ...`: the agenda engine at the command line, without a database."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import click

from citevents.scheduling.solver import csplib
from citevents.scheduling.solver.errors import BadProblem

cli = click.Group("agenda", help="Draft, score, explain and repair agendas.")

EXISTING = click.Path(exists=True, dir_okay=False, path_type=Path)
OUTPUT = click.Path(dir_okay=False, writable=True, path_type=Path)
STARTED = time.monotonic() - time.process_time()
"""About when this process began: what is measured is what a person waits, imports included."""


def refuse(error: BadProblem) -> NoReturn:
    """Bad input: one sentence, exit 2."""
    click.echo(f"{error.where}: {error.reason}", err=True)
    raise SystemExit(2)


def write_whole(path: Path, text: str) -> None:
    """Replace the file at once: whoever reads it, and whenever we are killed, it is whole."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_text(text, encoding="utf-8")
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def print_progress() -> Callable[[csplib.Progress], None]:
    def show(progress: csplib.Progress) -> None:
        if progress.best is None:
            click.echo(f"{time.monotonic() - STARTED:7.2f} s  best -  bound {progress.bound}")
            return
        click.echo(
            f"{time.monotonic() - STARTED:7.2f} s  best {progress.best}  bound {progress.bound}  "
            f"gap {100 * (progress.gap or 0):.2f} %"
        )

    return show


@cli.command("csplib")
@click.argument("instance", type=EXISTING)
@click.option("--seconds", type=click.FloatRange(min=1), default=60.0, show_default=True)
@click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--out", type=OUTPUT, required=True, help="Where the solution goes; written as it improves.")
def csplib_command(instance: Path, seconds: float, workers: int, seed: int, out: Path) -> None:
    """Solve a CSPLib workbook. Exit 0 with a valid solution, 1 without one, 2 for bad input."""
    try:
        conference = csplib.read_conference(instance)
    except BadProblem as error:
        refuse(error)
    outcome = csplib.solve(
        conference,
        seconds=max(0.5, seconds - (time.monotonic() - STARTED)),
        workers=workers,
        seed=seed,
        progress=print_progress(),
        save_best=lambda solution: write_whole(out, csplib.write_solution(conference, solution)),
    )
    if outcome.solution is None or outcome.progress.score is None:
        click.echo("no valid solution was found; give it more seconds, or more sessions or rooms", err=True)
        raise SystemExit(1)
    print_score(outcome.progress.score)
    click.echo(f"bound {outcome.progress.bound}")
    click.echo(f"proven {'yes' if outcome.progress.proven else 'no'}")
    click.echo(f"seconds {time.monotonic() - STARTED:.2f}")


def print_score(score: csplib.Score) -> None:
    click.echo(f"objective {score.objective}")
    for term, count in score.counts.items():
        click.echo(f"  {term}: {count} counted, {score.weighted[term]} weighted")


@cli.command("csplib-score")
@click.argument("instance", type=EXISTING)
@click.argument("solution", type=EXISTING)
def csplib_score_command(instance: Path, solution: Path) -> None:
    """Evaluate any solution. Exit 0 if valid, 1 with each hard violation named, 2 for bad input."""
    try:
        conference = csplib.read_conference(instance)
        places, wrong = csplib.read_solution(solution, conference)
    except BadProblem as error:
        refuse(error)
    if places is not None:
        score = csplib.score(conference, places)
        print_score(score)
        wrong = list(score.violations)
    for violation in wrong:
        click.echo(f"violated: {violation}")
    click.echo("invalid" if wrong else "valid")
    raise SystemExit(1 if wrong else 0)
