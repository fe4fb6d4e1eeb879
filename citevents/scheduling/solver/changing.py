"""What happens to a conference after publication, as a changed problem: a room is lost, a speaker, a session grows."""

from dataclasses import dataclass, replace

from citevents.scheduling.solver.problem import Agenda, Problem, Wish


@dataclass(frozen=True, slots=True)
class Changed:
    """The problem and agenda after a change. `sessions`: which session each of them was before."""

    problem: Problem
    agenda: Agenda
    sessions: tuple[int, ...]
    cancelled: tuple[int, ...] = ()  # sessions, as numbered before, that nobody can give any more


def unchanged(problem: Problem, agenda: Agenda) -> Changed:
    return Changed(replace(problem, published=agenda), agenda, tuple(range(len(problem.sessions))))


def lose_room(problem: Problem, agenda: Agenda, room: int) -> Changed:
    """The room is closed in every slot."""
    rooms = list(problem.rooms)
    rooms[room] = replace(rooms[room], closed=frozenset(range(len(problem.slots))))
    return unchanged(replace(problem, rooms=tuple(rooms)), agenda)


def grow(problem: Problem, agenda: Agenda, session: int, minutes: int) -> Changed:
    """The session takes so many minutes now."""
    sessions = list(problem.sessions)
    sessions[session] = replace(sessions[session], minutes=minutes)
    return unchanged(replace(problem, sessions=tuple(sessions)), agenda)


def lose_speaker(problem: Problem, agenda: Agenda, speaker: int) -> Changed:
    """Panels go on without them; a session that only they would have given is cancelled."""
    alone = frozenset(i for i, session in enumerate(problem.sessions) if session.speakers == {speaker})
    sessions = tuple(replace(session, speakers=session.speakers - {speaker}) for session in problem.sessions)
    return cancel(replace(problem, sessions=sessions), agenda, alone)


def cancel(problem: Problem, agenda: Agenda, gone: frozenset[int]) -> Changed:
    """The problem without some sessions; those that remain are numbered anew."""
    stays = [i for i in range(len(problem.sessions)) if i not in gone]
    new = {old: k for k, old in enumerate(stays)}

    def renamed(sessions: frozenset[int]) -> frozenset[int]:
        return frozenset(new[i] for i in sessions if i in new)

    def rewished(wish: Wish) -> Wish:
        return replace(wish, must=renamed(wish.must), nice=renamed(wish.nice))

    left = tuple(agenda[i] for i in stays)
    reduced = replace(
        problem,
        sessions=tuple(replace(problem.sessions[i], after=renamed(problem.sessions[i].after)) for i in stays),
        apart=tuple(group for group in map(renamed, problem.apart) if len(group) > 1),
        wishes=tuple(map(rewished, problem.wishes)),
        roles=tuple(map(rewished, problem.roles)),
        published=left,
    )
    return Changed(reduced, left, tuple(stays), tuple(sorted(gone)))
