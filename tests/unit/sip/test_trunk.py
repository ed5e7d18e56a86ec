from __future__ import annotations

from ipaddress import ip_network

import pytest

from voicegw.identity import Presentation
from voicegw.sip.locating import Server
from voicegw.sip.trunk import (
    SourcePolicy,
    Trunk,
    TrunkBook,
    TrunkSource,
    invite_spec,
    may_fail_over,
)
from voicegw.sip.wire import Peer

SERVER = Peer("udp", "10.0.0.1", 5060)


def test_candidates_by_priority_presentation_and_room() -> None:
    second = Trunk("second", "10.0.0.2", priority=2)
    first = Trunk("first", "10.0.0.1", priority=1, max_calls=1)
    other = Trunk("other", "10.0.0.3", priority=0, numbers=("+8621",))
    book = TrunkBook([second, first, other])
    assert [t.name for t in book.candidates("+8610")] == ["first", "second"]
    assert [t.name for t in book.candidates("+8621")] == ["other", "first", "second"]
    assert book.acquire(first)
    assert not book.acquire(first)
    assert [t.name for t in book.candidates("+8610")] == ["second"]
    book.release(first)
    assert book.acquire(first)
    assert book.in_use(first) == 1
    assert len(book) == 3
    assert book.get("other") is other
    assert book.get("none") is None
    assert [t.name for t in book.all()] == ["other", "first", "second"]


def test_a_count_never_becomes_negative(caplog: pytest.LogCaptureFixture) -> None:
    trunk = Trunk("t", "10.0.0.1")
    book = TrunkBook([trunk])
    book.release(trunk)
    assert book.in_use(trunk) == 0
    assert "twice" in caplog.text
    assert book.acquire(trunk)
    assert book.in_use(trunk) == 1


def test_sources_by_network_the_narrowest_first() -> None:
    wide = Trunk("wide", "a", sources=(ip_network("10.0.0.0/8"), ip_network("2001:db8::/32")))
    narrow = Trunk("narrow", "b", sources=(ip_network("10.1.0.0/16"),))
    single = Trunk("single", "192.0.2.7")
    unresolved = Trunk("unresolved", "sbc.example")
    book = TrunkBook([wide, narrow, single, unresolved])

    def name(ip: str) -> str | None:
        found = book.by_source(ip)
        return None if found is None else found.name

    assert name("10.2.0.1") == "wide"
    assert name("10.1.0.1") == "narrow"
    assert name("::ffff:10.1.0.1") == "narrow"
    assert name("2001:db8::5") == "wide"
    assert name("192.0.2.7") == "single"
    assert name("192.0.2.8") is None
    assert name("sbc.example") is None


def test_sources_follow_the_trunks() -> None:
    first = Trunk("first", "192.0.2.7")
    book = TrunkBook([first])
    assert book.by_source("192.0.2.7") is first
    assert book.by_source("192.0.2.9") is None
    second = Trunk("second", "sbc.example")
    book.replace([second])
    assert book.by_source("192.0.2.7") is None
    book.place("second", [Server((Peer("udp", "192.0.2.9", 5060),))])
    assert book.by_source("192.0.2.9") is second


def test_however_many_strangers_ask_few_are_remembered() -> None:
    trunk = Trunk("t", "192.0.2.7")
    book = TrunkBook([trunk])
    for number in range(10_000):
        assert book.by_source(f"10.0.{number // 250}.{number % 250}") is None
    assert book.by_source("192.0.2.7") is trunk
    assert len(book._by_source) <= 4096


