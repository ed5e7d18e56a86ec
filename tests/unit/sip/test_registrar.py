from __future__ import annotations

import random

import pytest

from tests.unit.sip.agents import (
    ANSWER,
    THEM,
    Agent,
    Clock,
    FarEnd,
    in_dialog,
    make_agent,
    spec_for,
)
from voicegw.errors import MalformedMessageError
from voicegw.sip.digest import Credentials, authorization, parse_challenges
from voicegw.sip.message import Request, Response, parse
from voicegw.sip.registrar import MAX_CONTACTS, Challenge, Registrar
from voicegw.sip.trunk import PhoneSource
from voicegw.sip.wire import Peer

PHONE = Peer("udp", "198.51.100.7", 40000)
CONNECTION = Peer("tcp", "198.51.100.8", 40001, 5)


def make_registrar(**options: object) -> Registrar:
    values: dict[str, object] = {
        "realm": "gw",
        "passwords": {"alice": "secret", "bob": "word"},
        "rng": random.Random(5),
        "algorithms": ("SHA-256", "MD5"),
    }
    return Registrar(**(values | options))  # type: ignore[arg-type]


def register(
    registrar: Registrar,
    *contacts: str,
    user: str = "alice",
    password: str = "secret",
    expires: int | None = None,
    peer: Peer = PHONE,
    now: float = 0.0,
    call_id: str = "reg",
    cseq: int = 1,
    to_user: str | None = None,
) -> Response:
    """Register as a phone does: challenged first, then with the digest."""
    request = text_request("REGISTER", *contacts, user=to_user or user, expires=expires)
    request.headers.set("Call-ID", call_id)
    request.headers.set("CSeq", f"{cseq} REGISTER")
    refused = registrar.register(request, peer, now)
    assert refused.status == 401
    prove(request, refused, user, password)
    return registrar.register(request, peer, now)


def text_request(
    method: str, *contacts: str, user: str = "alice", expires: int | None = None
) -> Request:
    text = (
        f"{method} sip:gw SIP/2.0\r\n"
        f"Via: SIP/2.0/UDP 198.51.100.7;branch=z9hG4bK{random.getrandbits(64):x};rport\r\n"
        f"Max-Forwards: 70\r\nFrom: <sip:{user}@gw>;tag=1\r\nTo: <sip:{user}@gw>\r\n"
        f"Call-ID: reg\r\nCSeq: 1 {method}\r\n"
    )
    text += "".join(f"Contact: {contact}\r\n" for contact in contacts)
    if expires is not None:
        text += f"Expires: {expires}\r\n"
    message = parse((text + "\r\n").encode())
    assert isinstance(message, Request)
    return message


def prove(request: Request, refused: Response, user: str, password: str, *, index: int = 0) -> None:
    """Give `request` the digest that `refused` asks for; the URI is another one, as phones do."""
    challenge = parse_challenges(refused.headers.get_all("WWW-Authenticate"))[index]
    request.headers.set(
        "Authorization",
        authorization(
            challenge,
            Credentials(user, password),
            method=request.method,
            uri="sip:somewhere;transport=UDP",
            cnonce="c",
        ),
    )


def test_a_phone_registers_and_is_found() -> None:
    registrar = make_registrar()
    reply = register(registrar, "<sip:alice@192.168.1.5:5060>;q=0.5", expires=120)
    assert reply.status == 200
    assert reply.headers.get_all("Contact") == ["<sip:alice@192.168.1.5:5060>;expires=120"]
    (binding,) = registrar.lookup("alice")
    assert binding.peer == PHONE
    assert binding.contact == "sip:alice@192.168.1.5:5060"
    assert binding.aor == "sip:alice@gw"
    for spelling in ("sip:alice@gw", "alice@gw", "sips:alice@x"):
        assert registrar.lookup(spelling) == [binding]
    assert registrar.lookup("sip:") == registrar.lookup("sip:a b") == []
    assert registrar.user_at(PHONE) == "alice"


