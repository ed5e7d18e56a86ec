"""Who is shut out, for how long, and who can't be."""

from __future__ import annotations

import logging
from dataclasses import replace
from ipaddress import ip_network

import pytest

from voicegw.sip.bans import BanRules, Bans, source_of
from voicegw.sip.wire import Peer

RULES = BanRules(failures=3, scans=10, window_s=60, ban_s=60, ban_max_s=600, max_sources=20)
UDP = Peer("udp", "203.0.113.9", 5060)
TCP = Peer("tcp", "203.0.113.9", 40000, 7)


def fail(bans: Bans, peer: Peer, now: float, times: int = 3) -> None:
    for number in range(times):
        bans.failed(peer, f"desk{now:.0f}{number}", now)


def scan(bans: Bans, peer: Peer, now: float, times: int = 10) -> None:
    for _ in range(times):
        bans.scanned(peer, now)


@pytest.mark.parametrize(
    ("host", "source"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2::3", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::4", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("carrier.example:x", "carrier.example:x"),
    ],
)
def test_a_source_is_an_address_or_a_site(host: str, source: str) -> None:
    assert source_of(host) == source


def test_wrong_passwords_shut_a_source_out() -> None:
    bans = Bans(RULES)
    fail(bans, UDP, 0, 2)
    assert not bans.refuses(UDP, 0)
    bans.failed(UDP, "another", 1)
    assert bans.refuses(UDP, 1)
    assert bans.refuses(replace(UDP, port=9), 60.9), "another port is the same source"
    assert not bans.refuses(replace(UDP, host="203.0.113.10"), 1)
    assert bans.banned(1) == 1
    assert not bans.refuses(UDP, 61)
    assert bans.banned(61) == 0


def test_wrong_passwords_for_one_name_shut_out_that_name_alone() -> None:
    """Behind one address there may be two hundred telephones, one of them forgotten."""
    bans = Bans(RULES)
    for now in range(3):
        assert not bans.refuses_name(TCP, "desk1", now)
        bans.failed(TCP, "desk1", now)
    assert bans.refuses_name(UDP, "desk1", 2), "another port is the same source"
    assert not bans.refuses_name(UDP, "desk2", 2)
    assert not bans.refuses_name(replace(UDP, host="203.0.113.10"), "desk1", 2)
    assert not bans.refuses(TCP, 2)
    assert bans.banned(2) == 1
    assert not bans.refuses_name(UDP, "desk1", 62)
    for _ in range(3):
        bans.failed(UDP, "desk1", 100)
    assert bans.refuses_name(UDP, "desk1", 100 + 119)
    assert not bans.refuses(UDP, 100)


def test_a_long_name_is_remembered_in_part() -> None:
    bans = Bans(RULES)
    for _ in range(3):
        bans.failed(UDP, "x" * 4000, 0)
    assert bans.refuses_name(UDP, "x" * 4000, 0)
    assert max(len(name) for _, name in bans._names._records) <= 64


def test_what_lies_apart_is_no_guessing() -> None:
    names, sources = Bans(RULES), Bans(RULES)
    for now in range(0, 1000, 40):
        names.failed(UDP, "desk1", now)
        sources.failed(UDP, f"desk{now}", now)
        assert not names.refuses_name(UDP, "desk1", now)
        assert not sources.refuses(UDP, now)


def test_a_source_whose_telephones_prove_themselves_may_be_asked_for_it_again() -> None:
    """After a restart all telephones of an office come at once, over connections too."""
    for peer in (TCP, UDP):
        bans = Bans(RULES)
        for _ in range(9):
            bans.challenged(peer, 0)
        bans.proved(peer, 0)
        for _ in range(100):
            bans.challenged(peer, 1)
        scan(bans, peer, 2, 9)
        assert not bans.refuses(peer, 2)
        for _ in range(10):
            bans.challenged(peer, 90_000)
        assert bans.refuses(peer, 90_000), "a day later it is a stranger again"


def test_each_ban_is_twice_as_long_up_to_the_longest() -> None:
    bans = Bans(RULES)
    now, lengths = 0.0, []
    for _ in range(6):
        fail(bans, UDP, now)
        low, high = 0, 10_000
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if bans.refuses(UDP, now + middle) else (low, middle)
        lengths.append(high)
        now += high
    assert lengths == [60, 120, 240, 480, 600, 600]


def test_a_ban_is_forgotten_in_time() -> None:
    bans = Bans(RULES)
    fail(bans, UDP, 0)
    fail(bans, UDP, 100)
    later = 100 + 120 + RULES.ban_max_s + 1
    fail(bans, UDP, later)
    assert bans.refuses(UDP, later + 59)
    assert not bans.refuses(UDP, later + 60)


