"""What holds for all tests."""

from __future__ import annotations

import gc
import os
import resource
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import settings
from xdist.scheduler import LoadFileScheduling

from tests.parts.lanes import interleaved, lane_of

# How long an example takes says more of the machine than of the code: that is measured in bench/.
settings.register_profile("voicegw", deadline=None)
settings.load_profile("voicegw")


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep a developer's own configuration out of the tests."""
    for variable in [name for name in os.environ if name.startswith("VOICEGW_")]:
        monkeypatch.delenv(variable)


@pytest.fixture(autouse=True)
def _own_limits() -> Iterator[None]:
    """Fail a test that limits or slows down the process of all tests for good."""
    before = _limits()
    yield
    after = _limits()
    if after != before:
        resource.setrlimit(resource.RLIMIT_AS, before[0])
        os.setpriority(os.PRIO_PROCESS, 0, before[1])  # only root can
        pytest.fail(f"memory and niceness were left at {after}, not {before}")


def _limits() -> tuple[tuple[int, int], int]:
    return resource.getrlimit(resource.RLIMIT_AS), os.getpriority(os.PRIO_PROCESS, 0)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Have one process run all that one node and one browser serve, as it runs a whole file."""
    if config.getoption("dist") != "loadfile":
        return None
    scheduler = LoadFileScheduling(config, log)
    scheduler._split_scope = lane_of
    return scheduler


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Where several processes share the tests, have some wait while others compute."""
    if hasattr(config, "workerinput"):
        items[:] = interleaved(items, lambda item: lane_of(item.nodeid))


def pytest_collection_finish() -> None:
    """Keep thousands of collected tests out of every later search for garbage."""
    gc.collect()
    gc.freeze()
