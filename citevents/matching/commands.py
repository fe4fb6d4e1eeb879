"""`flask exchange ...`: the matching engine on files, without a database.

The engine is imported by the command that needs it, so that the web application stays small.
Exit codes: 0 done; 1 a check failed or an answer is not proven (`verify`); 2 the input cannot be read.
"""

import json
import math
import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import click

from citevents.core.files import output, write_whole


@click.group("exchange", help="Match programs for peer exchanges, prove it, explain it.")
def cli() -> None:
    # Its products are small: further threads of the linear algebra mostly wait, and burn a busy machine.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


_IN = click.Path(path_type=Path, dir_okay=False)
_OUT = output("Where to write; all of it or nothing.")
_MODES = click.Choice(["coverage", "stable"])


def _a_number(_context: click.Context, _option: click.Parameter, seconds: float) -> float:
    if math.isnan(seconds):
        raise click.BadParameter("a number of seconds is wanted")
    return seconds


_SECONDS = click.option(
    "--seconds",
    type=click.FloatRange(min=0),
    callback=_a_number,
    default=60.0,
    show_default=True,
    help="Best so far after this.",
)


def _refuse(where: str, reason: str) -> NoReturn:
    click.echo(f"{where}: {reason}", err=True)
    sys.exit(2)


def _read(path: Path, value_of: Callable[[Any], Any]) -> Any:
    """A document as a value, or exit 2 with path and reason."""
    from citevents.matching.solver.documents import read_json
    from citevents.matching.solver.errors import Unreadable

    try:
        return value_of(read_json(path))
    except Unreadable as error:
        _refuse(f"{path} {error.where}" if str(path) != error.where else error.where, error.reason)


def _write(path: Path, value: object) -> None:
    from citevents.matching.solver.documents import document_of
    from citevents.matching.solver.writing import text_of

    text = text_of(document_of(value))
    try:
        write_whole(path, text)
    except OSError as error:
        _refuse(str(path), f"cannot be written ({error.strerror})")


def _summary(result: Any) -> None:
    click.echo(f"{result.people} programs with a partner, score {result.score}, {result.seconds:.2f} s")
    for tier in result.tiers:
        state = "proven" if tier.proven else f"not proven, bound {_short(tier.bound)}"
        if tier.name == "score" and tier.value > result.score:
            state += f"; {tier.value - result.score} given up for fewer blocking pairs"
        click.echo(f"  {tier.name}: {_short(tier.value)}, {state}")
    for problem in result.problems:
        click.echo(f"  {problem.program}: {problem.code} {dict(problem.arguments) or ''}".rstrip())


def _short(value: Any) -> str:
    if isinstance(value, tuple):
        return "worst " + ", ".join(f"{v / 10:g} %" for v in value[:3]) if value else "none"
    return str(value)


def _interrupted() -> Callable[[], bool]:
    """From here on the first SIGINT or SIGTERM ends the search with the best so far; the second ends the process."""
    received: list[int] = []

    def note(number: int, _: object) -> None:
        received.append(number)
        signal.signal(number, signal.SIG_DFL)

    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, note)
    return lambda: bool(received)


@cli.command()
@click.argument("population", type=_IN)
@click.option("--mode", type=_MODES, default="coverage", show_default=True)
@_SECONDS
@_OUT
def solve(population: Path, mode: str, seconds: float, out: Path) -> None:
    """Solve the round in POPULATION."""
    from citevents.matching.solver import solve as solve_round
    from citevents.matching.solver.documents import population_of
    from citevents.matching.solver.errors import Unreadable

    found = _read(population, population_of)
    try:
        result = solve_round(found, mode=mode, seconds=seconds, stop=_interrupted())
    except Unreadable as error:
        _refuse(f"{population} {error.where}", error.reason)
    _write(out, result)
    _summary(result)


@cli.command()
@click.argument("population", type=_IN)
@click.argument("result", type=_IN)
@click.argument("a")
@click.argument("b")
@click.option("--viewer", help="Answer as this program (A or B) may see it.")
@click.option("--private", is_flag=True, help="Name private rules; for the coordinator only.")
@click.option(
    "--forced", is_flag=True, help="Also solve again with the pair forced, for the exact difference."
)
def explain(
    population: Path, result: Path, a: str, b: str, viewer: str | None, private: bool, forced: bool
) -> None:
    """Why A and B are together in RESULT, or why not, what it would cost, and what would change it."""
    from citevents.matching.solver.documents import document_of, population_of, solution_of
    from citevents.matching.solver.explaining import explain as explain_pair
    from citevents.matching.solver.forced_pairs import difference

    people = _read(population, population_of)
    matches, prices, tiers, mode = _read(result, solution_of)
    if viewer not in (None, a, b):
        _refuse("--viewer", f"{viewer} is neither {a} nor {b}")
    try:
        found = explain_pair(people, matches, a, b, prices=prices, viewer=viewer, private=private)
    except KeyError as error:
        _refuse(str(population), f"{error.args[0]} has no request in it")
    except ValueError as error:
        _refuse(a, str(error))
    document = document_of(found)
    if forced and found.kind == "possible":
        document["difference"] = document_of(difference(people, tiers, a, b, mode=mode))
    click.echo(json.dumps(document, ensure_ascii=False, indent=1))


