"""`flask agenda ...`: the agenda engine at the command line, without a database. Workbooks are in workbooks.py."""

from pathlib import Path

import click

from citevents.core.files import output, write_whole
from citevents.scheduling import solver, workbooks
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
from citevents.scheduling.solver.errors import BadProblem
from citevents.scheduling.solver.writing import as_text, evaluation_document

cli = click.Group("agenda", help="Draft, score, explain and repair agendas.")
cli.add_command(workbooks.csplib_command)
cli.add_command(workbooks.csplib_score_command)

OUT = output("Where the agenda goes.")
AGENDA = click.option(
    "--agenda", type=EXISTING, help="The agenda to begin with; otherwise the published one."
)


def load(problem: Path, agenda: Path | None = None) -> tuple[solver.Problem, solver.Agenda | None]:
    """The problem, and the agenda in the file or else the published one."""
    try:
        loaded = solver.read_problem(problem)
        return loaded, loaded.published if agenda is None else solver.read_agenda(agenda, loaded)
    except BadProblem as error:
        refuse(error)


def print_evaluation(evaluation: solver.Evaluation) -> None:
    click.echo(f"blocked {evaluation.blocked}")
    click.echo(f"cost {evaluation.cost}")
    for name, (times, people, cost) in evaluation.by_rule().items():
        click.echo(f"  {name}: {times} times, {people} people, cost {cost}")


def print_blocks(evaluation: solver.Evaluation) -> None:
    for violation in evaluation.violations:
        if violation.severity is solver.Severity.BLOCK:
            click.echo(f"violated: {violation.rule}: {violation.reason}")


@cli.command("solve")
@click.argument("problem", type=EXISTING)
@SECONDS
@WORKERS
@SEED
@OUT
@AGENDA
@click.option("--day", help="Re-solve only this day (2027-05-03).")
@click.option("--session", "sessions", multiple=True, help="Re-solve only these sessions.")
@click.option("--only-times", is_flag=True, help="Rooms stay.")
@click.option("--only-rooms", is_flag=True, help="Times stay.")
def solve_command(
    problem: Path,
    seconds: float,
    workers: int,
    seed: int,
    out: Path,
    agenda: Path | None,
    day: str | None,
    sessions: tuple[str, ...],
    only_times: bool,
    only_rooms: bool,
) -> None:
    """Draft an agenda, or re-solve a part of one. Exit 0 with an agenda, 1 if the best still blocks, 2 for bad input."""
    loaded, start = load(problem, agenda)
    partial = bool(day or sessions or only_times or only_rooms)
    scope = scope_of(loaded, day, sessions, only_times, only_rooms) if partial else None
    if partial and start is None:
        raise click.UsageError("a part can only be re-solved in an agenda: give --agenda")

    def save(found: solver.Agenda, bound: int | None = None) -> None:
        write_whole(
            out, as_text(solver.agenda_document(loaded, found, solver.evaluate(loaded, found), bound))
        )

    with until_signalled() as stop:
        answer = solver.solve(
            loaded,
            seconds=left(seconds),
            workers=workers,
            seed=seed,
            start=start if partial or agenda else None,
            scope=scope,
            progress=show_progress,
            save_best=save,
            stop=stop,
        )
    save(answer.agenda, answer.progress.bound)
    print_evaluation(answer.evaluation)
    click.echo(f"bound {'-' if answer.progress.bound is None else answer.progress.bound}")
    click.echo(f"proven {'yes' if answer.progress.proven else 'no'}")
    show_seconds()
    if answer.evaluation.blocked:
        print_blocks(answer.evaluation)
        click.echo(
            "no agenda without a violation was found; `agenda explain` says whether there is one", err=True
        )
        raise SystemExit(1)


def scope_of(
    problem: solver.Problem, day: str | None, sessions: tuple[str, ...], only_times: bool, only_rooms: bool
) -> solver.Scope:
    ids = {session.id: i for i, session in enumerate(problem.sessions)}
    for name in sessions:
        if name not in ids:
            raise click.BadParameter(f"there is no session “{name}”", param_hint="--session")
    if day is not None and day not in problem.days:
        raise click.BadParameter(f"there is no day “{day}”", param_hint="--day")
    if only_times and only_rooms:
        raise click.UsageError("--only-times and --only-rooms together leave nothing to change")
    return solver.Scope(
        sessions=frozenset(ids[name] for name in sessions) if sessions else None,
        day=None if day is None else problem.days.index(day),
        times=not only_rooms,
        rooms=not only_times,
    )


@cli.command("score")
@click.argument("problem", type=EXISTING)
@click.argument("agenda", type=EXISTING)
@click.option("--compare", type=EXISTING, help="Another agenda, to see what differs, term by term.")
@click.option("--json", "as_json", is_flag=True, help="Everything, with every reason, as JSON.")
def score_command(problem: Path, agenda: Path, compare: Path | None, as_json: bool) -> None:
    """Evaluate an agenda. Exit 0 if nothing blocks, 1 with each block named, 2 for bad input."""
    loaded, found = load(problem, agenda)
    assert found is not None
    evaluation = solver.evaluate(loaded, found)
    if as_json:
        click.echo(as_text(evaluation_document(loaded, evaluation)), nl=False)
    else:
        print_evaluation(evaluation)
        print_blocks(evaluation)
    if compare is not None:
        print_comparison(loaded, found, compare, problem)
    raise SystemExit(1 if evaluation.blocked else 0)


