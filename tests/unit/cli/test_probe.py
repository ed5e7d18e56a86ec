from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from config.values import TrunkAddress
from tests.parts.certificates import Authority
from tests.parts.ports import free_port
from voicegw.cli.probe import ProbeFailedError, probe
from voicegw.sip.tls import TlsFiles, load_contexts


class Trunk(asyncio.DatagramProtocol):
    """Answers the n-th request, or never."""

    def __init__(self, answer: bytes, after: int = 1) -> None:
        self.requests: list[bytes] = []
        self._answer = answer
        self._after = after

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self.transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.requests.append(data)
        if len(self.requests) >= self._after:
            self.transport.sendto(self._answer, addr)


async def udp_trunk(trunk: Trunk) -> TrunkAddress:
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: trunk, ("127.0.0.1", 0))
    host, port = transport.get_extra_info("sockname")
    return TrunkAddress(host, port, "udp")


@pytest.fixture
async def tcp_trunk() -> AsyncIterator[TrunkAddress]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await reader.readuntil(b"\r\n\r\n")
        assert b"Via: SIP/2.0/TCP" in request
        writer.write(b"SIP/2.0 404 Not Found\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    yield TrunkAddress(host, port, "tcp")
    server.close()
    await server.wait_closed()


async def test_any_answer_is_a_sign_of_life(tcp_trunk: TrunkAddress) -> None:
    trunk = Trunk(b"SIP/2.0 200 OK\r\n\r\n")
    assert await probe(await udp_trunk(trunk)) == 200
    assert trunk.requests[0].startswith(b"OPTIONS sip:127.0.0.1:")
    assert await probe(tcp_trunk) == 404
    trunk.transport.close()


async def test_a_lost_request_is_sent_again() -> None:
    trunk = Trunk(b"SIP/2.0 200 OK\r\n\r\n", after=2)
    assert await probe(await udp_trunk(trunk)) == 200
    assert trunk.requests[0] == trunk.requests[1]
    trunk.transport.close()


async def test_silence_is_told_with_its_time() -> None:
    trunk = Trunk(b"", after=1000)
    address = await udp_trunk(trunk)
    with pytest.raises(ProbeFailedError, match=r"no answer to OPTIONS in 0\.1 s"):
        await probe(address, timeout_s=0.1)
    trunk.transport.close()


async def test_what_answers_otherwise_is_no_trunk() -> None:
    trunk = Trunk(b"hello")
    address = await udp_trunk(trunk)
    with pytest.raises(ProbeFailedError, match="not in SIP"):
        await probe(address)
    trunk.transport.close()


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_nobody_there_is_told(transport: str) -> None:
    with pytest.raises(ProbeFailedError, match="can't be reached"):
        await probe(TrunkAddress("127.0.0.1", free_port(), transport))


@pytest.mark.parametrize(
    ("certified_for", "said"),
    [("IP:127.0.0.1", None), ("DNS:other.example", "not for 127.0.0.1"), (None, "issuer")],
)
async def test_a_trunk_by_tls_must_be_who_it_says(
    tmp_path: Path, certified_for: str | None, said: str | None
) -> None:
    authority = Authority(tmp_path / "ours")
    signs = authority if certified_for else Authority(tmp_path / "theirs")
    made = signs.certificate("trunk", certified_for or "IP:127.0.0.1")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made.cert, made.key)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if b"Via: SIP/2.0/TLS" in await reader.read(4096):
            writer.write(b"SIP/2.0 200 OK\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    address = TrunkAddress("127.0.0.1", server.sockets[0].getsockname()[1], "tls")
    tls = load_contexts(TlsFiles(ca=str(authority.ca)))
    if said is None:
        assert await probe(address, tls=tls) == 200
    else:
        with pytest.raises(ProbeFailedError, match=said):
            await probe(address, tls=tls)
    server.close()
    await server.wait_closed()
