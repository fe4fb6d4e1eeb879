"""The anatomy of the house, by rule: what a file of a name may do, wherever it lies."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from citevents.core.db import Model
from citevents.slices import slices

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = [*sorted((ROOT / "citevents").rglob("*.py")), *sorted((ROOT / "workers").glob("*.py"))]

#: Edges: they open transactions, and commit.
EDGES = {"views.py", "desk.py", "commands.py"}
#: Raw SQL that looks at every organization, each with its reason.
EVERY_ORGANIZATION = {
    "citevents/operations/commands.py": "figures of the installation, counted, no row shown",
    "citevents/operations/views.py": "/health tells how old the oldest event is",
    "citevents/registration/erasure.py": "the clock erases what is due, wherever",
    "citevents/registration/form_drafts.py": "the clock erases what is due, wherever",
    "workers/handles.py": "a delivery is found by its id, which the relay gave; its organization comes with it",
    "workers/ledger.py": "the relay carries events of every organization in turns",
}
#: The most lines that a function outside the solvers may have.
MOST_LINES = 50
#: Longer ones that are there, each to become shorter: made-up rows written down one after another.
LONGER = {
    "citevents/portal/demo/conference.py:_agenda",
    "citevents/portal/demo/conference.py:conference",
    "citevents/portal/demo/crowd.py:_pay",
    "citevents/portal/demo/crowd.py:register",
}


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def where(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def is_edge(path: Path) -> bool:
    return path.name in EDGES or "desk" in path.parent.parts or path.parent.name == "workers"


def opened(path: Path) -> Iterator[int]:
    """The lines of a file in which a transaction is opened or committed."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.With):
            for item in node.items:
                if isinstance(item.context_expr, ast.Call) and ast.unparse(item.context_expr.func) in (
                    "transaction",
                    "at_once",
                    "db.transaction",
                    "db.at_once",
                ):
                    yield node.lineno
        elif isinstance(node, ast.Call) and re.search(
            r"(session\(\)|current)\.commit$", ast.unparse(node.func)
        ):
            yield node.lineno


def test_only_edges_open_transactions() -> None:
    at = {where(path) for path in PRODUCT if is_edge(path) and any(opened(path))}
    assert {"citevents/registration/views.py", "workers/handles.py"} <= at, "the rule sees what it looks for"
    wrong = [
        f"{where(path)}:{line}"
        for path in PRODUCT
        if not is_edge(path) and where(path) != "citevents/core/db.py"
        for line in opened(path)
    ]
    assert wrong == []


def unscoped() -> Iterator[tuple[Path, int]]:
    """Raw SQL over tables of organizations that names no organization."""
    assert slices(), "the tables are known"
    tables = {table.name for table in Model.metadata.tables.values() if "organization_id" in table.columns}
    for path in PRODUCT:
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "sa.text":
                text = ast.unparse(node.args[0])
                named = set(re.findall(r'(?:FROM|JOIN|UPDATE|INTO)\s+\\?"?([a-z_]+)', text))
                if tables & named and "organization" not in text:
                    yield path, node.lineno


def test_raw_sql_names_its_organization_or_says_why_not() -> None:
    found = {where(path) for path, _line in unscoped()}
    assert found == set(EVERY_ORGANIZATION)


def test_a_function_fits_on_the_screen() -> None:
    long = {
        f"{where(path)}:{node.name}": node.end_lineno - node.lineno + 1
        for path in PRODUCT
        if "solver" not in path.parts
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef) and node.end_lineno
    }
    assert {name for name, lines in long.items() if lines > MOST_LINES} == LONGER


def test_policies_ask_nobody() -> None:
    """A decision is made over plain values: no database, no Flask, no clock."""
    asked = re.compile(r"^(sqlalchemy|flask|citevents\.core\.(db|clock))(\.|$)")
    wrong = []
    for path in PRODUCT:
        if path.name != "policy.py":
            continue
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.ImportFrom) and node.module and asked.match(node.module):
                wrong.append(f"{where(path)}: {node.module}")
            elif isinstance(node, ast.Import):
                wrong += [f"{where(path)}: {each.name}" for each in node.names if asked.match(each.name)]
    assert wrong == []
