"""The tie between core, transport and calls, before all of them are there."""

from __future__ import annotations

from typing import cast

import pytest

from voicegw.calls.service import CallService
from voicegw.signalling import Signalling
from voicegw.sip.own_address import OwnAddress, RouteTable
from voicegw.sip.session_uas import UasSession
from voicegw.sip.transport import SipTransport
from voicegw.sip.wire import Peer

PEER = Peer("tls", "192.0.2.9", 5061)


class FakeTransport:
    def __init__(self) -> None:
        self.flushed = 0

    def flush(self) -> None:
        self.flushed += 1

    def address_towards(self, peer: Peer) -> tuple[str, int]:
        assert peer is PEER
        return "10.0.0.1", 5071


class FakeSession:
    def __init__(self) -> None:
        self.rejected: list[int] = []

    def reject(self, status: int, *, headers: list[tuple[str, str]]) -> None:
        assert headers == [("Retry-After", "5")]
        self.rejected.append(status)


class FakeCalls:
    def session_offered(self, session: UasSession, now: float) -> str:
        return f"taken at {now}"


def test_a_call_that_comes_too_early_is_put_off() -> None:
    signalling, session = Signalling(OwnAddress()), FakeSession()
    assert signalling.session_offered(cast(UasSession, session), 1.0) is None
    assert session.rejected == [503]
    signalling.calls = cast(CallService, FakeCalls())
    assert cast(str, signalling.session_offered(cast(UasSession, session), 2.0)) == "taken at 2.0"


def test_a_peer_is_shown_the_listener_it_can_send_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(RouteTable, "address_towards", lambda _self, _host: "10.0.0.2")
    signalling, transport = Signalling(OwnAddress()), FakeTransport()
    signalling.transmissions_ready()
    assert signalling.contact(PEER) == ("10.0.0.2", 5060)
    signalling.transport = cast(SipTransport, transport)
    signalling.transmissions_ready()
    assert transport.flushed == 1
    assert signalling.contact(PEER) == ("10.0.0.1", 5071)
    beyond = Signalling(OwnAddress(advertise="203.0.113.5"))
    beyond.transport = signalling.transport
    assert beyond.contact(PEER) == ("203.0.113.5", 5071)
