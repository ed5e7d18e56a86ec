"""When garbage is looked for: never in the way of a call, and not never."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from voicegw import collector


class Ring:
    """Refers to itself."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    thresholds = gc.get_threshold()
    gc.disable()
    gc.unfreeze()
    yield
    gc.unfreeze()
    gc.set_threshold(*thresholds)
    gc.enable()


def test_what_is_there_at_the_start_is_never_looked_at_again() -> None:
    collector.settle()
    assert gc.get_freeze_count() > 10_000
    assert gc.get_threshold() == collector.THRESHOLDS


def test_what_is_older_is_looked_at_after_ten_million_objects() -> None:
    young, older, _ = collector.THRESHOLDS
    assert young <= 10_000, "a look at what is young stops the node for a few milliseconds"
    assert 5_000_000 <= young * older <= 20_000_000


@pytest.mark.parametrize("live_calls", [0, 1])
def test_everything_is_looked_at_only_while_no_call_is_live(live_calls: int) -> None:
    collector.settle()
    ring = weakref.ref(Ring())
    assert collector.collect_if_idle(live_calls) is (live_calls == 0)
    assert (ring() is None) is (live_calls == 0)
    gc.collect()


def test_a_start_is_not_held_up_twice() -> None:
    assert not collector.collect_if_idle(0)
    collector.settle()
    assert collector.collect_if_idle(0)
