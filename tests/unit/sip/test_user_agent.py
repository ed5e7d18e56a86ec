from __future__ import annotations

from tests.unit.sip.agents import ANSWER, OFFER, Pair, spec_for
from voicegw.sip.events import (
    EndedBy,
    SessionAnswered,
    SessionConfirmed,
    SessionEnded,
    SessionProgressed,
)


def test_a_call_from_invite_to_bye_leaves_nothing() -> None:
    pair = Pair()
    heard: list[object] = []
    session = pair.a.core.invite(spec_for(), heard.append)
    pair.settle()
    assert pair.b.session.remote_sdp == OFFER
    pair.b.session.ring()
    pair.settle()
    pair.b.session.answer(ANSWER)
    pair.settle()
    assert heard == [SessionProgressed(180), SessionAnswered(ANSWER)]
    assert pair.b.events == [SessionConfirmed()]
    assert (len(pair.a.core), len(pair.b.core)) == (1, 1)
    session.end(q850=16)
    pair.settle()
    assert heard[2:] == [SessionEnded(EndedBy.LOCAL, 200, answered=True, q850=16)]
    assert pair.b.events[1:] == [SessionEnded(EndedBy.REMOTE, 200, answered=True, q850=16)]
    assert (len(pair.a.core), len(pair.b.core)) == (0, 0)
    pair.run(70)
    assert pair.a.core.is_idle
    assert pair.b.core.is_idle
    assert pair.a.core.next_timer() is None
