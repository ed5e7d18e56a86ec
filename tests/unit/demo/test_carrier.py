from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator

import pytest

from voicegw.demo.carrier import REALM, Carrier
from voicegw.demo.message import Address, SipText, parameter

CUSTOMER, MANAGER, HOTLINE = "13800138000", "13900139000", "+862161234567"
COLLEAGUE = "13900139012"


class Peer(asyncio.DatagramProtocol):
    """A socket that keeps what arrives."""

    def __init__(self) -> None:
        self.received: asyncio.Queue[SipText] = asyncio.Queue()
        self.transport: asyncio.DatagramTransport | None = None
        self.address: Address = ("", 0)

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self.transport = transport
        self.address = transport.get_extra_info("sockname")

    def datagram_received(self, data: bytes, addr: object) -> None:
        self.received.put_nowait(SipText.parse(data))

    def send(self, to: Address, text: str, *headers: str) -> None:
        assert self.transport is not None
        method = text.split(" ", maxsplit=1)[0]
        host, port = self.address
        lines = [
            f"{text} SIP/2.0",
            f"Via: SIP/2.0/UDP {host}:{port};branch=z9hG4bK{method}{port};rport",
            "Max-Forwards: 70",
            *headers,
            "Content-Length: 0",
        ]
        self.transport.sendto("\r\n".join([*lines, "", ""]).encode(), to)

    def itself(self) -> Peer:
        """Be the protocol that an endpoint's factory returns."""
        return self

    async def next(self) -> SipText:
        return await asyncio.wait_for(self.received.get(), 2)


class Network:
    """A carrier, two telephones and a gateway."""

    def __init__(self) -> None:
        diverted = {COLLEAGUE: MANAGER}
        self.carrier = Carrier({CUSTOMER: "pw-c", MANAGER: "pw-m"}, [HOTLINE], diverted)
        self.phone, self.other, self.gateway = Peer(), Peer(), Peer()

    async def start(self) -> None:
        await self.carrier.start()
        loop = asyncio.get_running_loop()
        for peer in (self.phone, self.other, self.gateway):
            await loop.create_datagram_endpoint(peer.itself, ("127.0.0.1", 0))
        self.carrier.gateway = self.gateway.address

    def stop(self) -> None:
        self.carrier.close()
        for peer in (self.phone, self.other, self.gateway):
            assert peer.transport is not None
            peer.transport.close()

    async def register(self, peer: Peer, number: str, password: str, expires: int = 60) -> SipText:
        headers = [
            f"From: <sip:{number}@lab>;tag=1",
            f"To: <sip:{number}@lab>",
            f"Call-ID: reg-{number}",
            "CSeq: 1 REGISTER",
            f"Contact: <sip:{number}@{peer.address[0]}:{peer.address[1]}>",
            f"Expires: {expires}",
        ]
        peer.send(self.carrier.address, "REGISTER sip:lab", *headers)
        challenge = await peer.next()
        assert challenge.status == 401
        nonce = challenge.first("www-authenticate").split('nonce="')[1].split('"')[0]
        secret = hashlib.md5(f"{number}:{REALM}:{password}".encode()).hexdigest()
        what = hashlib.md5(b"REGISTER:sip:elsewhere").hexdigest()
        proof = hashlib.md5(f"{secret}:{nonce}:{what}".encode()).hexdigest()
        digest = (
            f'Authorization: Digest username="{number}", realm="{REALM}", nonce="{nonce}", '
            f'uri="sip:elsewhere", response="{proof}"'
        )
        peer.send(self.carrier.address, "REGISTER sip:lab", *headers, digest)
        return await peer.next()


@pytest.fixture
async def network() -> AsyncIterator[Network]:
    running = Network()
    await running.start()
    yield running
    running.stop()


def dialog(number: str, *, to_tag: str = "", cseq: str = "1 INVITE") -> list[str]:
    to = f"To: <sip:{number}@lab>" + (f";tag={to_tag}" if to_tag else "")
    return ["From: <sip:caller@lab>;tag=1", to, "Call-ID: call-1", f"CSeq: {cseq}"]


async def test_a_phone_registers_with_its_password_and_leaves(network: Network) -> None:
    assert (await network.register(network.phone, CUSTOMER, "pw-c")).status == 200
    assert network.carrier.phone("+8613800138000") == network.phone.address
    assert (await network.register(network.phone, CUSTOMER, "pw-c", expires=0)).status == 200
    assert network.carrier.phone(CUSTOMER) is None


async def test_a_diverted_number_rings_at_the_others_telephone(network: Network) -> None:
    assert network.carrier.phone(COLLEAGUE) is None
    await network.register(network.phone, MANAGER, "pw-m")
    assert network.carrier.phone(COLLEAGUE) == network.phone.address
    number = f"+86{COLLEAGUE}"
    network.gateway.send(network.carrier.address, f"INVITE sip:{number}@lab", *dialog(number))
    assert (await network.gateway.next()).status == 100
    host, port = network.phone.address
    # At what it registered: telephones refuse any other (RFC 3261 §16.5).
    assert (await network.phone.next()).request_uri == f"sip:{MANAGER}@{host}:{port}"


async def test_a_wrong_password_is_challenged_again(network: Network) -> None:
    assert (await network.register(network.phone, CUSTOMER, "wrong")).status == 401
    assert network.carrier.phone(CUSTOMER) is None


