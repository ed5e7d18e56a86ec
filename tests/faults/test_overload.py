"""More messages than the node can handle: what runs goes on, what is new is sent elsewhere."""

from __future__ import annotations

import threading
from contextlib import suppress
from pathlib import Path

import pytest

from tests.parts.lab import HOTLINE, customer_of
from tests.parts.node import wait_for
from tests.parts.raw_lab import make_raw_lab
from tests.parts.raw_sip import Leg, RawPeer, description, unique

pytestmark = pytest.mark.peer

_BURST = 400
_ALERT = 'voicegw_alerts{alert="overloaded"}'


def test_new_calls_are_refused_and_running_ones_go_on(tmp_path: Path) -> None:
    """While the queue stands for longer than `overload_ms`, until it no longer does."""
    raw = make_raw_lab(tmp_path, overload_ms=20, t1_ms=50)
    try:
        node = raw.lab.node
        talk = raw.talking()
        ended = threading.Event()
        flood = threading.Thread(target=_flood, args=(raw.caller(), ended))
        flood.start()
        try:
            wait_for("overloaded", lambda: node.metrics().get(_ALERT) == 1, 20)
            caller = raw.calling(manager=2)
            caller.invite(description(host=caller.peer.host))
            refused = caller.expect(503, timeout_s=10)
            assert 1 <= int(refused.header("retry-after")) <= 5
            body = {"manager_external_id": "m2", "customer_external_id": f"c{customer_of(2)}"}
            status, problem = node.request("POST", "/v1/calls", body)
            assert (status, problem["code"]) == (503, "overloaded")
            talk.customer.send("BYE")
            talk.customer.expect(200, method="BYE", timeout_s=10)
        finally:
            ended.set()
            flood.join()
        wait_for("calm", lambda: _ALERT not in node.metrics(), 30)
        assert raw.count_of("overload_refused") >= 1
        raw.hang_up(raw.talking(2).customer)
    finally:
        raw.clear()
        raw.close()


def _flood(peer: RawPeer, ended: threading.Event) -> None:
    """Have a queue stand before the node, of a bounded length: nothing else is to be lost."""
    leg = Leg.calling(peer, HOTLINE)
    peer.socket.settimeout(1)
    while not ended.is_set():
        for _ in range(_BURST):
            leg.call_id = unique("flood")
            leg.send("OPTIONS")
        with suppress(TimeoutError):
            for _ in range(_BURST):
                peer.socket.recv(65536)
