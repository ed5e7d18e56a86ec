"""Which of our own sockets a peer is spoken to from, and what it is shown."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from voicegw.errors import NotFoundError, StartError
from voicegw.sip.listeners import Listeners
from voicegw.sip.own_address import RouteTable
from voicegw.sip.wire import Peer


@pytest.fixture
def listeners() -> Iterator[Listeners]:
    made = Listeners()
    yield made
    made.close()


@pytest.fixture
def routes(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Say which address of ours leads to which host."""
    known: dict[str, str] = {}
    monkeypatch.setattr(RouteTable, "address_towards", lambda _self, host: known[host])
    return known


def test_an_answer_leaves_where_the_request_came_in(listeners: Listeners) -> None:
    first, second = listeners.bind("udp://127.0.0.1:0"), listeners.bind("udp://127.0.0.2:0")
    assert (first.flow, second.flow) == (1, 2)
    assert listeners.udp_towards(2, "127.0.0.9") is second
    assert listeners.udp_towards(1, "127.0.0.9") is first
    assert listeners.shown_to(Peer("udp", "127.0.0.9", 5060, flow=2)) is second


def test_what_is_new_leaves_by_the_address_of_the_route(
    listeners: Listeners, routes: dict[str, str]
) -> None:
    anywhere = listeners.bind("udp://0.0.0.0:0")
    inside, outside = listeners.bind("udp://127.0.0.1:0"), listeners.bind("udp://127.0.0.2:0")
    routes |= {"10.0.0.9": "127.0.0.1", "192.0.2.9": "127.0.0.2", "198.51.100.9": "127.0.0.3"}
    assert listeners.udp_towards(0, "10.0.0.9") is inside
    assert listeners.udp_towards(0, "192.0.2.9") is outside
    assert listeners.udp_towards(0, "198.51.100.9") is anywhere
    assert listeners.shown_to(Peer("udp", "192.0.2.9", 5060)) is outside


def test_families_stand_side_by_side_on_one_port(listeners: Listeners) -> None:
    for transport in ("udp", "tcp"):
        fourth = listeners.bind(f"{transport}://0.0.0.0:0")
        sixth = listeners.bind(f"{transport}://[::]:{fourth.port}")
        assert sixth.sock.family is socket.AF_INET6
        for host, fitting in (
            ("192.0.2.1", fourth),
            ("::ffff:192.0.2.1", fourth),
            ("2001:db8::1", sixth),
        ):
            assert listeners.shown_to(Peer("udp" if fourth.flow else "tcp", host, 5060)) is fitting
    assert listeners.udp_towards(1, "2001:db8::1") is not None


def test_no_socket_of_the_family_is_no_way(listeners: Listeners) -> None:
    listeners.bind("udp://127.0.0.1:0")
    assert listeners.udp_towards(0, "2001:db8::1") is None
    assert listeners.udp_towards(1, "2001:db8::1") is None


def test_a_transport_that_nobody_listens_on_shows_another(listeners: Listeners) -> None:
    peer = Peer("tls", "192.0.2.1", 5061)
    assert listeners.shown_to(peer) is None
    datagrams = listeners.bind("udp://127.0.0.1:0")
    assert listeners.shown_to(peer) is datagrams
    sixth = listeners.bind("tls://[::1]:0")
    assert listeners.shown_to(peer) is sixth
    fourth = listeners.bind("tls://127.0.0.1:0")
    assert listeners.shown_to(peer) is fourth
    assert listeners.first("tls") is sixth
    with pytest.raises(NotFoundError):
        listeners.first("tcp")


def test_a_listener_needs_a_free_address(listeners: Listeners) -> None:
    taken = listeners.bind("udp://[::1]:0")
    with pytest.raises(StartError) as caught:
        listeners.bind(f"udp://[::1]:{taken.port}")
    assert "in use" in caught.value.problem.what
    assert list(listeners) == [taken]
