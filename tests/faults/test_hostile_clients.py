"""Clients who take all they can of the API, beside calls that notice nothing.

Nothing here is measured but order: while all of them are at it, calls begin, talk and end.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.parts.lab import Lab, customer_does, make_lab, manager_does
from tests.parts.node import wait_for

pytestmark = pytest.mark.peer

CONNECTIONS = 36
CONFIG = f"max_connections = {CONNECTIONS}\nmax_connections_per_address = {CONNECTIONS - 12}"
#: As much memory more as connections may cost: each some 100 KiB, and one answer kept for it.
GROWTH_BYTES = 200 << 20
HEAD = b"Host: x\r\nContent-Type: application/json\r\n"
POST = b"POST /v1/calls HTTP/1.1\r\n" + HEAD


@pytest.fixture
def crowd() -> Iterator[Callable[..., socket.socket]]:
    """Return what opens a connection and sends something, from an address; all end together."""
    with ExitStack() as stack:

        def open_one(lab: Lab, data: bytes, host: str = "127.0.0.50") -> socket.socket:
            one = socket.socket()
            stack.callback(one.close)
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            one.settimeout(10)
            one.bind((host, 0))
            one.connect(("127.0.0.1", int(lab.node.api.rpartition(":")[2])))
            one.sendall(data)
            return one

        yield open_one


@pytest.fixture(scope="module")
def bounded_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A lab whose node takes few connections, for both tests: starting one costs most of each."""
    lab = make_lab(tmp_path_factory.mktemp("bounded"), api=CONFIG)
    yield lab
    lab.close()


def test_a_crowd_takes_nothing_from_calls(
    bounded_lab: Lab, crowd: Callable[..., socket.socket]
) -> None:
    lab = bounded_lab
    carrier = lab.carrier(manager_does("answers"), customer_does("answers"), calls=4)
    talk = lab.talking(1)
    known_bytes = _memory_bytes(lab)
    greedy = b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n"
    chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    for _ in range(CONNECTIONS):
        crowd(lab, b"")  # says nothing
        crowd(lab, b"GET / HTTP/1.1\r\nX: ")  # never ends its head
        crowd(lab, greedy * 4)  # reads nothing
        crowd(lab, POST + b"Content-Length: 60000\r\n\r\n{")  # never ends its body
    for host in ("127.0.0.51", "127.0.0.52"):
        endless = crowd(lab, POST + b"Transfer-Encoding: chunked\r\n\r\n", host)
        with pytest.raises(OSError):  # noqa: PT012 - one of them
            while True:
                endless.sendall(chunk)
        deep = b"[" * 60_000
        nested = crowd(lab, POST + b"Content-Length: %d\r\n\r\n" % len(deep) + deep, host)
        assert b" 400 " in nested.recv(100)
    assert lab.node.get(f"/v1/calls/{talk}")["status"] == "in-progress"
    second = lab.talking(2)
    for call_id in (talk, second):
        lab.node.hangup(call_id)
        assert lab.node.ended(call_id)["outcome"] == "connected"
    carrier.finished()
    figures = lab.node.metrics()
    assert figures["voicegw_http_connections"] <= CONNECTIONS
    ended = figures['voicegw_http_connections_ended_total{reason="idle"}']
    refused = figures['voicegw_http_connections_ended_total{reason="refused"}']
    assert ended > 0
    assert refused > 0
    assert _memory_bytes(lab) < known_bytes + GROWTH_BYTES


def test_other_clients_are_served_beside_one_who_takes_all(
    bounded_lab: Lab, crowd: Callable[..., socket.socket]
) -> None:
    lab = bounded_lab
    begun = POST + b"Content-Length: 60000\r\n\r\n{"
    for _ in range(2 * CONNECTIONS):
        crowd(lab, begun)
    held = CONNECTIONS - 12
    wait_for("its share", lambda: lab.node.metrics()["voicegw_http_connections"] >= held)
    for _ in range(30):
        assert lab.node.get("/v1/groups?external_id=g1")["items"]
    assert lab.node.metrics()["voicegw_http_connections"] <= held + 5


def _memory_bytes(lab: Lab) -> int:
    status = Path(f"/proc/{lab.node.pid}/status").read_text()
    return next(
        int(line.split()[1]) << 10 for line in status.splitlines() if line.startswith("VmRSS:")
    )
