"""Transactions driven with a fake clock: every timer, every race that the RFCs name."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voicegw.errors import SipStateError
from voicegw.sip.message import (
    URI,
    Headers,
    Request,
    Response,
    ack_for_failure,
    cancel_for,
    parse,
    response_to,
)
from voicegw.sip.timers import TimerValues
from voicegw.sip.transaction import (
    ClientTransaction,
    FailureReason,
    InviteServerTransaction,
    ServerFailureReason,
    ServerTransaction,
    TransactionLayer,
    TransactionState,
)
from voicegw.sip.wire import Peer

FAR = Peer("udp", "192.0.2.1", 5060)
FAR_TCP = Peer("tcp", "192.0.2.1", 5060, flow=3)


def make_request(
    method: str,
    branch: str = "z9hG4bK1",
    *,
    via: str = "SIP/2.0/UDP 192.0.2.1:5060;branch={};rport",
    to_tag: str = "",
    call_id: str = "call",
    cseq: int = 1,
) -> Request:
    headers = Headers(
        [
            ("Via", via.format(branch)),
            ("Max-Forwards", 70),
            ("From", "<sip:a@192.0.2.1>;tag=from"),
            ("To", "<sip:b@192.0.2.2>" + (f";tag={to_tag}" if to_tag else "")),
            ("Call-ID", call_id),
            ("CSeq", f"{cseq} {method}"),
        ]
    )
    return Request(method, URI.parse("sip:b@192.0.2.2"), headers)


class Recorder:
    """A user that keeps what it is told, and can be made to act."""

    def __init__(self) -> None:
        self.requests: list[ServerTransaction] = []
        self.acks: list[Request] = []
        self.cancels: list[tuple[InviteServerTransaction, ServerTransaction]] = []
        self.responses: list[int] = []
        self.strays: list[Response] = []
        self.client_failures: list[tuple[ClientTransaction, FailureReason]] = []
        self.server_failures: list[tuple[ServerTransaction, ServerFailureReason]] = []

    def request_received(
        self, transaction: ServerTransaction, request: Request, peer: Peer, now: float
    ) -> None:
        assert transaction.request is request
        assert transaction.origin == peer
        self.requests.append(transaction)

    def ack_received(self, request: Request, peer: Peer, now: float) -> None:
        self.acks.append(request)

    def cancel_received(
        self, invite: InviteServerTransaction, cancel: ServerTransaction, now: float
    ) -> None:
        self.cancels.append((invite, cancel))

    def response_received(
        self, transaction: ClientTransaction, response: Response, now: float
    ) -> None:
        self.responses.append(response.status)

    def stray_response(self, response: Response, peer: Peer, now: float) -> None:
        self.strays.append(response)

    def client_failed(
        self, transaction: ClientTransaction, reason: FailureReason, now: float
    ) -> None:
        self.client_failures.append((transaction, reason))

    def server_failed(
        self, transaction: ServerTransaction, reason: ServerFailureReason, now: float
    ) -> None:
        self.server_failures.append((transaction, reason))


class Bench:
    """A layer, its user and a clock."""

    def __init__(self, values: TimerValues | None = None) -> None:
        self.user = Recorder()
        self.layer = TransactionLayer(values, user=self.user)
        self.now = 100.0

    def sent(self) -> list[str]:
        """What was sent since the last look: methods and status codes."""
        found = []
        for _, data in self.layer.take_transmissions():
            message = parse(data)
            found.append(message.method if isinstance(message, Request) else str(message.status))
        return found

    def run(self, duration_s: float) -> list[tuple[float, str]]:
        """Let time pass; return what was sent and when, in seconds from now."""
        start, end = self.now, self.now + duration_s
        timeline = []
        while (due := self.layer.next_timer()) is not None and due <= end:
            self.now = max(self.now, due)
            self.layer.handle_timers(self.now)
            timeline += [(round(self.now - start, 3), what) for what in self.sent()]
        self.now = end
        return timeline

    def receive(self, message: Request | Response, peer: Peer = FAR) -> None:
        self.layer.receive(parse(bytes(message)), peer, self.now)

    def accept(self, request: Request, peer: Peer = FAR) -> ServerTransaction:
        count = len(self.user.requests)
        self.receive(request, peer)
        assert len(self.user.requests) == count + 1
        return self.user.requests[-1]

    def respond(self, transaction: ServerTransaction, status: int) -> None:
        self.layer.respond(
            transaction, response_to(transaction.request, status, to_tag="mine"), self.now
        )

    def ask(self, request: Request, peer: Peer = FAR) -> ClientTransaction:
        return self.layer.request(request, peer, self.now)

    def assert_empty(self) -> None:
        assert len(self.layer) == 0
        assert len(self.layer.timers) == 0
        assert self.layer.next_timer() is None
        assert not self.layer._by_peer
        assert not self.layer._merges


@pytest.fixture
def bench() -> Bench:
    return Bench()


# INVITE, client side -----------------------------------------------------------------------


def test_timer_a_doubles_until_timer_b(bench: Bench) -> None:
    transaction = bench.ask(make_request("INVITE"))
    assert bench.sent() == ["INVITE"]
    assert [at for at, _ in bench.run(31.9)] == [0.5, 1.5, 3.5, 7.5, 15.5, 31.5]
    assert not bench.user.client_failures
    bench.run(0.2)
    assert bench.user.client_failures == [(transaction, "timeout")]
    assert transaction.is_terminated
    bench.assert_empty()


def test_a_provisional_answer_stops_timers_a_and_b(bench: Bench) -> None:
    request = make_request("INVITE")
    bench.ask(request)
    bench.sent()
    for status in (100, 180, 183):
        bench.receive(response_to(request, status, to_tag="t"))
    assert bench.run(300) == []
    assert bench.user.responses == [100, 180, 183]
    assert len(bench.layer) == 1


def test_a_refusal_is_acknowledged_each_time_it_comes(bench: Bench) -> None:
    request = make_request("INVITE")
    bench.ask(request)
    bench.sent()
    refusal = response_to(request, 486, to_tag="t")
    for _ in range(3):
        bench.receive(refusal)
    bench.receive(response_to(request, 180, to_tag="t"))
    bench.receive(response_to(request, 200, to_tag="t"))
    assert bench.user.responses == [486]
    assert bench.sent() == ["ACK"] * 3
    bench.run(31.9)
    assert len(bench.layer) == 1
    bench.run(0.2)
    bench.assert_empty()


def test_every_2xx_reaches_the_user_while_accepted(bench: Bench) -> None:
    request = make_request("INVITE")
    bench.ask(request)
    bench.sent()
    bench.receive(response_to(request, 200, to_tag="first"))
    bench.receive(response_to(request, 200, to_tag="first"))
    bench.receive(response_to(request, 200, to_tag="fork"))
    bench.receive(response_to(request, 180, to_tag="late"))
    bench.receive(response_to(request, 486, to_tag="late"))
    assert bench.user.responses == [200, 200, 200]
    assert bench.sent() == []
    bench.run(32.1)
    bench.assert_empty()
    bench.receive(response_to(request, 200, to_tag="first"))
    assert [stray.status for stray in bench.user.strays] == [200]
    assert bench.layer.counters["stray_responses"] == 1


def test_a_reliable_transport_repeats_and_lingers_not(bench: Bench) -> None:
    request = make_request("INVITE")
    bench.ask(request, FAR_TCP)
    assert bench.sent() == ["INVITE"]
    assert bench.run(31) == []
    bench.receive(response_to(request, 603, to_tag="t"), FAR_TCP)
    assert bench.sent() == ["ACK"]
    bench.assert_empty()

    other = make_request("INVITE", "z9hG4bK2")
    bench.ask(other, FAR_TCP)
    bench.run(33)
    assert [reason for _, reason in bench.user.client_failures] == ["timeout"]
    bench.assert_empty()


def test_a_cancelled_invite_that_is_never_answered_ends(bench: Bench) -> None:
    """RFC 3261 §9.1: 64 x T1 after the CANCEL the INVITE is over."""
    request = make_request("INVITE")
    invite = bench.ask(request)
    bench.receive(response_to(request, 180, to_tag="t"))
    bench.run(100)
    cancel = cancel_for(request)
    bench.ask(cancel)
    bench.receive(response_to(cancel, 200, to_tag="t"))
    bench.run(33)
    assert bench.user.client_failures == [(invite, "timeout")]
    bench.assert_empty()


def test_a_cancel_that_crosses_the_200_changes_nothing(bench: Bench) -> None:
    request = make_request("INVITE")
    bench.ask(request)
    bench.receive(response_to(request, 200, to_tag="t"))
    bench.now += 10
    cancel = cancel_for(request)
    bench.ask(cancel)
    bench.receive(response_to(cancel, 481, to_tag="t"))
    bench.receive(response_to(request, 200, to_tag="t"))
    assert bench.user.responses == [200, 481, 200]
    bench.run(40)
    assert not bench.user.client_failures
    bench.assert_empty()


# Other requests, client side ---------------------------------------------------------------


def test_timer_e_doubles_up_to_t2_until_timer_f(bench: Bench) -> None:
    transaction = bench.ask(make_request("BYE"))
    bench.sent()
    times = [at for at, _ in bench.run(31.9)]
    assert times == [0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]
    bench.run(0.2)
    assert bench.user.client_failures == [(transaction, "timeout")]
    bench.assert_empty()


def test_a_provisional_answer_slows_timer_e_to_t2(bench: Bench) -> None:
    request = make_request("BYE")
    bench.ask(request)
    bench.sent()
    bench.receive(response_to(request, 100))
    times = [at for at, _ in bench.run(31.9)]
    assert times[0] == 0.5
    assert {round(later - earlier, 3) for earlier, later in pairwise(times)} == {4.0}
    bench.run(0.2)
    assert len(bench.user.client_failures) == 1


def test_a_final_answer_is_reported_once_and_timer_k_absorbs(bench: Bench) -> None:
    request = make_request("OPTIONS")
    bench.ask(request)
    bench.sent()
    bench.receive(response_to(request, 200, to_tag="t"))
    bench.receive(response_to(request, 200, to_tag="t"))
    assert bench.user.responses == [200]
    assert bench.layer.counters["retransmissions_absorbed"] == 1
    bench.run(4.9)
    assert len(bench.layer) == 1
    bench.run(0.2)
    bench.assert_empty()


def test_a_final_answer_over_tcp_ends_at_once(bench: Bench) -> None:
    request = make_request("OPTIONS")
    bench.ask(request, FAR_TCP)
    bench.receive(response_to(request, 200, to_tag="t"), FAR_TCP)
    assert bench.user.responses == [200]
    bench.assert_empty()


def test_a_response_needs_branch_and_method(bench: Bench) -> None:
    request = make_request("OPTIONS")
    bench.ask(request)
    bench.receive(response_to(make_request("OPTIONS", "z9hG4bKother"), 200))
    bench.receive(response_to(make_request("BYE"), 200))
    assert bench.user.responses == []
    assert len(bench.user.strays) == 2


def test_a_response_with_two_vias_is_not_for_us(bench: Bench) -> None:
    request = make_request("OPTIONS")
    bench.ask(request)
    answer = response_to(request, 200)
    answer.headers.add("Via", "SIP/2.0/UDP other;branch=z9hG4bKother")
    bench.receive(answer)
    assert bench.user.responses == []
    assert not bench.user.strays
    assert bench.layer.counters["malformed"] == 1


@pytest.mark.parametrize(
    "request_",
    [
        make_request("ACK"),
        make_request("OPTIONS", via="SIP/2.0/UDP host"),
        make_request("OPTIONS", "z9hG4bKused"),
    ],
)
def test_a_request_needs_a_branch_of_its_own(bench: Bench, request_: Request) -> None:
    bench.ask(make_request("OPTIONS", "z9hG4bKused"))
    with pytest.raises(SipStateError):
        bench.ask(request_)
    assert len(bench.layer) == 1


def test_context_and_transmissions_without_a_transaction(bench: Bench) -> None:
    marker = object()
    transaction = bench.layer.request(make_request("OPTIONS"), FAR, bench.now, context=marker)
    assert transaction.context is marker
    bench.layer.send(make_request("ACK", "z9hG4bKack"), FAR)
    assert bench.sent() == ["OPTIONS", "ACK"]
    transaction.terminate()
    transaction.terminate()
    bench.assert_empty()
    assert not bench.user.client_failures


# INVITE, server side -----------------------------------------------------------------------


def test_trying_is_sent_at_once_and_repeated_for_a_repeated_invite(bench: Bench) -> None:
    invite = bench.accept(make_request("INVITE"))
    assert bench.sent() == ["100"]
    bench.receive(make_request("INVITE"))
    assert bench.sent() == ["100"]
    bench.respond(invite, 180)
    bench.receive(make_request("INVITE"))
    assert bench.sent() == ["180", "180"]
    assert len(bench.user.requests) == 1
    assert bench.layer.counters["retransmissions_absorbed"] == 2


def test_trying_can_wait_for_the_user() -> None:
    bench = Bench(TimerValues(trying_s=0.2))
    silent = bench.accept(make_request("INVITE"))
    quick = bench.accept(make_request("INVITE", "z9hG4bK2", call_id="other"))
    bench.receive(make_request("INVITE"))
    assert bench.sent() == []
    bench.respond(quick, 180)
    assert bench.sent() == ["180"]
    assert bench.run(1) == [(0.2, "100")]
    assert not silent.is_answered


def test_a_refusal_is_repeated_until_acknowledged(bench: Bench) -> None:
    request = make_request("INVITE")
    invite = bench.accept(request)
    bench.sent()
    bench.respond(invite, 486)
    assert bench.sent() == ["486"]
    assert [at for at, _ in bench.run(12)] == [0.5, 1.5, 3.5, 7.5, 11.5]
    bench.receive(request)
    assert bench.sent() == ["486"]
    ack = ack_for_failure(request, response_to(request, 486, to_tag="mine"))
    bench.receive(ack)
    bench.receive(ack)
    bench.receive(request)
    assert bench.run(4.9) == []
    assert invite.state is TransactionState.CONFIRMED
    assert bench.layer.counters["acks_absorbed"] == 1
    bench.run(0.2)
    bench.assert_empty()
    assert not bench.user.acks
    assert not bench.user.server_failures


def test_a_refusal_that_is_never_acknowledged_is_told(bench: Bench) -> None:
    invite = bench.accept(make_request("INVITE"))
    bench.respond(invite, 404)
    bench.run(32.1)
    assert bench.user.server_failures == [(invite, "timeout")]
    bench.assert_empty()


def test_a_refusal_over_tcp_is_sent_once(bench: Bench) -> None:
    request = make_request("INVITE")
    invite = bench.accept(request, FAR_TCP)
    bench.sent()
    bench.respond(invite, 486)
    assert bench.sent() == ["486"]
    assert bench.run(20) == []
    bench.receive(ack_for_failure(request, response_to(request, 486)), FAR_TCP)
    bench.assert_empty()


def test_once_accepted_the_user_repeats_the_2xx(bench: Bench) -> None:
    request = make_request("INVITE")
    invite = bench.accept(request)
    bench.sent()
    bench.respond(invite, 200)
    bench.receive(request)
    assert bench.sent() == ["200"]
    bench.respond(invite, 200)
    assert bench.sent() == ["200"]
    bench.receive(make_request("ACK", "z9hG4bKother", to_tag="mine"))
    bench.receive(make_request("ACK", to_tag="mine"))
    assert len(bench.user.acks) == 2
    bench.run(31.9)
    assert len(bench.layer) == 1
    bench.run(0.2)
    bench.assert_empty()
    bench.respond(invite, 200)
    assert bench.sent() == ["200"]
    with pytest.raises(SipStateError):
        bench.respond(invite, 487)


def test_nothing_follows_a_final_answer(bench: Bench) -> None:
    invite = bench.accept(make_request("INVITE"))
    bench.respond(invite, 486)
    for status in (180, 200, 500):
        with pytest.raises(SipStateError):
            bench.respond(invite, status)


def test_an_ack_before_the_final_answer_is_absorbed(bench: Bench) -> None:
    invite = bench.accept(make_request("INVITE"))
    bench.receive(make_request("ACK"))
    assert not bench.user.acks
    assert not invite.is_answered


def test_an_ack_that_matches_nothing_goes_to_the_user(bench: Bench) -> None:
    bench.receive(make_request("ACK", to_tag="t"))
    assert len(bench.user.acks) == 1
    bench.assert_empty()


# CANCEL ------------------------------------------------------------------------------------


def test_a_cancel_finds_its_invite(bench: Bench) -> None:
    request = make_request("INVITE")
    invite = bench.accept(request)
    bench.sent()
    bench.receive(cancel_for(request))
    ((found, cancel),) = bench.user.cancels
    assert found is invite
    bench.respond(cancel, 200)
    bench.respond(invite, 487)
    assert bench.sent() == ["200", "487"]
    bench.receive(cancel_for(request))
    assert bench.sent() == ["200"]
    assert len(bench.user.cancels) == 1
    bench.receive(ack_for_failure(request, response_to(request, 487)))
    bench.run(33)
    bench.assert_empty()


def test_a_cancel_for_nothing_is_answered_with_481(bench: Bench) -> None:
    bench.receive(cancel_for(make_request("INVITE")))
    assert bench.sent() == ["481"]
    bench.accept(make_request("OPTIONS"))
    bench.receive(make_request("CANCEL", "z9hG4bK2"))
    assert bench.sent() == ["481"]
    assert not bench.user.cancels
    assert bench.layer.counters["stray_cancels"] == 2


# Other requests, server side ---------------------------------------------------------------


def test_a_repeated_request_gets_the_same_answer(bench: Bench) -> None:
    request = make_request("BYE", to_tag="t")
    transaction = bench.accept(request)
    bench.receive(request)
    assert bench.sent() == []
    bench.respond(transaction, 100)
    bench.receive(request)
    bench.respond(transaction, 200)
    bench.receive(request)
    assert bench.sent() == ["100", "100", "200", "200"]
    assert len(bench.user.requests) == 1
    with pytest.raises(SipStateError):
        bench.respond(transaction, 500)
    bench.run(31.9)
    assert len(bench.layer) == 1
    bench.run(0.2)
    bench.assert_empty()


def test_an_answer_over_tcp_ends_at_once(bench: Bench) -> None:
    bench.respond(bench.accept(make_request("BYE", to_tag="t"), FAR_TCP), 200)
    assert bench.sent() == ["200"]
    bench.assert_empty()


def test_a_request_that_is_never_answered_is_not_kept(bench: Bench) -> None:
    transaction = bench.accept(make_request("INFO", to_tag="t"))
    bench.run(32.1)
    assert bench.user.server_failures == [(transaction, "unanswered")]
    bench.assert_empty()


# Matching ----------------------------------------------------------------------------------


def test_a_merged_request_is_recognised(bench: Bench) -> None:
    first = bench.accept(make_request("INVITE", "z9hG4bKpath1"))
    second = bench.accept(make_request("INVITE", "z9hG4bKpath2"))
    retried = bench.accept(make_request("INVITE", "z9hG4bKretry", cseq=2))
    inside = bench.accept(make_request("INVITE", "z9hG4bKinside", to_tag="t"))
    assert [bench.layer.is_merged(t) for t in (first, second, retried, inside)] == [
        False,
        True,
        False,
        False,
    ]
    bench.respond(second, 482)
    second.terminate()
    assert not bench.layer.is_merged(first)
    for transaction in (first, retried, inside):
        transaction.terminate()
    bench.assert_empty()


def test_the_same_branch_from_another_sender_is_another_transaction(bench: Bench) -> None:
    bench.accept(make_request("OPTIONS"))
    bench.accept(make_request("OPTIONS", via="SIP/2.0/UDP 192.0.2.9:5060;branch={}"))
    bench.accept(make_request("OPTIONS", via="SIP/2.0/UDP 192.0.2.1:5099;branch={}"))


@pytest.mark.parametrize("branch", ["1", "z9hG4bK", ""])
def test_rfc_2543_peers_are_matched_by_everything_else(bench: Bench, branch: str) -> None:
    via = "SIP/2.0/UDP 192.0.2.1:5060" + (";branch={}" if branch else "")
    request = make_request("INVITE", branch, via=via)
    invite = bench.accept(request)
    bench.receive(request)
    assert len(bench.user.requests) == 1
    bench.accept(make_request("INVITE", branch, via=via, cseq=2, call_id="other"))
    bench.sent()
    bench.receive(make_request("CANCEL", branch, via=via))
    assert bench.user.cancels[0][0] is invite
    bench.respond(invite, 487)
    bench.receive(make_request("ACK", branch, via=via, to_tag="mine"))
    assert invite.state is TransactionState.CONFIRMED


# Where answers go --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("via", "source", "target", "marked"),
    [
        (
            "SIP/2.0/UDP 10.0.0.1:5070;branch={};rport",
            Peer("udp", "192.0.2.7", 40000, 1),
            Peer("udp", "192.0.2.7", 40000, 1),
            "SIP/2.0/UDP 10.0.0.1:5070;branch=z9hG4bK1;rport=40000;received=192.0.2.7",
        ),
        (
            "SIP/2.0/UDP 10.0.0.1:5070;branch={}",
            Peer("udp", "192.0.2.7", 40000, 1),
            Peer("udp", "192.0.2.7", 5070, 1),
            "SIP/2.0/UDP 10.0.0.1:5070;branch=z9hG4bK1;received=192.0.2.7",
        ),
        (
            "SIP/2.0/UDP 192.0.2.7;branch={}",
            Peer("udp", "192.0.2.7", 40000),
            Peer("udp", "192.0.2.7", 5060),
            "SIP/2.0/UDP 192.0.2.7;branch=z9hG4bK1",
        ),
        (
            "SIP/2.0/UDP 192.0.2.7;branch={};received=203.0.113.1;rport=53;maddr=203.0.113.2",
            Peer("udp", "192.0.2.7", 5060),
            Peer("udp", "192.0.2.7", 5060),
            "SIP/2.0/UDP 192.0.2.7;branch=z9hG4bK1;received=192.0.2.7;rport=5060;maddr=203.0.113.2",
        ),
        (
            "SIP/2.0/TCP phone.example:5061;branch={}",
            Peer("tcp", "192.0.2.7", 40000, 5),
            Peer("tcp", "192.0.2.7", 40000, 5, fallback_port=5061),
            "SIP/2.0/TCP phone.example:5061;branch=z9hG4bK1;received=192.0.2.7",
        ),
        (
            "SIP/2.0/TLS sbc.example;branch={};rport",
            Peer("tls", "192.0.2.7", 40000, 5),
            Peer("tls", "192.0.2.7", 40000, 5, fallback_port=5061, tls_name="sbc.example"),
            "SIP/2.0/TLS sbc.example;branch=z9hG4bK1;rport=40000;received=192.0.2.7",
        ),
        (
            "SIP/2.0/TLS [2001:db8::9]:5071;branch={};maddr=192.0.2.9",
            Peer("tls", "2001:db8::7", 40000, 5),
            Peer("tls", "2001:db8::7", 40000, 5, fallback_port=5071),
            "SIP/2.0/TLS [2001:db8::9]:5071;branch=z9hG4bK1;maddr=192.0.2.9;received=2001:db8::7",
        ),
        (
            "SIP/2.0/UDP [2001:db8::9]:5070;branch={};rport",
            Peer("udp", "2001:db8::7", 40000),
            Peer("udp", "2001:db8::7", 40000),
            "SIP/2.0/UDP [2001:db8::9]:5070;branch=z9hG4bK1;rport=40000;received=2001:db8::7",
        ),
    ],
)
def test_answers_go_to_where_the_request_came_from(
    bench: Bench, via: str, source: Peer, target: Peer, marked: str
) -> None:
    transaction = bench.accept(make_request("OPTIONS", via=via), source)
    bench.respond(transaction, 200)
    ((peer, data),) = bench.layer.take_transmissions()
    assert peer == target
    assert parse(data).headers.get("Via") == marked


def test_only_the_top_via_is_marked(bench: Bench) -> None:
    via = "SIP/2.0/UDP proxy;branch={}, SIP/2.0/UDP behind:5099;branch=z9hG4bKb;rport"
    transaction = bench.accept(make_request("OPTIONS", via=via))
    assert transaction.request.headers.get_all("Via") == [
        "SIP/2.0/UDP proxy;branch=z9hG4bK1;received=192.0.2.1",
        "SIP/2.0/UDP behind:5099;branch=z9hG4bKb;rport",
    ]


# Transport failures ------------------------------------------------------------------------


def test_a_transport_failure_ends_what_was_under_way_to_that_peer(bench: Bench) -> None:
    other = Peer("udp", "192.0.2.99", 5060)
    failing = [bench.ask(make_request("INVITE")), bench.ask(make_request("BYE", "z9hG4bK2"))]
    kept = bench.ask(make_request("OPTIONS", "z9hG4bK3"), other)
    answering = bench.accept(make_request("INFO", "z9hG4bK4", to_tag="t"))
    refused = bench.accept(make_request("INVITE", "z9hG4bK5"))
    bench.respond(refused, 486)
    bench.layer.transport_failed(FAR, bench.now)
    assert bench.user.client_failures == [(t, "transport") for t in failing]
    assert bench.user.server_failures == [(answering, "transport"), (refused, "transport")]
    assert len(bench.layer) == 1
    kept.terminate()
    bench.assert_empty()
    bench.layer.transport_failed(FAR, bench.now)


def test_a_transport_failure_after_the_answer_is_no_failure(bench: Bench) -> None:
    request = make_request("INVITE")
    bench.ask(request)
    bench.receive(response_to(request, 200, to_tag="t"))
    accepted = bench.accept(make_request("INVITE", "z9hG4bK2"))
    bench.respond(accepted, 200)
    bench.layer.transport_failed(FAR, bench.now)
    assert not bench.user.client_failures
    assert not bench.user.server_failures
    bench.run(33)
    bench.assert_empty()


# Connections that close --------------------------------------------------------------------

TRUNK_TCP = Peer("tcp", "192.0.2.1", 5060)
VIA_TCP = "SIP/2.0/TCP 192.0.2.1:5080;branch={}"
CALLER_TCP = Peer("tcp", "192.0.2.1", 40000, flow=3)


@pytest.mark.parametrize("method", ["INVITE", "BYE"])
def test_a_request_is_asked_once_more_over_a_new_connection(bench: Bench, method: str) -> None:
    transaction = bench.ask(make_request(method), TRUNK_TCP)
    ((_, first),) = bench.layer.take_transmissions()
    bench.layer.connection_lost(TRUNK_TCP, bench.now)
    assert bench.layer.take_transmissions() == [(TRUNK_TCP, first)]
    assert not bench.user.client_failures
    bench.layer.connection_lost(TRUNK_TCP, bench.now)
    assert bench.user.client_failures == [(transaction, "transport")]
    bench.assert_empty()


def test_an_invite_that_rings_waits_for_its_answer_by_another_connection(bench: Bench) -> None:
    request = make_request("INVITE")
    bench.ask(request, TRUNK_TCP)
    bench.receive(response_to(request, 180, to_tag="t"), TRUNK_TCP)
    bench.sent()
    bench.layer.connection_lost(TRUNK_TCP, bench.now)
    assert (bench.sent(), bench.user.client_failures) == ([], [])
    bench.receive(response_to(request, 486, to_tag="t"), Peer("tcp", "192.0.2.1", 41000, flow=9))
    assert bench.sent() == ["ACK"]
    bench.assert_empty()


def test_who_can_only_connect_to_us_is_lost_with_his_connection(bench: Bench) -> None:
    request = make_request("INVITE")
    transaction = bench.ask(request, FAR_TCP)
    bench.receive(response_to(request, 180, to_tag="t"), FAR_TCP)
    bench.layer.connection_lost(FAR_TCP, bench.now)
    assert bench.user.client_failures == [(transaction, "transport")]
    bench.assert_empty()


def test_an_answer_leaves_after_its_connection_has_closed(bench: Bench) -> None:
    invite = bench.accept(make_request("INVITE", via=VIA_TCP), CALLER_TCP)
    bench.respond(invite, 180)
    bench.layer.take_transmissions()
    listens = Peer("tcp", "192.0.2.1", 40000, flow=3, fallback_port=5080)
    for lost in (CALLER_TCP, listens):
        bench.layer.connection_lost(lost, bench.now)
    assert (bench.sent(), bench.user.server_failures) == ([], [])
    bench.respond(invite, 200)
    ((peer, _),) = bench.layer.take_transmissions()
    assert peer == listens
    bench.run(33)
    bench.assert_empty()


def test_a_refusal_that_may_be_lost_is_sent_once_more(bench: Bench) -> None:
    invite = bench.accept(make_request("INVITE", via=VIA_TCP), CALLER_TCP)
    bench.respond(invite, 486)
    assert bench.sent()[-1] == "486"
    bench.layer.connection_lost(invite.peer, bench.now)
    assert bench.sent() == ["486"]
    bench.layer.transport_failed(invite.peer, bench.now)
    assert bench.user.server_failures == [(invite, "transport")]
    bench.assert_empty()


def test_a_request_that_comes_again_is_answered_where_it_came_from(bench: Bench) -> None:
    request = make_request("INVITE", via=VIA_TCP)
    invite = bench.accept(request, CALLER_TCP)
    bench.respond(invite, 180)
    bench.sent()
    bench.layer.connection_lost(invite.peer, bench.now)
    again = Peer("tcp", "192.0.2.1", 41000, flow=5)
    bench.receive(request, again)
    ((peer, data),) = bench.layer.take_transmissions()
    assert (peer.flow, b"180" in data) == (5, True)
    bench.respond(invite, 486)
    ((peer, data),) = bench.layer.take_transmissions()
    assert (peer.flow, b"486" in data) == (5, True)
    bench.receive(ack_for_failure(request, response_to(request, 486, to_tag="mine")), again)
    bench.assert_empty()


# Two layers over a bad line ----------------------------------------------------------------


class Answering(Recorder):
    """A far end that answers each request, INVITEs in three ways; repeats a 2xx until its ACK."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = TransactionLayer(user=self)

    def request_received(
        self, transaction: ServerTransaction, request: Request, peer: Peer, now: float
    ) -> None:
        super().request_received(transaction, request, peer, now)
        status = 200
        if request.method == "INVITE":
            status = (200, 486, 503)[request.cseq.sequence % 3]
            self.layer.respond(transaction, response_to(request, 180, to_tag="far"), now)
        self.answer(transaction, response_to(request, status, to_tag="far"), now)

    def answer(self, transaction: ServerTransaction, response: Response, now: float) -> None:
        acknowledged = {ack.call_id for ack in self.acks}
        if transaction.is_terminated or response.call_id in acknowledged:
            return
        self.layer.respond(transaction, response, now)
        if response.status == 200 and response.cseq.method == "INVITE":
            self.layer.timers.set(now + 1, lambda later: self.answer(transaction, response, later))


