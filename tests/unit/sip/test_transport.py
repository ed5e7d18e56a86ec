"""The transport adapter over real sockets on the loopback interface."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import time
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import uvloop

from tests.unit.sip.ends import LOCAL, Ends, RecordingCore, options, peer_of, until
from voicegw.errors import NotFoundError, StartError
from voicegw.sip import connection as connection_module
from voicegw.sip import transport as transport_module
from voicegw.sip.message import parse
from voicegw.sip.transport import SipTransport
from voicegw.sip.wire import Peer, TransportName


@pytest.fixture
async def ends() -> AsyncIterator[Ends]:
    started = Ends()
    yield started
    await started.stop()


async def test_datagrams_go_both_ways_over_the_socket_they_came_by(ends: Ends) -> None:
    core_a, a = await ends.start("udp://127.0.0.1:0")
    core_b, b = await ends.start("udp://127.0.0.1:0", "udp://127.0.0.1:0")
    second_port = list(b._listeners)[1].port
    core_b.on_receive = lambda data, peer: core_b.outgoing.append((peer, b"answer" + data[:7]))

    core_a.outgoing.append((Peer("udp", LOCAL, second_port), options()))
    a.flush()
    await core_a.until(lambda: bool(core_a.received))

    data, source = core_b.received[0]
    assert data == options()
    assert source == Peer("udp", *a.local_address("udp"), flow=2)
    assert core_a.received == [(b"answerOPTIONS", Peer("udp", LOCAL, second_port, 1))]
    assert a.counters["udp_sent"] == 1
    assert b.counters["udp_received"] == 1


async def test_both_families_are_served_on_one_port(ends: Ends) -> None:
    port, core_b = await _on_one_port(ends)
    core_b.on_receive = lambda data, peer: core_b.outgoing.append((peer, options("z9hG4bKback")))
    core_c, c = await ends.start("udp://127.0.0.1:0", "udp://[::1]:0")
    targets = [Peer("tcp", "::ffff:127.0.0.1", port), Peer("tcp", "::1", port)]
    targets.append(Peer("udp", "0:0:0:0:0:0:0:1", port))
    core_c.outgoing += [(target, options()) for target in targets]
    c.flush()
    await core_c.until(lambda: len(core_c.received) == 3)
    assert {(peer.transport, peer.host) for _, peer in core_b.received} == {
        ("tcp", "127.0.0.1"),
        ("tcp", "::1"),
        ("udp", "::1"),
    }
    assert core_c.failed == []


async def _on_one_port(ends: Ends) -> tuple[int, RecordingCore]:
    """Return a port that UDP of IPv4 has, and the core that has the rest of it.

    Which port is free for all three is known only by trying: others take ports meanwhile.
    """
    for _ in range(50):
        _, transport = await ends.start("udp://127.0.0.1:0")
        port = transport.local_address("udp")[1]
        with contextlib.suppress(StartError):
            core, _ = await ends.start(
                f"tcp://127.0.0.1:{port}", f"tcp://[::1]:{port}", f"udp://[::1]:{port}"
            )
            return port, core
    raise AssertionError("no port is free")


async def test_datagram_keep_alives_are_not_messages(ends: Ends) -> None:
    core, transport = await ends.start("udp://127.0.0.1:0")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as phone:
        for data in (b"\r\n\r\n", b"\0", b"", options()):
            phone.sendto(data, transport.local_address("udp"))
        await core.until(lambda: bool(core.received))
    assert [data for data, _ in core.received] == [options()]
    assert transport.counters["keep_alives"] == 3


async def test_the_ping_of_a_known_telephone_is_answered(ends: Ends) -> None:
    core, transport = await ends.start("udp://127.0.0.1:0")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as phone:
        phone.bind((LOCAL, 0))
        phone.setblocking(False)
        for data in (b"\r\n", b"\0\0\0\0", b"\r\n\r\n", options()):
            phone.sendto(data, transport.local_address("udp"))
        await core.until(lambda: bool(core.received))
        assert phone.recv(100) == b"\r\n"
        with pytest.raises(BlockingIOError):
            phone.recv(100)


async def test_a_strangers_ping_is_not_answered(ends: Ends) -> None:
    core, transport = await ends.start("udp://127.0.0.1:0")
    core.known_hosts.clear()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.bind((LOCAL, 0))
        stranger.setblocking(False)
        for data in (b"\r\n\r\n", options()):
            stranger.sendto(data, transport.local_address("udp"))
        await core.until(lambda: bool(core.received))
        with pytest.raises(BlockingIOError):
            stranger.recv(100)


async def test_the_timer_of_the_core_is_served(ends: Ends) -> None:
    core, transport = await ends.start("udp://127.0.0.1:0")
    loop = asyncio.get_running_loop()
    late, early = loop.time() + 60, loop.time() + 0.02
    core.due = late
    transport.flush()
    core.due = early
    transport.flush()
    await core.until(lambda: bool(core.fired))
    assert early <= core.fired[0] < early + 1


async def test_a_timer_that_was_put_off_is_not_served_early(ends: Ends) -> None:
    core, transport = await ends.start("udp://127.0.0.1:0")
    loop = asyncio.get_running_loop()
    core.due = loop.time() + 0.01
    transport.flush()
    put_off = core.due = loop.time() + 0.05
    transport.flush()
    await core.until(lambda: bool(core.fired))
    assert core.fired[0] >= put_off


async def test_a_connection_is_opened_once_and_used_both_ways(ends: Ends) -> None:
    core_a, a = await ends.start("tcp://127.0.0.1:0")
    core_b, b = await ends.start("tcp://127.0.0.1:0")
    core_b.on_receive = lambda data, peer: core_b.outgoing.append((peer, options("z9hG4bKback")))
    target = peer_of(b, "tcp")

    core_a.outgoing += [(target, options("z9hG4bK1")), (target, options("z9hG4bK2"))]
    a.flush()
    await core_a.until(lambda: len(core_a.received) == 2)
    core_a.outgoing.append((target, options("z9hG4bK3")))
    a.flush()
    await core_a.until(lambda: len(core_a.received) == 3)

    assert [parse(data).top_via.branch for data, _ in core_b.received] == [
        "z9hG4bK1",
        "z9hG4bK2",
        "z9hG4bK3",
    ]
    assert a.counters["connections_opened"] == 1
    assert b.counters["connections_accepted"] == 1
    flows = {peer.flow for _, peer in core_a.received}
    assert all(flow % 2 == 0 and flow > 0 for flow in flows)
    assert len(flows) == 1
    assert core_b.received[0][1].flow % 2 == 1
    assert core_a.failed == core_b.failed == []


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_messages_leave_in_the_order_in_which_they_were_made(
    ends: Ends, transport: TransportName
) -> None:
    core_a, a = await ends.start(f"{transport}://127.0.0.1:0")
    core_b, b = await ends.start(f"{transport}://127.0.0.1:0")
    target = peer_of(b, transport)
    branches = [f"z9hG4bK{number}" for number in range(60)]
    for position, branch in enumerate(branches):
        core_a.outgoing.append((target, options(branch)))
        if position % 7 == 0:
            a.flush()
        if position == 30:
            await core_b.until(lambda: bool(core_b.received))
    a.flush()
    await core_b.until(lambda: len(core_b.received) == len(branches))
    assert [parse(data).top_via.branch for data, _ in core_b.received] == branches


async def test_a_stream_in_single_bytes_and_pings(ends: Ends) -> None:
    core, transport = await ends.start("tcp://127.0.0.1:0")
    reader, writer = await asyncio.open_connection(*transport.local_address("tcp"))
    stream = b"\r\n\r\n\r\n" + options(body=b"one") + b"\r\n\r\n" + options("z9hG4bKz")
    for position in range(len(stream)):
        writer.write(stream[position : position + 1])
        if position % 50 == 0:
            await writer.drain()
    await core.until(lambda: len(core.received) == 2)
    assert [data for data, _ in core.received] == [options(body=b"one"), options("z9hG4bKz")]
    assert await reader.readexactly(4) == b"\r\n\r\n"
    assert transport.counters["keep_alives"] == 2
    writer.close()
    await writer.wait_closed()


async def test_a_stream_without_sense_is_closed_after_what_made_sense(ends: Ends) -> None:
    core, transport = await ends.start("tcp://127.0.0.1:0")
    reader, writer = await asyncio.open_connection(*transport.local_address("tcp"))
    writer.write(options() + options().replace(b"Content-Length: 0", b"Content-Length: many"))
    assert await reader.read() == b""
    assert len(core.received) == 1
    assert transport.counters["framing_errors"] == 1
    assert [peer.host for peer in core.senseless] == [LOCAL]
    assert transport.connection_count == 0
    writer.close()
    await writer.wait_closed()


async def test_a_silent_connection_is_closed_and_a_busy_one_kept(ends: Ends) -> None:
    _, transport = await ends.start("tcp://127.0.0.1:0", idle_close_s=0.3)
    address = transport.local_address("tcp")
    silent, silent_writer = await asyncio.open_connection(*address)
    _, busy_writer = await asyncio.open_connection(*address)
    async with asyncio.timeout(5):
        closed = asyncio.ensure_future(silent.read())
        while not closed.done():
            busy_writer.write(b"\r\n\r\n")
            await asyncio.sleep(0.05)
    assert closed.result() == b""
    assert transport.connection_count == 1
    for writer in (silent_writer, busy_writer):
        writer.close()
        await writer.wait_closed()


async def test_the_way_to_a_telephone_is_kept_until_it_is_registered_no_more(ends: Ends) -> None:
    core, transport = await ends.start("tcp://127.0.0.1:0", idle_close_s=0.1)
    reader, writer = await asyncio.open_connection(*transport.local_address("tcp"))
    host, port = writer.get_extra_info("sockname")
    core.phones.add(Peer("tcp", host, port, 1))
    await asyncio.sleep(0.35)
    assert transport.connection_count == 1
    core.phones.clear()
    async with asyncio.timeout(5):
        assert await reader.read() == b""
    writer.close()
    await writer.wait_closed()


async def test_a_refused_connection_fails_every_message_that_waited(ends: Ends) -> None:
    core, transport = await ends.start("udp://127.0.0.1:0")
    with socket.socket() as unused:
        unused.bind((LOCAL, 0))
        target = Peer("tcp", *unused.getsockname())
        core.outgoing += [(target, options()), (target, options("z9hG4bKb"))]
        transport.flush()
        await core.until(lambda: bool(core.failed))
    assert core.failed == [target]
    assert transport.counters["send_failed"] == 2


async def test_a_lost_connection_is_told_to_all_who_used_it(ends: Ends) -> None:
    core_a, a = await ends.start("tcp://127.0.0.1:0")
    core_b, b = await ends.start("tcp://127.0.0.1:0")
    target = peer_of(b, "tcp")
    core_a.outgoing.append((target, options()))
    a.flush()
    await core_b.until(lambda: bool(core_b.received))
    await b.stop()
    await core_a.until(lambda: bool(core_a.lost))
    [far_end, addressee] = core_a.lost
    assert addressee == target
    assert (far_end.port, far_end.flow) == (target.port, 2)
    assert core_a.failed == []
    assert a.connection_count == 0


async def test_a_flow_opened_here_is_opened_again_but_not_one_of_a_peer(ends: Ends) -> None:
    core_a, a = await ends.start("tcp://127.0.0.1:0")
    core_b, b = await ends.start("tcp://127.0.0.1:0")
    core_b.on_receive = lambda data, peer: core_b.outgoing.append((peer, options("z9hG4bKback")))
    core_a.outgoing.append((peer_of(b, "tcp"), options()))
    a.flush()
    await core_a.until(lambda: bool(core_a.received))
    opened, accepted = core_a.received[0][1], core_b.received[0][1]
    for connection in list(a._connections.values()):
        await connection.close()
    await until(lambda: b.connection_count == 0)

    core_b.failed.clear()
    core_b.outgoing.append((accepted, options("z9hG4bKdead")))
    b.flush()
    await core_b.until(lambda: bool(core_b.failed))
    assert core_b.failed == [accepted]

    core_a.outgoing.append((opened, options("z9hG4bKagain")))
    a.flush()
    await core_b.until(lambda: len(core_b.received) == 2)
    assert a.counters["connections_opened"] == 2


async def test_a_peer_whose_connection_has_closed_is_connected_to_where_it_listens(
    ends: Ends,
) -> None:
    core_a, a = await ends.start("tcp://127.0.0.1:0")
    core_b, b = await ends.start("tcp://127.0.0.1:0")
    core_a.outgoing.append((peer_of(b, "tcp"), options()))
    a.flush()
    await core_b.until(lambda: bool(core_b.received))
    accepted = replace(core_b.received[0][1], fallback_port=a.local_address("tcp")[1])
    core_b.outgoing.append((accepted, options("z9hG4bKover")))
    b.flush()
    await core_a.until(lambda: len(core_a.received) == 1)
    assert b.counters["connections_opened"] == 0

    for connection in list(a._connections.values()):
        await connection.close()
    await until(lambda: b.connection_count == 0)
    for branch in ("z9hG4bKanew", "z9hG4bKreused"):
        core_b.outgoing.append((accepted, options(branch)))
    b.flush()
    await core_a.until(lambda: len(core_a.received) == 3)
    assert b.counters["connections_opened"] == 1


async def test_what_meets_a_closing_connection_goes_by_a_new_one(ends: Ends) -> None:
    core_a, a = await ends.start("tcp://127.0.0.1:0")
    core_b, b = await ends.start("tcp://127.0.0.1:0")
    target = peer_of(b, "tcp")
    core_a.outgoing.append((target, options("z9hG4bK1")))
    a.flush()
    await core_b.until(lambda: len(core_b.received) == 1)
    [connection] = a._connections.values()
    connection._close()
    core_a.outgoing += [(target, options("z9hG4bK2")), (target, options("z9hG4bK3"))]
    a.flush()
    await core_b.until(lambda: len(core_b.received) == 3)
    assert core_a.failed == []
    assert a.counters["connections_opened"] == 2


async def test_who_connects_does_not_become_the_way_to_a_trunk(ends: Ends) -> None:
    core, transport = await ends.start("tcp://127.0.0.1:0")
    address = transport.local_address("tcp")
    reader, writer = await asyncio.open_connection(*address, local_addr=("127.0.0.9", 0))
    writer.write(options())
    await core.until(lambda: bool(core.received))
    trunk = replace(core.received[0][1], flow=0)
    core.outgoing.append((trunk, options("z9hG4bKsecret")))
    transport.flush()
    await core.until(lambda: bool(core.failed))
    assert core.failed == [trunk]
    writer.write_eof()
    assert await reader.read() == b""
    writer.close()


async def test_who_has_said_all_still_hears_the_answer_that_is_ready(ends: Ends) -> None:
    core, transport = await ends.start("tcp://127.0.0.1:0")
    core.on_receive = lambda data, peer: core.outgoing.append((peer, options("z9hG4bKback")))
    reader, writer = await asyncio.open_connection(*transport.local_address("tcp"))
    writer.write(options())
    writer.write_eof()
    async with asyncio.timeout(5):
        assert await reader.read() == options("z9hG4bKback")
    await core.until(lambda: bool(core.lost))
    assert transport.connection_count == 0
    writer.close()


async def test_too_many_connections_are_refused(ends: Ends) -> None:
    _, transport = await ends.start("tcp://127.0.0.1:0", max_connections=1)
    first = await asyncio.open_connection(*transport.local_address("tcp"))
    await until(lambda: transport.connection_count == 1)
    second = await asyncio.open_connection(*transport.local_address("tcp"))
    with contextlib.suppress(ConnectionResetError):
        assert await second[0].read() == b""
    assert transport.counters["connections_refused"] == 1
    assert transport.connection_count == 1
    for _, writer in (first, second):
        writer.close()


def test_a_timer_that_is_due_at_once_under_uvloop(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its loop then hands out a handle that can't tell when it is due."""
    monkeypatch.setattr(transport_module, "_TIMER_RESOLUTION_S", 0.0)

    async def run() -> None:
        core = RecordingCore()
        transport = SipTransport(core)
        await transport.start(["udp://127.0.0.1:0"])
        core.due = asyncio.get_running_loop().time()
        for _ in range(2):
            transport.flush()
        await core.until(lambda: len(core.fired) == 1)
        await transport.stop()
        assert transport.counters["core_errors"] == 0

    uvloop.run(run())


