"""What the tests of the call layer share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.calls.rig import Rig


@pytest.fixture
def make_rig(tmp_path: Path) -> Callable[..., Rig]:
    """Return a maker of rigs, to be called inside a virtual loop."""

    def make(**changes: object) -> Rig:
        return Rig(tmp_path, **changes)  # type: ignore[arg-type]

    return make
