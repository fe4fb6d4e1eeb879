"""Every slice says in one file what it gives; what is missing or given twice is said in words."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Blueprint

from citevents import slices as listed
from citevents.core.contributions import DeskLink, Slice
from citevents.core.invariants import Invariant
from citevents.slices import SLICES, NotASlice, gathered, slices

ROOT = Path(__file__).parents[2]


def test_every_folder_with_tables_or_pages_is_listed_and_every_listed_one_has_its_file() -> None:
    has = {path.parent.name for path in (ROOT / "citevents").glob("*/slice.py")}
    assert has == set(SLICES)
    assert {path.parent.name for path in (ROOT / "citevents").glob("*/models.py")} <= has
    assert len(slices()) == len(SLICES)


def test_what_a_slice_has_by_name_it_gives() -> None:
    """A file that no `slice.py` names would be there for nobody."""
    given = dict(zip(SLICES, slices(), strict=True))

    def having(file: str) -> set[str]:
        return {path.parent.name for path in (ROOT / "citevents").glob(f"*/{file}")} & set(SLICES)

    assert having("commands.py") == {name for name, each in given.items() if each.commands}
    assert having("personal_data.py") == {name for name, each in given.items() if each.personal_data}
    assert having("invariants.py") == {name for name, each in given.items() if each.invariants}
    assert having("views.py") | {"people"} == {name for name, each in given.items() if each.blueprints}


def test_a_slice_without_its_file_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listed, "SLICES", ("people", "core"))
    with pytest.raises(NotASlice, match=r"^citevents/core/slice.py is missing: it says in one `SLICE` what"):
        slices.__wrapped__()
    monkeypatch.setattr(listed, "SLICES", ("courses",))
    with pytest.raises(NotASlice, match=r"^citevents/courses/slice.py is missing"):
        slices.__wrapped__()


SQL = "SELECT 1"
DOUBLES = [
    (Slice(blueprints=[Blueprint("a", "a")]), "page 'a'"),
    (Slice(invariants=[Invariant(code="C1", promise="Seats.", sql=SQL)]), "invariant 'C1'"),
    (Slice(acts={("open", "door"): "opened a door"}), r"act \('open', 'door'\)"),
    (Slice(subjects={"door": "door"}), "subject 'door'"),
    (Slice(reactions={"doors.open": "Open a door"}), "reaction 'doors.open'"),
    (Slice(desk=[DeskLink(1, "Doors", "doors.desk", ())]), "desk link 'doors.desk'"),
]


@pytest.mark.parametrize(("given", "named"), DOUBLES)
def test_what_two_slices_offer_is_named_with_both(given: Slice, named: str) -> None:
    assert gathered({"doors": given, "walls": Slice()}) == {"doors": given, "walls": Slice()}
    with pytest.raises(NotASlice, match=rf"^doors and windows both offer the {named}: take it out of one"):
        gathered({"doors": given, "windows": given})
