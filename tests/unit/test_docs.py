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
PAGES = {"pitfalls.md": True, "interop.md": False}


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


def test_every_program_tried_is_installed_by_the_tests() -> None:
    rows = (ROOT / "docs" / "interop.md").read_text().splitlines()
    packages = re.findall(r"^\| [^|]+ \(`([a-z-]+)`\) \| [0-9.]+ \|", "\n".join(rows), re.MULTILINE)
    installed = re.findall(r"[a-z0-9_]+:([a-z-]+)", (ROOT / ".ci" / "parts").read_text())
    assert len(packages) >= 8
    assert set(packages) <= set(installed)
    libraries = re.findall(r"^\| (\w+) \(PyPI\) \| ([0-9.]+) \|", "\n".join(rows), re.MULTILINE)
    wanted = (ROOT / "pyproject.toml").read_text()
    assert [f'"{name}=={version}"' in wanted for name, version in libraries] == [True, True]


def test_a_test_that_does_not_exist_is_not_found() -> None:
    assert _NAMED.findall("`unit/test_docs.py::test_nothing`") == [
        ("unit/test_docs.py", "test_nothing")
    ]
    assert "test_nothing" not in names_in(Path(__file__))
