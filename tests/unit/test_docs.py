"""The pages that name tests name tests that exist."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_NAMED = re.compile(r"`((?:unit|contract|peer|faults)/[\w/]+\.py)(?:::(test_\w+))?`")
#: Pages, and whether every row of their tables must name a test.
PAGES = {"pitfalls.md": True}


@cache
def names_in(path: Path) -> frozenset[str]:
    """Return the names of the test functions of a file."""
    functions = ast.walk(ast.parse(path.read_text()))
    return frozenset(
        one.name for one in functions if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)
    )


@pytest.mark.parametrize("page", PAGES)
def test_every_test_named_exists(page: str) -> None:
    named = _NAMED.findall((ROOT / "docs" / page).read_text())
    assert len(named) > 10
    for file, function in named:
        path = ROOT / "tests" / file
        assert path.is_file(), file
        assert not function or function in names_in(path), f"{file}::{function}"


@pytest.mark.parametrize("page", [page for page, strict in PAGES.items() if strict])
def test_every_row_names_a_test(page: str) -> None:
    lines = (ROOT / "docs" / page).read_text().splitlines()
    rows = [line for line in lines if line.startswith("| ") and "shown by" not in line]
    assert len(rows) > 50
    assert [row for row in rows if not _NAMED.search(row)] == []


def test_a_test_that_does_not_exist_is_not_found() -> None:
    assert _NAMED.findall("`unit/test_docs.py::test_nothing`") == [
        ("unit/test_docs.py", "test_nothing")
    ]
    assert "test_nothing" not in names_in(Path(__file__))
