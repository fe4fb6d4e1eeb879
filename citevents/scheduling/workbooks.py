"""`flask agenda csplib` and `csplib-score`: the public benchmark's workbooks at the command line."""

from pathlib import Path

import click

from citevents.core.files import output, write_whole
from citevents.scheduling.running import (
    EXISTING,
    SECONDS,
    SEED,
    WORKERS,
    left,
    refuse,
    show_progress,
    show_seconds,
    until_signalled,
)
from citevents.scheduling.solver import csplib
from citevents.scheduling.solver.errors import BadProblem


@click.command("csplib")
@click.argument("instance", type=EXISTING)
@SECONDS
@WORKERS
@SEED
@output("Where the solution goes; written as it improves.")
def csplib_command(instance: Path, seconds: float, workers: int, seed: int, out: Path) -> None:
    """Solve a CSPLib workbook. Exit 0 with a valid solution, 1 without one, 2 for bad input."""
    try:
        conference = csplib.read_conference(instance)
    except BadProblem as error:
        refuse(error)
    with until_signalled() as stop:
        outcome = csplib.solve(
            conference,
            seconds=left(seconds),
            workers=workers,
            seed=seed,
            progress=show_progress,
            save_best=lambda solution: write_whole(out, csplib.write_solution(conference, solution)),
            stop=stop,
        )
    if outcome.solution is None or outcome.progress.score is None:
        click.echo("no valid solution was found; give it more seconds, or more sessions or rooms", err=True)
        raise SystemExit(1)
    print_score(outcome.progress.score)
    click.echo(f"bound {outcome.progress.bound}")
    click.echo(f"proven {'yes' if outcome.progress.proven else 'no'}")
    show_seconds()


def print_score(score: csplib.Score) -> None:
    click.echo(f"objective {score.objective}")
    for term, count in score.counts.items():
        click.echo(f"  {term}: {count} counted, {score.weighted[term]} weighted")


@click.command("csplib-score")
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
