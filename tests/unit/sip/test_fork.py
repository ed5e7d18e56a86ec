"""Several telephones of one user ring at once: every race of their answers, on a fake clock."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pytest

from tests.unit.sip.agents import ANSWER, OFFER, Clock, FarEnd, in_dialog, make_agent, spec_for
from voicegw.sip.events import (
    EndedBy,
    InfoDigit,
    SessionAnswered,
    SessionEnded,
    SessionEvent,
    SessionProgressed,
)
from voicegw.sip.fork import Fork, best_failure
from voicegw.sip.message import Request, Response
from voicegw.sip.session_uac import UacSession
from voicegw.sip.wire import Peer

ELSEWHERE = 'SIP;cause=200;text="Call completed elsewhere"'


class Phones:
    """Telephones that ring at once, played by the test; number 0 is the first."""

    def __init__(self, count: int = 3, transports: Sequence[str] = ()) -> None:
        self.clock = Clock()
        self.agent = make_agent(self.clock)
        self.far = FarEnd(self.agent, self.clock)
        self.events: list[SessionEvent] = []
        self.winners: list[UacSession] = []
        self.over: list[UacSession] = []
        self.fork = Fork(
            self.events.append, on_winner=self.winners.append, on_over=self.over.append
        )
        kinds = [*transports, *["udp"] * (count - len(transports))]
        self.peers = [
            Peer("tcp", f"127.0.1.{n}", 5060, 7 + n)
            if kind == "tcp"
            else Peer("udp", f"127.0.1.{n}", 5060)
            for n, kind in enumerate(kinds)
        ]
        self.sessions = [
            self.fork.add(
                lambda listener, peer=peer: self.agent.core.prepare(  # type: ignore[misc]
                    spec_for(peer, same_flow=True), listener
                )
            )
            for peer in self.peers
        ]
        assert self.far.sent() == []
        self.fork.send()
        self.sent: list[list[Request]] = [[] for _ in self.peers]
        self.look()
        self.invites = [sent[0] for sent in self.sent]

    def look(self) -> None:
        """Sort what has been sent to the telephones."""
        for peer, message in self.far.sent_to():
            assert isinstance(message, Request)
            self.sent[self.peers.index(peer)].append(message)

    def methods(self, number: int) -> list[str]:
        """Return what a telephone was sent so far."""
        self.look()
        return [request.method for request in self.sent[number]]

    def last(self, number: int, method: str) -> Request:
        """Return the last request of a kind that a telephone was sent."""
        self.look()
        return [request for request in self.sent[number] if request.method == method][-1]

    def reply(self, number: int, status: int, *, sdp: str | None = None) -> Response:
        """Answer an INVITE."""
        contact = f"<sip:desk@127.0.1.{number}>"
        return self.far.reply(
            self.invites[number], status, tag=f"far{number}", sdp=sdp, contact=contact
        )

    def give_up(self, numbers: Iterable[int]) -> None:
        """Have telephones answer the CANCEL and the INVITE it ends."""
        for number in numbers:
            self.far.reply(self.last(number, "CANCEL"), 200)
            self.reply(number, 487)

    def assert_forgotten(self) -> None:
        self.far.wait(200)
        self.far.sent()
        assert self.agent.core.is_idle
        assert set(self.over) | set(self.winners) == set(self.sessions)
        assert len(self.over) + len(self.winners) == len(self.sessions)


def ended(status: int, by: EndedBy = EndedBy.REMOTE) -> SessionEnded:
    return SessionEnded(by, status, answered=False)


def test_all_ring_with_one_offer_and_nothing_in_common() -> None:
    phones = Phones(3)
    assert [phones.methods(n) for n in range(3)] == [["INVITE"]] * 3
    assert {request.body for request in phones.invites} == {OFFER.encode()}
    for header in ("Call-ID", "From", "Via"):
        assert len({request.header(header) for request in phones.invites}) == 3


def test_the_first_answer_wins_and_the_others_are_told_why() -> None:
    phones = Phones(3)
    for number in range(3):
        phones.reply(number, 180)
    phones.reply(1, 200, sdp=ANSWER)
    assert phones.winners == [phones.sessions[1]]
    assert phones.methods(1) == ["INVITE", "ACK"]
    for loser in (0, 2):
        assert phones.methods(loser) == ["INVITE", "CANCEL"]
        assert phones.last(loser, "CANCEL").header("Reason") == ELSEWHERE
    phones.give_up((0, 2))
    assert phones.events == [
        SessionProgressed(180),
        SessionProgressed(180),
        SessionProgressed(180),
        SessionAnswered(ANSWER),
    ]
    assert phones.over == [phones.sessions[0], phones.sessions[2]]


def test_the_winner_speaks_for_itself_from_then_on() -> None:
    phones = Phones(2)
    phones.reply(1, 180)
    answer = phones.reply(0, 200, sdp=ANSWER)
    phones.give_up([1])
    digits = "Content-Type: application/dtmf-relay\n"
    info = in_dialog_of(phones, 0, answer, "INFO", digits, "Signal=5\r\nDuration=100\r\n")
    phones.far.send(info, phones.peers[0])
    phones.far.sent()
    phones.far.send(in_dialog_of(phones, 0, answer, "BYE"), phones.peers[0])
    phones.far.sent()
    assert phones.events[-2:] == [InfoDigit("5"), SessionEnded(EndedBy.REMOTE, 200, answered=True)]
    phones.assert_forgotten()


def in_dialog_of(
    phones: Phones, number: int, answer: Response, method: str, extra: str = "", body: str = ""
) -> str:
    """Return a request of a telephone's; From and To are the other way round there."""
    text = in_dialog(phones.far, method, answer, 5 if method == "INFO" else 6, extra=extra)
    invite = phones.invites[number]
    text = text.replace(f"From: {answer.header('From')}", "From: #")
    text = text.replace(f"To: {answer.header('To')}", f"To: {invite.header('From')}")
    text = text.replace("From: #", f"From: {answer.header('To')}")
    return text.replace("Content-Length: 0", f"Content-Length: {len(body)}") + body


