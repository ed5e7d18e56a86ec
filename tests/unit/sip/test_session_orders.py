"""Whatever the order of commands, messages and losses: one end each, and nothing is left."""

from __future__ import annotations

import contextlib

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.sip.agents import ANSWER, OFFER, Pair, spec_for
from voicegw.errors import SipStateError
from voicegw.sip.events import ReferReceived, SessionEnded, SessionEvent
from voicegw.sip.session import Session, SessionState
from voicegw.sip.session_timer import SessionTimerValues
from voicegw.sip.session_uas import UasSession

COMMANDS = (
    "ring",
    "early",
    "answer",
    "reject",
    "end",
    "reoffer",
    "answer_reoffer",
    "refuse_reoffer",
    "digit",
    "refer",
    "accept_refer",
    "finish_refer",
)
steps = st.lists(
    st.one_of(
        st.tuples(st.sampled_from("ab"), st.sampled_from(COMMANDS)),
        st.tuples(st.just("wire"), st.sampled_from(("carry", "lose", "repeat"))),
        st.tuples(st.just("wait"), st.sampled_from((0.4, 3.0, 35.0, 46.0, 100.0))),
    ),
    max_size=25,
)


def command(session: Session, name: str, heard: list[SessionEvent]) -> None:
    """Give a command; one that comes out of turn is refused and changes nothing."""
    referrals = [event.referral for event in heard if isinstance(event, ReferReceived)]
    with contextlib.suppress(SipStateError):
        match name:
            case "end":
                session.end(q850=16)
            case "reoffer":
                session.reoffer(OFFER)
            case "answer_reoffer":
                session.answer_reoffer(ANSWER)
            case "refuse_reoffer":
                session.refuse_reoffer(488)
            case "refer" if session.answered and session.state is not SessionState.ENDED:
                headers = (("Refer-To", "<sip:bob@gateway.example>"),)
                session.send_in_dialog("REFER", headers, b"", lambda _status, _response: None)
            case "accept_refer":
                for referral in referrals:
                    referral.accept()
            case "finish_refer":
                for referral in referrals:
                    referral.finish(200)
            case "digit":
                session.send_info_digit("5")
            case _ if isinstance(session, UasSession):
                uas_command(session, name)


def uas_command(session: UasSession, name: str) -> None:
    match name:
        case "ring":
            session.ring()
        case "early":
            session.ring(183, ANSWER)
        case "answer":
            session.answer(ANSWER)
        case "reject":
            session.reject(486)


@settings(max_examples=150, deadline=None)
@given(steps)
def test_every_order_ends_once_and_leaves_nothing(plan: list[tuple[str, object]]) -> None:
    pair = Pair(session_timers=SessionTimerValues(90))
    heard: list[SessionEvent] = []
    ours = pair.a.core.invite(spec_for(may_refer=True), heard.append)
    for who, what in plan:
        if who == "a":
            command(ours, str(what), heard)
        elif who == "b":
            for theirs in pair.b.user.offered:
                command(theirs, str(what), pair.b.events)
        elif who == "wait":
            assert isinstance(what, float)
            pair.run(what)
        else:
            wire(pair, str(what))
    ours.end()
    for theirs in pair.b.user.offered:
        theirs.end()
    pair.run(300)
    for theirs in pair.b.user.offered:
        theirs.end()
    pair.run(300)
    assert [isinstance(e, SessionEnded) for e in heard].count(True) == 1
    assert isinstance(heard[-1], SessionEnded)
    assert len(pair.b.user.offered) <= 1
    if pair.b.user.offered:
        assert [isinstance(e, SessionEnded) for e in pair.b.events].count(True) == 1
        assert isinstance(pair.b.events[-1], SessionEnded)
    for agent in (pair.a, pair.b):
        assert len(agent.core) == 0
        assert agent.core.is_idle
        assert agent.core.next_timer() is None
        assert agent.core.counters["listener_failures"] == 0


def wire(pair: Pair, how: str) -> None:
    """Carry what is queued, lose it, or carry it twice."""
    for agent, other in ((pair.a, pair.b), (pair.b, pair.a)):
        for _, data in agent.core.take_transmissions():
            for _ in range({"carry": 1, "lose": 0, "repeat": 2}[how]):
                other.core.receive(data, agent.address, pair.clock.now)