async def test_strangers_leave_room_for_those_who_are_known(ends: Ends) -> None:
    core, transport = await ends.start("tcp://127.0.0.1:0", max_connections=4)
    address = transport.local_address("tcp")
    strangers = [
        await asyncio.open_connection(*address, local_addr=("127.0.0.9", 0)) for _ in range(4)
    ]
    await until(lambda: transport.counters["connections_refused"] == 1)
    assert transport.connection_count == 3
    known = await asyncio.open_connection(*address, local_addr=(LOCAL, 0))
    known[1].write(options())
    await core.until(lambda: bool(core.received))
    for _, writer in (*strangers, known):
        writer.close()


async def test_a_stranger_who_connects_must_bring_a_message_soon(
    ends: Ends, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection_module, "FIRST_MESSAGE_S", 0.2)
    core, transport = await ends.start("tcp://127.0.0.1:0")
    core.known_hosts.clear()
    address = transport.local_address("tcp")
    speaks, dribbles = [await asyncio.open_connection(*address) for _ in range(2)]
    speaks[1].write(options())
    with contextlib.suppress(ConnectionResetError, BrokenPipeError):
        for byte in options()[:20]:
            dribbles[1].write(bytes([byte]))
            await asyncio.sleep(0.02)
        assert await dribbles[0].read() == b""
    assert transport.connection_count == 1
    speaks[1].write(options("z9hG4bKlater"))
    await core.until(lambda: len(core.received) == 2)
    for _, writer in (speaks, dribbles):
        writer.close()