def test_scanning_over_a_connection_doubles_and_by_datagrams_does_not() -> None:
    """Datagrams may have been sent in another's name: that must not keep him out for long."""
    for peer, second_s in ((TCP, 120), (UDP, 60)):
        bans = Bans(RULES)
        scan(bans, peer, 0)
        assert bans.refuses(peer, 59)
        scan(bans, peer, 100)
        assert bans.refuses(peer, 100 + second_s - 1)
        assert not bans.refuses(peer, 100 + second_s)


def test_connections_for_nothing_ban_for_a_short_time_and_nobody_who_is_known() -> None:
    bans = Bans(RULES)
    for now in (0, 100):
        for _ in range(10):
            bans.came_for_nothing(TCP, now)
        assert bans.refuses(TCP, now + 59)
        assert not bans.refuses(TCP, now + 60)
    bans.proved(TCP, 200)
    for _ in range(50):
        bans.came_for_nothing(TCP, 200)
    assert not bans.refuses(TCP, 200)


def test_a_scanners_name_counts_for_more() -> None:
    bans = Bans(RULES)
    bans.scanned(UDP, 0, weight=5)
    bans.scanned(UDP, 0, weight=5)
    assert bans.refuses(UDP, 0)


def test_who_has_proved_himself_cannot_be_shut_out_by_forged_datagrams() -> None:
    bans = Bans(RULES)
    scan(bans, UDP, 0)
    bans.proved(UDP, 1)
    assert not bans.refuses(UDP, 1), "a right password ends what anybody may have caused"
    scan(bans, UDP, 2, 1000)
    assert not bans.refuses(UDP, 2)
    scan(bans, UDP, 90_000)
    assert bans.refuses(UDP, 90_000), "a day later he is a stranger again"


def test_an_account_does_not_license_to_guess_at_others() -> None:
    bans = Bans(RULES)
    for number in range(3):
        bans.failed(UDP, f"desk{number}", 0)
        bans.proved(UDP, 0)
    assert bans.refuses(UDP, 0)


def test_allowed_networks_are_never_banned() -> None:
    allow = (ip_network("203.0.113.0/24"), ip_network("2001:db8::/32"))
    bans = Bans(replace(RULES, allow=allow))
    for host in ("203.0.113.9", "2001:db8::1", "::ffff:203.0.113.7"):
        peer = Peer("tcp", host, 1)
        fail(bans, peer, 0, 100)
        scan(bans, peer, 0, 100)
        assert not bans.refuses(peer, 0)
    fail(bans, Peer("udp", "host.example", 1), 0)
    assert bans.banned(0) == 1


def test_switched_off_it_bans_nobody() -> None:
    bans = Bans(replace(RULES, enabled=False))
    fail(bans, UDP, 0, 100)
    scan(bans, TCP, 0, 100)
    assert not bans.refuses(UDP, 0)
    assert len(bans) == 0


def test_forged_addresses_neither_fill_memory_nor_free_who_guessed() -> None:
    bans = Bans(RULES)
    bans.proved(Peer("udp", "192.0.2.1", 5060), 0)
    fail(bans, UDP, 0)
    for number in range(5000):
        scan(bans, Peer("udp", f"10.{number // 250}.{number % 250}.1", 5060), 1, 3)
    assert len(bans) <= 3 * RULES.max_sources
    assert bans.refuses(UDP, 2)
    scan(bans, Peer("udp", "192.0.2.1", 5060), 2)
    assert not bans.refuses(Peer("udp", "192.0.2.1", 5060), 2)


def test_real_addresses_do_not_fill_memory_either() -> None:
    bans = Bans(RULES)
    for number in range(100):
        peer = Peer("tcp", f"10.0.0.{number}", 5060)
        fail(bans, peer, 0)
        bans.proved(peer, 0)
    assert len(bans) == 3 * RULES.max_sources
    assert bans.refuses(peer, 0)


def test_a_site_of_ipv6_is_banned_as_one() -> None:
    bans = Bans(RULES)
    for host in ("2001:db8::1", "2001:db8::2", "2001:db8::3"):
        bans.failed(Peer("tls", host, 1), host, 0)
    assert bans.refuses(Peer("udp", "2001:db8::ffff", 1), 0)
    assert not bans.refuses(Peer("udp", "2001:db8:0:1::1", 1), 0)


def test_the_log_names_each_ban_and_not_each_forged_one(caplog: pytest.LogCaptureFixture) -> None:
    bans = Bans(RULES)
    with caplog.at_level(logging.WARNING):
        fail(bans, UDP, 0)
        for number in range(50):
            scan(bans, Peer("udp", f"10.0.0.{number}", 5060), 0.5)
    assert bans.counters["bans"] == 51
    assert len(caplog.records) <= 2
    record = caplog.records[0]
    assert record.__dict__["source"] == "203.0.113.9"
    assert record.__dict__["for_s"] == 60