def test_both_algorithms_are_offered_and_accepted() -> None:
    registrar = make_registrar()
    for index in (0, 1):
        request = text_request("REGISTER")
        refused = registrar.register(request, PHONE, 0.0)
        prove(request, refused, "alice", "secret", index=index)
        assert registrar.register(request, PHONE, 0.0).status == 200


def test_md5_alone_is_offered_unless_told_otherwise() -> None:
    registrar = Registrar(realm="gw", passwords={})
    refused = registrar.register(text_request("REGISTER"), PHONE, 0.0)
    (challenge,) = refused.headers.get_all("WWW-Authenticate")
    assert "algorithm=MD5" in challenge


@pytest.mark.parametrize(("user", "password"), [("alice", "wrong"), ("mallory", "secret")])
def test_a_wrong_password_is_challenged_again(user: str, password: str) -> None:
    registrar = make_registrar()
    reply = register(registrar, "<sip:a@h>", user=user, password=password)
    assert reply.status == 401
    assert "stale" not in (reply.header("WWW-Authenticate") or "")
    assert len(registrar) == 0


def test_an_old_nonce_is_called_stale() -> None:
    registrar = make_registrar()
    request = text_request("REGISTER", "<sip:a@h>")
    prove(request, registrar.register(request, PHONE, 0.0), "alice", "secret")
    late = registrar.register(request, PHONE, 1000.0)
    assert late.status == 401
    assert (late.header("WWW-Authenticate") or "").endswith("stale=true")


def test_unreadable_proof_is_no_proof() -> None:
    registrar = make_registrar()
    request = text_request("REGISTER", "<sip:a@h>")
    request.headers.set("Authorization", "Basic x")
    assert registrar.register(request, PHONE, 0.0).status == 401


def test_nobody_registers_for_another() -> None:
    assert register(make_registrar(), "<sip:a@h>", to_user="bob").status == 403


def test_a_query_lists_and_a_removal_removes() -> None:
    registrar = make_registrar()
    register(registrar, "<sip:a@h1>", "<sip:a@h2>;q=0.9")
    reply = register(registrar, cseq=2)
    assert [c.uri.host for c in reply.contacts] == ["h1", "h2"]
    register(registrar, "<sip:a@h1>;expires=0", cseq=3)
    assert [b.contact for b in registrar.lookup("alice")] == ["sip:a@h2"]
    assert register(registrar, "*", expires=0, cseq=4).status == 200
    assert len(registrar) == 0
    assert registrar.user_at(PHONE) is None
    assert registrar.next_timer() is None


@pytest.mark.parametrize("expires", [None, 60])
def test_the_star_needs_expires_zero(expires: int | None) -> None:
    registrar = make_registrar()
    register(registrar, "<sip:a@h>")
    assert register(registrar, "*", expires=expires, cseq=2).status == 400
    assert len(registrar) == 1


def test_the_star_comes_alone() -> None:
    assert register(make_registrar(), "*", "<sip:a@h>", expires=0).status == 400


def test_bindings_expire_on_time() -> None:
    registrar = make_registrar(max_expires_s=300)
    register(registrar, "<sip:a@h1>;expires=9999", "<sip:a@h2>;expires=60", now=10.0)
    assert registrar.next_timer() == 70.0
    registrar.handle_timer(69.9)
    assert len(registrar) == 2
    registrar.handle_timer(70.0)
    assert [b.contact for b in registrar.lookup("alice")] == ["sip:a@h1"]
    registrar.handle_timer(310.0)
    assert len(registrar) == 0
    assert registrar.user_at(PHONE) is None


