from __future__ import annotations

from datetime import UTC, datetime

import pytest

from voicegw.model.call import LegRole
from voicegw.model.trace import CallTrace, TraceDirection, pack, unpack
from voicegw.sip.ladder import summary
from voicegw.sip.trace import TraceBook, TracedLeg, TraceLimits

from .agents import THEM, US, Pair, spec_for

PEER = US
LEG = TracedLeg("leg_1", LegRole.CUSTOMER, "carrier")
OTHER = TracedLeg("leg_2", LegRole.MANAGER, "phone")


def wire(session: str, method: str = "INVITE", more: str = "") -> bytes:
    return f"{method} sip:a@b SIP/2.0\r\nCall-ID: {session}\r\n{more}\r\n".encode()


def methods(trace: CallTrace | None) -> list[str]:
    assert trace is not None
    return [message.text.split(" ")[0] for message in trace.messages]


def book_with_call(limits: TraceLimits | None = None) -> TraceBook:
    book = TraceBook(limits, epoch_offset_s=1_000_000_000.0)
    book.session_begun("s1")
    book.belongs("s1", "call_1", LEG)
    return book


def test_messages_of_both_legs_are_one_trace_in_order() -> None:
    book = TraceBook(epoch_offset_s=1_000_000_000.0)
    book.session_begun("s1")
    book.session_begun("s1")
    book.received("s1", wire("s1"), PEER, 1.0)
    book.sent(wire("s1", "SIP/2.0"), PEER, 1.1)
    assert book.trace("call_1") is None
    book.belongs("s1", "call_1", LEG)
    book.session_begun("s2")
    book.belongs("s2", "call_1", OTHER)
    book.belongs("s2", "call_1", OTHER)
    book.sent(wire("s2"), PEER, 1.2)
    book.received("s1", wire("s1", "ACK"), PEER, 1.3)
    trace = book.trace("call_1")
    assert trace is not None
    assert methods(trace) == ["INVITE", "SIP/2.0", "INVITE", "ACK"]
    assert [message.direction for message in trace.messages] == [
        TraceDirection.IN,
        TraceDirection.OUT,
        TraceDirection.OUT,
        TraceDirection.IN,
    ]
    assert {(m.leg, m.role, m.peer) for m in trace.messages} == {
        ("leg_1", LegRole.CUSTOMER, "carrier"),
        ("leg_2", LegRole.MANAGER, "phone"),
    }
    assert trace.messages[0].at == datetime.fromtimestamp(1_000_000_001, UTC)
    assert trace.messages[0].transport == "udp"


def test_what_belongs_to_nobody_is_not_noted() -> None:
    book = book_with_call()
    book.received("unknown", wire("unknown"), PEER, 1.0)
    book.sent(wire("unknown"), PEER, 1.0)
    book.sent(b"\r\n\r\n", PEER, 1.0)
    book.sent(b"", PEER, 1.0)
    book.belongs("unknown", "call_9", LEG)
    assert book.size_bytes == 0
    assert book.trace("call_9") is None


def test_a_session_that_becomes_no_call_leaves_nothing() -> None:
    book = TraceBook()
    book.session_begun("s1")
    book.received("s1", wire("s1"), PEER, 1.0)
    assert book.size_bytes > 0
    book.session_over("s1")
    book.session_over("s1")
    assert book.size_bytes == 0
    book.received("s1", wire("s1"), PEER, 1.0)
    assert book.size_bytes == 0


def test_a_call_id_that_comes_again_is_another_call() -> None:
    limits = TraceLimits()
    book = book_with_call(limits)
    book.received("s1", wire("s1"), PEER, 1.0)
    book.call_ended("call_1", 1.0)
    assert [one.call_id for one in book.take_settled(1.0 + limits.settle_s)] == ["call_1"]
    book.session_begun("s1")
    book.received("s1", wire("s1", "INVITE"), PEER, 7.0)
    book.belongs("s1", "call_2", OTHER)
    assert methods(book.trace("call_1")) == methods(book.trace("call_2")) == ["INVITE"]
    book.take_settled(6.0 + limits.linger_s)
    assert book.trace("call_1") is None
    book.received("s1", wire("s1", "BYE"), PEER, 70.0)
    assert methods(book.trace("call_2")) == ["INVITE", "BYE"]
    book.call_ended("call_2", 70.0)
    for now in (100.0, 200.0):
        book.take_settled(now)
    assert book.size_bytes == 0


def test_the_middle_is_given_up_first() -> None:
    book = book_with_call(TraceLimits(messages=8))
    for number in range(20):
        book.received("s1", wire("s1", f"M{number}"), PEER, float(number))
    trace = book.trace("call_1")
    assert methods(trace) == ["M0", "M1", "M14", "M15", "M16", "M17", "M18", "M19"]
    assert trace is not None
    assert trace.dropped == 12