async def test_a_peer_that_does_not_read_is_cut_off(
    ends: Ends, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection_module, "MAX_UNSENT_BYTES", 1000)
    core, transport = await ends.start("tcp://127.0.0.1:0")
    deaf = socket.create_server((LOCAL, 0))
    deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    target = Peer("tcp", *deaf.getsockname())
    big = options(body=b"x" * 60000)
    core.outgoing.append((target, big))
    transport.flush()
    await until(lambda: transport.connection_count == 1)
    for _ in range(200):
        core.outgoing.append((target, big))
    transport.flush()
    await core.until(lambda: bool(core.failed))
    assert core.failed[0] == target
    deaf.close()


async def test_who_pings_without_reading_is_cut_off(
    ends: Ends, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half of what a stranger sends would be kept as answers."""
    monkeypatch.setattr(connection_module, "MAX_UNSENT_BYTES", 1000)
    _, transport = await ends.start("tcp://127.0.0.1:0")
    deaf = socket.socket()
    deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    deaf.connect(transport.local_address("tcp"))
    deaf.setblocking(False)
    await until(lambda: transport.connection_count == 1)

    def pinged() -> bool:
        with contextlib.suppress(BlockingIOError, ConnectionError):
            deaf.send(b"\r\n\r\n" * 16384)
        return transport.connection_count == 0

    await until(pinged)
    deaf.close()


async def test_a_connection_does_not_remember_everybody(
    ends: Ends, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each message may name another port to be answered at, and be another peer by that."""
    monkeypatch.setattr(connection_module, "MAX_ADDRESSEES", 3)
    core, transport = await ends.start("tcp://127.0.0.1:0")
    _, writer = await asyncio.open_connection(*transport.local_address("tcp"))
    writer.write(options())
    await core.until(lambda: bool(core.received))
    near = core.received[0][1]
    named = [replace(near, fallback_port=port) for port in (1, 2, 3, 4, 2, 5)]
    core.outgoing += [(peer, options()) for peer in named]
    transport.flush()
    writer.close()
    await core.until(lambda: bool(core.lost))
    assert [peer.fallback_port for peer in core.lost] == [None, 4, 2, 5]


async def test_host_names_are_looked_up_once(ends: Ends, monkeypatch: pytest.MonkeyPatch) -> None:
    core_a, a = await ends.start("udp://127.0.0.1:0")
    core_b, b = await ends.start("udp://127.0.0.1:0", "tcp://127.0.0.1:0")
    asked: list[str] = []

    async def getaddrinfo(host: str, *_: object, **__: object) -> list[object]:
        asked.append(host)
        return [
            (socket.AF_INET6, 2, 17, "", ("::1", 0, 0, 0)),
            (socket.AF_INET, 2, 17, "", (LOCAL, 0)),
        ]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)
    target = Peer("udp", "carrier.example", b.local_address("udp")[1])
    for branch in ("z9hG4bK1", "z9hG4bK2"):
        core_a.outgoing.append((target, options(branch)))
        a.flush()
    await core_b.until(lambda: len(core_b.received) == 2)
    core_a.outgoing.append((target, options("z9hG4bK3")))
    a.flush()
    await core_b.until(lambda: len(core_b.received) == 3)
    assert asked == ["carrier.example"]

    by_tcp = Peer("tcp", "carrier.example", b.local_address("tcp")[1])
    monkeypatch.undo()
    core_a.outgoing.append((Peer("tcp", "localhost", by_tcp.port), options("z9hG4bK4")))
    a.flush()
    await core_b.until(lambda: len(core_b.received) == 4)
    core_a.outgoing.append((Peer("tcp", "localhost", by_tcp.port), options("z9hG4bK5")))
    a.flush()
    await core_b.until(lambda: len(core_b.received) == 5)
    assert a.counters["connections_opened"] == 1