def test_a_refresh_replaces_and_moves() -> None:
    registrar = make_registrar()
    moved = Peer("udp", "198.51.100.7", 40002)
    register(registrar, '<sip:a@h1>;+sip.instance="<urn:1>"')
    register(registrar, '<sip:a@h2>;+sip.instance="<urn:1>"', peer=moved, cseq=2)
    (binding,) = registrar.lookup("alice")
    assert (binding.contact, binding.peer) == ("sip:a@h2", moved)
    assert registrar.user_at(PHONE) is None
    assert registrar.user_at(moved) == "alice"


def test_a_short_life_is_refused() -> None:
    reply = register(make_registrar(), "<sip:a@h>;expires=30")
    assert reply.status == 423
    assert reply.header("Min-Expires") == "60"


@pytest.mark.parametrize("contact", ["<sip:a@h>", "*"])
def test_an_overtaken_register_changes_nothing(contact: str) -> None:
    registrar = make_registrar()
    register(registrar, "<sip:a@h>", cseq=5)
    expires = 0 if contact == "*" else None
    assert register(registrar, contact, cseq=5, expires=expires).status == 500
    assert register(registrar, contact, cseq=4, expires=expires, call_id="other").status == 200


def test_contacts_are_bounded() -> None:
    registrar = make_registrar()
    for number in range(MAX_CONTACTS + 2):
        register(registrar, f"<sip:a@h{number}>", cseq=number + 1, now=float(number))
    contacts = [b.contact for b in registrar.lookup("alice")]
    assert len(contacts) == MAX_CONTACTS
    assert contacts[0] == f"sip:a@h{MAX_CONTACTS + 1}"
    assert "sip:a@h0" not in contacts


@pytest.mark.parametrize("q", ["", ";q=nonsense", ";q=7", ";expires=soon"])
def test_odd_parameters_have_their_defaults(q: str) -> None:
    registrar = make_registrar()
    assert register(registrar, f"<sip:a@h>{q}").status == 200
    assert registrar.lookup("alice")[0].q == 1.0
    assert registrar.next_timer() == 3600.0


def test_a_lost_connection_loses_its_bindings() -> None:
    registrar = make_registrar()
    register(registrar, "<sip:a@h1>", peer=CONNECTION)
    register(registrar, "<sip:a@h2>", cseq=2)
    registrar.transport_failed(PHONE)
    assert len(registrar) == 2
    registrar.transport_failed(CONNECTION)
    assert [b.contact for b in registrar.lookup("alice")] == ["sip:a@h2"]
    registrar.transport_failed(CONNECTION)


def test_a_bound_peer_is_believed_for_its_own_user_only() -> None:
    registrar = make_registrar(trust_bound_peer=True)
    register(registrar, "<sip:a@h>")
    assert registrar.authenticate(text_request("INVITE"), 1.0, PHONE) == "alice"
    other = registrar.authenticate(text_request("INVITE", user="bob"), 1.0, PHONE)
    assert isinstance(other, Challenge)
    elsewhere = registrar.authenticate(text_request("INVITE"), 1.0, THEM)
    assert isinstance(elsewhere, Challenge)
    strict = make_registrar()
    register(strict, "<sip:a@h>")
    assert isinstance(strict.authenticate(text_request("INVITE"), 1.0, PHONE), Challenge)


def test_whoever_guesses_is_told_of_and_so_is_whoever_is_right() -> None:
    wrong: list[tuple[Peer, str]] = []
    right: list[Peer] = []
    registrar = make_registrar(
        on_failure=lambda peer, name: wrong.append((peer, name)), on_success=right.append
    )
    register(registrar, "<sip:a@h>", password="guess")
    register(registrar, "<sip:a@h>", user="mallory", peer=THEM)
    guesses = [(PHONE, "alice"), (THEM, "mallory")]
    assert (wrong, right) == (guesses, [])
    register(registrar, "<sip:a@h>", cseq=2)
    assert (wrong, right) == (guesses, [PHONE])
    assert registrar.counters == {
        "wrong_password": 1,
        "unknown_user": 1,
        "accepted": 1,
        "registered": 1,
    }