class Asking(Recorder):
    """A near end that notes how each of its requests ended and acknowledges each 2xx."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = TransactionLayer(user=self)
        self.finals: dict[ClientTransaction, set[int]] = {}

    def response_received(
        self, transaction: ClientTransaction, response: Response, now: float
    ) -> None:
        super().response_received(transaction, response, now)
        if response.status >= 200:
            self.finals.setdefault(transaction, set()).add(response.status)
            if response.status == 200 and response.cseq.method == "INVITE":
                branch = f"z9hG4bKack{response.call_id}"
                ack = make_request("ACK", branch, to_tag="far", call_id=response.call_id)
                self.layer.send(ack, FAR)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_three_hundred_transactions_over_a_line_that_loses_a_third(seed: int) -> None:
    dice = random.Random(seed)
    asking, answering = Asking(), Answering()
    near, far = asking.layer, answering.layer
    now = 0.0
    asked = [
        near.request(
            make_request(
                ("INVITE", "BYE", "OPTIONS")[number % 3],
                f"z9hG4bK{number}",
                call_id=f"call{number}",
                cseq=number // 3 + 1,
            ),
            FAR,
            now,
        )
        for number in range(300)
    ]
    while True:
        for layer, other in ((near, far), (far, near)):
            for _, data in layer.take_transmissions():
                if dice.random() >= 0.3:
                    other.receive(parse(data), FAR, now)
        times = [due for layer in (near, far) if (due := layer.next_timer()) is not None]
        if not times:
            break
        now = max(now, min(times))
        near.handle_timers(now)
        far.handle_timers(now)
        assert now < 200
    assert len(near) == len(far) == 0
    ended = set(asking.finals) | {transaction for transaction, _ in asking.client_failures}
    assert ended == set(asked)
    assert all(len(statuses) == 1 for statuses in asking.finals.values())
    assert len(asking.finals) >= 295
    assert len(answering.requests) <= 300
    assert near.counters["retransmissions_sent"] > 0
    assert far.counters["retransmissions_absorbed"] > 0


# Any order of events -----------------------------------------------------------------------

EVENTS = st.lists(
    st.sampled_from(
        ["invite", "cancel", "ack", "180", "200", "486", "respond180", "respond200", "respond487",
         "wait1", "wait40", "fail", "lose", "ask", "abandon"]
    ),
    max_size=25,
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(EVENTS, st.booleans())
def test_any_order_of_events_ends_in_nothing(events: list[str], reliable: bool) -> None:
    bench = Bench()
    peer = FAR_TCP if reliable else FAR
    request = make_request("INVITE")
    asked = make_request("INVITE", "z9hG4bKours")
    ours: list[ClientTransaction] = []
    for event in events:
        if event in {"invite", "ack", "cancel"}:
            bench.receive(make_request(event.upper()), peer)
        elif event.startswith("respond"):
            for transaction in bench.user.requests[-1:]:
                answered = transaction.is_answered
                try:
                    bench.respond(transaction, int(event.removeprefix("respond")))
                except SipStateError:
                    assert answered
        elif event.isdigit():
            bench.receive(response_to(asked, int(event), to_tag="t"), peer)
        elif event == "fail":
            bench.layer.transport_failed(peer, bench.now)
        elif event == "lose":
            bench.layer.connection_lost(peer, bench.now)
        elif event == "ask":
            if all(one.is_terminated for one in ours):
                ours.append(bench.ask(asked, peer))
        elif event == "abandon":
            for transaction in bench.user.requests[-1:]:
                transaction.terminate()
        else:
            bench.run(float(event.removeprefix("wait")))
    for transaction in bench.user.requests:
        if not transaction.is_answered:
            bench.respond(transaction, 503)
    for _, cancel in bench.user.cancels:
        if not cancel.is_answered:
            bench.respond(cancel, 200)
    for client in ours:
        if client.state is TransactionState.PROCEEDING:
            client.terminate()
    bench.run(70)
    bench.assert_empty()
    assert request.method == "INVITE"