@pytest.mark.parametrize(
    "error",
    [socket.gaierror("unknown"), UnicodeError("label too long"), ValueError("embedded null")],
)
async def test_an_unknown_host_is_a_failure(
    ends: Ends, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    core, transport = await ends.start("udp://127.0.0.1:0")

    async def getaddrinfo(*_: object, **__: object) -> list[object]:
        raise error

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)
    target = Peer("udp", "nowhere.example", 5060)
    core.outgoing.append((target, options()))
    transport.flush()
    await core.until(lambda: bool(core.failed))
    assert core.failed == [target]


async def test_what_cannot_be_sent_is_reported_later_not_at_once(ends: Ends) -> None:
    core, transport = await ends.start("udp://127.0.0.1:0")
    ipv6 = Peer("udp", "::1", 5060)
    impossible = Peer("udp", LOCAL, 70000)
    core.outgoing += [(ipv6, options()), (impossible, options())]
    transport.flush()
    assert core.failed == []
    await core.until(lambda: len(core.failed) == 2)
    assert core.failed == [ipv6, impossible]


async def test_what_forged_sources_make_fail_does_not_fill_the_log(
    ends: Ends, caplog: pytest.LogCaptureFixture
) -> None:
    """A datagram may come from port 0, where nothing can be sent to."""
    core, transport = await ends.start("udp://127.0.0.1:0")
    with caplog.at_level(logging.WARNING):
        for number in range(50):
            core.outgoing.append((Peer("udp", f"127.0.1.{number}", 0), options()))
        transport.flush()
        await core.until(lambda: len(core.failed) == 50)
    assert transport.counters["send_failed"] == 50
    assert [record.message for record in caplog.records] == ["sending failed"]


