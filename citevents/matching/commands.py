"""`flask exchange ...`: the matching engine on files, without a database.

The engine is imported by the command that needs it, so that the web application stays small.
Exit codes: 0 done; 1 a check failed or an answer is not proven (`verify`); 2 the input cannot be read.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import click

from citevents.matching.solver.refusals import Unreadable

cli = click.Group("exchange", help="Match programs for peer exchanges, prove it, explain it.")

_IN = click.Path(path_type=Path, dir_okay=False)
_OUT = click.option(
    "--out", required=True, type=click.Path(path_type=Path, dir_okay=False), help="Where to write."
)


def _refuse(where: str, reason: str) -> NoReturn:
    click.echo(f"{where}: {reason}", err=True)
    sys.exit(2)


@cli.command()
@click.argument("edges", type=_IN)
@click.option("--objective", type=click.Choice(["score", "coverage"]), required=True)
@click.option("--cycles", type=click.IntRange(2, 3), help="Rows are arcs; longest cycle.")
@click.option("--seconds", type=click.FloatRange(min=0), help="Stop after this long with the best so far.")
@_OUT
def graph(edges: Path, objective: str, cycles: int | None, seconds: float | None, out: Path) -> None:
    """Match a bare graph: EDGES is a CSV file a,b,weight."""
    from citevents.matching.solver.graphs import files
    from citevents.matching.solver.graphs.bare import solve_edges

    try:
        listed = files.read_edges(edges, directed=cycles is not None)
        result = solve_edges(listed, objective, cycles, _deadline(seconds))
        files.write_json(out, result)
    except Unreadable as error:
        _refuse(error.where, error.reason)
    state = "proven" if result["proven"] else f"not proven, bound {result['bound']}"
    click.echo(f"{result['people']} people, value {result['value']}, {state}, {result['seconds']:.3f} s")


@cli.command()
@click.argument("edges", type=_IN)
@click.argument("result", type=_IN)
def verify(edges: Path, result: Path) -> None:
    """Check RESULT against EDGES with exact arithmetic; exit 1 on anything wrong or unproven."""
    from citevents.matching.solver.graphs import verify as checker

    try:
        wrong = checker.objections(edges, result)
    except json.JSONDecodeError as error:
        _refuse(str(result), f"not JSON ({error})")
    except (ValueError, OSError) as error:
        _refuse(str(edges), str(error))
    for objection in wrong:
        click.echo(objection, err=True)
    if wrong:
        sys.exit(1)
    click.echo("Right, and proven.")


def _deadline(seconds: float | None) -> Callable[[], bool] | None:
    if seconds is None:
        return None
    ends = time.monotonic() + seconds
    return lambda: time.monotonic() >= ends
