"""Nothing is posted to addresses that only the operator's network may reach."""

from __future__ import annotations

import pytest

from voicegw.errors import InvalidError
from voicegw.events.webhooks.addresses import is_within, may_reach, parse_address, parse_networks
from voicegw.events.webhooks.target import Target, parse_target, usable

REFUSED = (
    "0.0.0.0",
    "10.1.2.3",
    "100.64.0.1",
    "100.100.100.200",  # a cloud's metadata
    "127.0.0.1",
    "127.9.9.9",
    "169.254.169.254",  # a cloud's metadata
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.192",
    "192.168.1.1",
    "198.18.0.1",
    "203.0.113.9",
    "224.0.0.1",
    "239.1.1.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "::127.0.0.1",
    "64:ff9b::7f00:1",  # NAT64 of 127.0.0.1
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "2002:7f00:1::",  # 6to4 of 127.0.0.1
    "2002:a00:1::1",
    "2001::1",
    "2001:db8::1",
    "fc00::1",
    "fd00:ec2::254",  # a cloud's metadata
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "100::1",
)
PUBLIC = (
    "1.1.1.1",
    "8.8.8.8",
    "93.184.216.34",
    "100.63.255.255",
    "172.32.0.1",
    "223.255.255.255",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
    "2002:808:808::1",
    "2606:4700::1111",
    "2a00:1450:4001::200e",
)


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_not_public_is_refused(text: str) -> None:
    assert not may_reach(parse_address(text))


@pytest.mark.parametrize("text", PUBLIC)
def test_what_is_public_is_reached(text: str) -> None:
    assert may_reach(parse_address(text))


def test_allowed_networks_are_reached_and_nothing_beside_them() -> None:
    allowed = parse_networks(["10.20.0.0/16", "fd12::/16"])
    reached = [
        may_reach(parse_address(text), allowed)
        for text in ("10.20.3.4", "::ffff:10.20.3.4", "fd12::1", "10.21.0.1", "fd13::1", "::1")
    ]
    assert reached == [True, True, True, False, False, False]
    assert not is_within(parse_address("8.8.8.8"), allowed)


def test_http_reaches_allowed_networks_only() -> None:
    allowed = parse_networks(["127.0.0.0/8"])
    addresses = [parse_address(text) for text in ("8.8.8.8", "127.0.0.1", "10.0.0.1")]
    assert [str(one) for one in usable("http", addresses, allowed)] == ["127.0.0.1"]
    assert [str(one) for one in usable("https", addresses, allowed)] == ["8.8.8.8", "127.0.0.1"]
    assert usable("https", addresses[2:], []) == []


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://example.com/a?b=c", Target("https", "example.com", 443)),
        ("HTTPS://Example.com:8443", Target("https", "example.com", 8443)),
        ("http://[::1]:80/", Target("http", "::1", 80)),
        ("http://127.0.0.1", Target("http", "127.0.0.1", 80)),
    ],
)
def test_urls_that_are_taken(url: str, target: Target) -> None:
    assert parse_target(url) == target


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.com/hook",
        "ftp://example.com/",
        "file:///etc/passwd",
        "https:///hook",
        "https://user:secret@example.com/",
        "https://user@example.com/",
        "https://example.com/#part",
        "https://example.com\\@evil.example/",
        "https://example.com:0/",
        "https://example.com:99999/",
        "https://example.com:x/",
        "https://[::1/",
        "https://example.com/a b",
        "https://example.com/\r\nHost: x",
        "https://exämple.com/",
        "https://example.com/" + "a" * 2000,
    ],
)
def test_urls_that_are_refused(url: str) -> None:
    with pytest.raises(InvalidError) as raised:
        parse_target(url)
    assert raised.value.field == "url"
