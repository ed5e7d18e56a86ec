"""What a message costs does not depend on how many calls there are: nobody looks through them all.

Counted in lines of Python that are executed, not in seconds, so that a busy machine changes
nothing.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from tests.unit.sip.agents import ANSWER, OFFER, Pair, spec_for
from voicegw.sip.session_uac import UacSession

FEW, MANY = 10, 800
REPEATS = 30


class Lines:
    """Counts the lines executed while `count` runs what it is given."""

    def __init__(self) -> None:
        self._count = 0

    def _trace(self, frame: FrameType, event: str, argument: Any) -> Any:
        del frame, argument
        self._count += event == "line"
        return self._trace

    def count(self, action: Callable[[], object]) -> int:
        """Return how many lines `action` executes."""
        before = sys.gettrace()
        self._count = 0
        sys.settrace(self._trace)
        try:
            action()
        finally:
            sys.settrace(before)
        return self._count


def busy_pair(calls: int) -> Pair:
    """Return two agents with so many calls between them, half talking and half ringing."""
    pair = Pair()
    for number in range(calls):
        pair.a.core.invite(spec_for(), lambda _event: None)
        pair.settle()
        if number % 2:
            pair.b.session.answer(ANSWER)
        else:
            pair.b.session.ring()
        pair.settle()
    return pair


@pytest.fixture(scope="module")
def pairs() -> tuple[Pair, Pair]:
    """Return a pair with few calls and one with many."""
    return busy_pair(FEW), busy_pair(MANY)


def begin(pair: Pair) -> UacSession:
    session = pair.a.core.invite(spec_for(), lambda _event: None)
    pair.settle()
    return session


def whole_call(pair: Pair) -> None:
    session = begin(pair)
    pair.b.session.ring()
    pair.settle()
    pair.b.session.answer(ANSWER)
    pair.settle()
    session.reoffer(OFFER)
    pair.settle()
    pair.b.session.answer_reoffer(ANSWER)
    pair.settle()
    session.end()
    pair.settle()


def given_up(pair: Pair) -> None:
    session = begin(pair)
    pair.b.session.ring()
    pair.settle()
    session.end()
    pair.settle()


@pytest.mark.parametrize("story", [whole_call, given_up])
def test_a_call_among_many_costs_what_it_costs_among_few(
    pairs: tuple[Pair, Pair], story: Callable[[Pair], None]
) -> None:
    few, many = pairs

    def repeatedly(pair: Pair) -> None:
        # Cancelled timers are cleared away now and then, for many calls at once.
        for _ in range(REPEATS):
            story(pair)

    lines = Lines()
    story(few)  # what is kept at first use is no part of it
    alone = lines.count(lambda: repeatedly(few)) / REPEATS
    crowded = lines.count(lambda: repeatedly(many)) / REPEATS
    assert alone > 500
    # Values kept from before differ a little; a look through all would be seen at each message.
    assert crowded - alone < MANY