@cli.command()
@click.argument("population", type=_IN)
@click.argument("result", type=_IN)
@click.option("--accepted", multiple=True, metavar="A,B[,C]", help="A proposal that all accepted.")
@click.option("--declined", multiple=True, metavar="A,B", help="A pair that one side declined.")
@click.option("--reopen", is_flag=True, help="Give up open proposals too, and solve the rest afresh.")
@click.option("--mode", type=_MODES, help="Another than that of RESULT.")
@_SECONDS
@_OUT
def rematch(
    population: Path,
    result: Path,
    accepted: tuple[str, ...],
    declined: tuple[str, ...],
    reopen: bool,
    mode: str | None,
    seconds: float,
    out: Path,
) -> None:
    """Solve again after answers: accepted stays, declined is gone, open proposals change least.

    RESULT is what `solve` or an earlier `rematch` wrote; name what was declined before once more.
    """
    from citevents.matching.solver.documents import population_of, solution_of
    from citevents.matching.solver.rematching import rematch as rematch_round

    people = _read(population, population_of)
    matches, _, _, solved = _read(result, solution_of)
    yes, no = [_set(a) for a in accepted], [_set(d) for d in declined]
    asking = {r.program for r in people.requests}
    for text, names in zip((*accepted, *declined), (*yes, *no), strict=True):
        if not names <= asking:
            _refuse(text, f"{min(names - asking)} has no request in {population}")
    for text, names in zip(accepted, yes, strict=True):
        if all(names != frozenset(m.programs) for m in matches):
            _refuse(text, f"no match of exactly these programs in {result}")
    again = rematch_round(
        people,
        matches,
        accepted=yes,
        declined=no,
        keep_open=not reopen,
        mode=mode or solved,
        seconds=seconds,
        stop=_interrupted(),
    )
    _write(out, again)
    click.echo(f"{len(again.kept)} matches stand; among all other programs:")
    _summary(again.result)


def _set(text: str) -> frozenset[str]:
    names = frozenset(name.strip() for name in text.split(",") if name.strip())
    if len(names) < 2:
        _refuse(text, "two or more programs wanted, with commas between")
    return names


@cli.command()
@click.argument("gathering", type=_IN)
@_SECONDS
@_OUT
def meetups(gathering: Path, seconds: float, out: Path) -> None:
    """Plan who meets whom, when and at which table, at one conference (GATHERING is JSON)."""
    from citevents.matching.solver.meetup_input import gathering_of
    from citevents.matching.solver.meetups import plan

    found = _read(gathering, gathering_of)
    planned = plan(found, seconds=seconds, stop=_interrupted())
    _write(out, planned)
    state = "proven" if planned.proven else f"not proven, bound {planned.bound}"
    met = f"{len(planned.meetings)} meeting{'' if len(planned.meetings) == 1 else 's'}"
    click.echo(f"{met} of {planned.people} people, score {planned.score}, {state}")
    for a, b in planned.missed:
        click.echo(f"  must-meet not possible: {a}, {b}")
    for problem in planned.problems:
        click.echo(f"  {problem.person}: {problem.code} {problem.about}")


@cli.command()
@click.option("--programs", type=click.IntRange(0, 100_000), required=True)
@click.option("--seed", type=int, required=True)
@click.option(
    "--skew",
    default="world",
    show_default=True,
    help="world, convener, one_country, two_blocs, scarce_hosts or narrow_weeks; see docs/MATCHING.md.",
)
@click.option("--modes", type=click.Choice(["mutual", "all"]), default="all", show_default=True)
@_OUT
def population(programs: int, seed: int, skew: str, modes: str, out: Path) -> None:
    """Make up a realistic population; the same seed makes the same one."""
    from citevents.matching.solver.populations import population as made_up

    try:
        found = made_up(programs, seed, skew=skew, modes=modes)
    except ValueError as error:
        _refuse("--skew", str(error))
    _write(out, found)
    click.echo(f"{programs} made-up programs in {out}")


@cli.command()
@click.argument("edges", type=_IN)
@click.option("--objective", type=click.Choice(["score", "coverage"]), required=True)
@click.option("--cycles", type=click.IntRange(2, 3), help="Rows are arcs; longest cycle.")
@_SECONDS
@_OUT
def graph(edges: Path, objective: str, cycles: int | None, seconds: float, out: Path) -> None:
    """Match a bare graph: EDGES is a CSV file a,b,weight."""
    from citevents.matching.solver.errors import Unreadable
    from citevents.matching.solver.graphs.bare import solve_edges
    from citevents.matching.solver.graphs.files import read_edges

    try:
        listed = read_edges(edges, directed=cycles is not None)
        result = solve_edges(listed, objective, cycles, _interrupted(), seconds)
    except Unreadable as error:
        _refuse(error.where, error.reason)
    _write(out, result)
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
    except OSError as error:
        _refuse(str(error.filename), f"cannot be read ({error.strerror})")
    except ValueError as error:
        click.echo(error, err=True)
        sys.exit(2)
    for objection in wrong:
        click.echo(objection, err=True)
    if wrong:
        sys.exit(1)
    click.echo("Right, and proven.")
