"""The core's door: who is heard, who is not, and what an answer may weigh."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from ipaddress import ip_network

import pytest

from tests.unit.sip.agents import (
    ANSWER,
    STRANGER,
    THEM,
    Agent,
    Clock,
    FarEnd,
    in_dialog,
    invite_text,
    make_agent,
    spec_for,
)
from voicegw.sip import admission
from voicegw.sip.admission import MAX_AMPLIFICATION, Defence, Limits
from voicegw.sip.bans import BanRules, Bans
from voicegw.sip.digest import (
    MD5,
    SHA_256,
    Credentials,
    DigestChallenge,
    authorization,
    parse_challenges,
)
from voicegw.sip.events import SessionEnded
from voicegw.sip.message import Request, Response
from voicegw.sip.overload import OverloadGuard
from voicegw.sip.registrar import Registrar
from voicegw.sip.trunk import SourcePolicy, Trunk, TrunkBook
from voicegw.sip.wire import Peer

ALGORITHMS = (SHA_256, MD5)
PHONE = Peer("udp", "198.51.100.7", 5070)
BAN_RULES = BanRules(failures=3, scans=10)


def agent_with(
    *,
    registrar: bool = False,
    overloaded: bool = False,
    limits: Limits | None = None,
    rules: BanRules = BAN_RULES,
) -> tuple[Agent, FarEnd]:
    """Return a core with a trunk at 127.0.0.0/8, and who sends it what from there."""
    guard = OverloadGuard(threshold_s=0.2, rng=random.Random(3))
    guard.is_overloaded = overloaded
    clock = Clock()
    agent = make_agent(
        clock,
        registrar=Registrar(
            realm="voicegw",
            passwords={"alice": "secret"},
            rng=random.Random(5),
            algorithms=ALGORITHMS,
        )
        if registrar
        else None,
        defence=Defence(bans=Bans(rules), overload=guard, limits=limits or Limits()),
    )
    return agent, FarEnd(agent, clock)


def request_text(
    method: str, *, user: str = "alice", branch: str = "z9hG4bKx", extra: str = ""
) -> str:
    """Return a request without a dialog, as short as it gets."""
    return (
        f"{method} sip:{user}@a SIP/2.0\nv:SIP/2.0/UDP h;branch={branch};rport\n"
        f"f:<sip:{user}@a>;tag=1\nt:<sip:{user}@a>\ni:{branch}\nCSeq:1 {method}\n{extra}\n"
    )


def registered(
    far: FarEnd, peer: Peer = PHONE, *, user: str = "alice", password: str = "secret"
) -> int:
    """Register from `peer`; return the status of the last answer, 0 when there is none."""
    contact = "Max-Forwards: 70\nm:<sip:alice@198.51.100.7>\n"
    far.send(request_text("REGISTER", branch=far.branch(), extra=contact), peer)
    answers = far.sent()
    if not answers:
        return 0
    challenge = parse_challenges(answers[-1].headers.get_all("WWW-Authenticate"))[-1]
    proof = authorization(
        challenge, Credentials(user, password), method="REGISTER", uri="sip:a", cnonce="ab"
    )
    extra = f"{contact}Authorization: {proof}\n"
    far.send(request_text("REGISTER", user=user, branch=far.branch(), extra=extra), peer)
    answers = far.sent()
    return answers[-1].status if answers and isinstance(answers[-1], Response) else 0


def never_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail the test when a message is parsed."""

    def refuse(data: bytes) -> Request | Response:
        raise AssertionError(data)

    monkeypatch.setattr(admission, "parse", refuse)


