"""A lab whose telephones are scripted sockets: the carrier, and the customers who call."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.parts.lab import (
    CALLER_HOST,
    CARRIER_HOST,
    HOTLINE,
    Lab,
    customer_number,
    customer_of,
    make_lab,
    manager_number,
)
from tests.parts.raw_sip import ANSWER_S, Leg, Message, RawPeer, RawStream, description, response

#: Belongs to no trunk.
STRANGER_HOST = "127.0.0.99"
_SOURCES = f'"{CARRIER_HOST}", "{CALLER_HOST}"'
_USERNAME, _PASSWORD = "gateway", "carrier-secret"


@dataclass
class Talk:
    """A customer who called and the manager; both are connected.

    `answer` is what the customer's INVITE got, `manager_sound` where the node wants the manager's
    sound.
    """

    call_id: str
    customer: Leg
    manager: Leg
    answer: Message
    manager_sound: tuple[str, int]


@dataclass
class RawLab:
    """A node that believes only the scripted carrier and callers."""

    lab: Lab
    carrier: RawPeer
    peers: list[RawPeer] = field(default_factory=list)
    listeners: list[socket.socket] = field(default_factory=list)
    _seen: set[str] = field(default_factory=set)

    @property
    def target(self) -> tuple[str, int]:
        """Where the node takes SIP."""
        return "127.0.0.1", self.lab.sip_port

    def caller(self, host: str = CALLER_HOST) -> RawPeer:
        """Open a socket of somebody who calls."""
        peer = RawPeer(host, self.target)
        self.peers.append(peer)
        return peer

    def stream(self, host: str = CALLER_HOST) -> RawStream:
        """Open a TCP connection of somebody who calls."""
        peer = RawStream(host, self.target)
        self.peers.append(peer)
        return peer

    def listener(self, host: str = CALLER_HOST) -> socket.socket:
        """Listen for TCP connections of the node."""
        opened = socket.create_server((host, 0))
        opened.settimeout(ANSWER_S)
        self.listeners.append(opened)
        return opened

    def calling(self, called: str = HOTLINE, *, manager: int = 1, which: int = 0) -> Leg:
        """Return the leg of a customer of a manager, who is going to call."""
        number = customer_number(customer_of(manager, which))
        return Leg.calling(self.caller(), called, caller=number)

    def rung(self, number: str, timeout_s: float = ANSWER_S) -> tuple[Message, Leg]:
        """Wait until the carrier is asked to ring `number`, and return INVITE and leg."""
        deadline = time.monotonic() + timeout_s
        while True:
            invite = self.carrier.expect("INVITE", timeout_s=deadline - time.monotonic())
            call_id = invite.header("call-id")
            if f"sip:{number}@" in invite.uri and call_id not in self._seen:
                self._seen.add(call_id)
                return invite, Leg.called(self.carrier, invite)

    def manager_rung(self, manager: int = 1) -> tuple[Message, Leg]:
        """Wait until a manager's telephone is to ring."""
        return self.rung(manager_number(manager))

    def customer_rung(self, manager: int = 1) -> tuple[Message, Leg]:
        """Wait until the telephone of a manager's customer is to ring."""
        return self.rung(customer_number(customer_of(manager)))

    def talking(
        self,
        manager: int = 1,
        *,
        headers: list[str] | None = None,
        ports: tuple[int, int] = (9, 9),
    ) -> Talk:
        """Have a customer call the manager, who answers.

        `ports` is where the customer and the manager want sound.
        """
        known = self.lab.node.call_ids()
        customer = self.calling(manager=manager)
        customer.invite(description(ports[0], host=CALLER_HOST), headers=headers or [])
        invite, leg = self.manager_rung(manager)
        leg.answer(invite, 200, body=description(ports[1]))
        leg.expect("ACK")
        answer = customer.expect(200)
        customer.ack(answer)
        (call_id,) = self.lab.node.new_calls(known)
        self.lab.node.bridged(call_id)
        return Talk(call_id, customer, leg, answer, invite.sound)

    def manager_on(self, manager: int = 1) -> tuple[str, Leg]:
        """Start a click-to-dial whose manager answers; return the call's id and that leg."""
        call_id = self.lab.dial(manager)
        invite, leg = self.manager_rung(manager)
        leg.answer(invite, 200, body=description())
        leg.expect("ACK")
        return call_id, leg

    def ended(self, call_id: str) -> dict[str, Any]:
        """Wait until a call is over, with one terminal event, and nothing is held; return it."""
        self.lab.node.wait_for_event(call_id, "call.ended")
        self.lab.assert_one_ending(call_id)
        return self.lab.node.ended(call_id)

    def hang_up(self, leg: Leg) -> None:
        """Have a leg say BYE and wait for its answer."""
        leg.send("BYE")
        leg.expect(200, method="BYE")

    def count_of(self, event: str) -> float:
        """Return how often signalling has counted something."""
        figures = self.lab.node.metrics()
        return sum(
            value
            for name, value in figures.items()
            if name.startswith("voicegw_sip_events") and f'event="{event}"' in name
        )

    def over(self, timeout_s: float = 10.0) -> None:
        """Decline every INVITE, answer every BYE and CANCEL, until the node holds nothing."""
        self.carrier.heard += self.carrier.invites.values()
        self.carrier.invites.clear()
        deadline = time.monotonic() + timeout_s
        while True:
            for peer in [self.carrier, *self.peers]:
                _be_polite(peer)
            try:
                self.lab.node.assert_nothing_held(timeout_s=0)
            except AssertionError:
                if time.monotonic() > deadline:
                    raise
            else:
                return

    def clear(self) -> None:
        """End what a test left behind, and its sockets."""
        with suppress(AssertionError):
            self.lab.clear()
            self.over()
        for peer in self.peers:
            peer.close()
        for listener in self.listeners:
            listener.close()
        self.listeners.clear()
        self.peers.clear()
        self.carrier.heard.clear()
        self.carrier.invites.clear()

    def close(self) -> None:
        """End everything. AssertionError when the node's log holds a traceback."""
        self.carrier.close()
        self.lab.close()


