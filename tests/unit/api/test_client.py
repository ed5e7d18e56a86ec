"""From where a request comes, and whom one believes about it."""

from __future__ import annotations

from ipaddress import ip_network

import httpx
import pytest

from api.client import Client, client_in, client_of, note_client

PROXIES = [ip_network("10.0.0.0/8"), ip_network("fd00::/8")]


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("192.0.2.1", "", "192.0.2.1"),
        ("192.0.2.1", "198.51.100.7", "192.0.2.1"),  # no proxy of ours: not believed
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.7", "198.51.100.7"),
        ("10.0.0.1", "203.0.113.9, 198.51.100.7", "198.51.100.7"),  # the first is the client's word
        ("10.0.0.1", "198.51.100.7, 10.0.0.2", "198.51.100.7"),
        ("10.0.0.1", "10.0.0.3,10.0.0.2", "10.0.0.3"),
        ("10.0.0.1", "198.51.100.7, nonsense", "10.0.0.1"),
        ("10.0.0.1", "nonsense, 10.0.0.2", "10.0.0.2"),
        ("10.0.0.1", "198.51.100.7:4711", "198.51.100.7"),
        ("fd00::1", "[2001:db8::7]:4711", "2001:db8::7"),
        ("fd00::1", "2001:db8::7", "2001:db8::7"),
        ("::ffff:10.0.0.1", "198.51.100.7", "198.51.100.7"),
        ("", "198.51.100.7", ""),
    ],
)
def test_only_trusted_proxies_tell_of_others(peer: str, forwarded: str, address: str) -> None:
    assert client_of(peer, "http", forwarded, "", PROXIES).address == address


@pytest.mark.parametrize(
    ("peer", "scheme", "proto", "is_https"),
    [
        ("192.0.2.1", "http", "https", False),
        ("192.0.2.1", "https", "", True),
        ("10.0.0.1", "http", "https", True),
        ("10.0.0.1", "http", "http, HTTPS", True),
        ("10.0.0.1", "http", "", False),
        ("10.0.0.1", "https", "http", False),
    ],
)
def test_tls_up_to_the_proxy_counts(peer: str, scheme: str, proto: str, is_https: bool) -> None:
    assert client_of(peer, scheme, "", proto, PROXIES).is_https is is_https


def test_a_site_of_ipv6_is_one_source() -> None:
    assert Client("2001:db8:1:2:3::4", is_https=False).source == "2001:db8:1:2::/64"
    assert Client("192.0.2.1", is_https=False).source == "192.0.2.1"
    assert Client("", is_https=False).source == ""


def test_it_is_kept_with_the_request() -> None:
    headers = httpx.Headers([("X-Forwarded-For", "203.0.113.9"), ("X-Forwarded-For", "10.0.0.2")])
    scope = {"type": "http", "client": ("10.0.0.1", 1), "headers": headers.raw}
    assert client_in(scope) == Client("", is_https=False)
    scope["headers"] = [(name.lower(), value) for name, value in headers.raw]
    note_client(scope, PROXIES)
    assert client_in(scope) == Client("203.0.113.9", is_https=False)
