"""Calls that pass through somebody else's proxy or back-to-back agent on their way to a telephone.

Kamailio stands for a carrier's edge: it record-routes every dialog and changes the transport, so
that each later request must follow the route set and no telephone can be reached around it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.parts.kamailio import Kamailio
from tests.parts.lab import (
    HOTLINE,
    Lab,
    customer_number,
    make_lab,
    manager_does,
)
from tests.parts.ports import free_port
from tests.parts.sipp import Sipp
from tests.parts.sipp_steps import Behaviour, called_scenario, calling_scenario
from tests.parts.sippy_agent import SippyAgent

pytestmark = pytest.mark.peer

EDGE_HOST = "127.0.0.40"
PHONES_HOST = "127.0.0.41"
CALLERS_HOST = "127.0.0.42"


class Edge:
    """A gateway whose one carrier is Kamailio, and SIPp telephones behind that."""

    def __init__(self, folder: Path) -> None:
        """Start all but the telephones."""
        self.folder = folder
        self.lab = make_lab(
            folder / "lab", transport="tcp", carrier_host=EDGE_HOST, sources=f'"{EDGE_HOST}/32"'
        )
        self.phones_port = free_port(PHONES_HOST)
        self.kamailio = Kamailio(
            folder / "kamailio",
            host=EDGE_HOST,
            port=self.lab.carrier_port,
            gateway=("127.0.0.1", self.lab.sip_port),
            phones=f"{PHONES_HOST}:{self.phones_port}",
        )
        self._count = 0

    def phones(self, *behaviours: Behaviour) -> Sipp:
        """Start the telephones behind Kamailio, for one call."""
        return self._sipp(called_scenario(behaviours), host=PHONES_HOST, port=self.phones_port)

    def caller(self, does: str) -> Sipp:
        """Start a customer who calls through Kamailio."""
        return self._sipp(
            calling_scenario(does),
            host=CALLERS_HOST,
            port=free_port(CALLERS_HOST),
            remote=f"{EDGE_HOST}:{self.lab.carrier_port}",
            rows=[(customer_number(1), HOTLINE)],
        )

    def _sipp(self, scenario: str, *, host: str, port: int, **more: Any) -> Sipp:
        self._count += 1
        peer = Sipp(
            self.folder, f"sipp{self._count}", scenario, host=host, port=port, calls=1, **more
        )
        self.lab.parts.append(peer)
        return peer

    def close(self) -> None:
        """End everything."""
        self.lab.close()
        self.kamailio.stop()


@pytest.fixture(scope="module")
def shared_edge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edge]:
    """Return the module's edge."""
    folder = tmp_path_factory.mktemp("edge")
    (folder / "lab").mkdir()
    edge = Edge(folder)
    yield edge
    edge.close()


@pytest.fixture
def edge(shared_edge: Edge) -> Iterator[Edge]:
    """Return the edge, without the telephones and calls of earlier tests."""
    yield shared_edge
    shared_edge.lab.clear()


@pytest.mark.parametrize("who", ["customer", "api"])
def test_call_back_through_a_proxy(edge: Edge, who: str) -> None:
    """Both legs go through the proxy; ACK and BYE follow the route, over TCP and over UDP."""
    lab = edge.lab
    known = lab.node.call_ids()
    manager = edge.phones(manager_does("answers", 1))
    does = "talks_and_hangs_up_by_route" if who == "customer" else "talks_by_route_until_hung_up"
    caller = edge.caller(does)
    (call_id,) = lab.node.new_calls(known)
    lab.node.bridged(call_id)
    if who == "api":
        lab.node.hangup(call_id)
    caller.finished()
    manager.finished()
    call = lab.assert_ended(call_id, "connected", "completed")
    assert call["hangup_source"] == who
    invite = next(text for text in manager.received() if text.startswith("INVITE"))
    # Both of its sides are in the route: it changed the transport.
    assert invite.count("Record-Route:") == 2
    assert "transport=tcp" in invite


def test_caller_gives_up_through_a_proxy(edge: Edge) -> None:
    """A CANCEL is hop by hop: each hop has its own, and its own 487."""
    lab = edge.lab
    known = lab.node.call_ids()
    manager = edge.phones(manager_does("no_answer_behind_a_proxy", 1))
    caller = edge.caller("gives_up_while_ringing")
    (call_id,) = lab.node.new_calls(known)
    caller.finished()
    manager.finished()
    lab.assert_ended(call_id, "abandoned", "canceled")


def test_busy_through_a_proxy(edge: Edge) -> None:
    """A refusal that crosses the proxy is acknowledged at each hop and told to the caller."""
    lab = edge.lab
    known = lab.node.call_ids()
    manager = edge.phones(manager_does("busy", 1))
    caller = edge.caller("hears_a_sentence_then_486")
    (call_id,) = lab.node.new_calls(known)
    caller.finished()
    manager.finished()
    lab.assert_ended(call_id, "manager_busy", "busy")


def test_call_back_through_back_to_back_agents(new_lab: Callable[..., Lab], tmp_path: Path) -> None:
    """sippy on both sides: its own dialogs meet ours, end to end, and all of them end."""
    agent_host = "127.0.0.43"
    lab = new_lab(carrier_host=agent_host)
    phones_port = free_port(PHONES_HOST)
    behind = SippyAgent(
        tmp_path / "behind",
        host=agent_host,
        port=lab.carrier_port,
        next_hop=f"{PHONES_HOST}:{phones_port}",
    )
    front_port = free_port(agent_host)
    front = SippyAgent(
        tmp_path / "front",
        host=agent_host,
        port=front_port,
        next_hop=f"127.0.0.1:{lab.sip_port}",
    )
    try:
        manager = Sipp(
            tmp_path,
            "manager",
            # sippy 2.5 takes `transport=UDP` in a Contact for a transport it doesn't speak.
            called_scenario([manager_does("answers", 1)]).replace(
                "transport=[transport]", "transport=udp"
            ),
            host=PHONES_HOST,
            port=phones_port,
            calls=1,
        )
        lab.parts.append(manager)
        caller = Sipp(
            tmp_path,
            "caller",
            calling_scenario("talks_and_hangs_up"),
            host=CALLERS_HOST,
            port=free_port(CALLERS_HOST),
            remote=f"{agent_host}:{front_port}",
            rows=[(customer_number(1), HOTLINE)],
            calls=1,
        )
        lab.parts.append(caller)
        (call_id,) = lab.node.new_calls(set())
        caller.finished()
        manager.finished()
        call = lab.assert_ended(call_id, "connected", "completed")
        assert call["hangup_source"] == "customer"
    finally:
        front.stop()
        behind.stop()