def test_guesses_at_one_user_from_many_sources_add_up() -> None:
    registrar = make_registrar()
    assert registrar.most_guesses == 0
    for number in range(5):
        source = Peer("udp", f"203.0.113.{number}", 5060)
        register(registrar, "<sip:a@h>", password="guess", peer=source)
    register(registrar, "<sip:b@h>", user="bob", password="guess")
    for name in ("mallory", "trudy"):
        register(registrar, "<sip:a@h>", user=name, peer=THEM)
    assert registrar.most_guesses == 5
    register(registrar, "<sip:a@h>", cseq=2)
    assert registrar.most_guesses == 1


def test_a_guess_by_invite_is_told_of() -> None:
    wrong: list[tuple[Peer, str]] = []
    registrar = make_registrar(on_failure=lambda peer, name: wrong.append((peer, name)))
    invite = text_request("INVITE")
    refused = registrar.register(text_request("REGISTER"), PHONE, 0.0)
    prove(invite, refused, "alice", "guess")
    assert isinstance(registrar.authenticate(invite, 1.0, PHONE), Challenge)
    assert wrong == [(PHONE, "alice")]


@pytest.mark.parametrize("seconds", [1000.0, 1.0])
def test_a_stale_or_replayed_proof_is_no_guess(seconds: float) -> None:
    wrong: list[tuple[Peer, str]] = []
    registrar = make_registrar(on_failure=lambda peer, name: wrong.append((peer, name)))
    request = text_request("REGISTER")
    prove(request, registrar.register(request, PHONE, 0.0), "alice", "secret")
    registrar.register(request, PHONE, 0.5)
    again = registrar.register(request, PHONE, seconds)
    assert "stale=true" in (again.header("WWW-Authenticate") or "")
    assert wrong == []


def test_an_answer_to_another_registrars_challenge_is_no_guess() -> None:
    """A phone that moved here may still send what another registrar had asked for."""
    wrong: list[tuple[Peer, str]] = []
    registrar = make_registrar(on_failure=lambda peer, name: wrong.append((peer, name)))
    request = text_request("REGISTER")
    refused = registrar.register(request, PHONE, 0.0)
    refused.headers.set("WWW-Authenticate", 'Digest realm="elsewhere", nonce="n", qop="auth"')
    prove(request, refused, "alice", "secret")
    assert registrar.register(request, PHONE, 0.0).status == 401
    assert wrong == []


def test_of_many_answers_only_a_few_are_looked_at() -> None:
    wrong: list[tuple[Peer, str]] = []
    registrar = make_registrar(on_failure=lambda peer, name: wrong.append((peer, name)))
    request = text_request("REGISTER")
    prove(request, registrar.register(request, PHONE, 0.0), "alice", "guess")
    value = request.header("Authorization") or ""
    for _ in range(100):
        request.headers.add("Authorization", value)
    registrar.register(request, PHONE, 0.0)
    assert len(wrong) == 4


def test_an_unknown_user_leaves_no_nonce_behind() -> None:
    """Nobody may fill the memory of nonces with names that don't exist."""
    registrar = make_registrar()
    request = text_request("REGISTER")
    refused = registrar.register(request, PHONE, 0.0)
    for password in ("", "\0", "secret"):
        prove(request, refused, "nobody", password)
        assert registrar.register(request, PHONE, 0.0).status == 401
    assert len(registrar._verifier) == 0


# Proxies on the way to a phone, and its own name.


def path_request(*paths: str) -> Request:
    request = text_request("REGISTER", "<sip:a@10.0.0.5>")
    for path in paths:
        request.headers.add("Path", path)
    return request


