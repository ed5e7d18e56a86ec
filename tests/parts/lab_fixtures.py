"""The fixtures that hand out labs, for the `conftest` of each folder that uses them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.parts.lab import Lab, make_lab


@pytest.fixture(scope="module")
def shared_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Return the module's lab."""
    lab = make_lab(tmp_path_factory.mktemp("lab"))
    yield lab
    lab.close()


@pytest.fixture
def lab(shared_lab: Lab) -> Iterator[Lab]:
    """Return the module's lab, without the peers and calls of earlier tests."""
    yield shared_lab
    shared_lab.clear()


@pytest.fixture
def new_lab(tmp_path: Path) -> Iterator[Callable[..., Lab]]:
    """Return a function that makes a lab of its own; everything ends with the test."""
    made: list[Lab] = []

    def make(**options: Any) -> Lab:
        folder = tmp_path / f"lab{len(made)}"
        folder.mkdir()
        lab = make_lab(folder, **options)
        made.append(lab)
        return lab

    yield make
    for lab in made:
        lab.close()
