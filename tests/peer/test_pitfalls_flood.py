"""Strangers, forged sources and nonsense in quantity: what a node on a public address must bear."""

from __future__ import annotations

import random
import re
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress

import pytest

from tests.parts.lab import CALLER_HOST, HOTLINE, UNOWNED, customer_number
from tests.parts.mutation import mutated
from tests.parts.node import wait_for
from tests.parts.raw_lab import STRANGER_HOST, RawLab, make_raw_lab, module_lab, raw
from tests.parts.raw_sip import Leg, RawPeer, description, unique

__all__ = ["module_lab", "raw"]

pytestmark = pytest.mark.peer

SDP = description(host=CALLER_HOST)
METHODS = (
    "INVITE", "ACK", "BYE", "CANCEL", "OPTIONS", "REGISTER", "SUBSCRIBE", "MESSAGE", "INFO", "XYZ",
)  # fmt: skip
SCANNER_HOST = "127.0.0.98"
#: What an answer may be larger than the request that drew it.
MAX_AMPLIFICATION = 3.0


@pytest.fixture(scope="module")
def registrar_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RawLab]:
    """Return a lab whose node is also a registrar, so that strangers are challenged."""
    made = make_raw_lab(
        tmp_path_factory.mktemp("registrar"),
        users={"alice": "secret"},
        defence=f'allow = ["{STRANGER_HOST}"]\nscans = 20',
    )
    yield made
    made.clear()
    made.close()


def strangers(raw: RawLab) -> dict[str, float]:
    """Return how many messages of strangers were dropped, by method."""
    return {
        re.sub(r'.*method="(\w+)".*', r"\1", name): value
        for name, value in raw.lab.node.metrics().items()
        if name.startswith("voicegw_sip_strangers")
    }


@pytest.mark.parametrize("kind", ["udp", "tcp"])
def test_strangers_get_silence_and_are_counted(raw: RawLab, kind: str) -> None:
    before = strangers(raw)
    peer = raw.caller(STRANGER_HOST) if kind == "udp" else raw.stream(STRANGER_HOST)
    leg = Leg.calling(peer, HOTLINE)
    for method in METHODS:
        leg.send(method, body=SDP)
    peer.send(leg.text("INVITE").replace("CSeq: ", "CSeq: x"))
    peer.send("SIP/2.0 200 OK\r\n\r\n")
    dropped = Counter([*METHODS, "INVITE", "response"])
    assert peer.count(0, 0.3) == 0
    after = strangers(raw)
    for method in METHODS[:6]:
        assert after[method] == before.get(method, 0) + dropped[method]
    assert sum(after.values()) == sum(before.values()) + dropped.total()
    raw.lab.node.assert_nothing_held()


def test_stranger_who_knows_a_dialog_may_only_end_it_by_its_tags(raw: RawLab) -> None:
    talk = raw.talking()
    stranger = raw.caller(STRANGER_HOST)
    to = talk.answer.header("to")
    forged = Leg(
        stranger,
        call_id=talk.customer.call_id,
        local=talk.customer.local,
        remote=to[:-1] + ("1" if to.endswith("0") else "0"),
        target=talk.customer.target,
    )
    forged.cseq = 50
    forged.send("BYE")
    assert stranger.count(0, 0.2) == 0
    assert raw.lab.node.metrics()["voicegw_sip_sessions"] == 2
    raw.hang_up(talk.customer)


def test_nobody_can_aim_much_at_a_third_party(registrar_lab: RawLab) -> None:
    """One small forged request draws little, even where the answer is never acknowledged."""
    node = registrar_lab
    texts = {}
    for method in ("INVITE", "REGISTER", "OPTIONS", "CANCEL", "ACK", "BYE"):
        texts[method] = short(node, method)
    bogus = 'Authorization: Digest username="alice",realm="voicegw",nonce="x",uri="x",response="y"'
    texts["INVITE with bogus proof"] = short(node, "INVITE", bogus)
    texts["REGISTER with bogus proof"] = short(node, "REGISTER", bogus)
    texts["broken"] = short(node, "INVITE").replace("CSeq: 1", "CSeq: x")
    peers = {}
    for what, text in texts.items():
        peers[what] = node.caller(STRANGER_HOST)
        peers[what].send(text.replace("PORT", str(peers[what].port)))
    time.sleep(1.5)
    for what, peer in peers.items():
        peer.listen(0.02)
        drawn = sum(message.size for message in peer.heard)
        assert drawn <= MAX_AMPLIFICATION * len(texts[what]), (what, drawn, len(texts[what]))
    assert [one.status for one in peers["INVITE"].heard] == [401]
    node.lab.node.assert_nothing_held()
    assert node.lab.node.metrics()["voicegw_sip_transactions"] <= 6


