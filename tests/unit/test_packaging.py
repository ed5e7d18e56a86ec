"""What is installed is what runs: data files, and the licences of what is needed at run time."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import requires
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PACKAGES = ("voicegw", "api", "ivr", "recordings", "config")


def packed() -> set[Path]:
    """Return the files that `package-data` takes along."""
    patterns: dict[str, list[str]] = PROJECT["tool"]["setuptools"]["package-data"]
    return {
        path
        for package, globs in patterns.items()
        for pattern in globs
        for path in (ROOT / package.replace(".", "/")).glob(pattern)
    }


def test_every_file_that_a_package_reads_is_installed() -> None:
    files = {
        path
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    modules = {
        path for path in files if path.suffix == ".py" and (path.parent / "__init__.py").is_file()
    }
    assert len(files - modules) > 5
    assert sorted(str(path.relative_to(ROOT)) for path in files - modules - packed()) == []


def needed() -> set[str]:
    """Return the names of all libraries that a node is installed with, in lower case."""
    found: set[str] = set()
    waiting = [Requirement(one) for one in PROJECT["project"]["dependencies"]]
    while waiting:
        requirement = waiting.pop()
        name = requirement.name.lower().replace("_", "-")
        applies = requirement.marker is None or requirement.marker.evaluate({"extra": ""})
        if applies and name not in found:
            found.add(name)
            waiting += [Requirement(one) for one in requires(name) or ()]
    return found


def test_the_notice_names_every_library_that_is_needed() -> None:
    notice = (ROOT / "NOTICE").read_text().lower()
    listed = set(re.findall(r"[\w-]+", notice[notice.index("at run time") :]))
    assert len(needed()) > 40
    assert needed() - listed == set()


def test_every_bench_of_make_is_a_program() -> None:
    makefile = (ROOT / "Makefile").read_text()
    listed = re.search(r"^BENCHES := (.*(?:\\\n.*)*)", makefile, re.MULTILINE)
    assert listed is not None
    programs = listed[1].replace("\\", "").split()
    assert len(programs) > 5
    assert [name for name in programs if not (ROOT / "bench" / f"{name}.py").is_file()] == []