def print_comparison(loaded: solver.Problem, found: solver.Agenda, other: Path, problem: Path) -> None:
    _, second = load(problem, other)
    assert second is not None
    comparison = solver.compare(loaded, found, second)
    click.echo(f"cost {comparison.cost[0]} -> {comparison.cost[1]}")
    for name, (one, two) in comparison.rules.items():
        click.echo(f"  {name}: {one} -> {two}")
    print_changes(loaded, comparison.changes)


def print_changes(problem: solver.Problem, changes: tuple[solver.Change, ...]) -> None:
    def named(place: solver.Place | None) -> str:
        return (
            "nowhere" if place is None else f"{problem.slots[place.slot].id}, {problem.rooms[place.room].id}"
        )

    for change in changes:
        click.echo(
            f"moved: {problem.sessions[change.session].id}: {named(change.before)} -> {named(change.after)}, "
            f"{change.people} people"
        )


@cli.command("explain")
@click.argument("problem", type=EXISTING)
@click.option("--seconds", type=click.FloatRange(min=1), default=10.0, show_default=True)
def explain_command(problem: Path, seconds: float) -> None:
    """Name a smallest contradiction. Exit 0 if there is an agenda, 1 with the contradiction, 2 for bad input."""
    loaded, _ = load(problem)
    explanation = solver.explain(loaded, seconds=left(seconds))
    if explanation.feasible is None:
        click.echo("not decided in the time; give it more seconds", err=True)
        raise SystemExit(1)
    if explanation.feasible:
        click.echo("feasible")
        return
    click.echo(
        "infeasible: these contradict each other" + ("" if explanation.minimal else " (not yet the smallest)")
    )
    for clash in explanation.clashes:
        sessions = ", ".join(loaded.sessions[i].id for i in clash.reason.sessions)
        enough = " (that alone is enough)" if clash.enough else ""
        click.echo(f"  {clash.reason.rule}{': ' + sessions if sessions else ''}; {clash.resolve}{enough}")
    raise SystemExit(1)


@cli.command("repair")
@click.argument("problem", type=EXISTING)
@click.option("--lost-room", help="A room that cannot be used any more.")
@click.option("--lost-speaker", help="A speaker who cannot come.")
@click.option("--longer", help="A session and the minutes that it takes now: SESSION=90.")
@click.option("--seconds", type=click.FloatRange(min=1), default=5.0, show_default=True)
@SEED
@OUT
@AGENDA
def repair_command(
    problem: Path,
    lost_room: str | None,
    lost_speaker: str | None,
    longer: str | None,
    seconds: float,
    seed: int,
    out: Path,
    agenda: Path | None,
) -> None:
    """Repair a published agenda with the least disturbance. Exit 0 if repaired, 1 if it still blocks, 2 for bad input."""
    loaded, published = load(problem, agenda)
    if published is None:
        raise click.UsageError("the problem has no published agenda: give --agenda")
    changed = changed_by(loaded, published, lost_room, lost_speaker, longer)
    repair = solver.repair(changed, seconds=left(seconds), seed=seed)
    document = {
        **solver.agenda_document(changed.problem, repair.agenda, repair.evaluation),
        "cancelled": [loaded.sessions[i].id for i in changed.cancelled],
        "moved": [
            {
                "session": changed.problem.sessions[change.session].id,
                "people": change.people,
                "time_changes": change.time_changes,
                "forced": change.session in repair.forced,
            }
            for change in repair.changes
        ],
    }
    write_whole(out, as_text(document))
    for i in changed.cancelled:
        click.echo(f"cancelled: {loaded.sessions[i].id}")
    print_changes(changed.problem, repair.changes)
    click.echo(f"moved {len(repair.changes)}, of them {repair.beyond} beyond the forced ones")
    print_evaluation(repair.evaluation)
    print_blocks(repair.evaluation)
    show_seconds()
    raise SystemExit(1 if repair.evaluation.blocked else 0)


def changed_by(
    problem: solver.Problem,
    agenda: solver.Agenda,
    lost_room: str | None,
    lost_speaker: str | None,
    longer: str | None,
) -> solver.Changed:
    if sum(option is not None for option in (lost_room, lost_speaker, longer)) != 1:
        raise click.UsageError("say what happened: --lost-room, --lost-speaker or --longer")
    if lost_room is not None:
        return solver.lose_room(
            problem, agenda, index(lost_room, [room.id for room in problem.rooms], "--lost-room")
        )
    if lost_speaker is not None:
        speakers = [speaker.id for speaker in problem.speakers]
        return solver.lose_speaker(problem, agenda, index(lost_speaker, speakers, "--lost-speaker"))
    name, _, minutes = str(longer).rpartition("=")
    if not minutes.isdigit() or int(minutes) < 1:
        raise click.BadParameter("write SESSION=MINUTES", param_hint="--longer")
    session = index(name, [session.id for session in problem.sessions], "--longer")
    return solver.grow(problem, agenda, session, int(minutes))


def index(name: str, names: list[str], option: str) -> int:
    if name not in names:
        raise click.BadParameter(f"“{name[:80]}” is not in the problem", param_hint=option)
    return names.index(name)


@cli.command("warm")
def warm_command() -> None:
    """Compile the searches once, so that the first real one need not wait for it."""
    from citevents.scheduling.solver.warming import warm

    seconds = warm()
    click.echo(f"compiled in {seconds:.1f} s" if seconds else "no accelerator installed; nothing to compile")