def test_two_answers_in_the_same_millisecond() -> None:
    """The second is acknowledged and ended: nobody stays connected to nobody."""
    phones = Phones(2)
    phones.reply(0, 200, sdp=ANSWER)
    phones.reply(1, 200, sdp=ANSWER)
    assert phones.methods(0) == ["INVITE", "ACK"]
    assert phones.methods(1) == ["INVITE", "ACK", "BYE"]
    assert phones.last(1, "BYE").header("Reason") == ELSEWHERE
    assert phones.events == [SessionAnswered(ANSWER)]
    phones.far.reply(phones.last(1, "BYE"), 200)
    assert phones.over == [phones.sessions[1]]


def test_an_answer_that_crosses_the_cancel() -> None:
    phones = Phones(2)
    phones.reply(1, 180)
    phones.reply(0, 200, sdp=ANSWER)
    assert phones.methods(1) == ["INVITE", "CANCEL"]
    phones.reply(1, 200, sdp=ANSWER)
    phones.far.reply(phones.last(1, "CANCEL"), 481)
    assert phones.methods(1) == ["INVITE", "CANCEL", "ACK", "BYE"]
    assert phones.events[-1] == SessionAnswered(ANSWER)
    # The answer comes again, because our ACK was lost: it is acknowledged again, nothing else.
    phones.reply(1, 200, sdp=ANSWER)
    assert phones.methods(1)[4:] == ["ACK"]
    phones.far.reply(phones.last(1, "BYE"), 200)
    phones.winners[0].end()
    phones.far.reply(phones.last(0, "BYE"), 200)
    phones.assert_forgotten()


def test_ringing_that_comes_after_the_cancel_was_due() -> None:
    """A CANCEL must wait for a first sign (§9.1): the late 180 draws it, and tells nobody."""
    phones = Phones(2)
    phones.reply(0, 200, sdp=ANSWER)
    assert phones.methods(1) == ["INVITE"]
    phones.reply(1, 180)
    assert phones.methods(1) == ["INVITE", "CANCEL"]
    assert phones.events == [SessionAnswered(ANSWER)]


def test_a_silent_telephone_delays_nobody() -> None:
    phones = Phones(3)
    phones.far.wait(2)
    phones.reply(1, 180)
    assert not phones.fork.unheard
    phones.far.wait(5)
    phones.reply(1, 200, sdp=ANSWER)
    assert phones.events == [SessionProgressed(180), SessionAnswered(ANSWER)]
    assert set(phones.methods(0)) == set(phones.methods(2)) == {"INVITE"}
    phones.far.wait(40)
    assert set(phones.over) == {phones.sessions[0], phones.sessions[2]}


def test_nothing_heard_of_any_is_a_time_out() -> None:
    phones = Phones(2)
    assert phones.fork.unheard
    phones.far.wait(40)
    assert phones.events == [ended(408, EndedBy.NETWORK)]
    phones.assert_forgotten()


def test_a_connection_that_closes_takes_only_its_telephone() -> None:
    phones = Phones(2, transports=("tcp",))
    phones.reply(0, 180)
    phones.reply(1, 180)
    phones.agent.core.transport_failed(phones.peers[0], phones.clock.now)
    phones.far.wait(40)
    phones.reply(1, 200, sdp=ANSWER)
    assert phones.events[-1] == SessionAnswered(ANSWER)
    assert phones.over == [phones.sessions[0]]


