"""Labs: one for all tests of a module, or one of its own for a test that needs another."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.parts import mqtt_peer
from tests.parts.lab_fixtures import lab, new_lab, shared_lab

__all__ = ["lab", "new_lab", "shared_lab"]


@pytest.fixture(autouse=True)
def nobody_stays_at_a_broker() -> Iterator[None]:
    """End what a failed test left there: its thread would fail in the tests after it."""
    yield
    mqtt_peer.leave_all()
