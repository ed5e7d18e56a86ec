"""A whole core under mutated messages: nothing raises, nothing is left. The long run is a bench."""

from __future__ import annotations

import pytest

from tests.unit.sip.mutated_core import MutatedCore


@pytest.mark.parametrize("seed", [4475, 3261])
def test_mutated_messages_raise_nothing_and_leave_nothing(seed: int) -> None:
    rig = MutatedCore(seed)
    rig.run(500)
    rig.settle()
    before = rig.census()
    rig.run(4000)
    rig.settle()
    assert rig.errors.records == []
    core = rig.agent.core
    assert core.counters["listener_failures"] == 0
    assert len(core) == 0
    assert core.is_idle
    assert rig.census() - before == {}
    assert {"torture", "invite", "register", "echo", "answer", "dialog"} <= set(rig.sent)
    assert core.counters["sessions_offered"] > 50
    assert core.registrar is not None
    assert core.registrar.counters["registered"] > 3