async def test_a_faulty_core_does_not_stop_the_sockets(
    ends: Ends, caplog: pytest.LogCaptureFixture
) -> None:
    core, transport = await ends.start("udp://127.0.0.1:0")

    def fail(data: bytes, peer: Peer) -> None:
        if b"fail" in data:
            raise RuntimeError("+8613800138000")

    core.on_receive = fail
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as phone:
        phone.sendto(b"fail", transport.local_address("udp"))
        phone.sendto(options(), transport.local_address("udp"))
        await core.until(lambda: len(core.received) == 2)
    assert transport.counters["core_errors"] == 1
    assert "13800138000" not in caplog.text
    assert any(record.levelname == "ERROR" for record in caplog.records)


async def test_a_core_that_fails_to_hand_over_is_counted(ends: Ends) -> None:
    core, transport = await ends.start("udp://127.0.0.1:0")

    def fail() -> list[tuple[Peer, bytes]]:
        raise RuntimeError

    core.take_transmissions = fail  # type: ignore[method-assign]
    transport.flush()
    assert transport.counters["core_errors"] == 1
    core.take_transmissions = list  # type: ignore[method-assign]
    transport.flush()
    assert transport.counters["core_errors"] == 1


@pytest.mark.parametrize("scheme", ["udp", "tcp"])
async def test_a_port_in_use_is_told_with_its_mend(ends: Ends, scheme: TransportName) -> None:
    _, first = await ends.start(f"{scheme}://127.0.0.1:0")
    port = first.local_address(scheme)[1]
    second = SipTransport(RecordingCore())
    with pytest.raises(StartError) as caught:
        await second.start(["udp://127.0.0.1:0", f"{scheme}://127.0.0.1:{port}"])
    problem = caught.value.problem
    assert problem.where == "sip.listen"
    assert f"{scheme}://127.0.0.1:{port} is in use" in problem.what
    assert problem.mend
    with pytest.raises(NotFoundError):
        second.local_address("udp")


