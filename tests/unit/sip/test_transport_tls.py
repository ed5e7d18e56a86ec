"""TLS of the transport adapter, with certificates of an authority of the test's own."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import socket
import ssl
import subprocess
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import uvloop

from tests.parts.certificates import Authority
from tests.unit.sip.ends import LOCAL, Ends, RecordingCore, options, peer_of, until
from voicegw.errors import StartError
from voicegw.sip import connection as connection_module
from voicegw.sip import tls_acceptor as tls_acceptor_module
from voicegw.sip import transport as transport_module
from voicegw.sip.tls import TlsContexts, TlsFiles, load_contexts
from voicegw.sip.transport import SipTransport
from voicegw.sip.wire import Peer

LISTEN = "tls://127.0.0.1:0"


@pytest.fixture
async def ends() -> AsyncIterator[Ends]:
    started = Ends()
    yield started
    await started.stop()


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


def files(authority: Authority, *names: str, verify_peers: bool = False) -> TlsFiles:
    made = authority.certificate(names[0].replace(":", "-") if names else "nobody", *names)
    return TlsFiles(str(made.cert), str(made.key), str(authority.ca), verify_peers)


@pytest.fixture(scope="module")
def contexts(authority: Authority) -> TlsContexts:
    return load_contexts(files(authority, "IP:127.0.0.1", "DNS:sip.example"))


def dialled(port: int, tls_name: str = "") -> Peer:
    return Peer("tls", LOCAL, port, tls_name=tls_name)


@pytest.mark.parametrize("tls_name", ["", "sip.example"])
async def test_messages_go_both_ways_over_one_connection(
    ends: Ends, contexts: TlsContexts, tls_name: str
) -> None:
    core_a, a = await ends.start(LISTEN, tls=contexts)
    core_b, b = await ends.start(LISTEN, tls=contexts)
    core_b.on_receive = lambda data, peer: core_b.outgoing.append((peer, options("z9hG4bKback")))
    target = replace(peer_of(b, "tls"), tls_name=tls_name)
    core_a.outgoing += [(target, options("z9hG4bK1")), (target, options("z9hG4bK2"))]
    a.flush()
    await core_a.until(lambda: len(core_a.received) == 2)
    assert a.counters["connections_opened"] == b.counters["connections_accepted"] == 1
    assert a.counters["tls_sent"] == b.counters["tls_received"] == 2
    source = core_b.received[0][1]
    assert (source.transport, source.flow % 2) == ("tls", 1)
    assert core_a.failed == core_b.failed == []


def test_under_uvloop_it_is_the_same(contexts: TlsContexts) -> None:
    async def run() -> None:
        ends = Ends()
        core_a, a = await ends.start("udp://127.0.0.1:0", tls=contexts)
        core_b, b = await ends.start(LISTEN, tls=contexts)
        core_b.on_receive = lambda data, peer: core_b.outgoing.append((peer, options("z9hG4bKup")))
        core_a.outgoing.append((peer_of(b, "tls"), options()))
        a.flush()
        await core_a.until(lambda: bool(core_a.received))
        _, plain = await asyncio.open_connection(*b.local_address("tls"))
        plain.write(options())
        await until(lambda: b.counters["tls_handshakes_failed"] == 1)
        plain.close()
        await until(lambda: b.connection_count == 1)
        await ends.stop()

    uvloop.run(run())


@pytest.mark.parametrize(
    ("names", "tls_name"),
    [
        (("DNS:other.example",), ""),
        (("IP:127.0.0.1",), "sip.example"),
        (("DNS:*.example",), "sip.example"),
        (("URI:sip:other.example", "DNS:sip.example"), "sip.example"),
    ],
)
async def test_a_certificate_for_another_name_is_refused(
    ends: Ends,
    authority: Authority,
    caplog: pytest.LogCaptureFixture,
    names: tuple[str, ...],
    tls_name: str,
) -> None:
    own = load_contexts(files(authority, *names))
    core, a = await ends.start("udp://127.0.0.1:0", tls=own)
    core_b, b = await ends.start(LISTEN, tls=own)
    target = dialled(b.local_address("tls")[1], tls_name)
    core.outgoing.append((target, options()))
    a.flush()
    await core.until(lambda: bool(core.failed))
    assert core.failed == [target]
    assert core_b.received == []
    assert a.connection_count == 0
    [told] = [one for one in caplog.records if one.message == "no way to a peer"]
    assert vars(told)["why"] == "the certificate is for another name"


async def test_a_certificate_of_another_authority_is_refused(
    ends: Ends,
    contexts: TlsContexts,
    tmp_path_factory: pytest.TempPathFactory,
    caplog: pytest.LogCaptureFixture,
) -> None:
    strangers = Authority(tmp_path_factory.mktemp("strangers"))
    core, a = await ends.start("udp://127.0.0.1:0", tls=contexts)
    _, b = await ends.start(LISTEN, tls=load_contexts(files(strangers, "IP:127.0.0.1")))
    core.outgoing.append((peer_of(b, "tls"), options()))
    a.flush()
    await core.until(lambda: bool(core.failed))
    assert "local issuer certificate" in vars(caplog.records[-1])["why"]
    await until(lambda: b.connection_count == 0)
    assert [one for one in caplog.records if one.levelno >= logging.ERROR] == []


async def test_an_expired_certificate_is_refused(
    ends: Ends, authority: Authority, contexts: TlsContexts, caplog: pytest.LogCaptureFixture
) -> None:
    old = authority.certificate("expired", "IP:127.0.0.1", days=-1)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(old.cert, old.key)
    listening = await asyncio.start_server(lambda *_: None, LOCAL, 0, ssl=server)
    core, a = await ends.start("udp://127.0.0.1:0", tls=contexts)
    target = dialled(listening.sockets[0].getsockname()[1])
    core.outgoing.append((target, options()))
    a.flush()
    await core.until(lambda: bool(core.failed))
    [told] = [one for one in caplog.records if one.message == "no way to a peer"]
    assert vars(told)["why"] == "certificate has expired"
    listening.close()
    await listening.wait_closed()


@pytest.mark.parametrize("name", [".example", "a..b", "x" * 300, "caf\u00e9\u0000", "a b"])
async def test_a_name_that_is_none_is_a_failure_like_others(
    ends: Ends, contexts: TlsContexts, name: str
) -> None:
    _, b = await ends.start(LISTEN, tls=contexts)
    core, a = await ends.start("udp://127.0.0.1:0", tls=contexts)
    target = dialled(b.local_address("tls")[1], name)
    core.outgoing.append((target, options()))
    a.flush()
    await core.until(lambda: bool(core.failed))
    assert core.failed == [target]


async def test_without_tls_nothing_can_be_sent_by_it(ends: Ends) -> None:
    core, a = await ends.start("udp://127.0.0.1:0")
    core.outgoing.append((dialled(1), options()))
    a.flush()
    await core.until(lambda: bool(core.failed))


async def test_who_must_show_a_certificate(ends: Ends, authority: Authority) -> None:
    asking = load_contexts(files(authority, "IP:127.0.0.1", verify_peers=True))
    naked = load_contexts(TlsFiles(ca=str(authority.ca)))
    core_b, b = await ends.start(LISTEN, tls=asking)
    core_a, a = await ends.start("udp://127.0.0.1:0", tls=asking)
    _, c = await ends.start("udp://127.0.0.1:0", tls=naked)
    core_c = c._core
    assert isinstance(core_c, RecordingCore)
    for core, transport in ((core_a, a), (core_c, c)):
        core.outgoing.append((peer_of(b, "tls"), options()))
        transport.flush()
    await core_b.until(lambda: bool(core_b.received))
    await until(lambda: b.counters["tls_handshakes_failed"] == 1)
    assert len(core_b.received) == 1
    assert [(peer.transport, peer.host) for peer in core_b.idle] == [("tls", "127.0.0.1")]


async def test_who_speaks_no_tls_or_too_slowly_is_counted_and_closed(
    ends: Ends,
    contexts: TlsContexts,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(transport_module, "HANDSHAKE_TIMEOUT_S", 0.3)
    core, transport = await ends.start(LISTEN, tls=contexts)
    address = transport.local_address("tls")
    plain, silent, dribbles, gone = [await asyncio.open_connection(*address) for _ in range(4)]
    plain[1].write(options())
    gone[1].close()
    # The begin of a ClientHello, a byte at a time.
    with contextlib.suppress(ConnectionError):
        for byte in b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(50):
            dribbles[1].write(bytes([byte]))
            await asyncio.sleep(0.01)
    with contextlib.suppress(ConnectionError):
        assert await silent[0].read() == b""
    await until(lambda: transport.counters["tls_handshakes_failed"] == 4)
    assert transport.connection_count == 0
    assert core.received == []
    ours = [one for one in caplog.records if one.name.startswith("voicegw")]
    assert [one for one in ours if one.levelno >= logging.WARNING] == []
    for _, writer in (plain, silent, dribbles):
        writer.close()


async def test_strangers_handshakes_are_bounded(ends: Ends, contexts: TlsContexts) -> None:
    core, transport = await ends.start(LISTEN, tls=contexts, max_connections=16)
    address = transport.local_address("tls")
    strangers = [
        await asyncio.open_connection(*address, local_addr=("127.0.0.9", 0)) for _ in range(3)
    ]
    await until(lambda: transport.counters["connections_refused"] == 1)
    core_a, a = await ends.start("udp://127.0.0.1:0", tls=contexts)
    core_a.outgoing.append((peer_of(transport, "tls"), options()))
    a.flush()
    await core.until(lambda: bool(core.received))
    for _, writer in strangers:
        writer.close()


async def test_one_source_can_not_take_all_handshakes(
    ends: Ends, contexts: TlsContexts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport_module, "_LEAST_HANDSHAKES", 2)
    _, transport = await ends.start(LISTEN, tls=contexts, max_connections=64)
    address = transport.local_address("tls")
    [acceptor] = transport._acceptors
    opened = [
        await asyncio.open_connection(*address, local_addr=(host, 0))
        for host in ("127.0.0.9",) * 3 + ("127.0.0.10",)
    ]
    await until(lambda: "127.0.0.10" in acceptor.handshakes)
    assert sorted(acceptor.handshakes) == ["127.0.0.10", "127.0.0.9", "127.0.0.9"]
    assert transport.counters["connections_refused"] == 1
    for _, writer in opened:
        writer.close()


async def test_a_transport_stops_while_hands_are_shaken(ends: Ends, contexts: TlsContexts) -> None:
    _, transport = await ends.start(LISTEN, tls=contexts)
    reader, writer = await asyncio.open_connection(*transport.local_address("tls"))
    await until(lambda: len(transport._acceptors[0].handshakes) == 1)
    async with asyncio.timeout(2):
        await transport.stop()
        with contextlib.suppress(ConnectionError):
            assert await reader.read() == b""
    assert transport.connection_count == 0
    writer.close()


async def test_other_certificates_are_for_new_connections(
    ends: Ends, authority: Authority, contexts: TlsContexts
) -> None:
    core_a, a = await ends.start("udp://127.0.0.1:0", tls=contexts)
    core_b, b = await ends.start(LISTEN, tls=contexts)
    target = peer_of(b, "tls")
    named = replace(target, tls_name="new.example")
    core_a.outgoing.append((target, options("z9hG4bK1")))
    a.flush()
    await core_b.until(lambda: len(core_b.received) == 1)

    b.reload_tls(load_contexts(files(authority, "DNS:new.example")))
    core_a.outgoing += [(target, options("z9hG4bK2")), (named, options("z9hG4bK3"))]
    a.flush()
    await core_b.until(lambda: len(core_b.received) == 3)
    assert core_b.received[1][1] == core_b.received[0][1]
    assert a.counters["connections_opened"] == 2
    assert core_a.failed == []

    with pytest.raises(StartError):
        b.reload_tls(load_contexts(TlsFiles(ca=str(authority.ca))))
    core_a.outgoing.append((replace(named, fallback_port=named.port), options("z9hG4bK4")))
    a.flush()
    await core_b.until(lambda: len(core_b.received) == 4)


async def test_openssl_shakes_hands_and_is_answered(
    ends: Ends, authority: Authority, contexts: TlsContexts
) -> None:
    core, transport = await ends.start(LISTEN, tls=contexts)
    core.on_receive = lambda data, peer: core.outgoing.append((peer, options("z9hG4bKanswer")))
    address = ":".join(map(str, transport.local_address("tls")))
    command = ["openssl", "s_client", "-quiet", "-verify_return_error", "-connect", address]
    client = await asyncio.create_subprocess_exec(
        *(*command, "-CAfile", str(authority.ca), "-verify_ip", LOCAL),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert client.stdin is not None
    assert client.stdout is not None
    client.stdin.write(b"\r\n\r\n" + options())
    async with asyncio.timeout(5):
        assert await client.stdout.readexactly(2) == b"\r\n"
        assert await client.stdout.readline() == b"OPTIONS sip:a@127.0.0.1 SIP/2.0\r\n"
    client.terminate()
    await client.wait()


async def test_old_versions_are_refused(ends: Ends, contexts: TlsContexts) -> None:
    _, transport = await ends.start(LISTEN, tls=contexts)
    address = ":".join(map(str, transport.local_address("tls")))
    client = await asyncio.create_subprocess_exec(
        *("openssl", "s_client", "-connect", address, "-tls1_1", "-cipher", "ALL:@SECLEVEL=0"),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    async with asyncio.timeout(5):
        assert await client.wait() != 0
    await until(lambda: transport.counters["tls_handshakes_failed"] == 1)


async def test_a_port_that_is_taken_between_binding_and_listening_is_told(
    contexts: TlsContexts, monkeypatch: pytest.MonkeyPatch
) -> None:
    def start(_self: object) -> None:
        raise OSError(errno.EADDRINUSE, "Address already in use")

    monkeypatch.setattr(tls_acceptor_module.TlsAcceptor, "start", start)
    with pytest.raises(StartError) as caught:
        await SipTransport(RecordingCore(), tls=contexts).start([LISTEN])
    assert "in use" in caught.value.problem.what


async def test_a_tls_address_needs_a_certificate() -> None:
    with pytest.raises(StartError) as caught:
        await SipTransport(RecordingCore()).start(["udp://127.0.0.1:0", LISTEN])
    assert "certificate" in caught.value.problem.what


class Deaf(asyncio.Protocol):
    """Shakes hands, then reads nothing."""

    transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.pause_reading()


async def test_a_peer_that_does_not_read_is_cut_off(
    ends: Ends, contexts: TlsContexts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection_module, "MAX_UNSENT_BYTES", 1000)
    core, transport = await ends.start("udp://127.0.0.1:0", tls=contexts)
    loop = asyncio.get_running_loop()
    deaf = Deaf()
    server = await loop.create_server(lambda: deaf, LOCAL, 0, ssl=contexts.server)
    target = dialled(server.sockets[0].getsockname()[1])
    big = options(body=b"x" * 60000)
    core.outgoing.append((target, big))
    transport.flush()
    await until(lambda: transport.connection_count == 1)
    core.outgoing += [(target, big)] * 200
    transport.flush()
    await core.until(lambda: bool(core.failed))
    assert core.failed[0] == target
    await until(lambda: transport.connection_count == 0)
    deaf.transport.abort()
    server.close()
    await server.wait_closed()


async def test_a_banned_source_is_closed_before_its_handshake(
    ends: Ends, contexts: TlsContexts
) -> None:
    core, transport = await ends.start(LISTEN, tls=contexts)
    core.banned_hosts.add(LOCAL)
    reader, writer = await asyncio.open_connection(*transport.local_address("tls"))
    async with asyncio.timeout(5):
        with contextlib.suppress(ConnectionError):
            assert await reader.read() == b""
    assert transport.counters["connections_refused"] == 1
    assert transport.counters["tls_handshakes_failed"] == 0
    writer.close()


async def test_accepting_goes_on_after_the_descriptors_ran_out(
    ends: Ends, contexts: TlsContexts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tls_acceptor_module, "_PAUSE_S", 0.05)
    core, transport = await ends.start(LISTEN, tls=contexts)
    [acceptor] = transport._acceptors
    listening = acceptor._sock

    class Exhausted:
        """The listening socket, as long as no descriptor is left."""

        def accept(self) -> tuple[socket.socket, tuple[str, int]]:
            monkeypatch.setattr(acceptor, "_sock", listening)
            raise OSError(errno.EMFILE, "Too many open files")

        def fileno(self) -> int:
            return listening.fileno()

    monkeypatch.setattr(acceptor, "_sock", Exhausted())
    core_a, a = await ends.start("udp://127.0.0.1:0", tls=contexts)
    core_a.outgoing.append((peer_of(transport, "tls"), options()))
    a.flush()
    await core.until(lambda: bool(core.received))
