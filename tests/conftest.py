"""What holds for all tests."""

from __future__ import annotations

import os

import pytest


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep a developer's own configuration out of the tests."""
    for variable in [name for name in os.environ if name.startswith("VOICEGW_")]:
        monkeypatch.delenv(variable)
