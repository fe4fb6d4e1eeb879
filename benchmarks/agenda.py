"""The agenda engine, measured: CSPLib, variants of it, workshops with favourites, growth.

    python -m benchmarks.agenda --data DIR [--seconds 60] [--seeds 1,2,3] [--section csplib] [--instance OR60F]

DIR holds CSPLib's workbooks. Each table is printed as it fills, with the load of the machine above it; medians are over
the seeds. Without `--section` all are run, in about 40 minutes; `--instance` keeps to some workbooks, so that a run which
was broken off can go on where it was. Both can be given several times.
"""

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from statistics import median

from benchmarks import workshops
from citevents.scheduling import solver
from citevents.scheduling.solver import csplib

ROOT = Path(__file__).parents[1]
SECTIONS = ("csplib", "variants", "workshops", "growth")


def command(*arguments: object, seconds: float) -> tuple[str, float, int]:
    """A command in a process of its own, as a person runs it: output, wall seconds, exit code."""
    begun = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "app", "agenda", *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=10 * seconds + 120,
    )
    return done.stdout, time.monotonic() - begun, done.returncode


def last(output: str, word: str) -> str:
    return next(
        (line.split()[1] for line in reversed(output.splitlines()) if line.startswith(f"{word} ")), "-"
    )


def time_to_best(output: str) -> float:
    """When the last better agenda came, from the progress lines."""
    found, best = 0.0, None
    for line in output.splitlines():
        words = line.split()
        if len(words) > 3 and words[1:3] == ["s", "best"] and words[3] not in ("-", best):
            best, found = words[3], float(words[0])
    return found


def section(head: str, columns: int) -> None:
    """The head of a table, and how busy the machine is before it: figures of a shared one are not comparable."""
    print(f"\nLoad average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores.\n\n{head}")
    print("|" + "---|" * columns, flush=True)


def run_csplib(paths: list[Path], seconds: float, seeds: list[int]) -> None:
    section(
        f"| CSPLib, {seconds:g} s, 2 workers | objective | bound | proven | time to best | wall | each |", 7
    )
    for path in paths:
        objectives, bounds, proofs, times, walls = [], [], 0, [], []
        for seed in seeds:
            with tempfile.TemporaryDirectory() as folder:
                out = Path(folder) / "solution.json"
                output, wall, code = command(
                    "csplib", path, "--seconds", seconds, "--seed", seed, "--out", out, seconds=seconds
                )
                scored, _, valid = (
                    command("csplib-score", path, out, seconds=60) if code == 0 else ("", 0.0, 1)
                )
            if valid:
                # The others are still worth measuring.
                print(f"| {path.stem}, seed {seed} | no valid solution | | | | {wall:.1f} s | |", flush=True)
                continue
            assert last(scored, "objective") == last(output, "objective")
            objectives.append(int(last(output, "objective")))
            bounds.append(int(last(output, "bound")))
            proofs += last(output, "proven") == "yes"
            times.append(time_to_best(output))
            walls.append(wall)
        if not objectives:
            continue
        print(
            f"| {path.stem} | {median(objectives):g} | {median(bounds):g} | {proofs} of {len(objectives)} "
            f"| {median(times):.1f} s | {max(walls):.1f} s | {objectives} |",
            flush=True,
        )


def run_variants(paths: list[Path], seconds: float, seed: int) -> None:
    """Conferences that were not at hand: submissions dropped, weights changed, a room lost."""
    section(f"| variant, {seconds:g} s, 2 workers | objective | bound | time to best |", 4)
    for path in paths:
        conference = csplib.read_conference(path)
        for name, varied in variants(conference):
            outcome = csplib.solve(varied, seconds=seconds, workers=2, seed=seed)
            state = outcome.progress
            print(
                f"| {path.stem}, {name} | {state.best} | {state.bound} | {outcome.seconds_to_best:.1f} s |",
                flush=True,
            )


def variants(conference: csplib.Conference) -> list[tuple[str, csplib.Conference]]:
    draw = random.Random(len(conference.submissions))
    found = [("a tenth dropped", dropped(conference, draw))]
    weights = {
        name: weight * draw.choice([1, 1, 3]) or draw.choice([0, 1])
        for name, weight in conference.weights.items()
    }
    found.append(("other weights", replace(conference, weights=weights)))
    slots = sum(session.slots for session in conference.sessions) * (len(conference.rooms) - 1)
    if len(conference.rooms) > 1 and sum(s.slots for s in conference.submissions) <= 0.95 * slots:
        found.append(("a room lost", without_room(conference, draw.randrange(len(conference.rooms)))))
    return found


def dropped(conference: csplib.Conference, draw: random.Random) -> csplib.Conference:
    kept = [i for i in range(len(conference.submissions)) if draw.random() > 0.1]
    return replace(
        conference,
        submissions=tuple(conference.submissions[i] for i in kept),
        time_zones=tuple(conference.time_zones[i] for i in kept),
        submissions_sessions=tuple(conference.submissions_sessions[i] for i in kept),
        submissions_rooms=tuple(conference.submissions_rooms[i] for i in kept),
    )


