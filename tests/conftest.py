"""What holds for all tests."""

from __future__ import annotations

import gc
import os

import pytest

from tests.parts.lanes import interleaved


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep a developer's own configuration out of the tests."""
    for variable in [name for name in os.environ if name.startswith("VOICEGW_")]:
        monkeypatch.delenv(variable)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Where several processes share the tests, have some wait while others compute."""
    if hasattr(config, "workerinput"):
        items[:] = interleaved(items, lambda item: item.nodeid.partition("::")[0])


def pytest_collection_finish() -> None:
    """Keep thousands of collected tests out of every later search for garbage."""
    gc.collect()
    gc.freeze()
