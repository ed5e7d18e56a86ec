"""Which addresses peers are shown."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from config.settings import Settings
from voicegw.setup.addresses import inner_media_address, media_address
from voicegw.sip.own_address import RouteTable

TRUNK = {"name": "a", "uri": "sip:127.0.0.9:5060"}


@pytest.mark.parametrize(
    ("sections", "address"),
    [
        (
            {"media": {"advertise": "203.0.113.1"}, "sip": {"advertise": "203.0.113.2"}},
            "203.0.113.1",
        ),
        ({"sip": {"advertise": "203.0.113.2"}, "trunk": [TRUNK]}, "203.0.113.2"),
        ({"media": {"bind": "127.0.0.8"}, "trunk": [TRUNK]}, "127.0.0.8"),
        ({"trunk": [TRUNK]}, "towards 127.0.0.9"),
        ({"sip": {"listen": ["udp://127.0.0.7:5060"]}}, "127.0.0.7"),
        ({}, "towards 192.0.2.1"),
        ({"sip": {"advertise": "2001:db8::5"}}, "towards 192.0.2.1"),
        ({"sip": {"listen": ["udp://[::]:5060", "udp://127.0.0.7:5060"]}}, "127.0.0.7"),
        ({"sip": {"listen": ["udp://0.0.0.0:5060", "tcp://127.0.0.7:5060"]}}, "towards 192.0.2.1"),
        ({"sip": {"listen": ["udp://[::1]:5060"]}}, "towards 192.0.2.1"),
        ({"trunk": [{"name": "a", "uri": "sip:[2001:db8::9]"}, TRUNK]}, "towards 127.0.0.9"),
    ],
)
def test_the_address_of_sound(
    monkeypatch: pytest.MonkeyPatch, sections: dict[str, Any], address: str
) -> None:
    monkeypatch.setattr(RouteTable, "address_towards", lambda _self, host: f"towards {host}")
    assert media_address(Settings.model_validate(sections)) == address


@pytest.mark.parametrize(
    ("found", "address"), [("10.0.0.7", "towards 10.0.0.7"), (None, "towards 192.0.2.1")]
)
def test_a_trunk_by_name_may_have_no_address_of_its_own(
    monkeypatch: pytest.MonkeyPatch, found: str | None, address: str
) -> None:
    def look_up(host: str, *_: object) -> list[tuple[object, ...]]:
        assert host == "carrier.example"
        if found is None:
            raise socket.gaierror(-5, "No address associated with hostname")
        return [(2, 2, 17, "", (found, 0))]

    monkeypatch.setattr("voicegw.setup.addresses.socket.getaddrinfo", look_up)
    monkeypatch.setattr(RouteTable, "address_towards", lambda _self, host: f"towards {host}")
    trunk = {"name": "a", "uri": "sip:carrier.example"}
    assert media_address(Settings.model_validate({"trunk": [trunk]})) == address


BEHIND_NAT = {"sip": {"advertise": "203.0.113.2", "local_networks": ["10.0.0.0/8"]}}


@pytest.mark.parametrize(
    ("sections", "address"),
    [
        (BEHIND_NAT, "towards 10.0.0.9"),
        (BEHIND_NAT | {"media": {"bind": "10.0.0.1"}}, "10.0.0.1"),
        (BEHIND_NAT | {"media": {"engine": "rtpengine"}}, None),
        ({"sip": {"local_networks": ["10.0.0.0/8"]}}, None),
    ],
)
def test_the_address_of_sound_on_this_side_of_a_nat(
    monkeypatch: pytest.MonkeyPatch, sections: dict[str, Any], address: str | None
) -> None:
    monkeypatch.setattr(RouteTable, "address_towards", lambda _self, host: f"towards {host}")
    shown = inner_media_address(Settings.model_validate(sections))
    assert shown("10.0.0.9") == address
    assert shown("192.0.2.9") is None