@pytest.mark.parametrize(
    ("number_format", "called", "shown"),
    [
        ("e164", "+8613800138000", "+862112345678"),
        ("00", "008613800138000", "00862112345678"),
        ("national", "13800138000", "02112345678"),
    ],
)
def test_the_invite_is_written_as_the_trunk_wants(
    number_format: str, called: str, shown: str
) -> None:
    trunk = Trunk(
        "t",
        "10.0.0.1",
        5080,
        username="user",
        password="secret",
        number_format=number_format,  # type: ignore[arg-type]
    )
    spec = invite_spec(
        trunk,
        Peer("udp", "10.0.0.1", 5080),
        "+8613800138000",
        Presentation("+862112345678"),
        sdp="v=0",
    )
    assert spec.request_uri == spec.to_uri == f"sip:{called}@10.0.0.1:5080"
    assert spec.from_uri == f"sip:{shown}@10.0.0.1"
    assert list(spec.asserted) == [("P-Asserted-Identity", f"<sip:{shown}@10.0.0.1>")]
    assert spec.contact_user == shown
    assert spec.peer == Peer("udp", "10.0.0.1", 5080)
    assert spec.credentials is not None
    assert "secret" not in repr(trunk) + repr(spec)


def test_identity_by_remote_party_id_or_from_alone() -> None:
    shown = Presentation("10086")
    rpid = invite_spec(Trunk("t", "2001:db8::1", identity="rpid"), SERVER, "110", shown, sdp="")
    assert list(rpid.asserted) == [
        (
            "Remote-Party-ID",
            "<sip:10086@[2001:db8::1]>;party=calling;privacy=off;screen=yes",
        )
    ]
    assert rpid.request_uri == "sip:110@[2001:db8::1]"
    plain = invite_spec(
        Trunk("t", "x", identity="from", number_format="00"),
        SERVER,
        "110",
        shown,
        sdp="",
        display="Hotline",
    )
    assert list(plain.asserted) == []
    assert plain.from_uri == "sip:10086@x"
    assert plain.from_display == "Hotline"
    assert plain.credentials is None


@pytest.mark.parametrize(
    ("status", "expected"),
    [(408, True), (500, True), (502, True), (503, True), (504, True), (599, True)]
    + [(s, False) for s in (302, 400, 403, 404, 480, 486, 487, 488, 501, 505, 513, 555, 580)]
    + [(s, False) for s in (600, 603, 604, 606, 200)],
)
def test_failing_over(status: int, expected: bool) -> None:
    assert may_fail_over(status) is expected


def test_the_source_policy() -> None:
    trunk = Trunk("t", "10.0.0.1")
    closed = SourcePolicy(TrunkBook([trunk]))
    opened = SourcePolicy(TrunkBook([trunk]), registrar_enabled=True)
    assert closed.trunk_of(Peer("udp", "10.0.0.1", 9)) == TrunkSource(trunk)
    assert closed.trunk_of(Peer("udp", "10.0.0.2", 9)) is None
    assert not closed.may_challenge("REGISTER")
    assert opened.may_challenge("REGISTER")
    assert opened.may_challenge("INVITE")
    assert not opened.may_challenge("OPTIONS")
    closed.drop("INVITE")
    closed.drop("whatever a stranger invents")
    closed.drop("something else")
    assert closed.counters == {"INVITE": 1, "other": 2}


@pytest.mark.parametrize(
    ("trunk", "uri"),
    [
        (Trunk("a", "h.example"), "sip:h.example"),
        (Trunk("a", "192.0.2.1", 5060, "udp"), "sip:192.0.2.1"),
        (Trunk("a", "192.0.2.1", 5070, "tcp"), "sip:192.0.2.1:5070"),
        (Trunk("a", "h.example", 5061, "tls"), "sip:h.example"),
        (Trunk("a", "h.example", 5060, "tls"), "sip:h.example:5060"),
        (Trunk("a", "2001:db8::1", 5060), "sip:[2001:db8::1]"),
    ],
)
def test_all_requests_name_a_trunk_alike(trunk: Trunk, uri: str) -> None:
    assert str(trunk.uri()) == uri
    spec = invite_spec(
        trunk, Peer("udp", "192.0.2.1", 5060), "10086", Presentation("10010"), sdp=""
    )
    assert spec.request_uri == uri.replace("sip:", "sip:10086@")