def short(raw: RawLab, method: str, *headers: str) -> str:
    """Return as small a request as the grammar lets one write."""
    lines = [
        f"{method} sip:1@127.0.0.1 SIP/2.0",
        f"v:SIP/2.0/UDP {STRANGER_HOST}:PORT;branch={unique('z9hG4bK')}",
        "f:<sip:1@a>;tag=1",
        "t:<sip:1@a>",
        f"i:{unique()}",
        f"CSeq: 1 {method}",
        "m:<sip:1@a>",
        *headers,
    ]
    return "\r\n".join([*lines, "", ""])


def test_flood_of_challenges_keeps_nothing(registrar_lab: RawLab) -> None:
    node = registrar_lab
    before = node.lab.node.metrics()["voicegw_sip_transactions"]
    peer = node.caller(STRANGER_HOST)
    for _ in range(300):
        for method in ("INVITE", "REGISTER"):
            peer.send(short(node, method).replace("PORT", str(peer.port)))
    challenges = 'voicegw_sip_events_total{event="challenges",part="agent"}'
    wait_for("all challenged", lambda: node.lab.node.metrics().get(challenges, 0) >= 600, 10)
    assert node.lab.node.metrics()["voicegw_sip_transactions"] <= before


def test_who_scans_is_shut_out_and_others_are_not(registrar_lab: RawLab) -> None:
    node = registrar_lab
    scanner = node.caller(SCANNER_HOST)
    for _ in range(60):
        scanner.send(short(node, "REGISTER").replace("PORT", str(scanner.port)))
    wait_for("banned", lambda: node.count_of("banned_dropped") >= 40, 10)
    assert scanner.count(401, 0.1) == 20
    assert node.lab.node.metrics()["voicegw_sip_banned_sources"] == 1
    assert f"source={SCANNER_HOST}" in node.lab.node.log.read_text()
    assert node.stream(SCANNER_HOST).socket.recv(1) == b"", "closed as soon as it was accepted"
    honest = node.caller(STRANGER_HOST)
    honest.send(short(node, "REGISTER").replace("PORT", str(honest.port)))
    honest.expect(401)
    node.hang_up(node.talking().customer)


def test_burst_of_mutated_invites_leaves_nothing(raw: RawLab) -> None:
    rng = random.Random(4475)
    peer = raw.caller()
    received = raw.count_of("udp_received")
    leg = Leg.calling(peer, HOTLINE, caller=customer_number(UNOWNED))
    for number in range(2000):
        leg.call_id = unique("burst")
        leg.local = leg.local.partition(";tag=")[0] + f";tag={unique('t')}"
        peer.send(mutated(leg.text("INVITE", body=SDP).encode(), rng))
        if number % 50 == 49:
            drain(peer)
    wait_for("all received", lambda: raw.count_of("udp_received") >= received + 1900, 20)
    peer.socket.close()
    raw.peers.remove(peer)
    raw.over(timeout_s=20)
    figures = raw.lab.node.metrics()
    assert figures["voicegw_flow_faults_total"] == 0
    assert raw.count_of("core_errors") == 0
    assert raw.count_of("listener_failures") == 0
    assert "Traceback" not in raw.lab.node.log.read_text()
    raw.hang_up(raw.talking(2).customer)


def drain(peer: RawPeer) -> None:
    """Empty the socket: what comes back is of no interest."""
    peer.socket.settimeout(0.002)
    with suppress(TimeoutError):
        while True:
            peer.socket.recv(65536)


def test_tcp_connections_that_say_nothing_do_no_harm(raw: RawLab) -> None:
    silent = [raw.stream(STRANGER_HOST) for _ in range(200)]
    for one in silent[:50]:
        one.send(b"INVITE sip:x@y SIP/2.0\r\nVia: ")
    leg = Leg.calling(raw.stream(), HOTLINE)
    leg.send("OPTIONS")
    leg.expect(200)