@pytest.mark.parametrize(
    "url",
    [
        "tls://127.0.0.1:5061",
        "udp://",
        "udp://127.0.0.1:99999",
        "5060",
        "udp://192.0.2.1:0",
        "udp://127.0.0.1:5060/x",
        "tcp://[::1:5060",
    ],
)
async def test_an_address_that_cannot_be_had_is_told(url: str) -> None:
    with pytest.raises(StartError) as caught:
        await SipTransport(RecordingCore()).start([url])
    assert caught.value.problem.where == "sip.listen"


async def test_stopping_sends_what_is_pending_and_is_repeatable(ends: Ends) -> None:
    core_a, a = await ends.start("udp://127.0.0.1:0", "tcp://127.0.0.1:0")
    core_b, b = await ends.start("udp://127.0.0.1:0")
    core_a.due = asyncio.get_running_loop().time() + 60
    core_a.outgoing.append((peer_of(b, "udp"), options()))
    await a.stop()
    await core_b.until(lambda: bool(core_b.received))
    await a.stop()
    core_a.outgoing.append((peer_of(b, "udp"), options()))
    a.flush()
    assert len(core_a.outgoing) == 1


async def test_a_flood_to_a_host_being_looked_up_is_bounded(
    ends: Ends, monkeypatch: pytest.MonkeyPatch
) -> None:
    core, transport = await ends.start("udp://127.0.0.1:0")
    never = asyncio.Event()

    async def getaddrinfo(*_: object, **__: object) -> list[object]:
        await never.wait()
        return []

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)
    target = Peer("udp", "slow.example", 5060)
    core.outgoing += [(target, options())] * 513
    transport.flush()
    await core.until(lambda: bool(core.failed))
    assert transport.counters["send_failed"] == 1


