"""What a restart keeps of registrations, and what it must not."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from voicegw.sip.bindings import Binding
from voicegw.sip.kept_bindings import Moment, taken_back, written
from voicegw.sip.wire import Peer

LISTEN = ["udp://127.0.0.1:5060", "tcp://127.0.0.1:5060"]
#: A node that has run for 500 s, and the one that replaces it ten seconds later.
BEFORE = Moment(monotonic_s=500.0, wall_s=1_000_000.0)
AFTER = Moment(monotonic_s=2.0, wall_s=1_000_010.0)
DESK = Binding(
    username="desk",
    aor="sip:desk@gateway.invalid",
    contact="sip:desk@10.0.0.9:5062",
    peer=Peer("udp", "198.51.100.7", 40000, 1),
    expires_at=560.0,
    q=0.5,
    call_id="reg",
    cseq=7,
    path=("<sip:edge.invalid;lr>",),
    instance="<urn:uuid:1>",
)


def back(data: bytes, *, listen: list[str] = LISTEN, moment: Moment = AFTER) -> list[Binding]:
    return taken_back(
        data, listen, moment, longest_s=3600, may_register=lambda name: name != "gone"
    )


def test_a_binding_comes_back_with_the_time_it_has_left() -> None:
    assert back(written([DESK], LISTEN, BEFORE)) == [replace(DESK, expires_at=52.0)]


def test_what_has_expired_or_may_not_register_stays_away() -> None:
    expired = replace(DESK, contact="sip:desk@a", instance="", expires_at=509.0)
    gone = replace(DESK, username="gone")
    assert back(written([expired, gone], LISTEN, BEFORE)) == []


@pytest.mark.parametrize("transport", ["tcp", "tls"])
def test_connections_are_not_kept(transport: str) -> None:
    peer = Peer(transport, "198.51.100.7", 40000, 1)  # type: ignore[arg-type]
    assert back(written([replace(DESK, peer=peer)], LISTEN, BEFORE)) == []


def test_flows_of_other_sockets_are_not_taken_back() -> None:
    assert back(written([DESK], LISTEN, BEFORE), listen=LISTEN[:1]) == []


def test_a_clock_that_jumped_back_makes_nothing_last_longer() -> None:
    data = written([DESK], LISTEN, BEFORE)
    (binding,) = back(data, moment=Moment(2.0, 0.0))
    assert binding.expires_at == 3602.0


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[]",
        b'{"version": 1}',
        b"\xff\xfe",
        msgspec.json.encode({"version": 2, "listen": LISTEN, "bindings": []}),
    ],
)
def test_what_cannot_be_read_is_told(data: bytes) -> None:
    with pytest.raises(ValueError, match="registrations"):
        back(data)
