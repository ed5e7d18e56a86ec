"""Node, worker and finisher are killed, one after the other: no talk is lost, none comes twice.

`python bench/kills.py` does it two hundred times.
"""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from tests.parts.kills import VICTIMS, faults_of, kill_once, leftovers
from tests.parts.lab import Lab

pytestmark = pytest.mark.peer


def test_kills_cost_a_second_at_most(new_lab: Callable[..., Lab]) -> None:
    lab = new_lab()
    chance = random.Random(5)
    killings = [kill_once(lab, victim, chance) for victim in VICTIMS]
    for killing in killings:
        assert faults_of(lab, killing) == [], killing
    assert leftovers(lab) == []