def test_a_long_message_is_cut() -> None:
    book = book_with_call(TraceLimits(message_bytes=100))
    book.received("s1", wire("s1", more="X: y\r\n" * 1000), PEER, 1.0)
    trace = book.trace("call_1")
    assert trace is not None
    assert len(trace.messages[0].text) == 100


def test_all_together_are_bounded_and_what_is_stored_goes_first() -> None:
    book = TraceBook(TraceLimits(total_bytes=10_000))
    for number in range(4):
        book.session_begun(f"s{number}")
        book.belongs(f"s{number}", f"call_{number}", LEG)
        book.sent(wire(f"s{number}"), PEER, 1.0)
    book.call_ended("call_2", 1.0)
    assert [one.call_id for one in book.take_settled(10.0)] == ["call_2"]
    most = 0
    for _ in range(100):
        book.sent(wire("s3", more="X: y\r\n" * 10), PEER, 2.0)
        most = max(most, book.size_bytes)
    assert most <= 10_000
    assert book.trace("call_2") is None
    assert book.trace("call_0") is None
    assert book.given_up >= 2


def test_sessions_of_no_call_go_before_calls() -> None:
    book = book_with_call(TraceLimits(total_bytes=3_000))
    book.sent(wire("s1"), PEER, 1.0)
    for number in range(50):
        book.session_begun(f"stray{number}")
        book.received(f"stray{number}", wire(f"stray{number}"), PEER, 2.0)
    assert book.size_bytes <= 3_000
    assert book.given_up == 0
    assert methods(book.trace("call_1")) == ["INVITE"]


def test_a_trace_is_taken_once_when_it_has_settled_and_dropped_later() -> None:
    book = book_with_call()
    book.sent(wire("s1", "BYE"), PEER, 1.0)
    book.call_ended("call_1", 1.0)
    book.call_ended("call_unknown", 1.0)
    assert not book.take_settled(3.0)
    book.received("s1", wire("s1", "SIP/2.0"), PEER, 3.0)
    (settled,) = book.take_settled(6.0)
    kept = unpack(settled.packed())
    assert methods(kept) == ["BYE", "SIP/2.0"]
    assert kept == book.trace("call_1")
    book.received("s1", wire("s1", "LATE"), PEER, 7.0)
    assert book.trace("call_1") == kept
    assert not book.take_settled(30.0)
    assert not book.take_settled(70.0)
    assert book.trace("call_1") is None
    assert book.size_bytes == 0


def test_when_a_node_stops_everything_that_ended_is_taken() -> None:
    book = book_with_call()
    book.sent(wire("s1"), PEER, 1.0)
    assert not book.take_settled(1.0, everything=True)
    book.call_ended("call_1", 1.0)
    assert len(book.take_settled(1.0, everything=True)) == 1


def test_nothing_is_kept_where_nothing_is_wanted() -> None:
    book = book_with_call(TraceLimits(messages=0))
    book.sent(wire("s1"), PEER, 1.0)
    assert book.trace("call_1") is None


def test_what_was_packed_is_unpacked() -> None:
    with pytest.raises(ValueError):
        unpack(b"nonsense")
    with pytest.raises(ValueError):
        unpack(pack(CallTrace("c", ()))[:-1])
    assert unpack(pack(CallTrace("c", (), 3))) == CallTrace("c", (), 3)


def test_the_core_notes_both_ends_of_a_talk_whole() -> None:
    pair = Pair()
    pair.a.core.trace = TraceBook()
    session = pair.a.core.invite(spec_for(THEM), pair.a.events.append)
    pair.a.core.trace.belongs(session.call_id, "call_1", LEG)
    pair.settle()
    pair.b.session.answer("v=0\r\ns=answer\r\n")
    pair.settle()
    session.end()
    pair.run(40)
    trace = pair.a.core.trace.trace("call_1")
    assert trace is not None
    assert [summary(m.text) for m in trace.messages] == [
        "INVITE",
        "100 Trying (INVITE)",
        "200 OK (INVITE)",
        "ACK",
        "BYE",
        "200 OK (BYE)",
    ]
    assert [m.direction for m in trace.messages] == ["out", "in", "in", "out", "out", "in"]


def test_an_invite_that_came_in_is_noted_with_its_first_answer() -> None:
    pair = Pair()
    pair.b.core.trace = TraceBook()
    pair.a.core.invite(spec_for(THEM), pair.a.events.append)
    pair.settle()
    pair.b.core.trace.belongs(pair.b.session.call_id, "call_1", OTHER)
    trace = pair.b.core.trace.trace("call_1")
    assert methods(trace)[0] == "INVITE"
    assert trace is not None
    assert len(trace.messages) >= 2