def _be_polite(peer: RawPeer) -> None:
    with suppress(OSError):
        peer.listen(0.02)
    for message in peer.heard:
        if message.is_response or message.method not in ("BYE", "CANCEL", "INVITE"):
            continue
        to = message.header("to")
        status = 486 if message.method == "INVITE" else 200
        peer.send(response(message, status, to=to if ";tag=" in to else f"{to};tag=gone"))
    peer.heard = [message for message in peer.heard if message.is_response]


def make_raw_lab(folder: Path, **options: Any) -> RawLab:
    """Return a lab with a scripted carrier; the trunk has credentials for its challenges.

    `defence` is more lines of that section, `t1_ms` the round trip; the rest is for `make_lab`.
    """
    trunk = f'username = "{_USERNAME}"\npassword = "{_PASSWORD}"'
    t1_ms, defence = options.pop("t1_ms", 100), options.pop("defence", "")
    lab = make_lab(folder, sources=_SOURCES, trunk=trunk, start=False, **options)
    config = lab.node.config.read_text()
    config = config.replace("t1_ms = 100", f"t1_ms = {t1_ms}")
    lab.node.config.write_text(f"{config}\n{defence}\n")
    lab.node.start()
    carrier = RawPeer(CARRIER_HOST, ("127.0.0.1", lab.sip_port), lab.carrier_port)
    return RawLab(lab, carrier)


@pytest.fixture(scope="module")
def module_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RawLab]:
    """Return the module's lab with scripted peers."""
    made = make_raw_lab(tmp_path_factory.mktemp("raw"))
    yield made
    made.close()


@pytest.fixture
def raw(module_lab: RawLab) -> Iterator[RawLab]:
    """Return the module's lab, cleared after the test."""
    yield module_lab
    module_lab.clear()