def test_the_path_is_kept_and_confirmed() -> None:
    registrar = make_registrar()
    request = path_request(
        "<sip:p2.example;lr>, <sip:p1.example;lr;ob>", '"a, b" <sip:p0.example>;x=1'
    )
    prove(request, registrar.register(request, PHONE, 0.0), "alice", "secret")
    reply = registrar.register(request, PHONE, 0.0)
    assert reply.headers.get_all("Path") == request.headers.get_all("Path")
    assert reply.header("Supported") == "path"
    assert reply.header("Require") is None
    assert registrar.lookup("alice")[0].path == (
        "<sip:p2.example;lr>",
        "<sip:p1.example;lr;ob>",
        "<sip:p0.example>;x=1",
    )


@pytest.mark.parametrize(
    "paths",
    [
        ["<tel:+861>"],
        ["nonsense <"],
        ["<sip:p;lr>"] * 9,
        [f"<sip:{'p' * 3000};lr>"],
    ],
)
def test_a_path_that_leads_nowhere_is_refused(paths: list[str]) -> None:
    registrar = make_registrar()
    request = path_request(*paths)
    prove(request, registrar.register(request, PHONE, 0.0), "alice", "secret")
    with pytest.raises(MalformedMessageError):
        registrar.register(request, PHONE, 0.0)
    assert len(registrar) == 0


def test_one_phone_by_two_flows_is_rung_once() -> None:
    """`reg-id` makes no second phone (RFC 5626 §6): the flow that registered last is used."""
    registrar = make_registrar()
    for number, peer in ((1, PHONE), (2, THEM)):
        contact = f'<sip:a@h{number}>;+sip.instance="<urn:uuid:1>";reg-id={number}'
        reply = register(registrar, contact, peer=peer, cseq=number)
    (binding,) = registrar.lookup("alice")
    assert binding.peer == THEM
    assert '+sip.instance="<urn:uuid:1>"' in (reply.header("Contact") or "")
    assert "outbound" not in (reply.header("Supported") or "")


def test_a_name_of_excessive_length_is_no_name() -> None:
    registrar = make_registrar()
    for number in (1, 2):
        register(registrar, f'<sip:a@h{number}>;+sip.instance="{"x" * 300}"', cseq=number)
    assert len(registrar) == 2
    assert {binding.instance for binding in registrar.lookup("alice")} == {""}


# Phones and the user agent together.


def agent_with_registrar(**options: object) -> tuple[Agent, FarEnd, Registrar]:
    clock = Clock()
    registrar = make_registrar(**options)
    agent = make_agent(clock, registrar=registrar)
    return agent, FarEnd(agent, clock, PHONE), registrar


def phone_invite(user: str = "alice", call_id: str = "p1") -> Request:
    invite = text_request("INVITE", "<sip:alice@192.168.1.5>", user=user)
    invite.headers.set("Call-ID", call_id)
    invite.headers.set("Content-Type", "application/sdp")
    invite.body = b"v=0\r\n"
    return invite


def test_registering_and_calling_over_the_user_agent() -> None:
    agent, far, registrar = agent_with_registrar()
    request = text_request("REGISTER", "<sip:alice@192.168.1.5:5066>")
    far.send(request)
    prove(request, far.response(), "alice", "secret")
    request.headers.set("Via", "SIP/2.0/UDP 198.51.100.7;branch=z9hG4bKsecond;rport")
    request.headers.set("CSeq", "2 REGISTER")
    far.send(request)
    assert far.response().status == 200
    (binding,) = registrar.lookup("alice")

    agent.core.invite(
        spec_for(binding.peer, request_uri=binding.contact, same_flow=True), agent.events.append
    )
    ((peer, invite),) = far.sent_to()
    assert peer == PHONE
    assert isinstance(invite, Request)
    assert str(invite.uri) == "sip:alice@192.168.1.5:5066"
    far.reply(invite, 200, sdp=ANSWER, contact="<sip:alice@192.168.1.5:5066>")
    ((peer, ack),) = far.sent_to()
    assert (peer, str(ack.uri)) == (PHONE, "sip:alice@192.168.1.5:5066")  # type: ignore[union-attr]