async def test_one_stranger_can_not_take_every_place(ends: Ends) -> None:
    core, transport = await ends.start("tcp://127.0.0.1:0", max_connections=100)
    core.known_hosts = set()
    target = transport.local_address("tcp")
    writers = [(await asyncio.open_connection(*target))[1] for _ in range(20)]
    await until(lambda: transport.counters["connections_refused"] == 4)
    assert transport.connection_count == 16
    _, other = await asyncio.open_connection(*target, local_addr=("127.0.0.77", 0))
    await until(lambda: transport.connection_count == 17)
    for writer in (*writers, other):
        writer.close()
    await until(lambda: transport.connection_count == 0)
    assert not transport._strangers


async def test_connections_of_those_who_have_registered_leave_their_neighbours_room(
    ends: Ends,
) -> None:
    """An office's router restarts: its old connections stand for long, and all call anew."""
    core, transport = await ends.start("tcp://127.0.0.1:0", max_connections=100)
    core.known_hosts = set()
    core.on_receive = lambda _data, peer: core.known_flows.add(peer.flow)
    target = transport.local_address("tcp")
    writers = []
    for _ in range(40):
        writers.append((await asyncio.open_connection(*target))[1])
        writers[-1].write(options())
        await until(lambda: len(core.received) == len(writers))
    assert transport.connection_count == 40
    assert transport.counters["connections_refused"] == 0
    for writer in writers:
        writer.close()
    await until(lambda: transport.connection_count == 0)
    assert not transport._strangers


