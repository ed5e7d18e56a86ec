from __future__ import annotations

import socket
from ipaddress import ip_network

import pytest

from voicegw.sip import own_address
from voicegw.sip.own_address import OwnAddress, RouteTable


class FakeSocket:
    """A datagram socket whose routes the test knows."""

    asked: list[str]

    def __init__(self, family: int, _kind: int) -> None:
        self.family = family

    def __enter__(self) -> FakeSocket:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def connect(self, address: tuple[str, int]) -> None:
        self.asked.append(address[0])
        if address[0] == "10.9.9.9":
            raise OSError(101, "Network is unreachable")

    def getsockname(self) -> tuple[str, int]:
        return ("2001:db8::2" if self.family == socket.AF_INET6 else "10.0.0.2"), 0


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the hosts that the kernel is asked for."""
    hosts: list[str] = []

    class Fake(FakeSocket):
        asked = hosts

    monkeypatch.setattr("voicegw.sip.own_address.socket.socket", Fake)
    return hosts


def test_answers_are_kept_for_a_minute(asked: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("voicegw.sip.own_address.time.monotonic", lambda: now)
    table = RouteTable()
    assert [table.address_towards("10.0.0.9") for _ in range(3)] == ["10.0.0.2"] * 3
    assert asked == ["10.0.0.9"]
    now += 61
    table.address_towards("10.0.0.9")
    assert asked == ["10.0.0.9"] * 2


def test_ipv6_has_an_address_of_its_own(asked: list[str]) -> None:
    assert RouteTable().address_towards("2001:db8::9") == "2001:db8::2"
    assert asked == ["2001:db8::9"]


def test_without_a_route_it_is_this_machine(asked: list[str]) -> None:
    assert RouteTable().address_towards("10.9.9.9") == "127.0.0.1"


def test_no_name_is_looked_up(asked: list[str]) -> None:
    table = RouteTable()
    assert table.address_towards("sbc.example.net") == "10.0.0.2"
    assert table.address_towards("other.example.net") == "10.0.0.2"
    assert table.address_towards("10.0.0.9") == "10.0.0.2"
    assert asked == ["192.0.2.1", "10.0.0.9"]


def test_it_forgets_rather_than_grow(asked: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_address, "_MAX_KEPT", 2)
    table = RouteTable()
    for host in ("10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.1"):
        table.address_towards(host)
    assert len(asked) == 4


def test_the_real_kernel_knows_the_loop_back() -> None:
    found = RouteTable().address_towards("127.0.0.9")
    assert found.startswith("127.")


BEYOND_NAT = OwnAddress(
    advertise="203.0.113.5", local_networks=[ip_network("10.0.0.0/8"), ip_network("fd00::/8")]
)


@pytest.mark.parametrize(
    ("host", "bound", "shown"),
    [
        ("192.0.2.9", "10.0.0.1", "203.0.113.5"),
        ("sbc.example.net", "10.0.0.1", "203.0.113.5"),
        ("10.0.0.9", "10.0.0.1", "10.0.0.1"),
        ("10.0.0.9", "0.0.0.0", "10.0.0.2"),
        ("::ffff:10.0.0.9", "0.0.0.0", "10.0.0.2"),
        ("::ffff:192.0.2.9", "0.0.0.0", "203.0.113.5"),
        ("2001:db8::9", "::", "2001:db8::2"),
        ("fd00::9", "fd00::1", "fd00::1"),
    ],
)
def test_what_a_peer_is_shown_on_this_side_of_a_nat_and_beyond(
    asked: list[str], host: str, bound: str, shown: str
) -> None:
    assert BEYOND_NAT.towards(host, bound) == shown


@pytest.mark.parametrize(
    ("host", "bound", "shown"),
    [
        ("10.0.0.9", "10.0.0.1", "10.0.0.1"),
        ("10.0.0.9", "0.0.0.0", "10.0.0.2"),
        ("192.0.2.9", "10.0.0.1", None),
        ("sbc.example.net", "10.0.0.1", None),
        ("fd00::9", "0.0.0.0", None),
    ],
)
def test_where_sound_goes_on_this_side_of_a_nat(
    asked: list[str], host: str, bound: str, shown: str | None
) -> None:
    assert BEYOND_NAT.inner(host, bound) == shown
    assert OwnAddress().inner(host, bound) is None


def test_a_name_is_for_peers_of_both_families(asked: list[str]) -> None:
    named = OwnAddress(advertise="sip.example.net")
    assert named.towards("192.0.2.9", "10.0.0.1") == "sip.example.net"
    assert named.towards("2001:db8::9", "::") == "sip.example.net"


def test_without_a_nat_it_is_the_address_listened_on(asked: list[str]) -> None:
    assert OwnAddress().towards("192.0.2.9", "10.0.0.1") == "10.0.0.1"
    assert OwnAddress().towards("192.0.2.9", "0.0.0.0") == "10.0.0.2"


def test_without_a_route_of_ipv6_it_is_this_machine(
    asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(_self: FakeSocket, _address: tuple[str, int]) -> None:
        raise OSError(101, "Network is unreachable")

    monkeypatch.setattr(FakeSocket, "connect", unreachable)
    assert RouteTable().address_towards("2001:db8::9") == "::1"