def test_a_registered_phone_calls_from_its_binding() -> None:
    agent, far, registrar = agent_with_registrar(trust_bound_peer=True)
    register(registrar, "<sip:alice@192.168.1.5>", now=far.clock.now)
    far.send(phone_invite())
    session = agent.session
    assert session.source == PhoneSource("alice")
    session.answer(ANSWER)
    answer = far.response()
    moved = Peer("udp", "198.51.100.7", 40009)
    far.send(in_dialog(far, "ACK", answer, 1))
    far.send(in_dialog(far, "OPTIONS", answer, 2), moved)
    far.sent()
    session.end()
    ((peer, bye),) = far.sent_to()
    assert peer == moved
    assert str(bye.uri) == "sip:alice@192.168.1.5"  # type: ignore[union-attr]


def test_the_place_of_registration_proves_no_invite() -> None:
    """Addresses of UDP can be forged; OPTIONS, and what belongs to a call, are let in."""
    agent, far, registrar = agent_with_registrar()
    register(registrar, "<sip:alice@192.168.1.5>", now=far.clock.now)
    invite = phone_invite()
    far.send(invite)
    refused = far.response()
    assert refused.status == 401
    assert agent.user.offered == []
    far.send(text_request("OPTIONS"))
    assert far.response().status == 200
    prove(invite, refused, "alice", "secret")
    invite.headers.set("Via", "SIP/2.0/UDP 198.51.100.7;branch=z9hG4bKsecond;rport")
    invite.headers.set("CSeq", "2 INVITE")
    far.send(invite)
    assert agent.session.source == PhoneSource("alice")
    agent.session.answer(ANSWER)
    answer = far.response()
    far.send(in_dialog(far, "ACK", answer, 2))
    far.send(in_dialog(far, "BYE", answer, 3))
    assert far.response().status == 200


@pytest.mark.parametrize("expires", [300, 0])
@pytest.mark.parametrize("when", ["ringing", "talking"])
def test_registering_in_mid_call_changes_nothing_in_it(when: str, expires: int) -> None:
    """A refresh, or a farewell, from another port leaves the call where it began."""
    agent, far, registrar = agent_with_registrar()
    contact = "<sip:alice@192.168.1.5:5066>"
    register(registrar, contact, now=far.clock.now)
    (binding,) = registrar.lookup("alice")
    spec = spec_for(binding.peer, request_uri=binding.contact, same_flow=True)
    session = agent.core.invite(spec, agent.events.append)
    ((_, invite),) = far.sent_to()
    assert isinstance(invite, Request)
    far.reply(invite, 180)
    if when == "talking":
        far.reply(invite, 200, sdp=ANSWER, contact=contact)
        far.sent()
    before = list(agent.events)
    elsewhere = Peer("udp", PHONE.host, 40009)
    register(registrar, contact, peer=elsewhere, expires=expires, cseq=2, now=far.clock.now)
    assert [one.peer for one in registrar.lookup("alice")] == ([elsewhere] if expires else [])
    assert agent.events == before
    if when == "ringing":
        far.reply(invite, 200, sdp=ANSWER, contact=contact)
        assert [peer for peer, _ in far.sent_to()] == [PHONE]
    session.end()
    ((peer, bye),) = far.sent_to()
    assert isinstance(bye, Request)
    assert (peer, bye.method, str(bye.uri)) == (PHONE, "BYE", "sip:alice@192.168.1.5:5066")


def test_a_phone_may_require_path_of_us_and_no_more() -> None:
    agent, far, _ = agent_with_registrar()
    for extension, status in (("path", 200), ("gruu", 420)):
        request = text_request("REGISTER")
        far.send(request)
        prove(request, far.response(), "alice", "secret")
        request.headers.set("Via", f"SIP/2.0/UDP 198.51.100.7;branch=z9hG4bK{extension};rport")
        request.headers.add("Require", extension)
        far.send(request)
        assert far.response().status == status
    assert agent.core.registrar is not None


