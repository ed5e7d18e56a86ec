"""Sessions that have ended are freed by counting references: the collector finds nothing of them.

Its full rounds stop all signalling for as long as they last, so at a hundred calls a second nothing
may be left to it.
"""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from tests.unit.sip.agents import ANSWER, OFFER, Pair, spec_for
from tests.unit.sip.test_session_uac import Call
from voicegw.sip.digest import Credentials
from voicegw.sip.events import SessionEvent
from voicegw.sip.session_timer import SessionTimerValues
from voicegw.sip.session_uac import UacSession

CALLS = 5
Story = Callable[[Pair, UacSession], None]


def answered(pair: Pair, ours: UacSession) -> None:
    pair.b.session.ring(183, ANSWER)
    pair.settle()
    pair.b.session.answer(ANSWER)
    pair.settle()
    ours.end()


def hung_up_there(pair: Pair, _ours: UacSession) -> None:
    pair.b.session.answer(ANSWER)
    pair.settle()
    pair.b.session.end()


def rejected(pair: Pair, _ours: UacSession) -> None:
    pair.b.session.reject(486)


def cancelled(pair: Pair, ours: UacSession) -> None:
    pair.b.session.ring()
    pair.settle()
    ours.end()


def given_up_unheard(pair: Pair, ours: UacSession) -> None:
    pair.drop = lambda _data: True
    pair.run(40)
    pair.drop = lambda _data: False
    ours.end()
    pair.b.session.reject(480)


def unacknowledged(pair: Pair, _ours: UacSession) -> None:
    pair.drop = lambda data: data.startswith(b"ACK")
    pair.b.session.answer(ANSWER)
    pair.run(40)
    pair.drop = lambda _data: False


def changed_here(pair: Pair, ours: UacSession) -> None:
    pair.b.session.answer(ANSWER)
    pair.settle()
    ours.reoffer(OFFER)
    pair.settle()
    pair.b.session.answer_reoffer(ANSWER)
    pair.settle()
    ours.end()


def changed_there_at_the_end(pair: Pair, ours: UacSession) -> None:
    pair.b.session.answer(ANSWER)
    pair.settle()
    pair.b.session.reoffer(OFFER)
    pair.settle()
    ours.end()


def glare(pair: Pair, ours: UacSession) -> None:
    pair.b.session.answer(ANSWER)
    pair.settle()
    ours.reoffer(OFFER)
    pair.b.session.reoffer(OFFER)
    pair.settle()
    ours.end()


def refreshed_for_hours(pair: Pair, ours: UacSession) -> None:
    pair.b.session.answer(ANSWER)
    pair.run(7200)
    ours.end()


def expired(pair: Pair, _ours: UacSession) -> None:
    pair.b.session.answer(ANSWER)
    pair.settle()
    pair.drop = lambda _data: True
    pair.run(2000)
    pair.drop = lambda _data: False


def referred(pair: Pair, ours: UacSession) -> None:
    pair.b.session.answer(ANSWER)
    pair.settle()
    extra = (("Refer-To", "<sip:bob@gateway.example>"),)
    pair.b.session.send_in_dialog("REFER", extra, b"", lambda _status, _response: None)
    pair.settle()
    ours.end()


STORIES = [
    answered,
    hung_up_there,
    rejected,
    cancelled,
    given_up_unheard,
    unacknowledged,
    changed_here,
    changed_there_at_the_end,
    glare,
    refreshed_for_hours,
    expired,
    referred,
]


@pytest.fixture
def collector() -> Iterator[Callable[[], Counter[str]]]:
    """Return what tells what only the collector can free, by type."""
    gc.collect()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)

    def found() -> Counter[str]:
        gc.collect()
        ours = [one for one in gc.garbage if type(one).__module__.startswith("voicegw.")]
        return Counter(type(one).__name__ for one in ours)

    try:
        yield found
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
def test_nothing_is_left_to_collect(story: Story, collector: Callable[[], Counter[str]]) -> None:
    pair = Pair(session_timers=SessionTimerValues(1800))
    for _ in range(CALLS):
        events: list[SessionEvent] = []
        ours = pair.a.core.invite(spec_for(may_refer=True), events.append)
        pair.settle()
        story(pair, ours)
        pair.run(140)
        del ours, events
    assert pair.a.core.is_idle
    assert pair.b.core.is_idle
    pair.a.user.offered.clear()
    pair.b.user.offered.clear()
    pair.b.user.events.clear()
    assert not collector()


def test_nor_of_a_call_that_was_challenged(collector: Callable[[], Counter[str]]) -> None:
    call = Call(credentials=Credentials("user", "secret"))
    call.far.reply(call.invite, 401, ("WWW-Authenticate", 'Digest realm="r", nonce="n"'))
    call.far.sent()
    call.session.end()
    call.assert_forgotten()
    agent = call.agent
    del call
    assert not collector()
    assert agent.core.is_idle