def test_one_busy_telephone_does_not_stop_the_others() -> None:
    phones = Phones(2)
    phones.reply(0, 486)
    phones.reply(1, 180)
    phones.reply(1, 200, sdp=ANSWER)
    assert phones.events == [SessionProgressed(180), SessionAnswered(ANSWER)]


@pytest.mark.parametrize(
    ("statuses", "told"),
    [
        ((486, 480, 500), 486),
        ((480, 486), 486),
        ((500, 404), 404),
        ((503, 302), 302),
        ((404, 401), 401),
        ((404, 480), 404),
    ],
)
def test_when_all_refuse_the_best_reason_is_told(statuses: tuple[int, ...], told: int) -> None:
    phones = Phones(len(statuses))
    for number, status in enumerate(statuses):
        assert phones.events == []
        phones.reply(number, status)
    (event,) = phones.events
    assert isinstance(event, SessionEnded)
    assert (event.status, event.by) == (told, EndedBy.REMOTE)
    phones.assert_forgotten()


def test_an_answer_outweighs_silence() -> None:
    assert best_failure([ended(408, EndedBy.NETWORK), ended(500)]).status == 500
    assert best_failure([ended(503, EndedBy.NETWORK), ended(408, EndedBy.NETWORK)]).status == 408
    assert best_failure([ended(486), ended(603)]).status == 603


def test_a_refusal_of_the_person_stops_all() -> None:
    phones = Phones(3)
    phones.reply(0, 180)
    phones.reply(1, 486)
    phones.reply(2, 603)
    assert phones.events[-1].status == 603  # type: ignore[union-attr]
    assert phones.methods(0) == ["INVITE", "CANCEL"]
    assert phones.last(0, "CANCEL").header("Reason") == "SIP;cause=603"
    phones.give_up([0])
    assert len([event for event in phones.events if isinstance(event, SessionEnded)]) == 1
    phones.assert_forgotten()


def test_an_answer_after_the_refusal_is_ended() -> None:
    phones = Phones(2)
    phones.reply(0, 180)
    phones.reply(1, 603)
    phones.reply(0, 200, sdp=ANSWER)
    assert phones.methods(0) == ["INVITE", "CANCEL", "ACK", "BYE"]
    assert phones.winners == []


def test_giving_up_cancels_all_and_ends_with_the_last() -> None:
    phones = Phones(3)
    phones.reply(0, 180)
    phones.reply(1, 180)
    before = len(phones.events)
    phones.fork.end(q850=19)
    for number in (0, 1):
        assert phones.last(number, "CANCEL").header("Reason") == "Q.850;cause=19"
    assert phones.methods(2) == ["INVITE"]
    phones.reply(0, 487)
    phones.reply(1, 200, sdp=ANSWER)
    assert phones.methods(1) == ["INVITE", "CANCEL", "ACK", "BYE"]
    assert len(phones.events) == before
    phones.far.wait(40)
    assert phones.events[before:] == [ended(487, EndedBy.LOCAL)]
    assert phones.winners == []
    phones.assert_forgotten()


def test_leaving_tells_nothing_more_and_ends_all() -> None:
    phones = Phones(2)
    phones.reply(0, 180)
    before = list(phones.events)
    phones.fork.leave()
    assert phones.methods(0) == ["INVITE", "CANCEL"]
    phones.give_up([0])
    phones.reply(1, 200, sdp=ANSWER)
    assert phones.methods(1) == ["INVITE", "ACK", "BYE"]
    phones.far.reply(phones.last(1, "BYE"), 200)
    assert phones.events == before
    assert not phones.fork.unheard
    phones.assert_forgotten()


def test_giving_up_before_anything_left() -> None:
    clock = Clock()
    agent = make_agent(clock)
    events: list[SessionEvent] = []
    over: list[UacSession] = []
    fork = Fork(events.append, on_winner=over.append, on_over=over.append)
    for _ in range(2):
        fork.add(lambda listener: agent.core.prepare(spec_for(), listener))
    fork.end()
    fork.send()
    assert agent.core.take_transmissions() == []
    assert events == [ended(487, EndedBy.LOCAL)]
    assert len(over) == 2
    assert agent.core.is_idle


def test_early_media_of_several_is_left_out() -> None:
    """Two ring-back tones at once would be neither."""
    phones = Phones(2)
    phones.reply(0, 183, sdp=ANSWER)
    phones.reply(1, 180)
    assert phones.events == [SessionProgressed(183), SessionProgressed(180)]