def without_room(conference: csplib.Conference, room: int) -> csplib.Conference:
    def cut(rows: tuple[tuple[int, ...], ...]) -> tuple[tuple[int, ...], ...]:
        return tuple(row[:room] + row[room + 1 :] for row in rows)

    return replace(
        conference,
        rooms=conference.rooms[:room] + conference.rooms[room + 1 :],
        tracks_rooms=cut(conference.tracks_rooms),
        sessions_rooms=cut(conference.sessions_rooms),
        submissions_rooms=cut(conference.submissions_rooms),
    )


def run_workshops(seed: int) -> None:
    section("| workshops with favourites | clashes | seats short | together | bound | seconds |", 6)
    for drawn in workshops.NEAREST:
        problem = workshops.comparable(drawn)
        # Once for longer, to see how near to its end the search is after the fifteen seconds.
        for seconds in (15, 60) if drawn == workshops.NEAREST[0] else (15,):
            begun = time.monotonic()
            answer = solver.solve(problem, seconds=seconds, workers=1, seed=seed)
            name = f"100 workshops, draw {drawn}, {seconds} s, one core"
            report_workshops(name, answer, time.monotonic() - begun)
        peer = workshops.beside(problem)
        if peer is not None:
            agenda, took = peer
            found = solver.evaluate(problem, agenda).by_rule()
            clashes, seats = (found.get(name, (0, 0, 0))[1] for name in ("favourites", "seats"))
            print(
                f"| conference-scheduler, the same | {clashes} | {seats} | {clashes + seats} | - | {took:.1f} |",
                flush=True,
            )
    large = workshops.problem(300, periods=40, rooms=15, people=5000, favourites=8, pairs=30, away=60, seed=1)
    first: list[float] = []
    answer = solver.solve(
        large,
        seconds=20,
        workers=1,
        progress=lambda state: first.append(state.elapsed) if state.best is not None else None,
    )
    report_workshops(
        f"300 workshops, first valid draft {first[0] if first else float('nan'):.1f} s",
        answer,
        answer.progress.elapsed,
    )
    begun = time.monotonic()
    repaired = solver.repair(solver.lose_room(large, answer.agenda, 3), seconds=5)
    print(
        f"\nA lost room among them: {len(repaired.forced)} forced, {repaired.beyond} beyond, blocked "
        f"{repaired.evaluation.blocked}, {time.monotonic() - begun:.1f} s"
    )
    begun = time.monotonic()
    explanation = solver.explain(workshops.contradicting(problem), seconds=10)
    named = [(clash.reason.rule, clash.reason.sessions) for clash in explanation.clashes]
    print(
        f"A planted contradiction: {named}, minimal {explanation.minimal}, {time.monotonic() - begun:.1f} s"
    )


def report_workshops(name: str, answer: solver.Answer, seconds: float) -> None:
    found = answer.evaluation.by_rule()
    clashes, seats = (found.get(rule, (0, 0, 0))[1] for rule in ("favourites", "seats"))
    if answer.evaluation.blocked:
        name += f" ({answer.evaluation.blocked} violations)"
    print(
        f"| {name} | {clashes} | {seats} | {clashes + seats} | {answer.progress.bound} | {seconds:.1f} |",
        flush=True,
    )


def run_growth() -> None:
    section("| sessions | first valid | moves a second | peak memory |", 4)
    for sessions in (50, 100, 200, 400, 800):
        # In a process of its own, so that the memory is its own.
        code = f"from benchmarks.agenda import grow; grow({sessions})"
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
        )
        row = json.loads(done.stdout)
        print(
            f"| {sessions} | {row['first']:.2f} s | {row['speed'] / 1e6:.2f} million | {row['memory']} MB |",
            flush=True,
        )


def grow(sessions: int) -> None:
    """One size, measured in this process."""
    from citevents.scheduling.solver.drafting import PlacesLandscape
    from citevents.scheduling.solver.tables import split

    problem = workshops.problem(
        sessions,
        periods=max(8, sessions // 8),
        rooms=12,
        people=12 * sessions,
        favourites=8,
        pairs=sessions // 10,
        away=sessions // 5,
        seed=1,
    )
    PlacesLandscape(problem, 1).walk(1, 1.0, 10)  # compiled from here on
    begun = time.perf_counter()
    landscape = PlacesLandscape(problem, 2)
    while split(landscape.best or 0)[0]:
        landscape.walk(10_000, landscape.hottest / 10, landscape.price)
    first = time.perf_counter() - begun
    begun = time.perf_counter()
    landscape.walk(300_000, landscape.hottest / 10, landscape.price)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps({"first": first, "speed": 300_000 / (time.perf_counter() - begun), "memory": memory}))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, help="CSPLib's workbooks")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seeds", default="1,2,3")
    parser.add_argument("--section", action="append", choices=SECTIONS, help="one or more; all without it")
    parser.add_argument("--instance", action="append", help="only these workbooks, by name")
    options = parser.parse_args()
    seeds, parts = [int(seed) for seed in options.seeds.split(",")], options.section or SECTIONS
    if {"csplib", "variants"} & set(parts) and options.data is None:
        parser.error("--data is needed for csplib and variants")
    paths = [
        path
        for path in sorted(options.data.glob("*.xlsx") if options.data else ())
        if options.instance is None or path.stem in options.instance
    ]
    if "csplib" in parts:
        run_csplib(paths, options.seconds, seeds)
    if "variants" in parts:
        run_variants(paths, options.seconds / 5, seeds[0])
    if "workshops" in parts:
        run_workshops(seeds[0])
    if "growth" in parts:
        run_growth()


if __name__ == "__main__":
    main()
