from __future__ import annotations

import pytest

from config import values


@pytest.mark.parametrize(
    ("text", "size_bytes"),
    [
        ("0", 0),
        ("17", 17),
        ("17B", 17),
        ("2 GB", 2_000_000_000),
        ("2GB", 2_000_000_000),
        ("1.5 kB", 1500),
        ("512 MiB", 512 * 1024**2),
        ("1 TB", 10**12),
    ],
)
def test_a_size_is_read_in_bytes(text: str, size_bytes: int) -> None:
    assert values.parse_size(text) == size_bytes


@pytest.mark.parametrize("text", ["", "GB", "2 XB", "-1 GB", "2 GB more", "1e9"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected a size"):
        values.parse_size(text)


@pytest.mark.parametrize(
    ("text", "count", "per_s"),
    [("1/min", 1, 60), ("5/h", 5, 3600), ("20/d", 20, 86400), ("3 / s", 3, 1)],
)
def test_a_rate_is_a_count_in_a_period(text: str, count: int, per_s: int) -> None:
    assert values.parse_rate(text) == values.RateLimit(count, per_s)


@pytest.mark.parametrize("text", ["", "0/min", "5", "5/week", "-1/h", "1.5/h"])
def test_what_is_no_rate_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected a rate"):
        values.parse_rate(text)


def test_a_port_range_includes_both_ends() -> None:
    assert values.parse_ports("20000-20003") == range(20000, 20004)


@pytest.mark.parametrize(
    "text", ["20000", "30000-20000", "80-90", "20000-70000", "20000-20002", "a-b"]
)
def test_what_is_no_useful_port_range_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        values.parse_ports(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("udp://0.0.0.0:5060", values.ListenAddress("udp", "0.0.0.0", 5060)),
        ("tcp://[::1]:0", values.ListenAddress("tcp", "::1", 0)),
        ("tls://sip.example.net:5061", values.ListenAddress("tls", "sip.example.net", 5061)),
    ],
)
def test_a_listening_address_is_read_and_written(text: str, expected: values.ListenAddress) -> None:
    assert values.parse_listen(text) == expected
    assert str(expected) == text


@pytest.mark.parametrize("text", ["5060", "udp://0.0.0.0", "ws://0.0.0.0:80", "udp://h:70000"])
def test_what_is_no_listening_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected an address"):
        values.parse_listen(text)


def test_host_and_port_are_told_apart() -> None:
    assert values.parse_host_port("127.0.0.1:8080") == ("127.0.0.1", 8080)
    assert values.parse_host_port("[::1]:80") == ("::1", 80)


@pytest.mark.parametrize("text", ["8080", ":8080", "host:", "host:port", "host:70000"])
def test_what_is_no_host_and_port_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected an address"):
        values.parse_host_port(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "sip:sbc.example.net",
            values.TrunkAddress(
                "sbc.example.net", 5060, "udp", port_given=False, transport_given=False
            ),
        ),
        ("sip:10.0.0.1:5070;transport=TCP", values.TrunkAddress("10.0.0.1", 5070, "tcp")),
        (
            "sip:[2001:db8::1]:5070;lr",
            values.TrunkAddress("2001:db8::1", 5070, "udp", transport_given=False),
        ),
        ("sip:h;transport=tls", values.TrunkAddress("h", 5061, "tls", port_given=False)),
        ("sip:h:5070;transport=tls", values.TrunkAddress("h", 5070, "tls")),
    ],
)
def test_a_trunk_is_reached_where_its_uri_says(text: str, expected: values.TrunkAddress) -> None:
    assert values.parse_trunk_uri(text) == expected


@pytest.mark.parametrize("text", ["sbc.example.net", "sip:", "sip:h:99999", "sip:h;transport=sctp"])
def test_what_is_no_trunk_uri_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        values.parse_trunk_uri(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("192.0.2.1", ("192.0.2.1", 53)),
        ("192.0.2.1:5353", ("192.0.2.1", 5353)),
        ("2001:db8::1", ("2001:db8::1", 53)),
        ("[2001:db8::1]", ("2001:db8::1", 53)),
        ("[2001:db8::1]:5353", ("2001:db8::1", 5353)),
    ],
)
def test_a_name_server_is_an_address_and_perhaps_a_port(
    text: str, expected: tuple[str, int]
) -> None:
    assert values.parse_nameserver(text) == expected


@pytest.mark.parametrize(
    "text", ["", "ns.example.net", "192.0.2.1:", "192.0.2.1:0", "192.0.2.1:70000", "[::1]x", "[::1"]
)
def test_what_is_no_name_server(text: str) -> None:
    with pytest.raises(ValueError, match="address of a name server"):
        values.parse_nameserver(text)


def test_sips_is_refused_with_what_to_write_instead() -> None:
    with pytest.raises(ValueError, match=r"sip:host;transport=tls"):
        values.parse_trunk_uri("sips:sbc.example.net")


@pytest.mark.parametrize(
    ("text", "address"), [("", ""), ("::", "::"), ("2001:DB8::5", "2001:db8::5")]
)
def test_an_address_of_ipv6_may_be_left_out(text: str, address: str) -> None:
    assert values.parse_ipv6(text) == address


@pytest.mark.parametrize("text", ["0.0.0.0", "[::1]", "phone.example", ":"])
def test_what_is_no_address_of_ipv6_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="IPv6"):
        values.parse_ipv6(text)


@pytest.mark.parametrize("text", ["", "192.0.2.5", "2001:db8::5", "sbc-1.example.net", "a"])
def test_a_host_is_an_address_or_a_name(text: str) -> None:
    assert values.parse_host(text) == text


@pytest.mark.parametrize(
    "text", ["-a", "a b", "[::1]", "192.0.2.5:5060", "a.", "x" * 254, "a/b", "a\n"]
)
def test_what_is_no_host_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        values.parse_host(text)