@pytest.mark.parametrize(
    "data",
    [
        b"OPTIONS sip:100@a SIP/2.0\r\nUser-Agent: friendly-scanner\r\n\r\n",
        b"\r\n\r\nINVITE sip:100@a SIP/2.0\r\n\r\n",
        b"REGISTER sip:a SIP/2.0\r\nCall-ID: 1\r\nTo: <sip:a>;tag=2\r\n\r\n",
        b"BREW sip:pot SIP/2.0\r\n\r\n",
        b"sip/2.0 200 OK\r\nv: SIP/2.0/UDP h;branch=z9hG4bK1\r\nCSeq: 1 INVITE\r\n\r\n",
        b"SIP/2.0 200 OK\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"\0" * 100,
        b"A" * 60_000,
    ],
)
def test_strangers_are_dropped_unread(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    agent, far = agent_with()
    never_read(monkeypatch)
    far.send(data, STRANGER)
    assert far.sent() == []
    assert sum(agent.core.sources.counters.values()) == 1
    assert agent.core.is_idle


def test_what_scanning_strangers_are_counted_by_has_few_names() -> None:
    agent, far = agent_with()
    for number in range(50):
        far.send(f"M{chr(65 + number % 26)}{chr(65 + number // 26)} sip:a SIP/2.0\n\n", STRANGER)
    assert set(agent.core.sources.counters) <= {"other"}


def test_who_scans_is_banned_and_not_even_counted_by_method() -> None:
    agent, far = agent_with(registrar=True)
    for _ in range(20):
        far.send(request_text("REGISTER"), STRANGER)
    assert len(far.sent()) == 10
    assert agent.core.refuses(STRANGER, far.clock.now)
    assert agent.core.counters["banned_dropped"] == 10
    far.clock.now += 61
    far.send(request_text("REGISTER"), STRANGER)
    assert far.response().status == 401


def test_a_scanner_that_names_itself_is_banned_sooner() -> None:
    agent, far = agent_with()
    for _ in range(2):
        far.send(request_text("OPTIONS", extra="User-Agent: friendly-scanner\n"), STRANGER)
    assert agent.core.refuses(STRANGER, far.clock.now)


def test_a_trunk_is_never_banned() -> None:
    agent, far = agent_with()
    for _ in range(50):
        far.send("nonsense\n\n")
        far.send(request_text("OPTIONS").replace("CSeq:1", "CSeq:x"))
    assert len(agent.core.take_transmissions()) == 50
    for name in "abc":
        agent.core.admission.defence.bans.failed(THEM, name, far.clock.now)
    far.send(request_text("OPTIONS"))
    assert far.response().status == 200


def test_a_registered_telephone_goes_on_where_its_neighbour_is_banned() -> None:
    agent, far = agent_with(registrar=True)
    assert registered(far) == 200
    bans = agent.core.admission.defence.bans
    for name in ("bob", "carol", "dave"):
        bans.failed(Peer("udp", PHONE.host, 9999), name, far.clock.now)
    assert agent.core.refuses(Peer("udp", PHONE.host, 9999), far.clock.now)
    assert not agent.core.refuses(PHONE, far.clock.now)
    far.send(request_text("OPTIONS"), PHONE)
    assert far.response().status == 200


def test_who_guesses_passwords_is_banned_and_leaves_nothing() -> None:
    agent, far = agent_with(registrar=True)
    assert [registered(far, STRANGER, password=guess) for guess in "abc"] == [401] * 3
    assert agent.core.is_idle
    assert registered(far, STRANGER) == 0, "for this name nothing is looked at any more"
    assert agent.core.counters["banned_dropped"] == 1
    far.clock.now += 61
    assert registered(far, STRANGER) == 200


def test_who_guesses_at_several_names_is_banned_as_a_whole() -> None:
    agent, far = agent_with(registrar=True)
    names = ("alice", "bob", "carol")
    assert [registered(far, STRANGER, user=name, password="x") for name in names] == [401] * 3
    assert agent.core.refuses(STRANGER, far.clock.now)
    assert registered(far, STRANGER) == 0


def test_a_neighbours_wrong_password_is_his_own() -> None:
    agent, far = agent_with(registrar=True, rules=replace(BAN_RULES, scans=100))
    neighbour = replace(PHONE, port=9999)
    for _ in range(20):
        registered(far, neighbour, user="bob", password="forgotten")
    assert not agent.core.refuses(PHONE, far.clock.now)
    assert registered(far) == 200
    assert agent.core.admission.defence.bans.counters["failures"] == 3


def test_who_goes_on_with_a_name_that_is_banned_is_banned_as_a_whole() -> None:
    agent, far = agent_with(registrar=True)
    for _ in range(3 + BAN_RULES.scans):
        registered(far, STRANGER, password="guess")
    assert agent.core.refuses(STRANGER, far.clock.now)


def test_nobody_is_banned_for_guesses_sent_in_his_name() -> None:
    """A nonce got elsewhere, or invented, is no proof of where the guess came from."""
    agent, far = agent_with(registrar=True)
    far.send(request_text("REGISTER"), STRANGER)
    challenge = _challenges(far.response())[-1]
    for nonce in [challenge.nonce] * 4 + ["invented"] * 4:
        proof = authorization(
            replace(challenge, nonce=nonce),
            Credentials("alice", "guess"),
            method="REGISTER",
            uri="sip:a",
            cnonce="ab",
        )
        far.send(request_text("REGISTER", extra=f"Authorization: {proof}\n"), PHONE)
        assert [one.stale for one in _challenges(far.response())] == [True, True]
    assert not agent.core.refuses(PHONE, far.clock.now)
    assert agent.core.admission.defence.bans.counters["failures"] == 0


def test_a_registered_telephone_can_not_guess_at_others_for_ever() -> None:
    _, far = agent_with(registrar=True)
    assert registered(far) == 200
    for name in ("bob", "carol", "dave"):
        assert registered(far, user=name, password="guess") == 401
    assert registered(far, user="bob") == 0
    bob = "Authorization: " + authorization(
        DigestChallenge("voicegw", "n"),
        Credentials("bob", "guess"),
        method="REGISTER",
        uri="sip:a",
        cnonce="ab",
    )
    far.send(request_text("REGISTER", branch="z9hG4bKbob", extra=f"{bob}\n"), PHONE)
    assert far.sent() == []
    assert registered(far) == 200, "for itself it may still speak"


def test_who_sends_other_things_than_sip_over_connections_is_banned() -> None:
    agent, far = agent_with(registrar=True)
    stranger = Peer("tcp", STRANGER.host, 4000, 1)
    for _ in range(BAN_RULES.scans):
        assert not agent.core.refuses(stranger, far.clock.now)
        agent.core.nonsense_received(stranger, far.clock.now)
    assert agent.core.refuses(stranger, far.clock.now)
    for _ in range(BAN_RULES.scans):
        agent.core.nonsense_received(replace(THEM, transport="tcp"), far.clock.now)
    assert agent.core.admission.defence.bans.noisy_trunks(far.clock.now) == ["lab"]


def test_who_connects_again_and_again_for_nothing_is_banned() -> None:
    agent, far = agent_with()
    for peer in (replace(STRANGER, transport="tls"), replace(THEM, transport="tls")):
        for _ in range(BAN_RULES.scans):
            assert not agent.core.refuses(peer, far.clock.now)
            agent.core.came_for_nothing(peer, far.clock.now)
        assert agent.core.refuses(peer, far.clock.now) == (peer.host == STRANGER.host)


def test_a_trunk_that_sends_nonsense_is_told_of() -> None:
    agent, far = agent_with()
    bans = agent.core.admission.defence.bans
    for _ in range(BAN_RULES.scans):
        assert bans.noisy_trunks(far.clock.now) == []
        far.send(request_text("OPTIONS").replace("CSeq:1", "CSeq:x"))
    assert bans.noisy_trunks(far.clock.now) == ["lab"]
    assert bans.noisy_trunks(far.clock.now + 61) == []
    far.clock.now += 61
    far.send("nonsense\n\n")
    assert bans.noisy_trunks(far.clock.now) == []


def test_wrong_passwords_of_a_trunk_are_told_of_too() -> None:
    agent, far = agent_with(registrar=True)
    for number in range(BAN_RULES.scans):
        assert registered(far, replace(THEM, port=6000 + number), password="guess") == 401
        far.clock.now += 1
    assert agent.core.admission.defence.bans.noisy_trunks(far.clock.now) == ["lab"]
    assert not agent.core.refuses(THEM, far.clock.now)


def test_a_stranger_can_not_have_connections_opened() -> None:
    """A challenge goes by the connection that asked for it, whatever port its Via names."""
    _, far = agent_with(registrar=True)
    stranger = Peer("tcp", STRANGER.host, 4000, 1)
    far.send(request_text("REGISTER").replace("UDP h;", "TCP h:9;"), stranger)
    ((peer, answer),) = far.sent_to()
    assert isinstance(answer, Response)
    assert answer.status == 401
    assert peer == stranger
    assert not peer.can_be_connected_to


def test_a_strangers_nonsense_is_not_answered() -> None:
    agent, far = agent_with(registrar=True)
    far.send(request_text("INVITE").replace("CSeq:1", "CSeq:x"), STRANGER)
    assert far.sent() == []
    assert agent.core.counters["malformed_dropped"] == 1


def test_a_trunk_that_is_gone_may_still_cancel_what_it_had_begun() -> None:
    book = TrunkBook([Trunk("gone", "127.0.0.2", sources=(ip_network("127.0.0.0/8"),))])
    clock = Clock()
    agent = make_agent(clock, policy=SourcePolicy(book))
    far = FarEnd(agent, clock)
    far.send(invite_text(far, branch="z9hG4bKx"))
    agent.session.ring()
    far.sent()
    book.replace([])
    cancel = invite_text(far, branch="z9hG4bKx", sdp="", extra="").replace("INVITE", "CANCEL")
    far.send(cancel, STRANGER)
    assert not far.sent()
    far.send(cancel)
    assert [(one.status, one.cseq.method) for one in far.sent() if isinstance(one, Response)] == [
        (200, "CANCEL"),
        (487, "INVITE"),
    ]
    assert isinstance(agent.events[-1], SessionEnded)
    far.send(invite_text(far))
    assert not far.sent()


def test_a_ban_ends_no_call_of_a_trunk_that_is_gone() -> None:
    """A carrier goes on calling over what was configured; its address is banned, its BYE heard."""
    book = TrunkBook([Trunk("gone", "127.0.0.2", sources=(ip_network("127.0.0.0/8"),))])
    clock = Clock()
    defence = Defence(bans=Bans(BAN_RULES))
    agent = make_agent(clock, policy=SourcePolicy(book), defence=defence)
    far = FarEnd(agent, clock)
    far.send(invite_text(far))
    agent.session.answer(ANSWER)
    answer = far.response()
    far.send(in_dialog(far, "ACK", answer, 10))
    agent.core.invite(spec_for(), agent.events.append)
    invite = far.request()
    book.replace([])
    for _ in range(20):
        far.send(request_text("OPTIONS"))
    assert far.sent() == []
    assert agent.core.counters["banned_dropped"] == 10
    far.reply(invite, 486)
    assert far.request().method == "ACK"
    far.send(in_dialog(far, "BYE", answer, 11))
    assert far.response().status == 200
    assert [type(event) for event in agent.events[-2:]] == [SessionEnded, SessionEnded]
    assert agent.core.refuses(THEM, clock.now), "nobody there is talked to any more"


@pytest.mark.parametrize("method", ["CANCEL", "ACK"])
def test_a_strangers_cancel_of_nothing_leaves_nothing(method: str) -> None:
    agent, far = agent_with(registrar=True)
    far.send(request_text(method), STRANGER)
    assert far.sent() == []
    assert agent.core.is_idle
    assert agent.core.sources.counters == {method: 1}


def test_a_dialog_is_served_from_anywhere() -> None:
    agent, far = agent_with()
    far.send(invite_text(far))
    agent.session.answer(ANSWER)
    answer = far.response()
    far.send(in_dialog(far, "ACK", answer, 10), STRANGER)
    far.send(in_dialog(far, "BYE", answer, 11), STRANGER)
    assert far.response().status == 200
    assert agent.session.call_id == answer.call_id


@pytest.mark.parametrize("spelling", ["i:", "CALL-ID :\r\n ", "Call-id:\t"])
def test_a_dialog_is_recognised_in_every_spelling(spelling: str) -> None:
    agent, far = agent_with()
    far.send(invite_text(far))
    agent.session.answer(ANSWER)
    answer = far.response()
    bye = in_dialog(far, "BYE", answer, 11)
    far.send(bye.replace("Call-ID: ", spelling).replace(";tag=", " ; TAG =").encode(), STRANGER)
    assert far.response().status == 200


def test_an_answer_may_come_from_another_address() -> None:
    """A carrier's proxy may answer from another of its interfaces than it was called at."""
    agent, far = agent_with()
    target = Peer("udp", "198.51.100.1", 5060)
    session = agent.core.invite(spec_for(target), agent.user.events.append)
    ((_, invite),) = far.sent_to()
    assert isinstance(invite, Request)
    answer = far.reply(invite, 180)
    assert agent.events, answer
    moved = bytes(answer).replace(b"180 Ringing", b"183 Progress")
    agent.core.receive(moved, STRANGER, far.clock.now)
    assert len(agent.events) == 2
    session.end()


def test_one_telephone_may_not_occupy_everything() -> None:
    agent, far = agent_with(registrar=True, limits=Limits(max_transactions_per_source=5))
    assert [registered(far) for _ in range(8)] == [200] * 5 + [0] * 3
    assert agent.core.counters["source_limit_dropped"] == 3
    for number in range(20):
        text = request_text("REGISTER", branch=f"z9hG4bKn{number}")
        far.send(text.replace(" h;", f" h:{7000 + number};").replace(";rport", ""), PHONE)
    assert far.sent() == [], "wherever it wants the answers"
    far.wait(40)
    assert registered(far) == 200
    assert [registered(far, THEM) for _ in range(8)] == [200] * 8, "a trunk may"


def test_what_changes_nothing_is_answered_and_forgotten() -> None:
    """So that no flood in a trunk's name occupies what calls need."""
    agent, far = agent_with()
    for number, (method, extra, status) in enumerate(
        [
            ("OPTIONS", "", 200),
            ("OPTIONS", "Require: magic\n", 420),
            ("OPTIONS", "Max-Forwards: x\n", 400),
            ("REFER", "", 403),
            ("BYE", "", 481),
            ("CANCEL", "", 481),
            ("REGISTER", "", 405),
            ("BREW", "", 405),
        ]
    ):
        text = request_text(method, branch=f"z9hG4bK{number}", extra=extra)
        far.send(text)
        first = far.response()
        far.send(text)
        assert (first.status, bytes(far.response())) == (status, bytes(first)), method
    far.send(request_text("BYE").replace("t:<sip:alice@a>", "t:<sip:alice@a>;tag=2"))
    assert far.response().status == 481
    assert agent.core.is_idle
    assert agent.core.next_timer() is None


def test_one_telephone_may_begin_so_many_calls() -> None:
    agent, far = agent_with(registrar=True, limits=Limits(max_sessions_per_source=2))
    agent.user.on_offer = lambda session: session.ring()
    assert registered(far) == 200

    def call(number: int) -> int:
        invite = invite_text(far, cseq=number).replace("call-1", f"call-{number}")
        far.send(invite, PHONE)
        challenge = _challenges(far.response())[-1]
        proof = authorization(
            challenge,
            Credentials("alice", "secret"),
            method="INVITE",
            uri="sip:a",
            cnonce="ab",
        )
        proven = f"Authorization: {proof}\nContent-Type: application/sdp\n"
        again = invite_text(far, cseq=number + 1, extra=proven)
        far.send(again.replace("call-1", f"call-{number}"), PHONE)
        return far.response().status

    assert [call(10), call(20), call(30)] == [180, 180, 503]
    agent.user.offered[0].reject(486)
    far.sent()
    assert call(40) == 180
    for session in agent.user.offered:
        session.end()
    assert agent.core.counters["source_limit_refused"] == 1


# Overload


def test_overload_refuses_what_is_new_and_serves_what_runs() -> None:
    agent, far = agent_with()
    far.send(invite_text(far))
    agent.session.answer(ANSWER)
    answer = far.response()
    far.send(in_dialog(far, "ACK", answer, 10))
    agent.core.admission.defence.overload.is_overloaded = True
    before = len(agent.core.transactions)
    for number in range(5):
        other = invite_text(far, cseq=20).replace("call-1", f"call-{number + 2}")
        far.send(other)
        refused = far.response()
        assert refused.status == 503
        assert 1 <= (refused.retry_after or 0) <= 5
        far.send(request_text("ACK", branch=str(refused.top_via.branch)))
        assert far.sent() == []
    assert len(agent.core.transactions) == before
    assert len(agent.user.offered) == 1
    assert agent.core.counters["overload_refused"] == 5
    far.send(in_dialog(far, "INVITE", answer, 11, extra="Content-Type: application/sdp\n"))
    far.send(in_dialog(far, "BYE", answer, 12))
    assert [one.status for one in far.sent() if isinstance(one, Response)] == [100, 200, 487]
    far.send(request_text("OPTIONS"))
    assert far.response().status == 200


def test_a_flood_in_a_trunks_name_is_remembered_up_to_a_bound() -> None:
    agent, far = agent_with(registrar=True, limits=Limits(max_transactions=20))
    far.send(invite_text(far))
    for _ in range(200):
        far.send(request_text("REGISTER", branch=far.branch()))
    assert len(agent.core.transactions) == 20
    assert agent.core.counters["overload_dropped"] == 200 - 19
    far.sent()
    far.send(invite_text(far, cseq=20).replace("call-1", "call-2"))
    assert far.response().status == 503
    agent.session.answer(ANSWER)
    answer = far.response()
    assert answer.status == 200
    far.send(in_dialog(far, "ACK", answer, 10))
    far.send(in_dialog(far, "BYE", answer, 11))
    assert far.response().status == 200, "a call that runs goes on and ends as ever"


def test_an_invite_that_was_taken_before_is_not_refused_by_its_repetition() -> None:
    agent, far = agent_with()
    invite = invite_text(far)
    far.send(invite)
    agent.session.ring()
    far.sent()
    agent.core.admission.defence.overload.is_overloaded = True
    far.send(invite)
    assert far.response().status == 180


def test_under_overload_strangers_get_silence_and_no_blame() -> None:
    agent, far = agent_with(registrar=True, overloaded=True)
    for _ in range(50):
        far.send(request_text("REGISTER"), STRANGER)
    assert far.sent() == []
    assert agent.core.counters["overload_dropped"] == 50
    agent.core.admission.defence.overload.is_overloaded = False
    far.send(request_text("REGISTER"), STRANGER)
    assert far.response().status == 401


# Amplification


TINY = "z9hG4bK1"
METHODS = (
    "INVITE", "ACK", "BYE", "CANCEL", "OPTIONS", "REGISTER", "SUBSCRIBE", "NOTIFY", "MESSAGE",
    "INFO", "UPDATE", "PRACK", "REFER", "PUBLISH", "BREW",
)  # fmt: skip
BOGUS = 'Authorization: Digest username="a",realm="voicegw",nonce="x",uri="x",response="y"\n'
VARIANTS = {
    "as it is": lambda text: text,
    "with a bogus proof": lambda text: text.replace("\n\n", f"\n{BOGUS}\n"),
    "without forwards": lambda text: text.replace("\n\n", "\nMax-Forwards: 0\n\n"),
    "with an unknown extension": lambda text: text.replace("\n\n", "\nRequire: gold\n\n"),
    "of another version": lambda text: text.replace("SIP/2.0\nv", "SIP/3.0\nv"),
    "without a number": lambda text: text.replace("CSeq:1", "CSeq:x"),
    "to another scheme": lambda text: text.replace("sip:alice@a SIP", "x:y SIP"),
    "within no dialog": lambda text: text.replace("\ni:", ";tag=2\ni:"),
    "with a strange proof": lambda text: text.replace("\n\n", "\nAuthorization: Basic x\n\n"),
    "with an empty proof": lambda text: text.replace("\n\n", "\nAuthorization:\n\n"),
    "with a type": lambda text: text.replace("\n\n", "\nc:x/y\nl:1\n\nx"),
}


@pytest.mark.parametrize("registrar", [True, False])
@pytest.mark.parametrize("variant", VARIANTS)
def test_no_answer_to_a_stranger_is_worth_more_than_three_of_its_request(
    variant: str, registrar: bool
) -> None:
    """Whatever is sent with a forged address, and however long nobody acknowledges."""
    for method in METHODS:
        agent, far = agent_with(registrar=registrar, rules=BanRules(scans=10_000))
        text = VARIANTS[variant](request_text(method, branch=TINY))
        data = re.sub("\n", "\r\n", text).encode()
        far.send(data, STRANGER)
        drawn = 0
        for _ in range(2):
            drawn += sum(len(answer) for _, answer in agent.core.take_transmissions())
            far.wait(64)
        assert drawn <= MAX_AMPLIFICATION * len(data), method


def test_a_challenge_is_cut_to_what_the_request_is_worth() -> None:
    _, far = agent_with(registrar=True)
    far.send(request_text("REGISTER", user="a", branch="z9hG4bK"), STRANGER)
    short = far.response()
    assert [one.algorithm for one in _challenges(short)] == [MD5]
    far.send(request_text("REGISTER", extra="User-Agent: a telephone with a name\n" * 8), STRANGER)
    assert [one.algorithm for one in _challenges(far.response())] == list(ALGORITHMS)
    far.send(request_text("REGISTER"), Peer("tcp", STRANGER.host, 5060, 1))
    assert len(_challenges(far.response())) == 2, "a connection proves where it comes from"


def _challenges(response: Response) -> list[DigestChallenge]:
    return parse_challenges(response.headers.get_all("WWW-Authenticate"))