async def test_an_unknown_number_can_not_register(network: Network) -> None:
    headers = ["From: <sip:1@lab>;tag=1", "To: <sip:1@lab>", "Call-ID: x", "CSeq: 1 REGISTER"]
    network.phone.send(network.carrier.address, "REGISTER sip:lab", *headers)
    assert (await network.phone.next()).status == 404


async def test_a_call_to_the_hotline_reaches_the_gateway_and_its_answer_comes_back(
    network: Network,
) -> None:
    await network.register(network.phone, CUSTOMER, "pw-c")
    network.phone.send(network.carrier.address, f"INVITE sip:{HOTLINE}@lab", *dialog(HOTLINE))
    assert (await network.phone.next()).status == 100
    invite = await network.gateway.next()
    assert invite.request_uri.startswith(f"sip:{HOTLINE}@127.0.0.1:{network.gateway.address[1]}")
    assert len(invite.all("via")) == 2
    assert invite.first("max-forwards") == "69"
    assert "+8613800138000" in invite.first("p-asserted-identity")
    assert str(network.carrier.address[1]) in invite.first("record-route")
    assert network.gateway.transport is not None
    for answer in (invite.answer(100, "Trying"), invite.answer(486, "Busy Here")):
        network.gateway.transport.sendto(bytes(answer), network.carrier.address)
    refusal = await network.phone.next()
    assert refusal.status == 486
    assert len(refusal.all("via")) == 1


async def test_a_call_from_the_gateway_reaches_the_phone_in_any_spelling(
    network: Network,
) -> None:
    await network.register(network.phone, CUSTOMER, "pw-c")
    number = "+8613800138000"
    network.gateway.send(network.carrier.address, f"INVITE sip:{number}@lab", *dialog(number))
    assert (await network.gateway.next()).status == 100
    invite = await network.phone.next()
    assert invite.method == "INVITE"
    host, port = network.phone.address
    assert invite.request_uri == f"sip:{CUSTOMER}@{host}:{port}"  # as it registered
    assert not invite.all("p-asserted-identity")


async def test_a_retransmission_and_its_ack_keep_the_branch(network: Network) -> None:
    await network.register(network.phone, CUSTOMER, "pw-c")
    branches = set()
    for _ in range(2):
        network.gateway.send(
            network.carrier.address, f"INVITE sip:{CUSTOMER}@lab", *dialog(CUSTOMER)
        )
        branches.add(parameter((await network.phone.next()).first("via"), "branch"))
    assert len(branches) == 1


async def test_requests_in_a_dialog_go_where_they_say(network: Network) -> None:
    await network.register(network.phone, CUSTOMER, "pw-c")
    host, port = network.gateway.address
    network.phone.send(
        network.carrier.address,
        f"BYE sip:any@{host}:{port}",
        f"Route: <sip:127.0.0.1:{network.carrier.address[1]};lr>",
        *dialog(HOTLINE, to_tag="2", cseq="2 BYE"),
    )
    bye = await network.gateway.next()
    assert bye.method == "BYE"
    assert bye.all("route") == []


async def test_the_ack_of_a_refusal_finds_the_one_who_refused(network: Network) -> None:
    await network.register(network.phone, CUSTOMER, "pw-c")
    host, port = network.carrier.address
    network.gateway.send(
        network.carrier.address,
        f"ACK sip:{CUSTOMER}@{host}:{port}",
        *dialog(CUSTOMER, to_tag="2", cseq="1 ACK"),
    )
    assert (await network.phone.next()).method == "ACK"


async def test_who_is_nobody_gets_nothing(network: Network) -> None:
    network.other.send(network.carrier.address, f"INVITE sip:{HOTLINE}@lab", *dialog(HOTLINE))
    assert [(await network.other.next()).status for _ in range(2)] == [100, 403]


async def test_a_number_that_nobody_has_is_not_found(network: Network) -> None:
    await network.register(network.phone, CUSTOMER, "pw-c")
    network.phone.send(network.carrier.address, f"INVITE sip:{MANAGER}@lab", *dialog(MANAGER))
    assert [(await network.phone.next()).status for _ in range(2)] == [100, 404]


async def test_a_message_that_has_gone_round_too_often_ends(network: Network) -> None:
    await network.register(network.phone, CUSTOMER, "pw-c")
    message = SipText.parse(
        f"BYE sip:x@127.0.0.1:{network.gateway.address[1]} SIP/2.0\r\nMax-Forwards: 0\r\n"
        f"Via: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKq;rport\r\nTo: <sip:x>;tag=2\r\n\r\n".encode()
    )
    assert network.phone.transport is not None
    network.phone.transport.sendto(bytes(message), network.carrier.address)
    assert (await network.phone.next()).status == 483


async def test_the_carrier_tells_that_it_is_alive(network: Network) -> None:
    network.gateway.send(
        network.carrier.address, "OPTIONS sip:127.0.0.1", *dialog("x", cseq="1 OPTIONS")
    )
    assert (await network.gateway.next()).status == 200


async def test_nonsense_and_answers_to_others_are_dropped(network: Network) -> None:
    assert network.phone.transport is not None
    for data in (b"hello", b"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 10.0.0.1;branch=x\r\n\r\n"):
        network.phone.transport.sendto(data, network.carrier.address)
    network.gateway.send(
        network.carrier.address, "OPTIONS sip:127.0.0.1", *dialog("x", cseq="1 OPTIONS")
    )
    await network.gateway.next()
    assert network.carrier.counters.dropped == 2
