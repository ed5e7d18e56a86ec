"""What the pages name is there: tests, modules, alerts, figures; and nothing is left out."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_NAMED = re.compile(r"`((?:unit|contract|peer|faults)/[\w/]+\.py)(?:::(test_\w+))?`")
#: Pages, and whether every row of their tables must name a test.
PAGES = {"pitfalls.md": True, "interop.md": False}
_MODULE = re.compile(r"`([\w/]+\.py)`")
#: Packages of which the page of architecture names every module.
COVERED = ("recordings", "voicegw/setup")
CODE = ("voicegw", "recordings", "api", "config", "ivr")


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


def modules_named(line: str) -> Iterator[str]:
    """Yield the paths that a row names; a bare name is in the folder of the one before it."""
    folder = ""
    for name in _MODULE.findall(line):
        path = name if "/" in name else f"{folder}/{name}"
        folder = path.rpartition("/")[0]
        yield path


def architecture() -> list[str]:
    rows = (ROOT / "docs" / "architecture.md").read_text().splitlines()
    return [path for line in rows if line.startswith("| ") for path in modules_named(line)]


def test_a_bare_name_is_in_the_folder_before_it() -> None:
    row = "| what? | `api/keys.py`, `views.py`, `voicegw/node.py`, `clock.py` |"
    assert list(modules_named(row)) == [
        "api/keys.py",
        "api/views.py",
        "voicegw/node.py",
        "voicegw/clock.py",
    ]


def test_every_module_that_the_architecture_names_is_there() -> None:
    named = architecture()
    assert len(named) > 200
    assert [path for path in named if not (ROOT / path).is_file()] == []


@pytest.mark.parametrize("package", COVERED)
def test_the_architecture_names_every_module(package: str) -> None:
    found = {
        str(path.relative_to(ROOT))
        for path in (ROOT / package).rglob("*.py")
        if path.name != "__init__.py"
    }
    assert found - set(architecture()) == set()


@pytest.mark.parametrize("page", sorted((ROOT / "docs").rglob("*.md")), ids=lambda page: page.name)
def test_every_path_and_link_of_a_page_leads_somewhere(page: Path) -> None:
    text = page.read_text()
    paths = re.findall(r"`((?:voicegw|recordings|api|config|ivr|bench|tests|docs)/[\w/.-]+)`", text)
    assert [path for path in paths if not (ROOT / path).exists()] == []
    links = re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", text)
    assert [link for link in links if not (page.parent / link).exists()] == []


@cache
def calls_and_constants() -> list[tuple[str, ast.expr]]:
    """Return, of all code, the first argument of each call and each constant, by its name."""
    found: list[tuple[str, ast.expr]] = []
    for package in CODE:
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and node.args:
                    found.append((ast.unparse(node.func), node.args[0]))
                elif isinstance(node, ast.AnnAssign) and node.value is not None:
                    found.append((ast.unparse(node.target), node.value))
    return found


def words(expression: ast.expr) -> str | None:
    """Return what a string says, `NAME` in place of the last part of one that is put together."""
    match expression:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=[ast.Constant(value=str(text)), _]):
            return f"{text}NAME"
    return None


def table(heading: str) -> list[str]:
    """Return the rows of the table of `behaviour.md` that begins with `heading`."""
    page = (ROOT / "docs" / "behaviour.md").read_text()
    return page[page.index(heading) :].partition("\n\n")[0].splitlines()[2:]


def test_the_alerts_that_are_told_of_are_those_that_are_raised() -> None:
    raising = re.compile(r"(self|node)\._?alerts?(\.set)?|self\._on_alert|ALERT_\w+")
    raised = {words(value) for name, value in calls_and_constants() if raising.fullmatch(name)}
    told = {re.match(r"\| `([^`]+)` \|", row) for row in table("| alert | raised while")}
    assert len(told) > 10
    assert {one[1] for one in told if one} == raised - {None}


def test_every_decision_record_is_listed() -> None:
    folder = ROOT / "docs" / "adr"
    listed = re.findall(r"\]\((\d{4}-[\w-]+\.md)\)", (folder / "README.md").read_text())
    assert listed == sorted(path.name for path in folder.glob("0*.md"))