def test_a_stranger_is_challenged_and_may_prove_himself() -> None:
    agent, far, _ = agent_with_registrar()
    invite = phone_invite()
    far.send(invite)
    refused = far.response()
    assert refused.status == 401
    assert agent.user.offered == []
    far.send(text_request("ACK"))
    prove(invite, refused, "alice", "secret")
    invite.headers.set("Via", "SIP/2.0/UDP 198.51.100.7;branch=z9hG4bKsecond;rport")
    invite.headers.set("CSeq", "2 INVITE")
    far.send(invite)
    assert agent.session.source == PhoneSource("alice")


def test_a_challenge_is_sent_once_and_leaves_nothing() -> None:
    """A 100, and a 401 repeated for want of an ACK, would be a gift to whoever forges addresses."""
    agent, far, _ = agent_with_registrar()
    for request in (phone_invite(), text_request("REGISTER", "<sip:alice@192.168.1.5>")):
        for _ in range(2):
            far.send(request)
            ((peer, refused),) = far.sent_to()
            assert peer == PHONE
            assert isinstance(refused, Response)
            assert refused.status == 401
            assert refused.to.tag
            assert refused.top_via.parameters["received"] == PHONE.host
            assert refused.top_via.parameters["rport"] == str(PHONE.port)
    assert agent.core.is_idle
    far.wait(40)
    assert far.sent() == []
    assert agent.core.counters["challenges"] == 4


def test_a_wrong_proof_is_challenged_without_a_transaction_too() -> None:
    agent, far, _ = agent_with_registrar()
    invite = phone_invite()
    far.send(invite)
    prove(invite, far.response(), "alice", "guessed")
    far.send(invite)
    assert [one.status for one in far.sent() if isinstance(one, Response)] == [401]
    assert agent.core.is_idle


def test_a_proven_invite_that_comes_again_is_a_retransmission() -> None:
    """Its proof, good for one use, must not be asked for a second time."""
    agent, far, _ = agent_with_registrar()
    invite = phone_invite()
    far.send(invite)
    prove(invite, far.response(), "alice", "secret")
    far.send(invite)
    agent.session.ring()
    far.sent()
    far.send(invite)
    assert far.response().status == 180
    assert len(agent.user.offered) == 1


def test_a_strangers_options_get_silence_though_phones_may_register() -> None:
    agent, far, _ = agent_with_registrar()
    far.send(text_request("OPTIONS"))
    far.send(text_request("BYE"))
    assert far.sent() == []
    assert agent.core.sources.counters == {"OPTIONS": 1, "BYE": 1}


def test_a_bad_contact_is_refused() -> None:
    _, far, _ = agent_with_registrar()
    request = text_request("REGISTER", "<tel:+861>")
    far.send(request)
    prove(request, far.response(), "alice", "secret")
    request.headers.set("Via", "SIP/2.0/UDP 198.51.100.7;branch=z9hG4bKsecond;rport")
    request.headers.set("CSeq", "2 REGISTER")
    far.send(request)
    assert far.response().status == 400


def test_bindings_expire_and_vanish_through_the_core() -> None:
    agent, far, registrar = agent_with_registrar()
    register(registrar, "<sip:a@h>;expires=60", now=far.clock.now)
    assert agent.core.next_timer() == far.clock.now + 60
    far.send(text_request("OPTIONS"))
    assert far.response().status == 200
    far.wait(61)
    assert len(registrar) == 0
    register(registrar, "<sip:a@h>", peer=CONNECTION, now=far.clock.now, cseq=9)
    assert agent.core.is_registered_at(CONNECTION)
    agent.core.transport_failed(CONNECTION, far.clock.now)
    assert not agent.core.is_registered_at(CONNECTION)
    assert len(registrar) == 0