async def test_the_core_is_told_of_strangers_who_connect_for_nothing(ends: Ends) -> None:
    core, transport = await ends.start("tcp://127.0.0.1:0")
    target = transport.local_address("tcp")
    for host, data in (("127.0.0.77", b""), ("127.0.0.78", options()), (LOCAL, b"")):
        _, writer = await asyncio.open_connection(*target, local_addr=(host, 0))
        writer.write(data)
        await writer.drain()
        writer.close()
    await until(lambda: transport.counters["connections_accepted"] == 3)
    await until(lambda: transport.connection_count == 0)
    assert [peer.host for peer in core.idle] == ["127.0.0.77"]


async def test_what_is_banned_is_not_handed_over(ends: Ends) -> None:
    core, transport = await ends.start("udp://127.0.0.1:0", "tcp://127.0.0.1:0")
    core.banned_hosts = {LOCAL}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as scanner:
        scanner.sendto(options(), transport.local_address("udp"))
        await until(lambda: transport.counters["banned_dropped"] == 1)
    reader, writer = await asyncio.open_connection(*transport.local_address("tcp"))
    with contextlib.suppress(ConnectionError):
        assert await reader.read() == b""
    writer.close()
    assert core.received == []
    assert transport.counters["connections_refused"] == 1
    assert transport.connection_count == 0


async def test_a_connection_ends_with_the_message_that_its_source_is_banned_for(ends: Ends) -> None:
    """What else one segment holds is not even looked at."""
    core, transport = await ends.start("tcp://127.0.0.1:0")
    core.on_receive = lambda _data, peer: core.banned_hosts.add(peer.host)
    reader, writer = await asyncio.open_connection(*transport.local_address("tcp"))
    writer.write(options() * 100)
    with contextlib.suppress(ConnectionError):
        assert await reader.read() == b""
    writer.close()
    await until(lambda: transport.connection_count == 0)
    assert len(core.received) == 1


async def test_the_core_is_told_how_long_messages_wait(ends: Ends) -> None:
    core, transport = await ends.start("udp://127.0.0.1:0")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as phone:
        phone.sendto(options(), transport.local_address("udp"))
        # Nobody reads meanwhile: this is the thread that would.
        time.sleep(0.15)  # noqa: ASYNC251
        await until(lambda: bool(core.delays))
        assert 0.1 < max(core.delays) < 3
        core.delays.clear()
        phone.sendto(options(), transport.local_address("udp"))
        await until(lambda: len(core.received) == 2)
        assert min(core.delays) < 0.1
    await until(lambda: len(core.delays) >= 3)
