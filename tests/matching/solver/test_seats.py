"""Hosts of several places in a round that goes on: what is kept takes one place each, and no more."""

import pytest

from citevents.matching.solver import Agreed, Mode, Result, Shape, solve
from tests.matching.solver.round_oracles import asking


def _told(result: Result) -> set[tuple[Shape, tuple[str, ...]]]:
    return {(m.shape, m.programs) for m in result.matches}


@pytest.mark.parametrize("circle", [False, True])
def test_a_host_that_has_a_guest_keeps_its_own_match_open(circle: bool) -> None:
    """Solved afresh the host gets both; that the visit was accepted meanwhile changes nothing. Over pairs, and over groups."""
    modes = {"guest": {Mode.GUEST}, "host": {Mode.HOST, Mode.VIRTUAL}, "online": {Mode.VIRTUAL}}
    if circle:
        modes |= {key: {Mode.CIRCLE} for key in "xyz"}
    visit = Agreed(shape=Shape.VISIT, programs=("guest", "host"))
    fresh = solve(asking(modes, places=2))
    after = solve(asking(modes, places=2, accepted=(visit,)))
    assert (
        _told(fresh) == _told(after) >= {(visit.shape, visit.programs), (Shape.VIRTUAL, ("host", "online"))}
    )
    values = [{t.name: (t.value, t.proven) for t in r.tiers if t.name != "blocking"} for r in (fresh, after)]
    assert values[0] == values[1]
    assert after.people == len({p for m in after.matches for p in m.programs})


def test_a_host_that_has_its_own_match_still_receives_who_would_rather_visit_each_other() -> None:
    """Between the two a mutual visit would be worth as much, but only a place for a guest is left."""
    modes = {
        "guest": {Mode.GUEST, Mode.MUTUAL},
        "host": {Mode.HOST, Mode.MUTUAL, Mode.VIRTUAL},
        "online": {Mode.VIRTUAL},
        **{key: {Mode.CIRCLE} for key in "xyz"},
    }
    online = Agreed(shape=Shape.VIRTUAL, programs=("host", "online"))
    found = solve(asking(modes, places=2, accepted=(online,)))
    assert _told(found) >= {(online.shape, online.programs), (Shape.VISIT, ("guest", "host"))}
